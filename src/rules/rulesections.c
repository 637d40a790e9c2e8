#include <string.h>

#include "rules/loader.h"

static const char *const kinds_of_words[] = {"team", "auto", "bounce", "spam", "admin", "announcement", NULL};

gboolean
loader_fail_section(const struct loader *loader, const struct section *section, const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	return sections_fail(loader->error, loader->name, section->line, 1, "%s", message);
}

struct rule_target *
loader_find_target(const struct ruleset *ruleset, enum record_target type, const char *id, const char *taxonomy)
{
	for (guint i = 0; i < ruleset->targets->len; i++) {
		struct rule_target *target = ruleset_target(ruleset, i);

		if (target->type == type && strcmp(target->id, id) == 0 && (taxonomy == NULL || strcmp(target->taxonomy, taxonomy) == 0))
			return target;
	}
	return NULL;
}

static struct rule_target *
add_target(struct loader *loader, enum record_target type, const char *id)
{
	const struct rule_file *file = ruleset_file(loader->ruleset, loader->file);
	struct rule_target *target = g_new0(struct rule_target, 1);

	target->type = type;
	target->id = g_strdup(id);
	target->title = g_strdup(id);
	target->taxonomy = g_strdup(file->id);
	target->current = file->current;
	target->position = loader->ruleset->targets->len;
	g_ptr_array_add(loader->ruleset->targets, target);
	return target;
}

static enum record_target
target_type(enum section_type type)
{
	switch (type) {
	case SECTION_WORKSTREAM:
		return TARGET_WORKSTREAM;
	case SECTION_INTENT:
		return TARGET_INTENT;
	case SECTION_GROUP:
		return TARGET_GROUP;
	case SECTION_REGION:
		return TARGET_REGION;
	case SECTION_KIND:
		return TARGET_KIND;
	case SECTION_MASK:
		return TARGET_MASK;
	default:
		return TARGET_TOPIC;
	}
}

char *
loader_workstream_of(const char *id)
{
	const char *dot = strchr(id, '.');

	return dot != NULL ? g_strndup(id, dot - id) : NULL;
}

/* Intents, groups and regions of two files are the same when they have the same name; workstreams and topics belong to their taxonomy. */
static gboolean
begin_target(struct loader *loader, const struct section *section, struct rule_section *out)
{
	const struct rule_file *file = ruleset_file(loader->ruleset, loader->file);
	enum record_target type = target_type(out->type);
	gboolean shared = out->type == SECTION_INTENT || out->type == SECTION_GROUP || out->type == SECTION_REGION;
	struct rule_target *target = loader_find_target(loader->ruleset, type, section->name, shared ? NULL : file->id);

	if (target != NULL && out->type != SECTION_INTENT && strcmp(target->taxonomy, file->id) == 0)
		return loader_fail_section(loader, section, "the id \"%s\" stands in this file already", section->name);
	if (target == NULL)
		target = add_target(loader, type, section->name);
	if (out->type == SECTION_TOPIC)
		target->parent = loader_workstream_of(section->name);
	out->target = target->position;
	loader->target = target;
	return TRUE;
}

static guint
find_series(const struct loader *loader, const char *id)
{
	for (guint i = 0; i < loader->ruleset->series->len; i++) {
		const struct rule_series *series = &g_array_index(loader->ruleset->series, struct rule_series, i);

		if (series->file == loader->file && strcmp(series->id, id) == 0)
			return i;
	}
	return G_MAXUINT;
}

/* A series has its range read before all else: it makes the targets. */
static gboolean
begin_series(struct loader *loader, const struct section *section)
{
	struct rule_section *out = loader_section(loader);
	struct rule_series *series;
	gboolean begun;

	out->series = find_series(loader, section->name);
	begun = out->series != G_MAXUINT;
	if (!begun) {
		struct rule_series new = {.id = out->name, .file = loader->file, .line = section->line};

		new.words = g_ptr_array_new();
		new.languages = g_ptr_array_new();
		new.numbers = g_array_new(FALSE, FALSE, sizeof(guint));
		g_array_append_val(loader->ruleset->series, new);
		out->series = loader->ruleset->series->len - 1;
	}
	series = &g_array_index(loader->ruleset->series, struct rule_series, out->series);
	for (guint i = 0; i < section->entries->len; i++) {
		const struct section_entry *entry = g_ptr_array_index(section->entries, i);

		if (strcmp(entry->key, "range") == 0 && !loader_read_entry(loader, entry))
			return FALSE;
	}
	if (series->last == 0)
		return loader_fail_section(loader, section, "the series \"%s\" has no range; expected \"range = 1-28\"", section->name);
	series->target = begun ? series->target : loader->ruleset->targets->len;
	for (guint n = series->first; !begun && n <= series->last; n++) {
		g_autofree char *id = g_strdup_printf("%s%u", series->id, n);

		if (loader_find_target(loader->ruleset, TARGET_TOPIC, id, ruleset_file(loader->ruleset, loader->file)->id) != NULL)
			return loader_fail_section(loader, section, "the id \"%s\" stands in this file already", id);
		add_target(loader, TARGET_TOPIC, id);
	}
	return TRUE;
}

