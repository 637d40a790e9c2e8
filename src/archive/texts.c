#include "archive/texts-private.h"

#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#include <string.h>

#define WAITING_BYTES (2 * 1024 * 1024) /* that wait for a commit */
#define GATHER_BYTES (4 * 1024 * 1024)  /* joined in one transaction */

/* The half of a row that was taken apart last: who reads newest letters comes to its neighbours next. Compared by its bytes, so others may write meanwhile. */
struct unpacked {
	GBytes *packed, *plain;
};

struct texts {
	struct db *db;
	GPtrArray *waiting; /* of struct text */
	gsize bytes;
	struct unpacked last[N_HALVES];
};

static void
text_free(gpointer data)
{
	struct text *text = data;

	g_clear_pointer(&text->passages, g_bytes_unref);
	g_clear_pointer(&text->found, g_bytes_unref);
	g_free(text);
}

static struct text *
text_new(gint64 message, GBytes *passages, GBytes *found)
{
	struct text *text = g_new(struct text, 1);

	*text = (struct text){message, passages, found};
	return text;
}

static gsize
text_bytes(const struct text *text)
{
	return g_bytes_get_size(text->passages) + g_bytes_get_size(text->found);
}

struct texts *
texts_new(struct db *db)
{
	struct texts *texts = g_new0(struct texts, 1);

	texts->db = db;
	texts->waiting = g_ptr_array_new_with_free_func(text_free);
	return texts;
}

static void
unpacked_clear(struct unpacked *unpacked)
{
	g_clear_pointer(&unpacked->packed, g_bytes_unref);
	g_clear_pointer(&unpacked->plain, g_bytes_unref);
}

void
texts_free(struct texts *texts)
{
	if (texts == NULL)
		return;
	g_ptr_array_unref(texts->waiting);
	for (int i = 0; i < N_HALVES; i++)
		unpacked_clear(&texts->last[i]);
	g_free(texts);
}

void
texts_forget(struct texts *texts)
{
	g_ptr_array_set_size(texts->waiting, 0);
	texts->bytes = 0;
}

static gboolean
set_damaged(GError **error, const char *path)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s: the stored text of a message is damaged; run postbag rebuild", path);
	return FALSE;
}

/* MEMBER's bytes of PLAIN, or NULL when that is too short. */
static GBytes *
cut(GBytes *plain, const struct member *member, enum half half)
{
	gsize length = g_bytes_get_size(plain);

	if (member->at[half] > length || member->size[half] > length - member->at[half])
		return NULL;
	return g_bytes_new_from_bytes(plain, member->at[half], member->size[half]);
}

/* Column COLUMN of STMT, a half of a row, taken apart. */
static GBytes *
unpack(struct texts *texts, struct stmt *stmt, int column, enum half half, GError **error)
{
	struct unpacked *last = &texts->last[half];
	g_autoptr(GBytes) plain = NULL;
	gsize length;
	gconstpointer data = stmt_blob(stmt, column, &length);

	if (last->packed != NULL && g_bytes_get_size(last->packed) == length && memcmp(g_bytes_get_data(last->packed, NULL), data, length) == 0)
		return g_bytes_ref(last->plain);
	if ((plain = decompress_bytes(data, length, LIMIT_RECORD_BYTES, NULL)) == NULL) {
		set_damaged(error, db_path(texts->db));
		return NULL;
	}
	unpacked_clear(last);
	last->packed = g_bytes_new(data, length);
	last->plain = g_bytes_ref(plain);
	return g_steal_pointer(&plain);
}

/* The letters that come one by one are looked for from the newest on. */
static gboolean
find_waiting(const struct texts *texts, gint64 message, guint *at)
{
	for (guint i = texts->waiting->len; i-- > 0;)
		if (((const struct text *)texts->waiting->pdata[i])->message == message) {
			*at = i;
			return TRUE;
		}
	return FALSE;
}

/* A half of MESSAGE by STMT's row: members, that half, what the row is named by. */
static gboolean
get_half(struct texts *texts, struct stmt *stmt, gint64 message, enum half half, GBytes **out, GError **error)
{
	g_autoptr(GArray) members = texts_parse_members(stmt_text(stmt, 0));
	const struct member *member = members != NULL ? texts_find_member(members, message) : NULL;
	g_autoptr(GBytes) plain = NULL;

	*out = NULL;
	if (members == NULL || g_array_index(members, struct member, 0).message != stmt_int(stmt, 2))
		return set_damaged(error, db_path(texts->db));
	if (member == NULL)
		return TRUE;
	if ((plain = unpack(texts, stmt, 1, half, error)) == NULL)
		return FALSE;
	*out = cut(plain, member, half);
	return *out != NULL || set_damaged(error, db_path(texts->db));
}

