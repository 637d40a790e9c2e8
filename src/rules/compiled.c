#include "rules/compiled.h"

#include <string.h>

#include "base/error.h"
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
	gint32 attachment;
	guint32 n_keys[N_RULE_KEYS];
	struct packed_list addresses, domains, names;
	gint64 since, until;
};

struct packed_rule {
	guint32 text, folded, header, section, line, column, item;
	guint16 key, is_pattern;
};

struct packed_map {
	guint32 from, id, to, file, line, column;
};

/* stamp, hash, strings, offsets, files, sections, rules, maps, matcher, targets, series */
#define COMPILED_TYPE "(ssayauayayayayayaya(smsmsuuasauasuuu))"

/* What has to agree for the bytes to mean the same. */
static char *
make_stamp(void)
{
	return g_strdup_printf("postbag ruleset 1 %zu %zu %zu %zu %zu %d", sizeof(struct packed_file), sizeof(struct packed_section), sizeof(struct packed_rule),
	    matcher_form_size(), sizeof(gpointer), G_BYTE_ORDER);
}

struct packer {
	GString *strings;
	GArray *offsets; /* of guint32 */
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
		struct packed_file one = {.name = pack_string(packer, file->base), .base = pack_string(packer, file->base), .id = pack_string(packer, file->id),
		    .title = pack_string(packer, file->title), .follows = pack_string(packer, file->follows), .current = file->current,
		    .taxonomy_line = file->taxonomy_line, .since = file->since, .before = file->before};

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
		struct packed_section one = {.type = section->type, .name = pack_string(packer, section->name), .file = section->file, .line = section->line,
		    .target = section->target, .series = section->series, .kind = section->kind, .first_rule = section->first_rule, .n_rules = section->n_rules,
		    .words_below = section->words_below, .words_above = section->words_above, .conditions_line = section->conditions_line,
		    .attachment = section->attachment, .addresses = pack_list(packer, section->addresses), .domains = pack_list(packer, section->domains),
		    .names = pack_list(packer, section->names), .since = section->since, .until = section->until};

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

static void
add_strings(GVariantBuilder *builder, const GPtrArray *strings)
{
	g_variant_builder_open(builder, G_VARIANT_TYPE("as"));
	for (guint i = 0; strings != NULL && i < strings->len; i++)
		g_variant_builder_add(builder, "s", g_ptr_array_index(strings, i));
	g_variant_builder_close(builder);
}

static void
add_series(GVariantBuilder *builder, const struct ruleset *ruleset)
{
	g_variant_builder_open(builder, G_VARIANT_TYPE("a(smsmsuuasauasuuu)"));
	for (guint i = 0; i < ruleset->series->len; i++) {
		const struct rule_series *series = &g_array_index(ruleset->series, struct rule_series, i);

		g_variant_builder_open(builder, G_VARIANT_TYPE("(smsmsuuasauasuuu)"));
		g_variant_builder_add(builder, "s", series->id);
		g_variant_builder_add(builder, "ms", series->title);
		g_variant_builder_add(builder, "ms", series->workstream);
		g_variant_builder_add(builder, "u", series->first);
		g_variant_builder_add(builder, "u", series->last);
		add_strings(builder, series->words);
		g_variant_builder_add_value(builder, g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, series->numbers != NULL ? series->numbers->data : NULL,
		                                         series->numbers != NULL ? series->numbers->len : 0, sizeof(guint32)));
		add_strings(builder, series->languages);
		g_variant_builder_add(builder, "u", series->target);
		g_variant_builder_add(builder, "u", series->file);
		g_variant_builder_add(builder, "u", series->line);
		g_variant_builder_close(builder);
	}
	g_variant_builder_close(builder);
}

static void
add_block(GVariantBuilder *builder, gconstpointer data, gsize length)
{
	g_variant_builder_add_value(builder, g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, data, length, 1));
}

static void
add_array(GVariantBuilder *builder, GArray *array)
{
	add_block(builder, array->data, (gsize)array->len * g_array_get_element_size(array));
	g_array_unref(array);
}

