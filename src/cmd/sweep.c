#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd/app.h"
#include "intake/failed.h"
#include "intake/follow.h"
#include "intake/spool.h"
#include "intake/sweep.h"

#define WAIT_MS 5000 /* a busy archive is left to the next sweep */

struct sweeping {
	struct app *app;
	struct archive archive;
	struct reader *reader; /* NULL: none could be started; then only the index has to wait */
	guint spooled, failed;
	gboolean indexed;
	struct follow_documents documents;
	GError *trouble; /* the first: whatever goes wrong, the rest is done all the same */
};

/* The archive's own folder as a lock: -1 and errno EWOULDBLOCK when another sweep has it. Where a folder cannot be locked two at once do no harm. */
static int
lock_sweep(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failure;

	errno = 0;
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	failure = errno;
	close(fd);
	errno = failure;
	return -1;
}

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
	*out = index_open(folder, DB_CREATE, WAIT_MS, error);
	return *out != NULL;
}

static gboolean
bring_up_index(struct sweeping *sweep, GError **error)
{
	struct follow_limits limits = {.progress = progress_entries};
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
	sweep->indexed = bring_up_index(sweep, &reason) && sweep->reader != NULL;
	note(sweep, g_steal_pointer(&reason));
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

gboolean
cmd_sweep(struct app *app, int argc, char **argv, GError **error)
{
	struct sweeping sweeping = {.app = app};
	const char *folder;
	gboolean done, ok;
	int lock;

	if (!app_parse(app, "sweep", NULL, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "sweep: unexpected argument \"%s\"", argv[1]);
	if ((folder = app_folder(app, error)) == NULL)
		return FALSE;
	lock = lock_sweep(folder);
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
