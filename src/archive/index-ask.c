#include "archive/index-ask.h"

#include <string.h>

GPtrArray *
index_decided(struct index *index, gint64 message, gboolean *kind, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index),
	    "SELECT value, action FROM decision WHERE message = :message AND action IN ('file', 'unfile', 'kind') AND value IS NOT NULL AND undone IS NULL "
	    "UNION ALL SELECT t.parent, 'file' FROM filing AS f JOIN target AS t ON t.type = f.type AND t.id = f.id "
	    "WHERE f.message = :message AND f.type = 'topic' AND f.by = 'person' AND t.parent IS NOT NULL "
	    "UNION ALL SELECT id, 'unfile' FROM overruled WHERE message = :message AND type IN ('workstream', 'topic')",
	    error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	*kind = FALSE;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		if (strcmp(stmt_text(stmt, 1), "kind") == 0)
			*kind = TRUE;
		else
			g_ptr_array_add(list, g_strdup(stmt_text(stmt, 0)));
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

struct record *
index_filed(struct index *index, gint64 message, gboolean in_effect, GError **error)
{
	static const char by_rules[] = "SELECT type, id, tier FROM (SELECT type, id, tier FROM filing WHERE message = :message AND by = 'rules' UNION ALL "
	                               "SELECT type, id, tier FROM overruled WHERE message = :message) "
	                               "WHERE (type, id) NOT IN (SELECT type, id FROM set_aside WHERE message = :message) UNION ALL "
	                               "SELECT type, id, tier FROM set_aside WHERE message = :message UNION ALL "
	                               "SELECT 'kind', kind, '' FROM message WHERE message = :message";
	static const char by_all[] = "SELECT type, id, tier FROM filing WHERE message = :message AND by IN ('rules', 'person') UNION ALL "
	                             "SELECT 'kind', kind, '' FROM message WHERE message = :message";
	g_autoptr(Stmt) stmt = db_statement(index_db(index), in_effect ? by_all : by_rules, error);
	g_autoptr(Record) record = record_new();
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		int type = target_from_name(stmt_text(stmt, 0)), kind = kind_from_name(stmt_text(stmt, 1)), tier = tier_from_name(stmt_text(stmt, 2));

		if (type == TARGET_KIND && kind >= 0)
			record->kind = kind;
		else if (type >= 0 && tier >= 0)
			record_add_filing(record, type, stmt_text(stmt, 1), NULL, tier);
	}
	return result == STMT_END ? g_steal_pointer(&record) : NULL;
}

GArray *
index_decided_messages(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index),
	    "SELECT DISTINCT message FROM decision WHERE action IN ('file', 'unfile', 'kind') AND undone IS NULL AND message IN (SELECT message FROM message) "
	    "ORDER BY message",
	    error);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 message = stmt_int(stmt, 0);

		g_array_append_val(list, message);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

GPtrArray *
index_disputed(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index),
	    "SELECT 'topic ' || id FROM filing AS f WHERE type = 'topic' AND by = 'person' AND NOT EXISTS "
	    "(SELECT 1 FROM overruled AS o WHERE o.message = f.message AND o.type = f.type AND o.id = f.id) UNION "
	    "SELECT 'topic ' || id FROM overruled AS o WHERE type = 'topic' AND NOT EXISTS "
	    "(SELECT 1 FROM filing AS f WHERE f.message = o.message AND f.type = o.type AND f.id = o.id) UNION "
	    "SELECT 'kind ' || m.kind FROM message AS m JOIN overruled_state AS s USING (message) WHERE m.kind_by = 'person' AND m.kind <> s.kind UNION "
	    "SELECT 'kind ' || s.kind FROM message AS m JOIN overruled_state AS s USING (message) WHERE m.kind_by = 'person' AND m.kind <> s.kind ORDER BY 1 "
	    "DESC",
	    error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_ptr_array_add(list, g_strdup(stmt_text(stmt, 0)));
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

static void
label_clear(gpointer data)
{
	g_free(((struct index_label *)data)->lang);
}

