#include "archive/redaction.h"

#include "archive/issues.h"
#include "archive/mailstore-private.h"
#include "base/compress.h"

/* The delivery that brought the first of CONTENTS, or one before. */
static gboolean
first_delivery(struct mailstore *store, const GArray *contents, gint64 *out, GError **error)
{
	static const char sql[] = "SELECT coalesce(min(seq), 0) FROM entry WHERE content = :content AND type = 'delivery'";

	*out = G_MAXINT64;
	for (guint i = 0; i < contents->len; i++) {
		g_autoptr(Stmt) stmt = db_statement(store->db, sql, error);

		if (stmt == NULL)
			return FALSE;
		stmt_bind_int(stmt, ":content", g_array_index(contents, gint64, i));
		if (stmt_step(stmt, error) != STMT_ROW)
			return FALSE;
		*out = MIN(*out, stmt_int(stmt, 0));
	}
	return TRUE;
}

/* No index is on the type: one walk for all of them. */
gboolean
mailstore_issues_with(struct mailstore *store, const GArray *contents, GArray *list, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(store->db, "SELECT seq FROM entry WHERE seq > :after AND type = 'issue' AND header IS NOT NULL ORDER BY seq", error);
	enum stmt_result result;
	gint64 after;

	if (stmt == NULL || !first_delivery(store, contents, &after, error))
		return FALSE;
	stmt_bind_int(stmt, ":after", after);
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
