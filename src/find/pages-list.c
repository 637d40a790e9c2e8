#include "find/pages-private.h"

#include "find/lists.h"

#include <string.h>

#define IN_PLACE                                                                                                                                               \
	" FROM filing AS f CROSS JOIN message AS m ON m.message = f.message WHERE f.type = :type AND f.id = :id AND f.date >= :from AND f.date < :to "         \
	"AND " LISTED("m")
#define EVERYWHERE " FROM message AS m INDEXED BY message_date WHERE m.date_effective >= :from AND m.date_effective < :to AND " LISTED("m")
#define UNFILED                                                                                                                                                \
	EVERYWHERE " AND m.kind = 'input'"                                                                                                                     \
	           " AND NOT EXISTS (SELECT 1 FROM filing AS f INDEXED BY filing_message WHERE f.message = m.message AND f.type = 'workstream')"
#define WINDOW " LIMIT :limit OFFSET :skip"
#define IN_PLACE_NEWEST " ORDER BY f.date DESC, f.message DESC" WINDOW
#define IN_PLACE_OLDEST " ORDER BY f.date, f.message" WINDOW
#define NEWEST " ORDER BY m.date_effective DESC, m.message DESC" WINDOW
#define OLDEST " ORDER BY m.date_effective, m.message" WINDOW

enum question { Q_NEWEST, Q_OLDEST, Q_COUNT, Q_FIRST, N_QUESTIONS };
enum which { W_PLACE, W_ALL, W_UNFILED, N_WHICH };

/* A place is a range of the filing table, everything one of the index of dates: neither sorts. */
static const char *const questions[N_WHICH][N_QUESTIONS] = {
    {
        "SELECT f.message" IN_PLACE IN_PLACE_NEWEST,
        "SELECT f.message" IN_PLACE IN_PLACE_OLDEST,
        "SELECT count(*) FROM (SELECT 1" IN_PLACE WINDOW ")",
        "SELECT f.date" IN_PLACE IN_PLACE_OLDEST,
    },
    {
        "SELECT m.message" EVERYWHERE NEWEST,
        "SELECT m.message" EVERYWHERE OLDEST,
        "SELECT count(*) FROM (SELECT 1" EVERYWHERE WINDOW ")",
        "SELECT m.date_effective" EVERYWHERE OLDEST,
    },
    {
        "SELECT m.message" UNFILED NEWEST,
        "SELECT m.message" UNFILED OLDEST,
        "SELECT count(*) FROM (SELECT 1" UNFILED WINDOW ")",
        "SELECT m.date_effective" UNFILED OLDEST,
    },
};

static enum which
which_of(const struct place *place)
{
	return place == NULL || place->type == NULL ? W_ALL : strcmp(place->type, "unfiled") == 0 ? W_UNFILED : W_PLACE;
}

static void
bind_place(struct stmt *stmt, const struct place *place)
{
	if (which_of(place) != W_PLACE)
		return;
	stmt_bind_text(stmt, ":type", place->type);
	stmt_bind_text(stmt, ":id", place->id);
}

static struct stmt *
ask(struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window, enum question question, guint skip,
    gint64 limit, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index), questions[which_of(place)][question], error);

	if (stmt == NULL)
		return NULL;
	pages_bind(stmt, audience);
	bind_place(stmt, place);
	stmt_bind_int(stmt, ":from", window != NULL ? window->from : G_MININT64);
	stmt_bind_int(stmt, ":to", window != NULL ? window->to : G_MAXINT64);
	stmt_bind_int(stmt, ":skip", skip);
	stmt_bind_int(stmt, ":limit", limit);
	return stmt;
}

GArray *
pages_list(struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window, gboolean newest, guint skip,
    guint limit, GError **error)
{
	return pages_numbers(ask(index, audience, place, window, newest ? Q_NEWEST : Q_OLDEST, skip, limit > 0 ? (gint64)limit : -1, error), error);
}

