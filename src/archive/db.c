#include "archive/db-private.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TOO_LONG "it took longer than allowed; ask for less or try again"
#define DEADLINE_STEPS 500 /* between two looks at the clock: FTS5 reads a page of its index in three, however much work it makes of it */

/* What a failure of SQLite is to the people who meet it. */
static const struct {
	int result;
	enum postbag_error code;
	const char *remedy;
} results[] = {
    {SQLITE_BUSY, POSTBAG_ERROR_TEMPORARY, "try again"},
    {SQLITE_LOCKED, POSTBAG_ERROR_TEMPORARY, "try again"},
    {SQLITE_PROTOCOL, POSTBAG_ERROR_TEMPORARY, "try again"},
    {SQLITE_FULL, POSTBAG_ERROR_TEMPORARY, "the file system or the quota is full; make room and try again"},
    {SQLITE_IOERR, POSTBAG_ERROR_TEMPORARY, "look at the disk and its file system, then try again"},
    {SQLITE_NOMEM, POSTBAG_ERROR_TEMPORARY, "free some memory and try again"},
    {SQLITE_INTERRUPT, POSTBAG_ERROR_TEMPORARY, TOO_LONG},
    {SQLITE_PERM, POSTBAG_ERROR_PERMISSION, "run this as the archive's owner, or join its group"},
    {SQLITE_AUTH, POSTBAG_ERROR_PERMISSION, "run this as the archive's owner, or join its group"},
    {SQLITE_READONLY, POSTBAG_ERROR_PERMISSION, "run this as the archive's owner, or join its group"},
    {SQLITE_CORRUPT, POSTBAG_ERROR_DAMAGED, NULL},
    {SQLITE_NOTADB, POSTBAG_ERROR_DAMAGED, NULL},
    {SQLITE_FORMAT, POSTBAG_ERROR_DAMAGED, NULL},
};

static const char *
damage_remedy(const char *path)
{
	for (enum db_file file = DB_INDEX; file <= DB_PUBLISHED; file++)
		if (g_str_has_suffix(path, db_kind(file)->name))
			return db_kind(file)->lost;
	return db_kind(DB_MAIL)->lost;
}

/* An archive that lost its mail.db wants a backup; a folder with nothing of one may be where a file system is not mounted. */
static void
set_absent(GError **error, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *other = NULL;

	if (g_str_has_suffix(path, db_kind(DB_INDEX)->name)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s is gone; postbag rebuild makes it anew", path);
		return;
	}
	other = db_beside_mail(folder);
	if (other != NULL)
		g_set_error(
		    error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s is gone, but %s is there; postbag restore --force BACKUP puts one back", path, other);
	else
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT,
		    "there is no archive in %s: is its file system mounted? a new one is made with postbag init", folder);
}

/* SQLITE_CANTOPEN says little; errno says why. */
static void
set_cannot_open(GError **error, int why, const char *path, const char *what)
{
	switch (why) {
	case ENOENT:
	case ENOTDIR:
		set_absent(error, path);
		return;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EIO:
	case ENOSPC:
	case EDQUOT:
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s %s: %s; try again", what, path, g_strerror(why));
		return;
	default:
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION, "%s %s: %s; run this as the archive's owner, or join its group", what, path,
		    why == 0 ? "a file beside it cannot be opened" : g_strerror(why));
	}
}

void
db_set_error(GError **error, sqlite3 *handle, int rc, const char *path, const char *what)
{
	int why = handle == NULL ? errno : sqlite3_system_errno(handle);
	const char *message = handle == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(handle);

	if ((rc & 0xff) == SQLITE_CANTOPEN) {
		set_cannot_open(error, why, path, what);
		return;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(results); i++) {
		const char *remedy = results[i].remedy;

		if (results[i].result != (rc & 0xff))
			continue;
		if (remedy == NULL)
			remedy = damage_remedy(path);
		if (results[i].result == SQLITE_BUSY || results[i].result == SQLITE_LOCKED || results[i].result == SQLITE_PROTOCOL)
			message = "locked by another process";
		if ((rc & 0xff) == SQLITE_IOERR && why != 0)
			message = g_strerror(why);
		if ((rc & 0xff) == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT))
			remedy = "make room and try again";
		g_set_error(error, POSTBAG_ERROR, results[i].code, "%s %s: %s; %s", what, path, message, remedy);
		return;
	}
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SOFTWARE, "%s %s: %s (%d); this is a bug: please report it", what, path, message, rc);
}

