#include "archive/pack.h"

#include "archive/block.h"
#include "archive/mailstore-private.h"
#include "base/error.h"
#include "base/limits.h"

#include <string.h>

/* A message that is to go into a block. */
struct member {
	gint64 content, size, offset;
	gint64 from; /* the small block that it is in, 0: none */
	struct hash hash;
};

struct group {
	GArray *members; /* of struct member; dry: their sizes alone */
	GArray *blocks;  /* of gint64: the small blocks whose messages they are, each whole */
	GByteArray *plain;
	gint64 loose; /* bytes that they take as they are */
	gint64 last;  /* all up to this one were looked at */
};

static void
group_clear(struct group *group)
{
	g_clear_pointer(&group->members, g_array_unref);
	g_clear_pointer(&group->blocks, g_array_unref);
	g_clear_pointer(&group->plain, g_byte_array_unref);
}

typedef struct group Group;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Group, group_clear)

void
packing_init(struct packing *packing, gint64 before, gboolean dry)
{
	*packing = (struct packing){.before = before, .dry = dry, .damaged = g_ptr_array_new_with_free_func(g_free)};
}

void
packing_clear(struct packing *packing)
{
	g_clear_pointer(&packing->damaged, g_ptr_array_unref);
}

/* What cannot be read whole stays where it is, so that another copy can still mend it. */
static gboolean
add_member(struct mailstore *store, struct member member, struct group *group, struct packing *packing, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) bytes = mailstore_read(store, member.content, 0, &reason);

	if (bytes == NULL && g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_ptr_array_add(packing->damaged, g_strdup(reason->message));
		return TRUE;
	}
	if (bytes == NULL && g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT)) /* redacted this moment */
		return TRUE;
	if (bytes == NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if ((gint64)g_bytes_get_size(bytes) != member.size)
		return TRUE;
	member.offset = group->plain->len;
	member.hash = hash_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	g_byte_array_append(group->plain, g_bytes_get_data(bytes, NULL), (guint)member.size);
	g_array_append_val(group->members, member);
	return TRUE;
}

/* All messages of BLOCK or, when one of them cannot be read whole, none: a block never holds what is no message's. */
static gboolean
add_block(struct mailstore *store, gint64 block, struct group *group, struct packing *packing, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT content, size FROM content WHERE block = :block ORDER BY \"offset\"", error);
	guint members = group->members->len, length = group->plain->len, n = 0;
	enum stmt_result result = STMT_ERROR;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":block", block);
	for (; (result = stmt_step(stmt, error)) == STMT_ROW; n++)
		if (!add_member(store, (struct member){.content = stmt_int(stmt, 0), .size = stmt_int(stmt, 1), .from = block}, group, packing, error))
			return FALSE;
	if (group->members->len - members == n) {
		g_array_append_val(group->blocks, block);
		return result == STMT_END;
	}
	g_array_set_size(group->members, members);
	g_byte_array_set_size(group->plain, length);
	return result == STMT_END;
}

/* ROW is a message or a small block. */
static gboolean
add_row(struct mailstore *store, struct stmt *row, struct group *group, struct packing *packing, GError **error)
{
	guint members = group->members->len;
	gint64 block = stmt_int(row, 3);

	if (packing->dry) {
		g_array_set_size(group->members, members + (guint)stmt_int(row, 4));
		g_array_index(group->members, struct member, members).size = stmt_int(row, 1);
	} else if (block != 0 ? !add_block(store, block, group, packing, error)
	                      : !add_member(store, (struct member){.content = stmt_int(row, 0), .size = stmt_int(row, 1)}, group, packing, error)) {
		return FALSE;
	}
	if (group->members->len > members)
		group->loose += stmt_int(row, 2);
	return TRUE;
}

