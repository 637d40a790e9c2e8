#include "archive/texts-private.h"

#define FULL_BYTES (84 * 1024) /* of a half of a row that is joined with no more */
#define FULL_MOST 64           /* rows of one long letter each that are passed over in looking for such a row */

/* A row as texts_loose sees it. */
struct loose {
	gint64 first;
	struct halves halves;
};

/* From the newest on back to a row that was joined before and has no room left; a long letter has a row of its own, and does not end it. */
static GArray *
list_newest(struct db *db, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(db, "SELECT message, members FROM passages ORDER BY message DESC", error);
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(struct loose));
	enum stmt_result result = STMT_ERROR;
	guint full = 0;

	while (stmt != NULL && full < FULL_MOST && (result = stmt_step(stmt, error)) == STMT_ROW) {
		g_autoptr(GArray) members = texts_parse_members(stmt_text(stmt, 1));
		struct loose row = {stmt_int(stmt, 0), members != NULL ? members_halves(members) : (struct halves){{TEXTS_ROW_BYTES, TEXTS_ROW_BYTES}}};

		if (halves_most(&row.halves) >= FULL_BYTES)
			full += members != NULL && members->len > 1 ? FULL_MOST : 1;
		g_array_append_val(rows, row);
	}
	return result != STMT_ERROR ? g_steal_pointer(&rows) : NULL;
}

GArray *
texts_loose(struct db *db, GError **error)
{
	g_autoptr(GArray) rows = list_newest(db, error), loose = g_array_new(FALSE, FALSE, sizeof(gint64));
	struct halves held = {0};
	guint n = 0; /* rows that fit into one so far */

	for (guint i = rows != NULL ? rows->len : 0; i-- > 0;) {
		const struct loose *row = &g_array_index(rows, struct loose, i);

		n = n > 0 && halves_add(&held, &row->halves, TEXTS_ROW_BYTES) ? n + 1 : 1;
		held = n > 1 ? held : row->halves;
		if (n == 2)
			g_array_append_val(loose, g_array_index(rows, struct loose, i + 1).first);
		if (n >= 2)
			g_array_append_val(loose, row->first);
	}
	return rows != NULL ? g_steal_pointer(&loose) : NULL;
}
