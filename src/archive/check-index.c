#include "archive/check.h"
#include "archive/index-private.h"
#include "archive/mailstore-private.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

#define INDEX "index.db"
#define REBUILD "postbag rebuild makes it anew"
#define BEHIND_TOO_LONG 900 /* seconds: three sweeps missed */

/*
 * Two sorted lists of rows are walked side by side, so that indexes of any size are compared in little memory. KEYS says of each of the first columns, by which
 * rows are sorted, whether it is a number (i) or text (t).
 */
struct comparison {
	const char *table, *keys;
	int message; /* the column with the message's number, -1: none */
	const char *sql;
};

#define THREAD "(SELECT name FROM temp.thread_name WHERE thread_name.thread = "

static const struct comparison tables[] = {
    {"message", "i", 0,
        "SELECT m.message, m.public_id, m.first_seq, m.received, m.date_header, m.date_zone, m.date_effective, m.date_reason, m.size, m.unread, m.message_id, "
        "m.id_hash, "
        "m.replaces, "
        "m.subject, m.subject_base, m.author_name, m.author_address, m.author_reason, m.organization, m.list_id, m.lang, m.words, m.gist, m.kind, "
        "m.kind_reason, m.kind_by, m.held, m.answered, m.asks, m.attachments, (SELECT p.words FROM ruleset AS p WHERE p.ruleset = m.rules) AS rules, "
        "m.variant_key, " THREAD
        "m.thread) AS thread, (SELECT o.thread = m.thread FROM message AS o WHERE o.message = m.thread) AS thread, m.copy_of, m.copy_kind, m.remarks, "
        "m.redacted, m.hushed FROM "
        "message AS m ORDER BY m.message"},
    {"delivery", "i", 1, "SELECT seq, message, received, source, again FROM delivery ORDER BY seq"},
    {"address", "ii", 0, "SELECT message, n, role, name, address FROM address ORDER BY message, n"},
    {"part", "ii", 0, "SELECT message, n, number, type, charset, charset_state, filename, size, attachment, read, remark FROM part ORDER BY message, n"},
    {"passages", "i", 0, "SELECT message, passages, found FROM temp.text ORDER BY message"},
    {"filing", "ttii", 3, "SELECT type, id, date, message, tier, by, taxonomy FROM filing ORDER BY type, id, date, message"},
    {"tally", "tti", -1, "SELECT type, id, hour, listed, letters FROM tally ORDER BY type, id, hour"},
    {"overruled", "itt", 0, "SELECT message, type, id, tier, taxonomy FROM overruled ORDER BY message, type, id"},
    {"evidence", "ii", 0, "SELECT message, n, type, id, tier, key, rule, file, line, passage, \"offset\", length, words FROM proof ORDER BY message, n"},
    {"reference", "ii", 0,
        "SELECT r.message, r.n, (SELECT message_id FROM thread_of AS o WHERE o.id = r.id) AS message_id FROM reference AS r ORDER BY r.message, r.n"},
    {"thread_of", "t", -1,
        "SELECT o.message_id, o.hash, " THREAD "o.thread) AS thread FROM thread_of AS o WHERE o.id IN (SELECT id FROM reference) ORDER BY o.message_id"},
    {"thread_topic", "ittii", 4, "SELECT " THREAD "o.thread) AS thread, o.type, o.id, o.firm, o.message FROM thread_topic AS o ORDER BY 1, 2, 3, 4, 5"},
    {"letter", "i", 0, "SELECT message, rank, leader, campaign, sketch FROM letter ORDER BY message"},
    {"letter_key", "iii", 2, "SELECT key, rank, message FROM letter_key ORDER BY key, rank, message"},
    {"overruled_state", "i", 0, "SELECT message, kind, kind_reason, held FROM overruled_state ORDER BY message"},
    {"decision", "i", 2, "SELECT seq, at, message, who, action, value, note, undone FROM decision ORDER BY seq"},
    {"issue", "i", -1, "SELECT seq, at, subscription, number, after, upto, due, message_id, skipped, unread FROM issue ORDER BY seq"},
    {"issue_step", "it", -1, "SELECT issue, recipient, seq, at, state, words, tries, doubt FROM issue_step ORDER BY issue, recipient"},
    {"target", "tt", -1, "SELECT type, id, title, parent, taxonomy, current, route, hold, position FROM target ORDER BY type, id"},
    {"paragraph", "ii", 0, "SELECT message, n, hash, place, passage, \"offset\", length, rest, signature, scope FROM paragraph ORDER BY message, n"},
    {"standing", "iiiii", 4, "SELECT hash, scope, author, rest, message, date FROM standing ORDER BY hash, scope, author, rest, message"},
    {"standing_count", "ii", -1, "SELECT hash, scope, letters, writers, written, rests, oldest, newest FROM standing_count ORDER BY hash, scope"},
    {"standing_writer", "iii", -1, "SELECT hash, scope, author FROM standing_writer ORDER BY hash, scope, author"},
    {"scope", "i", -1, "SELECT scope, letters FROM scope ORDER BY scope"},
    {"boilerplate", "ii", -1, "SELECT hash, scope, kind, name FROM boilerplate ORDER BY hash, scope"},
    {"set_aside", "itt", 0, "SELECT message, type, id, tier, taxonomy FROM set_aside ORDER BY message, type, id"},
    {"set_aside_hold", "i", 0, "SELECT message, held FROM set_aside_hold ORDER BY message"},
    /* FTS5 gives them in this order by itself; its own check of a contentless table passes over wrong rows */
    {"search", "tiii", 1,
        "SELECT term, doc, CASE col WHEN 'subject' THEN 0 WHEN 'body' THEN 1 WHEN 'people' THEN 2 WHEN 'files' THEN 3 ELSE 4 END AS col, \"offset\" FROM "
        "temp.search_words"},
};

