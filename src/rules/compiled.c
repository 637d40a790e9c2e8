#include "rules/compiled.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "rules/compiledform.h"
#include "rules/starttable.h"
#include "rules/gate.h"

struct unpacker {
	const char *strings;
	gsize length;
	const guint32 *offsets;
	gsize n_offsets;
	gboolean bad;
};

static const char *
unpack_string(struct unpacker *unpacker, guint32 offset)
{
	if (offset == NONE)
		return NULL;
	if (offset < unpacker->length)
		return unpacker->strings + offset;
	unpacker->bad = TRUE;
	return "";
}

static GPtrArray *
unpack_list(struct unpacker *unpacker, struct packed_list list)
{
	GPtrArray *out;

	if (list.count == NONE)
		return NULL;
	out = g_ptr_array_new();
	if (list.first > unpacker->n_offsets || list.count > unpacker->n_offsets - list.first)
		unpacker->bad = TRUE;
	else
		for (guint i = 0; i < list.count; i++)
			g_ptr_array_add(out, (gpointer)unpack_string(unpacker, unpacker->offsets[list.first + i]));
	return out;
}

/* The N of SIZE bytes each in BLOCK, which open_bytes has looked at. */
static gconstpointer
get_block(const struct packed_head *head, enum block block, gsize size, gsize *n)
{
	*n = head->blocks[block].length / size;
	return (const guint8 *)head + head->blocks[block].at;
}

static void
unpack_files(struct unpacker *unpacker, const struct packed_head *head, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_file *packed = get_block(head, BLOCK_FILES, sizeof *packed, &n);

	for (gsize i = 0; i < n; i++) {
		const struct packed_file from = packed[i];
		struct rule_file file = {unpack_string(unpacker, from.name), unpack_string(unpacker, from.base), unpack_string(unpacker, from.id),
		    unpack_string(unpacker, from.title), unpack_string(unpacker, from.follows), from.since, from.current, from.before, from.taxonomy_line};

		g_array_append_val(ruleset->files, file);
	}
}

static void
unpack_sections(struct unpacker *unpacker, const struct packed_head *head, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_section *packed = get_block(head, BLOCK_SECTIONS, sizeof *packed, &n);

	for (gsize i = 0; i < n; i++) {
		const struct packed_section from = packed[i];
		struct rule_section section = {.type = MIN(from.type, N_SECTION_TYPES - 1),
		    .name = unpack_string(unpacker, from.name),
		    .file = from.file,
		    .line = from.line,
		    .target = from.target,
		    .series = from.series,
		    .kind = from.kind,
		    .since = from.since,
		    .until = from.until,
		    .first_rule = from.first_rule,
		    .n_rules = from.n_rules,
		    .addresses = unpack_list(unpacker, from.addresses),
		    .domains = unpack_list(unpacker, from.domains),
		    .names = unpack_list(unpacker, from.names),
		    .attachment = from.attachment,
		    .filed = from.filed,
		    .otherwise = from.otherwise != 0,
		    .unless = unpack_list(unpacker, from.unless),
		    .words_below = from.words_below,
		    .words_above = from.words_above,
		    .conditions_line = from.conditions_line};

		for (guint key = 0; key < N_RULE_KEYS; key++)
			section.n_keys[key] = from.n_keys[key];
		unpacker->bad = unpacker->bad || from.file >= ruleset->files->len || from.type >= N_SECTION_TYPES;
		g_array_append_val(ruleset->sections, section);
	}
}

/* Of thousands of rules a message needs some tens: each is made when it is first asked for. */
static void
unpack_rules(const struct packed_head *head, struct ruleset *ruleset)
{
	gsize n;

	ruleset->packed = get_block(head, BLOCK_RULES, sizeof(struct packed_rule), &n);
	ruleset->n_packed = n;
	ruleset->made = g_new0(struct rule *, n);
}

/* RULE's pattern at AT, as it was written; else it is compiled again. */
static void
find_pattern(const struct packed_head *head, guint32 at, struct rule *rule)
{
	gsize size, start = (gsize)at * 8;
	const guint8 *block = get_block(head, BLOCK_PATTERNS, 1, &size);
	const struct packed_pattern *packed = (const struct packed_pattern *)(block + start);

	if (at == NONE || start > size || size - start < sizeof *packed || packed->starts % 8 != 0 || packed->starts > size - start - sizeof *packed ||
	    packed->length > size - start - sizeof *packed - packed->starts || packed->checksum != hash_quick(packed + 1, packed->starts + packed->length))
		return;
	rule->beginnings = packed + 1;
	rule->beginnings_length = packed->starts;
	rule->compiled = (const guint8 *)(packed + 1) + packed->starts;
}

