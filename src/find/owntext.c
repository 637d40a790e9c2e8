#include "find/owntext.h"

void
owntext_clear(struct owntext *own)
{
	g_clear_pointer(&own->passages, g_ptr_array_unref);
	g_clear_pointer(&own->boilerplate, g_array_unref);
}

gboolean
owntext_load(struct index *index, gint64 message, struct owntext *out, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index_db(index), "SELECT passage, \"offset\", length FROM paragraph WHERE message = :message AND scope <> 0 ORDER BY n", error);
	g_auto(OwnText) own = {.boilerplate = g_array_new(FALSE, FALSE, sizeof(struct owntext_span))};
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct owntext_span span = {(gint)stmt_int(stmt, 0), (gsize)stmt_int(stmt, 1), (gsize)stmt_int(stmt, 2)};

		g_array_append_val(own.boilerplate, span);
	}
	if (result != STMT_END || (own.passages = index_passages(index, message, error)) == NULL)
		return FALSE;
	*out = own;
	own = (struct owntext){0};
	return TRUE;
}

const char *
owntext_passage(const struct owntext *own, gint passage)
{
	const struct record_passage *found = passage >= 0 && (guint)passage < own->passages->len ? g_ptr_array_index(own->passages, passage) : NULL;

	return found != NULL && (found->kind == PASSAGE_NEW || found->kind == PASSAGE_ATTACHMENT) ? found->text : NULL;
}

gboolean
owntext_is_boilerplate(const struct owntext *own, gint passage, gsize offset, gsize *end)
{
	for (guint i = 0; i < own->boilerplate->len; i++) {
		const struct owntext_span *span = &g_array_index(own->boilerplate, struct owntext_span, i);

		if (span->passage != passage || offset < span->offset || offset >= span->offset + span->length)
			continue;
		*end = span->offset + span->length;
		return TRUE;
	}
	return FALSE;
}
