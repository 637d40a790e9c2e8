#include "archive/mailstore-private.h"

#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/record.h"

#include <string.h>

/* What people decide. */
static const struct {
	const char *action;
	gboolean on_message;
	const char *value; /* what the value is, or NULL when there is none */
} actions[] = {
    {"file", TRUE, "a topic or workstream"},
    {"unfile", TRUE, "a topic or workstream"},
    {"kind", TRUE, "a kind"},
    {"hold", TRUE, NULL},
    {"release", TRUE, NULL},
    {"answered", TRUE, NULL},
    {"reopened", TRUE, NULL},
    {"note", FALSE, NULL},
    {"supersedes", TRUE, "the message it supersedes"},
    {"section", TRUE, "a section's number"},
    {"position", TRUE, "a position"},
    {"on-behalf-of", TRUE, "a name"},
    {"initials", TRUE, "initials"},
    {"quote", TRUE, "a place in the letter"},
    {"redact", TRUE, "what is taken out"},
    {"verified", TRUE, "the redaction's number"},
    {"reclassified", FALSE, "how many messages moved"},
};

static gboolean
check_decision(gint64 content, const char *action, const char *value, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
		if (strcmp(actions[i].action, action) != 0)
			continue;
		if (actions[i].on_message && content == 0)
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "'%s' is said of a message; name one", action);
		else if (actions[i].value != NULL && (value == NULL || *value == '\0'))
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "'%s' needs %s", action, actions[i].value);
		else if (strcmp(action, "kind") == 0 && kind_from_name(value) < 0)
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "'%s' is not a kind of message", value);
		else
			return TRUE;
		return FALSE;
	}
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "'%s' is not a decision that can be kept", action);
	return FALSE;
}

static gboolean
read_content_id(struct mailstore *store, gint64 content, struct hash *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT content_id FROM content WHERE content = :content", error);
	enum stmt_result result;
	gconstpointer data;
	gsize length;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "no message has the number %" G_GINT64_FORMAT, content);
	if (result != STMT_ROW)
		return FALSE;
	memset(out, 0, sizeof(*out));
	data = stmt_blob(stmt, 0, &length);
	if (data != NULL)
		memcpy(out, data, MIN(length, sizeof(*out)));
	return TRUE;
}

gboolean
mailstore_add_decision(
    struct mailstore *store, gint64 content, gint64 at, const char *who, const char *action, const char *value, const char *note, gint64 *seq, GError **error)
{
	struct new_entry entry = {
	    .type = "decision",
	    .at = at,
	    .content = content,
	    .source = who,
	    .action = action,
	    .value = value,
	    .note = note,
	};
	struct hash content_id;

	if (!check_decision(content, action, value, error))
		return FALSE;
	if (content != 0) {
		if (!read_content_id(store, content, &content_id, error))
			return FALSE;
		entry.content_id = &content_id;
	}
	return mailstore_append(store, &entry, seq, error);
}

/* The last decision on CONTENT that nobody took back; FALSE without an error when there is none. */
static gboolean
find_last(struct mailstore *store, gint64 content, struct taken_back *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db,
	    "SELECT d.seq, d.at, d.source, d.action, d.value FROM entry AS d WHERE d.content = :content AND d.type = 'decision' "
	    "AND d.action IN ('file', 'unfile', 'kind', 'hold', 'release', 'answered', 'reopened', 'note', 'supersedes', "
	    "'section', 'position', 'on-behalf-of', 'initials', 'quote', 'redact') "
	    "AND NOT EXISTS (SELECT 1 FROM entry AS u WHERE u.content = :content AND u.type = 'decision' AND u.action = 'undo' AND u.value = CAST(d.seq AS "
	    "TEXT)) "
	    "ORDER BY d.seq DESC LIMIT 1",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":content", content);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	out->seq = stmt_int(stmt, 0);
	out->at = stmt_int(stmt, 1);
	out->who = g_strdup(stmt_text(stmt, 2));
	out->action = g_strdup(stmt_text(stmt, 3));
	out->value = g_strdup(stmt_text(stmt, 4));
	return TRUE;
}

void
taken_back_clear(struct taken_back *taken)
{
	g_clear_pointer(&taken->who, g_free);
	g_clear_pointer(&taken->action, g_free);
	g_clear_pointer(&taken->value, g_free);
}

