#include "rules/voice.h"

#define WORDS_AFTER 8
#define WORDS_BEFORE 3

/* A [voice] phrase, and how far its reach goes on both sides. */
struct voice {
	gsize before, start, end, after;
};

static gboolean
is_word(const char *p)
{
	gunichar c = g_utf8_get_char(p);

	return c < 0x80 ? g_ascii_isalnum(c) || c == '\'' : g_unichar_isalnum(c);
}

/* The end of the eighth word after AT: what begins before it is within eight words. */
static gsize
reach_after(const struct folded *folded, gsize at)
{
	const char *p = folded->text + at, *end = folded->text + folded->length;
	guint half_words = 2 * WORDS_AFTER; /* two characters of Han or Kana are a word */

	while (p < end && half_words > 0) {
		if (!is_word(p)) {
			p = g_utf8_next_char(p);
		} else if (text_is_cjk(g_utf8_get_char(p))) {
			half_words--;
			p = g_utf8_next_char(p);
		} else {
			half_words -= MIN(half_words, 2);
			while (p < end && is_word(p) && !text_is_cjk(g_utf8_get_char(p)))
				p = g_utf8_next_char(p);
		}
	}
	return p - folded->text;
}

static gsize
reach_before(const struct folded *folded, gsize at)
{
	const char *p = folded->text + at;

	for (guint words = 0; p > folded->text && words < WORDS_BEFORE; words++) {
		while (p > folded->text && !is_word(g_utf8_prev_char(p)))
			p = g_utf8_prev_char(p);
		while (p > folded->text && is_word(g_utf8_prev_char(p)))
			p = g_utf8_prev_char(p);
	}
	return p - folded->text;
}

static void
find_voices_of(struct search *search, struct reading *reading, guint index)
{
	struct pattern_span span;
	gsize start = 0;

	while (search_next(search, index, reading, &start, &span)) {
		struct voice voice = {reach_before(&reading->folded, span.start), span.start, span.end, reach_after(&reading->folded, span.end)};

		g_array_append_val(reading->voices, voice);
	}
}

static void
find_voices(struct search *search, struct reading *reading)
{
	guint n;
	const guint *sections = ruleset_sections_of(search->ruleset, SECTION_VOICE, &n);

	reading->voices = g_array_new(FALSE, FALSE, sizeof(struct voice));
	for (guint i = 0; i < n; i++) {
		const struct rule_section *section = ruleset_section(search->ruleset, sections[i]);

		if (!search_section_counts(search, section))
			continue;
		for (guint rule = section->first_rule; rule < section->first_rule + section->n_rules; rule++)
			find_voices_of(search, reading, rule);
	}
}

gboolean
voice_covers(struct search *search, struct reading *reading, gsize start, gsize end)
{
	if (reading->voices == NULL)
		find_voices(search, reading);
	for (guint i = 0; i < reading->voices->len; i++) {
		const struct voice *voice = &g_array_index(reading->voices, struct voice, i);

		if ((start >= voice->end && start < voice->after) || (end <= voice->start && end > voice->before))
			return TRUE;
	}
	return FALSE;
}
