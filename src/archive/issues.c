#include "archive/issues.h"

#include <stdio.h>
#include <string.h>

#include "archive/index-private.h"
#include "archive/mailstore-private.h"
#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#define MADE "made"
#define SKIPPED "skipped"
#define DIGITS "0123456789"
/* of an issue's note: number, after, upto, due, Message-ID; behind a space what it told as unread, if anything */
#define NOTE "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s"

void
issue_free(struct issue *issue)
{
	if (issue == NULL)
		return;
	g_free(issue->subscription);
	g_free(issue->message_id);
	g_free(issue->unread);
	g_free(issue);
}

static void
issue_step_free(gpointer data)
{
	struct issue_step *step = data;

	g_free(step->recipient);
	g_free(step->state);
	g_free(step->words);
	g_free(step);
}

gboolean
issues_add(struct mailstore *store, const struct issue *issue, GBytes *message, gint64 *seq, GError **error)
{
	g_autofree char *note = g_strdup_printf(NOTE, issue->number, issue->after, issue->upto, issue->due, issue->message_id);
	g_autofree char *all = issue->unread != NULL ? g_strdup_printf("%s %s", note, issue->unread) : g_strdup(note);
	g_autoptr(GBytes) packed = message != NULL ? compress_bytes(g_bytes_get_data(message, NULL), g_bytes_get_size(message)) : NULL;
	struct new_entry entry = {
	    .type = "issue", .at = issue->at, .action = issue->skipped ? SKIPPED : MADE, .value = issue->subscription, .note = all, .header = packed};

	return mailstore_append(store, &entry, seq, error);
}

gboolean
issues_add_step(
    struct mailstore *store, gint64 issue, const char *subscription, const char *recipient, const char *state, const char *words, gint64 at, GError **error)
{
	g_autofree char *note = g_strdup_printf("%" G_GINT64_FORMAT " %s", issue, words != NULL ? words : "");
	struct new_entry entry = {.type = "issue", .at = at, .action = state, .value = subscription, .recipient = recipient, .note = note};

	return mailstore_append(store, &entry, NULL, error);
}

GBytes *
issues_message(struct mailstore *store, gint64 issue, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT header FROM entry WHERE seq = :seq AND type = 'issue'", error);
	gconstpointer data;
	gsize length;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":seq", issue);
	switch (stmt_step(stmt, error)) {
	case STMT_ERROR:
		return NULL;
	case STMT_ROW:
		data = stmt_blob(stmt, 0, &length);
		if (data != NULL)
			return decompress_bytes(data, length, LIMIT_OUTGOING_BYTES, error);
		break;
	case STMT_END:
		break;
	}
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "entry %" G_GINT64_FORMAT " has no issue's message: it was skipped, or redacted", issue);
	return NULL;
}

/* "12,14": it is written into a statement as it stands (find/span.h). */
static gboolean
is_list(const char *text)
{
	return text != NULL && *text != '\0' && strspn(text, DIGITS ",") == strlen(text) && strstr(text, ",,") == NULL && *text != ',' &&
	       !g_str_has_suffix(text, ",");
}

