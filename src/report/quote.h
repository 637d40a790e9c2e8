/* Words of a letter as a report quotes them: whole sentences, white space folded. Pure. */
#ifndef REPORT_QUOTE_H
#define REPORT_QUOTE_H

#include <glib.h>

#define QUOTE_COLUMNS 420 /* of a quote: three or four sentences; a longer sentence is cut at a word, around what was found */

/* The sentence of TEXT (a passage: UTF-8, LF line ends) around the bytes OFFSET and LENGTH, with a neighbour from its paragraph where it is short. NULL when
 * there are no words. Caller frees, as all that follow. */
char *quote_around(const char *text, gsize offset, gsize length);
/* The first sentence behind a greeting, from byte START on. */
char *quote_first(const char *text, gsize start);

/* The paragraph of TEXT that byte OFFSET stands in: bytes [*START, *END). */
void quote_paragraph(const char *text, gsize offset, gsize *start, gsize *end);

/*
 * A quote that a person chose, without its words, so that a redaction has nothing to look for: "N HEX", how many characters it has without white space and a
 * sum of them. NULL when it has none or more than QUOTE_KEY_MOST.
 */
#define QUOTE_KEY_MOST 2000
char *quote_key(const char *words);
/* The place in TEXT that has this key, white space folded; NULL when it is not there or KEY is none. */
char *quote_find(const char *text, const char *key);
/* How many characters KEY stands for; 0: it is no key. */
guint quote_key_length(const char *key);

#endif
