#include "rules/search.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "rules/series.h"
#include "rules/voice.h"

/* What masks put in place of the words they match: no word character, no blank, and in no literal. */
#define MASK_CHARACTER '\001'
/* Own text of fewer words takes over the filing of what it quotes. */
#define SHORT_REPLY_WORDS 12
#define TURNS_BETWEEN 64 /* works of microseconds, between looks at the clock */
#define BITS_AT_ONCE 12
#define GROUPS_MOST 64 /* of a pattern with {list} */

#define PLACE(kind) (1u << (kind))
#define PLACES_OWN (PLACE(PASSAGE_SUBJECT) | PLACE(PASSAGE_NEW))
#define PLACES_FULL (PLACES_OWN | PLACE(PASSAGE_ATTACHMENT) | PLACE(PASSAGE_FILENAME))
#define PLACES_FILED (PLACES_FULL | PLACE(PASSAGE_FORWARDED) | PLACE(PASSAGE_QUOTED))
#define PLACES_SPEAKER (PLACES_OWN | PLACE(PASSAGE_SIGNATURE) | PLACE(PLACE_NAME) | PLACE(PLACE_ORGANIZATION))

/* The places whose text a rule reads. */
static guint
places_of(const struct rule *rule, const struct rule_section *section)
{
	switch (rule->key) {
	case KEY_SUBJECT:
		return PLACE(PASSAGE_SUBJECT);
	case KEY_FILENAME:
		return PLACE(PASSAGE_FILENAME);
	case KEY_PERSONAL:
		return PLACE(PASSAGE_NEW);
	case KEY_HEADER:
		return 0;
	default:
		break;
	}
	switch (section->type) {
	case SECTION_WORKSTREAM:
	case SECTION_TOPIC:
	case SECTION_SERIES:
	case SECTION_MASK:
		return PLACES_FILED;
	case SECTION_INTENT:
		return PLACES_FILED & ~PLACE(PASSAGE_QUOTED);
	case SECTION_KIND:
	case SECTION_VOICE:
		return PLACES_OWN;
	case SECTION_GROUP:
	case SECTION_REGION:
		return PLACES_SPEAKER;
	default:
		return 0;
	}
}

static void
reading_free(gpointer data)
{
	struct reading *reading = data;

	finds_free(reading->finds);
	finds_free(reading->masked_finds);
	presence_free(reading->presence);
	folded_clear(&reading->folded);
	g_free(reading->masked);
	g_clear_pointer(&reading->voices, g_array_unref);
	g_free(reading);
}

/* SIZE words of zeros. Just too long for what malloc has at hand, they are taken several at a time. */
static guint32 *
take_bits(struct search *search, gsize size)
{
	if (search->bits_left == 0) {
		search->bits_left = BITS_AT_ONCE;
		g_ptr_array_add(search->bits, g_new(guint32, BITS_AT_ONCE * size));
	}
	return memset((guint32 *)g_ptr_array_index(search->bits, search->bits->len - 1) + --search->bits_left * size, 0, size * sizeof(guint32));
}

/* Looks for what can stand in READING, whose folded text is there. */
static void
prepare(struct search *search, struct reading *reading)
{
	const struct ruleset *ruleset = search->ruleset;
	guint n = ruleset_count_rules(ruleset);

	reading->candidates = take_bits(search, n / 32 + 1);
	reading->presence = presence_new(search->room, ruleset->lexicon, ruleset->matcher, &reading->folded, reading->candidates, n, search->unfiltered);
	reading->finds = finds_new(reading->presence, reading->folded.text, reading->folded.length);
	finds_use_table(reading->finds, ruleset->starts, reading->candidates);
}

static void
add_reading(struct search *search, guint place, gint passage, const char *text)
{
	struct reading *reading;

	if (text == NULL || *text == '\0')
		return;
	reading = g_new0(struct reading, 1);
	reading->place = place;
	reading->passage = passage;
	reading->original = text;
	text_fold(text, -1, &reading->folded);
	/* in file names words are joined by what elsewhere is a part of words */
	for (gsize i = 0; place == PASSAGE_FILENAME && i < reading->folded.length; i++)
		if (reading->folded.text[i] == '_')
			reading->folded.text[i] = ' ';
	prepare(search, reading);
	g_ptr_array_add(search->readings, reading);
}

static gboolean
quotes_in_few_words(const struct record *record)
{
	if (record->words >= SHORT_REPLY_WORDS)
		return FALSE;
	for (guint i = 0; i < record->passages->len; i++)
		if (((const struct record_passage *)g_ptr_array_index(record->passages, i))->kind == PASSAGE_QUOTED)
			return TRUE;
	return FALSE;
}