gboolean
db_mode_writes(enum db_mode mode)
{
	return mode == DB_WRITE || mode == DB_CREATE;
}

gboolean
db_mode_glances(enum db_mode mode)
{
	return mode == DB_GLANCE || mode == DB_COUNT;
}

gboolean
db_run(sqlite3 *handle, const char *path, const char *sql, GError **error)
{
	int rc = sqlite3_exec(handle, sql, NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		return TRUE;
	db_set_error(error, handle, rc, path, "cannot use");
	return FALSE;
}

gboolean
db_get_int(sqlite3 *handle, const char *path, const char *sql, int *out, GError **error)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		*out = sqlite3_column_int(stmt, 0);
		sqlite3_finalize(stmt);
		return TRUE;
	}
	db_set_error(error, handle, rc, path, "cannot read");
	sqlite3_finalize(stmt);
	return FALSE;
}

void
db_leave(struct db *db)
{
	db_rollback(db);
	db_checkpoint_at_close(db);
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_rollback(db);
	g_hash_table_unref(db->statements);
	db_checkpoint_at_close(db);
	sqlite3_close_v2(db->handle);
	if (db->lock_fd >= 0)
		close(db->lock_fd);
	g_free(db->folder);
	g_free(db->path);
	g_free(db);
}

static gboolean
run_statement(struct db *db, const char *sql, const char *what, GError **error)
{
	struct stmt *stmt = db_statement(db, sql, error);
	int rc;

	if (stmt == NULL)
		return FALSE;
	rc = sqlite3_step(stmt->handle);
	if (rc != SQLITE_DONE)
		db_set_error(error, db->handle, rc, db->path, what);
	stmt_done(stmt);
	return rc == SQLITE_DONE;
}

/* A restored mail.db or a rebuilt index.db stands at the path now: what is written to the file that is open here would be lost with it. */
static gboolean
check_in_place(struct db *db, GError **error)
{
	int moved = 0;

	if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s was replaced while it was open; try again", db->path);
	return FALSE;
}

/* Upgraded in place since it was opened: what this program knows to write does not fit it any more. */
static gboolean
check_still_ours(struct db *db, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(db, "PRAGMA user_version", error);

	return stmt != NULL && stmt_step(stmt, error) == STMT_ROW && db_check_version(db_kind(db->file), db->path, (int)stmt_int(stmt, 0), error);
}

gboolean
db_begin(struct db *db, GError **error)
{
	gint64 start;
	gboolean begun;

	if (!db_mode_writes(db->mode))
		return run_statement(db, "BEGIN", "cannot read", error);
	start = g_get_monotonic_time();
	if (!db_lock(&db->lock_fd, db->folder, db_kind(db->file)->lock, db->wait_ms, error))
		return FALSE;
	db->locked = TRUE;
	/* Writers that do not queue (sqlite3(1), a backup) are waited for with what is left. */
	if (g_get_monotonic_time() - start > 1000)
		sqlite3_busy_timeout(db->handle, (int)MAX(1, clock_left(start + db->wait_ms * (gint64)1000) / 1000));
	begun = check_in_place(db, error) && run_statement(db, "BEGIN IMMEDIATE", "cannot write to", error) && check_still_ours(db, error);
	sqlite3_busy_timeout(db->handle, db->wait_ms);
	if (!begun)
		db_rollback(db);
	return begun;
}

gboolean
db_commit(struct db *db, GError **error)
{
	if (!run_statement(db, "COMMIT", "cannot write to", error)) {
		db_rollback(db);
		return FALSE;
	}
	if (db->locked) {
		/* While the queue still waits: a checkpoint wants the log for itself. */
		db_checkpoint_if_due(db);
		db_unlock(db->lock_fd);
		db->locked = FALSE;
	}
	return TRUE;
}

