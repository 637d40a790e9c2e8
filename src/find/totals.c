#include "find/totals.h"

static gboolean
count(struct index *index, const char *sql, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);

	if (stmt == NULL || stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0);
	return TRUE;
}

gboolean
totals_load(struct index *index, struct totals *out, GError **error)
{
	static const char messages[] = "SELECT count(*) FROM message";
	static const char deliveries[] = "SELECT count(*) FROM delivery";
	static const char unread[] = "SELECT count(*) FROM message WHERE unread IS NOT NULL";
	static const char held[] = "SELECT count(*) FROM message WHERE held IS NOT NULL";
	static const char unfiled[] =
	    "SELECT count(*) FROM message m WHERE kind = 'input' AND unread IS NULL AND held IS NULL AND copy_of IS NULL AND NOT EXISTS "
	    "(SELECT 1 FROM filing f WHERE f.message = m.message AND f.type = 'workstream')";
	static const char unanswered[] =
	    "SELECT count(DISTINCT m.message) FROM filing f CROSS JOIN message m ON m.message = f.message WHERE f.type = 'intent' AND "
	    "f.id IN ('question', 'consultation') AND m.kind = 'input' AND m.answered IS NULL AND m.held IS NULL AND m.copy_of IS NULL";

	return count(index, messages, &out->messages, error) && count(index, deliveries, &out->deliveries, error) &&
	       count(index, unread, &out->unread, error) && count(index, held, &out->held, error) && count(index, unfiled, &out->unfiled, error) &&
	       count(index, unanswered, &out->unanswered, error);
}
