#include "intake/keep.h"

#include <sys/statvfs.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "intake/rulecache.h"
#include "rules/ruleset.h"

GPtrArray *
keep_load_sources(const GPtrArray *paths, GError **error)
{
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);

	for (guint i = 0; i < paths->len; i++) {
		const char *path = g_ptr_array_index(paths, i);
		g_autofree char *text = NULL;
		gsize length;

		if (!file_read(path, LIMIT_RULE_FILE_BYTES, &text, &length, error))
			return NULL;
		g_ptr_array_add(sources, rule_source_new(path, text, length));
	}
	return g_steal_pointer(&sources);
}

GVariant *
keep_pack_rules(const GPtrArray *sources, GError **error)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
	for (guint i = 0; i < sources->len; i++) {
		const struct rule_source *source = g_ptr_array_index(sources, i);
		g_autofree char *name = g_path_get_basename(source->name);

		if (!g_utf8_validate(source->text, source->length, NULL)) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "%s: not UTF-8 text; save it as UTF-8", source->name);
			g_variant_builder_clear(&builder);
			return NULL;
		}
		g_variant_builder_add(&builder, "(ss)", name, source->text);
	}
	return g_variant_ref_sink(g_variant_builder_end(&builder));
}

GPtrArray *
keep_unpack_rules(GVariant *files)
{
	GPtrArray *sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	GVariantIter iter;
	const char *name, *text;

	g_variant_iter_init(&iter, files);
	while (g_variant_iter_next(&iter, "(&s&s)", &name, &text))
		g_ptr_array_add(sources, rule_source_new(name, text, -1));
	return sources;
}

struct ruleset *
keep_load_ruleset(struct mailstore *store, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *hash = NULL;
	g_autoptr(GVariant) files = mailstore_get_rules(store, NULL, &hash, &reason);
	g_autoptr(GPtrArray) sources = files != NULL ? keep_unpack_rules(files) : g_ptr_array_new();

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return NULL;
	}
	return ruleset_new(sources, error);
}

gboolean
keep_check_rules(const GPtrArray *sources, GError **error)
{
	g_autoptr(Ruleset) ruleset = ruleset_new(sources, error);

	return ruleset != NULL && ruleset_check(ruleset, error);
}

gboolean
keep_rules(struct mailstore *store, const char *hash, GVariant *files, gint64 now, GError **error)
{
	if (!mailstore_begin(store, error))
		return FALSE;
	if (!mailstore_add_rules(store, hash, files, now, error)) {
		mailstore_rollback(store);
		return FALSE;
	}
	if (!mailstore_commit(store, error))
		return FALSE;
	(void)rulecache_write(mailstore_folder(store), files, NULL); /* only a cache: deliveries do without */
	return TRUE;
}

gint64
keep_free_bytes(const char *folder)
{
	struct statvfs about;

	return statvfs(folder, &about) == 0 ? (gint64)MIN(about.f_bavail * (guint64)about.f_frsize, G_MAXINT64) : -1;
}

gboolean
keep_check_room(const char *folder, gint64 size, GError **error)
{
	gint64 free = keep_free_bytes(folder), wanted = LIMIT_ROOM + size;

	if (free < 0 || free >= wanted)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY,
	    "the file system of %s has %" G_GINT64_FORMAT " kB free, and %" G_GINT64_FORMAT " are wanted; make room", folder, free / 1000, wanted / 1000);
	return FALSE;
}

gboolean
keep_others_may_fit(const char *folder, const GError *failure)
{
	return !g_error_matches(failure, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY) || keep_check_room(folder, 0, NULL);
}

gboolean
keep_check_known(struct mailstore *store, const struct raw_message *raw, GError **error)
{
	g_autofree char *id = hash_base32(raw_message_content(raw), 16);
	enum mailstore_bytes bytes;

	if (!mailstore_mend(store, raw, &bytes, error))
		return FALSE;
	if (bytes == MAILSTORE_MENDED)
		log_error("message %s was damaged in mail.db and is whole again; postbag rebuild --unread reads it anew", id);
	if (bytes != MAILSTORE_DAMAGED)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
	    "message %s is damaged in mail.db, and this copy came another way and cannot mend it; restore mail.db from a backup, and keep this copy", id);
	return FALSE;
}
