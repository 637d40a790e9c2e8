#include "archive/db-private.h"

#include <string.h>
#include <sys/stat.h>

/*
 * SQLite's own way to files, with three changes to how a write-ahead log is treated, each for processes that live for one message:
 *
 * - a transaction's frames are held and written at once, when its last one comes: a letter changes some eighty pages, which are two calls each;
 * - a log that was checkpointed is emptied by its head and keeps its room, so that the next commit writes to blocks that are there and its sync is that of
 *   data alone; the room is given back where it is large, and always where the words in it have to go (db_purge);
 * - the folder of a log that was there is not synced again at each process's first sync.
 *
 * What is held was not reported as written anywhere but to the connection that commits, and the write that ends a transaction reports what became of it.
 */

#define WRITE_LOCK 0           /* SQLite's WAL_WRITE_LOCK */
#define STEP_BYTES (64 * 1024) /* held or read ahead at most: SQLite's own files take and give less than 128 KiB at a time */

struct file {
	sqlite3_file base;
	struct file *log; /* of a database, while its log is open */
	struct file *of;  /* of a log: its database */
	gint64 room;      /* of a database: bytes that its log keeps when it is emptied */

	/* Of a log: */
	gboolean writing; /* the connection has the lock to write */
	gboolean begun;   /* and has written a frame */
	gboolean plain;   /* nothing is held until it has the lock again: it does more than append */
	gboolean last;    /* the next page ends the transaction */
	gboolean ahead;   /* bytes are not to be written, but were read for whoever reads all of the log */
	GByteArray *bytes;
	gint64 at; /* where they belong; what is written next stands behind them */
};

static sqlite3_file *
real(struct file *file)
{
	return (sqlite3_file *)(file + 1);
}

static void
forget_ahead(struct file *log)
{
	if (log->ahead)
		g_byte_array_set_size(log->bytes, 0);
	log->ahead = FALSE;
}

/* What was held of a transaction that failed or was rolled back: as if it had never been. */
static void
forget_held(struct file *log)
{
	if (log->bytes != NULL)
		g_byte_array_set_size(log->bytes, 0);
	log->plain = TRUE;
}

static int
write_held(struct file *log)
{
	int rc;

	if (log->bytes == NULL || log->bytes->len == 0 || log->ahead)
		return SQLITE_OK;
	rc = real(log)->pMethods->xWrite(real(log), log->bytes->data, (int)log->bytes->len, log->at);
	log->at += log->bytes->len;
	g_byte_array_set_size(log->bytes, 0);
	if (rc != SQLITE_OK)
		forget_held(log);
	return rc;
}

static gboolean
is_next(const struct file *log, int length, gint64 at)
{
	return length < STEP_BYTES && (log->begun ? at == log->at + log->bytes->len : length == DB_LOG_FRAME_HEAD_BYTES);
}

static int
hold(struct file *log, gconstpointer data, int length, gint64 at)
{
	int rc;

	if (log->bytes == NULL)
		log->bytes = g_byte_array_sized_new(STEP_BYTES);
	if (!log->begun)
		log->at = at;
	log->begun = TRUE;
	if (log->bytes->len + length > STEP_BYTES && (rc = write_held(log)) != SQLITE_OK)
		return rc;
	g_byte_array_append(log->bytes, data, length);
	if (length == DB_LOG_FRAME_HEAD_BYTES)
		log->last = memcmp((const guint8 *)data + 4, "\0\0\0\0", 4) != 0; /* the size of the database after a commit */
	else if (log->last)
		return write_held(log);
	return SQLITE_OK;
}

static int
file_write(sqlite3_file *handle, const void *data, int length, sqlite3_int64 at)
{
	struct file *file = (struct file *)handle;
	int rc;

	if (file->of != NULL) {
		forget_ahead(file);
		if (file->writing && !file->plain && is_next(file, length, at))
			return hold(file, data, length, at);
		file->plain = file->plain || file->begun;
		if ((rc = write_held(file)) != SQLITE_OK)
			return rc;
	}
	return real(file)->pMethods->xWrite(real(file), data, length, at);
}

