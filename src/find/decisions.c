#include "find/decisions.h"

#define ROWS                                                                                                                                                   \
	"SELECT c.seq, c.at, m.public_id, c.who, c.action, c.value, c.note, o.action, o.value, u.at, u.who FROM decision AS c"                                 \
	" LEFT JOIN message AS m ON m.message = c.message LEFT JOIN decision AS o ON c.action = 'undo' AND o.seq = CAST(c.value AS INTEGER)"                   \
	" LEFT JOIN decision AS u ON u.seq = c.undone"

void
decision_row_free(struct decision_row *row)
{
	g_free(row->public_id);
	g_free(row->who);
	g_free(row->action);
	g_free(row->value);
	g_free(row->note);
	g_free(row->undoes_action);
	g_free(row->undoes_value);
	g_free(row->undone_by);
	g_free(row);
}

static struct decision_row *
read_row(struct stmt *stmt)
{
	struct decision_row *row = g_new0(struct decision_row, 1);

	row->seq = stmt_int(stmt, 0);
	row->at = stmt_int(stmt, 1);
	row->public_id = g_strdup(stmt_text(stmt, 2));
	row->who = g_strdup(stmt_text(stmt, 3));
	row->action = g_strdup(stmt_text(stmt, 4));
	row->value = g_strdup(stmt_text(stmt, 5));
	row->note = g_strdup(stmt_text(stmt, 6));
	row->undoes_action = g_strdup(stmt_text(stmt, 7));
	row->undoes_value = g_strdup(stmt_text(stmt, 8));
	row->undone = stmt_int(stmt, 9);
	row->undone_by = g_strdup(stmt_text(stmt, 10));
	return row;
}

static GPtrArray *
read_rows(struct stmt *stmt, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)decision_row_free);
	enum stmt_result result;

	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_ptr_array_add(rows, read_row(stmt));
	return result == STMT_END ? g_steal_pointer(&rows) : NULL;
}

GPtrArray *
decisions_in(struct index *index, const struct span *span, const char *wanted, GError **error)
{
	static const char sql[] =
	    ROWS " WHERE {decisions} AND c.action <> 'verified'"
	         " AND (c.action = 'reclassified' OR ((c.message IS NOT NULL OR :wanted IS NULL) AND " SPAN_WANTED("c.message") ")) ORDER BY c.seq";
	g_autoptr(Stmt) stmt = span_statement(index, sql, span, error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":wanted", wanted);
	return read_rows(stmt, error);
}

GPtrArray *
decisions_on(struct index *index, gint64 message, GError **error)
{
	static const char sql[] = ROWS " WHERE c.message = :message ORDER BY c.seq";
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	return read_rows(stmt, error);
}

GPtrArray *
decisions_last(struct index *index, guint limit, GError **error)
{
	static const char sql[] = ROWS " WHERE c.seq IN (SELECT seq FROM decision ORDER BY seq DESC LIMIT :limit) ORDER BY c.seq";
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":limit", limit > 0 ? (gint64)limit : -1);
	return read_rows(stmt, error);
}