/* What of the truth must stand in the index, up to the position that it has followed. */
static const struct comparison truth[] = {
    {"delivery", "i", 1,
        "SELECT seq, content AS message, received, coalesce(source, '') AS source FROM entry WHERE type = 'delivery' AND seq <= :seq ORDER BY seq"},
    {"message", "i", 0,
        "SELECT content AS message, public_id, size FROM content AS c WHERE EXISTS (SELECT 1 FROM entry AS e WHERE e.content = c.content AND e.type = "
        "'delivery' AND e.seq <= :seq) ORDER BY content"},
};
static const char *const derived[] = {
    "SELECT seq, message, received, source FROM delivery WHERE :seq >= 0 ORDER BY seq",
    "SELECT message, public_id, size FROM message WHERE :seq >= 0 ORDER BY message",
};

/* What the index keeps of its own rows (archive/settle.h), and the same counted one by one: an index made anew by the same program may be wrong in the same
 * way. */
#define HOUR(DATE) "(" DATE " - (" DATE " % 3600 + 3600) % 3600) / 3600 AS hour"
static const struct comparison kept[] = {
    {"tally", "tti", -1, "SELECT type, id, hour, listed, letters FROM tally ORDER BY type, id, hour"},
    {"message", "i", 0, "SELECT message, asks, hushed FROM message ORDER BY message"},
};
static const char *const counted[] = {
    "SELECT '' AS type, '' AS id, " HOUR(
        "date_effective") ", count(*) AS listed, sum(kind = 'input') AS letters FROM message WHERE listed GROUP BY hour "
                          "UNION ALL SELECT type, id, " HOUR(
                              "date") ", count(*), sum(kind = 'input') FROM filing JOIN message USING (message) WHERE listed GROUP BY type, id, hour "
                                      "ORDER BY type, id, hour",
    "SELECT message, EXISTS (SELECT 1 FROM filing AS f WHERE f.message = m.message AND f.type = 'intent' AND f.id IN ('question', 'consultation')) AS asks, "
    "EXISTS (SELECT 1 FROM message AS o WHERE o.copy_of = m.message AND (o.held IS NOT NULL OR o.kind = 'spam' OR o.redacted IS 'whole')) AND NOT EXISTS "
    "(SELECT 1 FROM decision AS d WHERE d.message = m.message AND d.action = 'release' AND d.undone IS NULL) AS hushed FROM message AS m ORDER BY message",
};

struct walk {
	const struct comparison *comparison;
	struct stmt *got, *wanted;
	struct mailstore *store;
	struct findings *findings;
	const char *kind;
};

static int
compare_cell(struct stmt *a, struct stmt *b, int column)
{
	gsize left_length, right_length;
	gconstpointer left = stmt_blob(a, column, &left_length), right = stmt_blob(b, column, &right_length);
	int order;

	if (stmt_is_null(a, column) || stmt_is_null(b, column))
		return stmt_is_null(b, column) - stmt_is_null(a, column);
	order = MIN(left_length, right_length) > 0 ? memcmp(left, right, MIN(left_length, right_length)) : 0;
	return order != 0 ? order : (left_length > right_length) - (left_length < right_length);
}

