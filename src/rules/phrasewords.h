/* The words of a folded phrase, and what their characters ask for: shared by those who read phrases. */
#ifndef RULES_PHRASEWORDS_H
#define RULES_PHRASEWORDS_H

#include <glib.h>

/* One word of a phrase, or one of the signs that stand between words. */
struct phrase_word {
	const char *start, *end; /* without the asterisk */
	gboolean star;
	gboolean choice; /* "|": no word of the phrase */
	guint within;    /* n of "~n", or PHRASE_SENTENCE: no word of the phrase; 0: a word */
	gboolean list;   /* "<name>" */
};

/* The word or sign at *P or after, which moves behind it; FALSE at the end. */
gboolean phrase_next_word(const char **p, struct phrase_word *word);

gboolean phrase_is_separator(char c);
/* In CAPITALS: two characters or more, a capital, no small letter. */
gboolean phrase_is_capitals(const struct phrase_word *word);
gboolean phrase_takes_plural(const struct phrase_word *word);
gunichar phrase_first_character(const struct phrase_word *word);
gunichar phrase_last_character(const struct phrase_word *word);
gboolean phrase_is_word_character(gunichar c);
/* A whole word is asked for beside a letter or digit, but not beside punctuation (.eth, CVE-) nor Han, Kana, Hangul. */
gboolean phrase_has_edge(gunichar c);
/* Han and Latin are written with or without a space between them, and so are words of Han. */
gboolean phrase_space_is_optional(gunichar before, gunichar after);
/* Where Han and Latin meet inside a word a space may stand. */
gboolean phrase_is_border(gunichar before, gunichar after);
gboolean phrase_is_arabic(gunichar c);

#endif