/* Recovery reads a log frame by frame, with every writer kept out; nobody else reads a page with the head of its frame. */
static gboolean
read_ahead(struct file *log, void *data, int length, gint64 at)
{
	sqlite3_int64 size;

	if (length != DB_LOG_FRAME_HEAD_BYTES + DB_PAGE_SIZE)
		return FALSE;
	if (log->bytes == NULL)
		log->bytes = g_byte_array_sized_new(STEP_BYTES);
	if (!log->ahead || at < log->at || at + length > log->at + (gint64)log->bytes->len) {
		forget_ahead(log);
		if (real(log)->pMethods->xFileSize(real(log), &size) != SQLITE_OK || at + length > size)
			return FALSE;
		log->ahead = TRUE;
		log->at = at;
		g_byte_array_set_size(log->bytes, (guint)MIN(STEP_BYTES, size - at));
		if (real(log)->pMethods->xRead(real(log), log->bytes->data, (int)log->bytes->len, at) != SQLITE_OK) {
			forget_ahead(log);
			return FALSE;
		}
	}
	memcpy(data, log->bytes->data + (at - log->at), length);
	return TRUE;
}

static int
file_read(sqlite3_file *handle, void *data, int length, sqlite3_int64 at)
{
	struct file *file = (struct file *)handle;
	int rc;

	if (file->of != NULL) {
		if (!file->begun && read_ahead(file, data, length, at))
			return SQLITE_OK;
		forget_ahead(file);
		file->plain = file->plain || file->begun;
		if ((rc = write_held(file)) != SQLITE_OK)
			return rc;
	}
	return real(file)->pMethods->xRead(real(file), data, length, at);
}

/* A log whose head is zeros is empty, as one of no length is. */
static int
empty(struct file *log, gboolean *emptied)
{
	static const guint8 zeros[DB_LOG_HEAD_BYTES];
	sqlite3_int64 size;
	int rc = real(log)->pMethods->xFileSize(real(log), &size);

	*emptied = rc == SQLITE_OK && size >= DB_LOG_HEAD_BYTES && size <= log->of->room;
	return *emptied ? real(log)->pMethods->xWrite(real(log), zeros, sizeof zeros, 0) : SQLITE_OK;
}

static int
file_truncate(sqlite3_file *handle, sqlite3_int64 size)
{
	struct file *file = (struct file *)handle;
	gboolean emptied = FALSE;
	int rc;

	if (file->of != NULL) {
		forget_ahead(file);
		if ((rc = write_held(file)) != SQLITE_OK || (size == 0 && (rc = empty(file, &emptied)) != SQLITE_OK) || emptied)
			return rc;
	}
	return real(file)->pMethods->xTruncate(real(file), size);
}

static int
file_sync(sqlite3_file *handle, int flags)
{
	struct file *file = (struct file *)handle;
	int rc = file->of != NULL ? write_held(file) : SQLITE_OK;

	return rc == SQLITE_OK ? real(file)->pMethods->xSync(real(file), flags) : rc;
}

static int
file_size(sqlite3_file *handle, sqlite3_int64 *size)
{
	struct file *file = (struct file *)handle;
	int rc = file->of != NULL ? write_held(file) : SQLITE_OK;

	return rc == SQLITE_OK ? real(file)->pMethods->xFileSize(real(file), size) : rc;
}

static int
file_close(sqlite3_file *handle)
{
	struct file *file = (struct file *)handle;

	if (file->of != NULL) {
		file->of->log = NULL;
	}
	g_clear_pointer(&file->bytes, g_byte_array_unref);
	return real(file)->pMethods->xClose(real(file));
}

static int
file_lock(sqlite3_file *handle, int level)
{
	return real((struct file *)handle)->pMethods->xLock(real((struct file *)handle), level);
}

static int
file_unlock(sqlite3_file *handle, int level)
{
	return real((struct file *)handle)->pMethods->xUnlock(real((struct file *)handle), level);
}

static int
file_check_reserved(sqlite3_file *handle, int *out)
{
	return real((struct file *)handle)->pMethods->xCheckReservedLock(real((struct file *)handle), out);
}

static int
file_control(sqlite3_file *handle, int operation, void *value)
{
	struct file *file = (struct file *)handle;

	if (operation == DB_CONTROL_ROOM) {
		file->room = *(const gint64 *)value;
		return SQLITE_OK;
	}
	return real(file)->pMethods->xFileControl(real(file), operation, value);
}

