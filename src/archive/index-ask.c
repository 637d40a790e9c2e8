#include "archive/index-ask.h"

#include <string.h>

GPtrArray *
index_decided(struct index *index, gint64 message, gboolean *kind, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index),
	    "SELECT value, action FROM decision WHERE message = :message AND action IN ('file', 'unfile', 'kind') AND value IS NOT NULL", error);
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
	static const char by_rules[] = "SELECT type, id, tier FROM filing WHERE message = :message AND by = 'rules' UNION ALL "
	                               "SELECT type, id, tier FROM overruled WHERE message = :message UNION ALL "
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
	    "SELECT DISTINCT message FROM decision WHERE action IN ('file', 'unfile', 'kind') AND message IN (SELECT message FROM message) ORDER BY message",
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
	g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT count(*), coalesce(sum(rules IS NOT :rules), 0) FROM message", error);

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
