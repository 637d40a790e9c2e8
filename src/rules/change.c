#include "rules/change.h"

#include <string.h>

#include "rules/loader.h"
#include "rules/search.h"

struct change {
	struct ruleset *probe; /* the rules that only one of the two has, and all masks behind them, under a matcher of their own */
	guint changed;         /* how many of them are not masks alone */
	GStringChunk *strings;
	GHashTable *lines; /* base name -> GArray of guint, by line: where it stands now, 0: not known */
	gboolean moved;    /* one of them at least */
};

/* The sections that the probe has. */
enum { OTHER, SERIES };

/* The comparison at work. */
struct comparison {
	const struct ruleset *before, *after;
	GPtrArray *children_before, *children_after; /* of their lexicons' sets */
	struct change *change;
	struct loader loader;
	gboolean good; /* FALSE: they differ in more than words */
};

void
change_free(struct change *change)
{
	if (change == NULL)
		return;
	ruleset_free(change->probe);
	g_string_chunk_free(change->strings);
	g_hash_table_unref(change->lines);
	g_free(change);
}

gboolean
change_is_empty(const struct change *change)
{
	return change->changed == 0;
}

gboolean
change_moves_lines(const struct change *change)
{
	return change->moved;
}

guint
change_line_now(const struct change *change, const char *file, guint line)
{
	const GArray *lines = g_hash_table_lookup(change->lines, file);
	guint now = lines != NULL && line < lines->len ? g_array_index(lines, guint, line) : 0;

	return now > 0 ? now : line;
}

static gboolean
same_lists(const GPtrArray *a, const GPtrArray *b)
{
	if (a == NULL || b == NULL || a->len != b->len)
		return a == b;
	for (guint i = 0; i < a->len; i++)
		if (strcmp(g_ptr_array_index(a, i), g_ptr_array_index(b, i)) != 0)
			return FALSE;
	return TRUE;
}

/* As far as filing looks at a target: not its title, its route. */
static gboolean
same_targets(const struct comparison *with, guint before, guint after)
{
	const struct rule_target *a, *b;

	if (before == G_MAXUINT || after == G_MAXUINT)
		return before == after;
	a = ruleset_target(with->before, before);
	b = ruleset_target(with->after, after);
	return a->type == b->type && strcmp(a->id, b->id) == 0 && g_strcmp0(a->parent, b->parent) == 0 && g_strcmp0(a->taxonomy, b->taxonomy) == 0 &&
	       a->hold == b->hold;
}

static gboolean
same_series(const struct comparison *with, guint before, guint after)
{
	const struct rule_series *a, *b;

	if (before == G_MAXUINT || after == G_MAXUINT)
		return before == after;
	a = &g_array_index(with->before->series, struct rule_series, before);
	b = &g_array_index(with->after->series, struct rule_series, after);
	return a->first == b->first && a->last == b->last && g_strcmp0(a->workstream, b->workstream) == 0 && same_lists(a->words, b->words) &&
	       same_lists(a->languages, b->languages) && a->numbers->len == b->numbers->len &&
	       (a->numbers->len == 0 || memcmp(a->numbers->data, b->numbers->data, a->numbers->len * sizeof(guint)) == 0) &&
	       same_targets(with, a->target, b->target);
}

/* An intent without words is one that its conditions alone decide; "otherwise" without words is for everybody. */
static gboolean
same_keys(const struct rule_section *a, const struct rule_section *b)
{
	if (a->otherwise && (a->n_rules == 0) != (b->n_rules == 0))
		return FALSE;
	for (guint i = 0; a->type == SECTION_INTENT && i < N_RULE_KEYS; i++)
		if ((a->n_keys[i] == 0) != (b->n_keys[i] == 0))
			return FALSE;
	return TRUE;
}

