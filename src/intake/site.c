#include "intake/site.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "intake/keep.h"
#include "rules/ruleset.h"

const char *
site_folder(const struct conf *conf, const char *named, GError **error)
{
	if (named != NULL)
		return named;
	if (conf != NULL && conf->folder != NULL)
		return conf->folder;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "no archive named: use --archive DIR, or [archive] folder = DIR in %s",
	    conf != NULL && conf->file != NULL ? conf->file : "a configuration (postbag.conf(5))");
	return NULL;
}

char *
site_spool(const struct conf *conf, const char *folder)
{
	if (conf != NULL && conf->spool != NULL)
		return g_strdup(conf->spool);
	return g_build_filename(folder, "spool", NULL);
}

static gboolean
is_same_folder(const char *one, const char *other)
{
	struct stat of_one, of_other;

	if (strcmp(one, other) == 0)
		return TRUE;
	return stat(one, &of_one) == 0 && stat(other, &of_other) == 0 && of_one.st_dev == of_other.st_dev && of_one.st_ino == of_other.st_ino;
}

GPtrArray *
site_spools(const struct conf *conf, const char *folder)
{
	GPtrArray *spools = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *own = g_build_filename(folder, "spool", NULL);
	struct stat about;

	g_ptr_array_add(spools, site_spool(conf, folder));
	if (!is_same_folder(spools->pdata[0], own) && stat(own, &about) == 0 && S_ISDIR(about.st_mode))
		g_ptr_array_add(spools, g_steal_pointer(&own));
	return spools;
}

const char *
site_spill_folder(const char *folder, const char *spool)
{
	const char *folders[] = {folder, spool, g_get_tmp_dir()}, *best = NULL;
	gint64 most = -1;

	for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
		gint64 free = access(folders[i], W_OK) == 0 ? MIN(keep_free_bytes(folders[i]), LIMIT_RAW_SIZE) : -1;

		if (free > most) {
			most = free;
			best = folders[i];
		}
	}
	return best;
}

GPtrArray *
site_rules(const struct conf *conf, char **hash, GError **error)
{
	GPtrArray *sources;

	if (conf == NULL || conf->rules->len == 0)
		return NULL;
	sources = keep_load_sources(conf->rules, error);
	if (sources != NULL)
		*hash = rule_sources_hash(sources);
	return sources;
}

gboolean
site_settle_rules(const struct conf *conf, struct mailstore *store, gint64 now, GError **error)
{
	g_autofree char *hash = NULL, *present = NULL;
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray) sources = site_rules(conf, &hash, &reason);
	g_autoptr(GVariant) files = NULL;

	if (!mailstore_get_rules_hash(store, &present, error))
		return FALSE;
	if (sources != NULL && g_strcmp0(hash, present) == 0)
		return TRUE;
	if (sources != NULL && keep_check_rules(sources, &reason))
		files = keep_pack_rules(sources, &reason);
	if (reason != NULL)
		log_error("%s; the last good rules stay in force", reason->message);
	return files == NULL || keep_rules(store, hash, files, now, error);
}
