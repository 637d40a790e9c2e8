#include "archive/check.h"
#include "archive/mailstore-private.h"

#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAIL "mail.db"
#define RESTORE "restore a backup (postbag restore), or get the message from another copy"

/* What damage did to a query is a finding; what else keeps it from an answer is an error. */
static gboolean
take(struct findings *findings, const char *kind, GError *reason, GError **error)
{
	if (reason == NULL)
		return TRUE;
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_propagate_error(error, reason);
		return FALSE;
	}
	findings_error(findings, kind, MAIL, reason);
	g_error_free(reason);
	return TRUE;
}

static void
check_structure(struct mailstore *store, struct findings *findings, enum check_depth depth, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, depth == CHECK_WHOLE ? "PRAGMA integrity_check(20)" : "PRAGMA quick_check(20)", error);

	while (stmt != NULL && stmt_step(stmt, error) == STMT_ROW)
		if (strcmp(stmt_text(stmt, 0), "ok") != 0)
			findings_fault(findings, "mail.db structure", MAIL, RESTORE, "%s", stmt_text(stmt, 0));
}

static void
check_references(struct mailstore *store, struct findings *findings, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "PRAGMA foreign_key_check", error);

	while (stmt != NULL && stmt_step(stmt, error) == STMT_ROW)
		findings_fault(findings, "mail.db references", MAIL, RESTORE, "row %" G_GINT64_FORMAT " of table %s names a row of %s that is not there",
		    stmt_int(stmt, 1), stmt_text(stmt, 0), stmt_text(stmt, 2));
}

/* What no constraint of the tables says; each row gives a name for what is wrong. NULL where a constraint forbids it is asked for by typeof(): SQLite takes IS
 * NULL for never true there, and damage does not keep to constraints. */
static const struct {
	const char *sql, *what;
} rules_of_the_tables[] = {
    {"SELECT 'message ' || coalesce(public_id, 'number ' || content) FROM content AS c WHERE chunks - 1 <> (SELECT count(*) FROM chunk AS k WHERE k.content = "
     "c.content AND k.n BETWEEN 1 AND "
     "c.chunks - 1) OR EXISTS (SELECT 1 FROM chunk AS k WHERE k.content = c.content AND k.n NOT BETWEEN 1 AND c.chunks - 1)",
        "has not all of its pieces, or too many"},
    {"SELECT 'message ' || coalesce(public_id, 'number ' || content) FROM content AS c WHERE NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.content = c.content "
     "AND e.type = 'delivery')",
        "has no delivery"},
    {"SELECT 'message ' || public_id FROM content AS c WHERE raw IS NULL AND block IS NULL AND NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.content = "
     "c.content AND e.type = "
     "'decision' AND e.action = 'redact')",
        "has no bytes, and nobody decided to redact it"},
    {"SELECT 'message ' || public_id FROM content WHERE block IS NOT NULL AND (raw IS NOT NULL OR chunks <> 1 OR \"offset\" IS NULL)",
        "is in a block, and has bytes or pieces of its own too"},
    {"SELECT 'block ' || block FROM block AS b WHERE size <> (SELECT coalesce(sum(c.size), 0) FROM content AS c WHERE c.block = b.block)",
        "has not the messages that it was made of"},
    {"SELECT 'message ' || public_id FROM (SELECT public_id, \"offset\", coalesce(sum(size) OVER (PARTITION BY block ORDER BY \"offset\", size, content ROWS "
     "BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS begins FROM content WHERE block IS NOT NULL) WHERE \"offset\" <> begins",
        "does not begin in its block where the one before it ends"},
    {"SELECT 'message number ' || content FROM content WHERE 'null' IN (typeof(public_id), typeof(content_id), typeof(raw_hash))",
        "is without its id or its hash"},
    {"SELECT 'entry ' || seq FROM entry WHERE 'null' IN (typeof(type), typeof(link))", "is without its type or its link"},
    {"SELECT 'entry ' || seq FROM entry WHERE type = 'delivery' AND (content IS NULL OR received IS NULL)", "is a delivery of nothing"},
    {"SELECT 'entry ' || seq FROM entry WHERE type = 'rules' AND rules IS NULL", "puts no rules in force"},
    {"SELECT 'entry ' || seq FROM entry WHERE type = 'decision' AND action IS NULL", "is a decision without an action"},
    {"SELECT 'entry ' || seq FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM entry) WHERE seq <> n ORDER BY seq LIMIT 1",
        "does not follow the one before it: entries are missing"},
};

