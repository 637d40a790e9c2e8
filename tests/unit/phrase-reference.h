/*
 * What phrases mean, said slowly and in another way than src/rules does: a member as a regular expression, tried at every character; distances by walking over
 * the text; chains by trying every way to choose their parts. Included after cmocka.h.
 */
#ifndef TESTS_PHRASE_REFERENCE_H
#define TESTS_PHRASE_REFERENCE_H

#include <string.h>

#include "base/pattern.h"
#include "base/text.h"

#define WORD_CLASS "[^\\W\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Hangul}\\x{30fc}]"
#define PREFIX_CLASS "[\\x{648}\\x{641}\\x{628}\\x{644}\\x{643}]"
#define GAP_CLASS "[ \\t\\n-]"

static inline gboolean
reference_is_letter(gunichar c)
{
	return g_unichar_isalnum(c) || c == '_';
}

static inline gboolean
reference_has_edge(gunichar c)
{
	return reference_is_letter(c) && !text_is_cjk(c);
}

static inline gboolean
reference_is_capitals(const char *word)
{
	g_autofree char *upper = g_utf8_strup(word, -1), *lower = g_utf8_strdown(word, -1);

	return g_utf8_strlen(word, -1) > 1 && strcmp(word, lower) != 0 && strcmp(word, upper) == 0;
}

static inline void
reference_append_gap(GString *out, gunichar before, gunichar after)
{
	g_string_append_printf(out, GAP_CLASS "%c%s", text_is_cjk(before) || text_is_cjk(after) ? '*' : '+', after == '-' ? "" : "+");
}

static inline void
reference_append_word(GString *out, const char *word, gboolean star)
{
	gboolean capitals = reference_is_capitals(word);
	gunichar before = 0;

	g_string_append(out, capitals ? "(?-i:" : "(?:");
	for (const char *p = word; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (before != 0 && text_is_cjk(before) != text_is_cjk(c) && reference_is_letter(before) && reference_is_letter(c))
			reference_append_gap(out, before, c);
		else if (before == '-')
			g_string_append(out, "[ \\t\\n]*+");
		g_string_append_printf(out, "\\x{%x}", c);
		before = c;
	}
	g_string_append_c(out, ')');
	if (star && reference_has_edge(before))
		g_string_append(out, WORD_CLASS "*+");
}

/* MEMBER, folded, as an expression that matches at the place where the search begins only. Caller frees. */
static inline char *
reference_expression(const char *member)
{
	g_auto(GStrv) words = g_strsplit_set(member, " \t\n", -1);
	GString *out = g_string_new("\\G(?:");
	gunichar first, last = 0;
	gboolean star = FALSE;

	for (char **word = words; *word != NULL; word++) {
		if (**word == '\0')
			continue;
		first = g_utf8_get_char(*word);
		if (last != 0)
			reference_append_gap(out, last, first);
		else if (reference_has_edge(first) && first >= 0x0600 && first <= 0x06ff)
			g_string_append(
			    out, "(?:(?<!" WORD_CLASS ")|(?<=(?<!" WORD_CLASS ")" PREFIX_CLASS ")|(?<=(?<!" WORD_CLASS ")" PREFIX_CLASS PREFIX_CLASS "))");
		else if (reference_has_edge(first))
			g_string_append(out, "(?<!" WORD_CLASS ")");
		star = strlen(*word) > 1 && g_str_has_suffix(*word, "*");
		if (star)
			(*word)[strlen(*word) - 1] = '\0';
		reference_append_word(out, *word, star);
		last = g_utf8_get_char(g_utf8_prev_char(*word + strlen(*word)));
	}
	if (!star && reference_has_edge(last))
		g_string_append_printf(out, "%s(?!" WORD_CLASS ")",
		    last < 0x80                                ? last != '_' ? "(?:e?s)?" : ""
		    : last < 0x0250 && g_unichar_isalpha(last) ? "(?:e?s)?"
		                                               : "");
	g_string_append_c(out, ')');
	return g_string_free(out, FALSE);
}

struct reference_place {
	gsize start, end;
};

/* Every place of MEMBER in TEXT, folded both. */
static inline void
reference_find(const char *member, const char *text, GArray *places)
{
	g_autofree char *expression = reference_expression(member);
	g_autoptr(Pattern) pattern = pattern_new(expression, TRUE, NULL, NULL);
	gsize length = strlen(text);

	assert_non_null(pattern);
	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		struct pattern_span span;

		if (pattern_match(pattern, text, length, p - text, &span, 1) == PATTERN_MATCH) {
			struct reference_place place = {span.start, span.end};

			g_array_append_val(places, place);
		}
	}
}

/* Whether the character at P goes on with a word that began before it. */
static inline gboolean
reference_continues(const char *text, const char *p)
{
	while (p > text) {
		gunichar c = g_utf8_get_char(p = g_utf8_prev_char(p));

		if (reference_has_edge(c))
			return TRUE;
		if (c != '\'' && !g_unichar_ismark(c))
			return FALSE;
	}
	return FALSE;
}

