#include "archive/mailstore-private.h"

#include "base/clock.h"
#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 02770 /* the group bit hands the folder's group on to -wal and -shm */
#define CREATE_WAIT_MS 5000
#define PUBLIC_ID_LENGTH 16 /* 80 bits: no two messages of an archive share them by chance */
#define PREFIX_NAMED 5

gboolean
mailstore_make_folder(const char *folder, GError **error)
{
	g_autofree char *parent = g_path_get_dirname(folder);

	if (g_mkdir_with_parents(parent, 0755) == 0 && (mkdir(folder, 0700) == 0 ? chmod(folder, FOLDER_MODE) == 0 : errno == EEXIST))
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, errno == EACCES || errno == EPERM || errno == EROFS ? POSTBAG_ERROR_PERMISSION : POSTBAG_ERROR_CREATE,
	    "cannot make %s: %s", folder, g_strerror(errno));
	return FALSE;
}

gboolean
mailstore_create(const char *folder, gboolean *made, GError **error)
{
	g_autoptr(Db) mail = NULL;
	g_autoptr(Db) index = NULL;
	g_autoptr(Stmt) stmt = NULL;
	g_autofree char *uuid = g_uuid_string_random();

	if (!mailstore_make_folder(folder, error) || (mail = db_open(folder, DB_MAIL, DB_CREATE, CREATE_WAIT_MS, error)) == NULL || !db_begin(mail, error))
		return FALSE;
	stmt = db_statement(mail, "INSERT OR IGNORE INTO archive (one, uuid, created, canonical) VALUES (1, :uuid, :created, :canonical)", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":uuid", uuid);
	stmt_bind_int(stmt, ":created", clock_now());
	stmt_bind_int(stmt, ":canonical", RAW_CANONICAL_VERSION);
	if (!stmt_run(stmt, error))
		return FALSE;
	*made = db_changes(mail) > 0;
	if (!db_commit(mail, error) || (index = db_open(folder, DB_INDEX, DB_CREATE, CREATE_WAIT_MS, error)) == NULL || !db_begin(index, error))
		return FALSE;
	db_rollback(index);
	return TRUE;
}

static gboolean
check_canonical(struct mailstore *store, gint64 version, GError **error)
{
	if (version == RAW_CANONICAL_VERSION)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
	    "%s has content ids of version %" G_GINT64_FORMAT " where this program's are of version %d; run postbag upgrade", db_path(store->db), version,
	    RAW_CANONICAL_VERSION);
	return FALSE;
}

static gboolean
read_archive(struct mailstore *store, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT uuid, canonical FROM archive", error);
	enum stmt_result result;

	if (stmt == NULL || (result = stmt_step(stmt, error)) == STMT_ERROR)
		return FALSE;
	if (result == STMT_END) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s was not made to its end; run postbag init", db_path(store->db));
		return FALSE;
	}
	if (!check_canonical(store, stmt_int(stmt, 1), error))
		return FALSE;
	if (stmt_text(stmt, 0) == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is damaged: it has no name of its own; restore a backup (postbag restore)",
		    db_path(store->db));
		return FALSE;
	}
	store->uuid = g_strdup(stmt_text(stmt, 0));
	return TRUE;
}

struct mailstore *
mailstore_open(const char *folder, enum db_mode mode, guint wait_ms, GError **error)
{
	g_autoptr(Mailstore) store = g_new0(struct mailstore, 1);

	store->strings = g_string_chunk_new(1024);
	store->folder = g_strdup(folder);
	store->db = db_open(folder, DB_MAIL, mode, wait_ms, error);
	if (store->db == NULL || !read_archive(store, error))
		return NULL;
	return g_steal_pointer(&store);
}

gboolean
mailstore_save_memory(struct mailstore *store, GError **error)
{
	return db_save_memory(store->db, error);
}

void
mailstore_leave(struct mailstore *store)
{
	db_leave(store->db);
}

