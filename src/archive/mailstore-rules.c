#include "archive/mailstore-private.h"

#include "base/error.h"

#define ACTION "reclassify"

gboolean
mailstore_add_reclassify(struct mailstore *store, gint64 at, gint64 *seq, GError **error)
{
	struct new_entry entry = {.type = "rules", .at = at, .action = ACTION};
	g_autofree char *hash = NULL;

	if (!mailstore_get_rules_hash(store, &hash, error))
		return FALSE;
	if (hash == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, "no rules are in force; set [archive] rules in the configuration");
		return FALSE;
	}
	entry.rules = hash;
	return mailstore_append(store, &entry, seq, error);
}

gboolean
mailstore_reclassified(struct mailstore *store, gint64 since, gint64 until, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(store->db, "SELECT 1 FROM entry WHERE type = 'rules' AND action = '" ACTION "' AND at > :since AND at <= :until LIMIT 1", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":since", since);
	stmt_bind_int(stmt, ":until", until);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW;
	return result != STMT_ERROR;
}

gboolean
entry_is_reclassify(const struct entry *entry)
{
	return g_strcmp0(entry->type, "rules") == 0 && g_strcmp0(entry->action, ACTION) == 0;
}
