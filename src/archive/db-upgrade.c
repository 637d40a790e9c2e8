#include "archive/db-private.h"

#include "base/error.h"

#include <unistd.h>

#define LOOK_WAIT_MS 5000

static gboolean
run_step(sqlite3 *handle, const char *path, const struct upgrade_step *step, GError **error)
{
	g_autofree char *end = g_strdup_printf("PRAGMA user_version = %d; COMMIT", step->to);

	if (db_run(handle, path, "BEGIN IMMEDIATE", error) && db_run(handle, path, step->sql, error) && db_run(handle, path, end, error))
		return TRUE;
	sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
	g_prefix_error(error, "upgrade to version %d: ", step->to);
	return FALSE;
}

gboolean
db_run_upgrades(sqlite3 *handle, const char *path, const struct upgrade_step *steps, int version, int *from, GError **error)
{
	int at;

	if (!db_get_int(handle, path, "PRAGMA user_version", &at, error))
		return FALSE;
	*from = at;
	if (at > version) {
		db_set_newer(error, path, at, version);
		return FALSE;
	}
	for (; steps->sql != NULL; steps++) {
		if (steps->to <= at)
			continue;
		if (steps->to != at + 1)
			break;
		if (!run_step(handle, path, steps, error))
			return FALSE;
		at = steps->to;
	}
	if (at == version)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is of version %d, and there is no step from there to %d; use the program that made it",
	    path, at, version);
	return FALSE;
}

/* The lock keeps deliveries waiting, not failing: what cannot wait so long goes into the spool. */
static gboolean
upgrade_locked(const struct db_kind *kind, const char *path, guint wait_ms, int *from, GError **error)
{
	sqlite3 *handle = db_open_handle(path, DB_WRITE, FALSE, wait_ms, error);
	gboolean upgraded = handle != NULL && db_check_application(handle, kind, path, error) && db_run(handle, path, "PRAGMA synchronous = FULL", error) &&
	                    db_run_upgrades(handle, path, kind->upgrades, kind->version, from, error);

	if (upgraded)
		sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_close(handle);
	return upgraded;
}

gboolean
db_upgrade(const char *folder, enum db_file file, guint wait_ms, int *from, int *to, GError **error)
{
	const struct db_kind *kind = db_kind(file);
	g_autofree char *path = g_build_filename(folder, kind->name, NULL);
	gboolean upgraded;
	int lock = -1;

	if (!db_check_file(path, kind->lost, error) || !db_lock(&lock, folder, kind->lock, wait_ms, error))
		return FALSE;
	upgraded = upgrade_locked(kind, path, wait_ms, from, error);
	close(lock);
	if (upgraded)
		*to = kind->version;
	return upgraded;
}

gboolean
db_is_older(const char *folder, enum db_file file, gboolean *older, GError **error)
{
	const struct db_kind *kind = db_kind(file);
	g_autofree char *path = g_build_filename(folder, kind->name, NULL);
	sqlite3 *handle;
	int version = 0;
	gboolean ok;

	if (!db_check_file(path, kind->lost, error))
		return FALSE;
	handle = db_open_handle(path, DB_READ, FALSE, LOOK_WAIT_MS, error);
	ok = handle != NULL && db_check_application(handle, kind, path, error) && db_get_int(handle, path, "PRAGMA user_version", &version, error);
	sqlite3_close(handle);
	if (ok && version > kind->version) {
		db_set_newer(error, path, version, kind->version);
		return FALSE;
	}
	*older = version < kind->version;
	return ok;
}
