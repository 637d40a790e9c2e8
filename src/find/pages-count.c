#include "find/pages-private.h"

#include "find/counts.h"

/* Ordered as the table's key or the index is, so that each row falls into the window of the one before it or a later one. */
static const char place_sql[] = "SELECT f.date FROM filing AS f CROSS JOIN message AS m ON m.message = f.message WHERE f.type = :type AND f.id = :id"
                                " AND f.date >= :from AND f.date < :to AND m.kind = 'input' AND " LISTED("m") " ORDER BY f.date";
static const char all_sql[] = "SELECT m.date_effective FROM message AS m INDEXED BY message_date WHERE m.date_effective >= :from AND m.date_effective < :to"
                              " AND m.kind = 'input' AND " LISTED("m") " ORDER BY m.date_effective";

/* The row of windows that DATE, not before that of WINDOW, is in. */
static guint
window_of(const GArray *edges, guint window, gint64 date)
{
	while (window + 2 < edges->len && date >= g_array_index(edges, gint64, window + 1))
		window++;
	return window;
}

static gboolean
weeks_of_rows(struct index *index, const struct audience *audience, const struct place *place, const GArray *edges, gint64 *counts, GError **error)
{
	gboolean all = place == NULL || place->type == NULL;
	g_autoptr(Stmt) stmt = db_statement(index_db(index), all ? all_sql : place_sql, error);
	enum stmt_result result;
	guint window = 0;

	for (guint i = 0; i + 1 < edges->len; i++)
		counts[i] = 0;
	if (stmt == NULL)
		return FALSE;
	pages_bind(stmt, audience);
	if (!all) {
		stmt_bind_text(stmt, ":type", place->type);
		stmt_bind_text(stmt, ":id", place->id);
	}
	stmt_bind_int(stmt, ":from", g_array_index(edges, gint64, 0));
	stmt_bind_int(stmt, ":to", g_array_index(edges, gint64, edges->len - 1));
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		window = window_of(edges, window, stmt_int(stmt, 0));
		counts[window]++;
	}
	return result == STMT_END;
}

gboolean
pages_weeks(struct index *index, const struct audience *audience, const struct place *place, const GArray *edges, gint64 *counts, GError **error)
{
	const struct time_window whole = {g_array_index(edges, gint64, 0), g_array_index(edges, gint64, edges->len - 1)};
	g_autoptr(GArray) late = NULL;
	guint window = 0;

	if (pages_reach(audience) == REACH_FEW)
		return weeks_of_rows(index, audience, place, edges, counts, error);
	for (guint i = 0; i + 1 < edges->len; i++) {
		const struct time_window week = {g_array_index(edges, gint64, i), g_array_index(edges, gint64, i + 1)};

		if (!pages_tally(index, place, &week, TRUE, &counts[i], error))
			return FALSE;
	}
	late = pages_late(index, audience, place, &whole, TRUE, error);
	for (guint i = 0; late != NULL && i < late->len; i++) {
		window = window_of(edges, window, g_array_index(late, gint64, i));
		counts[window]--;
	}
	return late != NULL;
}

gboolean
pages_newest(struct index *index, const struct audience *audience, gint64 *out, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index),
	    "SELECT m.date_effective FROM message AS m INDEXED BY message_date WHERE m.kind = 'input' AND " LISTED(
	        "m") " ORDER BY m.date_effective DESC LIMIT 1",
	    error);

	if (stmt != NULL)
		pages_bind(stmt, audience);
	return pages_number(stmt, out, error);
}

GArray *
pages_campaign(struct index *index, const struct audience *audience, gint64 campaign, guint limit, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index),
	    "SELECT m.message FROM message AS m WHERE m.message IN " CAMPAIGN_LETTERS(":campaign") " AND " COUNTED("m") " AND " LISTED(
	        "m") " ORDER BY m.date_effective, m.message LIMIT :limit",
	    error);

	if (stmt != NULL) {
		pages_bind(stmt, audience);
		stmt_bind_int(stmt, ":campaign", campaign);
		stmt_bind_int(stmt, ":limit", limit);
	}
	return pages_numbers(stmt, error);
}
