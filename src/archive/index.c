#include "archive/index-private.h"

#include "archive/issues.h"

#include "archive/answers.h"
#include "archive/boilerplate.h"
#include "archive/letter-keys.h"
#include "archive/settle.h"
#include "archive/suggestions.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

struct index *
index_open(const char *folder, enum db_mode mode, guint wait_ms, GError **error)
{
	struct db *db = db_open(folder, DB_INDEX, mode, wait_ms, error);
	struct index *index;

	if (db == NULL)
		return NULL;
	index = g_new0(struct index, 1);
	index->db = db;
	index->words = g_ptr_array_new_with_free_func(index_search_words_free);
	index->texts = texts_new(db);
	return index;
}

void
index_prepare_soon(struct index *index)
{
	db_prepare_soon(index->db);
}

void
index_leave(struct index *index)
{
	db_leave(index->db);
}

void
index_close(struct index *index)
{
	if (index == NULL)
		return;
	texts_free(index->texts);
	db_close(index->db);
	g_ptr_array_unref(index->words);
	clauses_forget(index);
	numbers_forget(index);
	letter_keys_forget(index);
	g_clear_pointer(&index->turned, g_hash_table_unref);
	settle_free(index->settle);
	g_free(index);
}

struct db *
index_db(struct index *index)
{
	return index->db;
}

gboolean
index_run(struct index *index, const char *sql, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	return stmt_run(stmt, error);
}

gboolean
index_get(struct index *index, const char *sql, gint64 message, gint64 fallback, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	if (result == STMT_ERROR)
		return FALSE;
	*out = result == STMT_END || stmt_is_null(stmt, 0) ? fallback : stmt_int(stmt, 0);
	return TRUE;
}

GArray *
index_list(struct index *index, const char *sql, gint64 message, GError **error)
{
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 value = stmt_int(stmt, 0);

		g_array_append_val(list, value);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

gboolean
index_begin(struct index *index, GError **error)
{
	index->moved = FALSE;
	index_forget_search(index);
	texts_forget(index->texts);
	clauses_forget(index);
	numbers_forget(index);
	letter_keys_forget(index);
	return db_begin(index->db, error);
}

/* Once for all entries of a transaction. */
static gboolean
write_position(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    DB_SOON(
	        "INSERT INTO follow (one, uuid, seq, link, rules, words_version, refiled) VALUES (1, :uuid, :seq, :link, nullif(:rules, ''), :words, :refiled) "
	        "ON CONFLICT (one) DO UPDATE SET uuid = excluded.uuid, seq = excluded.seq, link = excluded.link, rules = excluded.rules, words_version = "
	        "excluded.words_version, refiled = excluded.refiled"),
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":uuid", index->position.uuid);
	stmt_bind_int(stmt, ":seq", index->position.seq);
	stmt_bind_blob_static(stmt, ":link", index->position.link, sizeof(index->position.link));
	stmt_bind_text_static(stmt, ":rules", index->position.rules);
	stmt_bind_int(stmt, ":words", index->position.words_version);
	stmt_bind_int(stmt, ":refiled", index->position.refiled);
	return stmt_run(stmt, error);
}

gboolean
index_commit(struct index *index, GError **error)
{
	if (!boilerplate_settle_turned(index, error) || !settle_all(index, error) || !letter_keys_flush(index, error) ||
	    (index->moved && !write_position(index, error)) || !index_flush_search(index, error) || !texts_flush(index->texts, error)) {
		index_rollback(index);
		return FALSE;
	}
	index->moved = FALSE;
	return db_commit(index->db, error);
}

void
index_rollback(struct index *index)
{
	index->moved = FALSE;
	index_forget_search(index);
	settle_forget(index);
	texts_forget(index->texts);
	clauses_forget(index);
	numbers_forget(index);
	letter_keys_forget(index);
	g_clear_pointer(&index->turned, g_hash_table_unref);
	db_rollback(index->db);
}

gboolean
index_awaited(struct index *index)
{
	return db_awaited(index->db);
}

