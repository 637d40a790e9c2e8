#include "archive/db-private.h"

#include "base/error.h"

#include <unistd.h>

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
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is of version %d, newer than this program's %d; install the newer program", path,
		    at, version);
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

gboolean
db_upgrade(const char *folder, enum db_file file, guint wait_ms, int *from, int *to, GError **error)
{
	const struct db_kind *kind = db_kind(file);
	g_autofree char *path = g_build_filename(folder, kind->name, NULL);
	sqlite3 *handle = NULL;
	gboolean upgraded = FALSE;
	int lock = -1, id;

	if (!db_check_file(path, kind->lost, error) || !db_lock(&lock, folder, kind->lock, wait_ms, error))
		return FALSE;
	handle = db_open_handle(path, DB_WRITE, FALSE, wait_ms, error);
	if (handle != NULL && db_get_int(handle, path, "PRAGMA application_id", &id, error)) {
		if (id != kind->application_id)
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is not Postbag's %s; name another archive", path, kind->name);
		else
			upgraded =
			    db_run(handle, path, "PRAGMA synchronous = FULL", error) && db_run_upgrades(handle, path, kind->upgrades, DB_VERSION, from, error);
	}
	if (upgraded) {
		*to = DB_VERSION;
		sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	}
	sqlite3_close(handle);
	close(lock);
	return upgraded;
}
