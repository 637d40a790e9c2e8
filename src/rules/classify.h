/* Passages and rules -> kind, filings, evidence. Pure but for the deadline. */
#ifndef RULES_CLASSIFY_H
#define RULES_CLASSIFY_H

#include "rules/rulefile.h"

/* ruleset_classify; UNFILTERED: every rule is tried on every text, without the literal prefilter. */
void classify_record(const struct ruleset *ruleset, struct record *record, gint64 received, gboolean unfiltered);

#endif
