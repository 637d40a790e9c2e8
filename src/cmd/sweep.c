#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/clock.h"
#include "base/limits.h"
#include "archive/redaction.h"
#include "cmd/redact.h"
#include "find/rows.h"
#include "intake/failed.h"
#include "intake/follow.h"
#include "intake/retention.h"
#include "intake/rulecache.h"
#include "intake/spool.h"
#include "intake/sweep.h"

#define WAIT_MS 5000 /* a busy archive is left to the next sweep */
#define TIDY_MS 2000 /* a great import is merged by several sweeps, each step of which keeps others from the index for some 50 ms */

struct sweeping {
	struct app *app;
	struct archive archive;
	struct reader *reader; /* NULL: none could be started; then only the index has to wait */
	guint spooled, failed, gone;
	gboolean indexed;
	struct follow_documents documents;
	GError *trouble; /* the first: whatever goes wrong, the rest is done all the same */
};

static void
note(struct sweeping *sweep, GError *reason)
{
	if (reason == NULL)
		return;
	log_error("%s", reason->message);
	if (sweep->trouble == NULL)
		sweep->trouble = reason;
	else
		g_error_free(reason);
}

/* The spool first: what it holds of a delivery that was cut short is then known when the mail server's own copy of it comes. */
static void
take_in(struct sweeping *sweep, const GPtrArray *spools)
{
	const GPtrArray *folders = sweep->app->conf->failed;
	GError *reason = NULL;

	for (guint i = 0; i < spools->len; i++) {
		guint taken = 0;

		if (!sweep_spool(sweep->archive.store, g_ptr_array_index(spools, i), sweep->app->now, &taken, &reason))
			note(sweep, g_steal_pointer(&reason));
		sweep->spooled += taken;
	}
	for (guint i = 0; i < folders->len; i++) {
		guint taken = 0;

		if (!failed_take_in(sweep->archive.store, g_ptr_array_index(folders, i), sweep->app->now, &taken, &reason))
			note(sweep, g_steal_pointer(&reason));
		sweep->failed += taken;
	}
}

/* An index that is empty or of an older program is made anew: all that is in it comes from mail.db. */
static gboolean
open_index(const char *folder, struct index **out, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "index.db", NULL);
	gboolean older = FALSE;
	struct stat about;

	if (lstat(path, &about) == 0 && S_ISREG(about.st_mode) && (about.st_size == 0 || (db_is_older(folder, DB_INDEX, &older, NULL) && older)) &&
	    !db_discard_index(folder, WAIT_MS, error))
		return FALSE;
	if (*out == NULL)
		*out = index_open(folder, DB_CREATE, WAIT_MS, error);
	return *out != NULL;
}

static gboolean
bring_up_index(struct sweeping *sweep, GError **error)
{
	struct follow_limits limits = {.large = TRUE, .progress = progress_entries};
	g_autoptr(Progress) progress = NULL;
	g_autoptr(Follow) follow = NULL;
	gint64 left;

	if (sweep->reader == NULL)
		return TRUE; /* noted */
	if (!app_settle_rules(sweep->app, sweep->archive.store, error))
		return FALSE;
	if (!open_index(mailstore_folder(sweep->archive.store), &sweep->archive.index, error))
		return FALSE;
	follow = follow_new(sweep->archive.store, sweep->archive.index, sweep->reader);
	limits.data = progress = progress_new(sweep->app, "index");
	return follow_catch_up(follow, &limits, &left, error) && follow_read_documents(follow, NULL, &sweep->documents, error);
}

/* What retention lets go, and what redactions left unfinished. */
static gboolean
redact(struct sweeping *sweep, GError **error)
{
	g_autoptr(GPtrArray) list = mailstore_redactions(sweep->archive.store, FALSE, error);
	const struct app *app = sweep->app;
	struct follow_documents documents;
	g_auto(RedactFinished) finished = {0};
	gboolean pending;

	if (list == NULL ||
	    !retention_apply(sweep->archive.store, sweep->archive.index, sweep->reader, app->conf, app->now, app->zone, LIMIT_RETENTION, &sweep->gone, error))
		return FALSE;
	if (list->len == 0 && sweep->gone == 0) {
		redaction_forget(
		    mailstore_folder(sweep->archive.store), 0, list); /* of one that was killed before it was kept, or just after it was finished */
		return TRUE;
	}
	documents = sweep->documents;
	if (!bring_up_index(sweep, error))
		return FALSE;
	sweep->documents = documents;
	if (!redact_settle(sweep->app, &sweep->archive, NULL, 0, &pending, &finished, error) || !bring_up_index(sweep, error))
		return FALSE;
	sweep->documents = documents;
	if (finished.verified > sweep->gone)
		log_notice(app->level, "%u redactions finished", finished.verified - sweep->gone);
	if (pending)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%u redactions are not finished", finished.pending);
	return !pending;
}

