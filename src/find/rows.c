#include "find/rows.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

#define ID_LISTED 4 /* public ids named when a prefix has several */

static void
filing_free(struct row_filing *filing)
{
	g_free(filing->type);
	g_free(filing->id);
	g_free(filing->tier);
	g_free(filing->by);
	g_free(filing);
}

static void
evidence_free(struct row_evidence *evidence)
{
	g_free(evidence->type);
	g_free(evidence->id);
	g_free(evidence->tier);
	g_free(evidence->key);
	g_free(evidence->rule);
	g_free(evidence->file);
	g_free(evidence->words);
	g_free(evidence);
}

void
message_row_free(struct message_row *row)
{
	char *const strings[] = {row->public_id, row->message_id, row->subject, row->subject_base, row->author_name, row->author_address, row->organization,
	    row->lang, row->gist, row->kind, row->kind_reason, row->unread, row->held, row->rules, row->date_reason, row->copy_kind, row->copy_of, row->remarks,
	    row->campaign_id, row->supersedes, row->superseded_by, row->redacted};

	for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
	g_clear_pointer(&row->filings, g_ptr_array_unref);
	g_clear_pointer(&row->evidence, g_ptr_array_unref);
	g_free(row);
}

static char *
text_at(struct stmt *stmt, int column)
{
	return g_strdup(stmt_text(stmt, column));
}

static struct message_row *
row_read(struct stmt *stmt)
{
	struct message_row *row = g_new0(struct message_row, 1);
	int column = 0;

	row->message = stmt_int(stmt, column++);
	row->first_seq = stmt_int(stmt, column++);
	row->received = stmt_int(stmt, column++);
	row->date_effective = stmt_int(stmt, column++);
	row->size = stmt_int(stmt, column++);
	row->kind_by_person = stmt_int(stmt, column++) != 0;
	row->thread = stmt_int(stmt, column++);
	row->answered = stmt_int(stmt, column++);
	row->words = stmt_int(stmt, column++);
	row->attachments = stmt_int(stmt, column++);
	row->public_id = text_at(stmt, column++);
	row->message_id = text_at(stmt, column++);
	row->subject = text_at(stmt, column++);
	row->subject_base = text_at(stmt, column++);
	row->author_name = text_at(stmt, column++);
	row->author_address = text_at(stmt, column++);
	row->organization = text_at(stmt, column++);
	row->lang = text_at(stmt, column++);
	row->gist = text_at(stmt, column++);
	row->kind = text_at(stmt, column++);
	row->kind_reason = text_at(stmt, column++);
	row->unread = text_at(stmt, column++);
	row->held = text_at(stmt, column++);
	row->rules = text_at(stmt, column++);
	row->date_reason = text_at(stmt, column++);
	row->remarks = text_at(stmt, column++);
	row->copy_kind = text_at(stmt, column++);
	row->copy_of = text_at(stmt, column++);
	row->campaign = stmt_int(stmt, column++);
	row->campaign_id = text_at(stmt, column++);
	row->supersedes = text_at(stmt, column++);
	row->superseded_by = text_at(stmt, column++);
	row->redacted = text_at(stmt, column++);
	row->redaction_pending = stmt_int(stmt, column) != 0;
	return row;
}

static const char row_sql[] =
    "SELECT m.message, m.first_seq, m.received, m.date_effective, m.size, m.kind_by = 'person', m.thread, coalesce(m.answered, 0), m.words, m.attachments,"
    " m.public_id, m.message_id, m.subject, m.subject_base, m.author_name, m.author_address, m.organization, m.lang, m.gist, m.kind, m.kind_reason,"
    " m.unread, m.held, (SELECT p.words FROM ruleset AS p WHERE p.ruleset = m.rules), m.date_reason, m.remarks, m.copy_kind,"
    " (SELECT c.public_id FROM message AS c WHERE c.message = m.copy_of), coalesce(l.campaign, m.message), coalesce(n.public_id, m.public_id),"
    " (SELECT d.value FROM decision AS d WHERE d.message = m.message AND d.action = 'supersedes' AND d.undone IS NULL AND d.value <> '" SUPERSEDES_NONE
    "' ORDER BY d.seq DESC LIMIT 1),"
    " (SELECT o.public_id FROM decision AS d CROSS JOIN message AS o ON o.message = d.message WHERE d.action = 'supersedes' AND d.undone IS NULL"
    " AND d.value = m.public_id ORDER BY d.seq DESC LIMIT 1), m.redacted,"
    " m.redacted IS NOT NULL AND EXISTS (SELECT 1 FROM decision AS r WHERE r.message = m.message AND r.action = 'redact' AND NOT EXISTS"
    " (SELECT 1 FROM decision AS v WHERE v.message = m.message AND v.action = 'verified' AND v.value = CAST(r.seq AS TEXT)))"
    " FROM message AS m LEFT JOIN letter AS l ON l.message = m.message LEFT JOIN message AS n ON n.message = l.campaign WHERE m.message = :message";

