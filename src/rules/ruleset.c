#include "rules/ruleset.h"

#include <string.h>

#include "base/hash.h"
#include "rules/classify.h"
#include "rules/rulefile.h"
#include "rules/starttable.h"
#include "rules/target.h"

struct rule_source *
rule_source_new(const char *name, const char *text, gssize length)
{
	struct rule_source *source = g_new0(struct rule_source, 1);

	source->length = length < 0 ? strlen(text) : (gsize)length;
	source->name = g_strdup(name);
	source->text = g_malloc(source->length + 1);
	memcpy(source->text, text, source->length);
	source->text[source->length] = '\0';
	return source;
}

void
rule_source_free(struct rule_source *source)
{
	if (source == NULL)
		return;
	g_free(source->name);
	g_free(source->text);
	g_free(source);
}

char *
rule_sources_hash(const GPtrArray *sources)
{
	struct hasher *hasher = hasher_new();
	struct hash hash;

	for (guint i = 0; i < sources->len; i++) {
		const struct rule_source *source = g_ptr_array_index(sources, i);
		const char *slash = strrchr(source->name, '/'), *base = slash != NULL ? slash + 1 : source->name;
		guint64 length = GUINT64_TO_LE(source->length);

		hasher_add(hasher, base, strlen(base) + 1);
		hasher_add(hasher, &length, sizeof length);
		hasher_add(hasher, source->text, source->length);
	}
	hash = hasher_finish(hasher);
	return hash_hex(&hash);
}

static void
section_clear(gpointer data)
{
	struct rule_section *section = data;

	g_clear_pointer(&section->addresses, g_ptr_array_unref);
	g_clear_pointer(&section->unless, g_ptr_array_unref);
	g_clear_pointer(&section->domains, g_ptr_array_unref);
	g_clear_pointer(&section->names, g_ptr_array_unref);
}

static void
rule_clear(gpointer data)
{
	struct rule *rule = data;

	g_clear_pointer(&rule->pattern, pattern_free);
	g_clear_pointer(&rule->starts, starts_free);
	g_clear_pointer(&rule->gate_made, g_bytes_unref);
}

static void
series_clear(gpointer data)
{
	struct rule_series *series = data;

	g_clear_pointer(&series->words, g_ptr_array_unref);
	g_clear_pointer(&series->languages, g_ptr_array_unref);
	g_clear_pointer(&series->numbers, g_array_unref);
	g_clear_pointer(&series->titles, g_ptr_array_unref);
}

static GArray *
new_array(gsize size, GDestroyNotify clear)
{
	GArray *array = g_array_new(FALSE, TRUE, size);

	if (clear != NULL)
		g_array_set_clear_func(array, clear);
	return array;
}

struct ruleset *
ruleset_alloc(void)
{
	struct ruleset *ruleset = g_new0(struct ruleset, 1);

	ruleset->strings = g_string_chunk_new(32768);
	ruleset->files = new_array(sizeof(struct rule_file), NULL);
	ruleset->sections = new_array(sizeof(struct rule_section), section_clear);
	ruleset->rules = new_array(sizeof(struct rule), rule_clear);
	ruleset->series = new_array(sizeof(struct rule_series), series_clear);
	ruleset->maps = new_array(sizeof(struct rule_map), NULL);
	ruleset->tests = new_array(sizeof(struct rule_test), NULL);
	ruleset->targets = g_ptr_array_new_with_free_func(rule_target_free);
	ruleset->milestones = g_ptr_array_new_with_free_func(rule_milestone_free);
	ruleset->documents = g_ptr_array_new_with_free_func(rule_document_free);
	ruleset->taxonomies = g_ptr_array_new_with_free_func(g_free);
	ruleset->warnings = g_ptr_array_new_with_free_func(g_free);
	ruleset->starts = start_table_new();
	return ruleset;
}