struct search *
search_new(const struct ruleset *ruleset, struct record *record, gint64 day, gboolean unfiltered)
{
	struct search *search = g_new0(struct search, 1);

	search->ruleset = ruleset;
	search->record = record;
	search->day = day;
	search->unfiltered = unfiltered;
	search->quotes = quotes_in_few_words(record);
	search->readings = g_ptr_array_new_with_free_func(reading_free);
	search->headers = g_ptr_array_new_with_free_func(reading_free);
	search->matches = g_array_new(FALSE, FALSE, sizeof(struct match));
	search->limited = g_array_new(FALSE, FALSE, sizeof(guint));
	search->room = presence_room_new();
	search->bits = g_ptr_array_new_with_free_func(g_free);
	search->author_key = record->author_address != NULL ? text_fold_key(record->author_address) : NULL;
	search->deadline = clock_roughly() + LIMIT_MATCH_MILLISECONDS * 1000;
	for (guint i = 0; i < record->passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(record->passages, i);

		if ((PLACE(passage->kind) & (PLACES_FILED | PLACES_SPEAKER)) == 0 || (passage->kind == PASSAGE_QUOTED && !search->quotes))
			continue;
		add_reading(search, passage->kind, i, passage->text);
	}
	for (guint i = 0; i < record->parts->len; i++) {
		const struct record_part *part = g_ptr_array_index(record->parts, i);

		if (part->filename == NULL && part->attachment)
			add_reading(search, PASSAGE_FILENAME, -1, part->type);
	}
	add_reading(search, PLACE_NAME, -1, record->author_name);
	add_reading(search, PLACE_ORGANIZATION, -1, record->organization);
	return search;
}

void
search_free(struct search *search)
{
	if (search == NULL)
		return;
	g_ptr_array_unref(search->readings);
	g_ptr_array_unref(search->headers);
	g_array_unref(search->matches);
	g_array_unref(search->limited);
	presence_room_free(search->room);
	g_ptr_array_unref(search->bits);
	g_free(search->author_key);
	g_free(search);
}

gboolean
search_file_counts(const struct search *search, guint file)
{
	return search->day < ruleset_file(search->ruleset, file)->before;
}

gboolean
search_section_counts(const struct search *search, const struct rule_section *section)
{
	return search->day >= section->since && search->day < section->until && search_file_counts(search, section->file);
}

static gboolean
is_candidate(const struct reading *reading, guint rule)
{
	return (reading->candidates[rule / 32] >> rule % 32 & 1) != 0;
}

static void
note_limit(struct search *search, guint rule)
{
	for (guint i = 0; i < search->limited->len; i++)
		if (g_array_index(search->limited, guint, i) == rule)
			return;
	g_array_append_val(search->limited, rule);
}

static gboolean
is_late(struct search *search, guint rule)
{
	if (!search->cut && clock_roughly() > search->deadline) {
		search->cut = TRUE;
		note_limit(search, rule);
	}
	return search->cut;
}

/* The same after small works, of which thousands are done in the time that a message has. */
static inline gboolean
may_be_late(struct search *search, guint rule)
{
	return search->cut || (++search->turns % TURNS_BETWEEN == 0 && is_late(search, rule));
}

/* What follows is no small work: the clock is asked behind it. */
static void
note_work(struct search *search)
{
	search->turns |= TURNS_BETWEEN - 1;
}

/* PCRE2's match of rule INDEX at AT, where it may begin, if its gate lets it through. */
static enum pattern_result
match_at(struct search *search, guint index, struct finds *finds, gsize at, struct pattern_span *spans)
{
	struct rule *rule = ruleset_rule(search->ruleset, index);
	gconstpointer gate = rule_gate(search->ruleset, rule);
	struct pattern *pattern;
	gsize length;
	const char *text = finds_text(finds, &length);

	if (gate != NULL && !finds_admits(finds, gate, at))
		return PATTERN_NO_MATCH;
	note_work(search);
	pattern = rule_compile(search->ruleset, rule, NULL);
	return pattern != NULL ? pattern_match_here(pattern, text, length, at, spans, rule->list_group >= 0 ? GROUPS_MOST : 1) : PATTERN_LIMIT;
}