static const char filings_sql[] =
    "SELECT f.type, f.id, f.tier, f.by FROM filing AS f INDEXED BY filing_message LEFT JOIN target AS t ON t.type = f.type AND t.id = f.id"
    " WHERE f.message = :message"
    " ORDER BY CASE f.type WHEN 'workstream' THEN 0 WHEN 'topic' THEN 1 WHEN 'intent' THEN 2 WHEN 'group' THEN 3 ELSE 4 END,"
    " t.position IS NULL, t.position, f.id";

static const char evidence_sql[] =
    "SELECT type, id, tier, key, rule, file, words, line, passage, \"offset\", length, EXISTS (SELECT 1 FROM paragraph AS p WHERE p.message = e.message AND "
    "p.scope <> 0 AND p.passage = e.passage AND e.\"offset\" >= p.\"offset\" AND e.\"offset\" < p.\"offset\" + p.length) "
    "FROM proof AS e WHERE message = :message ORDER BY n";

static gboolean
load_filings(struct index *index, struct message_row *row, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), filings_sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", row->message);
	row->filings = g_ptr_array_new_with_free_func((GDestroyNotify)filing_free);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct row_filing *filing = g_new0(struct row_filing, 1);

		filing->type = text_at(stmt, 0);
		filing->id = text_at(stmt, 1);
		filing->tier = text_at(stmt, 2);
		filing->by = text_at(stmt, 3);
		g_ptr_array_add(row->filings, filing);
	}
	return result == STMT_END;
}

static gboolean
load_evidence(struct index *index, struct message_row *row, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), evidence_sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", row->message);
	row->evidence = g_ptr_array_new_with_free_func((GDestroyNotify)evidence_free);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct row_evidence *evidence = g_new0(struct row_evidence, 1);

		evidence->type = text_at(stmt, 0);
		evidence->id = text_at(stmt, 1);
		evidence->tier = text_at(stmt, 2);
		evidence->key = text_at(stmt, 3);
		evidence->rule = text_at(stmt, 4);
		evidence->file = text_at(stmt, 5);
		evidence->words = text_at(stmt, 6);
		evidence->line = stmt_int(stmt, 7);
		evidence->passage = stmt_int(stmt, 8);
		evidence->offset = stmt_int(stmt, 9);
		evidence->length = stmt_int(stmt, 10);
		evidence->boilerplate = stmt_int(stmt, 11) != 0;
		g_ptr_array_add(row->evidence, evidence);
	}
	return result == STMT_END;
}

struct message_row *
message_row_load(struct index *index, gint64 message, gboolean with_evidence, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), row_sql, error);
	g_autoptr(MessageRow) row = NULL;
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "there is no message number %" G_GINT64_FORMAT " in the index", message);
	if (result != STMT_ROW)
		return NULL;
	row = row_read(stmt);
	if (!load_filings(index, row, error) || (with_evidence && !load_evidence(index, row, error)))
		return NULL;
	return g_steal_pointer(&row);
}

GPtrArray *
message_ids_load(struct index *index, const GArray *messages, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < messages->len; i++) {
		g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT public_id FROM message WHERE message = :message", error);

		if (stmt == NULL)
			return NULL;
		stmt_bind_int(stmt, ":message", g_array_index(messages, gint64, i));
		switch (stmt_step(stmt, error)) {
		case STMT_ROW:
			g_ptr_array_add(ids, text_at(stmt, 0));
			break;
		case STMT_END:
			break; /* gone since it was found */
		default:
			return NULL;
		}
	}
	return g_steal_pointer(&ids);
}

