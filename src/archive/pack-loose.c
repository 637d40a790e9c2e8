#include "archive/pack.h"

#include "archive/block.h"
#include "archive/mailstore-private.h"
#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#include <sys/statvfs.h>

#define RESTORE "restore mail.db from a backup"
#define SHRINK_LEAST (1024 * 1024) /* free bytes; fewer are used again by the mail of a few days */
#define SHRINK_SHARE 16            /* and this part of the file: one that is packed each week never comes to it again */
#define SHRINK_COPIES 2            /* of the file while it is made anew: SQLite's own one, and the log */

static const char alone[] = "UPDATE content SET block = NULL, \"offset\" = NULL WHERE content = :content";

/* The block that CONTENT is in, 0: none. */
static gboolean
find_block(struct mailstore *store, gint64 content, gint64 *block, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT coalesce(block, 0) FROM content WHERE content = :content", error);
	enum stmt_result result;

	*block = 0;
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	if ((result = stmt_step(stmt, error)) == STMT_ROW)
		*block = stmt_int(stmt, 0);
	return result != STMT_ERROR;
}

static gboolean
run_on_block(struct mailstore *store, const char *sql, gint64 block, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":block", block);
	return stmt_run(stmt, error);
}

gboolean
mailstore_drop_block(struct mailstore *store, gint64 block, GError **error)
{
	return run_on_block(store, "DELETE FROM block WHERE block = :block AND NOT EXISTS (SELECT 1 FROM content AS c WHERE c.block = :block)", block, error);
}

static gboolean
write_loose(struct mailstore *store, gint64 content, GBytes *bytes, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "UPDATE content SET raw = :raw, block = NULL, \"offset\" = NULL WHERE content = :content", error);
	g_autoptr(GBytes) packed = compress_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

	if (stmt == NULL)
		return FALSE;
	stmt_bind_blob_static(stmt, ":raw", g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
	stmt_bind_int(stmt, ":content", content);
	return stmt_run(stmt, error);
}

/* What stands in the table now. */
GBytes *
mailstore_read_block(struct mailstore *store, gint64 block, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT size, raw FROM block WHERE block = :block", error);
	g_autoptr(GError) reason = NULL;
	gconstpointer data = NULL;
	gsize length = 0;
	enum stmt_result result;
	GBytes *bytes;

	if (stmt == NULL || !mailstore_end_block(store, error))
		return NULL;
	stmt_bind_int(stmt, ":block", block);
	if ((result = stmt_step(stmt, error)) == STMT_ERROR)
		return NULL;
	if (result == STMT_ROW)
		data = stmt_blob(stmt, 1, &length);
	bytes = block_unpack(data, length, result == STMT_ROW ? stmt_int(stmt, 0) : 0, &reason);
	if (bytes == NULL)
		g_set_error(error, reason->domain, reason->code, "block %" G_GINT64_FORMAT " is damaged: %s", block, reason->message);
	return bytes;
}

struct loose {
	gint64 content;
	GBytes *bytes;
};

static void
loose_clear(gpointer data)
{
	g_bytes_unref(((struct loose *)data)->bytes);
}

/* Of struct loose: all messages of BLOCK but EXCEPT. */
static GArray *
slice_all(struct mailstore *store, gint64 block, gint64 except, GBytes *plain, GError **error)
{
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct loose));
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT content, \"offset\", size FROM content WHERE block = :block ORDER BY content", error);
	enum stmt_result result = STMT_ERROR;

	if (stmt == NULL)
		return NULL;
	g_array_set_clear_func(list, loose_clear);
	stmt_bind_int(stmt, ":block", block);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		g_autoptr(GError) reason = NULL;
		struct loose one = {.content = stmt_int(stmt, 0)};

		if (one.content == except)
			continue;
		one.bytes = block_slice(plain, stmt_int(stmt, 1), stmt_int(stmt, 2), &reason);
		if (one.bytes == NULL) {
			g_set_error(error, reason->domain, reason->code, "block %" G_GINT64_FORMAT " is damaged: %s; " RESTORE, block, reason->message);
			return NULL;
		}
		g_array_append_val(list, one);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

/* All or none: a block that stays has all that is its messages'. What is damaged within it stays as damaged as it is: each message has its own hash.
 * EXCEPT, 0 for none, has its bytes from elsewhere. */
