/* The conditions of [intent] sections, and what holds a message. */
#ifndef RULES_INTENT_H
#define RULES_INTENT_H

#include "rules/evidence.h"

/* Whether the section has words of its own, beside conditions. */
gboolean intent_has_words(const struct rule_section *section);

/* Whether all its conditions are met: attachment, words, filename (which are among the section's N matches). */
gboolean intent_conditions_hold(const struct search *search, const struct rule_section *section, const struct match *matches, guint n);

void intent_add_conditions(
    const struct search *search, struct evidence *evidence, const struct evidence_for *what, enum record_tier tier, const struct rule_section *section);

/* Why the intent that is target TARGET holds a message: "intent vulnerability", without the words that matched. Caller frees. */
char *intent_hold_reason(const struct search *search, guint target);

#endif
