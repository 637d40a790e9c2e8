#include "archive/threads.h"

#include "archive/answers.h"
#include "archive/index-private.h"
#include "archive/settle.h"
#include "archive/suggestions.h"

#include <string.h>

/*
 * Union-find over Message-IDs: table thread_of gives each its thread at once, and of two threads that turn out to be one the smaller is renamed,
 * so that a message is renamed at most log2(n) times. A thread has the number of a message in it.
 */
struct naming {
	const char *message_id;
	gint64 id, thread; /* 0: never seen */
};

static void
add_name(GArray *names, const char *message_id)
{
	struct naming name = {.message_id = message_id};

	if (message_id == NULL || *message_id == '\0')
		return;
	for (guint i = 0; i < names->len; i++)
		if (strcmp(g_array_index(names, struct naming, i).message_id, message_id) == 0)
			return;
	g_array_append_val(names, name);
}

/* Number 0 is the message's own, when it has one. */
static GArray *
list_names(const struct record *record)
{
	GArray *names = g_array_new(FALSE, FALSE, sizeof(struct naming));

	add_name(names, record->message_id);
	for (guint i = 0; i < record->references->len; i++)
		add_name(names, record->references->pdata[i]);
	add_name(names, record->in_reply_to);
	return names;
}

static gboolean
look_up(struct index *index, struct naming *name, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, DB_SOON("SELECT id, thread FROM thread_of WHERE hash = :hash AND message_id = :id"), error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", index_hash(name->message_id));
	stmt_bind_text_static(stmt, ":id", name->message_id);
	result = stmt_step(stmt, error);
	if (result == STMT_ROW) {
		name->id = stmt_int(stmt, 0);
		name->thread = stmt_int(stmt, 1);
	}
	return result != STMT_ERROR;
}

static gboolean
rename_thread(struct index *index, gint64 from, gint64 to, GError **error)
{
	static const char *const steps[] = {
	    "UPDATE thread_of SET thread = :to WHERE id IN "
	    "(SELECT r.id FROM message AS m JOIN reference AS r ON r.message = m.message WHERE m.thread = :from)",
	    "UPDATE message SET thread = :to, change = :change WHERE thread = :from",
	};
	gint64 change;

	if (!settle_change(index, &change, error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autoptr(Stmt) stmt = db_statement(index->db, steps[i], error);

		if (stmt == NULL)
			return FALSE;
		stmt_bind_int(stmt, ":from", from);
		stmt_bind_int(stmt, ":to", to);
		if (i > 0)
			stmt_bind_int(stmt, ":change", change);
		if (!stmt_run(stmt, error))
			return FALSE;
	}
	return suggestions_merge(index, from, to, error);
}

/* All of THREADS become the largest of them. */
static gboolean
merge(struct index *index, const GArray *threads, gint64 *out, GError **error)
{
	gint64 most = -1;

	*out = g_array_index(threads, gint64, 0);
	if (threads->len == 1)
		return TRUE;
	for (guint i = 0; i < threads->len; i++) {
		gint64 thread = g_array_index(threads, gint64, i), size;

		if (!index_get(index, "SELECT count(*) FROM message WHERE thread = :message", thread, 0, &size, error))
			return FALSE;
		if (size > most) {
			most = size;
			*out = thread;
		}
	}
	for (guint i = 0; i < threads->len; i++) {
		gint64 thread = g_array_index(threads, gint64, i);

		if (thread != *out && !rename_thread(index, thread, *out, error))
			return FALSE;
	}
	return answers_refresh_thread(index, *out, error);
}

static gboolean
add_id(struct index *index, struct naming *name, gint64 thread, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, DB_SOON("INSERT INTO thread_of (hash, message_id, thread) VALUES (:hash, :id, :thread)"), error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", index_hash(name->message_id));
	stmt_bind_text_static(stmt, ":id", name->message_id);
	stmt_bind_int(stmt, ":thread", thread);
	if (!stmt_run(stmt, error))
		return FALSE;
	name->id = db_last_rowid(index->db);
	return TRUE;
}

struct references {
	gint64 message;
	guint own; /* 0: number 0 is the message's own */
	const GArray *names;
};

static void
fill_reference(struct db_row *row, guint n, gconstpointer data)
{
	const struct references *references = data;

	db_row_int(row, references->message);
	db_row_int(row, references->own + n);
	db_row_int(row, g_array_index(references->names, struct naming, n).id);
}

DB_ROWS(reference_rows, "reference (message, n, id)", "(?, ?, ?)");

static void
add_thread(GArray *threads, gint64 thread)
{
	if (thread == 0)
		return;
	for (guint i = 0; i < threads->len; i++)
		if (g_array_index(threads, gint64, i) == thread)
			return;
	g_array_append_val(threads, thread);
}

gboolean
threads_join(struct index *index, gint64 message, const struct record *record, struct joined *out, GError **error)
{
	g_autoptr(GArray) names = NULL;
	g_autoptr(GArray) threads = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 joined = message;
	guint own;

	*out = (struct joined){.thread = message, .alone = TRUE};
	if (record == NULL)
		return TRUE;
	names = list_names(record);
	own = record->message_id != NULL && *record->message_id != '\0' ? 0 : 1;
	for (guint i = 0; i < names->len; i++) {
		if (!look_up(index, &g_array_index(names, struct naming, i), error))
			return FALSE;
		add_thread(threads, g_array_index(names, struct naming, i).thread);
	}
	out->named = own == 0 && g_array_index(names, struct naming, 0).id != 0;
	out->alone = threads->len == 0;
	if (threads->len > 0 && !merge(index, threads, &joined, error))
		return FALSE;
	for (guint i = 0; i < names->len; i++) {
		struct naming *name = &g_array_index(names, struct naming, i);

		if (name->id == 0 && !add_id(index, name, joined, error))
			return FALSE;
	}
	out->thread = joined;
	return db_write_rows(index->db, &reference_rows, names->len, fill_reference, &(struct references){message, own, names}, error);
}

gboolean
threads_names_same(struct index *index, gint64 message, const struct record *record, gboolean *same, GError **error)
{
	g_autoptr(GArray) names = record != NULL ? list_names(record) : g_array_new(FALSE, FALSE, sizeof(struct naming));
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, "SELECT r.n, o.message_id FROM reference AS r JOIN thread_of AS o ON o.id = r.id WHERE r.message = :message ORDER BY r.n", error);
	guint own = record != NULL && record->message_id != NULL && *record->message_id != '\0' ? 0 : 1, n = 0;
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	for (*same = TRUE; (result = stmt_step(stmt, error)) == STMT_ROW; n++)
		*same = *same && n < names->len && stmt_int(stmt, 0) == own + n &&
		        strcmp(stmt_text(stmt, 1), g_array_index(names, struct naming, n).message_id) == 0;
	*same = *same && n == names->len;
	return result == STMT_END;
}

