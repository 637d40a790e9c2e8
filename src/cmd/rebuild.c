#include "cmd/rebuild.h"

#include "base/error.h"
#include "intake/follow.h"

gboolean
rebuild_rest(struct app *app, const char *folder, struct reader *reader, GError **error)
{
	g_autoptr(Mailstore) store = mailstore_open(folder, DB_WRITE, APP_WAIT_MS, error);
	g_autoptr(Index) index = store != NULL ? index_open(folder, DB_CREATE, APP_WAIT_MS, error) : NULL;
	g_autoptr(Progress) progress = progress_new(app, "index");
	struct follow_limits limits = {.large = TRUE, .progress = progress_entries, .data = progress};
	struct follow_documents documents;
	g_autoptr(GError) reason = NULL;
	gint64 left;

	if (index == NULL)
		return FALSE;
	g_autoptr(Follow) follow = follow_new(store, index, reader);
	follow_convert_ahead(follow);
	if (!follow_catch_up(follow, &limits, &left, error) || !follow_read_documents(follow, NULL, &documents, error))
		return FALSE;
	if (!index_join_search(index, G_MAXINT64, &reason))
		log_detail(app->level, "%s", reason->message); /* sweep does it, a little at a time */
	return TRUE;
}

/* An index that works is not thrown away while mail.db cannot be read to its last entry. */
static gboolean
can_be_followed(const char *folder, GError **error)
{
	g_autoptr(Mailstore) store = mailstore_open(folder, DB_WRITE, APP_WAIT_MS, error);
	g_autoptr(GError) reason = NULL;
	struct entry entry = {0};

	if (store == NULL)
		return FALSE;
	while (mailstore_next(store, entry.seq, &entry, &reason))
		;
	if (reason == NULL)
		return TRUE;
	g_set_error(error, reason->domain, reason->code, "%s; the index stays as it is until mail.db is mended", reason->message);
	return FALSE;
}

gboolean
rebuild_index(struct app *app, const char *folder, struct reader *reader, GError **error)
{
	return can_be_followed(folder, error) && db_discard_index(folder, APP_WAIT_MS, error) && rebuild_rest(app, folder, reader, error);
}

static gboolean
read_unread(struct app *app, struct reader *reader, GError **error)
{
	struct follow_limits limits = {0};
	g_auto(Archive) archive = {0};
	struct follow_documents documents;
	guint read, still;
	gint64 left;

	if (!app_open(app, DB_WRITE, &archive, error))
		return FALSE;
	g_autoptr(Follow) follow = follow_new(archive.store, archive.index, reader);
	/* An index of another history goes first, or its numbers would name other messages. */
	if (!follow_catch_up(follow, &limits, &left, error) || !follow_read_unread(follow, &read, &still, error) ||
	    !follow_read_documents(follow, NULL, &documents, error))
		return FALSE;
	log_notice(app->level, "%u read now, %u still unread", read, still);
	return TRUE;
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
	const char *folder;

	if (!app_parse(app, "rebuild", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "rebuild: unexpected argument \"%s\"", argv[1]);
	reader = reader_new(READER_MANY, NULL, error);
	if (reader == NULL || (folder = app_folder(app, error)) == NULL)
		return FALSE;
	if (unread)
		return read_unread(app, reader, error);
	if (!rebuild_index(app, folder, reader, error))
		return FALSE;
	log_notice(app->level, "the index is made anew");
	return TRUE;
}
