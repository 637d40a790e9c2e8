#include <stdio.h>

#include "base/error.h"
#include "cmd/app.h"
#include "intake/follow.h"

static gboolean
rebuild_all(struct app *app, struct follow *follow, GError **error)
{
	g_autoptr(Progress) progress = progress_new(app, "rebuild");
	struct follow_limits limits = {.progress = progress_entries, .data = progress};
	gint64 left;

	return follow_reset(follow, error) && follow_catch_up(follow, &limits, &left, error);
}

gboolean
cmd_rebuild(struct app *app, int argc, char **argv, GError **error)
{
	gboolean unread = FALSE, done;
	const GOptionEntry entries[] = {
	    {"unread", 0, 0, G_OPTION_ARG_NONE, &unread, "only try the unread messages again", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(Reader) reader = NULL;
	g_auto(Archive) archive = {0};
	const char *folder;
	guint read, still;

	if (!app_parse(app, "rebuild", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "rebuild: unexpected argument \"%s\"", argv[1]);
	reader = reader_new(READER_MANY, NULL, error);
	if (reader == NULL || (folder = app_folder(app, error)) == NULL)
		return FALSE;
	if (!unread && !db_discard_index(folder, APP_WAIT_MS, error)) /* in whatever state it is */
		return FALSE;
	if (!app_open(app, unread ? DB_WRITE : DB_CREATE, &archive, error))
		return FALSE;
	g_autoptr(Follow) follow = follow_new(archive.store, archive.index, reader);
	if (!unread) {
		if (!rebuild_all(app, follow, error))
			return FALSE;
		log_notice(app->level, "the index is made anew");
		return TRUE;
	}
	if (!follow_read_unread(follow, &read, &still, error))
		return FALSE;
	log_notice(app->level, "%u read now, %u still unread", read, still);
	return TRUE;
}
