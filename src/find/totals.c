#include "find/totals.h"

#include "find/counts.h"

#include <string.h>

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
totals_pending(struct index *index, gint64 *out, GError **error)
{
	static const char pending[] = "SELECT count(*) FROM decision AS r INDEXED BY decision_redact WHERE r.action = 'redact' AND NOT EXISTS (SELECT 1 FROM "
	                              "decision AS v WHERE v.message = "
	                              "r.message AND v.action = 'verified' AND v.value = CAST(r.seq AS TEXT))";

	return count(index, pending, out, error);
}

/* The messages that SQL names, in or out of FILED: a bit each, and *N of them set. */
static gboolean
mark(struct index *index, const char *sql, gboolean in, GByteArray *filed, gint64 *n, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);
	enum stmt_result result = STMT_ERROR;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 message = stmt_int(stmt, 0);
		guint byte = (guint)(message / 8), bit = 1U << message % 8;

		if (byte >= filed->len && in) {
			guint before = filed->len;

			g_byte_array_set_size(filed, byte + 4096);
			memset(filed->data + before, 0, filed->len - before);
		}
		if (byte >= filed->len || ((filed->data[byte] & bit) != 0) == in)
			continue;
		filed->data[byte] ^= (guint8)bit;
		*n += in ? 1 : -1;
	}
	return result == STMT_END;
}

/* Input under no workstream: all but what is filed under one, of which what is no input is taken out again; both from indexes alone, because rows of messages
 * are long. */
static gboolean
count_unfiled(struct index *index, struct totals *out, GError **error)
{
	static const char *const others[] = {"SELECT message FROM message INDEXED BY message_thread WHERE kind <> 'input'",
	    "SELECT message FROM message WHERE held IS NOT NULL", "SELECT message FROM message WHERE unread IS NOT NULL",
	    "SELECT message FROM message WHERE copy_of IS NOT NULL",
	    "SELECT message FROM message WHERE message IN (SELECT message FROM decision INDEXED BY decision_redact WHERE action = 'redact') AND redacted = "
	    "'whole'"};
	g_autoptr(GByteArray) filed = g_byte_array_new();
	gint64 n = 0;

	if (!mark(index, "SELECT message FROM filing WHERE type = 'workstream'", TRUE, filed, &n, error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		if (!mark(index, others[i], FALSE, filed, &n, error))
			return FALSE;
	out->unfiled = out->input - n;
	return TRUE;
}

gboolean
totals_load(struct index *index, struct totals *out, GError **error)
{
	static const char messages[] = "SELECT count(*) FROM message";
	static const char deliveries[] = "SELECT count(*) FROM delivery";
	static const char unread[] = "SELECT count(*) FROM message WHERE unread IS NOT NULL";
	static const char held[] = "SELECT count(*) FROM message WHERE held IS NOT NULL";
	static const char unanswered[] = "SELECT count(*) FROM message AS m WHERE " AWAITING("m");

	/* the index counts the letters in lists; what is hushed is in none, and has a copy */
	static const char input[] =
	    "SELECT (SELECT coalesce(sum(letters), 0) FROM tally WHERE type = '' AND id = '') + (SELECT count(*) FROM message AS m WHERE "
	    "m.message IN (SELECT copy_of FROM message WHERE copy_of IS NOT NULL) AND m.hushed <> 0 AND " COUNTED("m") ")";
	/* whoever is like nobody is unique: only campaigns and corrections need be looked at */
	static const char folded[] = "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM " IN_CAMPAIGNS " AS c CROSS JOIN message AS m"
	                             " ON m.message = c.message WHERE " COUNTED("m") " AND NOT " SUPERSEDED("m") " GROUP BY c.campaign)";
	static const char superseded[] = "SELECT count(*) FROM message AS m WHERE m.public_id IN (SELECT value FROM decision WHERE action = 'supersedes' AND"
	                                 " undone IS NULL) AND " COUNTED("m");
	static const char redacted[] = "SELECT count(*) FROM message WHERE message IN (SELECT message FROM decision INDEXED BY decision_redact WHERE action = "
	                               "'redact') AND redacted IS NOT NULL";
	gint64 n_folded, n_superseded;

	if (!count(index, input, &out->input, error) || !count(index, folded, &n_folded, error) || !count(index, superseded, &n_superseded, error))
		return FALSE;
	out->unique = out->input - n_folded - n_superseded;
	return totals_pending(index, &out->redactions_pending, error) && count(index, redacted, &out->redacted, error) &&
	       count(index, messages, &out->messages, error) && count(index, deliveries, &out->deliveries, error) &&
	       count(index, unread, &out->unread, error) && count(index, held, &out->held, error) && count_unfiled(index, out, error) &&
	       count(index, unanswered, &out->unanswered, error);
}

static void
reason_free(gpointer data)
{
	struct totals_reason *reason = data;

	g_free(reason->reason);
	g_free(reason);
}

GPtrArray *
totals_attachments(struct index *index, gint64 *waiting, gint64 *waiting_pdf, GError **error)
{
	/* logos in signatures are no attachments that anybody misses: as in find/lists */
	static const char sql[] =
	    "SELECT coalesce(p.remark, 'no converter for ' || p.type) AS why, count(*) FROM part AS p CROSS JOIN message AS m"
	    " ON m.message = p.message WHERE p.attachment = 1 AND p.read = 0 AND " COUNTED(
	        "m") " AND NOT (p.type LIKE 'image/%' AND p.size < 20000) AND p.type NOT LIKE '%-signature' GROUP BY why ORDER BY 2 DESC, 1";
	g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);
	g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(reason_free);
	enum stmt_result result;

	*waiting = *waiting_pdf = 0;
	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		const char *why = stmt_text(stmt, 0);

		if (g_str_has_prefix(why, REMARK_WAITING)) {
			*waiting += stmt_int(stmt, 1);
			*waiting_pdf += strcmp(why, REMARK_WAITING_PDF) == 0 ? stmt_int(stmt, 1) : 0;
			continue;
		}
		struct totals_reason *reason = g_new0(struct totals_reason, 1);
		reason->reason = g_strdup(why);
		reason->count = stmt_int(stmt, 1);
		g_ptr_array_add(reasons, reason);
	}
	return result == STMT_END ? g_steal_pointer(&reasons) : NULL;
}
