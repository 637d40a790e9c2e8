#include "archive/index-private.h"

#include "archive/answers.h"
#include "archive/suggestions.h"
#include "base/compress.h"
#include "base/limits.h"

#include <string.h>

GArray *
index_messages(struct index *index, gint64 after, guint most, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT message FROM message WHERE message > :after ORDER BY message LIMIT :most", error);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":after", after);
	stmt_bind_int(stmt, ":most", most);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 message = stmt_int(stmt, 0);

		g_array_append_val(list, message);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

static GBytes *
unpack(struct index *index, struct stmt *stmt, int column, GError **error)
{
	gsize length;
	gconstpointer data = stmt_blob(stmt, column, &length);
	GBytes *bytes = decompress_bytes(data, length, LIMIT_RECORD_BYTES, error);

	if (bytes == NULL)
		g_prefix_error(error, "%s: ", db_path(index->db));
	return bytes;
}

struct record *
index_stored(struct index *index, gint64 message, gint64 *received, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, "SELECT m.received, p.passages, p.found FROM message AS m JOIN passages AS p USING (message) WHERE m.message = :message", error);
	g_autoptr(GBytes) passages = NULL, found = NULL;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return NULL;
	*received = stmt_int(stmt, 0);
	if ((passages = unpack(index, stmt, 1, error)) == NULL || (found = unpack(index, stmt, 2, error)) == NULL)
		return NULL;
	return record_from_stored(found, passages, error);
}

/* What the message's row says before. */
struct before {
	gint64 thread, date;
	gboolean decided, person; /* PERSON: the kind is a person's */
	char *kind, *kind_reason, *held, *remarks;
};

static void
before_clear(struct before *before)
{
	g_free(before->kind);
	g_free(before->kind_reason);
	g_free(before->held);
	g_free(before->remarks);
}

typedef struct before Before;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Before, before_clear)

static gboolean
load_before(struct index *index, gint64 message, struct before *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT thread, date_effective, EXISTS (SELECT 1 FROM decision AS d WHERE d.message = m.message), kind, kind_reason, held, remarks, kind_by = "
	    "'person' "
	    "FROM message AS m WHERE message = :message",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = (struct before){
	    .thread = stmt_int(stmt, 0),
	    .date = stmt_int(stmt, 1),
	    .decided = stmt_int(stmt, 2) != 0,
	    .kind = g_strdup(stmt_text(stmt, 3)),
	    .kind_reason = g_strdup(stmt_text(stmt, 4)),
	    .held = g_strdup(stmt_text(stmt, 5)),
	    .remarks = g_strdup(stmt_text(stmt, 6)),
	    .person = stmt_int(stmt, 7) != 0,
	};
	return TRUE;
}

/* Whether the rules' filings are those of RECORD; and in *QUESTION whether an intent was among them that is answered. */
static gboolean
same_filings(struct index *index, gint64 message, const struct record *record, gboolean *same, gboolean *question, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT type, id, tier, taxonomy FROM filing WHERE message = :message AND by = 'rules' UNION ALL "
	    "SELECT type, id, tier, taxonomy FROM overruled WHERE message = :message",
	    error);
	enum stmt_result result;
	guint n = 0;

	if (stmt == NULL)
		return FALSE;
	*same = TRUE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		const char *id = stmt_text(stmt, 1);
		int type = target_from_name(stmt_text(stmt, 0));
		const struct record_filing *filing = type < 0 ? NULL : record_find_filing(record, type, id);

		n++;
		*question |= type == TARGET_INTENT && (strcmp(id, "question") == 0 || strcmp(id, "consultation") == 0);
		*same =
		    *same && filing != NULL && strcmp(tier_name(filing->tier), stmt_text(stmt, 2)) == 0 && g_strcmp0(filing->taxonomy, stmt_text(stmt, 3)) == 0;
	}
	*same = *same && n == record->filings->len;
	return result == STMT_END;
}

static gboolean
is_same_evidence(const struct record_evidence *evidence, struct stmt *row)
{
	return strcmp(target_name(evidence->type), stmt_text(row, 0)) == 0 && strcmp(evidence->id, stmt_text(row, 1)) == 0 &&
	       strcmp(tier_name(evidence->tier), stmt_text(row, 2)) == 0 && strcmp(evidence->key, stmt_text(row, 3)) == 0 &&
	       strcmp(evidence->rule, stmt_text(row, 4)) == 0 && strcmp(evidence->file, stmt_text(row, 5)) == 0 && evidence->line == stmt_int(row, 6) &&
	       evidence->passage == stmt_int(row, 7) && evidence->offset == stmt_int(row, 8) && evidence->length == stmt_int(row, 9) &&
	       g_strcmp0(evidence->words, stmt_text(row, 10)) == 0;
}