static gboolean
loosen_all(struct mailstore *store, gint64 block, gint64 except, GBytes *plain, GError **error)
{
	g_autoptr(GArray) list = slice_all(store, block, except, plain, error);

	if (list == NULL || (except != 0 && !mailstore_run_on(store, alone, except, error)))
		return FALSE;
	for (guint i = 0; i < list->len; i++) {
		const struct loose *one = &g_array_index(list, struct loose, i);

		if (!write_loose(store, one->content, one->bytes, error))
			return FALSE;
	}
	return run_on_block(store, "DELETE FROM block WHERE block = :block", block, error);
}

/* EXCEPT is 0 or CONTENT. */
static gboolean
loosen(struct mailstore *store, gint64 content, gint64 except, GError **error)
{
	g_autoptr(GBytes) plain = NULL;
	g_autoptr(GError) reason = NULL;
	gint64 block;

	if (!find_block(store, content, &block, error))
		return FALSE;
	if (block == 0)
		return TRUE;
	plain = mailstore_read_block(store, block, &reason);
	if (plain == NULL)
		g_set_error(error, reason->domain, reason->code, "%s; " RESTORE, reason->message);
	return plain != NULL && loosen_all(store, block, except, plain, error);
}

gboolean
mailstore_loosen(struct mailstore *store, gint64 content, GError **error)
{
	return loosen(store, content, 0, error);
}

gboolean
mailstore_loosen_now(struct mailstore *store, gint64 content, GError **error)
{
	gint64 block;

	if (!find_block(store, content, &block, error))
		return FALSE;
	if (block == 0)
		return TRUE;
	if (!mailstore_begin(store, error))
		return FALSE;
	if (mailstore_loosen(store, content, error))
		return mailstore_commit(store, error);
	mailstore_rollback(store);
	return FALSE;
}

gboolean
mailstore_take_out(struct mailstore *store, gint64 content, GError **error)
{
	g_autoptr(GError) reason = NULL;
	gint64 block;

	if (!find_block(store, content, &block, error))
		return FALSE;
	if (block == 0 || loosen(store, content, content, &reason))
		return TRUE;
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	return mailstore_run_on(store, alone, content, error) && mailstore_drop_block(store, block, error);
}

static gboolean
read_numbers(struct mailstore *store, const char *sql, gint64 *out, int n, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, sql, error);

	if (stmt == NULL || stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	for (int i = 0; i < n; i++)
		out[i] = stmt_int(stmt, i);
	return TRUE;
}

gboolean
pack_look(struct mailstore *store, struct pack_state *out, GError **error)
{
	gint64 blocks[3], messages, page, pages, unused;

	/* from the index of packed messages, and from the blocks' own rows: the other messages' rows are long */
	if (!read_numbers(store, "SELECT count(*), coalesce(sum(size), 0), coalesce(sum(length(raw)), 0) FROM block", blocks, 3, error) ||
	    !read_numbers(store, "SELECT count(*) FROM content WHERE block IS NOT NULL", &messages, 1, error) ||
	    !read_numbers(store, "PRAGMA page_size", &page, 1, error) || !read_numbers(store, "PRAGMA page_count", &pages, 1, error) ||
	    !read_numbers(store, "PRAGMA freelist_count", &unused, 1, error))
		return FALSE;
	*out = (struct pack_state){blocks[0], messages, blocks[1], blocks[2], page * pages, page * unused};
	return TRUE;
}

/* Bytes that FOLDER's file system lacks of NEEDED, with LIMIT_ROOM left for deliveries. */
static gint64
lacking(const char *folder, gint64 needed)
{
	struct statvfs fs;
	gint64 there;

	if (statvfs(folder, &fs) != 0)
		return 0;
	there = (gint64)fs.f_bavail * (gint64)fs.f_frsize;
	return MAX(0, needed + 64 * LIMIT_ROOM - there);
}

gboolean
pack_shrink(struct mailstore *store, gint64 *freed, gint64 *room, GError **error)
{
	struct pack_state before, after;

	*freed = *room = 0;
	if (!pack_look(store, &before, error))
		return FALSE;
	if (before.unused < SHRINK_LEAST || before.unused < before.file / SHRINK_SHARE)
		return TRUE;
	*room = lacking(store->folder, SHRINK_COPIES * (before.file - before.unused));
	if (*room > 0)
		return TRUE;
	if (!db_shrink(store->db, error) || !pack_look(store, &after, error))
		return FALSE;
	*freed = before.file - after.file;
	return TRUE;
}
