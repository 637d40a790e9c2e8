/* Messages that come many at a time lie in blocks from the first (table block of mail.db): half the room, and a fraction of the pages to write. */
#include "archive/block.h"
#include "archive/mailstore-private.h"
#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

void
mailstore_gather(struct mailstore *store)
{
	if (store->gathering.plain == NULL)
		store->gathering.plain = g_byte_array_sized_new(LIMIT_GATHERED_BYTES);
}

/* The row is there before its bytes, so that the messages' rows have something to refer to. */
static gboolean
begin_block(struct mailstore *store, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "INSERT INTO block (size, raw) VALUES (0, x'')", error);

	if (stmt == NULL || !stmt_run(stmt, error))
		return FALSE;
	store->gathering.block = db_last_rowid(store->db);
	return TRUE;
}

gboolean
mailstore_end_block(struct mailstore *store, GError **error)
{
	struct gathering *gathering = &store->gathering;
	g_autoptr(GBytes) packed = NULL;
	g_autoptr(Stmt) stmt = NULL;

	if (gathering->block == 0)
		return TRUE;
	stmt = db_statement(store->db, "UPDATE block SET size = :size, raw = :raw WHERE block = :block", error);
	if (stmt == NULL)
		return FALSE;
	packed = compress_bytes(gathering->plain->data, gathering->plain->len);
	stmt_bind_int(stmt, ":block", gathering->block);
	stmt_bind_int(stmt, ":size", gathering->plain->len);
	stmt_bind_blob_static(stmt, ":raw", g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
	if (!stmt_run(stmt, error))
		return FALSE;
	if (db_changes(store->db) != 1) { /* it would be all that there is of them */
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SOFTWARE,
		    "block %" G_GINT64_FORMAT " is gone before its messages were written; nothing of this is kept, try again", gathering->block);
		return FALSE;
	}
	gathering->block = 0;
	g_byte_array_set_size(gathering->plain, 0);
	return TRUE;
}

gboolean
mailstore_gather_bytes(struct mailstore *store, GBytes *bytes, gint64 *block, gint64 *offset, GError **error)
{
	struct gathering *gathering = &store->gathering;
	gsize length;
	gconstpointer data = g_bytes_get_data(bytes, &length);

	*block = *offset = 0;
	if (gathering->plain == NULL || length > LIMIT_GATHERED_MESSAGE)
		return TRUE;
	if (gathering->plain->len + length > LIMIT_GATHERED_BYTES && !mailstore_end_block(store, error))
		return FALSE;
	if (gathering->block == 0 && !begin_block(store, error))
		return FALSE;
	*block = gathering->block;
	*offset = gathering->plain->len;
	g_byte_array_append(gathering->plain, data, (guint)length);
	return TRUE;
}

GBytes *
mailstore_gathered(const struct mailstore *store, gint64 block)
{
	return block != 0 && block == store->gathering.block ? g_bytes_new(store->gathering.plain->data, store->gathering.plain->len) : NULL;
}

void
mailstore_forget_blocks(struct mailstore *store)
{
	store->gathering.block = 0;
	if (store->gathering.plain != NULL)
		g_byte_array_set_size(store->gathering.plain, 0);
	for (guint i = 0; i < MAILSTORE_UNPACKED; i++) {
		g_clear_pointer(&store->unpacked[i].bytes, g_bytes_unref);
		store->unpacked[i].block = 0;
	}
}
