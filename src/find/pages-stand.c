#include "find/pages-private.h"

#include <string.h>

#define STANDING "m.date_effective >= :from AND m.date_effective < :to AND " LISTED("m")
#define IN_ORDER " ORDER BY m.date_effective, m.message"

GArray *
pages_stand(struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window, GError **error)
{
	static const char in_place[] =
	    "SELECT f.date, f.message FROM filing AS f CROSS JOIN message AS m ON m.message = f.message"
	    " WHERE f.type = :type AND f.id = :id AND f.date >= :from AND f.date < :to AND " LISTED("m") " ORDER BY f.date, f.message";
	static const char all[] = "SELECT m.date_effective, m.message FROM message AS m INDEXED BY message_date WHERE " STANDING IN_ORDER;
	static const char unfiled[] = "SELECT m.date_effective, m.message FROM message AS m INDEXED BY message_date WHERE " STANDING
	                              " AND m.kind = 'input' AND NOT EXISTS (SELECT 1 FROM filing AS f INDEXED BY filing_message"
	                              " WHERE f.message = m.message AND f.type = 'workstream')" IN_ORDER;
	g_autoptr(Stmt) stmt = db_statement(index_db(index), place->type == NULL ? all : strcmp(place->type, "unfiled") == 0 ? unfiled : in_place, error);
	g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(struct pages_stood));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	pages_bind(stmt, audience);
	if (place->type != NULL && strcmp(place->type, "unfiled") != 0) {
		stmt_bind_text(stmt, ":type", place->type);
		stmt_bind_text(stmt, ":id", place->id);
	}
	stmt_bind_int(stmt, ":from", window->from);
	stmt_bind_int(stmt, ":to", window->to);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		const struct pages_stood stood = {stmt_int(stmt, 0), stmt_int(stmt, 1)};

		g_array_append_val(out, stood);
	}
	return result == STMT_END ? g_steal_pointer(&out) : NULL;
}

/* The thread's index begins with its number and the kind: of each kind one look, however long the thread is. */
#define BESIDE(WHERE, ORDER)                                                                                                                                   \
	"SELECT m.date_effective, m.message FROM message AS m INDEXED BY message_thread WHERE m.thread = :thread AND m.kind = :kind AND " WHERE                \
	" AND m.copy_of IS NULL AND " VISIBLE("m") " ORDER BY " ORDER " LIMIT 1"
static const char before_sql[] = BESIDE("(m.date_effective, m.message) < (:date, :message)", "m.date_effective DESC, m.message DESC");
static const char after_sql[] = BESIDE("(m.date_effective, m.message) > (:date, :message)", "m.date_effective, m.message");

gboolean
pages_beside(struct index *index, const struct audience *audience, gint64 thread, const struct pages_stood *place, gboolean before, struct pages_stood *out,
    GError **error)
{
	static const char *const kinds[] = {"input", "team", "admin", "announcement", "auto", "bounce", "spam"};
	struct pages_stood best = {0};

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autoptr(Stmt) stmt = db_statement(index_db(index), before ? before_sql : after_sql, error);
		enum stmt_result result;

		if (stmt == NULL)
			return FALSE;
		pages_bind(stmt, audience);
		stmt_bind_int(stmt, ":thread", thread);
		stmt_bind_text(stmt, ":kind", kinds[i]);
		stmt_bind_int(stmt, ":date", place->date);
		stmt_bind_int(stmt, ":message", place->message);
		result = stmt_step(stmt, error);
		if (result == STMT_ERROR)
			return FALSE;
		if (result == STMT_END)
			continue;
		struct pages_stood found = {stmt_int(stmt, 0), stmt_int(stmt, 1)};
		gboolean earlier = found.date < best.date || (found.date == best.date && found.message < best.message);
		if (best.message == 0 || earlier == !before)
			best = found;
	}
	*out = best;
	return TRUE;
}

GArray *
pages_thread_begins(struct index *index, const struct audience *audience, gint64 thread, GError **error)
{
	g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(gint64));
	struct pages_stood at = {G_MININT64, 0};

	while (out->len < 2) {
		if (!pages_beside(index, audience, thread, &at, FALSE, &at, error))
			return NULL;
		if (at.message == 0)
			break;
		g_array_append_val(out, at.message);
	}
	return g_steal_pointer(&out);
}
