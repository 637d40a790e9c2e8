/* What the matches of one section come to: filed or not, and how firmly. */
#ifndef RULES_TALLY_H
#define RULES_TALLY_H

#include "rules/search.h"

typedef struct tally Tally; /* for g_auto(Tally) only */
struct tally {
	GArray *rules;                                        /* of guint: the different rules that matched */
	guint phrases;                                        /* different phrases and patterns among them */
	guint hints;                                          /* different hints among those: 0, 1, or 2 for more than one */
	GArray *places;                                       /* of struct match: the hints' matches, until there are two hints */
	guint firm, firm_forwarded, likely, likely_forwarded; /* matches by key and place */
};

/* Adds MATCH, in a text at PLACE. Hints in the same words, all of one's within the other's, are one hint. */
void tally_add(struct tally *tally, const struct ruleset *ruleset, const struct match *match, guint place);
void tally_clear(struct tally *tally);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tally, tally_clear)

/* TIER_FIRM, TIER_SUGGESTED, TIER_HINT (near, not filed) or N_TIERS (nothing at all). */
enum record_tier tally_tier(const struct tally *tally);

/* The tier of the evidence that a match of a rule with KEY at PLACE gives, when the whole is filed as TALLY says. */
enum record_tier tally_evidence_tier(const struct tally *tally, enum rule_key key, guint place);

#endif
