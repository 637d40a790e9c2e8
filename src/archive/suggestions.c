#include "archive/suggestions.h"

#include "archive/index-private.h"
#include "archive/settle.h"

#include <string.h>

/*
 * Table thread_topic holds, for each thread, who is filed firmly under what and who only hints at it: so a new member costs what it brings itself,
 * however long its thread is, and the outcome does not depend on who came first.
 */
struct topic {
	char *type, *id;
	gboolean firm;
};

static void
topic_clear(gpointer data)
{
	struct topic *topic = data;

	g_free(topic->type);
	g_free(topic->id);
}

static gboolean
append_topics(struct stmt *stmt, GArray *topics, GError **error)
{
	enum stmt_result result;

	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct topic topic = {g_strdup(stmt_text(stmt, 0)), g_strdup(stmt_text(stmt, 1)), stmt_int(stmt, 2) != 0};

		g_array_append_val(topics, topic);
	}
	return result == STMT_END;
}

/* The rows of SQL (type, id, firm), whose parameter is :message. */
static GArray *
list_topics(struct index *index, const char *sql, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);
	g_autoptr(GArray) topics = g_array_new(FALSE, FALSE, sizeof(struct topic));

	g_array_set_clear_func(topics, topic_clear);
	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	return append_topics(stmt, topics, error) ? g_steal_pointer(&topics) : NULL;
}

/* Kinds that carry no topic get no suggestion, and none that a person took back comes again. */
static GArray *
topics_of(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GArray) topics = list_topics(index,
	    "SELECT f.type, f.id, 1 FROM filing AS f JOIN message AS m USING (message) WHERE f.message = :message AND f.type IN ('topic', 'workstream') "
	    "AND f.tier = 'firm' AND f.by <> 'thread' AND (m.kind = 'input' OR m.kind = 'team' OR m.kind = 'announcement') UNION ALL "
	    "SELECT DISTINCT e.type, e.id, 0 FROM proof AS e JOIN message AS m USING (message) WHERE e.message = :message AND e.type IN ('topic', "
	    "'workstream') "
	    "AND e.tier = 'hint' AND (m.kind = 'input' OR m.kind = 'team' OR m.kind = 'announcement') "
	    "AND NOT EXISTS (SELECT 1 FROM paragraph AS p WHERE p.message = :message AND p.scope <> 0 AND p.passage = e.passage AND e.\"offset\" >= "
	    "p.\"offset\" "
	    "AND e.\"offset\" < p.\"offset\" + p.length) "
	    "AND NOT EXISTS (SELECT 1 FROM filing AS f WHERE f.message = :message AND f.type = e.type AND f.id = e.id AND f.by <> 'thread')",
	    message, error);

	if (topics == NULL)
		return NULL;
	for (guint i = topics->len; i > 0; i--) {
		const struct topic *topic = &g_array_index(topics, struct topic, i - 1);
		gboolean unfiled = FALSE;

		if (!topic->firm && !index_is_unfiled(index, message, topic->id, &unfiled, error))
			return NULL;
		if (unfiled)
			g_array_remove_index(topics, i - 1);
	}
	return g_steal_pointer(&topics);
}

static gboolean
carries_topics(enum record_kind kind)
{
	return kind == KIND_INPUT || kind == KIND_TEAM || kind == KIND_ANNOUNCEMENT;
}

static gboolean
is_listed(const GArray *topics, const struct topic *topic)
{
	for (guint i = 0; i < topics->len; i++) {
		const struct topic *listed = &g_array_index(topics, struct topic, i);

		if (strcmp(listed->type, topic->type) == 0 && strcmp(listed->id, topic->id) == 0)
			return TRUE;
	}
	return FALSE;
}

/* The same as topics_of, from what the rows were made of. */
static GArray *
topics_of_record(const struct record *record)
{
	GArray *topics = g_array_new(FALSE, FALSE, sizeof(struct topic));

	g_array_set_clear_func(topics, topic_clear);
	if (!carries_topics(record->kind))
		return topics;
	for (guint i = 0; i < record->filings->len; i++) {
		const struct record_filing *filing = record->filings->pdata[i];

		if (filing->tier == TIER_FIRM && (filing->type == TARGET_TOPIC || filing->type == TARGET_WORKSTREAM)) {
			struct topic topic = {g_strdup(target_name(filing->type)), g_strdup(filing->id), TRUE};

			g_array_append_val(topics, topic);
		}
	}
	for (guint i = 0; i < record->evidence->len; i++) {
		const struct record_evidence *evidence = record->evidence->pdata[i];
		struct topic hint = {(char *)target_name(evidence->type), evidence->id, FALSE};

		if (evidence->tier != TIER_HINT || (evidence->type != TARGET_TOPIC && evidence->type != TARGET_WORKSTREAM) ||
		    record_find_filing(record, evidence->type, evidence->id) != NULL || is_listed(topics, &hint))
			continue;
		hint = (struct topic){g_strdup(hint.type), g_strdup(hint.id), FALSE};
		g_array_append_val(topics, hint);
	}
	return topics;
}

