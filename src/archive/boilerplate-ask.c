#include "archive/boilerplate.h"

#include "archive/index-private.h"
#include "base/text.h"

#include <string.h>

static void
boilerplate_free(gpointer data)
{
	struct boilerplate *boilerplate = data;

	g_free(boilerplate->kind);
	g_free(boilerplate->name);
	g_free(boilerplate->place);
	g_free(boilerplate->public_id);
	g_free(boilerplate->text);
	g_free(boilerplate);
}

#define COLUMNS "p.passage, p.\"offset\", p.length, c.letters, b.kind, b.name, p.place"

static struct boilerplate *
read_row(struct stmt *stmt)
{
	struct boilerplate *out = g_new0(struct boilerplate, 1);

	out->passage = (guint)stmt_int(stmt, 0);
	out->offset = (guint)stmt_int(stmt, 1);
	out->length = (guint)stmt_int(stmt, 2);
	out->letters = stmt_int(stmt, 3);
	out->kind = g_strdup(stmt_text(stmt, 4));
	out->name = g_strdup(stmt_text(stmt, 5));
	out->place = g_strdup(stmt_text(stmt, 6));
	return out;
}

GPtrArray *
boilerplate_of(struct index *index, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT " COLUMNS " FROM paragraph AS p JOIN boilerplate AS b ON b.hash = p.hash AND b.scope = p.scope "
	    "JOIN standing_count AS c ON c.hash = p.hash AND c.scope = p.scope WHERE p.message = :message ORDER BY p.passage, p.\"offset\"",
	    error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(boilerplate_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_ptr_array_add(list, read_row(stmt));
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

/* The paragraph itself, from the letter it is shown by. */
static gboolean
add_text(struct index *index, struct boilerplate *boilerplate, gint64 message, GError **error)
{
	g_autoptr(GPtrArray) passages = index_passages(index, message, error);
	const struct record_passage *passage;

	if (passages == NULL)
		return FALSE;
	passage = boilerplate->passage < passages->len ? g_ptr_array_index(passages, boilerplate->passage) : NULL;
	if (passage != NULL && boilerplate->offset + boilerplate->length <= strlen(passage->text))
		boilerplate->text = g_strndup(passage->text + boilerplate->offset, boilerplate->length);
	return TRUE;
}

GPtrArray *
boilerplate_list(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT " COLUMNS ", m.public_id, p.message FROM boilerplate AS b JOIN standing_count AS c ON c.hash = b.hash AND c.scope = b.scope "
	    "JOIN paragraph AS p ON p.hash = b.hash AND p.message = (SELECT o.message FROM standing AS o JOIN message AS x USING (message) WHERE o.hash = "
	    "b.hash AND "
	    "o.scope = b.scope ORDER BY x.date_effective DESC, x.public_id LIMIT 1) JOIN message AS m ON m.message = p.message "
	    "GROUP BY b.hash, b.scope ORDER BY c.letters DESC, b.name, m.public_id, p.n",
	    error);
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(boilerplate_free);
	g_autoptr(GArray) messages = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct boilerplate *row = read_row(stmt);
		gint64 message = stmt_int(stmt, 8);

		row->public_id = g_strdup(stmt_text(stmt, 7));
		g_ptr_array_add(list, row);
		g_array_append_val(messages, message);
	}
	if (result != STMT_END)
		return NULL;
	for (guint i = 0; i < list->len; i++)
		if (!add_text(index, list->pdata[i], g_array_index(messages, gint64, i), error))
			return NULL;
	return g_steal_pointer(&list);
}

gboolean
boilerplate_count(struct index *index, gint64 *count, GError **error)
{
	return index_get(index, "SELECT count(DISTINCT hash) FROM boilerplate WHERE :message = 0", 0, 0, count, error);
}

char *
boilerplate_words(const struct boilerplate *boilerplate)
{
	g_autofree char *letters = text_count(boilerplate->letters, "letter", "letters");

	if (strcmp(boilerplate->kind, "all") == 0)
		return g_strdup_printf("at the head of %s", letters);
	return g_strdup_printf("stands in %s of %s%s", letters, strcmp(boilerplate->kind, "list") == 0 ? "the list " : "", boilerplate->name);
}