gboolean
pages_count(
    struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window, guint most, gint64 *out, GError **error)
{
	static const struct time_window always = {G_MININT64, G_MAXINT64};
	g_autoptr(GArray) late = NULL;
	gint64 count;

	if (which_of(place) == W_UNFILED || pages_reach(audience) == REACH_FEW)
		return pages_number(ask(index, audience, place, window, Q_COUNT, 0, most, error), out, error);
	if (!pages_tally(index, place, window != NULL ? window : &always, FALSE, &count, error) ||
	    (late = pages_late(index, audience, place, window != NULL ? window : &always, FALSE, error)) == NULL)
		return FALSE;
	*out = MIN(count - (gint64)late->len, (gint64)most);
	return TRUE;
}

/* From one month to the next that has something: a look into the index each, however many messages there are. */
GArray *
pages_months(struct index *index, const struct audience *audience, const struct place *place, GTimeZone *zone, GError **error)
{
	g_autoptr(GArray) months = g_array_new(FALSE, FALSE, sizeof(gint64));
	struct time_window rest = {G_MININT64, G_MAXINT64};

	for (;;) {
		g_autoptr(Stmt) stmt = ask(index, audience, place, &rest, Q_FIRST, 0, 1, error);
		enum stmt_result result = stmt != NULL ? stmt_step(stmt, error) : STMT_ERROR;
		struct time_window month;

		if (result == STMT_ERROR)
			return NULL;
		if (result == STMT_END)
			return g_steal_pointer(&months);
		month = clock_month(stmt_int(stmt, 0), 0, zone);
		g_array_append_val(months, month.from);
		if (month.to <= rest.from) /* the last year that can be shown */
			return g_steal_pointer(&months);
		rest.from = month.to;
	}
}

GArray *
pages_arrived(struct index *index, const struct audience *audience, guint limit, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index),
	    "SELECT m.message FROM message AS m INDEXED BY message_received WHERE " LISTED("m") " ORDER BY m.received DESC, m.message DESC LIMIT :limit",
	    error);

	if (stmt != NULL) {
		pages_bind(stmt, audience);
		stmt_bind_int(stmt, ":limit", limit);
	}
	return pages_numbers(stmt, error);
}

/* Each intent in the order of its table's key, and the two merged: no sorting, whatever their number. */
#define AWAITING(INTENT)                                                                                                                                       \
	"SELECT f.message AS message, f.date AS date FROM filing AS f CROSS JOIN message AS m ON m.message = f.message"                                        \
	" WHERE f.type = 'intent' AND f.id = '" INTENT                                                                                                         \
	"' AND m.answered IS NULL AND m.kind = 'input' AND " LISTED("m") " AND (:id IS NULL OR EXISTS (SELECT 1 FROM filing AS w INDEXED BY filing_message "   \
	                                                                 "WHERE w.message = f.message AND w.type = :type AND w.id = :id))"

GArray *
pages_awaiting(struct index *index, const struct audience *audience, const struct place *place, guint limit, gint64 *total, GError **error)
{
	struct stmt *stmt =
	    db_statement(index_db(index), AWAITING("consultation") " UNION " AWAITING("question") " ORDER BY date, message LIMIT :limit", error);
	g_autoptr(GArray) numbers = NULL;

	if (stmt != NULL) {
		pages_bind(stmt, audience);
		stmt_bind_text(stmt, ":type", place != NULL ? place->type : NULL);
		stmt_bind_text(stmt, ":id", place != NULL ? place->id : NULL);
		stmt_bind_int(stmt, ":limit", LIST_COUNTED);
	}
	numbers = pages_numbers(stmt, error);
	if (numbers == NULL)
		return NULL;
	*total = numbers->len;
	if (numbers->len > limit)
		g_array_set_size(numbers, limit);
	return g_steal_pointer(&numbers);
}

GArray *
pages_thread(struct index *index, const struct audience *audience, gint64 thread, guint limit, GError **error)
{
	struct stmt *stmt = db_statement(index_db(index),
	    "SELECT m.message FROM message AS m WHERE m.thread = :thread AND m.copy_of IS NULL AND " VISIBLE(
	        "m") " ORDER BY m.date_effective, m.message LIMIT :limit",
	    error);

	if (stmt != NULL) {
		pages_bind(stmt, audience);
		stmt_bind_int(stmt, ":thread", thread);
		stmt_bind_int(stmt, ":limit", limit);
	}
	return pages_numbers(stmt, error);
}
