#include "archive/restore.h"

#include <stdio.h>

#include "archive/issues.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cmd/rebuild.h"

static gboolean
put_back(struct app *app, const char *from, const char *folder, gboolean force, struct restored *out, GError **error)
{
	g_autofree char *path = backup_find(from, error);
	g_autofree char *spool = app_spool(app, folder);
	struct restore restore = {.from = path, .folder = folder, .spool = spool, .force = force, .now = app->now, .wait_ms = APP_WAIT_MS};

	return path != NULL && restore_backup(&restore, out, error);
}

static void
say_done(struct app *app, const char *folder, const struct restored *restored)
{
	g_autofree char *made = clock_format(restored->info.made, app->zone, "%Y-%m-%d %H:%M");

	if (app->level < LOG_NORMAL)
		return;
	g_autofree char *messages = text_count(restored->info.facts.messages, "message", "messages");
	g_autofree char *deliveries = text_count(restored->info.facts.deliveries, "delivery", "deliveries");
	g_autofree char *spooled = text_count(restored->spooled, "message waits", "messages wait");

	printf("%s is as it was on %s: %s in %s\n", folder, made, messages, deliveries);
	if (restored->spooled > 0)
		printf("%s in the spool for postbag sweep\n", spooled);
	if (restored->redacted > 0) {
		g_autofree char *redacted = text_count(restored->redacted, "message", "messages");

		printf("%s redacted since that backup was made stay redacted; the backup still has their words\n", redacted);
	}
	if (restored->unknown != NULL)
		printf("what was redacted since that backup is not known, because the former archive cannot be read: postbag redact takes it out again\n");
	if (restored->aside != NULL)
		printf("the former files stand in %s; remove them when nothing in them is missed\n", restored->aside);
	fflush(stdout);
}

/* What waited to be sent when the backup was made may have been sent since. */
static gboolean
doubt_issues(struct app *app, const char *folder, struct reader *reader, GError **error)
{
	g_auto(Archive) archive = {0};
	guint doubted;

	if (!app_open(app, DB_WRITE, &archive, error) || !issues_doubt_open(archive.store, archive.index, app->now, &doubted, error))
		return FALSE;
	archive_clear(&archive);
	if (doubted == 0)
		return TRUE;
	log_notice(app->level, "%u digest%s that waited in the backup may have been sent since, and will be sent again; postbag digest --list shows them",
	    doubted, doubted == 1 ? "" : "s");
	return rebuild_rest(app, folder, reader, error);
}

gboolean
cmd_restore(struct app *app, int argc, char **argv, GError **error)
{
	gboolean force = FALSE, done, older;
	const GOptionEntry entries[] = {
	    {"force", 0, 0, G_OPTION_ARG_NONE, &force, "set an archive that is there aside", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(Reader) reader = NULL;
	g_auto(Restored) restored = {0};
	const char *folder;

	if (!app_parse(app, "restore", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc != 2)
		return app_usage(error, "restore: expected the folder of a backup");
	if ((reader = reader_new(READER_MANY, NULL, error)) == NULL || (folder = app_folder(app, error)) == NULL ||
	    !put_back(app, argv[1], folder, force, &restored, error))
		return FALSE;
	say_done(app, folder, &restored);
	if (!db_is_older(folder, DB_MAIL, &older, error))
		return FALSE;
	if (older) {
		log_notice(app->level, "it was made by an older version; run postbag upgrade");
		return TRUE;
	}
	if (rebuild_index(app, folder, reader, error))
		return doubt_issues(app, folder, reader, error);
	g_prefix_error(error, "the mail is in place, but the index is not made yet: ");
	return FALSE;
}
