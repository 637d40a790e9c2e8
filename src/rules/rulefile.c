#include "rules/rulefile.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "rules/loader.h"

static const char *const type_names[] = {
    "taxonomy",
    "workstream",
    "topic",
    "series",
    "kind",
    "intent",
    "group",
    "region",
    "voice",
    "team",
    "staff",
    "board",
    "mask",
    "milestone",
    "document",
    "words",
    NULL,
};
static const char *const key_names[] = {"keyword", "pattern", "likely", "hint", "not", "subject", "filename", "personal", "header", NULL};

G_STATIC_ASSERT(G_N_ELEMENTS(type_names) == N_SECTION_TYPES + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(key_names) == N_RULE_KEYS + 1);

const char *
rule_key_name(enum rule_key key)
{
	return key_names[key];
}
const char *
section_type_name(enum section_type type)
{
	return type_names[type];
}

guint
rule_section_target(const struct ruleset *ruleset, const struct rule_section *section, guint item)
{
	const struct rule_series *series;

	if (section->type != SECTION_SERIES)
		return section->target;
	series = &g_array_index(ruleset->series, struct rule_series, section->series);
	return series->target + item - series->first;
}

const char *
loader_keep(struct loader *loader, const char *text, gsize length)
{
	return g_string_chunk_insert_len(loader->ruleset->strings, text, length);
}

char *
loader_expected(const char *word, const char *const *known)
{
	const char *nearest = text_nearest(word, known);
	g_autofree char *all = g_strjoinv(", ", (char **)known);

	return nearest != NULL ? g_strdup_printf("did you mean \"%s\"?", nearest) : g_strdup_printf("expected one of %s", all);
}

gboolean
loader_is_id(const char *id, gboolean capitals)
{
	if (!g_ascii_isdigit(*id) && !g_ascii_islower(*id) && !(capitals && g_ascii_isupper(*id)))
		return FALSE;
	for (; *id != '\0'; id++)
		if (!g_ascii_isdigit(*id) && !g_ascii_islower(*id) && *id != '.' && *id != '-' && !(capitals && g_ascii_isupper(*id)))
			return FALSE;
	return TRUE;
}

static int
section_type_from_name(const char *name)
{
	for (int i = 0; type_names[i] != NULL; i++)
		if (strcmp(type_names[i], name) == 0)
			return i;
	return -1;
}

/* The sections of one source, with its taxonomy's head read, before anything else is: the files have an order. */
struct draft {
	const struct rule_source *source;
	GPtrArray *sections;
	struct rule_file file;
	guint position;
};

static void
draft_clear(gpointer data)
{
	struct draft *draft = data;

	g_clear_pointer(&draft->sections, g_ptr_array_unref);
}

