#include "rules/phrasewords.h"

#include <string.h>

#include "base/text.h"
#include "rules/phrase.h"

gboolean
phrase_is_separator(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static void
read_within(struct phrase_word *word)
{
	if (g_ascii_isdigit(word->start[1]))
		word->within = (guint)MIN(g_ascii_strtoull(word->start + 1, NULL, 10), PHRASE_WITHIN_MOST + 1);
	else if (word->start[1] == 's' && word->end == word->start + 2)
		word->within = PHRASE_SENTENCE;
}

gboolean
phrase_next_word(const char **p, struct phrase_word *word)
{
	while (phrase_is_separator(**p))
		(*p)++;
	if (**p == '\0')
		return FALSE;
	*word = (struct phrase_word){.start = *p, .choice = **p == '|'};
	do
		(*p)++;
	while (!word->choice && **p != '\0' && **p != '|' && !phrase_is_separator(**p));
	word->end = *p;
	if (*word->start == '~')
		read_within(word);
	else if (*word->start == '<' && word->end - word->start > 2 && word->end[-1] == '>')
		word->list = TRUE;
	else if (word->end - word->start > 1 && word->end[-1] == '*') {
		word->star = TRUE;
		word->end--;
	}
	return TRUE;
}

gboolean
phrase_is_capitals(const struct phrase_word *word)
{
	gboolean capital = FALSE;
	guint characters = 0;

	for (const char *p = word->start; p < word->end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (c < 0x80 ? g_ascii_islower(c) : g_unichar_islower(c))
			return FALSE;
		capital |= c < 0x80 ? g_ascii_isupper(c) : g_unichar_isupper(c);
		characters++;
	}
	return capital && characters > 1;
}

gunichar
phrase_first_character(const struct phrase_word *word)
{
	return g_utf8_get_char(word->start);
}

gunichar
phrase_last_character(const struct phrase_word *word)
{
	return g_utf8_get_char(g_utf8_prev_char(word->end));
}

gboolean
phrase_is_word_character(gunichar c)
{
	return c < 0x80 ? g_ascii_isalnum(c) || c == '_' : g_unichar_isalnum(c);
}

gboolean
phrase_is_arabic(gunichar c)
{
	return c >= 0x0600 && c <= 0x06ff;
}

gboolean
phrase_has_edge(gunichar c)
{
	return phrase_is_word_character(c) && !text_is_cjk(c);
}

gboolean
phrase_takes_plural(const struct phrase_word *word)
{
	gunichar c = phrase_last_character(word);

	return !word->star && (c < 0x80 ? g_ascii_isalnum(c) : c < 0x0250 && g_unichar_isalpha(c));
}

gboolean
phrase_space_is_optional(gunichar before, gunichar after)
{
	return text_is_cjk(before) || text_is_cjk(after);
}

gboolean
phrase_is_border(gunichar before, gunichar after)
{
	return text_is_cjk(before) != text_is_cjk(after) && phrase_is_word_character(before) && phrase_is_word_character(after);
}
