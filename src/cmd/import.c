#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "cmd/app.h"
#include "intake/follow.h"
#include "intake/keep.h"
#include "intake/relay.h"
#include "mail/maildir.h"
#include "mail/mbox.h"
#include "mail/received.h"

#define BATCH 256                     /* messages a transaction of mail.db: a delivery waits for one */
#define BATCH_BYTES (4 * 1024 * 1024) /* or so many bytes, whichever comes first */
#define FIRST_BYTES (256 * 1024)      /* of a file that are read before it is known what it is */

struct importing {
	struct app *app;
	struct mailstore *store; /* the keeping thread's own */
	struct relay *relay;
	struct progress *progress;
	int argc;
	char **argv;
	gboolean open;        /* a transaction is */
	gboolean idle_failed; /* what came before a wait could not be kept */
	guint in_batch, added_in_batch, known_in_batch;
	gsize bytes; /* in the batch */
	guint added, known, skipped;
	guint absent; /* of the skipped: named, and not there */
	GError *error;
};

static void
begin_to_count(struct importing *im)
{
	im->open = FALSE;
	im->in_batch = im->added_in_batch = im->known_in_batch = 0;
	im->bytes = 0;
}

static void
count_batch(struct importing *im)
{
	im->added += im->added_in_batch;
	im->known += im->known_in_batch;
	begin_to_count(im);
}

/* It was rolled back: what was known in it may have been known by it alone. */
static void
drop_batch(struct importing *im)
{
	relay_drop(im->relay);
	begin_to_count(im);
}

/* Ends what is open: it is kept now. NOW: the index is not to wait for more. */
static gboolean
keep_batch(struct importing *im, gboolean now, GError **error)
{
	if (im->open && !mailstore_commit(im->store, error)) {
		drop_batch(im);
		return FALSE;
	}
	count_batch(im);
	if (relay_pass(im->relay, now))
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "the index does not follow any more; run postbag sweep");
	return FALSE;
}

static gboolean
keep_if_full(struct importing *im, GError **error)
{
	return !im->open || (im->in_batch < BATCH && im->bytes < BATCH_BYTES) || keep_batch(im, FALSE, error);
}

/* Named, counted, and the import goes on. */
static void
skip(struct importing *im, const char *name, const char *why)
{
	im->skipped++;
	im->in_batch++; /* it took as long */
	log_error("%s: skipped: %s", name, why);
}

/* One message: kept, and passed on to be read if it is new. */
static gboolean
add(struct importing *im, GBytes *bytes, gint64 received, GError **error)
{
	g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes);
	gsize header_length;
	const guint8 *header = raw_message_header(raw, &header_length);
	struct delivery delivery = {.received = received_date(header, header_length, received, im->app->now), .source = "import"};
	g_autoptr(GError) reason = NULL;
	struct kept kept;

	if (!im->open) {
		begin_to_count(im);
		if (!mailstore_begin(im->store, error))
			return FALSE;
	}
	im->open = TRUE;
	if (!mailstore_add(im->store, raw, &delivery, TRUE, &kept, error))
		return FALSE;
	if (kept.again && !keep_check_known(im->store, raw, &reason)) {
		if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
		skip(im, "a message", reason->message);
	} else if (kept.again)
		im->known_in_batch++;
	else {
		im->added_in_batch++;
		relay_add(im->relay, kept.seq, kept.content, bytes, delivery.received);
	}
	im->in_batch++;
	im->bytes += g_bytes_get_size(bytes);
	return keep_if_full(im, error);
}

/* Is it mail? A header field in its first line, or an mbox line. A file called .eml is taken at its word, unless it has NUL bytes at its start. */
static gboolean
is_mail(const char *path, const char *data, gsize length)
{
	const char *p = data, *end = data + MIN(length, 4096);

	if (length == 0)
		return FALSE;
	if (g_str_has_suffix(path, ".eml"))
		return memchr(data, '\0', end - data) == NULL || memchr(data, ':', end - data) != NULL;
	if (length > 5 && memcmp(data, "From ", 5) == 0)
		return TRUE;
	while (p < end && (g_ascii_isalnum(*p) || *p == '-' || *p == '_'))
		p++;
	return p > data && p < end && *p == ':';
}

