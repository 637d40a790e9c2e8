#include "archive/redaction.h"

#include "archive/mailstore-private.h"
#include "base/error.h"

#include <string.h>

/* A message of the former archive. */
struct same {
	gint64 there, here; /* its numbers; HERE 0: it is not here */
	gint64 redacted;    /* how often there */
	gboolean done;      /* as often here */
};

static gboolean
find_same(struct mailstore *store, struct mailstore *former, struct same *same, struct hash *id, char **public_id, GError **error)
{
	static const char there_sql[] =
	    "SELECT content_id, public_id, (SELECT count(*) FROM entry AS e WHERE e.content = c.content AND e.type = 'decision' AND "
	    "e.action = 'redact') FROM content AS c WHERE content = :content";
	static const char here_sql[] = "SELECT content, (SELECT count(*) FROM entry AS e WHERE e.content = c.content AND e.type = 'decision' AND e.action = "
	                               "'redact') FROM content AS c WHERE content_id = :id";
	g_autoptr(Stmt) there = db_statement(former->db, there_sql, error);
	g_autoptr(Stmt) here = there != NULL ? db_statement(store->db, here_sql, error) : NULL;
	enum stmt_result result;
	gconstpointer data;
	gsize length;

	if (here == NULL)
		return FALSE;
	stmt_bind_int(there, ":content", same->there);
	if (stmt_step(there, error) != STMT_ROW)
		return FALSE;
	data = stmt_blob(there, 0, &length);
	memset(id, 0, sizeof *id);
	if (data != NULL)
		memcpy(id, data, MIN(length, sizeof *id));
	*public_id = g_strdup(stmt_text(there, 1));
	same->redacted = stmt_int(there, 2);
	stmt_bind_blob(here, ":id", id->bytes, HASH_BYTES);
	if ((result = stmt_step(here, error)) == STMT_ROW) {
		same->here = stmt_int(here, 0);
		same->done = stmt_int(here, 1) >= same->redacted;
	}
	return result != STMT_ERROR;
}

/* A backup's spool may hold it though its mail.db does not: it has to be known. */
static gboolean
add_known(struct mailstore *store, struct mailstore *former, struct same *same, const struct hash *id, const char *public_id, GError **error)
{
	g_autoptr(Stmt) from = db_statement(former->db,
	    "SELECT c.raw_hash, c.size, e.at, e.received, e.source FROM content AS c JOIN entry AS e ON e.content = c.content AND e.type = 'delivery' WHERE "
	    "c.content = :content ORDER BY e.seq LIMIT 1",
	    error);
	g_autoptr(Stmt) to =
	    from != NULL ? db_statement(store->db,
	                       "INSERT INTO content (content_id, public_id, raw_hash, size, chunks, raw) VALUES (:id, :public, :hash, :size, 1, NULL)", error)
	                 : NULL;
	struct new_entry entry = {.type = "delivery", .content_id = id};
	g_autofree char *source = NULL;
	gconstpointer hash;
	gsize length;

	if (to == NULL)
		return FALSE;
	stmt_bind_int(from, ":content", same->there);
	if (stmt_step(from, error) != STMT_ROW)
		return FALSE;
	hash = stmt_blob(from, 0, &length);
	stmt_bind_blob(to, ":id", id->bytes, HASH_BYTES);
	stmt_bind_text(to, ":public", public_id);
	stmt_bind_blob(to, ":hash", hash, length);
	stmt_bind_int(to, ":size", stmt_int(from, 1));
	if (!stmt_run(to, error))
		return FALSE;
	entry.content = same->here = db_last_rowid(store->db);
	entry.at = stmt_int(from, 2);
	entry.received = stmt_int(from, 3);
	entry.source = source = g_strdup(stmt_text(from, 4));
	return mailstore_append(store, &entry, NULL, error);
}

/* The decisions, after all that is here. */
static gboolean
copy_decisions(struct mailstore *store, struct mailstore *former, const struct same *same, gint64 at, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    former->db, "SELECT source, value, note FROM entry WHERE content = :content AND type = 'decision' AND action = 'redact' ORDER BY seq", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", same->there);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		g_autofree char *who = g_strdup(stmt_text(stmt, 0)), *value = g_strdup(stmt_text(stmt, 1)), *note = g_strdup(stmt_text(stmt, 2));

		if (!mailstore_add_decision(store, same->here, at, who, "redact", value, note, NULL, error))
			return FALSE;
	}
	return result == STMT_END;
}

/* Envelopes go in any case: which addresses were meant is not known any more. */
static gboolean
redact_same(struct mailstore *store, struct mailstore *former, const struct same *same, gint64 at, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) raw = mailstore_read(former, same->there, 0, &reason);

	if (raw == NULL && !g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	/* Nor are the words that its digests are to be searched for. */
	return mailstore_run_on(store,
	           "UPDATE entry SET header = NULL WHERE type = 'issue' AND header IS NOT NULL AND seq > "
	           "(SELECT min(seq) FROM entry WHERE content = :content AND type = 'delivery')",
	           same->here, error) &&
	       mailstore_replace_bytes(store, same->here, raw, error) &&
	       mailstore_run_on(store, "UPDATE entry SET sender = NULL, recipient = NULL, header = NULL WHERE content = :content AND type = 'delivery'",
	           same->here, error) &&
	       copy_decisions(store, former, same, at, error);
}

static gboolean
redact_all_as(struct mailstore *store, struct mailstore *former, gint64 at, guint *count, GError **error)
{
	g_autoptr(GPtrArray) list = mailstore_redactions(former, TRUE, error);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; list != NULL && i < list->len; i++) {
		struct pending_redaction *redacted = list->pdata[i];
		struct same same = {.there = redacted->content};
		g_autofree char *public_id = NULL;
		struct hash id;

		if (!g_hash_table_add(seen, &redacted->content))
			continue;
		if (!find_same(store, former, &same, &id, &public_id, error))
			return FALSE;
		if (same.done)
			continue;
		if ((same.here == 0 && !add_known(store, former, &same, &id, public_id, error)) || !redact_same(store, former, &same, at, error))
			return FALSE;
		++*count;
	}
	return list != NULL;
}

gboolean
mailstore_redact_as(struct mailstore *store, struct mailstore *former, gint64 at, guint *count, GError **error)
{
	*count = 0;
	if (!mailstore_begin(store, error))
		return FALSE;
	if (redact_all_as(store, former, at, count, error))
		return mailstore_commit(store, error);
	mailstore_rollback(store);
	return FALSE;
}
