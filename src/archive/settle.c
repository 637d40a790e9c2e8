#include "archive/settle.h"

#include "archive/index-private.h"

/* A message whose rows were or will be written in this transaction: what they counted is off already. */
struct touched {
	gint64 message;
	gint64 copy_of;  /* before; 0: none */
	gboolean marked; /* a row was written: it gets the transaction's number */
};

/* A place and an hour of table tally, and by how much it changes. */
struct cell {
	const char *type, *id; /* in settle->names, where equal strings are one */
	gint64 hour;
	gint64 listed, letters;
};

struct settle {
	gint64 change; /* the transaction's number; 0: not asked for yet */
	GArray *touched;
	GHashTable *places; /* message -> its place in touched, from 1 on */
	GHashTable *cells;  /* a set of struct cell */
	GStringChunk *names;
};

/* What the rows of a message say now. */
struct now {
	gint64 copy_of, change;
	gboolean there, listed, letter, asks, hushed;
	gboolean will_ask, will_be_hushed;
};

static guint
cell_hash(gconstpointer data)
{
	const struct cell *cell = data;

	return g_direct_hash(cell->type) ^ (g_direct_hash(cell->id) * 31) ^ ((guint)cell->hour * 2654435761U);
}

static gboolean
cell_equal(gconstpointer a, gconstpointer b)
{
	const struct cell *one = a, *other = b;

	return one->type == other->type && one->id == other->id && one->hour == other->hour;
}

static struct settle *
get_settle(struct index *index)
{
	struct settle *settle = index->settle;

	if (settle != NULL)
		return settle;
	settle = g_new0(struct settle, 1);
	settle->touched = g_array_new(FALSE, FALSE, sizeof(struct touched));
	settle->places = g_hash_table_new(g_direct_hash, g_direct_equal);
	settle->cells = g_hash_table_new_full(cell_hash, cell_equal, g_free, NULL);
	settle->names = g_string_chunk_new(256);
	return index->settle = settle;
}

void
settle_forget(struct index *index)
{
	struct settle *settle = index->settle;

	if (settle == NULL)
		return;
	settle->change = 0;
	g_array_set_size(settle->touched, 0);
	g_hash_table_remove_all(settle->places);
	g_hash_table_remove_all(settle->cells);
	g_string_chunk_clear(settle->names);
}

void
settle_free(struct settle *settle)
{
	if (settle == NULL)
		return;
	g_array_unref(settle->touched);
	g_hash_table_unref(settle->places);
	g_hash_table_unref(settle->cells);
	g_string_chunk_free(settle->names);
	g_free(settle);
}

static void
count(struct settle *settle, const char *type, const char *id, gint64 date, gint64 listed, gint64 letters)
{
	struct cell place = {
	    .type = g_string_chunk_insert_const(settle->names, type),
	    .id = g_string_chunk_insert_const(settle->names, id),
	    .hour = (date - (date % 3600 + 3600) % 3600) / 3600,
	};
	struct cell *cell = g_hash_table_lookup(settle->cells, &place);

	if (cell == NULL) {
		cell = g_memdup2(&place, sizeof(place));
		g_hash_table_add(settle->cells, cell);
	}
	cell->listed += listed;
	cell->letters += letters;
}

/* The original of a held copy would tell what it says, unless people released that itself. */
#define IS_HUSHED                                                                                                                                              \
	"EXISTS (SELECT 1 FROM message AS o WHERE o.copy_of = m.message AND (o.held IS NOT NULL OR o.kind = 'spam' OR o.redacted IS 'whole')) AND NOT "        \
	"EXISTS (SELECT 1 FROM decision AS d WHERE d.message = m.message AND d.action = 'release' AND d.undone IS NULL)"

static const char look_sql[] =
    "SELECT m.listed, m.kind = 'input', m.date_effective, coalesce(m.copy_of, 0), m.change, m.asks, m.hushed, " IS_HUSHED
    ", f.type, f.id, f.date, f.type = 'intent' AND f.id IN ('question', 'consultation') FROM message AS m LEFT JOIN filing AS f ON f.message = m.message "
    "WHERE m.message = :message";
DB_SOON_NAMED(look_sql);

/* Reads what the rows of MESSAGE say, and counts them SIGN times. */
static gboolean
look(struct index *index, gint64 message, int sign, struct now *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, look_sql, error);
	struct settle *settle = index->settle;
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	*out = (struct now){0};
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gboolean listed = stmt_int(stmt, 0) != 0, first = !out->there;
		int letters = stmt_int(stmt, 1) != 0 ? sign : 0;

		if (first)
			*out = (struct now){
			    .there = TRUE,
			    .copy_of = stmt_int(stmt, 3),
			    .change = stmt_int(stmt, 4),
			    .asks = stmt_int(stmt, 5) != 0,
			    .hushed = stmt_int(stmt, 6) != 0,
			    .will_be_hushed = stmt_int(stmt, 7) != 0,
			};
		if (first && listed)
			count(settle, "", "", stmt_int(stmt, 2), sign, letters);
		if (stmt_is_null(stmt, 8))
			continue;
		out->will_ask |= stmt_int(stmt, 11) != 0;
		if (listed)
			count(settle, stmt_text(stmt, 8), stmt_text(stmt, 9), stmt_int(stmt, 10), sign, letters);
	}
	return result == STMT_END;
}

