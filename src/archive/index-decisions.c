#include "archive/index-private.h"

#include "archive/answers.h"
#include "archive/boilerplate.h"
#include "archive/settle.h"
#include "archive/suggestions.h"

#include <string.h>

struct decision {
	gint64 at;
	char *who, *action, *value, *note;
};

static void
decision_clear(gpointer data)
{
	struct decision *decision = data;

	g_free(decision->who);
	g_free(decision->action);
	g_free(decision->value);
	g_free(decision->note);
}

static GArray *
list_decisions(struct index *index, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "SELECT at, who, action, value, note FROM decision WHERE message = :message AND undone IS NULL ORDER BY seq", error);
	g_autoptr(GArray) decisions = g_array_new(FALSE, FALSE, sizeof(struct decision));
	enum stmt_result result;

	g_array_set_clear_func(decisions, decision_clear);
	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct decision decision = {
		    stmt_int(stmt, 0),
		    g_strdup(stmt_text(stmt, 1)),
		    g_strdup(stmt_text(stmt, 2)),
		    g_strdup(stmt_text(stmt, 3)),
		    g_strdup(stmt_text(stmt, 4)),
		};

		g_array_append_val(decisions, decision);
	}
	return result == STMT_END ? g_steal_pointer(&decisions) : NULL;
}

/* What a decision on a filing is about. */
struct filed {
	gint64 message;
	const char *type, *id;
};

static gboolean
run_filed(struct index *index, const char *sql, const struct filed *filed, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", filed->message);
	stmt_bind_text_static(stmt, ":type", filed->type);
	stmt_bind_text_static(stmt, ":id", filed->id);
	return settle_run(index, stmt, filed->message, error);
}

/* Takes a filing away; the rules' own is kept aside. */
static gboolean
take_back(struct index *index, const struct filed *filed, GError **error)
{
	return run_filed(index,
	           "INSERT OR REPLACE INTO overruled (message, type, id, tier, taxonomy) "
	           "SELECT message, type, id, tier, taxonomy FROM filing WHERE message = :message AND type = :type AND id = :id AND by = 'rules'",
	           filed, error) &&
	       run_filed(index, "DELETE FROM filing WHERE message = :message AND type = :type AND id = :id", filed, error);
}

static gboolean
put(struct index *index, const struct filed *filed, GError **error)
{
	return take_back(index, filed, error) &&
	       run_filed(index,
	           "INSERT INTO filing (type, id, message, date, tier, by, taxonomy) SELECT :type, :id, message, date_effective, 'firm', 'person', "
	           "(SELECT taxonomy FROM target WHERE type = :type AND id = :id) FROM message WHERE message = :message",
	           filed, error);
}

/* The workstream of topic ID, or NULL; *TYPE gets what ID is. An id that no rules know any more is taken for a topic. */
static gboolean
look_up(struct index *index, const char *id, const char **type, char **workstream, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "SELECT type, parent FROM target WHERE id = :id AND type IN ('topic', 'workstream') ORDER BY type LIMIT 1", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	*type = "topic";
	stmt_bind_text_static(stmt, ":id", id);
	result = stmt_step(stmt, error);
	if (result == STMT_ROW && strcmp(stmt_text(stmt, 0), "workstream") == 0)
		*type = "workstream";
	else if (result == STMT_ROW)
		*workstream = g_strdup(stmt_text(stmt, 1));
	return result != STMT_ERROR;
}

static gboolean
exists(struct index *index, const char *sql, const struct filed *filed, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", filed->message);
	stmt_bind_text_static(stmt, ":id", filed->id);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW;
	return result != STMT_ERROR;
}

static gboolean
file(struct index *index, const struct filed *filed, const char *workstream, GError **error)
{
	struct filed implied = {filed->message, "workstream", workstream};
	gboolean there;

	if (!put(index, filed, error))
		return FALSE;
	if (workstream == NULL)
		return TRUE;
	if (!exists(index, "SELECT 1 FROM filing WHERE message = :message AND type = 'workstream' AND id = :id AND tier = 'firm'", &implied, &there, error))
		return FALSE;
	return there || put(index, &implied, error);
}

