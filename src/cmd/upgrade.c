#include <stdio.h>

#include "base/error.h"
#include "cmd/rebuild.h"
#include "intake/rulecache.h"

/* An index of an older version, or none: both are made anew. One that an interrupted upgrade began is brought up. */
static gboolean
upgrade_index(struct app *app, const char *folder, struct reader *reader, gboolean *renewed, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (!db_is_older(folder, DB_INDEX, renewed, &reason) && !g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	*renewed |= reason != NULL;
	if (*renewed)
		log_notice(app->level, "the index is being made anew; mail can come in meanwhile");
	return *renewed ? rebuild_index(app, folder, reader, error) : rebuild_rest(app, folder, reader, error);
}

gboolean
cmd_upgrade(struct app *app, int argc, char **argv, GError **error)
{
	g_autoptr(Reader) reader = NULL;
	gboolean done, renewed = FALSE;
	const char *folder;
	int from, to;

	if (!app_parse(app, "upgrade", NULL, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "upgrade: unexpected argument \"%s\"", argv[1]);
	if ((reader = reader_new(READER_MANY, NULL, error)) == NULL)
		return FALSE;
	folder = app_folder(app, error);
	if (folder == NULL || !db_upgrade(folder, DB_MAIL, APP_WAIT_MS, &from, &to, error))
		return FALSE;
	if (from != to)
		log_notice(app->level, "mail.db brought from version %d to %d", from, to);
	if (!upgrade_index(app, folder, reader, &renewed, error))
		return FALSE;
	(void)rulecache_check(folder, NULL); /* another version's goes; the next delivery makes it anew */
	if (app->level >= LOG_NORMAL)
		printf("%s is in this version's form%s\n", folder, from == to && !renewed ? " already" : "");
	return TRUE;
}
