#include "archive/redaction.h"

#include "archive/mailstore-private.h"
#include "archive/pack.h"
#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#include <string.h>

gboolean
mailstore_run_on(struct mailstore *store, const char *sql, gint64 content, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	return stmt_run(stmt, error);
}

static gboolean
has_bytes(struct mailstore *store, gint64 content, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT raw IS NOT NULL OR block IS NOT NULL FROM content WHERE content = :content", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "no message has the number %" G_GINT64_FORMAT, content);
	*out = result == STMT_ROW && stmt_int(stmt, 0) != 0;
	return result == STMT_ROW;
}

/* Its size and hash are those of the new bytes, so that damage to them is seen; content and public id stay those of the message that came. */
static gboolean
write_raw(struct mailstore *store, gint64 content, GBytes *raw, GError **error)
{
	g_autoptr(RawMessage) message = raw_message_from_bytes(raw);
	gint64 size = raw_message_size(message), chunks = MAX(1, (size + LIMIT_RAW_CHUNK - 1) / LIMIT_RAW_CHUNK);
	g_autoptr(Stmt) stmt =
	    db_statement(store->db, "UPDATE content SET raw = :raw, size = :size, chunks = :chunks, raw_hash = :hash WHERE content = :content", error);
	g_autoptr(GBytes) bytes = raw_message_read(message, 0, LIMIT_RAW_CHUNK, error);
	g_autoptr(GBytes) packed = NULL;

	if (stmt == NULL || bytes == NULL)
		return FALSE;
	packed = compress_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	stmt_bind_blob_static(stmt, ":raw", g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
	stmt_bind_int(stmt, ":size", size);
	stmt_bind_int(stmt, ":chunks", chunks);
	stmt_bind_blob_static(stmt, ":hash", raw_message_hash(message), HASH_BYTES);
	stmt_bind_int(stmt, ":content", content);
	return stmt_run(stmt, error) && mailstore_add_chunks(store, content, message, chunks, error);
}

gboolean
mailstore_replace_bytes(struct mailstore *store, gint64 content, GBytes *raw, GError **error)
{
	static const char gone[] = "UPDATE content SET raw = NULL, chunks = 1 WHERE content = :content";

	if (!mailstore_loosen(store, content, error) || !mailstore_run_on(store, "DELETE FROM chunk WHERE content = :content", content, error))
		return FALSE;
	return raw != NULL ? write_raw(store, content, raw, error) : mailstore_run_on(store, gone, content, error);
}

static gboolean
clear_sender(struct mailstore *store, const char *sql, gint64 seq, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", seq);
	return stmt_run(stmt, error);
}

/* No link is made from them: mailstore_entry_link. */
static gboolean
clear_envelopes(struct mailstore *store, const struct redaction *redaction, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT seq, sender, recipient FROM entry WHERE content = :content AND type = 'delivery'", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", redaction->content);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 seq = stmt_int(stmt, 0);

		if ((redaction->raw == NULL || needles_in_text(redaction->needles, stmt_text(stmt, 1))) &&
		    !clear_sender(store, "UPDATE entry SET sender = NULL WHERE seq = :seq", seq, error))
			return FALSE;
		if ((redaction->raw == NULL || needles_in_text(redaction->needles, stmt_text(stmt, 2))) &&
		    !clear_sender(store, "UPDATE entry SET recipient = NULL WHERE seq = :seq", seq, error))
			return FALSE;
	}
	return result == STMT_END;
}

gboolean
mailstore_deliveries_have(struct mailstore *store, gint64 content, const struct needles *needles, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT sender, recipient, header FROM entry WHERE content = :content AND type = 'delivery'", error);
	enum stmt_result result = STMT_ERROR;

	*out = FALSE;
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	while (!*out && (result = stmt_step(stmt, error)) == STMT_ROW) {
		gsize length;
		const guint8 *packed = stmt_is_null(stmt, 2) ? NULL : stmt_blob(stmt, 2, &length);
		g_autoptr(GBytes) header = packed != NULL ? decompress_bytes(packed, length, LIMIT_RAW_CHUNK, NULL) : NULL;

		*out = needles_in_text(needles, stmt_text(stmt, 0)) || needles_in_text(needles, stmt_text(stmt, 1)) ||
		       (header != NULL && needles_in_bytes(needles, g_bytes_get_data(header, NULL), g_bytes_get_size(header)));
	}
	return *out || result == STMT_END;
}

