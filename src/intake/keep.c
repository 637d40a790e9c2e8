#include "intake/keep.h"

#include "base/error.h"
#include "base/limits.h"
#include "rules/ruleset.h"

GPtrArray *
keep_load_sources(const GPtrArray *paths, GError **error)
{
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);

	for (guint i = 0; i < paths->len; i++) {
		const char *path = g_ptr_array_index(paths, i);
		g_autofree char *text = NULL;
		gsize length;

		if (!g_file_get_contents(path, &text, &length, error))
			return NULL;
		if (length > LIMIT_RULE_FILE_BYTES || !g_utf8_validate(text, length, NULL)) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "%s: %s", path,
			    length > LIMIT_RULE_FILE_BYTES ? "too long for a rule file" : "not UTF-8 text; save it as UTF-8");
			return NULL;
		}
		g_ptr_array_add(sources, rule_source_new(path, text, length));
	}
	return g_steal_pointer(&sources);
}

GVariant *
keep_load_rules(const GPtrArray *paths, char **hash, GError **error)
{
	g_autoptr(GPtrArray) sources = keep_load_sources(paths, error);
	GVariantBuilder builder;

	if (sources == NULL)
		return NULL;
	g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
	for (guint i = 0; i < sources->len; i++) {
		const struct rule_source *source = g_ptr_array_index(sources, i);

		g_autofree char *name = g_path_get_basename(source->name);
		g_variant_builder_add(&builder, "(ss)", name, source->text);
	}
	*hash = rule_sources_hash(sources);
	return g_variant_ref_sink(g_variant_builder_end(&builder));
}

gboolean
keep_rules(struct mailstore *store, const char *hash, GVariant *files, gint64 now, GError **error)
{
	g_autofree char *found = NULL;
	g_autoptr(GError) reason = NULL;
	g_autoptr(GVariant) present = mailstore_get_rules(store, NULL, &found, &reason);

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	return g_strcmp0(found, hash) == 0 || mailstore_add_rules(store, hash, files, now, error);
}

gboolean
keep_check_rules(const GPtrArray *paths, GError **error)
{
	g_autoptr(GPtrArray) sources = keep_load_sources(paths, error);
	g_autoptr(Ruleset) ruleset = sources != NULL ? ruleset_new(sources, error) : NULL;

	return ruleset != NULL && ruleset_check(ruleset, error);
}