static void
find_gate(const struct packed_head *head, guint32 at, struct rule *rule)
{
	gsize size, start = (gsize)at * 8;
	const guint8 *block = get_block(head, BLOCK_GATES, 1, &size);
	const guint64 *length = (const guint64 *)(block + start);

	if (start <= size && size - start >= sizeof *length && *length <= size - start - sizeof *length && gate_is_sound(length + 1, *length))
		rule->gate = length + 1;
}

struct rule *
ruleset_make_rule(const struct ruleset *ruleset, guint index)
{
	const struct packed_rule *from = (const struct packed_rule *)ruleset->packed + index;
	const struct packed_head *head = g_bytes_get_data(ruleset->compiled, NULL);
	struct unpacker unpacker = {0};
	struct rule *rule = g_new0(struct rule, 1);

	unpacker.strings = get_block(head, BLOCK_STRINGS, 1, &unpacker.length);
	rule->text = unpack_string(&unpacker, from->text);
	rule->folded = unpack_string(&unpacker, from->folded);
	rule->header = unpack_string(&unpacker, from->header);
	rule->sought = from->sought;
	rule->section = MIN(from->section, ruleset->sections->len - 1);
	rule->line = from->line;
	rule->column = from->column;
	rule->item = from->item;
	rule->key = from->key % N_RULE_KEYS;
	rule->is_pattern = from->is_pattern;
	rule->slot = from->slot;
	find_pattern(head, from->pattern, rule);
	if (from->gate != NONE)
		find_gate(head, from->gate, rule);
	rule->list_group = -1;
	ruleset->made[index] = rule;
	return rule;
}

static void
unpack_targets(struct unpacker *unpacker, const struct packed_head *head, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_target *from = get_block(head, BLOCK_TARGETS, sizeof *from, &n);

	ruleset->target_room = g_new0(struct rule_target, n);
	g_ptr_array_set_free_func(ruleset->targets, NULL);
	for (gsize i = 0; i < n; i++) {
		ruleset->target_room[i] = (struct rule_target){from[i].type, (char *)unpack_string(unpacker, from[i].id),
		    (char *)unpack_string(unpacker, from[i].title), (char *)unpack_string(unpacker, from[i].parent),
		    (char *)unpack_string(unpacker, from[i].taxonomy), from[i].current, (char *)unpack_string(unpacker, from[i].route), from[i].hold, i};
		unpacker->bad = unpacker->bad || from[i].type > TARGET_REGION;
		g_ptr_array_add(ruleset->targets, &ruleset->target_room[i]);
	}
}

static void
unpack_maps(struct unpacker *unpacker, const struct packed_head *head, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_map *packed = get_block(head, BLOCK_MAPS, sizeof *packed, &n);

	for (gsize i = 0; i < n; i++) {
		const struct packed_map from = packed[i];
		struct rule_map map = {from.from, unpack_string(unpacker, from.id), from.to, from.file, from.line, from.column};

		unpacker->bad = unpacker->bad || from.from >= ruleset->targets->len || (from.to != G_MAXUINT && from.to >= ruleset->targets->len);
		g_array_append_val(ruleset->maps, map);
	}
}

static void
unpack_series(struct unpacker *unpacker, const struct packed_head *head, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_series *packed = get_block(head, BLOCK_SERIES, sizeof *packed, &n);

	for (gsize i = 0; i < n; i++) {
		const struct packed_series from = packed[i];
		struct rule_series series = {.id = unpack_string(unpacker, from.id),
		    .title = unpack_string(unpacker, from.title),
		    .workstream = unpack_string(unpacker, from.workstream),
		    .first = from.first,
		    .last = from.last,
		    .words = unpack_list(unpacker, from.words),
		    .languages = unpack_list(unpacker, from.languages),
		    .target = from.target,
		    .file = from.file,
		    .line = from.line};

		series.numbers = g_array_new(FALSE, FALSE, sizeof(guint));
		if (from.numbers.first > unpacker->n_offsets || from.numbers.count > unpacker->n_offsets - from.numbers.first)
			unpacker->bad = TRUE;
		else
			g_array_append_vals(series.numbers, unpacker->offsets + from.numbers.first, from.numbers.count);
		g_array_append_val(ruleset->series, series);
	}
}

