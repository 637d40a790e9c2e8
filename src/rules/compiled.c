#include "rules/compiled.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "rules/rulefile.h"

#define NONE G_MAXUINT32

/* Strings stand in one pool; the packed structures name them by their offset in it, NONE for NULL. */
struct packed_file {
	guint32 name, base, id, title, follows, current, taxonomy_line, unused;
	gint64 since, before;
};

struct packed_list {
	guint32 first, count; /* in the pool of offsets */
};

struct packed_section {
	guint32 type, name, file, line, target, series, kind, first_rule, n_rules, words_below, words_above, conditions_line;
	gint32 attachment, filed;
	guint32 otherwise;
	guint32 n_keys[N_RULE_KEYS];
	struct packed_list addresses, domains, names, unless;
	gint64 since, until;
};

struct packed_rule {
	guint32 text, folded, header, section, line, column, item;
	guint16 key, is_pattern;
};

struct packed_map {
	guint32 from, id, to, file, line, column;
};

struct packed_target {
	guint32 type, id, title, parent, taxonomy, route;
	guint8 current, hold, unused[2];
};

struct packed_series {
	guint32 id, title, workstream, first, last, target, file, line;
	struct packed_list words, numbers, languages;
};

enum block {
	BLOCK_STRINGS,
	BLOCK_OFFSETS,
	BLOCK_FILES,
	BLOCK_SECTIONS,
	BLOCK_RULES,
	BLOCK_MAPS,
	BLOCK_TARGETS,
	BLOCK_SERIES,
	BLOCK_MATCHER,
	N_BLOCKS,
};

/* The head of the bytes. Every block begins at a multiple of 8, so that it is read where it stands. */
struct packed_head {
	char stamp[64];
	guint64 size;     /* of all */
	guint64 checksum; /* of all from here on */
	char hash[72];
	struct {
		guint64 at, length;
	} blocks[N_BLOCKS];
};

/* What has to agree for the bytes to mean the same. */
static void
make_stamp(char *stamp, gsize size)
{
	g_snprintf(stamp, size, "postbag ruleset 3 %zu %zu %zu %zu %zu %zu %d", sizeof(struct packed_head), sizeof(struct packed_section),
	    sizeof(struct packed_rule), sizeof(struct packed_target) + sizeof(struct packed_series), matcher_form_size(), sizeof(gpointer), G_BYTE_ORDER);
}

static guint64
sum_of(const struct packed_head *head)
{
	return hash_quick(head->hash, head->size - offsetof(struct packed_head, hash));
}

struct packer {
	GString *strings;
	GArray *offsets;   /* of guint32 */
	GHashTable *known; /* char * -> offset: phrases stand in many sections */
};

static guint32
pack_string(struct packer *packer, const char *text)
{
	gpointer offset;

	if (text == NULL)
		return NONE;
	if (g_hash_table_lookup_extended(packer->known, text, NULL, &offset))
		return GPOINTER_TO_UINT(offset);
	g_hash_table_insert(packer->known, (gpointer)text, GUINT_TO_POINTER(packer->strings->len));
	g_string_append_len(packer->strings, text, strlen(text) + 1);
	return GPOINTER_TO_UINT(g_hash_table_lookup(packer->known, text));
}

static struct packed_list
pack_list(struct packer *packer, const GPtrArray *list)
{
	struct packed_list packed = {packer->offsets->len, list != NULL ? list->len : NONE};

	for (guint i = 0; list != NULL && i < list->len; i++) {
		guint32 offset = pack_string(packer, g_ptr_array_index(list, i));

		g_array_append_val(packer->offsets, offset);
	}
	return packed;
}

static GArray *
pack_files(struct packer *packer, const struct ruleset *ruleset)
{
	GArray *packed = g_array_new(FALSE, TRUE, sizeof(struct packed_file));

	for (guint i = 0; i < ruleset->files->len; i++) {
		const struct rule_file *file = ruleset_file(ruleset, i);
		struct packed_file one = {.name = pack_string(packer, file->base),
		    .base = pack_string(packer, file->base),
		    .id = pack_string(packer, file->id),
		    .title = pack_string(packer, file->title),
		    .follows = pack_string(packer, file->follows),
		    .current = file->current,
		    .taxonomy_line = file->taxonomy_line,
		    .since = file->since,
		    .before = file->before};

		g_array_append_val(packed, one);
	}
	return packed;
}