static int
compare_keys(const struct walk *walk)
{
	for (int i = 0; walk->comparison->keys[i] != '\0'; i++) {
		gint64 left, right;
		int order;

		if (walk->comparison->keys[i] == 't')
			order = compare_cell(walk->got, walk->wanted, i);
		else {
			left = stmt_int(walk->got, i);
			right = stmt_int(walk->wanted, i);
			order = (left > right) - (left < right);
		}
		if (order != 0)
			return order;
	}
	return 0;
}

static char *
name_message(const struct walk *walk, struct stmt *row)
{
	g_autoptr(Stmt) stmt = NULL;

	if (walk->comparison->message < 0 || stmt_is_null(row, walk->comparison->message))
		return g_strdup("");
	stmt = db_statement(walk->store->db, "SELECT public_id FROM content WHERE content = :content", NULL);
	if (stmt != NULL)
		stmt_bind_int(stmt, ":content", stmt_int(row, walk->comparison->message));
	if (stmt == NULL || stmt_step(stmt, NULL) != STMT_ROW || stmt_text(stmt, 0) == NULL)
		return g_strdup_printf("message number %" G_GINT64_FORMAT ", ", stmt_int(row, walk->comparison->message));
	return g_strdup_printf("message %s, ", stmt_text(stmt, 0));
}

/* "crane 3 0": the key columns but the message's own. */
static char *
name_row(const struct walk *walk, struct stmt *row)
{
	GString *name = g_string_new(NULL);

	for (int i = 0; walk->comparison->keys[i] != '\0'; i++)
		if (i != walk->comparison->message) {
			const char *value = stmt_text(row, i);

			g_string_append_printf(name, " %.60s", value != NULL ? value : "-");
		}
	return g_string_free(name, FALSE);
}

static void
report(const struct walk *walk, struct stmt *row, const char *what)
{
	g_autofree char *message = name_message(walk, row);
	g_autofree char *key = name_row(walk, row);
	g_autofree char *text = g_utf8_make_valid(key, -1);

	findings_fault(walk->findings, walk->kind, INDEX, REBUILD, "%stable %s%s: %s", message, walk->comparison->table, text, what);
}

static void
compare_rows(const struct walk *walk)
{
	for (int i = (int)strlen(walk->comparison->keys); i < stmt_columns(walk->got); i++)
		if (compare_cell(walk->got, walk->wanted, i) != 0) {
			g_autofree char *what = g_strdup_printf("%s is not what mail.db gives", stmt_name(walk->got, i));

			report(walk, walk->got, what);
			return;
		}
}

static gboolean
walk_rows(const struct walk *walk, GError **error)
{
	enum stmt_result got = stmt_step(walk->got, error), wanted = got != STMT_ERROR ? stmt_step(walk->wanted, error) : STMT_ERROR;

	while (got != STMT_ERROR && wanted != STMT_ERROR && (got == STMT_ROW || wanted == STMT_ROW)) {
		int order = got != STMT_ROW ? 1 : wanted != STMT_ROW ? -1 : compare_keys(walk);

		if (order < 0)
			report(walk, walk->got, "a row that mail.db does not give");
		else if (order > 0)
			report(walk, walk->wanted, "the row is missing");
		else
			compare_rows(walk);
		if (order <= 0)
			got = stmt_step(walk->got, error);
		if (order >= 0 && got != STMT_ERROR)
			wanted = stmt_step(walk->wanted, error);
	}
	return got == STMT_END && wanted == STMT_END;
}