/* Messages that lie alone, and small blocks (of imports) with their first one: none of them received later than what is old enough. */
static const char candidates[] =
    "SELECT c.content, coalesce(b.size, c.size), coalesce(length(b.raw), length(c.raw)), coalesce(c.block, 0), "
    "iif(c.block IS NULL, 1, (SELECT count(*) FROM content AS m WHERE m.block = c.block)) "
    "FROM content AS c LEFT JOIN block AS b ON b.block = c.block WHERE c.content > :last AND c.chunks = 1 AND typeof(c.content_id) = 'blob' AND "
    "CASE WHEN c.block IS NULL THEN c.raw IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM entry AS e WHERE e.content = c.content AND e.type = 'delivery' AND e.received >= :before) "
    "ELSE b.size < :least AND c.content = (SELECT min(m.content) FROM content AS m WHERE m.block = c.block) AND NOT EXISTS "
    "(SELECT 1 FROM content AS m JOIN entry AS e ON e.content = m.content WHERE m.block = c.block AND e.type = 'delivery' AND e.received >= :before) END "
    "ORDER BY c.content";

/* FALSE without error: too few. A dry run reads no message. */
static gboolean
gather(struct mailstore *store, struct packing *packing, struct group *group, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, candidates, error);
	enum stmt_result result = STMT_ERROR;
	gint64 size = 0;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":last", packing->last);
	stmt_bind_int(stmt, ":before", packing->before);
	stmt_bind_int(stmt, ":least", LIMIT_BLOCK_LEAST);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		if (stmt_int(stmt, 1) < 0 || stmt_int(stmt, 1) > LIMIT_RAW_CHUNK) /* of a damaged row */
			continue;
		if (size + stmt_int(stmt, 1) > LIMIT_BLOCK_BYTES)
			break;
		group->last = stmt_int(stmt, 0);
		if (!add_row(store, stmt, group, packing, error))
			return FALSE;
		/* what could not be read does not count: a block that is too small would be packed again each time */
		size = packing->dry ? size + stmt_int(stmt, 1) : (gint64)group->plain->len;
	}
	return result != STMT_ERROR && size >= LIMIT_BLOCK_LEAST;
}

static gint64
insert_block(struct mailstore *store, gint64 size, GBytes *packed, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "INSERT INTO block (size, raw) VALUES (:size, :raw)", error);
	gsize length;
	gconstpointer data = g_bytes_get_data(packed, &length);

	if (stmt == NULL)
		return 0;
	stmt_bind_int(stmt, ":size", size);
	stmt_bind_blob_static(stmt, ":raw", data, length);
	return stmt_run(stmt, error) ? db_last_rowid(store->db) : 0;
}

static gboolean
is_whole(GBytes *block, const struct member *member, GError **error)
{
	g_autoptr(GBytes) bytes = block_slice(block, member->offset, member->size, error);
	struct hash hash;

	if (bytes == NULL)
		return FALSE;
	hash = hash_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	if (memcmp(&hash, &member->hash, sizeof hash) == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SOFTWARE,
	    "message number %" G_GINT64_FORMAT " does not come out of its block as it went in, and stays as it is; look at this machine's memory and disk",
	    member->content);
	return FALSE;
}

static gboolean
insert_packed(
    struct mailstore *store, gint64 block, const struct member *member, gconstpointer content_id, gsize id_length, const char *public_id, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "INSERT INTO content (content, content_id, public_id, raw_hash, size, chunks, raw, block, \"offset\") VALUES (:content, :id, :public, :hash, "
	    ":size, 1, "
	    "NULL, :block, :offset)",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", member->content);
	stmt_bind_blob_static(stmt, ":id", content_id, id_length);
	stmt_bind_text_static(stmt, ":public", public_id);
	stmt_bind_blob_static(stmt, ":hash", member->hash.bytes, HASH_BYTES);
	stmt_bind_int(stmt, ":size", member->size);
	stmt_bind_int(stmt, ":block", block);
	stmt_bind_int(stmt, ":offset", member->offset);
	return stmt_run(stmt, error);
}

/*
 * Its own copy goes only if it is still the one that was packed: *CHANGED otherwise. The row is written anew, because pages from which an UPDATE takes most of
 * what they hold are not put together, and no later message would find room in them.
 */
