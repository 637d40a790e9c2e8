#include "find/changes.h"

#include "find/pages-private.h"

char *
changes_born(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT name FROM born", error);

	return stmt != NULL && stmt_step(stmt, error) == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

gboolean
changes_last(struct index *index, gint64 *out, GError **error)
{
	return pages_number(db_statement(index_db(index), "SELECT max(change) FROM message", error), out, error);
}

GArray *
changes_since(struct index *index, gint64 change, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index), "SELECT message FROM message WHERE change > :change ORDER BY change, message", error);

	if (stmt != NULL)
		stmt_bind_int(stmt, ":change", change);
	return pages_numbers(stmt, error);
}

GArray *
changes_received(struct index *index, gint64 from, gint64 to, GError **error)
{
	struct stmt *stmt =
	    db_statement(index_db(index), "SELECT message FROM message WHERE received > :from AND received <= :to ORDER BY received, message", error);

	if (stmt != NULL) {
		stmt_bind_int(stmt, ":from", from);
		stmt_bind_int(stmt, ":to", to);
	}
	return pages_numbers(stmt, error);
}

GArray *
changes_children(struct index *index, gint64 message, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index),
	    "SELECT o.message FROM message AS m JOIN thread_of AS t ON t.hash = m.id_hash AND t.message_id = m.message_id"
	    " CROSS JOIN message AS o INDEXED BY message_thread ON o.thread = m.thread AND o.message <> m.message"
	    " WHERE m.message = :message AND EXISTS (SELECT 1 FROM reference AS r WHERE r.message = o.message AND r.n > 0 AND r.id = t.id) ORDER BY o.message",
	    error);

	if (stmt != NULL)
		stmt_bind_int(stmt, ":message", message);
	return pages_numbers(stmt, error);
}

GArray *
changes_copies(struct index *index, gint64 message, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index),
	    "SELECT o.message FROM message AS m CROSS JOIN message AS o INDEXED BY message_thread ON o.thread = m.thread"
	    " WHERE m.message = :message AND o.copy_of = m.message ORDER BY o.message",
	    error);

	if (stmt != NULL)
		stmt_bind_int(stmt, ":message", message);
	return pages_numbers(stmt, error);
}

GArray *
changes_references(struct index *index, gint64 message, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index),
	    "SELECT min(m.message) FROM reference AS r JOIN thread_of AS t ON t.id = r.id JOIN message AS m ON m.id_hash = t.hash AND m.message_id = "
	    "t.message_id"
	    " WHERE r.message = :message AND r.n > 0 AND m.message <> :message AND m.copy_of IS NULL GROUP BY r.n ORDER BY r.n",
	    error);

	if (stmt != NULL)
		stmt_bind_int(stmt, ":message", message);
	return pages_numbers(stmt, error);
}