/* Asked one by one, so that who wants the text alone reads nothing of the other half. */
static gboolean
look_up(struct texts *texts, const char *sql, gint64 message, enum half half, GBytes **out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(texts->db, sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	*out = NULL;
	return result == STMT_ROW ? get_half(texts, stmt, message, half, out, error) : result == STMT_END;
}

gboolean
texts_get(struct texts *texts, gint64 message, GBytes **passages, GBytes **found, GError **error)
{
	g_autoptr(GBytes) text = NULL;
	guint at;

	if (find_waiting(texts, message, &at)) {
		const struct text *waiting = texts->waiting->pdata[at];

		*passages = g_bytes_ref(waiting->passages);
		if (found != NULL)
			*found = g_bytes_ref(waiting->found);
		return TRUE;
	}
	if (!look_up(texts, "SELECT members, passages, message FROM passages WHERE message <= :message ORDER BY message DESC LIMIT 1", message, PASSAGES, &text,
	        error))
		return FALSE;
	if (found != NULL && !look_up(texts, "SELECT members, found, message FROM passages WHERE message <= :message ORDER BY message DESC LIMIT 1", message,
	                         FOUND, found, error))
		return FALSE;
	*passages = g_steal_pointer(&text);
	return TRUE;
}

static void
wait_for_commit(struct texts *texts, struct text *text)
{
	g_ptr_array_add(texts->waiting, text);
	texts->bytes += text_bytes(text);
}

gboolean
texts_add(struct texts *texts, gint64 message, GBytes *passages, GBytes *found, GError **error)
{
	wait_for_commit(texts, text_new(message, passages, found));
	return texts->bytes < WAITING_BYTES || texts_flush(texts, error);
}

static GPtrArray *
take_apart(struct stmt *stmt, const GArray *members)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(text_free);
	g_autoptr(GBytes) passages = NULL, found = NULL;
	gconstpointer data;
	gsize length;

	data = stmt_blob(stmt, 2, &length);
	passages = decompress_bytes(data, length, LIMIT_RECORD_BYTES, NULL);
	data = stmt_blob(stmt, 3, &length);
	found = decompress_bytes(data, length, LIMIT_RECORD_BYTES, NULL);
	for (guint i = 0; i < members->len; i++) {
		const struct member *member = &g_array_index(members, struct member, i);

		g_ptr_array_add(list,
		    text_new(member->message, passages != NULL ? cut(passages, member, PASSAGES) : NULL, found != NULL ? cut(found, member, FOUND) : NULL));
	}
	return g_steal_pointer(&list);
}

GPtrArray *
texts_of_row(struct stmt *stmt)
{
	g_autoptr(GArray) members = texts_parse_members(stmt_text(stmt, 1));

	/* What it is named by is all that is known of it. */
	if (members == NULL || g_array_index(members, struct member, 0).message != stmt_int(stmt, 0)) {
		struct member unknown = {.message = stmt_int(stmt, 0), .size = {G_MAXSIZE, G_MAXSIZE}};

		g_clear_pointer(&members, g_array_unref);
		members = g_array_new(FALSE, FALSE, sizeof(struct member));
		g_array_append_val(members, unknown);
	}
	return take_apart(stmt, members);
}

static gboolean
delete_row(struct texts *texts, gint64 first, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(texts->db, "DELETE FROM passages WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", first);
	return stmt_run(stmt, error);
}

/* The texts of the row that begins with message FIRST wait again, and the row goes. */
static gboolean
take_out(struct texts *texts, gint64 first, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(texts->db, "SELECT message, members, passages, found FROM passages WHERE message = :message", error);
	g_autoptr(GPtrArray) list = NULL;
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", first);
	if ((result = stmt_step(stmt, error)) != STMT_ROW)
		return result == STMT_END;
	list = texts_of_row(stmt);
	for (guint i = 0; i < list->len; i++)
		if (((struct text *)list->pdata[i])->passages == NULL || ((struct text *)list->pdata[i])->found == NULL)
			return set_damaged(error, db_path(texts->db));
	while (list->len > 0)
		wait_for_commit(texts, g_ptr_array_steal_index(list, list->len - 1));
	return delete_row(texts, first, error);
}

/* The row that has MESSAGE, or has numbers on both sides of it: its own, 0 for none. *NEXT: the row after it. *DAMAGED: the row before cannot be taken for
 * either. */
