#include <stdio.h>

#include "base/error.h"
#include "cmd/app.h"
#include "intake/follow.h"
#include "intake/keep.h"
#include "rules/ruleset.h"

#define FIRST_ENTRIES 8 /* that the index is brought on by: of a new archive all, and what an old one put off is left to sweep */

/* The rule files to begin with: --rules, or the configuration's; checked here, because a person is looking. */
static gboolean
load_rules(struct app *app, char **paths, GVariant **files, char **hash, GError **error)
{
	g_autoptr(GPtrArray) named = g_ptr_array_new();
	const GPtrArray *list = app->conf->rules;

	for (char **path = paths; path != NULL && *path != NULL; path++)
		g_ptr_array_add(named, *path);
	if (named->len > 0)
		list = named;
	if (list->len == 0)
		return TRUE;
	g_autoptr(GPtrArray) sources = keep_load_sources(list, error);

	if (sources == NULL || !keep_check_rules(sources, error) || (*files = keep_pack_rules(sources, error)) == NULL)
		return FALSE;
	*hash = rule_sources_hash(sources);
	return TRUE;
}

static gboolean
add_rules(const char *folder, const char *hash, GVariant *files, gint64 now, GError **error)
{
	g_autoptr(Mailstore) store = mailstore_open(folder, DB_WRITE, APP_WAIT_MS, error);

	return store != NULL && keep_rules(store, hash, files, now, error);
}

/* The rules stand in the index too, or the new archive would look as if something had been put off. */
static gboolean
bring_up_index(const char *folder, struct reader *reader, GError **error)
{
	g_autoptr(Mailstore) store = mailstore_open(folder, DB_WRITE, APP_WAIT_MS, error);
	g_autoptr(Index) index = store != NULL ? index_open(folder, DB_WRITE, APP_WAIT_MS, error) : NULL;
	const struct follow_limits limits = {.entries = FIRST_ENTRIES};
	gint64 left;

	if (index == NULL)
		return FALSE;
	g_autoptr(Follow) follow = follow_new(store, index, reader);
	return follow_catch_up(follow, &limits, &left, error);
}

gboolean
cmd_init(struct app *app, int argc, char **argv, GError **error)
{
	g_auto(GStrv) paths = NULL;
	const GOptionEntry entries[] = {
	    {"rules", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, "file by these rules from the start (may be repeated)", "FILE"},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(Reader) reader = NULL;
	g_autoptr(GVariant) files = NULL;
	g_autofree char *hash = NULL;
	const char *folder;
	gboolean done, made;

	if (!app_parse(app, "init", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 2)
		return app_usage(error, "init: expected one folder");
	if (argc == 2) {
		g_free(app->archive);
		app->archive = g_strdup(argv[1]);
	}
	if ((reader = reader_new(READER_EACH, NULL, error)) == NULL)
		return FALSE;
	folder = app_folder(app, error);
	if (folder == NULL || !load_rules(app, paths, &files, &hash, error) || !mailstore_create(folder, &made, error))
		return FALSE;
	if (files != NULL && (!add_rules(folder, hash, files, app->now, error) || !bring_up_index(folder, reader, error)))
		return FALSE;
	if (app->level >= LOG_NORMAL)
		printf("%s %s%s%.12s\n", folder, made ? "is an archive now" : "is an archive already, left as it was",
		    hash != NULL ? "; rules in force: "
		    : made       ? "; it has no rules yet, so nothing will be filed (--rules)"
		                 : "",
		    hash != NULL ? hash : "");
	return TRUE;
}
