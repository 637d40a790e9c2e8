#include "archive/mailstore-private.h"

#include "archive/block.h"
#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Where a message's chunks go: memory or a file. */
typedef gboolean (*chunk_sink)(gpointer data, GBytes *chunk, GError **error);

struct whole {
	gint64 size;
	struct hash hash;
	char public_id[64];
};

static void
set_redacted(GError **error, const char *public_id)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "message %s was redacted: its bytes are gone", public_id);
}

static GBytes *
unpack(struct stmt *stmt, int column, const char *public_id, GError **error)
{
	gsize length;
	gconstpointer data = stmt_blob(stmt, column, &length);
	g_autoptr(GError) reason = NULL;
	GBytes *bytes = decompress_bytes(data, length, LIMIT_RAW_CHUNK, &reason);

	if (bytes == NULL)
		g_set_error(error, reason->domain, reason->code, "message %s is damaged: %s; restore mail.db from a backup", public_id, reason->message);
	return bytes;
}

/* The block in column COLUMN, whose number and size stand before it. Only a block that is not there yet is read: its row is long. */
static GBytes *
unpack_block(struct mailstore *store, struct stmt *stmt, int column, GError **error)
{
	gint64 block = stmt_int(stmt, column - 2);
	struct unpacked *unpacked;
	gconstpointer data;
	gsize length;
	GBytes *bytes;

	if ((bytes = mailstore_gathered(store, block)) != NULL)
		return bytes;
	for (guint i = 0; i < MAILSTORE_UNPACKED; i++)
		if (store->unpacked[i].block == block)
			return g_bytes_ref(store->unpacked[i].bytes);
	data = stmt_blob(stmt, column, &length);
	bytes = block_unpack(data, length, stmt_int(stmt, column - 1), error);
	if (bytes == NULL)
		return NULL;
	unpacked = &store->unpacked[store->oldest_unpacked];
	store->oldest_unpacked = (store->oldest_unpacked + 1) % MAILSTORE_UNPACKED;
	g_clear_pointer(&unpacked->bytes, g_bytes_unref);
	*unpacked = (struct unpacked){.block = block, .bytes = g_bytes_ref(bytes)};
	return bytes;
}

static GBytes *
read_packed(struct mailstore *store, struct stmt *stmt, const struct whole *whole, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) block = unpack_block(store, stmt, 8, &reason);
	GBytes *bytes = block != NULL ? block_slice(block, stmt_int(stmt, 5), whole->size, &reason) : NULL;

	if (bytes == NULL)
		g_set_error(error, reason->domain, reason->code,
		    "message %s is damaged: block %" G_GINT64_FORMAT ", in which it is packed: %s; restore mail.db from a backup", whole->public_id,
		    stmt_int(stmt, 6), reason->message);
	return bytes;
}

/* The first chunk and what the row says; NULL when unknown or redacted. */
static GBytes *
read_first(struct mailstore *store, gint64 content, struct whole *out, gint64 *chunks, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT c.public_id, c.raw_hash, c.size, c.chunks, c.raw, c.\"offset\", c.block, b.size, b.raw FROM content AS c LEFT JOIN block AS b "
	    "ON b.block = c.block WHERE c.content = :content",
	    error);
	enum stmt_result result;
	gconstpointer hash;
	const char *public_id;
	gsize length;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":content", content);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "its bytes are gone from mail.db (message number %" G_GINT64_FORMAT ")", content);
	if (result != STMT_ROW)
		return NULL;
	public_id = stmt_text(stmt, 0);
	hash = stmt_blob(stmt, 1, &length);
	if (public_id == NULL || hash == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
		    "message number %" G_GINT64_FORMAT " is damaged: it has no %s; restore mail.db from a backup", content, public_id == NULL ? "id" : "hash");
		return NULL;
	}
	g_strlcpy(out->public_id, public_id, sizeof(out->public_id));
	memset(&out->hash, 0, sizeof(out->hash));
	memcpy(&out->hash, hash, MIN(length, sizeof(out->hash)));
	out->size = stmt_int(stmt, 2);
	*chunks = stmt_int(stmt, 3);
	if (!stmt_is_null(stmt, 6))
		return read_packed(store, stmt, out, error);
	if (stmt_is_null(stmt, 4)) {
		set_redacted(error, out->public_id);
		return NULL;
	}
	return unpack(stmt, 4, out->public_id, error);
}