/* In all but their rules and the lines they stand on. */
static gboolean
same_sections(const struct comparison *with, guint before, guint after)
{
	const struct rule_section *a = ruleset_section(with->before, before), *b = ruleset_section(with->after, after);

	return a->type == b->type && g_strcmp0(a->name, b->name) == 0 && a->file == b->file && a->kind == b->kind && a->since == b->since &&
	       a->until == b->until && a->attachment == b->attachment && a->words_below == b->words_below && a->words_above == b->words_above &&
	       a->filed == b->filed && a->otherwise == b->otherwise && same_lists(a->addresses, b->addresses) && same_lists(a->domains, b->domains) &&
	       same_lists(a->names, b->names) && same_lists(a->unless, b->unless) && same_keys(a, b) && same_targets(with, a->target, b->target) &&
	       same_series(with, a->series, b->series);
}

/* RULE's phrase with the words of its lists in their places; a pattern, and a phrase without lists, as it stands. Caller frees. */
static char *
expanded(const struct comparison *with, const struct ruleset *ruleset, const struct rule *rule)
{
	if (rule->is_pattern || strchr(rule->folded, '<') == NULL || !phrase_is_compound(rule->folded))
		return g_strdup(rule->folded);
	return lexicon_expand(ruleset->lexicon, ruleset == with->before ? with->children_before : with->children_after, rule->sought);
}

/* Whether the same lists hold the same words. */
static gboolean
same_words(const struct comparison *with, const struct rule *a, const struct rule *b)
{
	g_autofree char *before = NULL, *after = NULL;

	if (strchr(a->folded, '<') == NULL)
		return TRUE;
	before = expanded(with, with->before, a);
	after = expanded(with, with->after, b);
	return strcmp(before, after) == 0;
}

static gboolean
same_rules(const struct comparison *with, guint before, guint after)
{
	const struct rule *a = ruleset_rule(with->before, before), *b = ruleset_rule(with->after, after);

	return a->key == b->key && a->is_pattern == b->is_pattern && a->item == b->item && strcmp(a->text, b->text) == 0 && strcmp(a->folded, b->folded) == 0 &&
	       g_strcmp0(a->header, b->header) == 0 && same_words(with, a, b);
}

static gboolean
same_files(const struct comparison *with)
{
	if (with->before->files->len != with->after->files->len)
		return FALSE;
	for (guint i = 0; i < with->before->files->len; i++) {
		const struct rule_file *a = ruleset_file(with->before, i), *b = ruleset_file(with->after, i);

		if (strcmp(a->base, b->base) != 0 || strcmp(a->id, b->id) != 0 || a->since != b->since || a->before != b->before)
			return FALSE;
	}
	return TRUE;
}

/* What stood on line FROM of FILE stands on line TO now. Two places for one line would leave it open which of them a piece of evidence means. */
static void
note_line(struct comparison *with, guint file, guint from, guint to)
{
	const char *base = ruleset_file(with->before, file)->base;
	GArray *lines = g_hash_table_lookup(with->change->lines, base);

	if (from == 0 && to == 0)
		return;
	if (lines == NULL) {
		lines = g_array_new(FALSE, TRUE, sizeof(guint));
		g_hash_table_insert(with->change->lines, g_string_chunk_insert_const(with->change->strings, base), lines);
	}
	if (lines->len <= from)
		g_array_set_size(lines, from + 1);
	with->good = with->good && (g_array_index(lines, guint, from) == 0 || g_array_index(lines, guint, from) == to);
	g_array_index(lines, guint, from) = to;
	with->change->moved = with->change->moved || from != to;
}

/* Rules FIRST to LAST of RULESET are in one of the two only. Fields of headers are in no text that is looked over. */
static void
add_rules(struct comparison *with, const struct ruleset *ruleset, guint first, guint last)
{
	struct ruleset *probe = with->change->probe;

	for (guint i = first; i < last; i++) {
		struct rule rule = *ruleset_rule(ruleset, i);
		g_autofree char *words = expanded(with, ruleset, &rule);

		with->good = with->good && rule.key != KEY_HEADER;
		rule.folded = g_string_chunk_insert(with->change->strings, words);
		rule.sought = LEXICON_NONE;
		rule.text = rule.folded;
		rule.header = NULL;
		rule.pattern = NULL;
		rule.broken = FALSE;
		rule.list_group = -1;
		rule.section = ruleset_section(ruleset, rule.section)->type == SECTION_SERIES ? SERIES : OTHER;
		g_array_append_val(probe->rules, rule);
		if (rule.key != KEY_HEADER)
			loader_seek_again(&with->loader, probe->rules->len - 1);
	}
}

