#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/published.h"
#include "base/error.h"
#include "base/text.h"
#include "cmd/app.h"
#include "config.h"
#include "intake/site-milestones.h"
#include "publish/publish.h"
#include "intake/downloads.h"

#define REMEMBERED 86400 /* seconds: of counts over all; a run sees one moment */

struct told {
	struct progress *progress;
	gboolean files; /* say each of them */
};

static void
show_progress(gpointer data, gint64 done, gint64 total)
{
	progress_show(((struct told *)data)->progress, done, total, "pages");
}

static void
say_file(gpointer data, const char *what, const char *file)
{
	if (((struct told *)data)->files)
		printf("%s %s\n", what, file);
}

/* Another build makes other pages: told by the program's file, since its version stays from one change to the next. Caller frees. */
static char *
program_name(void)
{
	struct stat about;

	if (stat("/proc/self/exe", &about) != 0)
		return g_strdup(PACKAGE_STRING);
	return g_strdup_printf("%s %lld %lld.%ld", PACKAGE_STRING, (long long)about.st_size, (long long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
}

static void
fill_site(const struct app *app, const char *title, const GPtrArray *milestones, struct page_site *site)
{
	static const enum page_when when[] = {[WEB_RECEIVED] = PAGE_RECEIVED, [WEB_DAY_LATER] = PAGE_DAY_LATER, [WEB_RELEASED] = PAGE_RELEASED};
	const struct conf_web *conf = &app->conf->web;

	*site = (struct page_site){
	    .title = title,
	    .contact = conf->contact,
	    .prefix = conf->prefix,
	    .suffix = ".html",
	    .address = conf->address,
	    .fixed = TRUE,
	    .view = PAGE_PUBLIC,
	    .when = when[conf->when],
	    .zone = app->zone,
	    .milestones = milestones,
	    .memory = REMEMBERED,
	};
}

/* The archive as its readers have it: mail.db too, unless this user may read the index alone. */
static gboolean
open_index(struct app *app, const char *folder, struct archive *out, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (app_open(app, DB_READ, out, &reason))
		return TRUE;
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION) && !g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_ACCES)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	out->index = index_open(folder, DB_READ, APP_WAIT_MS, error);
	return out->index != NULL;
}

static void
say_result(const struct app *app, const char *folder, const struct publish_result *result, gboolean dry_run)
{
	g_autofree char *letters = text_count(result->letters, "letter", "letters");
	g_autofree char *written = text_count(result->written, "file", "files");
	g_autofree char *packed = text_count(result->packed, "letter", "letters");
	g_autofree char *stand = text_count(result->files, "file", "files");

	if (app->level >= LOG_NORMAL && app->verbose)
		printf("mailboxes: %s packed anew\n", packed);
	if (app->level >= LOG_NORMAL)
		printf("%s: %s%s %s, %u looked at, %s %s, %u removed, %s in all\n", folder, letters, result->whole ? "" : " changed",
		    result->whole ? "in all" : "since the last run", result->made, written, dry_run ? "to be written" : "written", result->removed, stand);
}

/* So that a redaction tells of it; whoever may only read the archive publishes all the same. */
static void
note_folder(const struct app *app, const char *archive, const char *to)
{
	g_autoptr(GError) reason = NULL;
	char *whole = realpath(to, NULL);

	if (whole != NULL && !published_note(archive, whole, &reason))
		log_notice(app->level, "postbag redact will not know of %s: %s", to, reason->message);
	free(whole);
}

static gboolean
publish(struct app *app, const char *to, gboolean dry_run, gboolean force, GError **error)
{
	const char *folder = app_folder(app, error);
	g_autoptr(Downloads) downloads = NULL;
	g_autoptr(GPtrArray) milestones = NULL;
	g_autoptr(GError) reason = NULL;
	g_autofree char *program = program_name(), *of_rules = NULL, *title = NULL;
	g_autoptr(Progress) progress = NULL;
	g_auto(Archive) archive = {0};
	struct page_site site;
	struct publish_result result;

	/* a reader is forked before anything is open */
	if (folder == NULL || (app->conf->web.attachments && (downloads = downloads_new(folder, error)) == NULL))
		return FALSE;
	if (!open_index(app, folder, &archive, error))
		return FALSE;
	if (!site_milestones(app->conf, archive.store, &milestones, &of_rules, &reason))
		log_error("%s; %s", reason->message, milestones != NULL ? "the milestones of the last good rules are shown" : "no milestones are shown");
	title = site_title(app->conf, of_rules, folder);
	fill_site(app, title, milestones, &site);
	site.attachments = downloads != NULL && archive.store != NULL;
	if (downloads != NULL && archive.store == NULL)
		log_notice(app->level, "attachments are not offered: this user cannot read mail.db");
	progress = progress_new(app, "publish");
	struct told told = {progress, dry_run || app->verbose};
	const struct publish_setup setup = {
	    .archive = folder,
	    .folder = to,
	    .site = &site,
	    .part = site.attachments ? downloads_read : NULL,
	    .part_data = downloads,
	    .program = program,
	    .now = app->now,
	    .dry_run = dry_run,
	    .force = force,
	    .progress = show_progress,
	    .tell = say_file,
	    .data = &told,
	};
	if (!publish_run(&setup, archive.index, &result, error))
		return FALSE;
	if (!dry_run)
		note_folder(app, folder, to);
	g_clear_pointer(&progress, progress_free);
	say_result(app, to, &result, dry_run);
	return TRUE;
}

gboolean
cmd_publish(struct app *app, int argc, char **argv, GError **error)
{
	gboolean dry_run = FALSE, force = FALSE, done;
	const GOptionEntry entries[] = {
	    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "only say which files would be written and removed", NULL},
	    {"force", 0, 0, G_OPTION_ARG_NONE, &force, "write every file anew", NULL},
	    G_OPTION_ENTRY_NULL,
	};

	if (!app_parse(app, "publish", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc != 2)
		return app_usage(error, "publish: expected one folder for the pages");
	if (publish(app, argv[1], dry_run, force, error))
		return TRUE;
	app_explain_owner(app, error);
	return FALSE;
}
