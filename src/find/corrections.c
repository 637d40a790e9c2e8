#include "find/corrections.h"

#include "find/counts.h"

static const char find_sql[] =
    "SELECT o.public_id, o.subject, " CORRECTIONS_NAMED " AS named, " CORRECTIONS_SAID " AS said, o.thread = m.thread FROM message AS m"
    " CROSS JOIN message AS o WHERE m.message = :message AND " CORRECTIONS_MAY " AND o.message IN " CORRECTIONS_EARLIER " AND " CORRECTIONS_OF
    " ORDER BY named DESC, o.date_effective DESC, o.public_id LIMIT 1";

void
correction_free(struct correction *correction)
{
	g_free(correction->id);
	g_free(correction->subject);
	g_free(correction);
}

gboolean
correction_find(struct index *index, gint64 message, struct correction **out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), find_sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	*out = NULL;
	if (result == STMT_ROW) {
		*out = g_new0(struct correction, 1);
		(*out)->id = g_strdup(stmt_text(stmt, 0));
		(*out)->subject = g_strdup(stmt_text(stmt, 1));
		(*out)->reason = stmt_int(stmt, 2)    ? "its header names it"
		                 : !stmt_int(stmt, 3) ? "nearly the same letter by the same author"
		                 : stmt_int(stmt, 4)  ? "it says that it corrects, in the same thread"
		                                      : "it says that it corrects, by the same author or group";
	}
	return result != STMT_ERROR;
}
