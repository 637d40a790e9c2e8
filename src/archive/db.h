/* SQLite, and only here: opening, checking, upgrading, the statement table, transactions, checkpoints. DESIGN section 6. */
#ifndef ARCHIVE_DB_H
#define ARCHIVE_DB_H

#include <glib.h>

struct db;
enum db_file { DB_MAIL, DB_INDEX, DB_PUBLISHED /* what `postbag publish` wrote: in its folder, not the archive's */ };
enum db_mode { DB_READ, DB_GLANCE, DB_COUNT, DB_SEALED, DB_WRITE, DB_CREATE };

/*
 * Opens mail.db or index.db in FOLDER. DB_READ never writes (and copes with missing -wal and -shm); DB_GLANCE is the same at less cost for
 * who looks once: there is one view of the file, from here until db_rollback, and nothing can be read after it; DB_COUNT is DB_GLANCE
 * for who asks of index.db how many messages fulfil a query and no more, for which its first tables are enough: others are perhaps not known; DB_SEALED is
 * DB_READ for a file that nobody writes (a backup): it leaves no -wal and -shm beside it; DB_WRITE never creates; DB_CREATE makes the file with MODE 0660 if it
 * is absent. Checks application_id and user_version: POSTBAG_ERROR_DAMAGED for another application's file, an empty one, an older or a newer version (each with
 * its remedy); POSTBAG_ERROR_NO_INPUT when absent; POSTBAG_ERROR_PERMISSION; POSTBAG_ERROR_TEMPORARY when busy beyond WAIT_MS, full, or failing. mail.db is
 * opened with synchronous=FULL, index.db with NORMAL; WAL, own checkpoints (near 1 MB, PASSIVE then TRUNCATE without waiting), persistent WAL.
 */
struct db *db_open(const char *folder, enum db_file file, enum db_mode mode, guint wait_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean db_mode_glances(enum db_mode mode); /* one view, and nothing after it */
void db_close(struct db *db);
/* What db_close does for the file, by a process that ends at once and takes nothing apart. DB must not be used any more. */
void db_leave(struct db *db);
typedef struct db Db;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_close)

/* Brings an older mail.db to this program's version, one transaction a step, so that a kill leaves one version or the next; *FROM and *TO get the versions
 * (equal: nothing to do). POSTBAG_ERROR_DAMAGED for a newer file. An older index.db is not upgraded but made anew. */
