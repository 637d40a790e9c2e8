/* Phrases, as postbag-rules(5) has them, taken apart. A phrase is given folded (base/text.h) throughout. */
#ifndef RULES_PHRASE_H
#define RULES_PHRASE_H

#include "rules/literal.h"

#define PHRASE_WITHIN_MOST 50     /* the largest n of "a ~n b" */
#define PHRASE_SENTENCE G_MAXUINT /* in its place: "a ~s b" */
#define PHRASE_SENTENCE_WORDS 60  /* between two parts of one sentence at most */
#define PHRASE_SIDES_MOST 8       /* of a chain "a ~8 b ~8 c" */

/* Whether FOLDED is a phrase; else *OFFSET gets the byte that is wrong and *MESSAGE a constant string. */
gboolean phrase_check(const char *folded, gsize *offset, const char **message) G_GNUC_WARN_UNUSED_RESULT;

/* A literal of a single alternative, in plain form. */
struct phrase_literal {
	GString *text;
	guint edges;       /* enum literal_edges */
	gboolean at_start; /* the alternative begins where it does */
};
/* Sets LITERAL, whose text is emptied before; FALSE when there is none worth the name. */
gboolean phrase_literal(const char *folded, struct phrase_literal *literal);

/* The whole of a phrase without "~", or what stands between two of them: alternatives, parted by "|". */
struct phrase_side {
	const char *start, *end;
	guint within; /* words at most between it and the side before, or PHRASE_SENTENCE */
};
/* Sets SIDES; returns how many there are. */
guint phrase_sides(const char *folded, struct phrase_side sides[PHRASE_SIDES_MOST]);
/* The next alternative of SIDE, without blanks around it; at first *CURSOR is SIDE's start. FALSE when there is none. */
gboolean phrase_next_alternative(const struct phrase_side *side, const char **cursor, const char **start, const char **end);
/* The name in the alternative "<name>", or NULL. Caller frees. */
char *phrase_list_name(const char *start, const char *end);
/* Whether FOLDED is more than one phrase in its plain order: it has "|", "~n" or "<name>". */
gboolean phrase_is_compound(const char *folded);

/* Appends number words to an expression for pattern_new, caseless, so that each blank or hyphen in them matches any blanks, hyphens and line ends. */
void phrase_append_words(GString *expression, const char *words);

/* A character class of word characters that are written with spaces between words: the ones that make or break a whole word. */
#define PHRASE_WORD "[^\\W\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Hangul}\\x{30fc}]"

#endif
