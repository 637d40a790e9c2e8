#include "find/counts.h"

static const char deliveries_sql[] = "SELECT CASE WHEN m.redacted = 'whole' THEN 'redacted' WHEN m.unread IS NOT NULL THEN 'unread' WHEN m.held IS NOT NULL "
                                     "THEN 'held' WHEN d.again = 1 THEN 'duplicate'"
                                     " WHEN m.copy_of IS NOT NULL THEN 'variant' ELSE m.kind END AS class, count(*)"
                                     " FROM delivery AS d LEFT JOIN message AS m ON m.message = d.message"
                                     " WHERE {deliveries} GROUP BY class";

/* A class nobody knows is counted in rows alone: the ledger then shows a difference. */
static void
add_class(struct delivery_counts *counts, const char *class, gint64 count)
{
	int kind = class != NULL ? kind_from_name(class) : -1;

	counts->rows += count;
	if (g_strcmp0(class, "redacted") == 0)
		counts->redacted += count;
	else if (g_strcmp0(class, "unread") == 0)
		counts->unread += count;
	else if (g_strcmp0(class, "held") == 0)
		counts->held += count;
	else if (g_strcmp0(class, "duplicate") == 0)
		counts->duplicate += count;
	else if (g_strcmp0(class, "variant") == 0)
		counts->variant += count;
	else if (kind >= 0)
		counts->kinds[kind] += count;
}

gboolean
counts_deliveries(struct index *index, const struct span *span, struct delivery_counts *out, GError **error)
{
	g_autoptr(Stmt) stmt = span_statement(index, deliveries_sql, span, error);
	struct delivery_counts counts = {0};
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		add_class(&counts, stmt_text(stmt, 0), stmt_int(stmt, 1));
	if (result == STMT_END)
		*out = counts;
	return result == STMT_END;
}

static const char by_sql[] =
    "SELECT coalesce(f.id, ''), count(*)"
    " FROM delivery AS d CROSS JOIN message AS m ON m.message = d.message"
    " LEFT JOIN filing AS f INDEXED BY filing_message ON f.message = m.message AND f.type = :type"
    " WHERE {deliveries} AND d.again = 0"
    " AND " COUNTED("m") ""
                         " AND (f.id IS NOT NULL OR :type = 'workstream'"
                         " OR EXISTS (SELECT 1 FROM filing AS o INDEXED BY filing_message WHERE o.message = m.message AND o.type = 'workstream'))"
                         " AND " SPAN_WANTED("m.message") " GROUP BY f.id";

GHashTable *
counts_by(struct index *index, const char *type, const struct span *span, const char *wanted, GError **error)
{
	g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(Stmt) stmt = span_statement(index, by_sql, span, error);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":type", type);
	stmt_bind_text(stmt, ":wanted", wanted);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 *count = g_new(gint64, 1);

		*count = stmt_int(stmt, 1);
		g_hash_table_replace(counts, g_strdup(stmt_text(stmt, 0)), count);
	}
	return result == STMT_END ? g_steal_pointer(&counts) : NULL;
}

static const char alike_sql[] =
    "SELECT count(*), count(DISTINCT author), coalesce(min(received), 0) FROM"
    " (SELECT coalesce(m.author_address, '') AS author, m.received AS received FROM message AS m"
    " WHERE m.message IN " CAMPAIGN_LETTERS(
        "(SELECT campaign FROM letter WHERE message = :message)") " AND m.received < :to AND m.first_seq <= :upto AND " COUNTED("m") " LIMIT :limit)";

gboolean
counts_alike(struct index *index, gint64 message, const struct span *span, struct alike_counts *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), alike_sql, error); /* one for both sorts of span: it is asked of every letter */

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":to", span != NULL && span->upto == 0 ? span->window.to : G_MAXINT64);
	stmt_bind_int(stmt, ":upto", span != NULL && span->upto > 0 ? span->upto : G_MAXINT64);
	stmt_bind_int(stmt, ":limit", COUNTS_ALIKE);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = (struct alike_counts){stmt_int(stmt, 0), stmt_int(stmt, 1), stmt_int(stmt, 2)};
	return TRUE;
}

/* From the index of what is held, which is few; what came before is all. */
gboolean
counts_held(struct index *index, const struct span *span, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = span_statement(
	    index, "SELECT count(*) FROM message AS m INDEXED BY message_held WHERE m.held IS NOT NULL AND m.unread IS NULL AND {earlier}", span, error);

	if (stmt == NULL)
		return FALSE;
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0);
	return TRUE;
}