void
db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle) && sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK) {
		GHashTableIter iter;
		gpointer stmt;

		/* A statement still at work can be in the way. */
		g_hash_table_iter_init(&iter, db->statements);
		while (g_hash_table_iter_next(&iter, NULL, &stmt))
			sqlite3_reset(((struct stmt *)stmt)->handle);
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	}
	if (db->locked) {
		db_unlock(db->lock_fd);
		db->locked = FALSE;
	}
}

gboolean
db_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->handle);
}

static struct stmt *
prepare(struct db *db, const char *sql, gboolean kept, GError **error)
{
	sqlite3_stmt *handle = NULL;
	struct stmt *stmt;
	int rc = sqlite3_prepare_v3(db->handle, sql, -1, kept ? SQLITE_PREPARE_PERSISTENT : 0, &handle, NULL);

	if (rc != SQLITE_OK) {
		db_set_error(error, db->handle, rc, db->path, "cannot use");
		return NULL;
	}
	stmt = g_new(struct stmt, 1);
	*stmt = (struct stmt){.db = db, .handle = handle, .kept = kept, .used = TRUE};
	return stmt;
}

static int
past_deadline(void *data)
{
	const struct db *db = data;

	return db->deadline != 0 && g_get_monotonic_time() > db->deadline;
}

struct stmt *
db_statement(struct db *db, const char *sql, GError **error)
{
	struct stmt *stmt = g_hash_table_lookup(db->statements, sql);

	if (past_deadline(db)) { /* many small statements are a long one too */
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "cannot read %s: " TOO_LONG, db->path);
		return NULL;
	}
	if (stmt == NULL) {
		stmt = prepare(db, sql, TRUE, error);
		if (stmt != NULL)
			g_hash_table_insert(db->statements, (gpointer)sql, stmt);
		return stmt;
	}
	/* The same statement within itself gets a second one, so that a caller's loop is not cut short. */
	if (stmt->used)
		return prepare(db, sql, FALSE, error);
	stmt->used = TRUE;
	return stmt;
}

/* The linker gathers them (DB_SOON) and names their ends; a program that has none has no ends. */
extern const char *const __start_db_soon[] __attribute__((weak)), *const __stop_db_soon[] __attribute__((weak));

void
db_prepare_soon(struct db *db)
{
	for (const char *const *sql = __start_db_soon; sql < __stop_db_soon; sql++)
		stmt_done(db_statement(db, *sql, NULL));
}

struct stmt *
db_prepare(struct db *db, const char *sql, GError **error)
{
	return prepare(db, sql, FALSE, error);
}

void
db_statement_free(gpointer data)
{
	struct stmt *stmt = data;

	sqlite3_finalize(stmt->handle);
	g_free(stmt);
}

void
stmt_done(struct stmt *stmt)
{
	if (stmt == NULL)
		return;
	if (!stmt->kept) {
		db_statement_free(stmt);
		return;
	}
	sqlite3_reset(stmt->handle);
	stmt->used = FALSE;
	stmt->last = 0;
}

/* Looking up thirty names one by one took a tenth of indexing a message; they are bound in the same order each time, by constants that stand where they stood.
 */
static int
parameter(struct stmt *stmt, const char *name)
{
	guint last = stmt->last < STMT_PARAMETERS ? stmt->last : 0;
	int index = stmt->after[last];

	if (index != 0 && stmt->kept && stmt->names[index] == name) {
		stmt->last = index;
		return index;
	}
	if (index == 0 || strcmp(sqlite3_bind_parameter_name(stmt->handle, index), name) != 0) {
		index = sqlite3_bind_parameter_index(stmt->handle, name);
		if (index == 0)
			g_error("no parameter %s in: %s", name, sqlite3_sql(stmt->handle));
		stmt->after[last] = index < STMT_PARAMETERS ? index : 0;
	}
	if (stmt->after[last] == index)
		stmt->names[index] = name;
	stmt->last = index;
	return index;
}

/* Binding fails for lack of memory only, and then the value is NULL: better no process than a row that lies. */
static void
check_bind(struct stmt *stmt, int rc)
{
	if (rc != SQLITE_OK)
		g_error("cannot bind: %s: %s", sqlite3_errstr(rc), sqlite3_sql(stmt->handle));
}

void
stmt_bind_int(struct stmt *stmt, const char *name, gint64 value)
{
	check_bind(stmt, sqlite3_bind_int64(stmt->handle, parameter(stmt, name), value));
}