/*
 * What makes questions slow or the index large, a little at a time: many pieces of the search index, as an import leaves them, texts of letters that came one
 * by one, and a log that each process reads from its beginning when it is the first to open the file. Nobody's error when it fails. mail.db's log stays: it is
 * short, and the less often it is copied the better.
 */
static void
tidy_index(struct sweeping *sweep)
{
	gint64 until = g_get_monotonic_time() + TIDY_MS * 1000;
	g_autoptr(GError) reason = NULL;
	gboolean more = TRUE, loose = TRUE;

	while (loose && g_get_monotonic_time() < until)
		if (!index_gather_texts(sweep->archive.index, &loose, &reason))
			break;
	if (reason != NULL) /* a damaged text, as show says and check: the rest is tidied all the same */
		log_detail(sweep->app->level, "%s", reason->message);
	g_clear_error(&reason);
	while (more && reason == NULL && g_get_monotonic_time() < until)
		if (!index_merge_search(sweep->archive.index, &more, &reason))
			break;
	if (reason != NULL || !db_checkpoint(index_db(sweep->archive.index), &reason))
		log_detail(sweep->app->level, "%s", reason->message);
}

static gboolean
sweep(struct sweeping *sweep, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) spools = app_spools(sweep->app, folder);
	GError *reason = NULL;

	sweep->reader = reader_new(READER_EACH, NULL, &reason);
	note(sweep, g_steal_pointer(&reason));
	sweep->archive.store = mailstore_open(folder, DB_WRITE, WAIT_MS, error);
	if (sweep->archive.store == NULL)
		return FALSE;
	take_in(sweep, spools);
	if (!rulecache_check(folder, &reason))
		log_error("%s", reason->message); /* it is mended by that */
	g_clear_error(&reason);
	sweep->indexed = bring_up_index(sweep, &reason) && sweep->reader != NULL;
	note(sweep, g_steal_pointer(&reason));
	if (sweep->indexed && !redact(sweep, &reason))
		note(sweep, g_steal_pointer(&reason));
	if (sweep->indexed)
		tidy_index(sweep);
	if (sweep->gone > 0)
		log_notice(sweep->app->level, "%u messages removed because their time was over (retention)", sweep->gone);
	if (sweep->app->level >= LOG_VERBOSE || sweep->spooled + sweep->failed > 0)
		log_notice(sweep->app->level, "%u from the spool, %u from folders of failures%s", sweep->spooled, sweep->failed,
		    sweep->indexed ? "; the index is up to date" : "");
	if (sweep->documents.read > 0)
		log_notice(sweep->app->level, "%u messages read with their attached documents; %u of these could not be read", sweep->documents.read,
		    sweep->documents.failed);
	if (sweep->trouble == NULL)
		return TRUE;
	g_set_error(error, sweep->trouble->domain, sweep->trouble->code, "not all could be done; %s",
	    sweep->trouble->code == POSTBAG_ERROR_TEMPORARY ? "the next sweep tries again" : "nothing will change until this is mended");
	return FALSE;
}

/* "4f2kq7m5  2018-10-01  spam": of spam nothing is shown but its id, so of none more. */
static gboolean
print_due(struct app *app, GError **error)
{
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GPtrArray) rows = NULL;
	g_auto(Archive) archive = {0};
	guint count;

	if (!app_open(app, DB_READ, &archive, error) ||
	    !retention_count(archive.store, archive.index, app->conf, app->now, app->zone, 0, &count, list, error) ||
	    (rows = message_rows_load(archive.index, list, FALSE, error)) == NULL)
		return FALSE;
	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = rows->pdata[i];
		g_autofree char *received = clock_format(row->received, app->zone, "%Y-%m-%d");

		printf("%.8s  %s  %s\n", row->public_id, received, row->kind);
	}
	fflush(stdout);
	log_notice(app->level, "%u messages would be removed", count);
	return TRUE;
}

gboolean
cmd_sweep(struct app *app, int argc, char **argv, GError **error)
{
	struct sweeping sweeping = {.app = app};
	gboolean dry = FALSE, done, ok;
	const GOptionEntry entries[] = {
	    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry, "list what retention would remove, and change nothing", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	const char *folder;
	int lock;

	if (!app_parse(app, "sweep", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "sweep: unexpected argument \"%s\"", argv[1]);
	if (dry)
		return print_due(app, error);
	if ((folder = app_folder(app, error)) == NULL)
		return FALSE;
	lock = sweep_lock(folder);
	if (lock < 0 && errno == EWOULDBLOCK) {
		log_detail(app->level, "another sweep is at work");
		return TRUE;
	}
	ok = sweep(&sweeping, folder, error);
	archive_clear(&sweeping.archive);
	g_clear_pointer(&sweeping.reader, reader_free);
	g_clear_error(&sweeping.trouble);
	if (lock >= 0)
		close(lock);
	return ok;
}
