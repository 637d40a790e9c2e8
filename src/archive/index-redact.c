#include "archive/index-private.h"

#include "archive/redaction.h"
#include "archive/settle.h"

#include <string.h>

#define JOIN_SHARE 4 /* of a search index, so that what stands in it is written anew once for each time it has grown by a third */

struct record *
index_tombstone(const char *value)
{
	struct record *record = record_new();
	g_auto(GStrv) words = g_strsplit(value != NULL ? value : "", " ", 4);
	int kind = words[0] != NULL && words[1] != NULL ? kind_from_name(words[1]) : -1;

	record_add_passage(record, PASSAGE_SUBJECT, 0, "", -1);
	record->kind = kind >= 0 ? (enum record_kind)kind : KIND_INPUT;
	record->kind_reason = g_strdup("redacted");
	record_settle_found(record);
	record->held = kind >= 0 && words[2] != NULL && strcmp(words[2], "held") == 0;
	record->held_reason = record->held ? g_strdup("held when it was redacted") : NULL;
	return record;
}

gboolean
index_set_size(struct index *index, gint64 message, gint64 size, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "UPDATE message SET size = :size WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":size", size);
	stmt_bind_int(stmt, ":message", message);
	return settle_run(index, stmt, message, error);
}

gboolean
index_tidy_search(struct index *index, GError **error)
{
	if (!index_begin(index, error))
		return FALSE;
	if (numbers_tidy(index, error) && db_execute(index->db, "INSERT INTO search (search) VALUES ('optimize')", error))
		return index_commit(index, error);
	index_rollback(index);
	return FALSE;
}

/* STEPS times SQL, a merge, in one transaction. */
static gboolean
merge_steps(struct index *index, const char *sql, guint steps, gboolean *more, GError **error)
{
	*more = TRUE;
	if (!index_begin(index, error))
		return FALSE;
	for (guint i = 0; i < steps && *more; i++) {
		gint64 before = db_total_changes(index->db);

		if (!db_execute(index->db, sql, error)) {
			index_rollback(index);
			return FALSE;
		}
		*more = db_total_changes(index->db) - before >= 2; /* as FTS5 tells that nothing was to be done */
	}
	return index_commit(index, error);
}

gboolean
index_merge_search(struct index *index, gboolean *more, GError **error)
{
	return merge_steps(index, "INSERT INTO search (search, rank) VALUES ('merge', 1000)", 1, more, error);
}

gboolean
index_join_search(struct index *index, gint64 fresh, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT max(message) FROM message", error);
	gboolean more = TRUE;

	if (stmt == NULL || stmt_step(stmt, error) == STMT_ERROR)
		return FALSE;
	if (fresh <= stmt_int(stmt, 0) / JOIN_SHARE)
		return TRUE;
	g_clear_pointer(&stmt, stmt_done);
	/* A number below 0 chooses all pieces there are, and the steps behind it go on with that: short ones, because each gives room back for the next. */
	if (!merge_steps(index, "INSERT INTO search (search, rank) VALUES ('merge', -50)", 1, &more, error))
		return FALSE;
	while (more)
		if (!merge_steps(index, "INSERT INTO search (search, rank) VALUES ('merge', 50)", 20, &more, error))
			return FALSE;
	return TRUE;
}

gboolean
index_gather_texts(struct index *index, gboolean *more, GError **error)
{
	g_autoptr(GArray) loose = texts_loose(index->db, error);

	if (loose == NULL)
		return FALSE;
	*more = loose->len > 0;
	if (!*more)
		return TRUE;
	if (!index_begin(index, error))
		return FALSE;
	if (texts_gather(index->texts, loose, error))
		return index_commit(index, error);
	index_rollback(index);
	return FALSE;
}