/* A slow pipe must not keep the archive locked, nor what it brought out of the index. */
static gboolean
keep_before_waiting(gpointer data, GError **error)
{
	struct importing *im = data;

	im->idle_failed = !keep_batch(im, TRUE, error);
	return !im->idle_failed;
}

static gboolean
add_mbox(struct importing *im, const char *name, int fd, GError **error)
{
	struct stat about;
	g_autoptr(GError) reason = NULL;
	struct mbox *mbox = mbox_open(fd, keep_before_waiting, im, &reason);
	enum mbox_result result = MBOX_ERROR;
	gint64 total = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? about.st_size : 0;
	gboolean ok = TRUE;

	while (ok && mbox != NULL) {
		g_autoptr(GBytes) message = NULL;
		gint64 received, offset;

		result = mbox_next(mbox, &message, &received, &offset, &reason);
		if (result != MBOX_MESSAGE)
			break;
		ok = add(im, message, received, error);
		progress_show(im->progress, mbox_position(mbox), total, "bytes");
	}
	mbox_free(mbox);
	if (im->idle_failed) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (result == MBOX_ERROR && ok)
		skip(im, name, reason->message);
	return ok;
}

/* Bytes of FD behind the LENGTH ones at DATA, until there are ROOM of them or no more. NULL with errno, and DATA is freed. */
static guint8 *
read_on(int fd, guint8 *data, gsize *length, gsize room)
{
	while (*length < room) {
		gssize n = read(fd, data + *length, room - *length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int number = errno;

			g_free(data);
			errno = number;
			return NULL;
		}
		if (n == 0)
			break;
		*length += (gsize)n;
	}
	return data;
}

static gboolean
add_single(struct importing *im, const char *path, guint8 *data, gsize length, GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new_take(data, length);

	if (!is_mail(path, (const char *)data, length))
		skip(im, path, length == 0 ? "empty" : "not mail");
	else
		return add(im, bytes, 0, error);
	return TRUE;
}
static gboolean
looks_like_mbox(const guint8 *data, gsize length)
{
	return length > 2 && (mbox_looks_like(data, MIN(length, 512)) || (data[0] == 0x1f && data[1] == 0x8b));
}

/* A regular file of SIZE bytes: its beginning, which nearly always is all of it, tells what it is. */
static gboolean
add_regular(struct importing *im, const char *path, int fd, gint64 size, GError **error)
{
	gsize room = (gsize)MIN(size, FIRST_BYTES) + 1, length = 0;
	guint8 *data = read_on(fd, g_malloc(room), &length, room);

	if (data != NULL && looks_like_mbox(data, length)) {
		g_free(data);
		if (lseek(fd, 0, SEEK_SET) == 0)
			return add_mbox(im, path, fd, error);
		data = NULL;
	}
	if (data != NULL && size > LIMIT_RAW_SIZE) {
		g_free(data);
		skip(im, path, "longer than a message can be");
		return TRUE;
	}
	while (data != NULL && length == room && is_mail(path, (const char *)data, length)) {
		room = MAX((gsize)size + 1, 2 * room);
		data = read_on(fd, g_realloc(data, room), &length, room);
	}
	if (data != NULL)
		return add_single(im, path, data, length, error);
	skip(im, path, g_strerror(errno));
	return TRUE;
}

/* A file of one message, or an mbox, open as FD. */
static gboolean
add_open(struct importing *im, const char *path, int fd, GError **error)
{
	struct stat about;

	if (fstat(fd, &about) != 0) {
		skip(im, path, g_strerror(errno));
		return TRUE;
	}
	if (strcmp(path, "-") == 0)
		return add_mbox(im, path, fd, error);
	if (S_ISREG(about.st_mode))
		return add_regular(im, path, fd, about.st_size, error);
	skip(im, path, "not a regular file");
	return TRUE;
}

/* LISTED: found in a folder, so a link is not followed. */
static gboolean
add_file(struct importing *im, const char *path, gboolean listed, GError **error)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (listed ? O_NOFOLLOW : 0));
	gboolean ok;

	if (fd < 0) {
		skip(im, path, errno == ELOOP ? "a symbolic link" : g_strerror(errno));
		return TRUE;
	}
	ok = add_open(im, path, fd, error);
	close(fd);
	return ok && keep_if_full(im, error);
}