static gboolean
follow_issue(struct index *index, const struct entry *entry, GError **error)
{
	gint64 number, after, upto, due;
	int id = 0;
	g_autoptr(Stmt) stmt = NULL;
	g_auto(GStrv) words = NULL;

	if (entry->note == NULL ||
	    sscanf(entry->note, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %n", &number, &after, &upto, &due, &id) !=
	        4 ||
	    id == 0 || entry->note[id] == '\0')
		return TRUE; /* of another version; it is nobody's last issue then */
	words = g_strsplit(entry->note + id, " ", 2);
	stmt = db_statement(index->db,
	    "INSERT OR REPLACE INTO issue (seq, at, subscription, number, after, upto, due, message_id, skipped, unread) "
	    "VALUES (:seq, :at, :subscription, :number, :after, :upto, :due, :message_id, :skipped, :unread)",
	    error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", entry->seq);
	stmt_bind_int(stmt, ":at", entry->at);
	stmt_bind_text_static(stmt, ":subscription", entry->value);
	stmt_bind_int(stmt, ":number", number);
	stmt_bind_int(stmt, ":after", after);
	stmt_bind_int(stmt, ":upto", upto);
	stmt_bind_int(stmt, ":due", due);
	stmt_bind_text(stmt, ":message_id", words[0]);
	stmt_bind_text(stmt, ":unread", words[0] != NULL && is_list(words[1]) ? words[1] : NULL);
	stmt_bind_int(stmt, ":skipped", strcmp(entry->action, SKIPPED) == 0);
	return stmt_run(stmt, error);
}

static gboolean
follow_step(struct index *index, const struct entry *entry, GError **error)
{
	gint64 issue;
	int words = 0;
	g_autoptr(Stmt) stmt = NULL;

	if (entry->note == NULL || entry->recipient == NULL || sscanf(entry->note, "%" G_GINT64_FORMAT " %n", &issue, &words) != 1 || words == 0)
		return TRUE;
	stmt = db_statement(index->db,
	    "INSERT INTO issue_step (issue, recipient, seq, at, state, words, tries, doubt) VALUES (:issue, :recipient, :seq, :at, :state, :words, :state = "
	    "'sending', 0) "
	    "ON CONFLICT (issue, recipient) DO UPDATE SET seq = :seq, at = :at, state = :state, words = :words, "
	    "tries = tries * (:state <> 'again') + (:state = 'sending'), doubt = doubt * (:state <> 'again') + (:state = 'sending' AND state IN ('sending', "
	    "'unknown'))",
	    error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":issue", issue);
	stmt_bind_text_static(stmt, ":recipient", entry->recipient);
	stmt_bind_int(stmt, ":seq", entry->seq);
	stmt_bind_int(stmt, ":at", entry->at);
	stmt_bind_text_static(stmt, ":state", entry->action);
	stmt_bind_text_static(stmt, ":words", entry->note + words);
	return stmt_run(stmt, error);
}

gboolean
issues_follow(struct index *index, const struct entry *entry, GError **error)
{
	if (entry->value == NULL || entry->action == NULL)
		return TRUE;
	return strcmp(entry->action, MADE) == 0 || strcmp(entry->action, SKIPPED) == 0 ? follow_issue(index, entry, error) : follow_step(index, entry, error);
}

#define ISSUES "SELECT seq, at, number, after, upto, due, skipped, subscription, message_id, unread FROM issue "

static struct issue *
read_issue(struct stmt *stmt)
{
	struct issue *issue = g_new0(struct issue, 1);

	*issue = (struct issue){
	    .seq = stmt_int(stmt, 0),
	    .at = stmt_int(stmt, 1),
	    .number = stmt_int(stmt, 2),
	    .after = stmt_int(stmt, 3),
	    .upto = stmt_int(stmt, 4),
	    .due = stmt_int(stmt, 5),
	    .skipped = stmt_int(stmt, 6) != 0,
	    .subscription = g_strdup(stmt_text(stmt, 7)),
	    .message_id = g_strdup(stmt_text(stmt, 8)),
	    .unread = stmt_is_null(stmt, 9) ? NULL : g_strdup(stmt_text(stmt, 9)),
	};
	return issue;
}

static GPtrArray *
read_issues(struct stmt *stmt, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)issue_free);
	enum stmt_result result;

	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_ptr_array_add(list, read_issue(stmt));
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

/* The first of LIST, NULL for none. */
static struct issue *
only(GPtrArray *list)
{
	struct issue *issue = list != NULL && list->len > 0 ? g_ptr_array_steal_index(list, 0) : NULL;

	if (list != NULL)
		g_ptr_array_unref(list);
	return issue;
}

GPtrArray *
issues_list(struct index *index, const char *subscription, guint limit, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, ISSUES "WHERE :subscription IS NULL OR subscription = :subscription ORDER BY seq DESC LIMIT :limit", error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":subscription", subscription);
	stmt_bind_int(stmt, ":limit", limit != 0 ? (gint64)limit : -1);
	return read_issues(stmt, error);
}

struct issue *
issues_last(struct index *index, const char *subscription, GError **error)
{
	return only(issues_list(index, subscription, 1, error));
}

struct issue *
issues_last_made(struct index *index, const char *subscription, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, ISSUES "WHERE subscription = :subscription AND NOT skipped ORDER BY seq DESC LIMIT 1", error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":subscription", subscription);
	return only(read_issues(stmt, error));
}