static gboolean
read_rest(struct mailstore *store, gint64 content, const struct whole *whole, gint64 chunks, chunk_sink sink, gpointer data, gint64 wanted, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	gint64 n = 1;

	if (n >= chunks || wanted <= LIMIT_RAW_CHUNK)
		return TRUE;
	stmt = db_statement(store->db, "SELECT raw FROM chunk WHERE content = :content ORDER BY n LIMIT :chunks", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	stmt_bind_int(stmt, ":chunks", MIN(chunks, (wanted + LIMIT_RAW_CHUNK - 1) / LIMIT_RAW_CHUNK) - 1);
	for (;;) {
		g_autoptr(GBytes) chunk = NULL;
		enum stmt_result result = stmt_step(stmt, error);

		if (result != STMT_ROW)
			return result == STMT_END;
		chunk = unpack(stmt, 0, whole->public_id, error);
		if (chunk == NULL || !sink(data, chunk, error))
			return FALSE;
	}
}

static gboolean
sink_memory(gpointer data, GBytes *chunk, GError **error)
{
	g_byte_array_append(data, g_bytes_get_data(chunk, NULL), g_bytes_get_size(chunk));
	return TRUE;
}

static gboolean
verify(const struct whole *whole, gint64 size, const struct hash *hash, GError **error)
{
	if (size == whole->size && memcmp(hash, &whole->hash, sizeof(*hash)) == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
	    "message %s is damaged: its bytes are not those that were delivered; restore mail.db from a backup", whole->public_id);
	return FALSE;
}

static GBytes *
shorten(GBytes *bytes, gsize limit)
{
	return limit == 0 || g_bytes_get_size(bytes) <= limit ? g_bytes_ref(bytes) : g_bytes_new_from_bytes(bytes, 0, limit);
}

GBytes *
mailstore_read(struct mailstore *store, gint64 content, gsize limit, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;
	struct whole whole;
	struct hash hash;
	gint64 chunks, wanted;

	bytes = read_first(store, content, &whole, &chunks, error);
	if (bytes == NULL)
		return NULL;
	wanted = limit == 0 ? whole.size : (gint64)MIN(limit, (gsize)whole.size);
	if (chunks > 1) {
		g_autoptr(GByteArray) all = g_byte_array_sized_new(MIN(wanted + LIMIT_RAW_CHUNK, LIMIT_RAW_SIZE));

		if (!sink_memory(all, bytes, error) || !read_rest(store, content, &whole, chunks, sink_memory, all, wanted, error))
			return NULL;
		g_bytes_unref(bytes);
		bytes = g_byte_array_free_to_bytes(g_steal_pointer(&all));
	}
	if (wanted < whole.size)
		return shorten(bytes, limit);
	hash = hash_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	if (!verify(&whole, g_bytes_get_size(bytes), &hash, error))
		return NULL;
	return g_steal_pointer(&bytes);
}

struct writing {
	int fd; /* -1: only looked at */
	gint64 size;
	struct hasher *hasher;
};

static gboolean
sink_file(gpointer data, GBytes *chunk, GError **error)
{
	struct writing *writing = data;
	gsize length;
	const guint8 *bytes = g_bytes_get_data(chunk, &length);

	hasher_add(writing->hasher, bytes, length);
	writing->size += length;
	while (writing->fd >= 0 && length > 0) {
		ssize_t n = write(writing->fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot write the message: %s", g_strerror(errno));
			return FALSE;
		}
		bytes += n;
		length -= n;
	}
	return TRUE;
}

gboolean
mailstore_write_raw(struct mailstore *store, gint64 content, int fd, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(Hasher) hasher = NULL;
	struct writing writing = {.fd = fd};
	struct whole whole;
	struct hash hash;
	gint64 chunks;

	bytes = read_first(store, content, &whole, &chunks, error);
	if (bytes == NULL)
		return FALSE;
	hasher = writing.hasher = hasher_new();
	if (!sink_file(&writing, bytes, error) || !read_rest(store, content, &whole, chunks, sink_file, &writing, whole.size, error))
		return FALSE;
	hash = hasher_finish(g_steal_pointer(&hasher));
	return verify(&whole, writing.size, &hash, error);
}

gboolean
mailstore_verify(struct mailstore *store, gint64 content, GError **error)
{
	return mailstore_write_raw(store, content, -1, error);
}