GBytes *
ruleset_to_bytes(const struct ruleset *ruleset)
{
	struct packer packer = {g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(guint32)), g_hash_table_new(g_str_hash, g_str_equal)};
	GArray *files = pack_files(&packer, ruleset), *sections = pack_sections(&packer, ruleset);
	GArray *rules = pack_rules(&packer, ruleset), *maps = pack_maps(&packer, ruleset);
	g_autofree char *stamp = make_stamp();
	g_autoptr(GBytes) targets = rule_targets_to_bytes(ruleset), matcher = matcher_to_bytes(ruleset->matcher);
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE(COMPILED_TYPE));
	g_variant_builder_add(&builder, "s", stamp);
	g_variant_builder_add(&builder, "s", ruleset->hash);
	add_block(&builder, packer.strings->str, packer.strings->len);
	g_variant_builder_add_value(&builder, g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, packer.offsets->data, packer.offsets->len, sizeof(guint32)));
	add_array(&builder, files);
	add_array(&builder, sections);
	add_array(&builder, rules);
	add_array(&builder, maps);
	add_block(&builder, g_bytes_get_data(matcher, NULL), g_bytes_get_size(matcher));
	add_block(&builder, g_bytes_get_data(targets, NULL), g_bytes_get_size(targets));
	add_series(&builder, ruleset);
	g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_builder_end(&builder));
	g_string_free(packer.strings, TRUE);
	g_array_unref(packer.offsets);
	g_hash_table_unref(packer.known);
	return g_variant_get_data_as_bytes(variant);
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

/* The N of SIZE bytes each in child NUMBER of VARIANT, as long as that lives. */
static gconstpointer
get_block(GVariant *variant, guint number, gsize size, gsize *n)
{
	g_autoptr(GVariant) child = g_variant_get_child_value(variant, number);
	gsize bytes;
	gconstpointer data = g_variant_get_fixed_array(child, &bytes, 1);

	*n = data != NULL ? bytes / size : 0;
	return data;
}

static void
unpack_files(struct unpacker *unpacker, GVariant *variant, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_file *packed = get_block(variant, 4, sizeof *packed, &n);

	for (gsize i = 0; i < n; i++) {
		struct packed_file from;

		memcpy(&from, packed + i, sizeof from);
		struct rule_file file = {unpack_string(unpacker, from.name), unpack_string(unpacker, from.base), unpack_string(unpacker, from.id),
		    unpack_string(unpacker, from.title), unpack_string(unpacker, from.follows), from.since, from.current, from.before, from.taxonomy_line};

		g_array_append_val(ruleset->files, file);
	}
}

static void
unpack_sections(struct unpacker *unpacker, GVariant *variant, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_section *packed = get_block(variant, 5, sizeof *packed, &n);

	for (gsize i = 0; i < n; i++) {
		struct packed_section from;

		memcpy(&from, packed + i, sizeof from);
		struct rule_section section = {.type = from.type, .name = unpack_string(unpacker, from.name), .file = from.file, .line = from.line,
		    .target = from.target, .series = from.series, .kind = from.kind, .since = from.since, .until = from.until, .first_rule = from.first_rule,
		    .n_rules = from.n_rules, .addresses = unpack_list(unpacker, from.addresses), .domains = unpack_list(unpacker, from.domains),
		    .names = unpack_list(unpacker, from.names), .attachment = from.attachment, .words_below = from.words_below, .words_above = from.words_above,
		    .conditions_line = from.conditions_line};

		for (guint key = 0; key < N_RULE_KEYS; key++)
			section.n_keys[key] = from.n_keys[key];
		unpacker->bad = unpacker->bad || from.file >= ruleset->files->len;
		g_array_append_val(ruleset->sections, section);
	}
}

static void
unpack_rules(struct unpacker *unpacker, GVariant *variant, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_rule *packed = get_block(variant, 6, sizeof *packed, &n);

	g_array_set_size(ruleset->rules, n);
	for (gsize i = 0; i < n; i++) {
		struct rule *rule = ruleset_rule(ruleset, i);
		struct packed_rule from;

		memcpy(&from, packed + i, sizeof from);
		rule->text = unpack_string(unpacker, from.text);
		rule->folded = unpack_string(unpacker, from.folded);
		rule->header = unpack_string(unpacker, from.header);
		rule->section = from.section;
		rule->line = from.line;
		rule->column = from.column;
		rule->item = from.item;
		rule->key = from.key;
		rule->is_pattern = from.is_pattern;
		rule->list_group = -1;
		unpacker->bad = unpacker->bad || from.section >= ruleset->sections->len || from.key >= N_RULE_KEYS;
	}
}

static void
unpack_maps(struct unpacker *unpacker, GVariant *variant, struct ruleset *ruleset)
{
	gsize n;
	const struct packed_map *packed = get_block(variant, 7, sizeof *packed, &n);

	for (gsize i = 0; i < n; i++) {
		struct packed_map from;

		memcpy(&from, packed + i, sizeof from);
		struct rule_map map = {from.from, unpack_string(unpacker, from.id), from.to, from.file, from.line, from.column};

		unpacker->bad = unpacker->bad || from.from >= ruleset->targets->len || (from.to != G_MAXUINT && from.to >= ruleset->targets->len);
		g_array_append_val(ruleset->maps, map);
	}
}