static int
file_sector_size(sqlite3_file *handle)
{
	return real((struct file *)handle)->pMethods->xSectorSize(real((struct file *)handle));
}

static int
file_characteristics(sqlite3_file *handle)
{
	return real((struct file *)handle)->pMethods->xDeviceCharacteristics(real((struct file *)handle));
}

static int
file_shm_map(sqlite3_file *handle, int region, int size, int extend, void volatile **out)
{
	return real((struct file *)handle)->pMethods->xShmMap(real((struct file *)handle), region, size, extend, out);
}

/* A transaction in the log begins and ends with the lock to write. */
static int
file_shm_lock(sqlite3_file *handle, int first, int n, int flags)
{
	struct file *file = (struct file *)handle, *log = file->log;
	int rc;

	if (log != NULL) {
		forget_ahead(log);
		if (first == WRITE_LOCK && (flags & SQLITE_SHM_UNLOCK) != 0 && (flags & SQLITE_SHM_EXCLUSIVE) != 0) {
			forget_held(log);
			log->writing = FALSE;
		}
	}
	rc = real(file)->pMethods->xShmLock(real(file), first, n, flags);
	if (log != NULL && rc == SQLITE_OK && first == WRITE_LOCK && (flags & SQLITE_SHM_LOCK) != 0 && (flags & SQLITE_SHM_EXCLUSIVE) != 0) {
		log->writing = TRUE;
		log->begun = log->plain = log->last = FALSE;
	}
	return rc;
}

static void
file_shm_barrier(sqlite3_file *handle)
{
	real((struct file *)handle)->pMethods->xShmBarrier(real((struct file *)handle));
}

static int
file_shm_unmap(sqlite3_file *handle, int delete)
{
	return real((struct file *)handle)->pMethods->xShmUnmap(real((struct file *)handle), delete);
}

static int
file_fetch(sqlite3_file *handle, sqlite3_int64 at, int length, void **out)
{
	return real((struct file *)handle)->pMethods->xFetch(real((struct file *)handle), at, length, out);
}

static int
file_unfetch(sqlite3_file *handle, sqlite3_int64 at, void *data)
{
	return real((struct file *)handle)->pMethods->xUnfetch(real((struct file *)handle), at, data);
}

static const sqlite3_io_methods methods = {
    .iVersion = 3,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
    .xFetch = file_fetch,
    .xUnfetch = file_unfetch,
};

/* A log with more than its head: who made it synced the head, and with that its folder, before any frame was written. With a head alone that sync may be to
 * come, and who was about to make it may be dead. */
static gboolean
is_there(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && about.st_size > DB_LOG_HEAD_BYTES;
}

static int
open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *handle, int flags, int *out)
{
	sqlite3_vfs *under = vfs->pAppData;
	struct file *file = (struct file *)handle;
	gboolean log = (flags & SQLITE_OPEN_WAL) != 0;
	int rc = SQLITE_CANTOPEN;

	memset(file, 0, sizeof *file);
	if (log && is_there(path)) /* without CREATE, because that is what has the folder synced */
		rc = under->xOpen(under, path, real(file), flags & ~SQLITE_OPEN_CREATE, out);
	if (rc != SQLITE_OK)
		rc = under->xOpen(under, path, real(file), flags, out);
	/* What holds less than SQLite's own files can do, or failed, is closed by nobody else. */
	if (rc == SQLITE_OK && real(file)->pMethods->iVersion < 3) {
		real(file)->pMethods->xClose(real(file));
		rc = SQLITE_CANTOPEN;
	}
	if (rc != SQLITE_OK)
		return rc;
	file->base.pMethods = &methods;
	if (log) {
		file->of = (struct file *)sqlite3_database_file_object(path);
		file->of->log = file;
	}
	return SQLITE_OK;
}

void
db_vfs_register(void)
{
	sqlite3_vfs *under = sqlite3_vfs_find(NULL), *vfs;

	if (under == NULL)
		return;
	vfs = g_memdup2(under, sizeof *under); /* SQLite's for as long as the process lives */
	vfs->zName = DB_VFS;
	vfs->szOsFile = (int)sizeof(struct file) + under->szOsFile;
	vfs->pAppData = under;
	vfs->pNext = NULL;
	vfs->xOpen = open_file;
	sqlite3_vfs_register(vfs, 0);
}
