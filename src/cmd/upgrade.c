#include <stdio.h>

#include "cmd/app.h"

gboolean
cmd_upgrade(struct app *app, int argc, char **argv, GError **error)
{
	const char *folder;
	gboolean done;
	int from, to;

	if (!app_parse(app, "upgrade", NULL, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "upgrade: unexpected argument \"%s\"", argv[1]);
	folder = app_folder(app, error);
	if (folder == NULL || !db_upgrade(folder, DB_MAIL, APP_WAIT_MS, &from, &to, error))
		return FALSE;
	if (from == to)
		log_notice(app->level, "%s is in this version's form already", folder);
	else
		log_notice(app->level, "%s brought from form %d to %d; postbag rebuild makes the index anew", folder, from, to);
	return TRUE;
}