void
mailstore_close(struct mailstore *store)
{
	if (store == NULL)
		return;
	db_close(store->db);
	mailstore_forget_blocks(store);
	g_clear_pointer(&store->gathering.plain, g_byte_array_unref);
	g_string_chunk_free(store->strings);
	g_free(store->folder);
	g_free(store->uuid);
	g_free(store);
}

const char *
mailstore_uuid(const struct mailstore *store)
{
	return store->uuid;
}

const char *
mailstore_folder(const struct mailstore *store)
{
	return store->folder;
}

/* An upgrade since it was opened may have computed the content ids anew: another way would keep the same message twice. */
static gboolean
is_still_canonical(struct mailstore *store, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT canonical FROM archive", error);

	return stmt != NULL && stmt_step(stmt, error) == STMT_ROW && check_canonical(store, stmt_int(stmt, 0), error);
}

gboolean
mailstore_begin(struct mailstore *store, GError **error)
{
	store->at_end = FALSE;
	if (!db_begin(store->db, error))
		return FALSE;
	if (is_still_canonical(store, error))
		return TRUE;
	db_rollback(store->db);
	return FALSE;
}

gboolean
mailstore_commit(struct mailstore *store, GError **error)
{
	store->at_end = FALSE;
	if (!mailstore_end_block(store, error)) {
		mailstore_rollback(store);
		return FALSE;
	}
	if (db_commit(store->db, error))
		return TRUE;
	mailstore_forget_blocks(store);
	return FALSE;
}

void
mailstore_rollback(struct mailstore *store)
{
	store->at_end = FALSE;
	mailstore_forget_blocks(store);
	db_rollback(store->db);
}

gboolean
mailstore_settle(struct mailstore *store, GError **error)
{
	return db_settle(store->db, error);
}

static gboolean
find_end(struct mailstore *store, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	enum stmt_result result;
	gconstpointer link;
	gsize length;

	if (store->at_end)
		return TRUE;
	stmt = db_statement(store->db, "SELECT seq, link FROM entry ORDER BY seq DESC LIMIT 1", error);
	if (stmt == NULL || (result = stmt_step(stmt, error)) == STMT_ERROR)
		return FALSE;
	store->last_seq = 0;
	memset(store->last_link, 0, sizeof(store->last_link));
	if (result == STMT_ROW) {
		store->last_seq = stmt_int(stmt, 0);
		link = stmt_blob(stmt, 1, &length);
		memset(store->last_link, 0, sizeof(store->last_link));
		if (link != NULL)
			memcpy(store->last_link, link, MIN(length, sizeof(store->last_link)));
	}
	store->at_end = db_in_transaction(store->db);
	return TRUE;
}

static void
link_add(GByteArray *bytes, gconstpointer data, gsize length)
{
	guint64 size = GUINT64_TO_LE(data == NULL ? G_MAXUINT64 : length);

	g_byte_array_append(bytes, (const guint8 *)&size, sizeof(size));
	if (data != NULL)
		g_byte_array_append(bytes, data, length);
}

static void
link_add_text(GByteArray *bytes, const char *text)
{
	link_add(bytes, text, text == NULL ? 0 : strlen(text));
}

/* Each field with its length, so that no two entries give the same bytes. */
void
mailstore_entry_link(const guint8 before[MAILSTORE_LINK], const struct new_entry *entry, guint8 link[MAILSTORE_LINK])
{
	g_autoptr(GByteArray) bytes = g_byte_array_sized_new(256);
	gint64 times[] = {GINT64_TO_LE(entry->at), GINT64_TO_LE(entry->received)};
	struct hash hash;

	link_add(bytes, before, MAILSTORE_LINK);
	link_add_text(bytes, entry->type);
	link_add(bytes, entry->content_id, sizeof(*entry->content_id));
	link_add_text(bytes, entry->rules);
	link_add_text(bytes, entry->source);
	link_add_text(bytes, entry->action);
	link_add_text(bytes, entry->value);
	link_add_text(bytes, entry->note);
	link_add(bytes, times, sizeof(times));
	hash = hash_bytes(bytes->data, bytes->len);
	memcpy(link, hash.bytes, MAILSTORE_LINK);
}

