#include "find/activity.h"

#include "find/counts.h"

#include <string.h>

/* New input of a window, the plus keeping the filter on kind off other ways in. */
#define NEW_INPUT                                                                                                                                              \
	" FROM delivery AS d CROSS JOIN message AS m ON m.message = d.message LEFT JOIN letter AS l ON l.message = m.message"                                  \
	" WHERE d.received >= :from AND d.received < :to AND d.again = 0 AND " COUNTED("m") " AND " SPAN_WANTED("m.message")
#define AUTHOR "coalesce(nullif(m.author_address, ''), nullif(m.author_name, ''), '')"
#define SUMS                                                                                                                                                   \
	"count(*), count(DISTINCT CASE WHEN NOT " SUPERSEDED("m") " THEN coalesce(l.campaign, m.message) END), count(DISTINCT " AUTHOR                         \
	                                                          "), coalesce(min(d.received), 0), coalesce(max(d.received), 0)"

static void
bind_window(struct stmt *stmt, struct time_window window, const char *wanted)
{
	stmt_bind_int(stmt, ":from", window.from);
	stmt_bind_int(stmt, ":to", window.to);
	stmt_bind_text(stmt, ":wanted", wanted);
}

static struct activity_sum
read_sum(struct stmt *stmt, int column)
{
	return (struct activity_sum){
	    stmt_int(stmt, column), stmt_int(stmt, column + 1), stmt_int(stmt, column + 2), stmt_int(stmt, column + 3), stmt_int(stmt, column + 4)};
}

gboolean
activity_sum(struct index *index, struct time_window window, const char *wanted, struct activity_sum *out, GError **error)
{
	static const char sql[] = "SELECT " SUMS NEW_INPUT;
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);

	if (stmt == NULL)
		return FALSE;
	bind_window(stmt, window, wanted);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = read_sum(stmt, 0);
	return TRUE;
}

static void
row_free(gpointer data)
{
	struct activity_row *row = data;

	g_free(row->id);
	g_free(row);
}

#define FILED " LEFT JOIN filing AS f INDEXED BY filing_message ON f.message = m.message AND f.type = :type"
/* NEW_INPUT with the filings of one type beside it. */
#define NEW_FILED                                                                                                                                              \
	" FROM delivery AS d CROSS JOIN message AS m ON m.message = d.message LEFT JOIN letter AS l ON l.message = m.message" FILED                            \
	" WHERE d.received >= :from AND d.received < :to AND d.again = 0 AND " COUNTED("m") " AND " SPAN_WANTED("m.message")

static const char sums_filed[] = "SELECT coalesce(f.id, '') AS id, " SUMS NEW_FILED " GROUP BY id ORDER BY count(*) DESC, id";
static const char sums_language[] = "SELECT coalesce(m.lang, '') AS id, " SUMS NEW_INPUT " GROUP BY id ORDER BY count(*) DESC, id";
static const char counts_filed[] = "SELECT coalesce(f.id, '') AS id, count(*)" NEW_FILED " GROUP BY id";
static const char counts_language[] = "SELECT coalesce(m.lang, '') AS id, count(*)" NEW_INPUT " GROUP BY id";

static struct stmt *
statement(struct index *index, const char *filed, const char *language, const char *type, GError **error)
{
	gboolean by_language = g_str_equal(type, "language");
	struct stmt *stmt = db_statement(index_db(index), by_language ? language : filed, error);

	if (stmt != NULL && !by_language)
		stmt_bind_text(stmt, ":type", type);
	return stmt;
}

/* One part of the window, counted into column BAR of ROWS by their ids. */
static gboolean
count_bar(struct index *index, struct time_window part, const char *wanted, const char *type, GHashTable *rows, guint bar, GError **error)
{
	g_autoptr(Stmt) stmt = statement(index, counts_filed, counts_language, type, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	bind_window(stmt, part, wanted);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct activity_row *row = g_hash_table_lookup(rows, stmt_text(stmt, 0));

		if (row != NULL)
			row->bars[bar] = stmt_int(stmt, 1);
	}
	return result == STMT_END;
}

GPtrArray *
activity_by(struct index *index, struct time_window window, const char *wanted, const char *type, const gint64 *bounds, guint n_bars, GError **error)
{
	g_autoptr(Stmt) stmt = statement(index, sums_filed, sums_language, type, error);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
	g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
	struct time_window part = {window.from, window.from};
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	bind_window(stmt, window, wanted);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct activity_row *row = g_new0(struct activity_row, 1);

		row->id = g_strdup(stmt_text(stmt, 0));
		row->sum = read_sum(stmt, 1);
		g_ptr_array_add(rows, row);
		g_hash_table_insert(by_id, row->id, row);
	}
	for (guint i = 0; result == STMT_END && i < MIN(n_bars, ACTIVITY_BARS); i++) {
		part = (struct time_window){part.to, bounds[i]};
		if (!count_bar(index, part, wanted, type, by_id, i, error))
			return NULL;
	}
	return result == STMT_END ? g_steal_pointer(&rows) : NULL;
}

static GHashTable *
read_counts(struct stmt *stmt, GError **error)
{
	g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	enum stmt_result result;

	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 count = stmt_int(stmt, 1);

		g_hash_table_replace(counts, g_strdup(stmt_text(stmt, 0)), g_memdup2(&count, sizeof count));
	}
	return result == STMT_END ? g_steal_pointer(&counts) : NULL;
}

GHashTable *
activity_count(struct index *index, struct time_window window, const char *type, GError **error)
{
	g_autoptr(Stmt) stmt = statement(index, counts_filed, counts_language, type, error);

	if (stmt == NULL)
		return NULL;
	bind_window(stmt, window, NULL);
	return read_counts(stmt, error);
}

GHashTable *
activity_running(struct index *index, gint64 to, const char *type, GError **error)
{
	static const char sql[] = "SELECT f.id, count(*) FROM filing AS f CROSS JOIN message AS m ON m.message = f.message"
	                          " WHERE f.type = :type AND m.received < :to AND " COUNTED("m") " GROUP BY f.id";
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":type", type);
	stmt_bind_int(stmt, ":to", to);
	return read_counts(stmt, error);
}

gboolean
activity_is_first(struct index *index, gint64 message, gint64 from, gboolean *out, GError **error)
{
	static const char sql[] = "SELECT m.author_address IS NOT NULL AND m.author_address <> '' AND NOT EXISTS (SELECT 1 FROM message AS o"
	                          " WHERE o.author_address = m.author_address AND o.received < :from AND " COUNTED("o") ") FROM message AS m WHERE m.message = "
	                                                                                                                ":message";
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":from", from);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0) != 0;
	return TRUE;
}

gboolean
activity_begin(struct index *index, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT min(received) FROM delivery", error);

	if (stmt == NULL || stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_is_null(stmt, 0) ? G_MAXINT64 : stmt_int(stmt, 0);
	return TRUE;
}