static gboolean
find_row(struct texts *texts, gint64 message, gint64 *row, gint64 *next, gboolean *damaged, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(texts->db,
	    DB_SOON("SELECT r.message, r.members, (SELECT message FROM passages WHERE message > :message ORDER BY message LIMIT 1) FROM (SELECT 1) LEFT JOIN "
	            "(SELECT message, members FROM passages WHERE message <= :message ORDER BY message DESC LIMIT 1) AS r"),
	    error);
	g_autoptr(GArray) members = NULL;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*row = 0;
	*next = stmt_is_null(stmt, 2) ? G_MAXINT64 : stmt_int(stmt, 2);
	*damaged = FALSE;
	if (stmt_is_null(stmt, 0))
		return TRUE;
	members = texts_parse_members(stmt_text(stmt, 1));
	*damaged = members == NULL || g_array_index(members, struct member, 0).message != stmt_int(stmt, 0);
	if (!*damaged && g_array_index(members, struct member, members->len - 1).message >= message)
		*row = stmt_int(stmt, 0);
	return TRUE;
}

/* A half of a row that may be damaged: FALSE where it is whole, but MEMBERS is not what it holds. *OUT: NULL where it is damaged. */
static gboolean
unpack_damaged(struct stmt *stmt, int column, const GArray *members, enum half half, GBytes **out)
{
	const struct member *last = &g_array_index(members, struct member, members->len - 1);
	gsize length;
	gconstpointer data = stmt_blob(stmt, column, &length);

	*out = decompress_bytes(data, length, LIMIT_RECORD_BYTES, NULL);
	return *out == NULL || g_bytes_get_size(*out) == last->at[half] + last->size[half];
}

/* A half of MEMBERS from FROM up to TO; a word, which is no half of anything, where it is damaged. */
static GBytes *
pack_piece(GBytes *whole, const GArray *members, guint from, guint to, enum half half)
{
	const struct member *first = &g_array_index(members, struct member, from), *last = &g_array_index(members, struct member, to - 1);

	if (whole == NULL)
		return g_bytes_new_static("damaged", 7);
	return compress_bytes((const guint8 *)g_bytes_get_data(whole, NULL) + first->at[half], last->at[half] + last->size[half] - first->at[half]);
}

static gboolean
insert_row(struct texts *texts, gint64 first, const char *members, GBytes *passages, GBytes *found, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(texts->db, DB_SOON("INSERT INTO passages (message, members, passages, found) VALUES (:message, :members, :passages, :found)"), error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", first);
	stmt_bind_text_static(stmt, ":members", members);
	stmt_bind_blob_static(stmt, ":passages", g_bytes_get_data(passages, NULL), g_bytes_get_size(passages));
	stmt_bind_blob_static(stmt, ":found", g_bytes_get_data(found, NULL), g_bytes_get_size(found));
	return stmt_run(stmt, error);
}

static gboolean
insert_piece(struct texts *texts, GBytes *const *wholes, const GArray *members, guint from, guint to, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(GBytes) passages = NULL, found = NULL;

	if (from == to)
		return TRUE;
	for (guint i = from; i < to; i++) {
		const struct member *member = &g_array_index(members, struct member, i);

		texts_append_member(names, member->message, member->size[PASSAGES], member->size[FOUND]);
	}
	passages = pack_piece(wholes[PASSAGES], members, from, to, PASSAGES);
	found = pack_piece(wholes[FOUND], members, from, to, FOUND);
	return insert_row(texts, g_array_index(members, struct member, from).message, names->str, passages, found, error);
}

/* Of a row that cannot be taken apart what is before and behind MESSAGE become rows, and what it has of that goes: what is read anew, or redacted, is not kept
 * by damage to it or to its neighbours, which stay as damaged as they are. */
static gboolean
split_damaged(struct texts *texts, gint64 row, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_prepare(texts->db, "SELECT message, members, passages, found FROM passages WHERE message = :message", error);
	g_autoptr(GArray) members = NULL;
	g_autoptr(GBytes) passages = NULL, found = NULL;
	guint before = 0, behind;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", row);
	if (stmt_step(stmt, error) != STMT_ROW || (members = texts_parse_members(stmt_text(stmt, 1))) == NULL ||
	    !unpack_damaged(stmt, 2, members, PASSAGES, &passages) || !unpack_damaged(stmt, 3, members, FOUND, &found))
		return set_damaged(error, db_path(texts->db));
	while (before < members->len && g_array_index(members, struct member, before).message < message)
		before++;
	behind = before + (before < members->len && g_array_index(members, struct member, before).message == message);
	return delete_row(texts, row, error) && insert_piece(texts, (GBytes *[]){passages, found}, members, 0, before, error) &&
	       insert_piece(texts, (GBytes *[]){passages, found}, members, behind, members->len, error);
}

/* The texts of ROW wait again; a damaged one makes way for MESSAGE alone. */
static gboolean
clear_way(struct texts *texts, gint64 row, gint64 message, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (take_out(texts, row, &reason))
		return TRUE;
	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED))
		return split_damaged(texts, row, message, error);
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

