#include "report/behalf.h"

#include "base/text.h"

#include <string.h>

#define BEFORE_WORDS 3  /* small words between the phrase and the name: "on behalf of the members of the Group" */
#define NAME_WORDS 12   /* of a name */
#define SMALL_WORDS 2   /* one after the other within a name: "of the", "de la" */
#define SMALL_LETTERS 4 /* of such a word: "of", "and", "des", "para" */
#define COMMA_WORDS 7   /* of a name that a comma ends */

struct word {
	const char *start, *end;
	gboolean capital, stop, comma; /* STOP: something behind it ends a name; COMMA: it is one */
};

static gboolean
is_part(const char *p)
{
	gunichar c = g_utf8_get_char(p);

	return g_unichar_isalnum(c) || g_unichar_ismark(c) || *p == '-' || *p == '&' || *p == '\'' || c == 0x2019;
}

/* The next word, and what stands between it and the one after; FALSE at the end. A blank line, and every sign but a space or one line end, ends a name. */
static gboolean
next_word(const char **p, struct word *out)
{
	guint lines = 0;

	while (**p != '\0' && !is_part(*p))
		*p = g_utf8_next_char(*p);
	if (**p == '\0')
		return FALSE;
	out->start = *p;
	while (**p != '\0' && is_part(*p))
		*p = g_utf8_next_char(*p);
	out->end = *p;
	out->capital = g_unichar_isupper(g_utf8_get_char(out->start));
	out->comma = **p == ',';
	for (const char *q = *p; *q != '\0' && !is_part(q); q = g_utf8_next_char(q)) {
		lines += *q == '\n';
		out->stop = strchr(" \t\r\n", *q) == NULL || lines > 1;
		if (out->stop)
			return TRUE;
	}
	out->stop = **p == '\0';
	return TRUE;
}

/* Up to the last word with a capital that small words join to the one before. */
static const char *
end_of_name(const struct word *first, const char *p)
{
	const char *end = first->end;
	struct word word = *first;
	guint small = 0;

	for (guint n = 1; n < NAME_WORDS && !word.stop && next_word(&p, &word); n++) {
		glong letters = g_utf8_strlen(word.start, word.end - word.start);

		if (word.capital && letters == 1)
			break;
		small = word.capital ? 0 : small + 1;
		if (word.capital || *word.start == '&')
			end = word.capital ? word.end : end;
		else if (small > SMALL_WORDS || letters > SMALL_LETTERS)
			break;
	}
	return end;
}

/* "Fédération des bibliothèques rurales, je": where one capital is all that is written, a comma tells the end. */
static const char *
end_at_comma(const struct word *first, const char *p, const char *otherwise)
{
	struct word word = *first;

	if (otherwise > first->end)
		return otherwise;
	for (guint n = 1; n < COMMA_WORDS && !word.stop; n++)
		if (!next_word(&p, &word))
			return otherwise;
	return word.comma ? word.end : otherwise;
}

char *
behalf_name(const char *text, gsize offset, gsize length, gboolean one_capital, gsize *at)
{
	gsize all = strlen(text);
	const char *p = text + MIN(offset, all), *behind = text + MIN(offset + length, all);
	struct word word = {0};
	guint small = 0;

	for (gboolean first = TRUE; next_word(&p, &word); first = FALSE) {
		if (word.capital && !first) {
			const char *chain = end_of_name(&word, p);
			const char *end = one_capital ? end_at_comma(&word, p, chain) : chain;
			g_autofree char *name = g_strndup(word.start, end - word.start);

			g_strdelimit(name, "\t\r\n", ' ');
			*at = word.start - text;
			return g_steal_pointer(&name);
		}
		small += word.start >= behind;
		if (small > BEFORE_WORDS || (word.stop && word.end >= behind))
			return NULL;
	}
	return NULL;
}