static gboolean
run_topic(struct index *index, const char *sql, gint64 thread, const struct topic *topic, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":thread", thread);
	stmt_bind_text_static(stmt, ":type", topic->type);
	stmt_bind_text_static(stmt, ":id", topic->id);
	stmt_bind_int(stmt, ":firm", topic->firm);
	stmt_bind_int(stmt, ":message", message);
	return stmt_run(stmt, error);
}

/* Is a message other than EXCEPT filed firmly under TOPIC? */
static gboolean
has_firm(struct index *index, gint64 thread, const struct topic *topic, gint64 except, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    DB_SOON("SELECT 1 FROM thread_topic WHERE thread = :thread AND type = :type AND id = :id AND firm = 1 AND message <> :message LIMIT 1"), error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":thread", thread);
	stmt_bind_text_static(stmt, ":type", topic->type);
	stmt_bind_text_static(stmt, ":id", topic->id);
	stmt_bind_int(stmt, ":message", except);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW;
	return result != STMT_ERROR;
}

static GArray *
list_hinting(struct index *index, gint64 thread, const struct topic *topic, GError **error)
{
	g_autoptr(GArray) messages = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "SELECT message FROM thread_topic WHERE thread = :thread AND type = :type AND id = :id AND firm = 0", error);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":thread", thread);
	stmt_bind_text_static(stmt, ":type", topic->type);
	stmt_bind_text_static(stmt, ":id", topic->id);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 message = stmt_int(stmt, 0);

		g_array_append_val(messages, message);
	}
	return result == STMT_END ? g_steal_pointer(&messages) : NULL;
}

static gboolean
add_filing(struct index *index, gint64 message, const char *type, const char *id, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "INSERT OR IGNORE INTO filing (type, id, message, date, tier, by, taxonomy) SELECT :type, :id, message, date_effective, 'suggested', 'thread', "
	    "(SELECT taxonomy FROM target WHERE type = :type AND id = :id) FROM message WHERE message = :message",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":type", type);
	stmt_bind_text_static(stmt, ":id", id);
	stmt_bind_int(stmt, ":message", message);
	return settle_run(index, stmt, message, error);
}

/* A topic's filing implies its workstream. */
static gboolean
suggest(struct index *index, gint64 message, const struct topic *topic, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	enum stmt_result result;
	const char *workstream;
	gboolean unfiled;

	if (!add_filing(index, message, topic->type, topic->id, error))
		return FALSE;
	stmt = db_statement(index->db, "SELECT parent FROM target WHERE type = 'topic' AND type = :type AND id = :id AND parent IS NOT NULL", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":type", topic->type);
	stmt_bind_text_static(stmt, ":id", topic->id);
	result = stmt_step(stmt, error);
	if (result != STMT_ROW)
		return result == STMT_END;
	workstream = stmt_text(stmt, 0);
	if (!index_is_unfiled(index, message, workstream, &unfiled, error))
		return FALSE;
	return unfiled || add_filing(index, message, "workstream", workstream, error);
}

static gboolean
suggest_to_hinting(struct index *index, gint64 thread, const struct topic *topic, GError **error)
{
	g_autoptr(GArray) messages = list_hinting(index, thread, topic, error);

	if (messages == NULL)
		return FALSE;
	for (guint i = 0; i < messages->len; i++)
		if (!suggest(index, g_array_index(messages, gint64, i), topic, error))
			return FALSE;
	return TRUE;
}

/* MESSAGE's suggestions made anew: a workstream may have been implied by the topic that goes, or by another too. */
static gboolean
refresh(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GArray) topics = NULL;
	gint64 thread;

	if (!settle_run_one(index, "DELETE FROM filing WHERE message = :message AND by = 'thread'", message, error) ||
	    !index_get(index, "SELECT thread FROM message WHERE message = :message", message, 0, &thread, error) ||
	    (topics = topics_of(index, message, error)) == NULL)
		return FALSE;
	for (guint i = 0; i < topics->len; i++) {
		const struct topic *topic = &g_array_index(topics, struct topic, i);
		gboolean firm = FALSE;

		if (topic->firm)
			continue;
		if (!has_firm(index, thread, topic, message, &firm, error) || (firm && !suggest(index, message, topic, error)))
			return FALSE;
	}
	return TRUE;
}