GPtrArray *
message_rows_load(struct index *index, const GArray *messages, gboolean with_evidence, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new_full(messages->len, (GDestroyNotify)message_row_free);

	for (guint i = 0; i < messages->len; i++) {
		struct message_row *row = message_row_load(index, g_array_index(messages, gint64, i), with_evidence, error);

		if (row == NULL)
			return NULL;
		g_ptr_array_add(rows, row);
	}
	return g_steal_pointer(&rows);
}

static gboolean
not_found(GError **error, const char *id, const char *why)
{
	g_autofree char *shown = text_escape(id, FALSE);

	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s '%s'", why, shown);
	return FALSE;
}

static gboolean
no_such_id(GError **error, const char *id)
{
	g_autofree char *shown = text_escape(id, FALSE);

	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, NO_SUCH_ID, shown);
	return FALSE;
}

static gboolean
resolve_message_id(struct index *index, const char *id, gint64 *out, GError **error)
{
	gsize length = strlen(id);
	g_autofree char *bare = *id == '<' && id[length - 1] == '>' ? g_strndup(id + 1, length - 2) : g_strdup(id);
	g_autoptr(Stmt) stmt = db_statement(
	    index_db(index), "SELECT message FROM message WHERE id_hash = :hash AND message_id = :id ORDER BY copy_of IS NOT NULL, first_seq LIMIT 1", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", index_hash(bare));
	stmt_bind_text(stmt, ":id", bare);
	result = stmt_step(stmt, error);
	if (result == STMT_ROW)
		*out = stmt_int(stmt, 0);
	return result == STMT_ROW || (result == STMT_END && not_found(error, id, "no message has the Message-ID"));
}

static gboolean
resolve_public_id(struct index *index, const char *id, gint64 *out, GError **error)
{
	g_autofree char *first = g_ascii_strdown(id, -1);
	g_autofree char *last = g_strconcat(first, "\x7f", NULL);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(Stmt) stmt = NULL;
	g_autofree char *list = NULL;
	enum stmt_result result;

	if (*id == '\0')
		return no_such_id(error, id);
	stmt = db_statement(
	    index_db(index), "SELECT message, public_id FROM message WHERE public_id >= :first AND public_id < :last ORDER BY public_id LIMIT 5", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":first", first);
	stmt_bind_text(stmt, ":last", last);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		*out = stmt_int(stmt, 0);
		if (g_str_equal(stmt_text(stmt, 1), first))
			return TRUE; /* a whole id that a longer one begins with */
		g_ptr_array_add(found, text_at(stmt, 1));
	}
	if (result == STMT_ERROR)
		return FALSE;
	if (found->len == 0)
		return no_such_id(error, id);
	if (found->len == 1)
		return TRUE;
	if (found->len > ID_LISTED)
		g_ptr_array_remove_index(found, ID_LISTED);
	g_ptr_array_add(found, NULL);
	list = g_strjoinv(", ", (char **)found->pdata);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "more than one id begins with '%s': %s; give more of it", first, list);
	return FALSE;
}

struct message_row *
message_find(struct index *index, const char *id, gboolean with_evidence, GError **error)
{
	gint64 message = 0;
	gboolean found = strchr(id, '@') != NULL ? resolve_message_id(index, id, &message, error) : resolve_public_id(index, id, &message, error);

	return found ? message_row_load(index, message, with_evidence, error) : NULL;
}

const struct row_filing *
message_row_filing(const struct message_row *row, const char *type, const char *id)
{
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (g_str_equal(filing->type, type) && g_str_equal(filing->id, id))
			return filing;
	}
	return NULL;
}

gboolean
message_row_has(const struct message_row *row, const char *type)
{
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (g_str_equal(filing->type, type))
			return TRUE;
	}
	return FALSE;
}

const char *
message_row_subject(const struct message_row *row)
{
	if (row->subject != NULL && *row->subject != '\0')
		return row->subject;
	return g_strcmp0(row->redacted, "whole") == 0 ? "(redacted)" : "(no subject)";
}
