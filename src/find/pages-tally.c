#include "find/pages-private.h"

#define HOUR 3600

/* What of hours is at the ends of a window is looked at row by row: weeks begin at midnight, and there are zones that are half an hour off. */
static const char *const rows_sql[2][2] = {
    {
        "SELECT count(*) FROM message AS m INDEXED BY message_date WHERE m.date_effective >= :from AND m.date_effective < :to AND m.listed",
        "SELECT count(*) FROM message AS m INDEXED BY message_date WHERE m.date_effective >= :from AND m.date_effective < :to AND m.listed"
        " AND m.kind = 'input'",
    },
    {
        "SELECT count(*) FROM filing AS f CROSS JOIN message AS m ON m.message = f.message WHERE f.type = :type AND f.id = :id AND f.date >= :from"
        " AND f.date < :to AND m.listed",
        "SELECT count(*) FROM filing AS f CROSS JOIN message AS m ON m.message = f.message WHERE f.type = :type AND f.id = :id AND f.date >= :from"
        " AND f.date < :to AND m.listed AND m.kind = 'input'",
    },
};
static const char *const hours_sql[2] = {
    "SELECT sum(listed) FROM tally WHERE type = :type AND id = :id AND hour >= :from AND hour < :to",
    "SELECT sum(letters) FROM tally WHERE type = :type AND id = :id AND hour >= :from AND hour < :to",
};

static gboolean
add(struct index *index, const char *sql, const struct place *place, gint64 from, gint64 to, gint64 *out, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index), sql, error);
	gint64 number = 0;

	if (stmt != NULL) {
		stmt_bind_int(stmt, ":from", from);
		stmt_bind_int(stmt, ":to", to);
	}
	if (stmt != NULL && place != NULL) {
		stmt_bind_text(stmt, ":type", place->type);
		stmt_bind_text(stmt, ":id", place->id);
	}
	if (!pages_number(stmt, &number, error))
		return FALSE;
	*out += number;
	return TRUE;
}

gboolean
pages_tally(struct index *index, const struct place *place, const struct time_window *window, gboolean letters, gint64 *out, GError **error)
{
	static const struct place everywhere = {"", ""};
	gint64 first = window->from / HOUR + (window->from % HOUR > 0), last = window->to / HOUR - (window->to % HOUR < 0);
	gboolean all = place == NULL || place->type == NULL;
	const char *rows = rows_sql[!all][letters];

	*out = 0;
	if (first >= last)
		return add(index, rows, all ? NULL : place, window->from, window->to, out, error);
	return add(index, hours_sql[letters], all ? &everywhere : place, first, last, out, error) &&
	       (first * HOUR == window->from || add(index, rows, all ? NULL : place, window->from, first * HOUR, out, error)) &&
	       (last * HOUR == window->to || add(index, rows, all ? NULL : place, last * HOUR, window->to, out, error));
}

enum pages_reach
pages_reach(const struct audience *audience)
{
	return audience->staff || audience->before == G_MAXINT64 ? REACH_ALL : audience->before == G_MININT64 ? REACH_FEW : REACH_MOST;
}

gboolean
pages_counts_quickly(const struct audience *audience)
{
	return pages_reach(audience) != REACH_FEW;
}

/* Those that came of late: few, beside all that there are. */
#define LATE                                                                                                                                                   \
	"SELECT m.date_effective FROM message AS m INDEXED BY message_received WHERE m.received > :before AND m.listed AND m.date_effective >= :from"          \
	" AND m.date_effective < :to AND NOT EXISTS (SELECT 1 FROM decision AS v WHERE v.message = m.message AND v.action = 'release' AND v.undone IS NULL)"   \
	" AND (:letters = 0 OR m.kind = 'input') AND (:type IS NULL OR EXISTS (SELECT 1 FROM filing AS f INDEXED BY filing_message"                            \
	" WHERE f.message = m.message AND f.type = :type AND f.id = :id)) ORDER BY m.date_effective"

GArray *
pages_late(struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window, gboolean letters, GError **error)
{
	struct stmt *stmt;

	if (pages_reach(audience) == REACH_ALL)
		return g_array_new(FALSE, FALSE, sizeof(gint64));
	stmt = db_statement(index_db(index), LATE, error);
	if (stmt != NULL) {
		stmt_bind_int(stmt, ":before", audience->before);
		stmt_bind_int(stmt, ":from", window->from);
		stmt_bind_int(stmt, ":to", window->to);
		stmt_bind_int(stmt, ":letters", letters);
		stmt_bind_text(stmt, ":type", place != NULL ? place->type : NULL);
		stmt_bind_text(stmt, ":id", place != NULL ? place->id : NULL);
	}
	return pages_numbers(stmt, error);
}
