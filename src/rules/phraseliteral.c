#include <string.h>

#include "base/text.h"
#include "rules/phrase.h"
#include "rules/phrasewords.h"

#define START_LEAST 4 /* bytes */

/* Words that always stand together. */
struct stretch {
	const char *start, *end;
	guint edges;
};

struct stretches {
	struct stretch first; /* the one that the phrase begins with */
	struct stretch best;  /* the longest */
};

static void
add_stretch(struct stretches *stretches, const char *start, const char *end, guint edges)
{
	struct stretch new = {start, end, edges};

	if (stretches->first.start == NULL)
		stretches->first = new;
	if (end - start > stretches->best.end - stretches->best.start)
		stretches->best = new;
}

/* Where Han and Latin meet inside a word a space may stand: the stretch from *START on ends there. */
static void
end_at_borders(const struct phrase_word *word, struct stretches *stretches, const char **start, guint *edges)
{
	gunichar before = 0;

	for (const char *p = word->start; p < word->end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (before != 0 && text_is_cjk(before) != text_is_cjk(c)) {
			add_stretch(stretches, *start, p, *edges);
			*start = p;
			*edges = 0;
		}
		before = c;
	}
}

/* Stretches end at an asterisk and where a space is optional. */
static void
find_stretches(const char *p, const char *side_end, struct stretches *stretches)
{
	const char *start = NULL;
	struct phrase_word word = {0}, before = {0};
	guint edges = 0;

	for (; p < side_end && phrase_next_word(&p, &word); before = word) {
		if (start != NULL && phrase_space_is_optional(phrase_last_character(&before), phrase_first_character(&word))) {
			add_stretch(stretches, start, before.end, edges);
			start = NULL;
		}
		if (start == NULL) {
			start = word.start;
			edges = before.start != NULL || !phrase_has_edge(phrase_first_character(&word)) ? 0 : LITERAL_WORD_BEFORE;
		}
		end_at_borders(&word, stretches, &start, &edges);
		if (word.star) {
			add_stretch(stretches, start, word.end, edges);
			start = NULL;
		}
	}
	if (start == NULL)
		return;
	if (phrase_has_edge(phrase_last_character(&before)))
		edges |= LITERAL_WORD_AFTER | (phrase_takes_plural(&before) ? LITERAL_PLURAL : 0);
	add_stretch(stretches, start, before.end, edges);
}

/* A phrase that is one stretch from end to end: the bulk of any rule file, so found without taking it apart. */
static gboolean
is_one_stretch(const char *folded, struct stretch *stretch)
{
	const char *end = folded;
	struct phrase_word whole;

	for (; *end != '\0'; end++)
		if (*end == '*' || (guchar)*end >= 0xe1) /* from U+1000 on there is Han, Kana and Hangul */
			return FALSE;
	while (end > folded && phrase_is_separator(end[-1]))
		end--;
	while (folded < end && phrase_is_separator(*folded))
		folded++;
	if (folded == end)
		return FALSE;
	whole = (struct phrase_word){.start = folded, .end = end};
	*stretch = (struct stretch){folded, end, phrase_has_edge(phrase_first_character(&whole)) ? LITERAL_WORD_BEFORE : 0};
	if (phrase_has_edge(phrase_last_character(&whole)))
		stretch->edges |= LITERAL_WORD_AFTER | (phrase_takes_plural(&whole) ? LITERAL_PLURAL : 0);
	return TRUE;
}

static gboolean
set_literal(struct phrase_literal *literal, const struct stretch *stretch)
{
	g_string_truncate(literal->text, 0);
	if (stretch->start != NULL)
		literal_append_plain(literal->text, stretch->start, stretch->end - stretch->start);
	literal->edges = stretch->edges;
	if (literal->text->len > LITERAL_MOST) {
		gsize length = LITERAL_MOST;

		while (length > 0 && (literal->text->str[length] & 0xc0) == 0x80)
			length--;
		g_string_truncate(literal->text, length);
		literal->edges &= LITERAL_WORD_BEFORE;
	}
	return literal->text->len >= LITERAL_LEAST;
}

/* A literal that the phrase begins with says where to look for it: it is taken when it is long enough to be rare. A hyphen's place is not known in plain form.
 */
gboolean
phrase_literal(const char *folded, struct phrase_literal *literal)
{
	struct stretches stretches = {{0}, {0}};

	if (is_one_stretch(folded, &stretches.first))
		stretches.best = stretches.first;
	else
		find_stretches(folded, folded + strlen(folded), &stretches);
	if (stretches.first.end - stretches.first.start >= START_LEAST)
		stretches.best = stretches.first;
	literal->at_start = stretches.best.start == stretches.first.start && stretches.best.start != NULL && *stretches.best.start != '-';
	return set_literal(literal, &stretches.best);
}
