#include "find/pages-private.h"

void
pages_bind(struct stmt *stmt, const struct audience *audience)
{
	stmt_bind_int(stmt, ":staff", audience->staff);
	stmt_bind_int(stmt, ":before", audience->before);
}

GArray *
pages_numbers(struct stmt *taken, GError **error)
{
	g_autoptr(Stmt) stmt = taken;
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 number = stmt_int(stmt, 0);

		g_array_append_val(numbers, number);
	}
	return result == STMT_END ? g_steal_pointer(&numbers) : NULL;
}

gboolean
pages_number(struct stmt *taken, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = taken;
	enum stmt_result result;

	if (stmt == NULL || (result = stmt_step(stmt, error)) == STMT_ERROR)
		return FALSE;
	*out = result == STMT_ROW ? stmt_int(stmt, 0) : 0;
	return TRUE;
}

gboolean
pages_resolve(struct index *index, const struct audience *audience, const char *id, gint64 *out, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index), "SELECT m.message FROM message AS m WHERE m.public_id = :id AND " VISIBLE("m"), error);

	if (stmt != NULL) {
		pages_bind(stmt, audience);
		stmt_bind_text(stmt, ":id", id);
	}
	return pages_number(stmt, out, error);
}

gboolean
pages_visible(struct index *index, const struct audience *audience, gint64 message, gboolean *out, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index), "SELECT 1 FROM message AS m WHERE m.message = :message AND " VISIBLE("m"), error);
	gint64 found = 0;

	if (stmt != NULL) {
		pages_bind(stmt, audience);
		stmt_bind_int(stmt, ":message", message);
	}
	if (!pages_number(stmt, &found, error))
		return FALSE;
	*out = found != 0;
	return TRUE;
}

GArray *
pages_only_visible(struct index *index, const struct audience *audience, const GArray *numbers, guint skip, guint limit, GError **error)
{
	g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(gint64));
	guint seen = 0;

	for (guint i = 0; i < numbers->len && (limit == 0 || out->len < limit); i++) {
		gboolean visible;

		if (!pages_visible(index, audience, g_array_index(numbers, gint64, i), &visible, error))
			return NULL;
		if (visible && seen++ >= skip)
			g_array_append_val(out, g_array_index(numbers, gint64, i));
	}
	return g_steal_pointer(&out);
}

gboolean
pages_parent(struct index *index, const struct audience *audience, gint64 message, gint64 *out, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index),
	    "SELECT m.message FROM reference AS r JOIN thread_of AS t ON t.id = r.id JOIN message AS m ON m.id_hash = t.hash AND m.message_id = t.message_id"
	    " WHERE r.message = :message AND r.n > 0 AND m.message <> :message AND " VISIBLE(
	        "m") " ORDER BY r.n DESC, m.copy_of IS NOT NULL, m.message LIMIT 1",
	    error);

	if (stmt != NULL) {
		pages_bind(stmt, audience);
		stmt_bind_int(stmt, ":message", message);
	}
	return pages_number(stmt, out, error);
}

GArray *
pages_in_state(struct index *index, enum pages_state state, guint limit, GError **error)
{
	struct stmt *stmt =
	    state == PAGES_HELD ? db_statement(index_db(index),
	                              "SELECT message FROM message WHERE held IS NOT NULL AND unread IS NULL ORDER BY date_effective DESC LIMIT :limit", error)
	    : state == PAGES_UNREAD
	        ? db_statement(index_db(index), "SELECT message FROM message WHERE unread IS NOT NULL ORDER BY date_effective DESC LIMIT :limit", error)
	        : db_statement(index_db(index),
	              "SELECT m.message FROM message AS m INDEXED BY message_date WHERE m.kind = 'input' AND m.held IS NULL AND m.copy_of IS NULL"
	              " AND EXISTS (SELECT 1 FROM filing AS f INDEXED BY filing_message WHERE f.message = m.message AND f.type = 'workstream' AND f.tier = "
	              "'suggested')"
	              " ORDER BY m.date_effective DESC LIMIT :limit",
	              error);

	if (stmt != NULL)
		stmt_bind_int(stmt, ":limit", limit);
	return pages_numbers(stmt, error);
}

gboolean
pages_version(struct index *index, gint64 *out, GError **error)
{
	return pages_number(db_statement(index_db(index), "PRAGMA data_version", error), out, error);
}