GArray *
index_labels(struct index *index, enum record_target type, const char *id, GError **error)
{
	static const char of_kind[] = "SELECT m.message, m.lang, m.kind = :id, coalesce(s.kind, m.kind) = :id "
	                              "FROM message AS m LEFT JOIN overruled_state AS s USING (message) "
	                              "WHERE m.unread IS NULL AND m.copy_of IS NULL AND :type = 'kind' ORDER BY m.message";
	static const char of_topic[] =
	    "SELECT m.message, m.lang, coalesce(f.by IN ('rules', 'person'), 0), coalesce(f.by = 'rules', 0) OR o.message IS NOT NULL "
	    "FROM message AS m LEFT JOIN filing AS f ON f.message = m.message AND f.type = :type AND f.id = :id "
	    "LEFT JOIN overruled AS o ON o.message = m.message AND o.type = :type AND o.id = :id "
	    "WHERE m.unread IS NULL AND m.copy_of IS NULL AND m.kind IN ('input', 'team', 'announcement') ORDER BY m.message";
	g_autoptr(Stmt) stmt = db_statement(index_db(index), type == TARGET_KIND ? of_kind : of_topic, error);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct index_label));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	g_array_set_clear_func(list, label_clear);
	stmt_bind_text_static(stmt, ":type", target_name(type));
	stmt_bind_text_static(stmt, ":id", id);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct index_label label = {stmt_int(stmt, 0), g_strdup(stmt_text(stmt, 1)), stmt_int(stmt, 2) != 0, stmt_int(stmt, 3) != 0};

		g_array_append_val(list, label);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

GArray *
index_places(struct index *index, gint64 message, enum record_target type, const char *id, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index),
	    "SELECT passage, \"offset\", length FROM proof WHERE message = :message AND type = :type AND id = :id AND tier <> 'masked' AND passage >= 0 "
	    "ORDER BY n",
	    error);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct index_place));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":type", target_name(type));
	stmt_bind_text_static(stmt, ":id", id);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct index_place place = {(guint)stmt_int(stmt, 0), (guint)stmt_int(stmt, 1), (guint)stmt_int(stmt, 2)};

		g_array_append_val(list, place);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

GHashTable *
index_count_filings(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT type, id, count(*) FROM filing GROUP BY type, id", error);
	g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_hash_table_insert(counts, g_strdup_printf("%-10s %s", stmt_text(stmt, 0), stmt_text(stmt, 1)), GINT_TO_POINTER((gint)stmt_int(stmt, 2)));
	return result == STMT_END ? g_steal_pointer(&counts) : NULL;
}

gboolean
index_count_others(struct index *index, const char *hash, gint64 *others, gint64 *all, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index),
	    "SELECT count(*), coalesce(sum(rules IS NOT coalesce((SELECT ruleset FROM ruleset WHERE words = :rules), 0)), 0) FROM message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_text_static(stmt, ":rules", hash);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*all = stmt_int(stmt, 0);
	*others = stmt_int(stmt, 1);
	return TRUE;
}

gboolean
index_name(struct index *index, gint64 message, char **public_id, char **subject, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT public_id, subject FROM message WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*public_id = g_strdup(stmt_text(stmt, 0));
	*subject = g_strdup(stmt_text(stmt, 1));
	return TRUE;
}

/* The row without an id has the last message that there is. */
gboolean
index_remember_places(struct index *index, GError **error)
{
	return db_execute(index_db(index),
	    "CREATE TEMP TABLE IF NOT EXISTS place (id TEXT, message INTEGER, PRIMARY KEY (id, message)) WITHOUT ROWID; DELETE FROM temp.place; "
	    "INSERT INTO temp.place SELECT id, message FROM filing WHERE type = 'workstream' AND by <> 'thread'; "
	    "INSERT INTO temp.place SELECT '', max(message) FROM message HAVING max(message) IS NOT NULL",
	    error);
}

char *
index_tell_moves(struct index *index, GError **error)
{
	static const char sql[] =
	    "SELECT id, sum(came), sum(gone) FROM (SELECT f.id AS id, 1 AS came, 0 AS gone FROM filing AS f WHERE f.type = 'workstream' AND f.by <> 'thread' "
	    "AND f.message <= (SELECT message FROM temp.place WHERE id = '') "
	    "AND NOT EXISTS (SELECT 1 FROM temp.place AS p WHERE p.id = f.id AND p.message = f.message) "
	    "UNION ALL SELECT p.id, 0, 1 FROM temp.place AS p WHERE p.id <> '' AND NOT EXISTS (SELECT 1 FROM filing AS f INDEXED BY filing_message "
	    "WHERE f.message = p.message AND f.type = 'workstream' AND f.id = p.id AND f.by <> 'thread')) GROUP BY id ORDER BY id";
	g_autoptr(Stmt) stmt = db_prepare(index_db(index), sql, error);
	g_autoptr(GString) text = g_string_new(NULL);
	enum stmt_result result = STMT_ERROR;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 came = stmt_int(stmt, 1), gone = stmt_int(stmt, 2);

		g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "", stmt_text(stmt, 0));
		if (came > 0)
			g_string_append_printf(text, " %" G_GINT64_FORMAT " in", came);
		if (gone > 0)
			g_string_append_printf(text, "%s %" G_GINT64_FORMAT " out", came > 0 ? "," : "", gone);
	}
	return result == STMT_END ? g_strdup(text->str) : NULL;
}