static gboolean
move_member(struct mailstore *store, gint64 block, const struct member *member, gboolean *changed, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT content_id, public_id FROM content WHERE content = :content AND iif(:from = 0, raw IS NOT NULL AND block IS NULL, block = :from) AND "
	    "chunks = 1 AND size = :size AND raw_hash = :hash",
	    error);
	g_autofree guint8 *content_id = NULL;
	g_autofree char *public_id = NULL;
	enum stmt_result result;
	gconstpointer data;
	gsize length;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", member->content);
	stmt_bind_int(stmt, ":from", member->from);
	stmt_bind_int(stmt, ":size", member->size);
	stmt_bind_blob_static(stmt, ":hash", member->hash.bytes, HASH_BYTES);
	if ((result = stmt_step(stmt, error)) == STMT_ERROR)
		return FALSE;
	*changed = result == STMT_END;
	if (*changed)
		return TRUE;
	data = stmt_blob(stmt, 0, &length);
	content_id = g_memdup2(data, length);
	public_id = g_strdup(stmt_text(stmt, 1));
	g_clear_pointer(&stmt, stmt_done);
	return mailstore_run_on(store, "DELETE FROM content WHERE content = :content", member->content, error) &&
	       insert_packed(store, block, member, content_id, length, public_id, error);
}

static gboolean
write_block(struct mailstore *store, const struct group *group, GBytes *packed, gboolean *changed, GError **error)
{
	gint64 block = insert_block(store, group->plain->len, packed, error);
	g_autoptr(GBytes) plain = block != 0 ? mailstore_read_block(store, block, error) : NULL;

	for (guint i = 0; plain != NULL && i < group->members->len; i++)
		if (!is_whole(plain, &g_array_index(group->members, struct member, i), error))
			return FALSE;
	*changed = FALSE;
	for (guint i = 0; plain != NULL && !*changed && i < group->members->len; i++)
		if (!move_member(store, block, &g_array_index(group->members, struct member, i), changed, error))
			return FALSE;
	for (guint i = 0; plain != NULL && !*changed && i < group->blocks->len; i++)
		if (!mailstore_drop_block(store, g_array_index(group->blocks, gint64, i), error))
			return FALSE;
	return plain != NULL;
}

static gboolean
write_group(struct mailstore *store, const struct group *group, GBytes *packed, gboolean *changed, GError **error)
{
	if (!mailstore_begin(store, error))
		return FALSE;
	/* entries refer to rows that are gone for a moment */
	if (db_execute(store->db, "PRAGMA defer_foreign_keys = ON", error) && write_block(store, group, packed, changed, error) && !*changed)
		return mailstore_commit(store, error);
	mailstore_rollback(store);
	return *changed;
}

gboolean
pack_next(struct mailstore *store, struct packing *packing, gboolean *more, GError **error)
{
	g_auto(Group) group = {.members = g_array_new(FALSE, TRUE, sizeof(struct member)),
	    .blocks = g_array_new(FALSE, FALSE, sizeof(gint64)),
	    .plain = g_byte_array_new(),
	    .last = packing->last};
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) packed = NULL;
	gboolean changed = FALSE;
	gint64 size = 0;

	*more = gather(store, packing, &group, &reason);
	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	packing->last = group.last;
	if (!*more || group.members->len == 0)
		return TRUE;
	if (!packing->dry) {
		packed = block_pack(group.plain);
		if (!write_group(store, &group, packed, &changed, error))
			return FALSE;
	}
	if (changed)
		return TRUE;
	for (guint i = 0; i < group.members->len; i++)
		size += g_array_index(group.members, struct member, i).size;
	packing->blocks++;
	packing->messages += group.members->len;
	packing->raw += size;
	packing->loose += group.loose;
	packing->packed += packed != NULL ? (gint64)g_bytes_get_size(packed) : 0;
	return TRUE;
}