/* The rules of two sections that are alike, at least at both ends: what is between is in one of the two only. */
static void
compare_rules(struct comparison *with, const struct rule_section *a, const struct rule_section *b)
{
	guint head = 0, tail = 0, least = MIN(a->n_rules, b->n_rules);

	while (head < least && same_rules(with, a->first_rule + head, b->first_rule + head))
		head++;
	while (tail < least - head && same_rules(with, a->first_rule + a->n_rules - 1 - tail, b->first_rule + b->n_rules - 1 - tail))
		tail++;
	for (guint i = 0; i < head; i++)
		note_line(with, a->file, ruleset_rule(with->before, a->first_rule + i)->line, ruleset_rule(with->after, b->first_rule + i)->line);
	for (guint i = 1; i <= tail; i++)
		note_line(with, a->file, ruleset_rule(with->before, a->first_rule + a->n_rules - i)->line,
		    ruleset_rule(with->after, b->first_rule + b->n_rules - i)->line);
	add_rules(with, with->before, a->first_rule + head, a->first_rule + a->n_rules - tail);
	add_rules(with, with->after, b->first_rule + head, b->first_rule + b->n_rules - tail);
}

/* What is mapped is filed without its own words, and evidence has the line it stands on. */
static gboolean
may_be_mapped(const struct ruleset *ruleset, const struct rule_section *section)
{
	for (guint i = 0; i < ruleset->maps->len; i++) {
		const struct rule_map *map = &g_array_index(ruleset->maps, struct rule_map, i);

		if (section->type == SECTION_SERIES || (section->type == SECTION_TOPIC && (section->target == map->from || section->target == map->to)))
			return TRUE;
	}
	return FALSE;
}

/* Sections FIRST to LAST are in one of the two only: those that say nothing of a message unless their words are in it. */
static void
add_sections(struct comparison *with, const struct ruleset *ruleset, guint first, guint last)
{
	for (guint i = first; i < last; i++) {
		const struct rule_section *section = ruleset_section(ruleset, i);

		with->good = with->good &&
		             (section->type == SECTION_TOPIC || section->type == SECTION_SERIES || section->type == SECTION_MASK ||
		                 section->type == SECTION_MILESTONE || section->type == SECTION_DOCUMENT || section->type == SECTION_WORDS) &&
		             !may_be_mapped(ruleset, section);
		add_rules(with, ruleset, section->first_rule, section->first_rule + section->n_rules);
	}
}

static void
compare_pair(struct comparison *with, guint before, guint after)
{
	const struct rule_section *a = ruleset_section(with->before, before), *b = ruleset_section(with->after, after);

	note_line(with, a->file, a->line, b->line);
	note_line(with, a->file, a->conditions_line, b->conditions_line);
	compare_rules(with, a, b);
}

static void
compare_sections(struct comparison *with)
{
	guint before = with->before->sections->len, after = with->after->sections->len, head = 0, tail = 0, least = MIN(before, after);

	while (head < least && same_sections(with, head, head))
		head++;
	while (tail < least - head && same_sections(with, before - 1 - tail, after - 1 - tail))
		tail++;
	for (guint i = 0; i < head; i++)
		compare_pair(with, i, i);
	for (guint i = 1; i <= tail; i++)
		compare_pair(with, before - i, after - i);
	add_sections(with, with->before, head, before - tail);
	add_sections(with, with->after, head, after - tail);
}

/* Targets stand in the order of their sections, and evidence in that of its targets: what is alike at both ends keeps its order when the targets do. */
static void
compare_targets(struct comparison *with)
{
	guint before = with->before->targets->len, after = with->after->targets->len, head = 0, tail = 0, least = MIN(before, after);

	while (head < least && same_targets(with, head, head))
		head++;
	while (tail < least - head && same_targets(with, before - 1 - tail, after - 1 - tail))
		tail++;
	for (guint i = head; i < before - tail; i++)
		with->good = with->good && ruleset_target(with->before, i)->type == TARGET_TOPIC;
	for (guint i = head; i < after - tail; i++)
		with->good = with->good && ruleset_target(with->after, i)->type == TARGET_TOPIC;
}