/* With its last topic a workstream goes, unless the message has it for a reason of its own: that a topic of it is there is none. */
static gboolean
unfile_topic(struct index *index, const struct filed *filed, const char *workstream, GError **error)
{
	struct filed implied = {filed->message, "workstream", workstream};
	gboolean kept;

	if (!take_back(index, filed, error))
		return FALSE;
	if (workstream == NULL)
		return TRUE;
	if (!exists(index,
	        "SELECT 1 FROM filing AS f JOIN target AS t ON t.type = 'topic' AND t.id = f.id WHERE f.message = :message AND f.type = 'topic' AND t.parent = "
	        ":id UNION ALL "
	        "SELECT 1 FROM proof AS e WHERE message = :message AND type = 'workstream' AND id = :id AND tier IN ('firm', 'suggested') AND key <> "
	        "'topic' AND "
	        "NOT EXISTS (SELECT 1 FROM paragraph AS p WHERE p.message = :message AND p.scope <> 0 AND p.passage = e.passage AND e.\"offset\" >= "
	        "p.\"offset\" AND "
	        "e.\"offset\" < p.\"offset\" + p.length) "
	        "UNION ALL "
	        "SELECT 1 FROM decision WHERE message = :message AND action = 'file' AND value = :id AND undone IS NULL",
	        &implied, &kept, error))
		return FALSE;
	return kept || take_back(index, &implied, error);
}

static gboolean
unfile_workstream(struct index *index, const struct filed *filed, GError **error)
{
	return take_back(index, filed, error) &&
	       run_filed(index,
	           "INSERT OR REPLACE INTO overruled (message, type, id, tier, taxonomy) SELECT message, type, id, tier, taxonomy FROM filing "
	           "WHERE message = :message AND type = 'topic' AND by = 'rules' AND id IN (SELECT id FROM target WHERE type = 'topic' AND parent = :id) AND "
	           ":type <> ''",
	           filed, error) &&
	       run_filed(index,
	           "DELETE FROM filing WHERE message = :message AND type = 'topic' AND id IN "
	           "(SELECT id FROM target WHERE type = 'topic' AND parent = :id) AND :type <> ''",
	           filed, error);
}

static gboolean
apply_filing(struct index *index, gint64 message, const struct decision *decision, GError **error)
{
	g_autofree char *workstream = NULL;
	struct filed filed = {message, NULL, decision->value};

	if (!look_up(index, decision->value, &filed.type, &workstream, error))
		return FALSE;
	if (strcmp(decision->action, "file") == 0)
		return file(index, &filed, workstream, error);
	if (strcmp(filed.type, "workstream") == 0)
		return unfile_workstream(index, &filed, error);
	return unfile_topic(index, &filed, workstream, error);
}

/* Once, before the first decision changes what the rules said. */
static gboolean
keep_state(struct index *index, gint64 message, GError **error)
{
	return index_run(index,
	    "INSERT OR IGNORE INTO overruled_state (message, kind, kind_reason, held) SELECT message, kind, kind_reason, held FROM message WHERE message = "
	    ":message",
	    message, error);
}

/* The row as the rules left it. */
static gboolean
restore_state(struct index *index, gint64 message, GError **error)
{
	return settle_run_one(index,
	           "UPDATE message AS m SET kind = s.kind, kind_said = CASE s.kind_reason WHEN 'no sign of anything else' THEN char(1) ELSE s.kind_reason END, "
	           "kind_by = 'rules', held = s.held FROM overruled_state AS s "
	           "WHERE m.message = :message AND s.message = m.message",
	           message, error) &&
	       index_run(index, "DELETE FROM overruled_state WHERE message = :message", message, error);
}

static gboolean
set_text(struct index *index, const char *sql, gint64 message, const char *value, const char *reason, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":value", value);
	stmt_bind_text_static(stmt, ":reason", reason);
	return settle_run(index, stmt, message, error);
}

