#include "base/text.h"

#include <string.h>

/* A suggestion is near when at most a third of its letters differ, and never more than three. */
#define NEAREST_MAX 3
#define NEAREST_LENGTH 64

static gboolean
is_word(gunichar c)
{
	return c < 0x80 ? g_ascii_isalnum(c) : g_unichar_isalnum(c) || g_unichar_ismark(c);
}

static void
index_separate(GString *out)
{
	if (out->len > 0)
		g_string_append_c(out, ' ');
}

/* A run of Han, Kana or Hangul from P on, as overlapping pairs; returns its end. */
static const char *
index_run(GString *out, const char *p, const char *end)
{
	const char *next = g_utf8_next_char(p);

	if (next >= end || !text_is_cjk(g_utf8_get_char(next))) {
		index_separate(out);
		g_string_append_len(out, p, next - p);
		return next;
	}
	while (next < end && text_is_cjk(g_utf8_get_char(next))) {
		const char *after = g_utf8_next_char(next);

		index_separate(out);
		g_string_append_len(out, p, after - p);
		p = next;
		next = after;
	}
	return next;
}

static const char *
index_word(GString *out, const char *p, const char *end)
{
	index_separate(out);
	while (p < end) {
		const char *run = p;
		gunichar c;

		/* Most text is ASCII, and is copied a word at a time. */
		while (p < end && g_ascii_isalnum(*p))
			p++;
		g_string_append_len(out, run, p - run);
		for (gsize i = out->len - (p - run); i < out->len; i++)
			if (out->str[i] >= 'A' && out->str[i] <= 'Z')
				out->str[i] += 'a' - 'A';
		if (p >= end)
			break;
		c = g_utf8_get_char(p);
		if (c < 0x80 || !is_word(c) || text_is_cjk(c))
			break;
		g_string_append_unichar(out, text_caseless(c));
		p = g_utf8_next_char(p);
	}
	return p;
}

char *
text_index_words(const char *text, gssize length)
{
	g_auto(Folded) folded = {NULL, 0, NULL};
	GString *out;

	text_fold(text, length, &folded);
	out = g_string_sized_new(folded.length + 1);
	for (const char *p = folded.text, *end = p + folded.length; p < end;) {
		gunichar c = (guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p);

		if (text_is_cjk(c))
			p = index_run(out, p, end);
		else if (is_word(c))
			p = index_word(out, p, end);
		else
			p = g_utf8_next_char(p);
	}
	return g_string_free(out, FALSE);
}

guint
text_count_words(const char *text)
{
	guint words = 0, run = 0;
	gboolean inside = FALSE;

	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		gboolean hangul = c >= 0xac00 && c <= 0xd7a3;

		if (text_is_cjk(c) && !hangul) {
			run++;
			inside = FALSE;
			continue;
		}
		words += (run + 1) / 2;
		run = 0;
		if (is_word(c) || (inside && (c == '\'' || c == 0x2019))) {
			words += !inside;
			inside = TRUE;
		} else {
			inside = FALSE;
		}
	}
	return words + (run + 1) / 2;
}

/* Edits (insert, delete, replace, swap of neighbours) between A and B. */
static guint
edit_distance(const char *a, const char *b)
{
	guint rows[3][NEAREST_LENGTH + 1];
	guint *before = rows[0], *above = rows[1], *row = rows[2];
	gsize n = strlen(a), m = strlen(b);

	for (gsize j = 0; j <= m; j++)
		above[j] = j;
	for (gsize i = 1; i <= n; i++) {
		guint *spare = before;

		row[0] = i;
		for (gsize j = 1; j <= m; j++) {
			guint cost = g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]);

			row[j] = MIN(MIN(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[m];
}

const char *
text_nearest(const char *word, const char *const *words)
{
	const char *nearest = NULL;
	guint best = G_MAXUINT;
	gsize length = strlen(word);

	if (length > NEAREST_LENGTH)
		return NULL;
	for (; *words != NULL; words++) {
		gsize longer = MAX(length, strlen(*words));

		if (longer > NEAREST_LENGTH)
			continue;

		guint distance = edit_distance(word, *words);

		if (distance < best && distance <= NEAREST_MAX && distance * 3 <= longer) {
			best = distance;
			nearest = *words;
		}
	}
	return nearest;
}
