/* Phrases, as postbag-rules(5) has them, and what they mean as PCRE2 expressions. A phrase is given folded (base/text.h) throughout. */
#ifndef RULES_PHRASE_H
#define RULES_PHRASE_H

#include "rules/literal.h"

#define PHRASE_WITHIN_MOST 50 /* the largest n of "a ~n b" */

/* Whether FOLDED is a phrase; else *OFFSET gets the byte that is wrong and *MESSAGE a constant string. */
gboolean phrase_check(const char *folded, gsize *offset, const char **message) G_GNUC_WARN_UNUSED_RESULT;

/* The expression for pattern_new, caseless. FOLDED has passed phrase_check. Caller frees. */
char *phrase_expression(const char *folded);

/* A literal of a phrase in plain form; a phrase parted by "*" or "~" has two, both of which a text must hold. */
struct phrase_literal {
	GString *text;
	guint edges; /* enum literal_edges */
};
/* Sets FIRST and SECOND, whose texts are emptied before; returns how many there are worth the name, 0 to 2. */
guint phrase_literals(const char *folded, struct phrase_literal *first, struct phrase_literal *second);

/*
 * The alternatives of a phrase with "|": those of its first side are appended to FIRST, those after its "~" to SECOND, each a phrase of its own
 * (new strings). FALSE, and nothing, when it has no "|".
 */
gboolean phrase_alternatives(const char *folded, GPtrArray *first, GPtrArray *second) G_GNUC_WARN_UNUSED_RESULT;

/* Appends WORDS so that each blank or hyphen in them matches any blanks, hyphens and line ends; used for number words too. */
void phrase_append_words(GString *expression, const char *words);

/* A character class of word characters that are written with spaces between words: the ones that make or break a whole word. */
#define PHRASE_WORD "[^\\W\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Hangul}\\x{30fc}]"

#endif