static gboolean
same_evidence(struct index *index, gint64 message, const struct record *record, gboolean *same, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT type, id, tier, key, rule, file, line, passage, \"offset\", length, words FROM evidence WHERE message = :message ORDER BY n", error);
	enum stmt_result result;
	guint n = 0;

	if (stmt == NULL)
		return FALSE;
	*same = TRUE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW && *same) {
		*same = n < record->evidence->len && is_same_evidence(g_ptr_array_index(record->evidence, n), stmt);
		n++;
	}
	*same = *same && n == record->evidence->len;
	return result != STMT_ERROR;
}

static gboolean
set_row(struct index *index, gint64 message, const struct record *record, const char *remarks, const char *rules, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "UPDATE message SET kind = :kind, kind_reason = :kind_reason, kind_by = 'rules', held = :held, remarks = :remarks, rules = :rules "
	    "WHERE message = :message",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":kind", kind_name(record->kind));
	stmt_bind_text_static(stmt, ":kind_reason", record->kind_reason);
	stmt_bind_text_static(stmt, ":held", index_held(record));
	stmt_bind_text_static(stmt, ":remarks", remarks);
	stmt_bind_text_static(stmt, ":rules", rules);
	return stmt_run(stmt, error);
}

static gboolean
set_rules(struct index *index, gint64 message, const char *remark, const char *rules, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "UPDATE message SET rules = :rules, remarks = CASE WHEN :remark IS NULL THEN remarks ELSE coalesce(remarks || char(10), '') || :remark END "
	    "WHERE message = :message",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":remark", remark);
	stmt_bind_text_static(stmt, ":rules", rules);
	return stmt_run(stmt, error);
}

static gboolean
has_question(const struct record *record)
{
	return record_find_filing(record, TARGET_INTENT, "question") != NULL || record_find_filing(record, TARGET_INTENT, "consultation") != NULL;
}

static gboolean
replace(struct index *index, gint64 message, const struct record *record, const struct before *before, gboolean filings, GError **error)
{
	if (!suggestions_remove(index, message, before->thread, error))
		return FALSE;
	if (filings && (!index_run(index, "DELETE FROM filing WHERE message = :message AND by IN ('rules', 'person')", message, error) ||
	                   !index_run(index, "DELETE FROM overruled WHERE message = :message", message, error) ||
	                   !index_add_filings(index, message, before->date, record, error)))
		return FALSE;
	return index_run(index, "DELETE FROM evidence WHERE message = :message", message, error) && index_add_evidence(index, message, record, error);
}

gboolean
index_refile(struct index *index, gint64 message, const struct record *record, const char *rules, gboolean *moved, GError **error)
{
	g_auto(Before) before = {0};
	g_autofree char *remarks = NULL;
	gboolean filings, evidence, kind, question = FALSE;

	*moved = FALSE;
	if (record == NULL)
		return set_rules(index, message, NULL, rules, error);
	if (!load_before(index, message, &before, error) || !same_filings(index, message, record, &filings, &question, error) ||
	    !same_evidence(index, message, record, &evidence, error))
		return FALSE;
	remarks = index_join_remarks(record);
	kind = strcmp(before.kind, kind_name(record->kind)) == 0;
	*moved = !filings || (!kind && !before.person);
	if (!before.decided && filings && evidence && kind && g_strcmp0(before.kind_reason, record->kind_reason) == 0 &&
	    g_strcmp0(before.held, index_held(record)) == 0 && g_strcmp0(before.remarks, remarks) == 0)
		return set_rules(index, message, NULL, rules, error);
	/* What the rules said once is not what decisions are taken back to any more. */
	if (!index_run(index, "DELETE FROM overruled_state WHERE message = :message", message, error) ||
	    !set_row(index, message, record, remarks, rules, error) ||
	    ((before.decided || !filings || !evidence) && !replace(index, message, record, &before, before.decided || !filings, error)))
		return FALSE;
	if (before.decided)
		return index_apply_decisions(index, message, error);
	if ((!filings || !evidence) && !suggestions_add(index, message, record, error))
		return FALSE;
	return (kind && !question && !has_question(record)) || answers_refresh_thread(index, before.thread, error);
}

gboolean
index_refile_failed(struct index *index, gint64 message, const char *why, const char *rules, GError **error)
{
	g_autofree char *remark = g_strdup_printf(RECORD_RULES_REMARK "not asked again: %s", why);

	return set_rules(index, message, remark, rules, error);
}

gboolean
index_set_refiled(struct index *index, gint64 message, GError **error)
{
	if (!index->moved && !index_position(index, &index->position, error))
		return FALSE;
	index->moved = TRUE;
	index->position.refiled = message;
	return TRUE;
}