static gboolean
apply(struct index *index, gint64 message, const struct decision *decision, GError **error)
{
	static const char set_held[] = "UPDATE message SET held = coalesce(:reason, :value) WHERE message = :message";
	const char *action = decision->action;

	if (strcmp(action, "file") == 0 || strcmp(action, "unfile") == 0)
		return decision->value == NULL || apply_filing(index, message, decision, error);
	if (strcmp(action, "redact") == 0)
		return set_text(index,
		    "UPDATE message SET redacted = CASE WHEN :value GLOB 'all*' OR redacted = 'whole' THEN 'whole' ELSE 'part' END WHERE message = :message "
		    "AND "
		    "coalesce(:reason, '') = ''",
		    message, decision->value, NULL, error);
	/* answered and reopened are seen to in answers.c, supersedes where it is asked for; a note changes nothing. */
	if (strcmp(action, "kind") != 0 && strcmp(action, "hold") != 0 && strcmp(action, "release") != 0)
		return TRUE;
	if (!keep_state(index, message, error))
		return FALSE;
	if (strcmp(action, "kind") == 0)
		return set_text(index,
		    "UPDATE message SET kind = :value, kind_said = coalesce(:reason, 'decided by a person'), kind_by = 'person' WHERE message = :message",
		    message, decision->value, decision->note, error);
	if (strcmp(action, "hold") == 0)
		return set_text(index, set_held, message, "held by a person", decision->note, error);
	return set_text(index, set_held, message, NULL, NULL, error);
}

gboolean
index_apply_decisions(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GArray) decisions = list_decisions(index, message, error);
	gint64 thread;

	if (decisions == NULL || !index_get(index, "SELECT thread FROM message WHERE message = :message", message, 0, &thread, error) ||
	    !suggestions_remove(index, message, thread, error) || !restore_state(index, message, error))
		return FALSE;
	if (!settle_run_one(index, "DELETE FROM filing WHERE message = :message AND by = 'person'", message, error) ||
	    !settle_run_one(index,
	        "INSERT OR REPLACE INTO filing (type, id, message, date, tier, by, taxonomy) SELECT o.type, o.id, o.message, m.date_effective, o.tier, "
	        "'rules', "
	        "o.taxonomy FROM overruled AS o JOIN message AS m USING (message) WHERE o.message = :message",
	        message, error) ||
	    !index_run(index, "DELETE FROM overruled WHERE message = :message", message, error) || !boilerplate_settle(index, message, error))
		return FALSE;
	for (guint i = 0; i < decisions->len; i++)
		if (!apply(index, message, &g_array_index(decisions, struct decision, i), error))
			return FALSE;
	return suggestions_add(index, message, NULL, error) && answers_refresh_thread(index, thread, error);
}

gboolean
index_mark_undone(struct index *index, const struct entry *entry, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;

	if (g_strcmp0(entry->action, "undo") != 0 || entry->value == NULL)
		return TRUE;
	stmt = db_statement(index->db,
	    "UPDATE decision SET undone = :seq WHERE seq = CAST(:value AS INTEGER) AND seq < :seq AND message = :message AND undone IS NULL AND action <> "
	    "'undo'",
	    error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":seq", entry->seq);
	stmt_bind_text_static(stmt, ":value", entry->value);
	stmt_bind_int(stmt, ":message", entry->content);
	return settle_run(index, stmt, entry->content, error);
}

gboolean
index_is_unfiled(struct index *index, gint64 message, const char *id, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT action = 'unfile' FROM decision WHERE message = :message AND action IN ('file', 'unfile') AND undone IS NULL AND "
	    "(value = :id OR value = (SELECT parent FROM target WHERE type = 'topic' AND id = :id)) ORDER BY seq DESC LIMIT 1",
	    error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":id", id);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW && stmt_int(stmt, 0) != 0;
	return result != STMT_ERROR;
}
