#include "rules/member.h"

#include "base/text.h"
#include "rules/phrasewords.h"

/* Places tried for words that begin with a hyphen: a row of such words in a row of hyphens could be laid out in any number of ways. */
#define TRIES_MOST 256

struct trial {
	const char *member_end;
	const char *text, *end;
	guint tries;
};

/* A character that makes or breaks a whole word. */
static gboolean
is_edge(const char *p)
{
	return (guchar)*p < 0x80 ? g_ascii_isalnum(*p) || *p == '_' : phrase_has_edge(g_utf8_get_char(p));
}

static gboolean
is_edge_before(const struct trial *trial, const char *p)
{
	return p > trial->text && is_edge(g_utf8_prev_char(p));
}

static gboolean
is_edge_at(const struct trial *trial, const char *p)
{
	return p < trial->end && is_edge(p);
}

/* The short words that Arabic writes onto the next. */
static gboolean
is_prefix(gunichar c)
{
	return c == 0x648 || c == 0x641 || c == 0x628 || c == 0x644 || c == 0x643;
}

static gboolean
begins_word(const struct trial *trial, const char *p, gunichar first)
{
	if (!phrase_has_edge(first) || !is_edge_before(trial, p))
		return TRUE;
	for (guint i = 0; i < 2 && phrase_is_arabic(first) && p > trial->text; i++) {
		p = g_utf8_prev_char(p);
		if (!is_prefix(g_utf8_get_char(p)))
			return FALSE;
		if (!is_edge_before(trial, p))
			return TRUE;
	}
	return FALSE;
}

static gboolean
is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '-';
}

static const char *
skip_gap(const struct trial *trial, const char *p)
{
	while (p < trial->end && is_gap(*p))
		p++;
	return p;
}

static gboolean
is_same(gunichar a, gunichar b, gboolean capitals)
{
	if (a == b)
		return TRUE;
	if (capitals)
		return FALSE;
	if (a < 0x80 && b < 0x80)
		return g_ascii_tolower(a) == g_ascii_tolower(b);
	return text_caseless(a) == text_caseless(b);
}

/* Where the letters of WORD end when they stand at P; NULL: they do not. */
static const char *
match_word(const struct trial *trial, const struct phrase_word *word, const char *p)
{
	gboolean capitals = phrase_is_capitals(word);
	gunichar before = 0;

	for (const char *w = word->start; w < word->end; w = g_utf8_next_char(w)) {
		gunichar c = g_utf8_get_char(w);

		if (before != 0 && phrase_is_border(before, c))
			p = skip_gap(trial, p);
		while (before == '-' && p < trial->end && phrase_is_separator(*p))
			p++;
		if (p >= trial->end || !is_same(c, g_utf8_get_char(p), capitals))
			return NULL;
		p = g_utf8_next_char(p);
		before = c;
	}
	while (word->star && phrase_has_edge(before) && is_edge_at(trial, p))
		p = g_utf8_next_char(p);
	return p;
}

/* The end of the last word, with its plural if it stands there. */
static const char *
end_word(const struct trial *trial, const struct phrase_word *word, const char *p)
{
	gboolean edge = !word->star && phrase_has_edge(phrase_last_character(word));

	if (phrase_takes_plural(word) && p < trial->end) {
		const char *s = p + (*p == 'e' || *p == 'E');

		if (s < trial->end && (*s == 's' || *s == 'S') && !is_edge_at(trial, s + 1))
			return s + 1;
	}
	return edge && is_edge_at(trial, p) ? NULL : p;
}

static const char *match_words(struct trial *trial, const char *m, const struct phrase_word *before, const char *p);

/* WORD behind a gap that begins at P. A word that begins with a hyphen takes one of the gap's. */
static const char *
match_next(struct trial *trial, const char *m, const struct phrase_word *before, const struct phrase_word *word, const char *p)
{
	gunichar first = phrase_first_character(word);
	const char *least = p + !phrase_space_is_optional(phrase_last_character(before), first), *gap = skip_gap(trial, p), *found = NULL;

	if (gap < least)
		return NULL;
	for (const char *start = gap; found == NULL && start >= least && trial->tries < TRIES_MOST; start--) {
		const char *end = match_word(trial, word, start);

		found = end != NULL ? match_words(trial, m, word, end) : NULL;
		if (first != '-')
			break;
		trial->tries++;
	}
	return found;
}

/* The words from M on, behind the word BEFORE whose letters end at P. */
static const char *
match_words(struct trial *trial, const char *m, const struct phrase_word *before, const char *p)
{
	struct phrase_word word;

	while (m < trial->member_end && phrase_is_separator(*m))
		m++;
	if (m >= trial->member_end || !phrase_next_word(&m, &word))
		return end_word(trial, before, p);
	return match_next(trial, m, before, &word, p);
}

gsize
member_match(const char *p, const char *end, const char *text, gsize length, gsize at)
{
	struct trial trial = {end, text, text + length, 0};
	struct phrase_word word;
	const char *stop;

	if (!phrase_next_word(&p, &word) || word.start >= end || !begins_word(&trial, text + at, phrase_first_character(&word)))
		return 0;
	stop = match_word(&trial, &word, text + at);
	if (stop != NULL)
		stop = match_words(&trial, p, &word, stop);
	return stop != NULL ? (gsize)(stop - text) : 0;
}

gsize
member_find(const char *p, const char *end, const char *text, gsize length, gsize *at)
{
	gunichar first, upper;

	while (p < end && phrase_is_separator(*p))
		p++;
	first = text_caseless(g_utf8_get_char(p));
	upper = first < 0x80 ? (gunichar)g_ascii_toupper(first) : first;
	for (const char *t = text + *at, *text_end = text + length; t < text_end; t = g_utf8_next_char(t)) {
		guchar c = *t;
		gsize found;

		if (c < 0x80 ? c != first && c != upper : text_caseless(g_utf8_get_char(t)) != first)
			continue;
		found = member_match(p, end, text, length, t - text);
		if (found > 0) {
			*at = t - text;
			return found;
		}
	}
	return 0;
}