gboolean
mailstore_add_undo(struct mailstore *store, gint64 content, gint64 at, const char *who, const char *note, struct taken_back *taken, gint64 *seq, GError **error)
{
	g_auto(TakenBack) last = {0};
	g_autoptr(GError) reason = NULL;
	g_autofree char *value = NULL;
	struct hash content_id;
	struct new_entry entry = {.type = "decision", .at = at, .content = content, .source = who, .action = "undo", .note = note, .content_id = &content_id};

	if (!read_content_id(store, content, &content_id, error))
		return FALSE;
	if (!find_last(store, content, &last, &reason)) {
		if (reason != NULL)
			g_propagate_error(error, g_steal_pointer(&reason));
		else
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "nothing was decided on it that could be taken back");
		return FALSE;
	}
	if (strcmp(last.action, "redact") == 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE,
		    "a redaction cannot be taken back: what it took out is nowhere any more; what was decided before it stays as it is");
		return FALSE;
	}
	entry.value = value = g_strdup_printf("%" G_GINT64_FORMAT, last.seq);
	if (!mailstore_append(store, &entry, seq, error))
		return FALSE;
	*taken = last;
	last = (struct taken_back){0};
	return TRUE;
}

static char *
newest_rules(struct mailstore *store, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(store->db, "SELECT rules FROM entry WHERE type = 'rules' ORDER BY seq DESC LIMIT 1", error);

	if (stmt == NULL || stmt_step(stmt, error) != STMT_ROW)
		return NULL;
	return g_strdup(stmt_text(stmt, 0));
}

gboolean
mailstore_add_rules(struct mailstore *store, const char *hash, GVariant *files, gint64 at, GError **error)
{
	struct new_entry entry = {.type = "rules", .at = at, .rules = hash};
	g_autoptr(GError) failure = NULL;
	g_autofree char *newest = newest_rules(store, &failure);
	g_autoptr(GVariant) normal = NULL;
	g_autoptr(GBytes) packed = NULL;
	g_autoptr(Stmt) stmt = NULL;

	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (g_strcmp0(newest, hash) == 0)
		return TRUE;
	stmt = db_statement(store->db, "INSERT OR IGNORE INTO rules (rules, files) VALUES (:rules, :files)", error);
	if (stmt == NULL)
		return FALSE;
	normal = g_variant_get_normal_form(files);
#if G_BYTE_ORDER == G_BIG_ENDIAN
	g_autoptr(GVariant) swapped = g_variant_byteswap(normal);
#else
	g_autoptr(GVariant) swapped = g_variant_ref(normal);
#endif
	packed = compress_bytes(g_variant_get_data(swapped), g_variant_get_size(swapped));
	stmt_bind_text_static(stmt, ":rules", hash);
	stmt_bind_blob_static(stmt, ":files", g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
	return stmt_run(stmt, error) && mailstore_append(store, &entry, NULL, error);
}

static GVariant *
unpack_rules(struct stmt *stmt, const char *hash, GError **error)
{
	gsize length;
	gconstpointer data = stmt_blob(stmt, 0, &length);
	g_autoptr(GBytes) bytes = decompress_bytes(data, length, LIMIT_RULES_BYTES, error);
	g_autoptr(GVariant) files = NULL;

	if (bytes == NULL) {
		g_prefix_error(error, "the rule files %s: ", hash);
		return NULL;
	}
	files = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE("a(ss)"), bytes, FALSE));
#if G_BYTE_ORDER == G_BIG_ENDIAN
	return g_variant_byteswap(files);
#else
	return g_variant_get_normal_form(files);
#endif
}

GVariant *
mailstore_get_rules(struct mailstore *store, const char *hash, char **found_hash, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autofree char *wanted = hash != NULL ? g_strdup(hash) : newest_rules(store, &failure);
	g_autoptr(GVariant) files = NULL;
	g_autoptr(Stmt) stmt = NULL;
	enum stmt_result result;

	if (wanted == NULL) {
		if (failure != NULL)
			g_propagate_error(error, g_steal_pointer(&failure));
		return NULL;
	}
	stmt = db_statement(store->db, "SELECT files FROM rules WHERE rules = :rules", error);
	if (stmt == NULL)
		return NULL;
	stmt_bind_text_static(stmt, ":rules", wanted);
	result = stmt_step(stmt, error);
	if (result == STMT_END)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "no rule files with the hash %s were ever in force", wanted);
	if (result != STMT_ROW || (files = unpack_rules(stmt, wanted, error)) == NULL)
		return NULL;
	if (found_hash != NULL)
		*found_hash = g_steal_pointer(&wanted);
	return g_steal_pointer(&files);
}
