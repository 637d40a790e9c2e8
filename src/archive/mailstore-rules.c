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
entry_is_reclassify(const struct entry *entry)
{
	return g_strcmp0(entry->type, "rules") == 0 && g_strcmp0(entry->action, ACTION) == 0;
}