void
stmt_bind_text(struct stmt *stmt, const char *name, const char *value)
{
	check_bind(stmt, sqlite3_bind_text(stmt->handle, parameter(stmt, name), value, -1, SQLITE_TRANSIENT));
}

void
stmt_bind_text_static(struct stmt *stmt, const char *name, const char *value)
{
	check_bind(stmt, sqlite3_bind_text(stmt->handle, parameter(stmt, name), value, -1, SQLITE_STATIC));
}

static void
bind_blob(struct stmt *stmt, const char *name, gconstpointer data, gsize length, sqlite3_destructor_type lifetime)
{
	check_bind(stmt, sqlite3_bind_blob64(stmt->handle, parameter(stmt, name), data, length, lifetime));
}

void
stmt_bind_blob(struct stmt *stmt, const char *name, gconstpointer data, gsize length)
{
	bind_blob(stmt, name, data, length, SQLITE_TRANSIENT);
}

void
stmt_bind_blob_static(struct stmt *stmt, const char *name, gconstpointer data, gsize length)
{
	bind_blob(stmt, name, data, length, SQLITE_STATIC);
}

void
stmt_bind_null(struct stmt *stmt, const char *name)
{
	check_bind(stmt, sqlite3_bind_null(stmt->handle, parameter(stmt, name)));
}

enum stmt_result
stmt_step(struct stmt *stmt, GError **error)
{
	int rc = sqlite3_step(stmt->handle);

	if (rc == SQLITE_ROW)
		return STMT_ROW;
	if (rc == SQLITE_DONE)
		return STMT_END;
	db_set_error(error, stmt->db->handle, rc, stmt->db->path, sqlite3_stmt_readonly(stmt->handle) ? "cannot read" : "cannot write to");
	return STMT_ERROR;
}

gboolean
stmt_run(struct stmt *stmt, GError **error)
{
	enum stmt_result result;

	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		;
	sqlite3_reset(stmt->handle);
	return result == STMT_END;
}

gint64
stmt_int(struct stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->handle, column);
}

const char *
stmt_text(struct stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt->handle, column);
}

gconstpointer
stmt_blob(struct stmt *stmt, int column, gsize *length)
{
	gconstpointer data = sqlite3_column_blob(stmt->handle, column);

	*length = sqlite3_column_bytes(stmt->handle, column);
	return data;
}

gboolean
stmt_is_null(struct stmt *stmt, int column)
{
	return sqlite3_column_type(stmt->handle, column) == SQLITE_NULL;
}

int
stmt_columns(struct stmt *stmt)
{
	return sqlite3_column_count(stmt->handle);
}

const char *
stmt_name(struct stmt *stmt, int column)
{
	return sqlite3_column_name(stmt->handle, column);
}

gint64
db_last_rowid(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

gint64
db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

gint64
db_total_changes(struct db *db)
{
	return sqlite3_total_changes64(db->handle);
}

const char *
db_path(const struct db *db)
{
	return db->path;
}

gboolean
db_execute(struct db *db, const char *sql, GError **error)
{
	return db_run(db->handle, db->path, sql, error);
}

void
db_set_deadline(struct db *db, guint ms)
{
	db->deadline = ms == 0 ? 0 : g_get_monotonic_time() + (gint64)ms * 1000;
	sqlite3_progress_handler(db->handle, ms == 0 ? 0 : DEADLINE_STEPS, ms == 0 ? NULL : past_deadline, db);
}

static void
answer_found(sqlite3_context *context, int count, sqlite3_value **values)
{
	const struct db *db = sqlite3_user_data(context);
	int answer = db->found != NULL ? db->found(db->found_data, sqlite3_value_int64(values[0])) : -1;

	if (answer < 0)
		sqlite3_result_error_code(context, SQLITE_INTERRUPT);
	else
		sqlite3_result_int(context, answer);
}

void
db_set_found(struct db *db, db_found answer, gpointer data)
{
	db->found = answer;
	db->found_data = data;
	if (!db->found_known)
		sqlite3_create_function_v2(db->handle, "found", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, db, answer_found, NULL, NULL, NULL);
	db->found_known = TRUE;
}