gboolean
mailstore_redact(struct mailstore *store, const struct redaction *redaction, gint64 *seq, GError **error)
{
	static const char copies[] = "UPDATE entry SET header = NULL WHERE content = :content AND header IS NOT NULL";
	gint64 content = redaction->content;
	gboolean there;

	if (!has_bytes(store, content, &there, error))
		return FALSE;
	if (!there) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "it was redacted as a whole already");
		return FALSE;
	}
	if (!mailstore_run_on(store, copies, content, error) || !clear_envelopes(store, redaction, error) ||
	    !mailstore_replace_bytes(store, content, redaction->raw, error))
		return FALSE;
	return mailstore_add_decision(store, content, redaction->at, redaction->who, "redact", redaction->value, redaction->note, seq, error);
}

gboolean
mailstore_add_verified(struct mailstore *store, gint64 content, gint64 redacted, gint64 at, GError **error)
{
	g_autofree char *value = g_strdup_printf("%" G_GINT64_FORMAT, redacted);

	return mailstore_add_decision(store, content, at, "postbag", "verified", value, NULL, NULL, error);
}

gboolean
mailstore_redacted_after(struct mailstore *store, gint64 seq, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	enum stmt_result result;
	gint64 last;

	if (!mailstore_last(store, &last, error))
		return FALSE;
	if (last <= seq) {
		*out = FALSE;
		return TRUE;
	}
	stmt = db_statement(store->db, "SELECT 1 FROM entry WHERE seq > :seq AND type = 'decision' AND action = 'redact' LIMIT 1", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", seq);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW;
	return result != STMT_ERROR;
}

char *
mailstore_public_id(struct mailstore *store, gint64 content, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT public_id FROM content WHERE content = :content", error);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":content", content);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "no message has the number %" G_GINT64_FORMAT, content);
	return result == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

gboolean
mailstore_count_issues(struct mailstore *store, gint64 since, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT count(*) FROM entry WHERE type = 'issue' AND action = 'made' AND at >= :since", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":since", since);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0);
	return TRUE;
}

gboolean
mailstore_purge(struct mailstore *store, gboolean remake, gboolean *emptied, GError **error)
{
	return db_purge(store->db, remake, emptied, error);
}

static void
pending_free(gpointer data)
{
	struct pending_redaction *pending = data;

	g_free(pending->public_id);
	g_free(pending->value);
	g_free(pending);
}

GPtrArray *
mailstore_redactions(struct mailstore *store, gboolean all, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT r.seq, r.content, c.public_id, r.value, NOT EXISTS (SELECT 1 FROM entry AS v WHERE v.content = r.content AND v.type = 'decision' AND "
	    "v.action = "
	    "'verified' AND v.value = CAST(r.seq AS TEXT)) AS pending FROM entry AS r JOIN content AS c ON c.content = r.content "
	    "WHERE r.type = 'decision' AND r.action = 'redact' AND (:all OR pending) ORDER BY r.seq",
	    error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(pending_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":all", all);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct pending_redaction *pending = g_new0(struct pending_redaction, 1);

		pending->seq = stmt_int(stmt, 0);
		pending->content = stmt_int(stmt, 1);
		pending->public_id = g_strdup(stmt_text(stmt, 2));
		pending->value = g_strdup(stmt_text(stmt, 3));
		pending->pending = stmt_int(stmt, 4) != 0;
		g_ptr_array_add(list, pending);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

gboolean
mailstore_is_redacted(struct mailstore *store, gint64 content, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(store->db, "SELECT 1 FROM entry WHERE content = :content AND type = 'decision' AND action = 'redact' LIMIT 1", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW;
	return result != STMT_ERROR;
}