static gboolean
add_folder(struct importing *im, const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(Maildir) files = maildir_list(path, &reason);

	if (files == NULL) {
		skip(im, path, reason->message);
		return TRUE;
	}
	for (guint i = 0; i < maildir_count(files); i++) {
		g_autofree char *file = maildir_path(files, i);

		if (!add_file(im, file, TRUE, error))
			return FALSE;
		progress_show(im->progress, i + 1, maildir_count(files), "messages");
	}
	return TRUE;
}

/* All that was named. */
static gboolean
keep(struct importing *im, GError **error)
{
	for (int i = 0; i < im->argc; i++) {
		const char *path = im->argv[i];
		gboolean ok;

		im->absent += strcmp(path, "-") != 0 && access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
		ok = g_file_test(path, G_FILE_TEST_IS_DIR) ? add_folder(im, path, error) : add_file(im, path, FALSE, error);
		if (!ok)
			return FALSE;
	}
	return keep_batch(im, FALSE, error);
}

static gpointer
keep_thread(gpointer data)
{
	struct importing *im = data;
	gboolean ok = keep(im, &im->error);

	if (!ok && im->open) {
		mailstore_rollback(im->store);
		drop_batch(im);
	}
	relay_end(im->relay, ok);
	return NULL;
}

/* One thread reads files and writes mail.db, this one has what is kept read and indexed: neither waits for the other's disk. */
static gboolean
keep_and_follow(struct importing *im, struct archive *archive, struct follow *follow, GError **error)
{
	g_autoptr(GError) reason = NULL;
	GThread *thread = g_thread_try_new("keep", keep_thread, im, &reason);
	gboolean ok;

	if (thread == NULL) {
		g_set_error(
		    error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no thread that keeps: %s; free some memory or processes and try again", reason->message);
		return FALSE;
	}
	ok = relay_follow(im->relay, follow, archive->index, error);
	g_thread_join(thread);
	if (ok && im->error != NULL) {
		g_propagate_error(error, im->error);
		return FALSE;
	}
	g_clear_error(&im->error);
	return ok;
}

static gboolean
import(struct importing *im, struct archive *archive, struct reader *reader, GError **error)
{
	g_autoptr(Follow) follow = follow_new(archive->store, archive->index, reader);
	struct follow_documents documents;
	struct follow_limits limits = {.large = TRUE};
	g_autoptr(GError) reason = NULL;
	gint64 left;

	follow_convert_ahead(follow);
	if (!app_settle_rules(im->app, archive->store, error) || !follow_catch_up(follow, &limits, &left, error) ||
	    !keep_and_follow(im, archive, follow, error) || !follow_read_documents(follow, NULL, &documents, error))
		return FALSE;
	if (!index_join_search(archive->index, im->added, &reason))
		log_detail(im->app->level, "%s", reason->message); /* sweep does it, a little at a time */
	return TRUE;
}

gboolean
cmd_import(struct app *app, int argc, char **argv, GError **error)
{
	char *standard_input[] = {(char *)"-", NULL};
	g_auto(Archive) archive = {0};
	g_autoptr(Mailstore) store = NULL;
	g_autoptr(Relay) relay = relay_new();
	struct importing im = {.app = app, .relay = relay};
	g_autoptr(Reader) reader = NULL;
	gboolean done, ok;

	if (!app_parse(app, "import", NULL, &argc, &argv, &done, error) || done)
		return done;
	im.argc = argc > 1 ? argc - 1 : 1;
	im.argv = argc > 1 ? argv + 1 : standard_input;
	if ((reader = reader_new(READER_MANY, NULL, error)) == NULL || !app_open(app, DB_WRITE, &archive, error) ||
	    (im.store = store = mailstore_open(mailstore_folder(archive.store), DB_WRITE, APP_WAIT_MS, error)) == NULL ||
	    !mailstore_save_memory(archive.store, error) || !mailstore_save_memory(store, error))
		return FALSE;
	mailstore_gather(store);
	im.progress = progress_new(app, "import");
	ok = import(&im, &archive, reader, error);
	progress_free(im.progress);
	if (app->level >= LOG_NORMAL)
		printf("%u added, %u known already, %u skipped\n", im.added, im.known, im.skipped);
	if (!ok || im.absent == 0)
		return ok;
	g_set_error(
	    error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%u of the files named %s not there; the others are in", im.absent, im.absent == 1 ? "is" : "are");
	return FALSE;
}
