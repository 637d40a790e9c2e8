#include "archive/mailstore-private.h"

#include "archive/pack.h"
#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#include <string.h>

/* The bytes of CONTENT as RAW has them, in the rows that are there or not. */
static gboolean
write_first(struct mailstore *store, gint64 content, const struct raw_message *raw, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "UPDATE content SET raw = :raw, size = :size, chunks = :chunks WHERE content = :content", error);
	g_autoptr(GBytes) bytes = raw_message_read(raw, 0, LIMIT_RAW_CHUNK, error);
	g_autoptr(GBytes) packed = NULL;

	if (stmt == NULL || bytes == NULL)
		return FALSE;
	packed = compress_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	stmt_bind_blob_static(stmt, ":raw", g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
	stmt_bind_int(stmt, ":size", raw_message_size(raw));
	stmt_bind_int(stmt, ":chunks", MAX(1, (raw_message_size(raw) + LIMIT_RAW_CHUNK - 1) / LIMIT_RAW_CHUNK));
	stmt_bind_int(stmt, ":content", content);
	return stmt_run(stmt, error);
}

static gboolean
write_again(struct mailstore *store, gint64 content, const struct raw_message *raw, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "DELETE FROM chunk WHERE content = :content", error);
	gint64 chunks = MAX(1, (raw_message_size(raw) + LIMIT_RAW_CHUNK - 1) / LIMIT_RAW_CHUNK);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	return mailstore_take_out(store, content, error) && stmt_run(stmt, error) && write_first(store, content, raw, error) && mailstore_add_chunks(store, content, raw, chunks, error);
}

gboolean
mailstore_mend(struct mailstore *store, const struct raw_message *raw, enum mailstore_bytes *out, GError **error)
{
	g_autoptr(GError) reason = NULL;
	gboolean same_bytes;
	gint64 content;

	*out = MAILSTORE_WHOLE;
	if (!mailstore_find(store, raw, &content, &same_bytes, error))
		return FALSE;
	if (content == 0 || mailstore_verify(store, content, &reason) || g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT))
		return TRUE;
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	*out = same_bytes ? MAILSTORE_MENDED : MAILSTORE_DAMAGED;
	return !same_bytes || write_again(store, content, raw, error);
}