static gboolean
check_tables(struct mailstore *store, struct findings *findings, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(rules_of_the_tables); i++) {
		g_autoptr(Stmt) stmt = db_statement(store->db, rules_of_the_tables[i].sql, error);
		enum stmt_result result = STMT_ERROR;

		while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW)
			findings_fault(findings, "mail.db tables", MAIL, RESTORE, "%s %s", stmt_text(stmt, 0), rules_of_the_tables[i].what);
		if (result == STMT_ERROR)
			return FALSE;
	}
	return TRUE;
}

/* A longer message goes through an unnamed file, so that its size is nobody's memory. */
static struct raw_message *
read_long(struct mailstore *store, gint64 content, GError **error)
{
	FILE *file = tmpfile();
	struct raw_message *raw = NULL;

	if (file == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "cannot make a temporary file for a long message; make room and try again");
		return NULL;
	}
	if (mailstore_write_raw(store, content, fileno(file), error) && lseek(fileno(file), 0, SEEK_SET) == 0)
		raw = raw_message_from_fd(fileno(file), NULL, error);
	fclose(file);
	return raw;
}

static struct raw_message *
read_message(struct mailstore *store, gint64 content, gint64 chunks, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;

	if (chunks > 1)
		return read_long(store, content, error);
	bytes = mailstore_read(store, content, 0, error); /* against its hash and its size */
	return bytes != NULL ? raw_message_from_bytes(bytes) : NULL;
}

struct named {
	gint64 content, chunks;
	char *public_id;
	struct hash id;
};

static gboolean
check_message(struct mailstore *store, const struct named *named, struct findings *findings, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(RawMessage) raw = read_message(store, named->content, named->chunks, &reason);
	g_autofree char *id = NULL;
	gboolean redacted;

	if (raw == NULL)
		return take(findings, "mail.db messages", g_steal_pointer(&reason), error);
	if (!mailstore_is_redacted(store, named->content, &redacted, error))
		return FALSE;
	if (redacted) /* its ids are those of the message that came */
		return TRUE;
	if (memcmp(raw_message_content(raw), &named->id, sizeof named->id) != 0)
		findings_fault(
		    findings, "mail.db messages", MAIL, RESTORE, "message %s is kept under a content id that is not its content's", named->public_id);
	id = hash_base32(raw_message_content(raw), CLAMP(strlen(named->public_id), 1, HASH_BASE32_MAX));
	if (strlen(named->public_id) < 16 || strcmp(id, named->public_id) != 0)
		findings_fault(findings, "mail.db messages", MAIL, RESTORE, "message %s has a public id that is not made from its content (%.16s...)",
		    named->public_id, id);
	return TRUE;
}

/* One that cannot be unpacked is told once, with all that is in it. */
static gboolean
check_block(struct mailstore *store, gint64 block, struct findings *findings, gboolean *whole, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) plain = mailstore_read_block(store, block, &reason);
	g_autoptr(Stmt) stmt = NULL;
	g_autoptr(GString) names = g_string_new(NULL);
	enum stmt_result result = STMT_ERROR;
	guint n = 0;

	*whole = plain != NULL;
	if (*whole)
		return TRUE;
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	stmt = db_statement(store->db, "SELECT coalesce(public_id, 'number ' || content) FROM content WHERE block = :block ORDER BY content", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":block", block);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		g_string_append_printf(names, "%s%s", n++ > 0 ? ", " : "", stmt_text(stmt, 0));
	findings_fault(findings, "mail.db blocks", MAIL, RESTORE, "%s; it has %u messages: %s", reason->message, n, names->str);
	return result == STMT_END;
}