static gboolean
compare_with_truth(struct index *index, struct mailstore *store, gint64 seq, struct findings *findings, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(truth); i++) {
		g_autoptr(Stmt) got = db_statement(index->db, derived[i], error);
		g_autoptr(Stmt) wanted = got != NULL ? db_statement(store->db, truth[i].sql, error) : NULL;
		struct walk walk = {&truth[i], got, wanted, store, findings, "index.db and mail.db"};

		if (wanted == NULL)
			return FALSE;
		stmt_bind_int(got, ":seq", 0);
		stmt_bind_int(wanted, ":seq", seq);
		if (!walk_rows(&walk, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
compare_with_rows(struct index *index, struct mailstore *store, struct findings *findings, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kept); i++) {
		g_autoptr(Stmt) got = db_statement(index->db, kept[i].sql, error);
		g_autoptr(Stmt) wanted = got != NULL ? db_statement(index->db, counted[i], error) : NULL;
		struct walk walk = {&kept[i], got, wanted, store, findings, "index.db counts"};

		if (wanted == NULL || !walk_rows(&walk, error))
			return FALSE;
	}
	return TRUE;
}

/* Threads are compared by the first message in them: their own numbers, each that of one of their messages, tell of the order of arrival. */
static gboolean
prepare(struct index *index, GError **error)
{
	return texts_lay_out(index->db, error) &&
	       db_execute(index->db,
	           "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab(main, search, instance);"
	           "CREATE TEMP TABLE IF NOT EXISTS thread_name (thread INTEGER PRIMARY KEY, name INTEGER);"
	           "DELETE FROM temp.thread_name; INSERT INTO temp.thread_name SELECT thread, min(message) FROM message GROUP BY thread",
	           error);
}

gboolean
check_index_tables(struct index *index, struct index *fresh, struct mailstore *store, struct findings *findings, GError **error)
{
	if (!prepare(index, error) || !prepare(fresh, error))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
		g_autoptr(Stmt) got = db_statement(index->db, tables[i].sql, error);
		g_autoptr(Stmt) wanted = got != NULL ? db_statement(fresh->db, tables[i].sql, error) : NULL;
		struct walk walk = {&tables[i], got, wanted, store, findings, strcmp(tables[i].table, "search") == 0 ? "index.db search" : "index.db tables"};

		if (wanted == NULL || !walk_rows(&walk, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_structure(struct index *index, struct findings *findings, enum check_depth depth, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, depth == CHECK_WHOLE ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)", error);
	enum stmt_result result = STMT_ERROR;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW)
		if (strcmp(stmt_text(stmt, 0), "ok") != 0)
			findings_fault(findings, "index.db structure", INDEX, REBUILD, "%s", stmt_text(stmt, 0));
	return result == STMT_END;
}

static gboolean
check_behind(struct mailstore *store, gint64 seq, gint64 last, gint64 now, struct findings *findings, GError **error)
{
	g_autofree char *entries = text_count(last - seq, "entry", "entries");
	gint64 since;

	if (!mailstore_since(store, seq, &since, error))
		return FALSE;
	if (since == 0)
		findings_warning(findings, "index.db position", INDEX, "postbag sweep brings it up", "%s behind, of an import", entries);
	else if (now - since > BEHIND_TOO_LONG) {
		g_autofree char *time = text_duration(now - since);

		findings_fault(findings, "index.db position", INDEX, "see that postbag sweep runs every five minutes", "%s behind for %s", entries, time);
	}
	return TRUE;
}

static gboolean
check_position(struct index *index, struct mailstore *store, struct findings *findings, gint64 now, gint64 *seq, GError **error)
{
	struct index_position position;
	gboolean follows;
	gint64 last;

	if (!index_position(index, &position, error) || !index_follows(index, store, &follows, error) || !mailstore_last(store, &last, error))
		return FALSE;
	*seq = follows ? position.seq : -1;
	if (!follows)
		findings_fault(findings, "index.db position", INDEX, "postbag sweep makes it anew", "%s",
		    strcmp(position.uuid, mailstore_uuid(store)) != 0 ? "follows another archive's mail.db"
		    : position.words_version != TEXT_INDEX_VERSION    ? "has search words of another version"
		    : position.seq > last ? "has followed more than mail.db holds: mail.db was put back from a backup, or copied without its -wal"
		                          : "followed another history than mail.db's");
	else if (position.seq < last)
		return check_behind(store, position.seq, last, now, findings, error);
	return TRUE;
}

static gboolean
check(struct index *index, struct mailstore *store, struct findings *findings, enum check_depth depth, gint64 now, gboolean *usable, GError **error)
{
	guint before = findings_faults(findings);
	gint64 seq;

	if (!check_structure(index, findings, depth, error))
		return FALSE;
	if (findings_faults(findings) > before)
		return TRUE;
	if (!check_position(index, store, findings, now, &seq, error))
		return FALSE;
	if (seq < 0)
		return TRUE;
	*usable = TRUE;
	return compare_with_truth(index, store, seq, findings, error) && compare_with_rows(index, store, findings, error);
}

gboolean
check_index(struct index *index, struct mailstore *store, struct findings *findings, enum check_depth depth, gint64 now, gboolean *usable, GError **error)
{
	g_autoptr(GError) reason = NULL;

	*usable = FALSE;
	if (check(index, store, findings, depth, now, usable, &reason))
		return TRUE;
	*usable = FALSE;
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	findings_error(findings, "index.db structure", INDEX, reason);
	return TRUE;
}