static GArray *
pack_sections(struct packer *packer, const struct ruleset *ruleset)
{
	GArray *packed = g_array_new(FALSE, TRUE, sizeof(struct packed_section));

	for (guint i = 0; i < ruleset->sections->len; i++) {
		const struct rule_section *section = ruleset_section(ruleset, i);
		struct packed_section one = {.type = section->type,
		    .name = pack_string(packer, section->name),
		    .file = section->file,
		    .line = section->line,
		    .target = section->target,
		    .series = section->series,
		    .kind = section->kind,
		    .first_rule = section->first_rule,
		    .n_rules = section->n_rules,
		    .words_below = section->words_below,
		    .words_above = section->words_above,
		    .conditions_line = section->conditions_line,
		    .attachment = section->attachment,
		    .filed = section->filed,
		    .otherwise = section->otherwise,
		    .unless = pack_list(packer, section->unless),
		    .addresses = pack_list(packer, section->addresses),
		    .domains = pack_list(packer, section->domains),
		    .names = pack_list(packer, section->names),
		    .since = section->since,
		    .until = section->until};

		for (guint key = 0; key < N_RULE_KEYS; key++)
			one.n_keys[key] = section->n_keys[key];
		g_array_append_val(packed, one);
	}
	return packed;
}

static GArray *
pack_rules(struct packer *packer, const struct ruleset *ruleset)
{
	GArray *packed = g_array_sized_new(FALSE, TRUE, sizeof(struct packed_rule), ruleset->rules->len);

	for (guint i = 0; i < ruleset->rules->len; i++) {
		const struct rule *rule = ruleset_rule(ruleset, i);
		struct packed_rule one = {pack_string(packer, rule->text), pack_string(packer, rule->folded), pack_string(packer, rule->header), rule->section,
		    rule->line, rule->column, rule->item, rule->key, rule->is_pattern};

		g_array_append_val(packed, one);
	}
	return packed;
}

static GArray *
pack_maps(struct packer *packer, const struct ruleset *ruleset)
{
	GArray *packed = g_array_new(FALSE, TRUE, sizeof(struct packed_map));

	for (guint i = 0; i < ruleset->maps->len; i++) {
		const struct rule_map *map = &g_array_index(ruleset->maps, struct rule_map, i);
		struct packed_map one = {map->from, pack_string(packer, map->id), map->to, map->file, map->line, map->column};

		g_array_append_val(packed, one);
	}
	return packed;
}

static GArray *
pack_targets(struct packer *packer, const struct ruleset *ruleset)
{
	GArray *packed = g_array_new(FALSE, TRUE, sizeof(struct packed_target));

	for (guint i = 0; i < ruleset->targets->len; i++) {
		const struct rule_target *target = ruleset_target(ruleset, i);
		struct packed_target one = {.type = target->type,
		    .id = pack_string(packer, target->id),
		    .title = pack_string(packer, target->title),
		    .parent = pack_string(packer, target->parent),
		    .taxonomy = pack_string(packer, target->taxonomy),
		    .route = pack_string(packer, target->route),
		    .current = target->current,
		    .hold = target->hold};

		g_array_append_val(packed, one);
	}
	return packed;
}

static GArray *
pack_series(struct packer *packer, const struct ruleset *ruleset)
{
	GArray *packed = g_array_new(FALSE, TRUE, sizeof(struct packed_series));

	for (guint i = 0; i < ruleset->series->len; i++) {
		const struct rule_series *series = &g_array_index(ruleset->series, struct rule_series, i);
		struct packed_series one = {.id = pack_string(packer, series->id),
		    .title = pack_string(packer, series->title),
		    .workstream = pack_string(packer, series->workstream),
		    .first = series->first,
		    .last = series->last,
		    .target = series->target,
		    .file = series->file,
		    .line = series->line,
		    .words = pack_list(packer, series->words),
		    .languages = pack_list(packer, series->languages)};

		one.numbers = (struct packed_list){packer->offsets->len, series->numbers != NULL ? series->numbers->len : 0};
		if (series->numbers != NULL)
			g_array_append_vals(packer->offsets, series->numbers->data, series->numbers->len);
		g_array_append_val(packed, one);
	}
	return packed;
}