/* PCRE2's next match of RULE in TEXT from START on. Where a rule can begin is known of most; a pattern that can begin nowhere is not even unpacked. */
static enum pattern_result
match_from(struct search *search, guint index, struct finds *finds, gsize start, struct pattern_span *spans)
{
	struct rule *rule = ruleset_rule(search->ruleset, index);
	enum pattern_result result = PATTERN_NO_MATCH;
	const struct starts *starts;
	const guint32 *at;
	gsize length;
	const char *text = finds_text(finds, &length);

	if (!search->unfiltered && rule->slot != 0 && (at = finds_in_slot(finds, rule->slot, start)) != NULL) {
		for (; *at < length && result == PATTERN_NO_MATCH && !may_be_late(search, index); at++)
			result = match_at(search, index, finds, *at, spans);
		return result;
	}
	starts = search->unfiltered ? NULL : rule_starts(search->ruleset, index, length - start);
	if (starts == NULL) {
		struct pattern *pattern = rule_compile(search->ruleset, rule, NULL);

		note_work(search); /* of the whole text */
		return pattern != NULL ? pattern_match(pattern, text, length, start, spans, rule->list_group >= 0 ? GROUPS_MOST : 1) : PATTERN_LIMIT;
	}
	for (gsize next = start; result == PATTERN_NO_MATCH && (next = finds_next_start(finds, starts, next)) < length; next++) {
		if (may_be_late(search, index))
			break;
		result = match_at(search, index, finds, next, spans);
	}
	return result;
}

/* The next match of rule INDEX, a pattern, from *START on, which moves past it. SPANS has GROUPS_MOST places. */
static enum pattern_result
next_of_pattern(struct search *search, guint index, struct finds *finds, gsize *start, struct pattern_span *spans)
{
	gsize length;
	const char *text = finds_text(finds, &length);

	while (*start <= length && !may_be_late(search, index)) {
		enum pattern_result result = match_from(search, index, finds, *start, spans);

		if (result != PATTERN_MATCH)
			return result;
		if (spans[0].end > spans[0].start && spans[0].end > *start) {
			*start = spans[0].end;
			return PATTERN_MATCH;
		}
		if (spans[0].end >= length) /* a match of nothing: on behind the next character */
			return PATTERN_NO_MATCH;
		*start = g_utf8_next_char(text + MAX(spans[0].end, *start)) - text;
	}
	return PATTERN_NO_MATCH;
}

/* The next match of any rule, likewise. */
static gboolean
next_match(struct search *search, guint index, struct finds *finds, gsize *start, struct pattern_span *spans)
{
	const struct rule *rule = ruleset_rule(search->ruleset, index);
	enum pattern_result result;

	if (may_be_late(search, index))
		return FALSE;
	if (!rule->is_pattern && (rule->sought & (LEXICON_SET | LEXICON_CHAIN)) == LEXICON_CHAIN)
		note_work(search);
	result = rule->is_pattern ? next_of_pattern(search, index, finds, start, spans) : finds_next(finds, rule->sought, start, spans);
	if (result == PATTERN_LIMIT)
		note_limit(search, index);
	return result == PATTERN_MATCH;
}

gboolean
search_next(struct search *search, guint index, const struct reading *reading, gsize *start, struct pattern_span *span)
{
	struct pattern_span spans[GROUPS_MOST];

	if (!is_candidate(reading, index) || !next_match(search, index, reading->finds, start, spans))
		return FALSE;
	*span = spans[0];
	return TRUE;
}

static void
add_match(struct search *search, guint rule, guint reading, guint item, const struct pattern_span *span, gboolean masked)
{
	struct match match = {rule, reading, item, {span->start, span->end}, masked};

	g_array_append_val(search->matches, match);
}

/* FALSE when the list names no number of the series. */
static gboolean
add_list_matches(struct search *search, guint index, guint reading, const char *text, const struct pattern_span *spans)
{
	const struct rule *rule = ruleset_rule(search->ruleset, index);
	const struct rule_section *section = ruleset_section(search->ruleset, rule->section);
	const struct pattern_span *list = &spans[MIN(rule->list_group, GROUPS_MOST - 1)];
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint));

	if (list->start == G_MAXSIZE)
		return FALSE;
	series_numbers(&g_array_index(search->ruleset->series, struct rule_series, section->series), text + list->start, list->end - list->start, numbers);
	for (guint i = 0; i < numbers->len; i++)
		add_match(search, index, reading, g_array_index(numbers, guint, i), &spans[0], FALSE);
	return numbers->len > 0;
}

