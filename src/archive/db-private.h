/* What db*.c share: the only files that include sqlite3.h. */
#ifndef ARCHIVE_DB_PRIVATE_H
#define ARCHIVE_DB_PRIVATE_H

#include "archive/db.h"
#include "archive/upgrades.h"

#include <sqlite3.h>

struct db {
	sqlite3 *handle;
	enum db_file file;
	enum db_mode mode;
	char *folder, *path;
	guint wait_ms;
	int lock_fd; /* -1 until the first db_begin */
	gboolean locked;
	GHashTable *statements; /* address of the SQL -> struct stmt, owned */
	int wal_frames;         /* in the write-ahead log after the last commit of this connection */
	int wal_frames_before;  /* at its commit before that */
	gboolean large_log;     /* it was emptied and keeps the room of large steps until this connection leaves it */
	gint64 deadline;        /* monotonic microseconds, 0: none */
	db_found found;         /* what found(n) in a statement asks */
	gpointer found_data;
	gboolean found_known; /* to SQLite */
};

#define STMT_PARAMETERS 48 /* parameters whose order of binding is remembered */

struct stmt {
	struct db *db;
	sqlite3_stmt *handle;
	gboolean kept;                      /* in db->statements */
	gboolean used;                      /* given out and not done */
	guint rows;                         /* that db_write_rows wrote by it, up to a few */
	guint last;                         /* the parameter bound last, 0: none yet */
	guint8 after[STMT_PARAMETERS];      /* the parameter that was bound after each */
	const char *names[STMT_PARAMETERS]; /* by what it was asked for last */
};

/*
 * user_version of each file. mail.db's counts the forms of its tables. index.db's counts also what is derived: a program that would fill the same tables in
 * another way has another number, because an index is made anew by rebuilding and by nothing else. tests/upgrade/VERSIONS holds what each number stands for.
 */
#define DB_MAIL_VERSION 2
#define DB_INDEX_VERSION 9
#define DB_PUBLISHED_VERSION 2
#define DB_FILE_MODE 0660
#define DB_PAGE_SIZE 4096

struct db_kind {
	const char *name, *lock, *schema;
	int application_id, version;
	const char *synchronous;
	const char *secure_delete;
	const struct upgrade_step *upgrades; /* NULL: it is made anew instead */
	const char *older;                   /* the remedy for an older file */
	const char *lost;                    /* the remedy for a damaged one */
};
const struct db_kind *db_kind(enum db_file file);

/* Sets *ERROR from HANDLE's last failure RC; WHAT is a verb phrase ("cannot open"). */
void db_set_error(GError **error, sqlite3 *handle, int rc, const char *path, const char *what);
gboolean db_run(sqlite3 *handle, const char *path, const char *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first column of the first row of SQL. */
gboolean db_get_int(sqlite3 *handle, const char *path, const char *sql, int *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

void db_statement_free(gpointer stmt);
gboolean db_mode_writes(enum db_mode mode);

/* db-lock.c: the queue of writers. At most WAIT_MS; POSTBAG_ERROR_TEMPORARY after that. *FD is opened when -1, and may become -1 again when the wait failed. */
gboolean db_lock(int *fd, const char *folder, const char *name, guint wait_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void db_unlock(int fd);

/* db-vfs.c: how writers go to files. DB_CONTROL_ROOM (of sqlite3_file_control, a gint64) says up to which size a log keeps its room when it is emptied. */
#define DB_VFS "postbag"
#define DB_CONTROL_ROOM 0x506f7300
#define DB_LOG_HEAD_BYTES 32       /* zeros in a log that was emptied and keeps its room */
#define DB_LOG_FRAME_HEAD_BYTES 24 /* before each page in it */
void db_vfs_register(void);

/* db-vfs-count.c: how who only counts goes to index.db. Its schema is read up to the page with DB_INDEX_COUNTED, the row of the last table that a count asks
 * (index.sql). Are all of these tables known to HANDLE? */
#define DB_VFS_COUNT "postbag-count"
#define DB_INDEX_COUNTED 39
void db_vfs_count_register(void);
gboolean db_has_counted(sqlite3 *handle);

/* db-memory.c: before the first file is opened. */
void db_memory_register(void);

/* db-checkpoint.c */
void db_checkpoint_watch(struct db *db);
void db_checkpoint_if_due(struct db *db);
void db_checkpoint_at_close(struct db *db);

/* db-upgrade.c: runs the steps of STEPS from HANDLE's user_version to VERSION. */
gboolean db_run_upgrades(sqlite3 *handle, const char *path, const struct upgrade_step *steps, int version, int *from, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Is it this application's KIND of file? POSTBAG_ERROR_DAMAGED when not. */
gboolean db_check_application(sqlite3 *handle, const struct db_kind *kind, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Is VERSION this program's? POSTBAG_ERROR_DAMAGED with the remedy when not. */
gboolean db_check_version(const struct db_kind *kind, const char *path, int version, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void db_set_newer(GError **error, const char *path, int version, int known);

/* db-open.c. Without a log, and where no one could make one, the file alone is the whole database and stays as it is. */
gboolean db_may_be_immutable(const char *folder, const char *path);
/* The name of what an archive leaves in FOLDER besides mail.db (a log that may hold mail, an index, a spool, rules), or NULL when there is nothing; caller
 * frees. */
char *db_beside_mail(const char *folder);
gboolean db_check_file(const char *path, const char *remedy, GError **error) G_GNUC_WARN_UNUSED_RESULT;
sqlite3 *db_open_handle(const char *path, enum db_mode mode, gboolean immutable, guint wait_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
