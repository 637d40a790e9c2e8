#include "archive/index-private.h"

#include <string.h>

/*
 * Every table by public ids, in an order of its own: two indexes that followed the same mail in different orders print the same. What numbers a
 * message, a sequence or a thread is left out, and so is "again", which says who came first.
 */
#define THREAD "(SELECT min(t.public_id) FROM message AS t WHERE t.thread = "

static const struct {
	const char *name, *sql;
} tables[] = {
    {"follow", "SELECT uuid, rules, words_version FROM follow"},
    {"message", "SELECT m.public_id, m.received, m.date_header, m.date_zone, m.date_effective, m.date_reason, m.size, m.unread, m.message_id, m.id_hash, "
                "m.replaces, m.subject, "
                "m.subject_base, "
                "m.author_name, m.author_address, m.author_reason, m.organization, m.list_id, m.lang, m.words, m.gist, m.kind, m.kind_reason, m.kind_by, "
                "m.held, m.answered, m.asks, "
                "m.attachments, (SELECT p.words FROM ruleset AS p WHERE p.ruleset = m.rules), m.variant_key, " THREAD
                "m.thread), c.public_id, m.copy_kind, m.remarks, m.redacted, m.hushed "
                "FROM message AS m LEFT JOIN message AS c ON c.message = m.copy_of"},
    {"delivery", "SELECT public_id, d.received, d.source FROM delivery AS d JOIN message USING (message)"},
    {"address", "SELECT public_id, n, role, name, address FROM address JOIN message USING (message)"},
    {"part",
        "SELECT public_id, n, number, type, charset, charset_state, filename, p.size, attachment, read, remark FROM part AS p JOIN message USING (message)"},
    {"passages", "SELECT public_id, passages, found FROM temp.text JOIN message USING (message)"},
    {"filing", "SELECT public_id, type, id, date, tier, by, taxonomy FROM filing JOIN message USING (message)"},
    {"tally", "SELECT type, id, hour, listed, letters FROM tally"},
    {"overruled", "SELECT public_id, type, id, tier, taxonomy FROM overruled JOIN message USING (message)"},
    {"evidence",
        "SELECT public_id, n, type, id, tier, key, rule, file, line, passage, \"offset\", length, e.words FROM proof AS e JOIN message USING (message)"},
    {"reference", "SELECT public_id, n, i.message_id FROM reference JOIN message USING (message) JOIN thread_of AS i USING (id)"},
    {"thread_of", "SELECT message_id, i.hash, " THREAD "i.thread) FROM thread_of AS i"},
    {"letter", "SELECT m.public_id, o.public_id, c.public_id, sketch FROM letter AS l JOIN message AS m USING (message) LEFT JOIN message AS o ON o.message = "
               "l.leader LEFT JOIN message AS c ON c.message = l.campaign"},
    {"letter_key", "SELECT key, k.rank, public_id FROM letter_key AS k JOIN message USING (message)"},
    {"thread_topic", "SELECT " THREAD "o.thread), type, id, firm, public_id FROM thread_topic AS o JOIN message USING (message)"},
    {"overruled_state", "SELECT public_id, s.kind, s.kind_reason, s.held FROM overruled_state AS s JOIN message USING (message)"},
    {"decision", "SELECT d.at, public_id, d.who, d.action, CASE d.action WHEN 'undo' THEN u.at || ' ' || u.action ELSE d.value END, d.note, d.undone IS NULL "
                 "FROM decision AS d LEFT JOIN message USING (message) LEFT JOIN decision AS u ON d.action = 'undo' AND u.seq = CAST(d.value AS INTEGER)"},
    {"issue", "SELECT at, subscription, number, due, message_id, skipped, unread FROM issue"},
    {"issue_step", "SELECT i.message_id, s.recipient, s.at, s.state, s.words, s.tries, s.doubt FROM issue_step AS s JOIN issue AS i ON i.seq = s.issue"},
    {"target", "SELECT type, id, title, parent, taxonomy, current, route, hold, position FROM target"},
    {"paragraph", "SELECT public_id, n, hash, place, passage, \"offset\", length, rest, signature, scope FROM paragraph JOIN message USING (message)"},
    {"standing", "SELECT public_id, hash, scope, author, rest, date FROM standing JOIN message USING (message)"},
    {"standing_count", "SELECT hash, scope, letters, writers, written, rests, oldest, newest FROM standing_count"},
    {"standing_writer", "SELECT hash, scope, author FROM standing_writer"},
    {"scope", "SELECT scope, letters FROM scope"},
    {"boilerplate", "SELECT hash, scope, kind, name FROM boilerplate"},
    {"set_aside", "SELECT public_id, type, id, tier, taxonomy FROM set_aside JOIN message USING (message)"},
    {"set_aside_hold", "SELECT public_id, s.held FROM set_aside_hold AS s JOIN message USING (message)"},
    {"search", "SELECT public_id, col, offset, term FROM temp.search_words JOIN message ON message = doc"},
    {"search of no message", "SELECT doc FROM temp.search_words WHERE doc NOT IN (SELECT message FROM message)"},
};

static gint
compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
append_value(GString *line, struct stmt *stmt, int column)
{
	gsize length;
	const guint8 *data;

	g_string_append_c(line, '\t');
	if (stmt_is_null(stmt, column)) {
		g_string_append_c(line, '-');
		return;
	}
	data = stmt_blob(stmt, column, &length);
	if (g_utf8_validate((const char *)data, length, NULL)) {
		g_autofree char *text = g_strndup(data != NULL ? (const char *)data : "", length); /* "" has no bytes */
		g_autofree char *escaped = g_strescape(text, NULL);

		g_string_append(line, escaped);
		return;
	}
	for (gsize i = 0; i < length; i++)
		g_string_append_printf(line, "%02x", data[i]);
}

static gboolean
dump_table(struct index *index, const char *name, const char *sql, GString *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		GString *line = g_string_new(name);

		for (int i = 0; i < stmt_columns(stmt); i++)
			append_value(line, stmt, i);
		g_ptr_array_add(lines, g_string_free(line, FALSE));
	}
	g_ptr_array_sort(lines, compare_lines);
	for (guint i = 0; i < lines->len; i++)
		g_string_append_printf(out, "%s\n", (const char *)lines->pdata[i]);
	return result == STMT_END;
}

gboolean
index_dump(struct index *index, GString *out, GError **error)
{
	if (!index_flush_search(index, error) || !texts_flush(index->texts, error) || !texts_lay_out(index->db, error) ||
	    !db_execute(index->db, "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab(main, search, instance)", error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
		if (!dump_table(index, tables[i].name, tables[i].sql, out, error))
			return FALSE;
	return TRUE;
}