gboolean
index_position(struct index *index, struct index_position *out, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	enum stmt_result result;
	gconstpointer link;
	gsize length;

	if (index->moved) {
		*out = index->position;
		return TRUE;
	}
	stmt = db_statement(index->db, DB_SOON("SELECT uuid, seq, link, coalesce(rules, ''), words_version, refiled FROM follow"), error);
	if (stmt == NULL || (result = stmt_step(stmt, error)) == STMT_ERROR)
		return FALSE;
	*out = (struct index_position){0};
	if (result == STMT_END)
		return TRUE;
	g_strlcpy(out->uuid, stmt_text(stmt, 0), sizeof(out->uuid));
	out->seq = stmt_int(stmt, 1);
	link = stmt_blob(stmt, 2, &length);
	memcpy(out->link, link, MIN(length, sizeof(out->link)));
	g_strlcpy(out->rules, stmt_text(stmt, 3), sizeof(out->rules));
	out->words_version = stmt_int(stmt, 4);
	out->refiled = stmt_int(stmt, 5);
	return TRUE;
}

gboolean
index_follows(struct index *index, struct mailstore *store, gboolean *out, GError **error)
{
	struct index_position position;
	g_autoptr(GError) reason = NULL;
	guint8 link[16];

	if (!index_position(index, &position, error))
		return FALSE;
	*out = position.uuid[0] == '\0' || (strcmp(position.uuid, mailstore_uuid(store)) == 0 && position.words_version == TEXT_INDEX_VERSION);
	if (!*out || position.seq == 0)
		return TRUE;
	*out = mailstore_link(store, position.seq, link, &reason) && memcmp(link, position.link, sizeof(link)) == 0;
	if (reason == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

gboolean
index_reset(struct index *index, const char *uuid, GError **error)
{
	gboolean own = !db_in_transaction(index->db);

	if (own && !index_begin(index, error))
		return FALSE;
	index_forget_search(index);
	settle_forget(index);
	texts_forget(index->texts);
	clauses_forget(index);
	numbers_forget(index);
	letter_keys_forget(index);
	if (!db_execute(index->db,
	        "DELETE FROM filing; DELETE FROM message; DELETE FROM tally; DELETE FROM delivery; DELETE FROM addressed; DELETE FROM person; DELETE FROM "
	        "part; DELETE FROM "
	        "passages; DELETE FROM "
	        "overruled; DELETE FROM overruled_state; DELETE FROM issue; DELETE FROM issue_step; "
	        "DELETE FROM evidence; DELETE FROM clause; DELETE FROM ruleset; DELETE FROM reference; DELETE FROM thread_of; DELETE FROM thread_topic; DELETE "
	        "FROM letter; DELETE "
	        "FROM letter_key; "
	        "DELETE FROM decision; DELETE FROM target; "
	        "DELETE FROM paragraph; DELETE FROM standing; DELETE FROM standing_count; DELETE FROM standing_writer; DELETE FROM scope; DELETE FROM "
	        "boilerplate; DELETE FROM set_aside; DELETE FROM set_aside_hold; UPDATE born SET name = lower(hex(randomblob(8))); "
	        "INSERT INTO search (search) VALUES ('delete-all')",
	        error)) {
		if (own)
			index_rollback(index);
		return FALSE;
	}
	index->position = (struct index_position){.words_version = TEXT_INDEX_VERSION};
	g_strlcpy(index->position.uuid, uuid, sizeof(index->position.uuid));
	index->moved = TRUE;
	return !own || index_commit(index, error);
}

/* Keeps POSITION up to date; the first time in a transaction it is read. */
static gboolean
move_to(struct index *index, const struct entry *entry, GError **error)
{
	if (!index->moved && !index_position(index, &index->position, error))
		return FALSE;
	if (index->position.uuid[0] == '\0') {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SOFTWARE, "%s follows no archive yet; run postbag rebuild", db_path(index->db));
		return FALSE;
	}
	index->moved = TRUE;
	index->position.refiled = 0;
	index->position.seq = entry->seq;
	memcpy(index->position.link, entry->link, sizeof(index->position.link));
	return TRUE;
}

static gboolean
add_delivery(struct index *index, const struct entry *entry, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, DB_SOON("INSERT INTO delivery (seq, message, received, source, again) VALUES (:seq, :message, :received, :source, :again)"), error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", entry->seq);
	stmt_bind_int(stmt, ":message", entry->content);
	stmt_bind_int(stmt, ":received", entry->received);
	stmt_bind_text_static(stmt, ":source", entry->source == NULL ? "" : entry->source);
	stmt_bind_int(stmt, ":again", entry->again);
	return stmt_run(stmt, error);
}

static gboolean
apply_delivery(
    struct index *index, const struct entry *entry, const struct record *record, struct index_work *work, const char *unread, const char *rules, GError **error)
{
	gint64 received;

	if (!move_to(index, entry, error) || !add_delivery(index, entry, error) ||
	    !index_get(index, DB_SOON("SELECT received FROM message WHERE message = :message"), entry->content, G_MAXINT64, &received, error))
		return FALSE;
	if (received == G_MAXINT64) {
		struct index_message message = {
		    .message = entry->content,
		    .first_seq = entry->seq,
		    .received = entry->received,
		    .size = entry->size,
		    .public_id = entry->public_id,
		};

		return index_add_message(index, &message, record, work, unread, rules, 0, error);
	}
	return entry->received >= received || index_set_received(index, entry->content, entry->received, error);
}

gboolean
index_apply_delivery(struct index *index, const struct entry *entry, const struct record *record, const char *unread, const char *rules, GError **error)
{
	return apply_delivery(index, entry, record, NULL, unread, rules, error);
}

gboolean
index_apply_read(struct index *index, const struct entry *entry, const struct record *record, struct index_work *work, const char *rules, GError **error)
{
	return apply_delivery(index, entry, record, work, NULL, rules, error);
}

static gboolean
add_target(struct index *index, const struct index_target *target, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "INSERT OR REPLACE INTO target (type, id, title, parent, taxonomy, current, route, hold, position) "
	    "VALUES (:type, :id, :title, :parent, :taxonomy, :current, :route, :hold, :position)",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":type", target->type);
	stmt_bind_text_static(stmt, ":id", target->id);
	stmt_bind_text_static(stmt, ":title", target->title);
	stmt_bind_text_static(stmt, ":parent", target->parent);
	stmt_bind_text_static(stmt, ":taxonomy", target->taxonomy);
	stmt_bind_int(stmt, ":current", target->current);
	stmt_bind_text_static(stmt, ":route", target->route);
	stmt_bind_int(stmt, ":hold", target->hold);
	stmt_bind_int(stmt, ":position", target->position);
	return stmt_run(stmt, error);
}

