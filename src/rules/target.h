/* Targets: what a message can be filed under, as the rest of the house may know them (rules/ruleset.h). */
#ifndef RULES_TARGET_H
#define RULES_TARGET_H

#include "rules/ruleset.h"

void rule_target_free(gpointer target);
void rule_milestone_free(gpointer milestone);
void rule_document_free(gpointer document);

#endif