/* Adds RULE's matches in the text of FINDS, the reading's folded text or a masked copy of it. */
static void
find_matches(struct search *search, guint index, guint number, struct finds *finds)
{
	struct reading *reading = g_ptr_array_index(search->readings, number);
	const struct rule *rule = ruleset_rule(search->ruleset, index);
	const struct rule_section *section = ruleset_section(search->ruleset, rule->section);
	gboolean by_voice = (section->type == SECTION_GROUP || section->type == SECTION_REGION) && (PLACES_OWN & PLACE(reading->place)) != 0;
	struct pattern_span spans[GROUPS_MOST];
	gsize start = 0, length;
	const char *text = finds_text(finds, &length);

	for (guint found = 0; found < LIMIT_EVIDENCE_PER_RULE;) {
		if (!next_match(search, index, finds, &start, spans))
			return;
		if (by_voice && !voice_covers(search, reading, spans[0].start, spans[0].end))
			continue;
		if (rule->list_group >= 0) {
			found += add_list_matches(search, index, number, text, spans);
			continue;
		}
		add_match(search, index, number, rule->item, &spans[0], FALSE);
		found++;
	}
}

static void
overwrite(char *text, const struct pattern_span *span)
{
	memset(text + span->start, MASK_CHARACTER, span->end - span->start);
}

static gboolean
touches(const struct search *search, guint first, guint last, const struct pattern_span *span)
{
	for (guint i = first; i < last; i++) {
		const struct match *match = &g_array_index(search->matches, struct match, i);

		if (!match->masked && match->span.start < span->end && span->start < match->span.end)
			return TRUE;
	}
	return FALSE;
}

/* The section's `not` words, overwritten in a copy of the text of FINDS; NULL when there are none. Those that touch a match are added as masked. */
static char *
mask_for_section(struct search *search, const struct rule_section *section, guint number, struct finds *finds, guint first)
{
	struct reading *reading = g_ptr_array_index(search->readings, number);
	guint last = search->matches->len;
	struct pattern_span spans[GROUPS_MOST];
	char *masked = NULL;
	gsize length;

	for (guint i = section->first_rule; i < section->first_rule + section->n_rules; i++) {
		guint noted = 0;

		if (!is_candidate(reading, i) || ruleset_rule(search->ruleset, i)->key != KEY_NOT)
			continue;
		for (gsize start = 0; next_match(search, i, finds, &start, spans);) {
			if (masked == NULL)
				masked = g_memdup2(finds_text(finds, &length), reading->folded.length + 1);
			overwrite(masked, &spans[0]);
			if (noted < LIMIT_EVIDENCE_PER_RULE && touches(search, first, last, &spans[0])) {
				add_match(search, i, number, 0, &spans[0], TRUE);
				noted++;
			}
		}
	}
	return masked;
}

/* Matches FIRST and on are those of one section in one text: looked for again without the section's `not` words, if there are any. */
static void
apply_not(struct search *search, const struct rule_section *section, guint number, struct finds *finds, guint first)
{
	const struct reading *reading = g_ptr_array_index(search->readings, number);
	guint before = search->matches->len;
	g_autofree char *masked = NULL;
	g_autoptr(Finds) masked_finds = NULL;
	g_autoptr(GArray) rules = NULL;

	if (before == first || section->n_keys[KEY_NOT] == 0)
		return;
	masked = mask_for_section(search, section, number, finds, first);
	if (masked == NULL || search->matches->len == before)
		return;
	rules = g_array_new(FALSE, FALSE, sizeof(guint));
	for (guint i = first; i < before; i++) {
		guint rule = g_array_index(search->matches, struct match, i).rule;

		if (rules->len == 0 || g_array_index(rules, guint, rules->len - 1) != rule)
			g_array_append_val(rules, rule);
	}
	g_array_remove_range(search->matches, first, before - first);
	masked_finds = finds_new(reading->presence, masked, reading->folded.length);
	for (guint i = 0; i < rules->len; i++)
		find_matches(search, g_array_index(rules, guint, i), number, masked_finds);
}

/* Masks hide text from what is filed by subject matter; who speaks, and what kind of message it is, may stand in boilerplate. */
static struct finds *
finds_for(const struct search *search, struct reading *reading, enum section_type type)
{
	gboolean masks = type == SECTION_WORKSTREAM || type == SECTION_TOPIC || type == SECTION_SERIES || type == SECTION_INTENT;

	if (!masks || reading->masked == NULL)
		return reading->finds;
	if (reading->masked_finds == NULL) {
		reading->masked_finds = finds_new(reading->presence, reading->masked, reading->folded.length);
		finds_use_table(reading->masked_finds, search->ruleset->starts, reading->candidates);
	}
	return reading->masked_finds;
}

