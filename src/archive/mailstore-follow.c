/* The sequence as those read it who follow it. */
#include "archive/mailstore-private.h"

#include "base/error.h"

#include <string.h>

/* What every entry of its kind was written with: without it nobody can follow. */
static gboolean
check_entry(struct mailstore *store, const struct entry *entry, gsize link_length, GError **error)
{
	const char *lacks = NULL;

	if (entry->type == NULL)
		lacks = "type";
	else if (link_length != sizeof(entry->link))
		lacks = "link";
	else if (strcmp(entry->type, "delivery") == 0 && entry->public_id == NULL)
		lacks = "message";
	else if (strcmp(entry->type, "rules") == 0 && (entry->rules == NULL || *entry->rules == '\0'))
		lacks = "rules";
	else if (strcmp(entry->type, "decision") == 0 && entry->action == NULL)
		lacks = "action";
	if (lacks == NULL)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED,
	    "%s is damaged: entry %" G_GINT64_FORMAT " is without its %s; postbag check says more, and a backup may be whole", db_path(store->db), entry->seq,
	    lacks);
	return FALSE;
}

gboolean
mailstore_since(struct mailstore *store, gint64 seq, gint64 *since, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT at FROM entry WHERE seq > :seq AND NOT (type = 'delivery' AND source IS 'import' AND at = received) ORDER BY seq LIMIT 1", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", seq);
	result = stmt_step(stmt, error);
	*since = result == STMT_ROW ? stmt_int(stmt, 0) : 0;
	return result != STMT_ERROR;
}

gboolean
mailstore_next(struct mailstore *store, gint64 after, struct entry *out, GError **error)
{
	/* Where the content is gone its entries still have to be followed, and base32 has no '-'. */
	g_autoptr(Stmt) stmt = db_statement(store->db,

	    "SELECT e.seq, e.at, e.content, e.received, e.type, coalesce(c.public_id, 'gone-' || e.content), e.source, e.sender, e.recipient, e.rules, "
	    "e.action, e.value, e.note, e.link, "
	    "c.size, "
	    "e.type = 'delivery' AND EXISTS (SELECT 1 FROM entry AS p WHERE p.content = e.content AND p.seq < e.seq AND p.type = 'delivery') "
	    "FROM entry AS e LEFT JOIN content AS c ON c.content = e.content WHERE e.seq > :after ORDER BY e.seq LIMIT 1",
	    error);
	const char *texts[9];
	struct entry entry;
	gconstpointer link;
	gsize length;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":after", after);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	g_string_chunk_clear(store->strings);
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		const char *text = stmt_text(stmt, 4 + i);

		texts[i] = text == NULL ? NULL : g_string_chunk_insert(store->strings, text);
	}
	entry = (struct entry){
	    .seq = stmt_int(stmt, 0),
	    .at = stmt_int(stmt, 1),
	    .content = stmt_int(stmt, 2),
	    .received = stmt_int(stmt, 3),
	    .type = texts[0],
	    .public_id = texts[1],
	    .source = texts[2],
	    .sender = texts[3],
	    .recipient = texts[4],
	    .rules = texts[5],
	    .action = texts[6],
	    .value = texts[7],
	    .note = texts[8],
	    .size = stmt_int(stmt, 14),
	    .again = stmt_int(stmt, 15) != 0,
	};
	link = stmt_blob(stmt, 13, &length);
	if (link != NULL)
		memcpy(entry.link, link, MIN(length, sizeof(entry.link)));
	if (!check_entry(store, &entry, length, error))
		return FALSE;
	*out = entry;
	return TRUE;
}

gboolean
mailstore_link(struct mailstore *store, gint64 seq, guint8 link[16], GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	gconstpointer data;
	gsize length;
	gint64 last;

	if (!mailstore_last(store, &last, error))
		return FALSE;
	/* An index that has followed all, as a rule: whoever looks once has to ask for the end alone. */
	if (seq == last && seq > 0) {
		memcpy(link, store->last_link, 16);
		return TRUE;
	}
	stmt = db_statement(store->db, "SELECT link FROM entry WHERE seq = :seq", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", seq);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	data = stmt_blob(stmt, 0, &length);
	memset(link, 0, 16);
	if (data != NULL)
		memcpy(link, data, MIN(length, 16));
	return TRUE;
}