gboolean
texts_remove(struct texts *texts, gint64 message, GError **error)
{
	gint64 row, next;
	gboolean damaged;
	guint at;

	if (!find_waiting(texts, message, &at)) {
		if (!find_row(texts, message, &row, &next, &damaged, error))
			return FALSE;
		if (damaged)
			return set_damaged(error, db_path(texts->db));
		if (row != 0 && !clear_way(texts, row, message, error))
			return FALSE;
		if (!find_waiting(texts, message, &at))
			return TRUE;
	}
	texts->bytes -= text_bytes(texts->waiting->pdata[at]);
	g_ptr_array_remove_index(texts->waiting, at);
	return TRUE;
}

static gint
compare_texts(gconstpointer a, gconstpointer b)
{
	const struct text *left = *(const struct text *const *)a, *right = *(const struct text *const *)b;

	return (left->message > right->message) - (left->message < right->message);
}

static GBytes *
pack_half(const GPtrArray *list, guint from, guint to, enum half half)
{
	g_autoptr(GByteArray) plain = g_byte_array_new();

	for (guint i = from; i < to; i++) {
		const struct text *text = list->pdata[i];
		gsize length;
		gconstpointer data = g_bytes_get_data(half == PASSAGES ? text->passages : text->found, &length);

		if (to - from == 1)
			return compress_bytes(data, length);
		g_byte_array_append(plain, data, (guint)length);
	}
	return compress_bytes(plain->data, plain->len);
}

static gboolean
write_row(struct texts *texts, guint from, guint to, GError **error)
{
	g_autoptr(GBytes) passages = pack_half(texts->waiting, from, to, PASSAGES), found = pack_half(texts->waiting, from, to, FOUND);
	g_autoptr(GString) members = g_string_new(NULL);

	for (guint i = from; i < to; i++) {
		const struct text *text = texts->waiting->pdata[i];

		texts_append_member(members, text->message, g_bytes_get_size(text->passages), g_bytes_get_size(text->found));
	}
	return insert_row(texts, ((const struct text *)texts->waiting->pdata[from])->message, members->str, passages, found, error);
}

/* Rows that reach across a text that waits are taken out; what waits is sorted. A damaged row stays where it is: it must not keep the letters after it out. */
static gboolean
make_way(struct texts *texts, GError **error)
{
	gint64 row, next = 0;
	gboolean damaged;

	g_ptr_array_sort(texts->waiting, compare_texts);
	for (guint i = 0; i < texts->waiting->len; i++) {
		gint64 message = ((const struct text *)texts->waiting->pdata[i])->message;

		/* Up to the next row the one before is the same, and does not reach here. */
		if (message < next)
			continue;
		if (!find_row(texts, message, &row, &next, &damaged, error) || (row != 0 && !clear_way(texts, row, message, error)))
			return FALSE;
		if (row != 0) {
			g_ptr_array_sort(texts->waiting, compare_texts);
			next = 0;
			i = G_MAXUINT; /* from the beginning */
		}
	}
	return TRUE;
}

gboolean
texts_flush(struct texts *texts, GError **error)
{
	guint from = 0;
	struct halves held = {0};
	gint64 row, next = 0;
	gboolean damaged;

	if (texts->waiting->len == 0)
		return TRUE;
	if (!make_way(texts, error))
		return FALSE;
	for (guint i = 0; i < texts->waiting->len; i++) {
		const struct text *text = texts->waiting->pdata[i];
		struct halves more = {{g_bytes_get_size(text->passages), g_bytes_get_size(text->found)}};

		if (i > from && (text->message >= next || !halves_add(&held, &more, TEXTS_ROW_BYTES))) {
			if (!write_row(texts, from, i, error))
				return FALSE;
			from = i;
		}
		if (i == from)
			held = more;
		if (i == from && i + 1 < texts->waiting->len && text->message >= next && !find_row(texts, text->message, &row, &next, &damaged, error))
			return FALSE;
	}
	if (!write_row(texts, from, texts->waiting->len, error))
		return FALSE;
	texts_forget(texts);
	return TRUE;
}

gboolean
texts_gather(struct texts *texts, const GArray *loose, GError **error)
{
	for (guint i = 0; i < loose->len && texts->bytes < GATHER_BYTES; i++)
		if (!take_out(texts, g_array_index(loose, gint64, i), error))
			return FALSE;
	return TRUE;
}
