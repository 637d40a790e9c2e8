#include "archive/redaction.h"

#include "archive/issues.h"
#include "archive/mailstore-private.h"
#include "base/compress.h"

gboolean
mailstore_issues_with(struct mailstore *store, gint64 content, GArray *list, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT seq FROM entry WHERE type = 'issue' AND header IS NOT NULL AND seq > (SELECT min(seq) FROM entry WHERE content = :content AND type = "
	    "'delivery') "
	    "ORDER BY seq",
	    error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 seq = stmt_int(stmt, 0);

		g_array_append_val(list, seq);
	}
	return result == STMT_END;
}

gboolean
mailstore_replace_issue(struct mailstore *store, gint64 seq, GBytes *message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "UPDATE entry SET header = :header WHERE seq = :seq AND type = 'issue'", error);
	g_autoptr(GBytes) packed = message != NULL ? compress_bytes(g_bytes_get_data(message, NULL), g_bytes_get_size(message)) : NULL;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", seq);
	if (packed != NULL)
		stmt_bind_blob_static(stmt, ":header", g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
	else
		stmt_bind_null(stmt, ":header");
	return stmt_run(stmt, error);
}
