#include "archive/backup.h"

#include <stdio.h>
#include <string.h>

#include "archive/check.h"
#include "base/error.h"
#include "base/text.h"
#include "cmd/app.h"

#define KEEP 2 /* the one before stays until the next has been made after it */

static void
show_pages(gpointer data, gint64 done, gint64 total)
{
	progress_show(data, done, total, "pages");
}

static void
say_what(const char *path, const char *state, const struct backup_info *info)
{
	g_autofree char *messages = text_count(info->facts.messages, "message", "messages");
	g_autofree char *deliveries = text_count(info->facts.deliveries, "delivery", "deliveries");

	printf("%s %s: %s in %s, %" G_GINT64_FORMAT " waiting in the spool\n", path, state, messages, deliveries, info->spooled);
}

static gboolean
make(struct app *app, const char *to, int keep, GError **error)
{
	const char *folder = app_folder(app, error);
	g_autofree char *spool = folder != NULL ? app_spool(app, folder) : NULL;
	g_autofree char *own = folder != NULL ? g_build_filename(folder, "spool", NULL) : NULL;
	const char *const spools[] = {spool, own, NULL}; /* a delivery that cannot read its configuration knows only the archive's own */
	g_autoptr(Progress) progress = progress_new(app, "backup");
	g_auto(BackupMade) made = {0};
	struct backup backup = {
	    .folder = folder,
	    .spools = spools,
	    .to = to,
	    .now = app->now,
	    .keep = keep,
	    .wait_ms = APP_WAIT_MS,
	    .progress = show_pages,
	    .data = progress,
	};

	if (folder == NULL || !backup_make(&backup, &made, error))
		return FALSE;
	g_clear_pointer(&progress, progress_free);
	for (guint i = 0; i < made.remarks->len; i++)
		log_error("%s", (const char *)made.remarks->pdata[i]);
	if (app->level >= LOG_NORMAL)
		say_what(made.path, "made", &made.info);
	return TRUE;
}

/* What is as it was written may have been damaged when it was. */
static gboolean
verify_messages(const char *path, GError **error)
{
	g_autoptr(Mailstore) store = mailstore_open(path, DB_SEALED, 0, error);
	g_autoptr(Findings) findings = findings_new();

	if (store == NULL || !check_mail(store, findings, CHECK_WHOLE, error))
		return FALSE;
	for (guint i = 0; i < findings_list(findings)->len; i++) {
		const struct finding *finding = findings_list(findings)->pdata[i];

		printf("%s: %s: %s\n", path, finding->where, finding->what);
	}
	if (findings_faults(findings) == 0)
		return TRUE;
	fflush(stdout);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is as it was written, but what was written is damaged; keep an earlier one", path);
	return FALSE;
}

static gboolean
verify(struct app *app, const char *from, GError **error)
{
	g_autofree char *path = backup_find(from, error);
	struct backup_info info;

	if (path == NULL || !backup_verify(path, &info, error))
		return FALSE;
	if (info.facts.version != db_version(DB_MAIL))
		log_notice(
		    app->level, "of version %d, where this program's is %d: the messages in it are not looked at", info.facts.version, db_version(DB_MAIL));
	else if (!verify_messages(path, error))
		return FALSE;
	if (app->level >= LOG_NORMAL)
		say_what(path, "is whole", &info);
	return TRUE;
}

gboolean
cmd_backup(struct app *app, int argc, char **argv, GError **error)
{
	int keep = KEEP;
	gboolean verifies = FALSE, done;
	const GOptionEntry entries[] = {
	    {"keep", 0, 0, G_OPTION_ARG_INT, &keep, "how many backups stay in the folder, the new one included (2)", "N"},
	    {"verify", 0, 0, G_OPTION_ARG_NONE, &verifies, "make none; look whether the newest one is whole", NULL},
	    G_OPTION_ENTRY_NULL,
	};

	if (!app_parse(app, "backup", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc != 2)
		return app_usage(error, "backup: expected one folder for the backups");
	if (keep < 1)
		return app_usage(error, "backup: --keep %d: expected at least 1", keep);
	if (verifies ? verify(app, argv[1], error) : make(app, argv[1], keep, error))
		return TRUE;
	app_explain_owner(app, error);
	return FALSE;
}