char *
index_part_number(struct index *index, gint64 message, guint n, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT number FROM part WHERE message = :message AND n = :n", error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":n", n);
	return stmt_step(stmt, error) == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

char *
index_part_type(struct index *index, gint64 message, guint n, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT type FROM part WHERE message = :message AND n = :n", error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":n", n);
	return stmt_step(stmt, error) == STMT_ROW ? g_strdup(stmt_text(stmt, 0)) : NULL;
}

GStrv
index_unknown_parts(struct index *index, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "SELECT number || ' (' || type || ')' FROM part WHERE message = :message AND attachment AND NOT read ORDER BY n", error);
	g_autoptr(GStrvBuilder) parts = g_strv_builder_new();
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_strv_builder_add(parts, stmt_text(stmt, 0));
	return result == STMT_END ? g_strv_builder_end(parts) : NULL;
}

GArray *
index_copies(struct index *index, gint64 message, GError **error)
{
	return index_list(index,
	    "SELECT o.message FROM message AS m JOIN message AS o ON o.message <> m.message AND o.thread = m.thread AND "
	    "(o.copy_of = m.message OR m.copy_of = o.message OR o.copy_of = m.copy_of OR o.variant_key = m.variant_key OR o.message_id = m.message_id) "
	    "WHERE m.message = :message AND o.redacted IS NOT 'whole' ORDER BY o.message",
	    message, error);
}

char *
index_tombstone_value(struct index *index, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, "SELECT '" REDACT_ALL " ' || kind || CASE WHEN held IS NOT NULL THEN ' held' ELSE '' END FROM message WHERE message = :message", error);

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	switch (stmt_step(stmt, error)) {
	case STMT_ROW:
		return g_strdup(stmt_text(stmt, 0));
	case STMT_END:
		return g_strdup(REDACT_ALL);
	default:
		return NULL;
	}
}

GArray *
index_due(struct index *index, const char *kind, gint64 before, guint most, GError **error)
{
	static const char sql[] =
	    "SELECT m.message FROM message AS m WHERE m.kind = :kind AND m.received < :before AND m.redacted IS NOT 'whole' AND m.held IS NULL AND m.unread IS "
	    "NULL "
	    "AND NOT EXISTS (SELECT 1 FROM decision AS d WHERE d.message = m.message AND d.undone IS NULL AND d.action NOT IN ('undo', 'redact', 'verified') "
	    "AND "
	    "NOT (d.action = 'kind' AND d.value = :kind)) "
	    "AND NOT EXISTS (SELECT 1 FROM message AS k JOIN reference AS r ON r.message = k.message AND r.n > 0 WHERE k.thread = m.thread AND k.message <> "
	    "m.message AND k.kind NOT IN ('spam', 'bounce', 'auto') AND k.redacted IS NOT 'whole' AND r.id = (SELECT id FROM reference AS o WHERE o.message = "
	    "m.message AND o.n = 0)) "
	    "ORDER BY m.received, m.message LIMIT :most";
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_text_static(stmt, ":kind", kind);
	stmt_bind_int(stmt, ":before", before);
	stmt_bind_int(stmt, ":most", most);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 message = stmt_int(stmt, 0);

		g_array_append_val(list, message);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

GStrv
index_told(struct index *index, gint64 message, GStrv *alone, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT author_name, author_address, subject, gist, EXISTS (SELECT 1 FROM letter WHERE message = :message AND campaign <> message) "
	    "OR EXISTS (SELECT 1 FROM letter WHERE campaign = :message AND campaign <> message) FROM message WHERE message = :message",
	    error);
	g_autoptr(GStrvBuilder) told = g_strv_builder_new(), authors = g_strv_builder_new();
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	result = stmt_step(stmt, error);
	for (int i = 0; result == STMT_ROW && i < 4; i++)
		if (!stmt_is_null(stmt, i)) {
			g_strv_builder_add(told, stmt_text(stmt, i));
			if (i < 2)
				g_strv_builder_add(authors, stmt_text(stmt, i));
		}
	*alone = result == STMT_ROW && stmt_int(stmt, 4) != 0 ? g_strv_builder_end(authors) : NULL;
	return result != STMT_ERROR ? g_strv_builder_end(told) : NULL;
}
