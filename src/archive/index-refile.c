#include "archive/index-ask.h"
#include "archive/index-private.h"

#include "archive/answers.h"
#include "archive/boilerplate.h"
#include "archive/campaigns.h"
#include "archive/settle.h"
#include "archive/suggestions.h"
#include "base/error.h"

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

GBytes *
index_stored(struct index *index, gint64 message, gint64 *received, GError **error)
{
	/* Rules without words ("attachment = no") would file what is left of a message that was redacted as a whole. */
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT received FROM message WHERE message = :message AND redacted IS NOT 'whole'", error);
	g_autoptr(GBytes) found = NULL, passages = NULL;
	g_autoptr(GError) reason = NULL;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return NULL;
	*received = stmt_int(stmt, 0);
	if (!texts_get(index->texts, message, &passages, &found, &reason)) {
		/* The reader says so of it, and goes on with the others. */
		if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED))
			return g_bytes_new_static("", 0);
		g_propagate_error(error, g_steal_pointer(&reason));
		return NULL;
	}
	return passages != NULL && found != NULL ? record_pack_stored(found, passages) : NULL;
}

#define RULES "(SELECT p.words FROM ruleset AS p WHERE p.ruleset = message.rules)"

GArray *
index_refilable(struct index *index, gint64 after, guint most, const char *rules, const char *base, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT message, coalesce(" RULES " = :rules, 0), coalesce(" RULES " = :base, 0), unread IS NULL, "
	    "coalesce(remarks GLOB '" RECORD_RULES_REMARK "*' OR remarks GLOB '*' || char(10) || '" RECORD_RULES_REMARK "*', 0), "
	    "coalesce(kind_reason GLOB '*(*:[0-9]*)' OR kind_by = 'person', 0) "
	    "FROM message WHERE message > :after ORDER BY message LIMIT :most",
	    error);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct index_refilable));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":after", after);
	stmt_bind_int(stmt, ":most", most);
	stmt_bind_text_static(stmt, ":rules", rules);
	stmt_bind_text_static(stmt, ":base", base);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct index_refilable one = {
		    .message = stmt_int(stmt, 0),
		    .done = stmt_int(stmt, 1) != 0,
		    .based = stmt_int(stmt, 2) != 0,
		    .read = stmt_int(stmt, 3) != 0,
		    .limited = stmt_int(stmt, 4) != 0,
		    .names_line = stmt_int(stmt, 5) != 0,
		};

		g_array_append_val(list, one);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

char *
index_rules_after(struct index *index, gint64 after, guint most, const char *rules, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT rules, count(*) FROM (SELECT " RULES " AS rules FROM message WHERE message > :after ORDER BY message LIMIT :most) "
	    "WHERE rules IS NOT NULL AND rules <> :rules GROUP BY rules ORDER BY 2 DESC, 1 LIMIT 1",
	    error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":after", after);
	stmt_bind_int(stmt, ":most", most);
	stmt_bind_text_static(stmt, ":rules", rules);
	return stmt_step(stmt, error) == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

static gboolean
set_line(struct index *index, gint64 message, gint64 n, gint64 line, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "UPDATE evidence SET line = :line WHERE message = :message AND n = :n", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":n", n);
	stmt_bind_int(stmt, ":line", line);
	return stmt_run(stmt, error);
}

gboolean
index_move_lines(struct index *index, gint64 message, index_line_now now, gpointer data, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT n, file, line FROM proof WHERE message = :message", error);
	g_autoptr(GArray) moved = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 pair[] = {stmt_int(stmt, 0), now(data, stmt_text(stmt, 1), (guint)stmt_int(stmt, 2))};

		if (pair[1] != stmt_int(stmt, 2))
			g_array_append_vals(moved, pair, 2);
	}
	for (guint i = 0; result == STMT_END && i < moved->len; i += 2)
		if (!set_line(index, message, g_array_index(moved, gint64, i), g_array_index(moved, gint64, i + 1), error))
			return FALSE;
	return result == STMT_END;
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
	    "SELECT type, id, tier, key, rule, file, line, passage, \"offset\", length, words FROM proof WHERE message = :message ORDER BY n", error);
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