static void
compare_maps(struct comparison *with)
{
	if (with->before->maps->len != with->after->maps->len)
		with->good = FALSE;
	for (guint i = 0; with->good && i < with->before->maps->len; i++) {
		const struct rule_map *a = &g_array_index(with->before->maps, struct rule_map, i), *b = &g_array_index(with->after->maps, struct rule_map, i);

		with->good = strcmp(a->id, b->id) == 0 && a->file == b->file && same_targets(with, a->from, b->from) && same_targets(with, a->to, b->to);
		note_line(with, a->file, a->line, b->line);
	}
}

static void
add_masks(struct comparison *with, const struct ruleset *ruleset)
{
	for (guint i = 0; i < ruleset->sections->len; i++) {
		const struct rule_section *section = ruleset_section(ruleset, i);

		if (section->type == SECTION_MASK)
			add_rules(with, ruleset, section->first_rule, section->first_rule + section->n_rules);
	}
}

/* The sections that the rules of the probe are said to belong to. */
static void
add_kinds_of_sections(struct ruleset *probe)
{
	const struct rule_section other = {.type = SECTION_TOPIC}, series = {.type = SECTION_SERIES};

	g_array_append_val(probe->sections, other);
	g_array_append_val(probe->sections, series);
}

struct change *
change_new(const struct ruleset *before, const struct ruleset *after)
{
	g_autoptr(Change) change = g_new0(struct change, 1);
	struct comparison with = {.before = before, .after = after, .change = change};

	change->probe = ruleset_alloc();
	change->probe->matcher = matcher_new();
	change->probe->lexicon = lexicon_new();
	add_kinds_of_sections(change->probe);
	change->strings = g_string_chunk_new(4096);
	change->lines = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_array_unref);
	with.loader = (struct loader){.ruleset = change->probe};
	with.children_before = lexicon_children(before->lexicon);
	with.children_after = lexicon_children(after->lexicon);
	with.good = same_files(&with);
	if (with.good) {
		compare_sections(&with);
		compare_targets(&with);
		compare_maps(&with);
	}
	change->changed = change->probe->rules->len;
	if (with.good) {
		add_masks(&with, before);
		add_masks(&with, after);
	}
	lexicon_seal(change->probe->lexicon);
	ruleset_seal_sections(change->probe);
	g_ptr_array_unref(with.children_before);
	g_ptr_array_unref(with.children_after);
	return with.good ? g_steal_pointer(&change) : NULL;
}

static gboolean
is_candidate(const struct reading *reading, guint rule)
{
	return (reading->candidates[rule / 32] >> rule % 32 & 1) != 0;
}

/* Whether one of the changed rules matches in READING. What a mask leaves may hold what the whole text does not, and a list of a series is read elsewhere: then
 * it is enough that one may match. */
static gboolean
touches(const struct change *change, struct search *search, const struct reading *reading)
{
	gboolean masked = FALSE;

	for (guint i = change->changed; i < change->probe->rules->len && !masked; i++)
		masked = is_candidate(reading, i);
	for (guint i = 0; i < change->changed; i++) {
		struct pattern_span span;
		gsize start = 0;

		if (!is_candidate(reading, i))
			continue;
		if (masked || ruleset_rule(change->probe, i)->section == SERIES || search_next(search, i, reading, &start, &span) || search->limited->len > 0)
			return TRUE;
	}
	return FALSE;
}

gboolean
change_touches(const struct change *change, struct record *record)
{
	g_autoptr(Search) search = NULL;

	record_settle_found(record);
	search = search_new(change->probe, record, 0, FALSE);
	for (guint i = 0; i < search->readings->len; i++)
		if (touches(change, search, g_ptr_array_index(search->readings, i)))
			return TRUE;
	return FALSE;
}