static void
add_block(GByteArray *out, enum block block, gconstpointer data, gsize length)
{
	static const guint8 zeros[8];
	struct packed_head *head;

	g_byte_array_append(out, zeros, -out->len & 7);
	head = (struct packed_head *)out->data;
	head->blocks[block].at = out->len;
	head->blocks[block].length = length;
	g_byte_array_append(out, data, length);
}

static void
add_array(GByteArray *out, enum block block, GArray *array)
{
	add_block(out, block, array->data, (gsize)array->len * g_array_get_element_size(array));
	g_array_unref(array);
}

GBytes *
ruleset_to_bytes(const struct ruleset *ruleset)
{
	struct packer packer = {g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(guint32)), g_hash_table_new(g_str_hash, g_str_equal)};
	g_autoptr(GBytes) matcher = matcher_to_bytes(ruleset->matcher);
	GByteArray *out = g_byte_array_new();
	struct packed_head head = {0}, *made;

	make_stamp(head.stamp, sizeof head.stamp);
	g_strlcpy(head.hash, ruleset->hash, sizeof head.hash);
	g_byte_array_append(out, (const guint8 *)&head, sizeof head);
	add_array(out, BLOCK_FILES, pack_files(&packer, ruleset));
	add_array(out, BLOCK_SECTIONS, pack_sections(&packer, ruleset));
	add_array(out, BLOCK_MAPS, pack_maps(&packer, ruleset));
	add_array(out, BLOCK_TARGETS, pack_targets(&packer, ruleset));
	add_array(out, BLOCK_SERIES, pack_series(&packer, ruleset));
	add_array(out, BLOCK_RULES, pack_rules(&packer, ruleset));
	add_block(out, BLOCK_MATCHER, g_bytes_get_data(matcher, NULL), g_bytes_get_size(matcher));
	add_array(out, BLOCK_OFFSETS, packer.offsets);
	add_block(out, BLOCK_STRINGS, packer.strings->str, packer.strings->len);
	g_string_free(packer.strings, TRUE);
	g_hash_table_unref(packer.known);
	made = (struct packed_head *)out->data;
	made->size = out->len;
	made->checksum = sum_of(made);
	return g_byte_array_free_to_bytes(out);
}

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
		struct rule_section section = {.type = from.type,
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
		unpacker->bad = unpacker->bad || from.file >= ruleset->files->len;
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
	rule->section = MIN(from->section, ruleset->sections->len - 1);
	rule->line = from->line;
	rule->column = from->column;
	rule->item = from->item;
	rule->key = from->key % N_RULE_KEYS;
	rule->is_pattern = from->is_pattern;
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

/* The head of BYTES, when they are of this program's form and hold what it says; whether the blocks' content is as it was written the checksum tells. */
static const struct packed_head *
open_bytes(GBytes *bytes)
{
	gsize size;
	const struct packed_head *head = g_bytes_get_data(bytes, &size);
	char stamp[sizeof head->stamp] = "";

	make_stamp(stamp, sizeof stamp);
	if (size < sizeof *head || (guintptr)head % 8 != 0 || memcmp(head->stamp, stamp, sizeof stamp) != 0 || head->size != size ||
	    memchr(head->hash, '\0', sizeof head->hash) == NULL)
		return NULL;
	for (guint i = 0; i < N_BLOCKS; i++)
		if (head->blocks[i].at % 8 != 0 || head->blocks[i].at > size || head->blocks[i].length > size - head->blocks[i].at)
			return NULL;
	return head;
}

char *
ruleset_bytes_hash(GBytes *bytes)
{
	const struct packed_head *head = open_bytes(bytes);

	if (head == NULL || head->checksum != sum_of(head))
		return NULL;
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
	unpack_rules(head, ruleset);
	unpack_maps(&unpacker, head, ruleset);
	unpack_series(&unpacker, head, ruleset);
	gconstpointer matcher = get_block(head, BLOCK_MATCHER, 1, &length);
	ruleset->matcher = matcher_from_bytes(matcher, length);
	if (ruleset->matcher == NULL || unpacker.bad || (ruleset->n_packed > 0 && ruleset->sections->len == 0)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the compiled rules are damaged");
		return NULL;
	}
	return g_steal_pointer(&ruleset);
}