gboolean db_upgrade(const char *folder, enum db_file file, guint wait_ms, int *from, int *to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether FILE is of an older version; POSTBAG_ERROR_DAMAGED when it is newer, damaged or another application's, POSTBAG_ERROR_NO_INPUT when absent. */
gboolean db_is_older(const char *folder, enum db_file file, gboolean *older, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/*
 * Copies mail.db in FOLDER, whichever version up to this program's it is of, to the new file TARGET (mode 0660, not yet synced) as it is at one moment, while
 * others go on writing, and looks the copy over. *FACTS tells what is in it. POSTBAG_ERROR_DAMAGED when the copy is not sound.
 */
struct db_facts {
	char uuid[40];
	int version;
	gint64 last, messages, deliveries; /* LAST: the newest entry's number */
};
typedef void (*db_progress)(gpointer data, gint64 done, gint64 total); /* pages */
gboolean db_copy(const char *folder, const char *target, guint wait_ms, db_progress progress, gpointer data, struct db_facts *facts,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The version of FILE that this program makes and uses. */
int db_version(enum db_file file);
/* A file's names in FOLDER: FILE, its -wal and its -shm (strv, caller frees). */
char **db_names(enum db_file file);
/* Waits for FILE's queue of writers as db_begin does; close *FD to leave it. */
gboolean db_keep_out(const char *folder, enum db_file file, guint wait_ms, int *fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes index.db with its -wal and -shm, whatever state it is in, so that DB_CREATE makes it anew (`postbag rebuild`); absent is not an error. Never for
 * mail.db. */
gboolean db_discard_index(const char *folder, guint wait_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A writing transaction: waits in a queue on flock(2) of FOLDER/lock.mail or lock.index first, then BEGIN IMMEDIATE; at most the wait of db_open.
 * POSTBAG_ERROR_TEMPORARY when another file stands at the path since it was opened (restored, rebuilt); POSTBAG_ERROR_DAMAGED when it was upgraded since: it is
 * not written to. A DB_READ database gets a deferred transaction: one
 * consistent view. After a failed commit nothing is left to roll back. */
gboolean db_begin(struct db *db, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean db_commit(struct db *db, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void db_rollback(struct db *db); /* nothing happens outside a transaction */
gboolean db_in_transaction(const struct db *db);
/* Within a writing transaction: another process waits in the queue for its end. */
gboolean db_awaited(const struct db *db);
/*
 * Within a writing transaction: everything committed before it is on disk when TRUE, also what a process whose sync had failed (fsync(2): the error is told
 * once, and the kernel then takes the pages for written) left in the log. POSTBAG_ERROR_TEMPORARY when that fails.
 */
gboolean db_settle(struct db *db, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * A statement. SQL must be a string constant (statements are prepared once and kept by its address). Parameters are named (":id") and bound by name;
 * an unknown name is a bug and aborts. Finish with stmt_done (reset), or let g_autoptr(Stmt) do it.
 */
struct stmt;
struct stmt *db_statement(struct db *db, const char *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/*
 * A string constant like any other for db_statement; what is named so is known to db_prepare_soon, which prepares all of it: the
 * statements on index.db that every letter needs, so that a delivery can have them ready while the disk or the reader is at work. A statement that is not named
 * so, or that cannot be prepared yet, is prepared when it is asked for. DB_SOON_NAMED is for a constant that has a name.
 */
#define DB_SOON(sql)                                                                                                                                           \
	__extension__({                                                                                                                                        \
		static const char soon[] = sql;                                                                                                                \
		DB_SOON_NAMED(soon);                                                                                                                           \
		(const char *)soon;                                                                                                                            \
	})
#define DB_SOON_NAMED(name) static const char *const name##_entry __attribute__((used, section("db_soon"))) = name
void db_prepare_soon(struct db *db);

/*
 * Rows of one table, several by one statement where a process writes many: half of what each by itself takes. FILL gives row N its values in the order of the
 * columns; text must live on until db_write_rows returns. Should one fail, those before it stay: the transaction is to be rolled back. DB_ROWS names a table
 * with its columns, and a parameter for each.
 */
struct db_row;
typedef void (*db_fill)(struct db_row *row, guint n, gconstpointer data);
struct db_rows {
	const char *one, *four;
};
#define DB_ROWS(name, columns, row)                                                                                                                            \
	static const char name##_one[] = "INSERT INTO " columns " VALUES " row;                                                                                \
	DB_SOON_NAMED(name##_one);                                                                                                                             \
	static const struct db_rows name = {name##_one, "INSERT OR FAIL INTO " columns " VALUES " row ", " row ", " row ", " row}
void db_row_int(struct db_row *row, gint64 value);
void db_row_text(struct db_row *row, const char *value);
gboolean db_write_rows(struct db *db, const struct db_rows *rows, guint n, db_fill fill, gconstpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As db_statement, for SQL put together at run time (find/query: from constant pieces only, never from user text); not kept. */
struct stmt *db_prepare(struct db *db, const char *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void stmt_done(struct stmt *stmt);
typedef struct stmt Stmt;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stmt, stmt_done)

/* NAME: of a parameter; a string constant where the statement is kept (db_statement). */
void stmt_bind_int(struct stmt *stmt, const char *name, gint64 value);
void stmt_bind_text(struct stmt *stmt, const char *name, const char *value);                /* copied; NULL binds NULL */
void stmt_bind_blob(struct stmt *stmt, const char *name, gconstpointer data, gsize length); /* copied; NULL data binds NULL */
void stmt_bind_null(struct stmt *stmt, const char *name);
/* Not copied: must live until stmt_done or the next stmt_run of this statement has returned. */
void stmt_bind_text_static(struct stmt *stmt, const char *name, const char *value);
void stmt_bind_blob_static(struct stmt *stmt, const char *name, gconstpointer data, gsize length);

enum stmt_result { STMT_ROW, STMT_END, STMT_ERROR };
enum stmt_result stmt_step(struct stmt *stmt, GError **error);
gboolean stmt_run(struct stmt *stmt, GError **error) G_GNUC_WARN_UNUSED_RESULT; /* step to the end and reset, for statements without rows; bindings stay */

gint64 stmt_int(struct stmt *stmt, int column);
const char *stmt_text(struct stmt *stmt, int column); /* owned by the statement until the next step; NULL for NULL */
gconstpointer stmt_blob(struct stmt *stmt, int column, gsize *length);
gboolean stmt_is_null(struct stmt *stmt, int column);
int stmt_columns(struct stmt *stmt);
const char *stmt_name(struct stmt *stmt, int column); /* as SELECT names it */

/* For who reads much and comes to few pages twice: some 8 MB of them are kept instead of 64. */
gboolean db_save_memory(struct db *db, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gint64 db_last_rowid(struct db *db);
gint64 db_changes(struct db *db);
gint64 db_total_changes(struct db *db); /* of all statements since it was opened, triggers and virtual tables included */
const char *db_path(const struct db *db);
/* Runs constant SQL without parameters or rows. */
gboolean db_execute(struct db *db, const char *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Stops statements that run longer than MS from now (0: never), with POSTBAG_ERROR_TEMPORARY. */
void db_set_deadline(struct db *db, guint ms);
/* What found(n) is in statements from now on: 1 or 0 by ANSWER, which may ask DB itself; -1 ends the statement with an error. NULL: no statement has it. */
typedef int (*db_found)(gpointer data, gint64 number);
void db_set_found(struct db *db, db_found answer, gpointer data);
/* Copies what can be copied of the write-ahead log into the file, and empties the log when no reader is in the way. */
gboolean db_checkpoint(struct db *db, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes the file anew without its free pages (not within a transaction), while the queue of writers is kept out. */
gboolean db_shrink(struct db *db, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After words were taken out of rows: with REMAKE the file made anew, without free pages (not within a transaction), and its log emptied. *EMPTIED FALSE: a
 * reader was in the way for the whole of db_open's wait; try again. */
gboolean db_purge(struct db *db, gboolean remake, gboolean *emptied, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