gboolean
mailstore_append(struct mailstore *store, const struct new_entry *entry, gint64 *seq, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	guint8 link[MAILSTORE_LINK];

	if (!find_end(store, error))
		return FALSE;
	stmt = db_statement(store->db,
	    "INSERT INTO entry (seq, type, at, link, content, received, source, sender, recipient, header, rules, action, value, note) "
	    "VALUES (:seq, :type, :at, :link, nullif(:content, 0), :received, :source, :sender, :recipient, :header, :rules, :action, :value, :note)",
	    error);
	if (stmt == NULL)
		return FALSE;
	mailstore_entry_link(store->last_link, entry, link);
	stmt_bind_int(stmt, ":seq", store->last_seq + 1);
	stmt_bind_text_static(stmt, ":type", entry->type);
	stmt_bind_int(stmt, ":at", entry->at);
	stmt_bind_blob_static(stmt, ":link", link, sizeof(link));
	stmt_bind_int(stmt, ":content", entry->content);
	if (strcmp(entry->type, "delivery") == 0)
		stmt_bind_int(stmt, ":received", entry->received);
	else
		stmt_bind_null(stmt, ":received");
	stmt_bind_text_static(stmt, ":source", entry->source);
	stmt_bind_text_static(stmt, ":sender", entry->sender);
	stmt_bind_text_static(stmt, ":recipient", entry->recipient);
	stmt_bind_blob_static(
	    stmt, ":header", entry->header == NULL ? NULL : g_bytes_get_data(entry->header, NULL), entry->header == NULL ? 0 : g_bytes_get_size(entry->header));
	stmt_bind_text_static(stmt, ":rules", entry->rules);
	stmt_bind_text_static(stmt, ":action", entry->action);
	stmt_bind_text_static(stmt, ":value", entry->value);
	stmt_bind_text_static(stmt, ":note", entry->note);
	if (!stmt_run(stmt, error))
		return FALSE;
	store->last_seq++;
	memcpy(store->last_link, link, sizeof(link));
	if (seq != NULL)
		*seq = store->last_seq;
	return TRUE;
}

struct known {
	gint64 content; /* 0: not there */
	char public_id[64];
	gboolean same_bytes;
};

static gboolean
find_content(struct mailstore *store, const struct raw_message *raw, struct known *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT content, public_id, raw_hash FROM content WHERE content_id = :id", error);
	enum stmt_result result;
	gconstpointer hash;
	gsize length;

	*out = (struct known){0};
	if (stmt == NULL)
		return FALSE;
	stmt_bind_blob_static(stmt, ":id", raw_message_content(raw), HASH_BYTES);
	result = stmt_step(stmt, error);
	if (result == STMT_ROW) {
		const char *public_id = stmt_text(stmt, 1);

		out->content = stmt_int(stmt, 0);
		if (public_id == NULL) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
			    "message number %" G_GINT64_FORMAT " is damaged: it has no id; restore mail.db from a backup", out->content);
			return FALSE;
		}
		g_strlcpy(out->public_id, public_id, sizeof(out->public_id));
		hash = stmt_blob(stmt, 2, &length);
		out->same_bytes = length == HASH_BYTES && memcmp(hash, raw_message_hash(raw), HASH_BYTES) == 0;
	}
	return result != STMT_ERROR;
}

gboolean
mailstore_find(struct mailstore *store, const struct raw_message *raw, gint64 *content, gboolean *same_bytes, GError **error)
{
	struct known known;

	if (!find_content(store, raw, &known, error))
		return FALSE;
	*content = known.content;
	*same_bytes = known.same_bytes;
	return TRUE;
}