/* A message is put into the threads its Message-IDs belong to, as if it had just come. */
static gboolean
rejoin(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GArray) ids = index_list(index, "SELECT id FROM reference WHERE message = :message ORDER BY n", message, error);
	g_autoptr(GArray) threads = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 joined;

	if (ids == NULL)
		return FALSE;
	add_thread(threads, message);
	for (guint i = 0; i < ids->len; i++) {
		gint64 thread;

		if (!index_get(index, "SELECT thread FROM thread_of WHERE id = :message", g_array_index(ids, gint64, i), 0, &thread, error))
			return FALSE;
		add_thread(threads, thread);
	}
	if (!merge(index, threads, &joined, error))
		return FALSE;
	for (guint i = 0; i < ids->len; i++) {
		g_autoptr(Stmt) stmt = db_statement(index->db, "UPDATE thread_of SET thread = :thread WHERE id = :id AND thread <> :thread", error);

		if (stmt == NULL)
			return FALSE;
		stmt_bind_int(stmt, ":thread", joined);
		stmt_bind_int(stmt, ":id", g_array_index(ids, gint64, i));
		if (!stmt_run(stmt, error))
			return FALSE;
	}
	return TRUE;
}

/* Each of THREAD's messages begins one of its own. */
static gboolean
part(struct index *index, gint64 thread, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "UPDATE message SET thread = message, change = :change WHERE thread = :thread", error);
	gint64 change;

	if (stmt == NULL || !settle_change(index, &change, error))
		return FALSE;
	stmt_bind_int(stmt, ":thread", thread);
	stmt_bind_int(stmt, ":change", change);
	return stmt_run(stmt, error);
}

gboolean
threads_leave(struct index *index, gint64 message, gint64 thread, GError **error)
{
	g_autoptr(GArray) members = NULL;

	/* Message-IDs that are nobody's any more are forgotten; the others belong to no thread until their messages are joined anew. */
	if (!index_run(index,
	        "UPDATE thread_of SET thread = 0 WHERE id IN (SELECT r.id FROM message AS m JOIN reference AS r ON r.message = m.message "
	        "WHERE m.thread = :message)",
	        thread, error) ||
	    !index_run(index, "DELETE FROM thread_of WHERE id IN (SELECT id FROM reference WHERE message = :message) AND thread <> 0", message, error))
		return FALSE;
	if (!index_run(index, "DELETE FROM reference WHERE message = :message", message, error))
		return FALSE;
	members = index_list(index, "SELECT message FROM message WHERE thread = :message ORDER BY message", thread, error);
	if (members == NULL)
		return FALSE;
	for (guint i = 0; i < members->len; i++)
		if (!suggestions_remove(index, g_array_index(members, gint64, i), thread, error))
			return FALSE;
	if (!part(index, thread, error))
		return FALSE;
	for (guint i = 0; i < members->len; i++)
		if (!suggestions_add(index, g_array_index(members, gint64, i), NULL, error))
			return FALSE;
	for (guint i = 0; i < members->len; i++)
		if (!rejoin(index, g_array_index(members, gint64, i), error))
			return FALSE;
	for (guint i = 0; i < members->len; i++) {
		gint64 parted;

		if (!index_get(index, "SELECT thread FROM message WHERE message = :message", g_array_index(members, gint64, i), 0, &parted, error) ||
		    (parted == g_array_index(members, gint64, i) && !answers_refresh_thread(index, parted, error)))
			return FALSE;
	}
	return TRUE;
}
