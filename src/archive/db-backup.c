#include "archive/db-private.h"

#include "base/error.h"

#include <string.h>

/*
 * The copy is made page by page within one reading transaction. In the write-ahead log's mode such a transaction neither waits for writers nor makes them
 * wait, sees one moment however long it takes, and never begins again, as a copy without it does at every write. VACUUM INTO would see one moment too, but
 * rebuilds every table (two to three times the time), and gives up at the first damaged page, when a copy of the rest is wanted most.
 */
#define STEP_PAGES 2048 /* between two looks at the progress */

static gboolean
read_facts(sqlite3 *handle, const char *path, struct db_facts *facts, GError **error)
{
	static const char sql[] = "SELECT uuid, coalesce((SELECT max(seq) FROM entry), 0), (SELECT count(*) FROM content), "
	                          "(SELECT count(*) FROM entry WHERE type = 'delivery') FROM archive";
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW && sqlite3_column_type(stmt, 0) == SQLITE_NULL)
		rc = SQLITE_DONE;
	if (rc == SQLITE_ROW) {
		g_strlcpy(facts->uuid, (const char *)sqlite3_column_text(stmt, 0), sizeof facts->uuid);
		facts->last = sqlite3_column_int64(stmt, 1);
		facts->messages = sqlite3_column_int64(stmt, 2);
		facts->deliveries = sqlite3_column_int64(stmt, 3);
	} else if (rc == SQLITE_DONE)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s was not made to its end; run postbag init", path);
	else
		db_set_error(error, handle, rc, path, "cannot read");
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW;
}

/* From here on HANDLE sees one moment. */
static gboolean
begin_reading(sqlite3 *handle, const struct db_kind *kind, const char *path, struct db_facts *facts, GError **error)
{
	if (!db_run(handle, path, "BEGIN", error) || !db_check_application(handle, kind, path, error) ||
	    !db_get_int(handle, path, "PRAGMA user_version", &facts->version, error))
		return FALSE;
	if (facts->version > kind->version) {
		db_set_newer(error, path, facts->version, kind->version);
		return FALSE;
	}
	return read_facts(handle, path, facts, error);
}

static sqlite3 *
open_source(const char *folder, const struct db_kind *kind, const char *path, guint wait_ms, struct db_facts *facts, GError **error)
{
	g_autoptr(GError) reason = NULL;
	sqlite3 *handle;

	if (!db_check_file(path, kind->lost, error))
		return NULL;
	handle = db_open_handle(path, DB_READ, FALSE, wait_ms, error);
	if (handle == NULL)
		return NULL;
	if (begin_reading(handle, kind, path, facts, &reason))
		return handle;
	sqlite3_close(handle);
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED) && db_may_be_immutable(folder, path)) {
		handle = db_open_handle(path, DB_READ, TRUE, wait_ms, error);
		if (handle != NULL && begin_reading(handle, kind, path, facts, error))
			return handle;
		sqlite3_close(handle);
		return NULL;
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	return NULL;
}

static gboolean
copy_pages(sqlite3 *from, sqlite3 *to, const char *target, db_progress progress, gpointer data, GError **error)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int rc;

	if (backup == NULL) {
		db_set_error(error, to, sqlite3_errcode(to), target, "cannot write to");
		return FALSE;
	}
	while ((rc = sqlite3_backup_step(backup, STEP_PAGES)) == SQLITE_OK)
		if (progress != NULL)
			progress(data, sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup), sqlite3_backup_pagecount(backup));
	sqlite3_backup_finish(backup);
	if (rc == SQLITE_DONE)
		return TRUE;
	/* The source was opened and read; what fails here is, as a rule, the place that the copy goes to. */
	db_set_error(error, (rc & 0xff) == SQLITE_CORRUPT ? from : to, rc, target, "cannot write to");
	return FALSE;
}

/* The copy is thrown away unless it is whole, so it needs no journal. */
static gboolean
fill_target(sqlite3 *from, const char *target, db_progress progress, gpointer data, GError **error)
{
	sqlite3 *to = db_open_handle(target, DB_WRITE, FALSE, 0, error);
	gboolean filled;

	if (to == NULL)
		return FALSE;
	sqlite3_db_config(to, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	filled = db_run(to, target, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", error) && copy_pages(from, to, target, progress, data, error);
	sqlite3_close(to);
	return filled;
}

static gboolean
look_over(const char *path, const char *target, GError **error)
{
	sqlite3 *handle = db_open_handle(target, DB_READ, TRUE, 0, error);
	sqlite3_stmt *stmt = NULL;
	int rc = handle == NULL ? SQLITE_ERROR : sqlite3_prepare_v2(handle, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	const char *said = NULL;
	gboolean sound;

	if (handle == NULL)
		return FALSE;
	if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(stmt, 0);
	sound = g_strcmp0(said, "ok") == 0;
	if (!sound)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
		    "%s is damaged, and so would be its copy: %s; postbag check says more, and an earlier backup may be whole", path,
		    said != NULL ? said : sqlite3_errmsg(handle));
	sqlite3_finalize(stmt);
	sqlite3_close(handle);
	return sound;
}

gboolean
db_copy(const char *folder, const char *target, guint wait_ms, db_progress progress, gpointer data, struct db_facts *facts, GError **error)
{
	const struct db_kind *kind = db_kind(DB_MAIL);
	g_autofree char *path = g_build_filename(folder, kind->name, NULL);
	sqlite3 *from = open_source(folder, kind, path, wait_ms, facts, error);
	gboolean copied;

	if (from == NULL)
		return FALSE;
	copied = fill_target(from, target, progress, data, error);
	sqlite3_close(from);
	return copied && look_over(path, target, error);
}