/* The first candidate from rule INDEX on; all rules' number when there is none. */
static guint
next_candidate(const struct reading *reading, guint index, guint n)
{
	guint32 bits;

	if (index >= n)
		return n;
	bits = reading->candidates[index / 32] >> index % 32;
	if (bits != 0)
		return MIN(n, index + (guint)__builtin_ctz(bits));
	for (index = index / 32 + 1; index < n / 32 + 1; index++)
		if (reading->candidates[index] != 0)
			return MIN(n, index * 32 + (guint)__builtin_ctz(reading->candidates[index]));
	return n;
}

/* All rules of the section types in TYPES, in one text. Candidates come in the order of the rules, so section by section. */
static void
search_reading(struct search *search, guint number, guint types)
{
	struct reading *reading = g_ptr_array_index(search->readings, number);
	const struct rule_section *section = NULL;
	struct finds *finds = reading->finds;
	guint first = 0, behind = 0, n = ruleset_count_rules(search->ruleset); /* behind: the section's last rule */
	gboolean counts = FALSE;

	for (guint index = 0; (index = next_candidate(reading, index, n)) < n; index++) {
		const struct rule *rule = ruleset_rule(search->ruleset, index);

		if (index >= behind) {
			if (counts)
				apply_not(search, section, number, finds, first);
			section = ruleset_section(search->ruleset, rule->section);
			behind = section->first_rule + section->n_rules;
			counts = (types & 1u << section->type) != 0 && search_section_counts(search, section);
			finds = finds_for(search, reading, section->type);
			first = search->matches->len;
		}
		if (!counts)
			index = MAX(index, behind - 1);
		else if (rule->key != KEY_NOT && (places_of(rule, section) & PLACE(reading->place)) != 0)
			find_matches(search, index, number, finds);
	}
	if (counts)
		apply_not(search, section, number, finds, first);
}

/* What [mask] sections match is overwritten for all workstreams, topics and intents, once for each text. */
static void
apply_masks(struct search *search, guint number)
{
	struct reading *reading = g_ptr_array_index(search->readings, number);
	struct pattern_span spans[GROUPS_MOST];
	guint n;
	const guint *sections = ruleset_sections_of(search->ruleset, SECTION_MASK, &n);

	for (guint i = 0; i < n; i++) {
		const struct rule_section *section = ruleset_section(search->ruleset, sections[i]);

		if (!search_section_counts(search, section) || (PLACES_FILED & PLACE(reading->place)) == 0)
			continue;
		for (guint rule = section->first_rule; rule < section->first_rule + section->n_rules; rule++) {
			guint noted = 0;

			if (!is_candidate(reading, rule))
				continue;
			for (gsize start = 0; next_match(search, rule, reading->finds, &start, spans);) {
				if (reading->masked == NULL)
					reading->masked = g_memdup2(reading->folded.text, reading->folded.length + 1);
				overwrite(reading->masked, &spans[0]);
				if (noted++ < LIMIT_EVIDENCE_PER_RULE)
					add_match(search, rule, number, 0, &spans[0], TRUE);
			}
		}
	}
}

static void
search_readings(struct search *search, guint types)
{
	for (guint i = 0; i < search->readings->len; i++)
		search_reading(search, i, types);
}

void
search_for_kind(struct search *search)
{
	search_readings(search, 1u << SECTION_KIND | 1u << SECTION_TEAM | 1u << SECTION_STAFF | 1u << SECTION_BOARD);
}

void
search_for_targets(struct search *search, guint types)
{
	for (guint i = 0; i < search->readings->len; i++)
		apply_masks(search, i);
	search_readings(search, types);
}

/* The text of a header's value; PREPARED: for phrases too. Patterns do without knowing what else could stand there. */
static struct reading *
header_reading(struct search *search, const char *text, gboolean prepared)
{
	struct reading *reading = NULL;

	for (guint i = 0; i < search->headers->len && reading == NULL; i++)
		if (((struct reading *)g_ptr_array_index(search->headers, i))->original == text)
			reading = g_ptr_array_index(search->headers, i);
	if (reading == NULL) {
		reading = g_new0(struct reading, 1);
		reading->original = text;
		text_fold(text, -1, &reading->folded);
		reading->finds = finds_new(NULL, reading->folded.text, reading->folded.length);
		g_ptr_array_add(search->headers, reading);
	}
	if (prepared && reading->presence == NULL) {
		finds_free(reading->finds);
		prepare(search, reading);
	}
	return reading;
}

gboolean
search_matches(struct search *search, guint index, const char *text)
{
	struct reading *reading = header_reading(search, text, !ruleset_rule(search->ruleset, index)->is_pattern);
	struct pattern_span spans[GROUPS_MOST];
	gsize start = 0;

	return next_match(search, index, reading->finds, &start, spans);
}
