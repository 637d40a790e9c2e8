#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "rules/compiled.h"
#include "rules/compiledform.h"
#include "rules/starttable.h"

void
compiled_stamp(char *stamp, gsize size)
{
	g_snprintf(stamp, size, "postbag ruleset 11 %zu %zu %zu %zu %zu %zu %d", sizeof(struct packed_head), sizeof(struct packed_section),
	    sizeof(struct packed_rule), sizeof(struct packed_target) + sizeof(struct packed_series),
	    matcher_form_size() + sizeof(struct lexicon_member) + sizeof(struct lexicon_chain), sizeof(gpointer), G_BYTE_ORDER);
}

guint64
compiled_sum(const struct packed_head *head)
{
	return hash_quick(head->hash, head->blocks[BLOCK_PATTERNS].at - offsetof(struct packed_head, hash));
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

/* The pattern of rule INDEX, compiled, at the end of PATTERNS, and in a slot of TABLE; its place there, or NONE. */
static guint32
pack_pattern(GByteArray *patterns, struct start_table *table, const struct ruleset *ruleset, guint index, guint *slot)
{
	struct rule *rule = ruleset_rule(ruleset, index);
	struct pattern *pattern = rule->is_pattern ? rule_compile(ruleset, rule, NULL) : NULL;
	g_autoptr(GBytes) bytes = pattern != NULL ? pattern_to_bytes(pattern) : NULL;
	g_autoptr(GBytes) beginnings = NULL;
	struct starts *starts;
	struct packed_pattern head;
	guint32 at = patterns->len / 8;
	gconstpointer data[2];
	guint8 *placed;

	if (bytes == NULL)
		return NONE;
	starts = rule_make_starts(ruleset, rule);
	beginnings = starts_to_bytes(starts);
	*slot = starts != NULL ? start_table_add(table, starts, index) : 0;
	starts_free(starts);
	data[0] = g_bytes_get_data(beginnings, &head.starts);
	data[1] = g_bytes_get_data(bytes, &head.length);
	g_byte_array_append(patterns, (const guint8 *)&head, sizeof head);
	g_byte_array_append(patterns, data[0], head.starts);
	g_byte_array_append(patterns, data[1], head.length);
	placed = patterns->data + (gsize)at * 8;
	((struct packed_pattern *)placed)->checksum = hash_quick(placed + sizeof head, head.starts + head.length);
	return at;
}

/* RULE's gate at the end of GATES, likewise. */
static guint32
pack_gate(GByteArray *gates, const struct ruleset *ruleset, const struct rule *rule)
{
	g_autoptr(GBytes) bytes = rule->is_pattern ? rule_pack_gate(ruleset, rule) : NULL;
	guint32 at = gates->len / 8;
	guint64 length;
	gconstpointer data;
	gsize size;

	if (bytes == NULL)
		return NONE;
	data = g_bytes_get_data(bytes, &size);
	length = size;
	g_byte_array_append(gates, (const guint8 *)&length, sizeof length);
	g_byte_array_append(gates, data, size);
	return at;
}

static GArray *
pack_rules(struct packer *packer, GByteArray *gates, struct start_table *table, GByteArray *patterns, const struct ruleset *ruleset)
{
	GArray *packed = g_array_sized_new(FALSE, TRUE, sizeof(struct packed_rule), ruleset->rules->len);

	for (guint i = 0; i < ruleset->rules->len; i++) {
		struct rule *rule = ruleset_rule(ruleset, i);
		guint slot = 0;
		guint32 pattern = pack_pattern(patterns, table, ruleset, i, &slot);
		struct packed_rule one = {pack_string(packer, rule->text), pack_string(packer, rule->folded), pack_string(packer, rule->header), rule->sought,
		    rule->section, rule->line, rule->column, rule->item, pattern, pack_gate(gates, ruleset, rule), slot, rule->key, rule->is_pattern};

		g_array_append_val(packed, one);
	}
	return packed;
}

/* Members' texts move into the pool; all else lies as it is used. */
static GArray *
pack_members(struct packer *packer, const struct lexicon *lexicon)
{
	GArray *packed = g_array_sized_new(FALSE, TRUE, sizeof(struct lexicon_member), lexicon->n_members);

	g_array_append_vals(packed, lexicon->members, lexicon->n_members);
	for (guint i = 0; i < packed->len; i++)
		g_array_index(packed, struct lexicon_member, i).text = pack_string(packer, lexicon_text(lexicon, i));
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

static void
add_lexicon(GByteArray *out, struct packer *packer, const struct lexicon *lexicon)
{
	add_array(out, BLOCK_MEMBERS, pack_members(packer, lexicon));
	add_block(out, BLOCK_SETS, lexicon->sets, lexicon->n_sets * sizeof *lexicon->sets);
	add_block(out, BLOCK_SIDES, lexicon->sides, lexicon->n_sides * sizeof *lexicon->sides);
	add_block(out, BLOCK_CHAINS, lexicon->chains, lexicon->n_chains * sizeof *lexicon->chains);
	add_block(out, BLOCK_USES, lexicon->uses, lexicon->n_uses * sizeof *lexicon->uses);
	add_block(out, BLOCK_LOOSE, lexicon->loose, lexicon->n_loose * sizeof *lexicon->loose);
}

GBytes *
ruleset_to_bytes(const struct ruleset *ruleset)
{
	struct packer packer = {g_string_new(NULL), g_array_new(FALSE, FALSE, sizeof(guint32)), g_hash_table_new(g_str_hash, g_str_equal)};
	g_autoptr(GBytes) matcher = matcher_to_bytes(ruleset->matcher);
	g_autoptr(GByteArray) patterns = g_byte_array_new(), gates = g_byte_array_new();
	struct start_table *table = start_table_new();
	g_autoptr(GBytes) starts = NULL;
	GByteArray *out = g_byte_array_new();
	struct packed_head head = {0}, *made;

	compiled_stamp(head.stamp, sizeof head.stamp);
	g_strlcpy(head.hash, ruleset->hash, sizeof head.hash);
	g_byte_array_append(out, (const guint8 *)&head, sizeof head);
	add_array(out, BLOCK_FILES, pack_files(&packer, ruleset));
	add_array(out, BLOCK_SECTIONS, pack_sections(&packer, ruleset));
	add_array(out, BLOCK_MAPS, pack_maps(&packer, ruleset));
	add_array(out, BLOCK_TARGETS, pack_targets(&packer, ruleset));
	add_array(out, BLOCK_SERIES, pack_series(&packer, ruleset));
	add_array(out, BLOCK_RULES, pack_rules(&packer, gates, table, patterns, ruleset));
	add_block(out, BLOCK_MATCHER, g_bytes_get_data(matcher, NULL), g_bytes_get_size(matcher));
	add_lexicon(out, &packer, ruleset->lexicon);
	add_array(out, BLOCK_OFFSETS, packer.offsets);
	add_block(out, BLOCK_STRINGS, packer.strings->str, packer.strings->len);
	starts = start_table_to_bytes(table);
	start_table_free(table);
	add_block(out, BLOCK_STARTS, g_bytes_get_data(starts, NULL), g_bytes_get_size(starts));
	add_block(out, BLOCK_GATES, gates->data, gates->len);
	add_block(out, BLOCK_PATTERNS, patterns->data, patterns->len);
	g_string_free(packer.strings, TRUE);
	g_hash_table_unref(packer.known);
	made = (struct packed_head *)out->data;
	made->size = out->len;
	made->checksum = compiled_sum(made);
	return g_byte_array_free_to_bytes(out);
}
