#include "archive/texts.h"

gboolean
texts_lay_out(struct db *db, GError **error)
{
	g_autoptr(Stmt) rows = NULL, out = NULL;
	enum stmt_result result;

	if (!db_execute(db, "CREATE TEMP TABLE IF NOT EXISTS text (message INTEGER PRIMARY KEY, passages BLOB, found BLOB); DELETE FROM temp.text", error) ||
	    (rows = db_statement(db, TEXTS_ALL, error)) == NULL ||
	    (out = db_statement(db, "INSERT OR IGNORE INTO temp.text VALUES (:message, :passages, :found)", error)) == NULL)
		return FALSE;
	while ((result = stmt_step(rows, error)) == STMT_ROW) {
		g_autoptr(GPtrArray) list = texts_of_row(rows);

		for (guint i = 0; i < list->len; i++) {
			const struct text *text = list->pdata[i];
			gsize passages = 0, found = 0;
			gconstpointer passages_data = text->passages != NULL ? g_bytes_get_data(text->passages, &passages) : NULL;
			gconstpointer found_data = text->found != NULL ? g_bytes_get_data(text->found, &found) : NULL;

			stmt_bind_int(out, ":message", text->message);
			stmt_bind_blob_static(out, ":passages", passages_data, passages);
			stmt_bind_blob_static(out, ":found", found_data, found);
			if (!stmt_run(out, error))
				return FALSE;
		}
	}
	return result == STMT_END;
}
