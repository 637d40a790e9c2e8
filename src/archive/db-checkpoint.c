#include "archive/db-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * Automatic checkpoints never reset the log of a process that lives for one message, so the log grows without bound; a plain close
 * checkpoints each time, which costs five syncs. So the log is kept and checkpointed here, near 1 MB.
 */
#define DUE_FRAMES (1024 * 1024 / DB_PAGE_SIZE)
#define DUE_FRAMES_INDEX                                                                                                                                       \
	(2 * DUE_FRAMES)              /* a delivery writes five times as much to the index: a checkpoint costs three syncs, and a log is read by each process */
#define MOST_FRAMES (64 * DUE_FRAMES) /* an import writes its log in large steps; copying pages it will write again soon is put off up to here */
#define MOST_FRAMES_INDEX (256 * DUE_FRAMES) /* and of an index, whose rows belong to pages all over a large file, up to here */

#define SETTLE_BYTES (256 * 1024) /* read and written at a time */

static int
on_commit(void *data, sqlite3 *handle, const char *schema, int frames)
{
	struct db *db = data;

	db->wal_frames_before = frames > db->wal_frames ? db->wal_frames : 0;
	db->wal_frames = frames;
	return SQLITE_OK;
}

void
db_checkpoint_watch(struct db *db)
{
	sqlite3_wal_autocheckpoint(db->handle, 0);
	sqlite3_wal_hook(db->handle, on_commit, db);
}

static int
due_frames(const struct db *db)
{
	return db->file == DB_INDEX ? DUE_FRAMES_INDEX : DUE_FRAMES;
}

static int
most_frames(const struct db *db)
{
	return db->file == DB_INDEX ? MOST_FRAMES_INDEX : MOST_FRAMES;
}

/* What was written in large steps will be again, to blocks that are there: a log that gives them back and is given others costs a sync of more than data. */
static gint64
room(struct db *db, gboolean leaving)
{
	gint64 least = due_frames(db) * (gint64)(2 * DB_PAGE_SIZE), used = db->wal_frames * (gint64)(DB_PAGE_SIZE + DB_LOG_FRAME_HEAD_BYTES);

	db->large_log = !leaving && (db->large_log || used > least);
	return db->large_log ? 2 * most_frames(db) * (gint64)DB_PAGE_SIZE : least;
}

static void
set_room(struct db *db, gint64 bytes)
{
	sqlite3_file_control(db->handle, "main", DB_CONTROL_ROOM, &bytes);
}

/* PASSIVE waits for nobody and copies most; TRUNCATE then finds little left to do and must not wait for readers either. */
static int
checkpoint(struct db *db, gboolean leaving)
{
	int in_log, copied;
	int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);

	if (rc != SQLITE_OK || in_log != copied)
		return rc;
	sqlite3_busy_timeout(db->handle, 0);
	set_room(db, room(db, leaving));
	rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	set_room(db, 0);
	sqlite3_busy_timeout(db->handle, db->wait_ms);
	if (rc == SQLITE_OK)
		db->wal_frames = db->wal_frames_before = 0;
	return (rc & 0xff) == SQLITE_BUSY ? SQLITE_OK : rc;
}

/* What is committed is safe in the log, so a checkpoint that fails is tried again after the next commit and is nobody's error. */
void
db_checkpoint_if_due(struct db *db)
{
	int written = db->wal_frames - db->wal_frames_before;

	if (db->wal_frames >= CLAMP(8 * written, due_frames(db), most_frames(db)))
		checkpoint(db, FALSE);
}

void
db_checkpoint_at_close(struct db *db)
{
	/* Left by an import's larger steps: the next process would read all of it. */
	if (db_mode_writes(db->mode) && (db->wal_frames >= due_frames(db) || db->large_log))
		checkpoint(db, TRUE);
}

gboolean
db_checkpoint(struct db *db, GError **error)
{
	int rc = checkpoint(db, TRUE);

	if (rc == SQLITE_OK)
		return TRUE;
	db_set_error(error, db->handle, rc, db->path, "cannot tidy up");
	return FALSE;
}

/*
 * SQLite's copy lies in the archive's folder, whose room was looked at, and not where temporary files go, which may be memory. A copy that fails, on a full
 * disk above all, leaves in the log as much room as the file has, where the next deliveries need it.
 */
static gboolean
make_anew(struct db *db, GError **error)
{
	gboolean made;

	sqlite3_temp_directory = sqlite3_mprintf("%s", db->folder);
	made = db_run(db->handle, db->path, "VACUUM", error);
	g_clear_pointer(&sqlite3_temp_directory, sqlite3_free);
	if (!made)
		checkpoint(db, TRUE);
	return made;
}

gboolean
db_shrink(struct db *db, GError **error)
{
	int fd = -1;
	gboolean ok;

	if (!db_lock(&fd, db->folder, db_kind(db->file)->lock, db->wait_ms, error))
		return FALSE;
	ok = make_anew(db, error) && db_checkpoint(db, error);
	db_unlock(fd);
	close(fd);
	return ok;
}

/* TRUNCATE waits for readers, with the queue of writers kept out. */
gboolean
db_purge(struct db *db, gboolean remake, gboolean *emptied, GError **error)
{
	gboolean ok = TRUE;
	int fd = -1;

	*emptied = FALSE;
	if (!db_lock(&fd, db->folder, db_kind(db->file)->lock, db->wait_ms, error))
		return FALSE;
	ok = !remake || make_anew(db, error);
	if (ok) {
		int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

		*emptied = rc == SQLITE_OK;
		ok = rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY;
		if (!ok)
			db_set_error(error, db->handle, rc, db->path, "cannot tidy up");
	}
	if (*emptied)
		db->wal_frames = db->wal_frames_before = 0;
	db_unlock(fd);
	close(fd);
	return ok;
}

/* The same bytes to the same places: what the kernel took for written when a sync failed is to be written again. */
static gboolean
write_again(int fd)
{
	g_autofree char *bytes = g_malloc(SETTLE_BYTES);

	for (off_t at = 0;;) {
		ssize_t length = pread(fd, bytes, SETTLE_BYTES, at), done = 0;

		if (length <= 0 && (length == 0 || errno != EINTR))
			return length == 0;
		while (done < length) {
			ssize_t n = pwrite(fd, bytes + done, length - done, at + done);

			if (n < 0 && errno != EINTR)
				return FALSE;
			done += MAX(n, 0);
		}
		at += MAX(length, 0);
	}
}

/*
 * A checkpoint would not do: it trusts that the log is on disk before it writes to the file, and with a hole in the log a power cut would leave older pages
 * of the log above newer ones of the file. What was copied into the file already was synced there, or is still in the log.
 */
gboolean
db_settle(struct db *db, GError **error)
{
	g_autofree char *path = g_strconcat(db->path, "-wal", NULL);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), why;
	gboolean ok;

	if (fd < 0 && errno == ENOENT)
		return TRUE;
	ok = fd >= 0 && write_again(fd) && fdatasync(fd) == 0;
	why = errno;
	if (fd >= 0)
		close(fd);
	if (!ok)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "cannot make sure that %s is on disk: %s; look at the disk and its file system",
		    path, g_strerror(why));
	return ok;
}
