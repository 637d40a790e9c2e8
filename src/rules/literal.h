/* Literals: bytes that a text must hold for a rule to match it; the matcher looks for those of all rules at once. */
#ifndef RULES_LITERAL_H
#define RULES_LITERAL_H

#include <glib.h>

/*
 * Literals are sought in the text's plain form: text_fold'ed, text_caseless, each run of blanks, line feeds and hyphens as one space. A part
 * of a text has a plain form that is part of the text's plain form, so a literal in plain form is found wherever the rule could match.
 */
void literal_append_plain(GString *out, const char *folded, gsize length);
/* The same for a whole text: ORIGINS gets, for each byte of its plain form, the byte of FOLDED that it begins or continues; a space is the first of its run. */
void literal_plain_text(GString *out, const char *folded, gsize length, GArray *origins);

enum literal_edges {
	LITERAL_WORD_BEFORE = 1 << 0, /* no word character stands before it in a match */
	LITERAL_WORD_AFTER = 1 << 1,  /* nor after it */
	LITERAL_PLURAL = 1 << 2,      /* but for the s or es of a plural */
};

#define LITERAL_LEAST 2  /* bytes; shorter ones tell nothing */
#define LITERAL_MOST 255 /* bytes of it that are used */

#endif
