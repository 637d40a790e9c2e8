#include "archive/mailstore-private.h"

#include "base/error.h"

gboolean
mailstore_get_rules_hash(struct mailstore *store, char **hash, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT rules FROM entry WHERE type = 'rules' ORDER BY seq DESC LIMIT 1", error);
	enum stmt_result result;

	if (stmt == NULL || (result = stmt_step(stmt, error)) == STMT_ERROR)
		return FALSE;
	*hash = result == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
	return TRUE;
}

GPtrArray *
mailstore_list_rules(struct mailstore *store, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT rules FROM rules ORDER BY rules", error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		if (stmt_text(stmt, 0) == NULL) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "%s is damaged: rules without their hash; restore a backup (postbag restore)",
			    db_path(store->db));
			return NULL;
		}
		g_ptr_array_add(list, g_strdup(stmt_text(stmt, 0)));
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

gboolean
mailstore_has_delivery(struct mailstore *store, const struct raw_message *raw, const struct delivery *delivery, gboolean *out, GError **error)
{
	const struct hash *content = raw_message_content(raw);
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT 1 FROM content c CROSS JOIN entry e ON e.content = c.content WHERE c.content_id = :id AND e.source = :source AND (:received = 0 OR "
	    "(e.received = :received AND ifnull(e.sender, '') = :sender AND ifnull(e.recipient, '') = :recipient)) LIMIT 1",
	    error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_blob(stmt, ":id", content->bytes, HASH_BYTES);
	stmt_bind_text(stmt, ":source", delivery->source);
	stmt_bind_int(stmt, ":received", delivery->received);
	stmt_bind_text(stmt, ":sender", delivery->sender != NULL ? delivery->sender : "");
	stmt_bind_text(stmt, ":recipient", delivery->recipient != NULL ? delivery->recipient : "");
	if ((result = stmt_step(stmt, error)) == STMT_ERROR)
		return FALSE;
	*out = result == STMT_ROW;
	return TRUE;
}

gboolean
mailstore_received(struct mailstore *store, gint64 content, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT min(received) FROM entry WHERE content = :content AND type = 'delivery'", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0);
	return TRUE;
}

gboolean
mailstore_count_entries(struct mailstore *store, gint64 after, gint64 upto, gint64 *deliveries, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT count(*) FROM entry WHERE seq > :after AND seq <= :upto AND type = 'delivery'", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":after", after);
	stmt_bind_int(stmt, ":upto", upto);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*deliveries = stmt_int(stmt, 0);
	return TRUE;
}