/* The next of RECORD's masks from *N on, or NULL. */
static const struct record_evidence *
next_mask(const struct record *record, guint *n)
{
	while (*n < record->evidence->len) {
		const struct record_evidence *evidence = g_ptr_array_index(record->evidence, (*n)++);

		if (evidence->type == TARGET_MASK && evidence->tier == TIER_MASKED)
			return evidence;
	}
	return NULL;
}

/* Do masks take from MESSAGE what they took, whichever rules they are of? */
static gboolean
same_masks(struct index *index, gint64 message, const struct record *record, gboolean *same, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, "SELECT passage, \"offset\", length FROM proof WHERE message = :message AND type = 'mask' AND tier = 'masked' ORDER BY n", error);
	enum stmt_result result;
	guint n = 0;

	if (stmt == NULL)
		return FALSE;
	*same = TRUE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW && *same) {
		const struct record_evidence *mask = next_mask(record, &n);

		*same = mask != NULL && mask->passage == stmt_int(stmt, 0) && mask->offset == stmt_int(stmt, 1) && mask->length == stmt_int(stmt, 2);
	}
	*same = *same && next_mask(record, &n) == NULL;
	return result != STMT_ERROR;
}

static gboolean
set_row(struct index *index, gint64 message, const struct record *record, const char *remarks, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "UPDATE message SET kind = :kind, kind_said = CASE :kind_reason WHEN 'no sign of anything else' THEN char(1) ELSE :kind_reason END, kind_by = "
	    "'rules', held = :held, remarks = :remarks "
	    "WHERE message = :message",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":kind", kind_name(record->kind));
	stmt_bind_text_static(stmt, ":kind_reason", record->kind_reason);
	stmt_bind_text_static(stmt, ":held", index_held(record));
	stmt_bind_text_static(stmt, ":remarks", remarks);
	return settle_run(index, stmt, message, error);
}

static gboolean
add_remark(struct index *index, gint64 message, const char *remark, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "UPDATE message SET remarks = coalesce(remarks || char(10), '') || :remark WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":remark", remark);
	return settle_run(index, stmt, message, error);
}

static gboolean
has_question(const struct record *record)
{
	return record_find_filing(record, TARGET_INTENT, "question") != NULL || record_find_filing(record, TARGET_INTENT, "consultation") != NULL;
}

static gboolean
replace(struct index *index, gint64 message, const struct record *record, const struct before *before, gboolean filings, GError **error)
{
	gboolean masks;

	if (!suggestions_remove(index, message, before->thread, error) || !same_masks(index, message, record, &masks, error))
		return FALSE;
	if (filings && (!settle_run_one(index, "DELETE FROM filing WHERE message = :message AND by IN ('rules', 'person')", message, error) ||
	                   !index_run(index, "DELETE FROM overruled WHERE message = :message", message, error) ||
	                   !index_add_filings(index, message, before->date, record, error)))
		return FALSE;
	return index_run(index, "DELETE FROM evidence WHERE message = :message", message, error) && index_add_evidence(index, message, record, error) &&
	       (masks || campaigns_refresh(index, message, error));
}

static gboolean
has_places(const struct record *record)
{
	for (guint i = 0; i < record->evidence->len; i++)
		if (((const struct record_evidence *)g_ptr_array_index(record->evidence, i))->passage >= 0)
			return TRUE;
	return FALSE;
}

static gboolean
holds_all(const struct record *one, const struct record *other)
{
	for (guint i = 0; i < other->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(other->filings, i), *same = record_find_filing(one, filing->type, filing->id);

		if (same == NULL || same->tier != filing->tier)
			return FALSE;
	}
	return TRUE;
}

