/*
 * Which words and short phrases set some messages apart from others: proposals for rules. Pure counting over messages, not over words: one that repeats a word
 * says it once. The measure is the log-likelihood ratio (T. Dunning, Accurate Methods for the Statistics of Surprise and Coincidence, 1993).
 */
#ifndef RULES_SUGGEST_H
#define RULES_SUGGEST_H

#include "rules/ruleset.h"

/* What a message is to the target in question. */
enum suggest_class {
	SUGGEST_MISSED, /* it belongs there and the rules did not find it */
	SUGGEST_FOUND,  /* it belongs there */
	SUGGEST_OTHER,
	N_SUGGEST_CLASSES,
};

struct suggest;
struct suggest *suggest_new(void);
void suggest_free(struct suggest *suggest);
typedef struct suggest Suggest;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Suggest, suggest_free)

/* First: the TEXT of a missed message. Only its words and phrases are counted, so that memory is bounded by what people decided. */
void suggest_add_candidates(struct suggest *suggest, const char *text);
/* Then, once for each message, the missed ones too: its TEXTS (of char *) and language (or NULL). */
void suggest_count(struct suggest *suggest, enum suggest_class is, const GPtrArray *texts, const char *lang);

struct suggestion {
	const char *words;           /* folded, in lower case; the suggest's */
	const char *lang;            /* of the missed messages that have it, when it is one and the same; else NULL */
	guint in[N_SUGGEST_CLASSES]; /* messages that have it */
	double ratio;                /* log-likelihood ratio of the missed against the others */
	double chance;               /* how many words as telling as this one are to be expected among so many by chance alone */
	guint precision;             /* of all messages that have it, how many in a hundred belong there */
	const char *key;             /* "keyword", "likely" or "hint": as firmly as the precision allows */
};
/*
 * The proposals, best first, at most MOST (0: all): of struct suggestion, freed with the array. Left out is what says no more than a better one, what one
 * message alone has, what others have more often, and what a rule of the target in RULESET (NULL: none) matches already.
 */
GArray *suggest_best(const struct suggest *suggest, const struct ruleset *ruleset, enum record_target type, const char *id, guint most);
/* How many messages of each class were counted. */
guint suggest_total(const struct suggest *suggest, enum suggest_class is);

/* From this many on a suggestion may be chance. */
#define SUGGEST_CHANCE 0.05
/* The probability that of H messages that have something A or more are among N, when N and M are alike. */
double suggest_chance(guint a, guint h, guint n, guint m);
/* The log-likelihood ratio for A of N messages having something, and B of M others. */
double suggest_ratio(guint a, guint n, guint b, guint m);
/* TEXT as phrases are counted: folded, in lower case, words with one space between, breaks as '\n'. Caller frees. */
char *suggest_fold(const char *text);
/* Whether FOLDED (suggest_fold) has WORDS, or their plural as rules find it. */
gboolean suggest_has(const char *folded, const char *words);
/* Whether a rule of the target in RULESET (NULL: none) matches WORDS; NOT: one of its `not`s. */
gboolean suggest_is_known(const struct ruleset *ruleset, enum record_target type, const char *id, gboolean not, const char *words);

/* The first sentence of TEXT that has WORDS, white space folded, at most 200 characters; NULL: none. Caller frees. */
char *suggest_example(const char *text, const char *words);

#endif
