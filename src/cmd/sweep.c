#include <stdio.h>

#include "base/error.h"
#include "base/rawmessage.h"
#include "cmd/app.h"
#include "intake/follow.h"
#include "intake/keep.h"
#include "intake/spool.h"
#include "intake/sweep.h"

gboolean
cmd_sweep(struct app *app, int argc, char **argv, GError **error)
{
	struct follow_limits limits = {0};
	g_autoptr(Progress) progress = NULL;
	g_autoptr(Reader) reader = NULL;
	g_auto(Archive) archive = {0};
	g_autofree char *spool = NULL;
	gint64 left;
	g_autoptr(GError) trouble = NULL;
	guint taken = 0;
	gboolean done;

	if (!app_parse(app, "sweep", NULL, &argc, &argv, &done, error) || done)
		return done;
	if ((reader = reader_new(READER_MANY, NULL, error)) == NULL || !app_open(app, DB_CREATE, &archive, error))
		return FALSE;
	spool = app_spool(app, mailstore_folder(archive.store));
	if (!sweep_spool(archive.store, spool, &taken, &trouble)) /* the index is brought up all the same */
		log_error("%s", trouble->message);
	if (!app_settle_rules(app, archive.store, error))
		return FALSE;
	g_autoptr(Follow) follow = follow_new(archive.store, archive.index, reader);
	progress = progress_new(app, "index");
	limits.progress = progress_entries;
	limits.data = progress;
	if (!follow_catch_up(follow, &limits, &left, error))
		return FALSE;
	g_clear_pointer(&progress, progress_free);
	if (app->level >= LOG_VERBOSE || taken > 0)
		log_notice(app->level, "%u from the spool; the index is up to date", taken);
	if (trouble == NULL)
		return TRUE;
	g_set_error(error, trouble->domain, trouble->code, "not all of the spool could be taken in");
	return FALSE;
}