struct issue *
issues_find(struct index *index, const char *subscription, gint64 number, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, ISSUES "WHERE subscription = :subscription AND number = :number", error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_text(stmt, ":subscription", subscription);
	stmt_bind_int(stmt, ":number", number);
	return only(read_issues(stmt, error));
}

GPtrArray *
issues_open(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    ISSUES "WHERE seq IN (SELECT issue FROM issue_step WHERE state IN ('waiting', 'again', 'sending', 'deferred', 'unknown')) ORDER BY seq", error);

	return stmt != NULL ? read_issues(stmt, error) : NULL;
}

GPtrArray *
issues_steps(struct index *index, gint64 issue, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "SELECT seq, at, recipient, state, words, tries, doubt FROM issue_step WHERE issue = :issue ORDER BY recipient", error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(issue_step_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":issue", issue);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct issue_step *step = g_new0(struct issue_step, 1);

		*step = (struct issue_step){
		    .seq = stmt_int(stmt, 0),
		    .at = stmt_int(stmt, 1),
		    .recipient = g_strdup(stmt_text(stmt, 2)),
		    .state = g_strdup(stmt_text(stmt, 3)),
		    .words = g_strdup(stmt_text(stmt, 4)),
		    .tries = (guint)stmt_int(stmt, 5),
		    .doubts = (guint)stmt_int(stmt, 6),
		};
		g_ptr_array_add(list, step);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

gboolean
issue_step_is_open(const struct issue_step *step)
{
	static const char *const open[] = {"waiting", "again", "sending", "deferred", "unknown", NULL};

	return g_strv_contains(open, step->state);
}

guint
issue_step_doubts(const struct issue_step *step)
{
	return step->doubts + (strcmp(step->state, "sending") == 0 || strcmp(step->state, "unknown") == 0 ? 1 : 0);
}

gboolean
issues_last_sent(struct index *index, const char *subscription, gint64 *number, gint64 *at, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT i.number, max(s.at) FROM issue AS i JOIN issue_step AS s ON s.issue = i.seq WHERE i.subscription = :subscription AND s.state = 'sent' "
	    "GROUP BY i.seq ORDER BY i.seq DESC LIMIT 1",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text(stmt, ":subscription", subscription);
	*number = *at = 0;
	switch (stmt_step(stmt, error)) {
	case STMT_ROW:
		*number = stmt_int(stmt, 0);
		*at = stmt_int(stmt, 1);
		return TRUE;
	case STMT_END:
		return TRUE;
	default:
		return FALSE;
	}
}

static gboolean
doubt_steps(struct mailstore *store, const struct issue *issue, const GPtrArray *steps, gint64 at, guint *doubted, GError **error)
{
	for (guint i = 0; i < steps->len; i++) {
		const struct issue_step *step = g_ptr_array_index(steps, i);

		if (!issue_step_is_open(step))
			continue;
		if (!issues_add_step(store, issue->seq, issue->subscription, step->recipient, "unknown",
		        "it waited in the backup, and may have been sent after that was made", at, error))
			return FALSE;
		++*doubted;
	}
	return TRUE;
}

gboolean
issues_doubt_open(struct mailstore *store, struct index *index, gint64 at, guint *doubted, GError **error)
{
	g_autoptr(GPtrArray) issues = issues_open(index, error);
	gboolean ok = issues != NULL && mailstore_begin(store, error);

	*doubted = 0;
	if (!ok)
		return FALSE;
	for (guint i = 0; ok && i < issues->len; i++) {
		const struct issue *issue = g_ptr_array_index(issues, i);
		g_autoptr(GPtrArray) steps = issues_steps(index, issue->seq, error);

		ok = steps != NULL && doubt_steps(store, issue, steps, at, doubted, error);
	}
	if (ok && mailstore_commit(store, error))
		return TRUE;
	mailstore_rollback(store);
	return FALSE;
}

gboolean
issues_begin(struct index *index, gint64 t, gint64 *after, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "SELECT coalesce((SELECT min(seq) - 1 FROM delivery WHERE received >= :t), (SELECT max(seq) FROM delivery), 0)", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":t", t);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*after = stmt_int(stmt, 0);
	return TRUE;
}
