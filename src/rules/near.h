/* Phrases of several sides, "a ~8 b ~s c": where parts that were found lie near enough to one another. Known by places alone, whatever was found there. */
#ifndef RULES_NEAR_H
#define RULES_NEAR_H

#include <glib.h>

#include "rules/phrase.h"

/*
 * How far apart places are, as postbag-rules(5) has it. A word is a run of letters, digits, "_" and, after the first of them, apostrophes and combining
 * marks; a Han, Kana or Hangul character is half a word, and so is a sign directly behind one. A word counts as between two places when it begins there.
 */
struct ruler;
struct ruler *ruler_new(const char *text, gsize length);
void ruler_free(struct ruler *ruler);

/* A place in a text where something was found; what ruler_measure sets is counted from the text's start. */
struct place {
	guint32 start, end; /* bytes */
	guint32 from, to;   /* half words that begin before start, and before end */
	guint32 sentence;   /* in which it begins */
};
void ruler_measure(const struct ruler *ruler, struct place *place);

/* By start, then by end: what near_next wants. */
int place_compare(gconstpointer a, gconstpointer b);

struct near_side {
	const struct place *places; /* in order, measured */
	guint n;
	guint within; /* words at most between this side and the one before it, or PHRASE_SENTENCE */
};

/*
 * The first match of SIDES (2 to PHRASE_SIDES_MOST) that begins at byte START or later: one place of each, none overlapping, each as near to its neighbour
 * as it has to be. Of all matches the one that begins first, of those the one that ends first. *BUDGET is lowered by what it took; FALSE with *BUDGET 0 when
 * it gave up.
 */
gboolean near_next(const struct near_side *sides, guint n_sides, gsize start, guint *budget, gsize *match_start, gsize *match_end);

#endif