static gboolean
read_head(struct loader *loader, struct draft *draft)
{
	const struct section *head = draft->sections->len > 0 ? g_ptr_array_index(draft->sections, 0) : NULL;
	struct rule_file *file = &draft->file;

	if (head == NULL || strcmp(head->type, "taxonomy") != 0)
		return sections_fail(loader->error, loader->name, head != NULL ? head->line : 1, 1, "expected [taxonomy ID] as the first section");
	if (head->name == NULL || !loader_is_id(head->name, FALSE))
		return loader_fail_section(loader, head, "expected an id of small letters, digits, dots and hyphens, as in [taxonomy review-2018]");
	file->id = loader_keep(loader, head->name, strlen(head->name));
	file->title = file->id;
	file->since = G_MININT64;
	file->taxonomy_line = head->line;
	for (guint i = 0; i < head->entries->len; i++) {
		const struct section_entry *entry = g_ptr_array_index(head->entries, i);

		if (strcmp(entry->key, "title") == 0)
			file->title = loader_keep(loader, entry->value, strlen(entry->value));
		else if (strcmp(entry->key, "follows") == 0)
			file->follows = loader_keep(loader, entry->value, strlen(entry->value));
		else if (strcmp(entry->key, "since") == 0 && !section_entry_date(loader->name, entry, &file->since, loader->error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
read_draft(struct loader *loader, struct draft *draft)
{
	const char *slash = strrchr(draft->source->name, '/');

	loader->name = loader_keep(loader, draft->source->name, strlen(draft->source->name));
	draft->file.name = loader->name;
	draft->file.base = slash != NULL ? loader->name + (slash + 1 - draft->source->name) : loader->name;
	if (draft->source->length > LIMIT_RULE_FILE_BYTES)
		return sections_fail(loader->error, loader->name, 1, 1, "a rule file of more than %d bytes is not read", LIMIT_RULE_FILE_BYTES);
	draft->sections = sections_parse(loader->name, draft->source->text, draft->source->length, loader->error);
	return draft->sections != NULL && read_head(loader, draft);
}

static int
compare_drafts(gconstpointer a, gconstpointer b)
{
	const struct draft *x = a, *y = b;

	if (x->file.current != y->file.current)
		return x->file.current ? -1 : 1;
	if (x->file.before != y->file.before)
		return x->file.before > y->file.before ? -1 : 1;
	return x->position < y->position ? -1 : x->position > y->position;
}

/* Which taxonomies are in force and until when the others were; the ones in force come first. */
static gboolean
order_drafts(struct loader *loader, GArray *drafts)
{
	gboolean any = FALSE;

	for (guint i = 0; i < drafts->len; i++) {
		struct draft *draft = &g_array_index(drafts, struct draft, i);

		draft->file.before = G_MAXINT64;
		draft->file.current = TRUE;
		for (guint j = 0; j < drafts->len; j++) {
			const struct rule_file *other = &g_array_index(drafts, struct draft, j).file;

			if (j < i && strcmp(other->id, draft->file.id) == 0)
				return sections_fail(loader->error, draft->file.name, draft->file.taxonomy_line, 1, "taxonomy \"%s\" stands in %s already",
				    other->id, other->name);
			if (other->follows == NULL || strcmp(other->follows, draft->file.id) != 0)
				continue;
			draft->file.current = FALSE;
			draft->file.before = MIN(draft->file.before, other->since);
		}
		any = any || draft->file.current;
	}
	if (!any && drafts->len > 0) {
		const struct rule_file *file = &g_array_index(drafts, struct draft, 0).file;
		return sections_fail(loader->error, file->name, file->taxonomy_line, 1, "the taxonomies follow one another in a circle; one must follow none");
	}
	g_array_sort(drafts, compare_drafts);
	return TRUE;
}

static gboolean
read_section(struct loader *loader, const struct section *section, gboolean first)
{
	int type = section_type_from_name(section->type);

	if (type < 0) {
		g_autofree char *expected = loader_expected(section->type, type_names);
		return sections_fail(loader->error, loader->name, section->line, 1, "unknown section [%s]; %s", section->type, expected);
	}
	if (type == SECTION_TAXONOMY && !first)
		return loader_fail_section(loader, section, "a second [%s]; a file has one, first", section->type);
	if (!loader_begin_section(loader, section, type))
		return FALSE;
	for (guint i = 0; i < section->entries->len; i++) {
		const struct section_entry *entry = g_ptr_array_index(section->entries, i);

		if (type == SECTION_SERIES && strcmp(entry->key, "range") == 0)
			continue;
		if (!loader_read_entry(loader, entry))
			return FALSE;
	}
	return type != SECTION_WORDS || loader_end_list(loader);
}

/* "Proposal {n}" for number 9: "Proposal 9". */
static char *
number_title(const char *title, guint number)
{
	g_auto(GStrv) parts = g_strsplit(title, "{n}", -1);
	g_autofree char *digits = g_strdup_printf("%u", number);

	return g_strjoinv(digits, parts);
}

static void
finish_series(struct ruleset *ruleset, const struct rule_series *series)
{
	for (guint n = series->first; n <= series->last; n++) {
		struct rule_target *target = ruleset_target(ruleset, series->target + n - series->first);
		const char *title = series->titles != NULL ? g_ptr_array_index(series->titles, n - series->first) : NULL;

		target->parent = series->workstream != NULL ? g_strdup(series->workstream) : loader_workstream_of(series->id);
		if (title == NULL && series->title == NULL)
			continue;
		g_free(target->title);
		target->title = title != NULL ? g_strdup(title) : number_title(series->title, n);
	}
}

/* Every topic's workstream is there. */
static gboolean
check_parents(const struct loader *loader)
{
	const struct ruleset *ruleset = loader->ruleset;

	for (guint i = 0; i < ruleset->sections->len; i++) {
		const struct rule_section *section = ruleset_section(ruleset, i);
		const struct rule_file *file = ruleset_file(ruleset, section->file);
		const struct rule_series *series = section->series != G_MAXUINT ? &g_array_index(ruleset->series, struct rule_series, section->series) : NULL;
		const struct rule_target *target;

		if (section->type != SECTION_TOPIC && section->type != SECTION_SERIES)
			continue;
		target = ruleset_target(ruleset, rule_section_target(ruleset, section, series != NULL ? series->first : 0));
		if (target->parent == NULL)
			return sections_fail(loader->error, file->name, section->line, 1,
			    "\"%s\" belongs to no workstream; expected \"workstream = ID\", or an id that begins with one and a dot", section->name);
		if (loader_find_target(ruleset, TARGET_WORKSTREAM, target->parent, file->id) == NULL)
			return sections_fail(loader->error, file->name, section->line, 1,
			    "\"%s\" belongs to workstream \"%s\", and there is no [workstream %s]", section->name, target->parent, target->parent);
	}
	return TRUE;
}

/* An id that a mapping names may be of a taxonomy that is not loaded; one that follows, or is followed, must have it. */
static gboolean
resolve_maps(const struct loader *loader)
{
	const struct ruleset *ruleset = loader->ruleset;

	for (guint i = 0; i < ruleset->maps->len; i++) {
		struct rule_map *map = &g_array_index(ruleset->maps, struct rule_map, i);
		const struct rule_file *file = ruleset_file(ruleset, map->file);
		gboolean related = FALSE;

		for (guint j = 0; j < ruleset->files->len; j++) {
			const struct rule_file *other = ruleset_file(ruleset, j);
			const struct rule_target *to;

			if (j == map->file)
				continue;
			related |= g_strcmp0(other->follows, file->id) == 0 || g_strcmp0(file->follows, other->id) == 0;
			to = loader_find_target(ruleset, TARGET_WORKSTREAM, map->id, other->id);
			if (to == NULL)
				to = loader_find_target(ruleset, TARGET_TOPIC, map->id, other->id);
			if (to != NULL && map->to == G_MAXUINT)
				map->to = to->position;
		}
		if (map->to == G_MAXUINT && related)
			return sections_fail(loader->error, file->name, map->line, map->column, "no workstream or topic \"%s\" in another taxonomy", map->id);
	}
	return TRUE;
}

static gboolean
read_drafts(struct loader *loader, GArray *drafts)
{
	struct ruleset *ruleset = loader->ruleset;

	for (guint i = 0; i < drafts->len; i++)
		g_array_append_val(ruleset->files, g_array_index(drafts, struct draft, i).file);
	for (guint i = 0; i < drafts->len; i++) {
		const struct draft *draft = &g_array_index(drafts, struct draft, i);

		loader->file = i;
		loader->name = draft->file.name;
		g_ptr_array_add(ruleset->taxonomies, g_strdup_printf("%s\t%s", draft->file.id, draft->file.title));
		loader_begin_lists(loader, draft->sections);
		for (guint j = 0; j < draft->sections->len; j++)
			if (!read_section(loader, g_ptr_array_index(draft->sections, j), j == 0))
				return FALSE;
		loader_end_lists(loader);
	}
	for (guint i = 0; i < ruleset->series->len; i++)
		finish_series(ruleset, &g_array_index(ruleset->series, struct rule_series, i));
	return check_parents(loader) && resolve_maps(loader);
}

gboolean
rulefile_load(struct ruleset *ruleset, const GPtrArray *sources, GError **error)
{
	struct loader loader = {.ruleset = ruleset, .error = error};
	g_autoptr(GArray) drafts = g_array_new(FALSE, TRUE, sizeof(struct draft));
	gboolean good = TRUE;

	g_array_set_clear_func(drafts, draft_clear);
	g_array_set_size(drafts, sources->len);
	for (guint i = 0; good && i < sources->len; i++) {
		struct draft *draft = &g_array_index(drafts, struct draft, i);

		draft->source = g_ptr_array_index(sources, i);
		draft->position = i;
		good = read_draft(&loader, draft);
	}
	good = good && order_drafts(&loader, drafts) && read_drafts(&loader, drafts);
	lexicon_seal(ruleset->lexicon);
	ruleset_seal_sections(ruleset);
	loader_free_lists(&loader);
	return good;
}