/* The number of a transaction is greater than all that were before, so whoever has seen up to one of them sees what came after. */
gboolean
settle_change(struct index *index, gint64 *out, GError **error)
{
	struct settle *settle = get_settle(index);

	if (settle->change == 0 && !index_get(index, DB_SOON("SELECT max(change) + 1 FROM message WHERE :message = 0"), 0, 1, &settle->change, error))
		return FALSE;
	*out = settle->change;
	return TRUE;
}

static struct touched *
find_touched(struct settle *settle, gint64 message)
{
	guint place = GPOINTER_TO_UINT(g_hash_table_lookup(settle->places, GSIZE_TO_POINTER(message)));

	return place > 0 ? &g_array_index(settle->touched, struct touched, place - 1) : NULL;
}

static struct touched *
add_touched(struct settle *settle, gint64 message, gint64 copy_of, gboolean marked)
{
	struct touched touched = {message, copy_of, marked};

	g_array_append_val(settle->touched, touched);
	g_hash_table_insert(settle->places, GSIZE_TO_POINTER(message), GUINT_TO_POINTER(settle->touched->len));
	return &g_array_index(settle->touched, struct touched, settle->touched->len - 1);
}

/* Before the first row of MESSAGE is written. The number is asked for before a row can go that has the greatest. NULL: an error. */
static struct touched *
touch(struct index *index, gint64 message, GError **error)
{
	struct settle *settle = get_settle(index);
	struct touched *touched = find_touched(settle, message);
	struct now now;
	gint64 change;

	if (touched != NULL)
		return touched;
	if (!settle_change(index, &change, error) || !look(index, message, -1, &now, error))
		return NULL;
	return add_touched(settle, message, now.copy_of, FALSE);
}

gboolean
settle_new(struct index *index, gint64 message, GError **error)
{
	struct settle *settle = get_settle(index);
	struct touched *touched = find_touched(settle, message);
	gint64 change;

	if (!settle_change(index, &change, error))
		return FALSE;
	if (touched == NULL)
		add_touched(settle, message, 0, TRUE);
	else
		touched->marked = TRUE;
	return TRUE;
}

gboolean
settle_run(struct index *index, struct stmt *stmt, gint64 message, GError **error)
{
	struct touched *touched = touch(index, message, error);

	if (touched == NULL || !stmt_run(stmt, error))
		return FALSE;
	touched->marked |= db_changes(index->db) > 0;
	return TRUE;
}

gboolean
settle_run_one(struct index *index, const char *sql, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	return settle_run(index, stmt, message, error);
}

static gboolean
write_flags(struct index *index, gint64 message, const struct now *now, gint64 change, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "UPDATE message SET asks = :asks, hushed = :hushed, change = :change WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":asks", now->will_ask);
	stmt_bind_int(stmt, ":hushed", now->will_be_hushed);
	stmt_bind_int(stmt, ":change", change);
	stmt_bind_int(stmt, ":message", message);
	return stmt_run(stmt, error);
}

/* Originals are touched too: by what becomes of a copy they may be hushed or heard. */
static gboolean
settle_one(struct index *index, struct touched touched, GError **error)
{
	gint64 change = index->settle->change;
	gint64 message = touched.message;
	struct now now, other;
	gboolean turns;

	if (!look(index, message, 1, &now, error))
		return FALSE;
	turns = now.hushed != now.will_be_hushed;
	/* What is hushed is not listed. */
	if (turns && !look(index, message, -1, &other, error))
		return FALSE;
	if (now.there && (turns || now.asks != now.will_ask || (touched.marked && now.change != change)) && !write_flags(index, message, &now, change, error))
		return FALSE;
	if (turns && !look(index, message, 1, &other, error))
		return FALSE;
	return (touched.copy_of == 0 || touch(index, touched.copy_of, error) != NULL) && (now.copy_of == 0 || touch(index, now.copy_of, error) != NULL);
}

static gboolean
write_cell(struct index *index, const char *sql, const struct cell *cell, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":type", cell->type);
	stmt_bind_text_static(stmt, ":id", cell->id);
	stmt_bind_int(stmt, ":hour", cell->hour);
	stmt_bind_int(stmt, ":listed", cell->listed);
	stmt_bind_int(stmt, ":letters", cell->letters);
	return stmt_run(stmt, error);
}

/* An hour without letters has no row. */
static gboolean
add_cell(struct index *index, const struct cell *cell, GError **error)
{
	if (cell->listed == 0 && cell->letters == 0)
		return TRUE;
	return write_cell(index,
	           DB_SOON("INSERT INTO tally (type, id, hour, listed, letters) VALUES (:type, :id, :hour, :listed, :letters) "
	                   "ON CONFLICT DO UPDATE SET listed = listed + excluded.listed, letters = letters + excluded.letters"),
	           cell, error) &&
	       (cell->listed >= 0 ||
	           write_cell(index, "DELETE FROM tally WHERE type = :type AND id = :id AND hour = :hour AND listed = 0 AND :listed + :letters IS NOT NULL",
	               cell, error));
}

gboolean
settle_all(struct index *index, GError **error)
{
	struct settle *settle = index->settle;
	GHashTableIter iter;
	gpointer cell;

	if (settle == NULL)
		return TRUE;
	for (guint i = 0; i < settle->touched->len; i++)
		if (!settle_one(index, g_array_index(settle->touched, struct touched, i), error))
			return FALSE;
	g_hash_table_iter_init(&iter, settle->cells);
	while (g_hash_table_iter_next(&iter, &cell, NULL))
		if (!add_cell(index, cell, error))
			return FALSE;
	settle_forget(index);
	return TRUE;
}
