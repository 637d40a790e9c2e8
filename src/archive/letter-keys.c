#include "archive/letter-keys.h"

#include <string.h>

#define MOST (256 * 1024) /* rows that wait: 8 MB */
#define LEAST_BITS 7      /* of a place in the table */

struct row {
	gint64 key, rank, message; /* MESSAGE 0: removed */
	guint next;                /* row of the same key, 0: none; rows are counted from 1 */
};

/* A row of each key that waits is found by its key. */
struct letter_keys {
	GArray *rows; /* of struct row */
	guint *places, bits, keys;
};

static struct row *
get_row(const struct letter_keys *waiting, guint number)
{
	return &g_array_index(waiting->rows, struct row, number - 1);
}

/* Where KEY is, or would be. */
static guint *
find(const struct letter_keys *waiting, gint64 key)
{
	guint mask = (1U << waiting->bits) - 1, at = (guint)((guint64)key * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) >> (64 - waiting->bits));

	while (waiting->places[at] != 0 && get_row(waiting, waiting->places[at])->key != key)
		at = (at + 1) & mask;
	return &waiting->places[at];
}

static void
grow(struct letter_keys *waiting)
{
	g_autofree guint *before = waiting->places;
	guint size = before != NULL ? 1U << waiting->bits : 0;

	waiting->bits = before != NULL ? waiting->bits + 1 : LEAST_BITS;
	waiting->places = g_new0(guint, (gsize)1 << waiting->bits);
	for (guint i = 0; i < size; i++)
		if (before[i] != 0)
			*find(waiting, get_row(waiting, before[i])->key) = before[i];
}

/* The number of the row of KEY that came last, 0: none waits. */
static guint
last_of(const struct index *index, gint64 key)
{
	const struct letter_keys *waiting = index->letter_keys;

	return waiting != NULL ? *find(waiting, key) : 0;
}

gboolean
letter_keys_add(struct index *index, gint64 key, gint64 rank, gint64 message, GError **error)
{
	struct row row = {key, rank, message, 0};
	struct letter_keys *waiting;
	guint *place;

	if (index->letter_keys != NULL && index->letter_keys->rows->len == MOST && !letter_keys_flush(index, error))
		return FALSE;
	if (index->letter_keys == NULL) {
		index->letter_keys = g_new0(struct letter_keys, 1);
		index->letter_keys->rows = g_array_new(FALSE, FALSE, sizeof row);
		grow(index->letter_keys);
	}
	waiting = index->letter_keys;
	if (2 * waiting->keys >= 1U << waiting->bits)
		grow(waiting);
	place = find(waiting, key);
	row.next = *place;
	waiting->keys += row.next == 0;
	g_array_append_val(waiting->rows, row);
	*place = waiting->rows->len;
	return TRUE;
}

static gboolean
run(struct index *index, const char *sql, const struct row *row, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":key", row->key);
	stmt_bind_int(stmt, ":rank", row->rank);
	stmt_bind_int(stmt, ":message", row->message);
	return stmt_run(stmt, error);
}

gboolean
letter_keys_remove(struct index *index, gint64 key, gint64 rank, gint64 message, GError **error)
{
	struct row row = {key, rank, message, 0};

	for (guint number = last_of(index, key); number != 0;) {
		struct row *waits = get_row(index->letter_keys, number);

		if (waits->message == message && waits->rank == rank) {
			waits->message = 0;
			return TRUE;
		}
		number = waits->next;
	}
	return run(index, "DELETE FROM letter_key WHERE key = :key AND rank = :rank AND message = :message", &row, error);
}

gboolean
letter_keys_first(struct index *index, gint64 key, gint64 *out, gboolean *more, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, DB_SOON("SELECT rank, message FROM letter_key WHERE key = :key ORDER BY rank, message LIMIT 2"), error);
	enum stmt_result result;
	gint64 rank = G_MAXINT64;
	guint n = 0;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":key", key);
	for (*out = 0; (result = stmt_step(stmt, error)) == STMT_ROW; n++)
		if (n == 0) {
			rank = stmt_int(stmt, 0);
			*out = stmt_int(stmt, 1);
		}
	for (guint number = last_of(index, key); number != 0;) {
		const struct row *row = get_row(index->letter_keys, number);

		number = row->next;
		if (row->message == 0)
			continue;
		n++;
		if (*out == 0 || row->rank < rank || (row->rank == rank && row->message < *out)) {
			rank = row->rank;
			*out = row->message;
		}
	}
	*more = n > 1;
	return result == STMT_END;
}

GArray *
letter_keys_list(struct index *index, gint64 key, GError **error)
{
	GArray *list = index_list(index, "SELECT message FROM letter_key WHERE key = :message", key, error);

	if (list == NULL)
		return NULL;
	for (guint number = last_of(index, key); number != 0;) {
		const struct row *row = get_row(index->letter_keys, number);

		if (row->message != 0)
			g_array_append_val(list, row->message);
		number = row->next;
	}
	return list;
}

static int
compare(gconstpointer a, gconstpointer b)
{
	const struct row *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	return (left->message > right->message) - (left->message < right->message);
}

gboolean
letter_keys_flush(struct index *index, GError **error)
{
	GArray *rows = index->letter_keys != NULL ? index->letter_keys->rows : NULL;

	if (rows == NULL)
		return TRUE;
	g_array_sort(rows, compare);
	for (guint i = 0; i < rows->len; i++)
		if (g_array_index(rows, struct row, i).message != 0 &&
		    !run(index, DB_SOON("INSERT INTO letter_key (key, rank, message) VALUES (:key, :rank, :message)"), &g_array_index(rows, struct row, i),
		        error))
			return FALSE;
	letter_keys_forget(index);
	return TRUE;
}

void
letter_keys_forget(struct index *index)
{
	if (index->letter_keys == NULL)
		return;
	g_array_unref(index->letter_keys->rows);
	g_free(index->letter_keys->places);
	g_clear_pointer(&index->letter_keys, g_free);
}