/* Decisions are applied anew to what the rules say now; *MOVED: the message is filed otherwise than BEFORE all the same. */
static gboolean
decide_again(struct index *index, gint64 message, const struct record *before, gboolean *moved, GError **error)
{
	g_autoptr(Record) now = NULL;

	if (!index_apply_decisions(index, message, error) || (now = index_filed(index, message, TRUE, error)) == NULL)
		return FALSE;
	*moved = now->kind != before->kind || !holds_all(now, before) || !holds_all(before, now);
	return TRUE;
}

static gboolean
refile(struct index *index, gint64 message, const struct record *record, gboolean *moved, GError **error)
{
	g_auto(Before) before = {0};
	g_autoptr(Record) effect = NULL;
	g_autofree char *remarks = NULL;
	gboolean filings, evidence, kind, question = FALSE;

	*moved = FALSE;
	if (!load_before(index, message, &before, error) || !same_filings(index, message, record, &filings, &question, error) ||
	    !same_evidence(index, message, record, &evidence, error))
		return FALSE;
	remarks = index_join_remarks(record);
	kind = strcmp(before.kind, kind_name(record->kind)) == 0;
	*moved = !filings || (!kind && !before.person);
	if (!before.decided && filings && evidence && kind && g_strcmp0(before.kind_reason, record->kind_reason) == 0 &&
	    g_strcmp0(before.held, index_held(record)) == 0 && g_strcmp0(before.remarks, remarks) == 0)
		return TRUE;
	if (!evidence && has_places(record)) {
		g_autoptr(GPtrArray) passages = index_passages(index, message, error);

		if (passages == NULL)
			return FALSE;
		if (!record_fits(record, passages))
			return index_refile_failed(index, message, "the reader's answer is not one", error);
	}
	if (before.decided && (effect = index_filed(index, message, TRUE, error)) == NULL)
		return FALSE;
	/* What the rules said once is not what decisions are taken back to any more. */
	if (!index_run(index, "DELETE FROM overruled_state WHERE message = :message", message, error) || !set_row(index, message, record, remarks, error) ||
	    ((before.decided || !filings || !evidence) && !replace(index, message, record, &before, before.decided || !filings, error)))
		return FALSE;
	if (before.decided)
		return decide_again(index, message, effect, moved, error);
	if ((!filings || !evidence) && !suggestions_add(index, message, record, error))
		return FALSE;
	return (kind && !question && !has_question(record)) || answers_refresh_thread(index, before.thread, error);
}

gboolean
index_refile(struct index *index, gint64 message, const struct record *record, gboolean *moved, GError **error)
{
	gboolean settled;

	return boilerplate_lift(index, message, &settled, error) && refile(index, message, record, moved, error) &&
	       (!settled || index_apply_decisions(index, message, error));
}

gboolean
index_refile_failed(struct index *index, gint64 message, const char *why, GError **error)
{
	g_autofree char *remark = g_strdup_printf(RECORD_RULES_REMARK "not asked again: %s", why);

	return add_remark(index, message, remark, error);
}

gboolean
index_set_refiled(struct index *index, gint64 message, const char *rules, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	gint64 change, ruleset = 0;

	if ((rules != NULL && !numbers_get(index, NUMBERED_RULESET, rules, NULL, &ruleset, error)) || !settle_change(index, &change, error) ||
	    (!index->moved && !index_position(index, &index->position, error)))
		return FALSE;
	stmt = db_statement(index->db,
	    "UPDATE message SET rules = nullif(:rules, 0), change = :change WHERE message > :after AND message <= :message AND rules IS NOT nullif(:rules, 0)",
	    error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":after", index->position.refiled);
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":rules", ruleset);
	stmt_bind_int(stmt, ":change", change);
	index->moved = TRUE;
	index->position.refiled = message;
	return stmt_run(stmt, error);
}
