#include "archive/db-private.h"

#define ROWS 4  /* that one statement writes: more of them save little */
#define FEW 256 /* rows of a table that a process writes one by one before the statement for more is worth preparing: a delivery never does */

struct db_row {
	sqlite3_stmt *handle;
	int at;
};

/* As check_bind of db.c: better no process than a row that lies. */
static void
check(int rc)
{
	if (rc != SQLITE_OK)
		g_error("cannot bind a row: %s", sqlite3_errstr(rc));
}

void
db_row_int(struct db_row *row, gint64 value)
{
	check(sqlite3_bind_int64(row->handle, ++row->at, value));
}

void
db_row_text(struct db_row *row, const char *value)
{
	check(sqlite3_bind_text(row->handle, ++row->at, value, -1, SQLITE_STATIC));
}

/* N rows from number FIRST on, which the statement has room for. */
static gboolean
write_rows(struct stmt *stmt, guint first, guint n, db_fill fill, gconstpointer data, GError **error)
{
	struct db_row row = {stmt->handle, 0};

	for (guint i = 0; i < n; i++)
		fill(&row, first + i, data);
	return stmt_run(stmt, error);
}

gboolean
db_write_rows(struct db *db, const struct db_rows *rows, guint n, db_fill fill, gconstpointer data, GError **error)
{
	g_autoptr(Stmt) one = n > 0 ? db_statement(db, rows->one, error) : NULL;
	g_autoptr(Stmt) four = NULL;
	guint done = 0;

	if (n == 0)
		return TRUE;
	if (one == NULL || (n >= ROWS && one->rows >= FEW && (four = db_statement(db, rows->four, error)) == NULL))
		return FALSE;
	one->rows = MIN(one->rows + n, FEW);
	for (; four != NULL && done + ROWS <= n; done += ROWS)
		if (!write_rows(four, done, ROWS, fill, data, error))
			return FALSE;
	for (; done < n; done++)
		if (!write_rows(one, done, 1, fill, data, error))
			return FALSE;
	return TRUE;
}
