#include "find/entered.h"

#include <string.h>

static void
entered_free(gpointer data)
{
	struct entered *entered = data;

	g_free(entered->who);
	g_free(entered->action);
	g_free(entered->topic);
	g_free(entered->value);
	g_free(entered->note);
	g_free(entered->address);
	g_free(entered->name);
	g_free(entered);
}

static struct entered *
read_row(struct stmt *stmt)
{
	struct entered *entered = g_new0(struct entered, 1);
	const char *value = stmt_text(stmt, 5) != NULL ? stmt_text(stmt, 5) : "";
	const char *space = *value == '@' ? strchr(value, ' ') : NULL;

	entered->seq = stmt_int(stmt, 0);
	entered->at = stmt_int(stmt, 1);
	entered->message = stmt_int(stmt, 2);
	entered->who = g_strdup(stmt_text(stmt, 3));
	entered->action = g_strdup(stmt_text(stmt, 4));
	entered->topic = space != NULL ? g_strndup(value + 1, space - value - 1) : NULL;
	entered->value = g_strdup(space != NULL ? space + 1 : value);
	entered->note = g_strdup(stmt_text(stmt, 6));
	entered->address = g_strdup(stmt_text(stmt, 7));
	entered->name = g_strdup(stmt_text(stmt, 8));
	return entered;
}

GPtrArray *
entered_load(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index),
	    "SELECT d.seq, d.at, d.message, d.who, d.action, d.value, d.note, m.author_address, m.author_name FROM decision AS d INDEXED BY decision_entered"
	    " CROSS JOIN message AS m ON m.message = d.message"
	    " WHERE d.action IN ('section', 'position', 'on-behalf-of', 'initials', 'quote') AND d.undone IS NULL ORDER BY d.seq",
	    error);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(entered_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_ptr_array_add(rows, read_row(stmt));
	return result == STMT_END ? g_steal_pointer(&rows) : NULL;
}

char *
entered_value(const char *topic, const char *value)
{
	return topic != NULL ? g_strdup_printf("@%s %s", topic, value) : g_strdup(value);
}