/* Half words that begin from byte START to END. */
static inline guint
reference_halves(const char *text, gsize start, gsize end)
{
	guint halves = 0;

	for (const char *p = text + start; p < text + end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (text_is_cjk(c) || (p > text && text_is_cjk(g_utf8_get_char(g_utf8_prev_char(p))) && c != '_' &&
		                          (g_unichar_ispunct(c) || (c < 0x80 && strchr("$+<=>^`|~", c) != NULL))))
			halves++;
		else if (reference_has_edge(c) && !reference_continues(text, p))
			halves += 2;
	}
	return halves;
}

static inline gboolean
reference_sentence_ends(const char *p)
{
	gunichar c = g_utf8_get_char(p);
	const char *behind = g_utf8_next_char(p);

	if (c == '\n')
		return behind[strspn(behind, " \t")] == '\n';
	if (c == 0x3002)
		return TRUE;
	if (c != '.' && c != '!' && c != '?' && c != ';' && c != ':' && c != 0x061f)
		return FALSE;
	behind += strspn(behind, "\"')]");
	return *behind == '\0' || g_ascii_isspace(*behind) || text_is_cjk(g_utf8_get_char(behind));
}

static inline gboolean
reference_same_sentence(const char *text, const struct reference_place *a, const struct reference_place *b)
{
	for (const char *p = text + MIN(a->start, b->start); p < text + MAX(a->start, b->start); p = g_utf8_next_char(p))
		if (reference_sentence_ends(p))
			return FALSE;
	return TRUE;
}

static inline gboolean
reference_near(const char *text, const struct reference_place *a, const struct reference_place *b, int within)
{
	gsize from = MIN(a->end, b->end), to = MAX(a->start, b->start);

	if (from > to || (within == 0 && !reference_same_sentence(text, a, b)))
		return FALSE;
	return reference_halves(text, from, to) <= 2 * (guint)(within == 0 ? 60 : within);
}

/* A chain: the places of each side, and the words allowed between it and the one before, 0 for a sentence. */
struct reference_chain {
	const char *text;
	guint n;
	GArray *places[8];
	int within[8];
	struct reference_place chosen[8];
	gsize start;                  /* no match begins before it */
	struct reference_place found; /* the best so far */
};

static inline void
reference_choose(struct reference_chain *chain, guint side)
{
	if (side == chain->n) {
		gsize start = G_MAXSIZE, end = 0;

		for (guint i = 0; i < side; i++) {
			start = MIN(start, chain->chosen[i].start);
			end = MAX(end, chain->chosen[i].end);
		}
		if (start >= chain->start && (start < chain->found.start || (start == chain->found.start && end < chain->found.end)))
			chain->found = (struct reference_place){start, end};
		return;
	}
	for (guint i = 0; i < chain->places[side]->len; i++) {
		const struct reference_place *place = &g_array_index(chain->places[side], struct reference_place, i);
		gboolean fits = side == 0 || reference_near(chain->text, &chain->chosen[side - 1], place, chain->within[side]);

		for (guint j = 0; fits && j < side; j++)
			fits = chain->chosen[j].end <= place->start || place->end <= chain->chosen[j].start;
		if (!fits)
			continue;
		chain->chosen[side] = *place;
		reference_choose(chain, side + 1);
	}
}

/* All matches of PHRASE, folded, without lists, one after another. Caller frees. */
static inline GArray *
reference_matches(const char *phrase, const char *text)
{
	g_auto(GStrv) sides = g_strsplit(phrase, " ~", -1);
	struct reference_chain chain = {.text = text, .n = g_strv_length(sides)};
	GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct reference_place));

	for (guint i = 0; i < chain.n; i++) {
		const char *words = i == 0 ? sides[i] : strchr(sides[i], ' ');
		g_auto(GStrv) members = g_strsplit(words, "|", -1);

		chain.within[i] = i == 0 ? 0 : atoi(sides[i]);
		chain.places[i] = g_array_new(FALSE, FALSE, sizeof(struct reference_place));
		for (char **member = members; *member != NULL; member++)
			reference_find(*member, text, chain.places[i]);
	}
	for (;;) {
		chain.found = (struct reference_place){G_MAXSIZE, G_MAXSIZE};
		reference_choose(&chain, 0);
		if (chain.found.start == G_MAXSIZE)
			break;
		/* of one side alone the longest counts */
		for (guint i = 0; chain.n == 1 && i < chain.places[0]->len; i++) {
			const struct reference_place *place = &g_array_index(chain.places[0], struct reference_place, i);

			if (place->start == chain.found.start)
				chain.found.end = MAX(chain.found.end, place->end);
		}
		g_array_append_val(matches, chain.found);
		chain.start = chain.found.end;
	}
	for (guint i = 0; i < chain.n; i++)
		g_array_unref(chain.places[i]);
	return matches;
}

#endif