static gboolean
check_messages(struct mailstore *store, struct findings *findings, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT content, chunks, public_id, content_id, coalesce(block, 0) FROM content WHERE raw IS NOT NULL OR block IS NOT NULL ORDER BY "
	    "coalesce(block, 0), content",
	    error);
	enum stmt_result result = STMT_ERROR;
	gboolean whole = TRUE;
	gint64 block = 0;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		g_autofree char *public_id = g_strdup(stmt_text(stmt, 2));
		struct named named = {.content = stmt_int(stmt, 0), .chunks = stmt_int(stmt, 1), .public_id = public_id};
		gsize length;
		gconstpointer id = stmt_blob(stmt, 3, &length);

		if (stmt_int(stmt, 4) != block) {
			block = stmt_int(stmt, 4);
			if (!check_block(store, block, findings, &whole, error))
				return FALSE;
		}
		if (!whole || public_id == NULL || id == NULL) /* found in its block or table */
			continue;
		memcpy(&named.id, id, MIN(length, sizeof named.id));
		if (!check_message(store, &named, findings, error))
			return FALSE;
	}
	return result == STMT_END;
}

static void
check_header(struct stmt *stmt, gint64 seq, struct findings *findings)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) header = NULL;
	gsize length;
	gconstpointer data = stmt_blob(stmt, 13, &length);

	if (!stmt_is_null(stmt, 13) && (header = decompress_bytes(data, length, LIMIT_RAW_SIZE, &reason)) == NULL)
		findings_fault(findings, "mail.db headers", MAIL, RESTORE, "the header of delivery %" G_GINT64_FORMAT " cannot be unpacked", seq);
}

/* Each link is a hash over the one before it and its entry: from the first that does not fit on, the history is not the one that was written. */
static gboolean
check_links(struct mailstore *store, struct findings *findings, enum check_depth depth, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT e.seq, e.link, e.type, e.at, coalesce(e.content, 0), coalesce(e.received, 0), e.source, e.sender, e.recipient, e.rules, e.action, e.value, "
	    "e.note, e.header, c.content_id FROM entry AS e LEFT JOIN content AS c ON c.content = e.content ORDER BY e.seq",
	    error);
	enum stmt_result result = STMT_ERROR;
	guint8 before[MAILSTORE_LINK] = {0}, link[MAILSTORE_LINK];

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		struct hash content_id = {0};
		gsize length, link_length;
		gconstpointer id = stmt_blob(stmt, 14, &length), kept = stmt_blob(stmt, 1, &link_length);
		struct new_entry entry = {
		    .type = stmt_text(stmt, 2),
		    .at = stmt_int(stmt, 3),
		    .content = stmt_int(stmt, 4),
		    .received = stmt_int(stmt, 5),
		    .source = stmt_text(stmt, 6),
		    .rules = stmt_text(stmt, 9),
		    .action = stmt_text(stmt, 10),
		    .value = stmt_text(stmt, 11),
		    .note = stmt_text(stmt, 12),
		};

		if (length == sizeof content_id) {
			memcpy(&content_id, id, sizeof content_id);
			entry.content_id = &content_id;
		}
		mailstore_entry_link(before, &entry, link);
		if (link_length != sizeof link || memcmp(kept, link, sizeof link) != 0)
			findings_fault(findings, "mail.db links", MAIL, "restore a backup (postbag restore), if nobody can say who changed it",
			    "entry %" G_GINT64_FORMAT " is not what was written: its link does not fit it or the entry before it", stmt_int(stmt, 0));
		memset(before, 0, sizeof before);
		if (kept != NULL)
			memcpy(before, kept, MIN(link_length, sizeof before));
		if (depth == CHECK_WHOLE)
			check_header(stmt, stmt_int(stmt, 0), findings);
	}
	return result == STMT_END;
}

gboolean
check_mail(struct mailstore *store, struct findings *findings, enum check_depth depth, GError **error)
{
	GError *reason = NULL;

	check_structure(store, findings, depth, &reason);
	if (!take(findings, "mail.db structure", g_steal_pointer(&reason), error))
		return FALSE;
	check_references(store, findings, &reason);
	if (!take(findings, "mail.db references", g_steal_pointer(&reason), error))
		return FALSE;
	if (!check_tables(store, findings, &reason) && !take(findings, "mail.db tables", g_steal_pointer(&reason), error))
		return FALSE;
	if (!check_links(store, findings, depth, &reason) && !take(findings, "mail.db links", g_steal_pointer(&reason), error))
		return FALSE;
	if (depth == CHECK_WHOLE && !check_messages(store, findings, &reason) && !take(findings, "mail.db messages", g_steal_pointer(&reason), error))
		return FALSE;
	return TRUE;
}