static void
unpack_lexicon(struct unpacker *unpacker, const struct packed_head *head, struct ruleset *ruleset)
{
	struct lexicon *lexicon = g_new0(struct lexicon, 1);
	gsize members, sets, sides, chains, uses, loose;

	lexicon->members = get_block(head, BLOCK_MEMBERS, sizeof *lexicon->members, &members);
	lexicon->sets = get_block(head, BLOCK_SETS, sizeof *lexicon->sets, &sets);
	lexicon->sides = get_block(head, BLOCK_SIDES, sizeof *lexicon->sides, &sides);
	lexicon->chains = get_block(head, BLOCK_CHAINS, sizeof *lexicon->chains, &chains);
	lexicon->uses = get_block(head, BLOCK_USES, sizeof *lexicon->uses, &uses);
	lexicon->loose = get_block(head, BLOCK_LOOSE, sizeof *lexicon->loose, &loose);
	lexicon->n_members = members;
	lexicon->n_sets = sets;
	lexicon->n_sides = sides;
	lexicon->n_chains = chains;
	lexicon->n_uses = uses;
	lexicon->n_loose = loose;
	lexicon->strings = unpacker->strings;
	lexicon->strings_length = unpacker->length;
	ruleset->lexicon = lexicon;
}

/* The head of BYTES, when they are of this program's form and hold what it says; whether the blocks' content is as it was written the checksum tells. */
static const struct packed_head *
open_bytes(GBytes *bytes)
{
	gsize size;
	const struct packed_head *head = g_bytes_get_data(bytes, &size);
	char stamp[sizeof head->stamp] = "";

	compiled_stamp(stamp, sizeof stamp);
	if (size < sizeof *head || (guintptr)head % 8 != 0 || memcmp(head->stamp, stamp, sizeof stamp) != 0 || head->size != size ||
	    memchr(head->hash, '\0', sizeof head->hash) == NULL)
		return NULL;
	for (guint i = 0; i < N_BLOCKS; i++)
		if (head->blocks[i].at % 8 != 0 || head->blocks[i].at > size || head->blocks[i].length > size - head->blocks[i].at)
			return NULL;
	return head->blocks[BLOCK_PATTERNS].at >= sizeof *head ? head : NULL;
}

char *
ruleset_bytes_hash(GBytes *bytes)
{
	const struct packed_head *head = open_bytes(bytes);

	if (head == NULL || head->checksum != compiled_sum(head))
		return NULL;
	return g_strdup(head->hash);
}

char *
ruleset_bytes_label(GBytes *bytes, guint64 *sum)
{
	const struct packed_head *head = open_bytes(bytes);

	if (head == NULL)
		return NULL;
	*sum = head->checksum;
	return g_strdup(head->hash);
}

struct ruleset *
ruleset_from_bytes(GBytes *bytes, GError **error)
{
	const struct packed_head *head = open_bytes(bytes);
	g_autoptr(Ruleset) ruleset = NULL;
	struct unpacker unpacker = {0};
	gsize length;

	if (head == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the compiled rules are of another version");
		return NULL;
	}
	ruleset = ruleset_alloc();
	ruleset->compiled = g_bytes_ref(bytes);
	ruleset->hash = g_strdup(head->hash);
	unpacker.strings = get_block(head, BLOCK_STRINGS, 1, &unpacker.length);
	unpacker.offsets = get_block(head, BLOCK_OFFSETS, sizeof(guint32), &unpacker.n_offsets);
	unpacker.bad = unpacker.length == 0 || unpacker.strings[unpacker.length - 1] != '\0';
	unpack_files(&unpacker, head, ruleset);
	unpack_targets(&unpacker, head, ruleset);
	unpack_sections(&unpacker, head, ruleset);
	ruleset_seal_sections(ruleset);
	unpack_rules(head, ruleset);
	unpack_maps(&unpacker, head, ruleset);
	unpack_series(&unpacker, head, ruleset);
	unpack_lexicon(&unpacker, head, ruleset);
	start_table_free(ruleset->starts);
	gconstpointer starts = get_block(head, BLOCK_STARTS, 1, &length);
	ruleset->starts = start_table_from_bytes(starts, length, ruleset->n_packed);
	gconstpointer matcher = get_block(head, BLOCK_MATCHER, 1, &length);
	ruleset->matcher = matcher_from_bytes(matcher, length);
	if (ruleset->matcher == NULL || ruleset->starts == NULL || unpacker.bad || (ruleset->n_packed > 0 && ruleset->sections->len == 0)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the compiled rules are damaged");
		return NULL;
	}
	return g_steal_pointer(&ruleset);
}
