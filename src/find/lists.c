#include "find/lists.h"

#include "find/counts.h"
#include "base/limits.h"

static void
list_item_free(struct list_item *item)
{
	g_free(item->public_id);
	g_free(item->reason);
	g_free(item->name);
	g_free(item);
}

static GArray *
window_numbers(struct index *index, const char *sql, const struct span *span, GError **error)
{
	g_autoptr(Stmt) stmt = span_statement(index, sql, span, error);
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

#define IN_WINDOW " FROM delivery AS d CROSS JOIN message AS m ON m.message = d.message WHERE {shown} AND d.again = 0"
#define NEW_INPUT IN_WINDOW " AND " COUNTED("m")

GArray *
list_input(struct index *index, const struct span *span, GError **error)
{
	return window_numbers(index, "SELECT d.message" NEW_INPUT " ORDER BY d.received, d.seq", span, error);
}

GArray *
list_routed(struct index *index, const struct span *span, GError **error)
{
	return window_numbers(index,
	    "SELECT d.message" IN_WINDOW
	    " AND m.kind IN ('input', 'admin') AND m.held IS NULL AND m.unread IS NULL AND m.copy_of IS NULL AND m.redacted IS NOT 'whole'"
	    " AND EXISTS (SELECT 1 FROM filing AS f INDEXED BY filing_message JOIN target AS t ON t.type = 'intent' AND t.id = f.id"
	    " WHERE f.message = d.message AND f.type = 'intent' AND t.route IS NOT NULL) ORDER BY d.received, d.seq",
	    span, error);
}

GArray *
list_changed(struct index *index, const struct span *span, GError **error)
{
	return window_numbers(index,
	    "SELECT c.message FROM decision AS c CROSS JOIN message AS m ON m.message = c.message WHERE {decisions}"
	    " AND c.action IN ('release', 'file', 'kind') AND c.undone IS NULL AND {earlier} AND " COUNTED("m") " GROUP BY c.message ORDER BY "
	                                                                                                        "min(c.seq)",
	    span, error);
}

GArray *
list_others(struct index *index, const struct span *span, GError **error)
{
	return window_numbers(index,
	    "SELECT d.message FROM delivery AS d CROSS JOIN message AS m ON m.message = d.message WHERE {shown}"
	    " AND m.held IS NULL AND m.unread IS NULL AND (m.kind <> 'input' OR m.copy_of IS NOT NULL OR d.again = 1 OR m.redacted = 'whole') ORDER BY "
	    "d.received, d.seq LIMIT 200",
	    span, error);
}

/* Asked of the index of what awaits an answer alone, in its order: no sorting, and what was answered is not looked at, however much it is. */
GArray *
list_awaiting(struct index *index, const char *wanted, const struct span *span, guint limit, gint64 *total, GError **error)
{
	g_autofree char *condition = span_wanted_condition(wanted);
	g_autofree char *sql = g_strdup_printf(
	    "SELECT m.message FROM message AS m INDEXED BY message_awaiting WHERE " AWAITING("m") " AND {sofar} AND %s"
	                                                                                          " ORDER BY m.date_effective, m.received, m.first_seq",
	    condition);
	g_autoptr(Stmt) stmt = span_statement(index, sql, span, error);
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result = STMT_END;
	gint64 count = 0;

	if (stmt == NULL)
		return NULL;
	span_bind_wanted(stmt, wanted);
	while (count < LIST_COUNTED && (result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 number = stmt_int(stmt, 0);

		if (numbers->len < limit)
			g_array_append_val(numbers, number);
		count++;
	}
	if (result == STMT_ERROR)
		return NULL;
	*total = count;
	return g_steal_pointer(&numbers);
}

/* Rows of (public_id, reason, name, received). */
static GPtrArray *
read_items(struct stmt *stmt, GError **error)
{
	g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func((GDestroyNotify)list_item_free);
	enum stmt_result result;

	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct list_item *item = g_new0(struct list_item, 1);

		item->public_id = g_strdup(stmt_text(stmt, 0));
		item->reason = g_strdup(stmt_text(stmt, 1));
		item->name = g_strdup(stmt_text(stmt, 2));
		item->received = stmt_int(stmt, 3);
		g_ptr_array_add(items, item);
	}
	return result == STMT_END ? g_steal_pointer(&items) : NULL;
}

GPtrArray *
list_held(struct index *index, const struct span *span, GError **error)
{
	g_autoptr(Stmt) stmt = span_statement(index,
	    "SELECT m.public_id, m.held, NULL, d.received" IN_WINDOW " AND m.held IS NOT NULL AND m.unread IS NULL ORDER BY d.received, d.seq", span, error);

	return stmt != NULL ? read_items(stmt, error) : NULL;
}

GPtrArray *
list_unread(struct index *index, const struct span *span, GError **error)
{
	g_autoptr(Stmt) stmt = span_statement(index,
	    "SELECT m.public_id, m.unread, NULL, d.received FROM delivery AS d CROSS JOIN message AS m ON m.message = d.message WHERE {deliveries} AND "
	    "d.again = 0 AND m.unread IS NOT NULL ORDER BY d.received, d.seq",
	    span, error);

	return stmt != NULL ? read_items(stmt, error) : NULL;
}

GArray *
list_still_unread(struct index *index, const struct span *span, GError **error)
{
	return window_numbers(
	    index, "SELECT d.message" IN_WINDOW " AND m.unread IS NOT NULL ORDER BY d.seq LIMIT " G_STRINGIFY(LIMIT_ISSUE_UNREAD), span, error);
}

GPtrArray *
list_unread_attachments(struct index *index, const struct span *span, const char *wanted, GError **error)
{
	g_autoptr(Stmt) stmt = span_statement(index,
	    "SELECT m.public_id, p.remark, coalesce(p.filename, p.type), d.received"
	    " FROM delivery AS d CROSS JOIN message AS m ON m.message = d.message CROSS JOIN part AS p ON p.message = m.message"
	    " WHERE {shown} AND d.again = 0 AND " COUNTED(
	        "m") " AND m.attachments > 0 AND p.attachment = 1 AND p.read = 0"
	             " AND NOT (p.type LIKE 'image/%' AND p.size < 20000) AND p.type NOT LIKE '%-signature'" /* logos, and what only proves who wrote */
	             " AND " SPAN_WANTED("m.message") " ORDER BY d.received, d.seq, p.n",
	    span, error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":wanted", wanted);
	return read_items(stmt, error);
}