/* What follows from "this topic belongs to that workstream" was worked out with the older rules' targets, if any. */
static gboolean
refresh_after_rules(struct index *index, GError **error)
{
	g_autoptr(GArray) decided = index_list(index,
	    "SELECT DISTINCT message FROM decision WHERE action IN ('file', 'unfile') AND undone IS NULL AND :message = 0 AND message IN (SELECT message FROM "
	    "message)",
	    0, error);

	if (decided == NULL)
		return FALSE;
	for (guint i = 0; i < decided->len; i++)
		if (!index_apply_decisions(index, g_array_index(decided, gint64, i), error))
			return FALSE;
	return boilerplate_settle_all(index, error) && suggestions_refresh_all(index, error);
}

gboolean
index_apply_rules(struct index *index, const struct entry *entry, const GPtrArray *targets, GError **error)
{
	if (!move_to(index, entry, error) || !db_execute(index->db, "UPDATE target SET current = 0", error))
		return FALSE;
	g_strlcpy(index->position.rules, entry->rules == NULL ? "" : entry->rules, sizeof(index->position.rules));
	for (guint i = 0; i < targets->len; i++)
		if (!add_target(index, targets->pdata[i], error))
			return FALSE;
	return refresh_after_rules(index, error);
}

gboolean
index_apply_decision(struct index *index, const struct entry *entry, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	gboolean known;

	if (!move_to(index, entry, error))
		return FALSE;
	stmt = db_statement(index->db,
	    "INSERT INTO decision (seq, at, message, who, action, value, note) VALUES (:seq, :at, nullif(:message, 0), :who, :action, :value, :note)", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", entry->seq);
	stmt_bind_int(stmt, ":at", entry->at);
	stmt_bind_int(stmt, ":message", entry->content);
	stmt_bind_text_static(stmt, ":who", entry->source);
	stmt_bind_text_static(stmt, ":action", entry->action);
	stmt_bind_text_static(stmt, ":value", entry->value);
	stmt_bind_text_static(stmt, ":note", entry->note);
	if (!(entry->content != 0 ? settle_run(index, stmt, entry->content, error) : stmt_run(stmt, error)) || !index_mark_undone(index, entry, error) ||
	    !index_knows(index, entry->content, &known, error))
		return FALSE;
	return !known || index_apply_decisions(index, entry->content, error);
}

gboolean
index_apply_other(struct index *index, const struct entry *entry, GError **error)
{
	if (strcmp(entry->type, "issue") == 0 && !issues_follow(index, entry, error))
		return FALSE;
	return move_to(index, entry, error);
}

static void
set_no_message(struct index *index, gint64 message, GError **error)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s has no message with the number %" G_GINT64_FORMAT, db_path(index->db), message);
}

