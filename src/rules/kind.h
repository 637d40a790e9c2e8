/* What kind of message it is, where its headers did not say: rosters first, then the words of [kind] sections. */
#ifndef RULES_KIND_H
#define RULES_KIND_H

#include "rules/evidence.h"

/* Sets the record's kind and kind_reason. search_for_kind has been called. */
void kind_decide(struct search *search, struct evidence *evidence);

#endif