void
ruleset_seal_sections(struct ruleset *ruleset)
{
	guint next[N_SECTION_TYPES];

	memset(ruleset->first_of_type, 0, sizeof ruleset->first_of_type);
	for (guint i = 0; i < ruleset->sections->len; i++)
		ruleset->first_of_type[ruleset_section(ruleset, i)->type + 1]++;
	for (guint i = 0; i < N_SECTION_TYPES; i++) {
		ruleset->first_of_type[i + 1] += ruleset->first_of_type[i];
		next[i] = ruleset->first_of_type[i];
	}
	g_free(ruleset->by_type);
	ruleset->by_type = g_new(guint, ruleset->sections->len);
	for (guint i = 0; i < ruleset->sections->len; i++)
		ruleset->by_type[next[ruleset_section(ruleset, i)->type]++] = i;
}

struct ruleset *
ruleset_new(const GPtrArray *sources, GError **error)
{
	g_autoptr(Ruleset) ruleset = ruleset_alloc();

	ruleset->hash = rule_sources_hash(sources);
	ruleset->matcher = matcher_new();
	ruleset->lexicon = lexicon_new();
	return rulefile_load(ruleset, sources, error) ? g_steal_pointer(&ruleset) : NULL;
}

/* What stands beside the bytes of a compiled ruleset. */
static void
free_made(struct ruleset *ruleset)
{
	for (guint i = 0; i < ruleset->n_packed; i++)
		if (ruleset->made[i] != NULL) {
			rule_clear(ruleset->made[i]);
			g_free(ruleset->made[i]);
		}
	g_free(ruleset->made);
	g_free(ruleset->target_room);
	g_clear_pointer(&ruleset->compiled, g_bytes_unref);
}

void
ruleset_free(struct ruleset *ruleset)
{
	if (ruleset == NULL)
		return;
	g_free(ruleset->hash);
	g_array_unref(ruleset->files);
	g_array_unref(ruleset->sections);
	g_free(ruleset->by_type);
	g_array_unref(ruleset->rules);
	g_array_unref(ruleset->series);
	g_array_unref(ruleset->maps);
	g_array_unref(ruleset->tests);
	g_ptr_array_unref(ruleset->targets);
	g_ptr_array_unref(ruleset->milestones);
	g_ptr_array_unref(ruleset->documents);
	g_ptr_array_unref(ruleset->taxonomies);
	g_ptr_array_unref(ruleset->warnings);
	matcher_free(ruleset->matcher);
	lexicon_free(ruleset->lexicon);
	start_table_free(ruleset->starts);
	g_string_chunk_free(ruleset->strings);
	free_made(ruleset);
	g_free(ruleset);
}

const char *
ruleset_hash(const struct ruleset *ruleset)
{
	return ruleset->hash;
}
const GPtrArray *
ruleset_targets(const struct ruleset *ruleset)
{
	return ruleset->targets;
}
const GPtrArray *
ruleset_milestones(const struct ruleset *ruleset)
{
	return ruleset->milestones;
}
const GPtrArray *
ruleset_documents(const struct ruleset *ruleset)
{
	return ruleset->documents;
}
const GPtrArray *
ruleset_taxonomies(const struct ruleset *ruleset)
{
	return ruleset->taxonomies;
}
const GPtrArray *
ruleset_warnings(const struct ruleset *ruleset)
{
	return ruleset->warnings;
}
guint
ruleset_count_rules(const struct ruleset *ruleset)
{
	return ruleset->made != NULL ? ruleset->n_packed : ruleset->rules->len;
}

gboolean
ruleset_check(const struct ruleset *ruleset, GError **error)
{
	for (guint i = 0; i < ruleset_count_rules(ruleset); i++) {
		struct rule *rule = ruleset_rule(ruleset, i);
		g_autoptr(GError) reason = NULL;

		if (rule->is_pattern && rule_compile(ruleset, rule, &reason) == NULL) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
	}
	return TRUE;
}

void
ruleset_classify(const struct ruleset *ruleset, struct record *record, gint64 received)
{
	classify_record(ruleset, record, received, FALSE);
}

void
ruleset_classify_unfiltered(const struct ruleset *ruleset, struct record *record, gint64 received)
{
	classify_record(ruleset, record, received, TRUE);
}