static GPtrArray *
keep_strings(struct ruleset *ruleset, GVariant *list)
{
	GPtrArray *out = g_ptr_array_new();
	GVariantIter iter;
	const char *text;

	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "&s", &text))
		g_ptr_array_add(out, g_string_chunk_insert(ruleset->strings, text));
	return out;
}

static void
unpack_series(GVariant *variant, struct ruleset *ruleset)
{
	g_autoptr(GVariant) list = g_variant_get_child_value(variant, 10);

	for (gsize i = 0; i < g_variant_n_children(list); i++) {
		g_autoptr(GVariant) one = g_variant_get_child_value(list, i), words = NULL, numbers = NULL, languages = NULL;
		const char *id, *title, *workstream;
		struct rule_series series = {0};
		gsize n;

		g_variant_get(one, "(&sm&sm&suu@as@au@asuuu)", &id, &title, &workstream, &series.first, &series.last, &words, &numbers, &languages, &series.target,
		    &series.file, &series.line);
		series.id = g_string_chunk_insert(ruleset->strings, id);
		series.title = title != NULL ? g_string_chunk_insert(ruleset->strings, title) : NULL;
		series.workstream = workstream != NULL ? g_string_chunk_insert(ruleset->strings, workstream) : NULL;
		series.words = keep_strings(ruleset, words);
		series.languages = keep_strings(ruleset, languages);
		series.numbers = g_array_new(FALSE, FALSE, sizeof(guint));
		gconstpointer data = g_variant_get_fixed_array(numbers, &n, sizeof(guint32));
		g_array_append_vals(series.numbers, data, n);
		g_array_append_val(ruleset->series, series);
	}
}

static GVariant *
open_bytes(GBytes *bytes)
{
	g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(COMPILED_TYPE), bytes, FALSE));
	g_autofree char *stamp = make_stamp();
	g_autoptr(GVariant) found = g_variant_get_child_value(variant, 0);

	return g_strcmp0(g_variant_get_string(found, NULL), stamp) == 0 ? g_steal_pointer(&variant) : NULL;
}

char *
ruleset_bytes_hash(GBytes *bytes)
{
	g_autoptr(GVariant) variant = open_bytes(bytes);
	char *hash = NULL;

	if (variant != NULL)
		g_variant_get_child(variant, 1, "s", &hash);
	return hash;
}

struct ruleset *
ruleset_from_bytes(GBytes *bytes, GError **error)
{
	g_autoptr(GVariant) variant = open_bytes(bytes);
	g_autoptr(Ruleset) ruleset = NULL;
	struct unpacker unpacker = {0};
	gsize length;

	if (variant == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the compiled rules are of another version");
		return NULL;
	}
	ruleset = ruleset_alloc();
	ruleset->compiled = g_variant_ref(variant);
	g_variant_get_child(variant, 1, "s", &ruleset->hash);
	unpacker.strings = get_block(variant, 2, 1, &unpacker.length);
	g_autoptr(GVariant) offsets = g_variant_get_child_value(variant, 3);
	unpacker.offsets = g_variant_get_fixed_array(offsets, &unpacker.n_offsets, sizeof(guint32));
	unpacker.bad = unpacker.length == 0 || unpacker.strings[unpacker.length - 1] != '\0';

	gconstpointer targets = get_block(variant, 9, 1, &length);
	g_autoptr(GBytes) target_bytes = g_bytes_new_static(targets, length);
	g_clear_pointer(&ruleset->targets, g_ptr_array_unref);
	ruleset->targets = rule_targets_from_bytes(target_bytes, error);
	if (ruleset->targets == NULL) {
		ruleset->targets = g_ptr_array_new();
		return NULL;
	}
	unpack_files(&unpacker, variant, ruleset);
	unpack_sections(&unpacker, variant, ruleset);
	unpack_rules(&unpacker, variant, ruleset);
	unpack_maps(&unpacker, variant, ruleset);
	unpack_series(variant, ruleset);
	gconstpointer matcher = get_block(variant, 8, 1, &length);
	matcher_free(ruleset->matcher);
	ruleset->matcher = matcher_from_bytes(matcher, length);
	if (ruleset->matcher == NULL || unpacker.bad) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the compiled rules are damaged");
		return NULL;
	}
	return g_steal_pointer(&ruleset);
}
