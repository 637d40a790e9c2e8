#include "rules/phrase.h"
#include "rules/phrasewords.h"

#define SEPARATOR "[ \\t\\n-]"

static void
append_character(GString *out, gunichar c)
{
	if (c < 0x80 && !g_ascii_isalnum(c) && c != '_')
		g_string_append_c(out, '\\');
	g_string_append_unichar(out, c);
}

static void
append_separator(GString *out, gunichar before, gunichar after)
{
	g_string_append(out, SEPARATOR);
	g_string_append_c(out, phrase_space_is_optional(before, after) ? '*' : '+');
	if (after != '-')
		g_string_append_c(out, '+');
}

static void
append_word(GString *out, const struct phrase_word *word)
{
	gboolean capitals = phrase_is_capitals(word);
	gunichar before = 0;

	if (capitals)
		g_string_append(out, "(?-i:");
	for (const char *p = word->start; p < word->end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		/* "内部DNS安全" may have spaces where the scripts meet, and a line may end at a hyphen */
		if (before != 0 && phrase_is_border(before, c))
			append_separator(out, before, c);
		else if (before == '-')
			g_string_append(out, "[ \\t\\n]*+");
		append_character(out, c);
		before = c;
	}
	if (capitals)
		g_string_append_c(out, ')');
	if (word->star && phrase_has_edge(before))
		g_string_append(out, PHRASE_WORD "*+");
}

void
phrase_append_words(GString *expression, const char *words)
{
	struct phrase_word word, before = {0};

	for (const char *p = words; phrase_next_word(&p, &word); before = word) {
		if (before.start != NULL)
			append_separator(expression, phrase_last_character(&before), phrase_first_character(&word));
		append_word(expression, &word);
	}
}