static gboolean
add_topic(struct index *index, gint64 message, const struct joined *joined, const struct topic *topic, GError **error)
{
	gboolean others;

	if (!run_topic(index, DB_SOON("INSERT OR IGNORE INTO thread_topic (thread, type, id, firm, message) VALUES (:thread, :type, :id, :firm, :message)"),
	        joined->thread, topic, message, error))
		return FALSE;
	if (joined->alone)
		return TRUE;
	if (!has_firm(index, joined->thread, topic, message, &others, error))
		return FALSE;
	/* With another firm one the others have their suggestions already. */
	if (topic->firm && !others)
		return suggest_to_hinting(index, joined->thread, topic, error);
	return topic->firm || !others || suggest(index, message, topic, error);
}

static gboolean
add_topics(struct index *index, gint64 message, const struct joined *joined, const GArray *topics, GError **error)
{
	for (guint i = 0; i < topics->len; i++)
		if (!add_topic(index, message, joined, &g_array_index(topics, struct topic, i), error))
			return FALSE;
	return TRUE;
}

gboolean
suggestions_add(struct index *index, gint64 message, const struct record *record, GError **error)
{
	g_autoptr(GArray) topics = record != NULL ? topics_of_record(record) : topics_of(index, message, error);
	struct joined joined = {0};

	if (topics == NULL)
		return FALSE;
	if (topics->len == 0)
		return TRUE;
	return index_get(index, "SELECT thread FROM message WHERE message = :message", message, 0, &joined.thread, error) &&
	       add_topics(index, message, &joined, topics, error);
}

gboolean
suggestions_add_new(struct index *index, gint64 message, const struct record *record, const struct joined *joined, GError **error)
{
	g_autoptr(GArray) topics = topics_of_record(record);

	return add_topics(index, message, joined, topics, error);
}

gboolean
suggestions_remove(struct index *index, gint64 message, gint64 thread, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT type, id, firm FROM thread_topic WHERE thread = :thread AND message = :message", error);
	g_autoptr(GArray) topics = g_array_new(FALSE, FALSE, sizeof(struct topic));

	g_array_set_clear_func(topics, topic_clear);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":thread", thread);
	stmt_bind_int(stmt, ":message", message);
	if (!append_topics(stmt, topics, error) || !settle_run_one(index, "DELETE FROM filing WHERE message = :message AND by = 'thread'", message, error))
		return FALSE;
	for (guint i = 0; i < topics->len; i++)
		if (!run_topic(index, "DELETE FROM thread_topic WHERE thread = :thread AND type = :type AND id = :id AND firm = :firm AND message = :message",
		        thread, &g_array_index(topics, struct topic, i), message, error))
			return FALSE;
	for (guint i = 0; i < topics->len; i++) {
		const struct topic *topic = &g_array_index(topics, struct topic, i);
		g_autoptr(GArray) hinting = NULL;
		gboolean others;

		if (!topic->firm)
			continue;
		if (!has_firm(index, thread, topic, message, &others, error))
			return FALSE;
		if (others)
			continue;
		hinting = list_hinting(index, thread, topic, error);
		if (hinting == NULL)
			return FALSE;
		for (guint j = 0; j < hinting->len; j++)
			if (!refresh(index, g_array_index(hinting, gint64, j), error))
				return FALSE;
	}
	return TRUE;
}

gboolean
suggestions_merge(struct index *index, gint64 from, gint64 to, GError **error)
{
	g_autoptr(GArray) topics = list_topics(index, "SELECT DISTINCT type, id, 0 FROM thread_topic WHERE thread = :message", from, error);
	g_autoptr(Stmt) stmt = NULL;

	if (topics == NULL)
		return FALSE;
	if (topics->len == 0)
		return TRUE;
	stmt = db_statement(index->db, "UPDATE thread_topic SET thread = :to WHERE thread = :from", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":to", to);
	stmt_bind_int(stmt, ":from", from);
	if (!stmt_run(stmt, error))
		return FALSE;
	for (guint i = 0; i < topics->len; i++) {
		const struct topic *topic = &g_array_index(topics, struct topic, i);
		gboolean firm;

		if (!has_firm(index, to, topic, 0, &firm, error) || (firm && !suggest_to_hinting(index, to, topic, error)))
			return FALSE;
	}
	return TRUE;
}

gboolean
suggestions_refresh_all(struct index *index, GError **error)
{
	g_autoptr(GArray) messages = index_list(index, "SELECT DISTINCT message FROM filing WHERE by = 'thread' AND :message = 0", 0, error);

	if (messages == NULL)
		return FALSE;
	for (guint i = 0; i < messages->len; i++)
		if (!refresh(index, g_array_index(messages, gint64, i), error))
			return FALSE;
	return TRUE;
}