static gboolean
begin_kind(struct loader *loader, const struct section *section, struct rule_section *out)
{
	if (!g_strv_contains(kinds_of_words, section->name)) {
		g_autofree char *expected = loader_expected(section->name, kinds_of_words);
		return loader_fail_section(loader, section, "no such kind; %s", expected);
	}
	out->kind = kind_from_name(section->name);
	return TRUE;
}

static gboolean
begin_milestone(struct loader *loader, const struct section *section)
{
	for (guint i = 0; i < loader->ruleset->milestones->len; i++)
		if (strcmp(((struct rule_milestone *)g_ptr_array_index(loader->ruleset->milestones, i))->id, section->name) == 0)
			return loader_fail_section(loader, section, "the milestone \"%s\" stands in the rules already", section->name);
	loader->milestone = g_new0(struct rule_milestone, 1);
	loader->milestone->id = g_strdup(section->name);
	loader->milestone->title = g_strdup(section->name);
	g_ptr_array_add(loader->ruleset->milestones, loader->milestone);
	return TRUE;
}

static gboolean
begin_document(struct loader *loader, const struct section *section)
{
	for (guint i = 0; i < loader->ruleset->documents->len; i++)
		if (strcmp(((struct rule_document *)g_ptr_array_index(loader->ruleset->documents, i))->id, section->name) == 0)
			return loader_fail_section(loader, section, "the document \"%s\" stands in the rules already", section->name);
	loader->document = g_new0(struct rule_document, 1);
	loader->document->id = g_strdup(section->name);
	loader->document->title = g_strdup(section->name);
	loader->document->sections = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(loader->ruleset->documents, loader->document);
	return TRUE;
}

static gboolean
check_name(const struct loader *loader, const struct section *section, enum section_type type)
{
	gboolean optional = type == SECTION_VOICE || type == SECTION_TEAM || type == SECTION_STAFF || type == SECTION_BOARD || type == SECTION_MASK;
	gboolean capitals = type == SECTION_GROUP || type == SECTION_REGION || type == SECTION_MILESTONE || type == SECTION_MASK;

	if (section->name == NULL)
		return optional || loader_fail_section(loader, section, "expected a name, as in [%s NAME]", section->type);
	return loader_is_id(section->name, capitals) || loader_fail_section(loader, section, "\"%s\" is no id; expected %s, digits, dots and hyphens",
	                                                    section->name, capitals ? "letters" : "small letters");
}

gboolean
loader_begin_section(struct loader *loader, const struct section *section, enum section_type type)
{
	struct rule_section new = {
	    .type = type,
	    .file = loader->file,
	    .line = section->line,
	    .target = G_MAXUINT,
	    .series = G_MAXUINT,
	    .since = G_MININT64,
	    .until = G_MAXINT64,
	    .first_rule = loader->ruleset->rules->len,
	    .attachment = -1,
	    .filed = -1,
	    .words_below = G_MAXUINT,
	    .words_above = G_MAXUINT,
	};
	struct rule_section *out;

	loader->target = NULL;
	loader->milestone = NULL;
	loader->document = NULL;
	if (!check_name(loader, section, type))
		return FALSE;
	new.name = section->name != NULL ? loader_keep(loader, section->name, strlen(section->name)) : NULL;
	g_array_append_val(loader->ruleset->sections, new);
	loader->section = loader->ruleset->sections->len - 1;
	out = loader_section(loader);
	switch (type) {
	case SECTION_WORKSTREAM:
	case SECTION_TOPIC:
	case SECTION_INTENT:
	case SECTION_GROUP:
	case SECTION_REGION:
		return begin_target(loader, section, out);
	case SECTION_SERIES:
		return begin_series(loader, section);
	case SECTION_KIND:
		return begin_kind(loader, section, out);
	case SECTION_MILESTONE:
		return begin_milestone(loader, section);
	case SECTION_DOCUMENT:
		return begin_document(loader, section);
	case SECTION_WORDS:
		return loader_begin_list(loader, section);
	default:
		return TRUE;
	}
}