/* 16 characters are enough unless someone sought a collision; then one more at a time. */
static gboolean
free_public_id(struct mailstore *store, const struct hash *content, char *out, gsize size, GError **error)
{
	for (guint length = PUBLIC_ID_LENGTH; length <= HASH_BASE32_MAX; length++) {
		g_autofree char *id = hash_base32(content, length);
		g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT 1 FROM content WHERE public_id = :id", error);
		enum stmt_result result;

		if (stmt == NULL)
			return FALSE;
		stmt_bind_text_static(stmt, ":id", id);
		result = stmt_step(stmt, error);
		if (result == STMT_END)
			g_strlcpy(out, id, size);
		if (result != STMT_ROW)
			return result == STMT_END;
	}
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s has every public id of this message already", db_path(store->db));
	return FALSE;
}

gboolean
mailstore_add_chunks(struct mailstore *store, gint64 content, const struct raw_message *raw, gint64 chunks, GError **error)
{
	for (gint64 n = 1; n < chunks; n++) {
		g_autoptr(GBytes) bytes = raw_message_read(raw, n * LIMIT_RAW_CHUNK, LIMIT_RAW_CHUNK, error);
		g_autoptr(GBytes) packed = NULL;
		g_autoptr(Stmt) stmt = NULL;

		if (bytes == NULL || (stmt = db_statement(store->db, "INSERT INTO chunk (content, n, raw) VALUES (:content, :n, :raw)", error)) == NULL)
			return FALSE;
		packed = compress_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
		stmt_bind_int(stmt, ":content", content);
		stmt_bind_int(stmt, ":n", n);
		stmt_bind_blob_static(stmt, ":raw", g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
		if (!stmt_run(stmt, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
add_content(struct mailstore *store, const struct raw_message *raw, struct known *out, GError **error)
{
	gint64 size = raw_message_size(raw), chunks = MAX(1, (size + LIMIT_RAW_CHUNK - 1) / LIMIT_RAW_CHUNK), block = 0, offset = 0;
	g_autoptr(GBytes) bytes = raw_message_read(raw, 0, LIMIT_RAW_CHUNK, error);
	g_autoptr(GBytes) packed = NULL;
	g_autoptr(Stmt) stmt = NULL;

	if (bytes == NULL || !free_public_id(store, raw_message_content(raw), out->public_id, sizeof(out->public_id), error) ||
	    (chunks == 1 && !mailstore_gather_bytes(store, bytes, &block, &offset, error)))
		return FALSE;
	stmt = db_statement(store->db,
	    "INSERT INTO content (content_id, public_id, raw_hash, size, chunks, raw, block, \"offset\") "
	    "VALUES (:id, :public, :hash, :size, :chunks, :raw, nullif(:block, 0), iif(:block = 0, NULL, :offset))",
	    error);
	if (stmt == NULL)
		return FALSE;
	if (block == 0)
		packed = compress_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	stmt_bind_blob_static(stmt, ":id", raw_message_content(raw), HASH_BYTES);
	stmt_bind_text_static(stmt, ":public", out->public_id);
	stmt_bind_blob_static(stmt, ":hash", raw_message_hash(raw), HASH_BYTES);
	stmt_bind_int(stmt, ":size", size);
	stmt_bind_int(stmt, ":chunks", chunks);
	stmt_bind_blob_static(stmt, ":raw", packed == NULL ? NULL : g_bytes_get_data(packed, NULL), packed == NULL ? 0 : g_bytes_get_size(packed));
	stmt_bind_int(stmt, ":block", block);
	stmt_bind_int(stmt, ":offset", offset);
	if (!stmt_run(stmt, error))
		return FALSE;
	out->content = db_last_rowid(store->db);
	return mailstore_add_chunks(store, out->content, raw, chunks, error);
}

gboolean
mailstore_add(struct mailstore *store, const struct raw_message *raw, const struct delivery *delivery, gboolean once, struct kept *out, GError **error)
{
	g_autoptr(GBytes) header = NULL;
	struct known known;
	gboolean again, redacted = FALSE;
	gint64 seq = 0;

	if (!find_content(store, raw, &known, error))
		return FALSE;
	again = known.content != 0;
	if (again ? !mailstore_is_redacted(store, known.content, &redacted, error) : !add_content(store, raw, &known, error))
		return FALSE;
	if (again && !known.same_bytes && !once && !redacted) {
		gsize length;
		const guint8 *data = raw_message_header(raw, &length);

		header = compress_bytes(data, length);
	}
	if (!again || !once) {
		struct new_entry entry = {
		    .type = "delivery",
		    .at = delivery->at != 0 ? delivery->at : delivery->received,
		    .content = known.content,
		    .received = delivery->received,
		    .source = delivery->source,
		    .sender = redacted ? NULL : delivery->sender,
		    .recipient = redacted ? NULL : delivery->recipient,
		    .header = header,
		    .content_id = raw_message_content(raw),
		};

		if (!mailstore_append(store, &entry, &seq, error))
			return FALSE;
	}
	*out = (struct kept){.seq = seq, .content = known.content, .again = again};
	g_strlcpy(out->public_id, known.public_id, sizeof(out->public_id));
	return TRUE;
}

gboolean
mailstore_last(struct mailstore *store, gint64 *seq, GError **error)
{
	if (!find_end(store, error))
		return FALSE;
	*seq = store->last_seq;
	return TRUE;
}

gboolean
mailstore_resolve(struct mailstore *store, const char *prefix, gint64 *content, char **public_id, GError **error)
{
	g_autofree char *from = g_ascii_strdown(prefix, -1);
	g_autofree char *to = g_strconcat(from, "{", NULL); /* the character after 'z' */
	g_autofree char *found = NULL;
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(Stmt) stmt = NULL;
	enum stmt_result result;
	gint64 first = 0;
	guint n = 0;

	if (*from == '\0' || strspn(from, "abcdefghijklmnopqrstuvwxyz234567") != strlen(from)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, NO_SUCH_ID, prefix);
		return FALSE;
	}
	stmt = db_statement(
	    store->db, "SELECT content, public_id FROM content WHERE public_id >= :from AND public_id < :to ORDER BY public_id LIMIT :limit", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":from", from);
	stmt_bind_text_static(stmt, ":to", to);
	stmt_bind_int(stmt, ":limit", PREFIX_NAMED);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		if (stmt_text(stmt, 1) == NULL) /* of a damaged table; nobody can name it */
			continue;
		if (n++ == 0) {
			first = stmt_int(stmt, 0);
			found = g_strdup(stmt_text(stmt, 1));
		}
		g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", stmt_text(stmt, 1));
		/* A whole id is itself, though a longer one may begin with it. */
		if (strcmp(stmt_text(stmt, 1), from) == 0) {
			result = STMT_END;
			break;
		}
	}
	if (result == STMT_ERROR)
		return FALSE;
	if (n != 1) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, n == 0 ? NO_SUCH_ID "%s" : "more than one id begins with '%s': %s; give more of it",
		    prefix, names->str);
		return FALSE;
	}
	*content = first;
	if (public_id != NULL)
		*public_id = g_steal_pointer(&found);
	return TRUE;
}

gboolean
mailstore_count(struct mailstore *store, gint64 from, gint64 to, gint64 *deliveries, gint64 *contents, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    store->db, "SELECT count(*), count(DISTINCT content) FROM entry WHERE type = 'delivery' AND received >= :from AND received < :to", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":from", from);
	stmt_bind_int(stmt, ":to", to);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*deliveries = stmt_int(stmt, 0);
	*contents = stmt_int(stmt, 1);
	return TRUE;
}