static gboolean
load_message(struct index *index, gint64 message, struct index_message *out, char **public_id, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT first_seq, received, size, public_id FROM message WHERE message = :message", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		set_no_message(index, message, error);
	if (result != STMT_ROW)
		return FALSE;
	*public_id = g_strdup(stmt_text(stmt, 3));
	*out = (struct index_message){message, stmt_int(stmt, 0), stmt_int(stmt, 1), stmt_int(stmt, 2), *public_id};
	return TRUE;
}

gboolean
index_replace(struct index *index, gint64 message, const struct record *record, const char *unread, const char *rules, GError **error)
{
	g_autofree char *public_id = NULL;
	struct index_message row;
	gint64 kept;

	return load_message(index, message, &row, &public_id, error) && index_remove_message(index, message, record, &kept, error) &&
	       index_add_message(index, &row, record, NULL, unread, rules, kept, error);
}

gboolean
index_knows(struct index *index, gint64 message, gboolean *out, GError **error)
{
	gint64 found;

	if (!index_get(index, "SELECT 1 FROM message WHERE message = :message", message, 0, &found, error))
		return FALSE;
	*out = found != 0;
	return TRUE;
}

char *
index_rules_of(struct index *index, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "SELECT p.words FROM message AS m LEFT JOIN ruleset AS p ON p.ruleset = m.rules WHERE m.message = :message", error);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		set_no_message(index, message, error);
	return result == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

GArray *
index_unread(struct index *index, GError **error)
{
	return index_list(index, "SELECT message FROM message WHERE unread IS NOT NULL AND :message = 0 ORDER BY message", 0, error);
}

#define WAITING "FROM part WHERE read = 0 AND remark GLOB 'to be read*'"

GArray *
index_waiting(struct index *index, gboolean pdf, GError **error)
{
	static const char all[] = "SELECT DISTINCT message " WAITING " AND :message = 0 ORDER BY message";
	static const char most[] = "SELECT DISTINCT message " WAITING " AND remark = '" REMARK_WAITING "' AND :message = 0 ORDER BY message";

	return index_list(index, pdf ? all : most, 0, error);
}

GStrv
index_waiting_parts(struct index *index, gint64 message, gboolean pdf, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "SELECT number " WAITING " AND message = :message AND (:pdf OR remark = '" REMARK_WAITING "') ORDER BY n", error);
	g_autoptr(GStrvBuilder) numbers = g_strv_builder_new();
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":pdf", pdf);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_strv_builder_add(numbers, stmt_text(stmt, 0));
	return result == STMT_END ? g_strv_builder_end(numbers) : NULL;
}

gboolean
index_has_converted(struct index *index, gint64 message, gboolean *out, GError **error)
{
	gint64 found;

	if (!index_get(index,
	        "SELECT 1 FROM part WHERE message = :message AND attachment AND (read OR (remark NOT GLOB 'to be read*' AND remark NOT GLOB 'no converter*')) "
	        "LIMIT 1",
	        message, 0, &found, error))
		return FALSE;
	*out = found != 0;
	return TRUE;
}

char *
index_unread_reason(struct index *index, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT coalesce(unread, '') FROM message WHERE message = :message", error);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		set_no_message(index, message, error);
	return result == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

GPtrArray *
index_passages(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;

	if (!texts_get(index->texts, message, &bytes, NULL, error))
		return NULL;
	return bytes != NULL ? record_passages_from_bytes(bytes, error) : g_ptr_array_new();
}
