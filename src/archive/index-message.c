#include "archive/index-private.h"

#include "archive/answers.h"
#include "archive/boilerplate.h"
#include "archive/campaigns.h"
#include "archive/settle.h"
#include "archive/suggestions.h"
#include "archive/threads.h"
#include "archive/variants.h"
#include "base/dates.h"
#include "base/hash.h"
#include "base/text.h"

#include <string.h>

#define KEY_BYTES 16
#define GIST_COLUMNS 120

char *
index_new_text(const GPtrArray *passages)
{
	g_autoptr(GString) text = NULL;
	const struct record_passage *only = NULL;

	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = passages->pdata[i];

		if (passage->kind != PASSAGE_NEW)
			continue;
		if (only == NULL) {
			only = passage;
			continue;
		}
		if (text == NULL)
			text = g_string_new(only->text);
		g_string_append_c(text, '\n');
		g_string_append(text, passage->text);
	}
	return text_fold_key(text != NULL ? text->str : only != NULL ? only->text : "");
}

gboolean
index_make_variant_key(const struct record *record, const char *text, struct hash *out)
{
	g_autofree char *author = NULL;
	g_autofree char *all = NULL;

	if (record->message_id == NULL || record->author_address == NULL)
		return FALSE;
	author = g_ascii_strdown(record->author_address, -1);
	all = *text != '\0' ? g_strconcat(record->message_id, "\n", author, "\n", text, NULL)
	                    : g_strconcat(record->message_id, "\n", author, "\n\n", record->subject_base, NULL);
	*out = hash_bytes(all, strlen(all));
	return TRUE;
}

/* The text of the first new passage with words in it, or NULL. */
static const char *
first_words(const GPtrArray *passages)
{
	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = passages->pdata[i];

		if (passage->kind == PASSAGE_NEW && passage->text[strspn(passage->text, " \t\n")] != '\0')
			return passage->text;
	}
	return NULL;
}

char *
index_make_gist(const GPtrArray *passages, const char *subject_base)
{
	const char *text = first_words(passages);

	if (text == NULL)
		text = subject_base;
	return text != NULL ? text_gist(text, GIST_COLUMNS) : NULL;
}

char *
index_join_remarks(const struct record *record)
{
	GString *text;

	if (record->remarks->len == 0)
		return NULL;
	text = g_string_new(record->remarks->pdata[0]);
	for (guint i = 1; i < record->remarks->len; i++)
		g_string_append_printf(text, "\n%s", (const char *)record->remarks->pdata[i]);
	return g_string_free(text, FALSE);
}

static guint
count_attachments(const struct record *record)
{
	guint n = 0;

	for (guint i = 0; i < record->parts->len; i++)
		n += ((const struct record_part *)record->parts->pdata[i])->attachment != 0;
	return n;
}

static const char insert_message[] =
    "INSERT INTO message (message, public_id, first_seq, received, date_header, date_zone, date_effective, date_reason, size, unread, message_id, id_hash, "
    "replaces, "
    "subject, "
    "base_from, base_other, author_name, author_address, author_reason, organization, list_id, lang, words, gist, kind, kind_said, held, attachments, rules, "
    "variant_key, thread, remarks, change) VALUES (:message, :public_id, :first_seq, :received, :date_header, :date_zone, :date_effective, :date_reason, "
    ":size, "
    ":unread, "
    ":message_id, nullif(:id_hash, 0), :replaces, :subject, nullif(:base_from, 0), :base_other, :author_name, :author_address, :author_reason, :organization, "
    ":list_id, :lang, "
    ":words, :gist, :kind, "
    "CASE :kind_reason WHEN 'no sign of anything else' THEN char(1) ELSE :kind_reason END, "
    ":held, "
    ":attachments, nullif(:rules, 0), :variant_key, :thread, :remarks, :change)";
DB_SOON_NAMED(insert_message);

static void
bind_common(struct stmt *stmt, const struct index_message *message, const char *unread, gint64 rules, gint64 thread, gint64 change)
{
	stmt_bind_int(stmt, ":change", change);
	stmt_bind_int(stmt, ":message", message->message);
	stmt_bind_text_static(stmt, ":public_id", message->public_id);
	stmt_bind_int(stmt, ":first_seq", message->first_seq);
	stmt_bind_int(stmt, ":received", message->received);
	stmt_bind_int(stmt, ":size", message->size);
	stmt_bind_text_static(stmt, ":unread", unread);
	stmt_bind_int(stmt, ":rules", rules);
	stmt_bind_int(stmt, ":thread", thread);
}

static gboolean
add_unread_row(struct index *index, const struct index_message *message, const char *unread, gint64 rules, gint64 thread, GError **error)
{
	static const char *const empty[] = {
	    ":date_header",
	    ":date_zone",
	    ":message_id",
	    ":id_hash",
	    ":replaces",
	    ":subject",
	    ":base_from",
	    ":base_other",
	    ":author_name",
	    ":author_address",
	    ":author_reason",
	    ":organization",
	    ":list_id",
	    ":lang",
	    ":gist",
	    ":kind_reason",
	    ":held",
	    ":variant_key",
	    ":remarks",
	};
	g_autoptr(Stmt) stmt = db_statement(index->db, insert_message, error);
	gint64 change;

	if (stmt == NULL || !settle_change(index, &change, error))
		return FALSE;
	bind_common(stmt, message, unread == NULL ? "not read yet" : unread, rules, thread, change);
	for (guint i = 0; i < G_N_ELEMENTS(empty); i++)
		stmt_bind_null(stmt, empty[i]);
	stmt_bind_int(stmt, ":date_effective", message->received);
	stmt_bind_text_static(stmt, ":date_reason", "received: unread");
	stmt_bind_int(stmt, ":words", 0);
	stmt_bind_text_static(stmt, ":kind", kind_name(KIND_INPUT));
	stmt_bind_int(stmt, ":attachments", 0);
	return stmt_run(stmt, error);
}

static void
bind_dates(struct stmt *stmt, const struct index_message *message, const struct record *record)
{
	const char *reason;

	if (record->has_date) {
		stmt_bind_int(stmt, ":date_header", record->date);
		stmt_bind_int(stmt, ":date_zone", record->date_zone);
	} else {
		stmt_bind_null(stmt, ":date_header");
		stmt_bind_null(stmt, ":date_zone");
	}
	stmt_bind_int(stmt, ":date_effective", date_effective(record, message->received, &reason));
	stmt_bind_text_static(stmt, ":date_reason", reason);
}

const char *
index_held(const struct record *record)
{
	return !record->held ? NULL : record->held_reason != NULL ? record->held_reason : "held by a rule";
}

/* What a letter takes the place of by its header (RFC 5536 section 3.2.12, RFC 2156 section 2.3.1.2 and usage), without angle brackets. Caller frees. */
static char *
find_replaced(const struct record *record)
{
	static const char *const names[] = {"Supersedes", "Replaces", "Obsoletes", NULL};

	for (guint i = 0; i < record->headers->len; i++) {
		const struct record_header *header = g_ptr_array_index(record->headers, i);
		const char *start = header->value != NULL ? strchr(header->value, '<') : NULL;
		const char *end = start != NULL ? strchr(start, '>') : NULL;

		for (guint j = 0; end != NULL && names[j] != NULL; j++)
			if (g_ascii_strcasecmp(header->name, names[j]) == 0)
				return g_strndup(start + 1, end - start - 1);
	}
	return NULL;
}

/* The base of a subject is its end, but for white space and the like. */
static void
bind_base(struct stmt *stmt, const struct record *record)
{
	const char *subject = record->subject, *base = record->subject_base;
	gboolean ends = subject != NULL && base != NULL && g_str_has_suffix(subject, base);

	stmt_bind_int(stmt, ":base_from", ends ? g_utf8_strlen(subject, (gssize)(strlen(subject) - strlen(base))) + 1 : 0);
	stmt_bind_text_static(stmt, ":base_other", ends ? NULL : base);
}

static void
bind_record(struct stmt *stmt, const struct record *record)
{
	g_autofree char *replaces = find_replaced(record);

	stmt_bind_text_static(stmt, ":message_id", record->message_id);
	stmt_bind_int(stmt, ":id_hash", record->message_id != NULL ? index_hash(record->message_id) : 0);
	stmt_bind_text(stmt, ":replaces", replaces);
	stmt_bind_text_static(stmt, ":subject", record->subject);
	bind_base(stmt, record);
	stmt_bind_text_static(stmt, ":author_name", record->author_name);
	stmt_bind_text_static(stmt, ":author_address", record->author_address);
	stmt_bind_text_static(stmt, ":author_reason", record->author_reason);
	stmt_bind_text_static(stmt, ":organization", record->organization);
	stmt_bind_text_static(stmt, ":list_id", record->list_id);
	stmt_bind_text_static(stmt, ":lang", record->lang);
	stmt_bind_int(stmt, ":words", record->words);
	stmt_bind_text_static(stmt, ":kind", kind_name(record->kind));
	stmt_bind_text_static(stmt, ":kind_reason", record->kind_reason);
	stmt_bind_text_static(stmt, ":held", index_held(record));
	stmt_bind_int(stmt, ":attachments", count_attachments(record));
}

static gboolean
add_row(struct index *index, const struct index_message *message, const struct record *record, const struct index_work *work, const char *unread, gint64 rules,
    gint64 thread, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, insert_message, error);
	g_autofree char *remarks = index_join_remarks(record);
	gint64 change;

	if (stmt == NULL || !settle_change(index, &change, error))
		return FALSE;
	bind_common(stmt, message, unread, rules, thread, change);
	bind_dates(stmt, message, record);
	bind_record(stmt, record);
	stmt_bind_text_static(stmt, ":gist", work->gist);
	stmt_bind_text_static(stmt, ":remarks", remarks);
	stmt_bind_blob_static(stmt, ":variant_key", work->has_variant_key ? work->variant_key.bytes : NULL, KEY_BYTES);
	return stmt_run(stmt, error);
}

/* "[9,17,40]": of each its person's number and, in the lower three bits, its role. */
static gboolean
add_addresses(struct index *index, gint64 message, const struct record *record, GError **error)
{
	g_autoptr(Stmt) stmt = NULL;
	g_autoptr(GString) people = g_string_new(NULL);

	G_STATIC_ASSERT(N_ROLES <= 8);
	for (guint i = 0; i < record->addresses->len; i++) {
		const struct record_address *address = record->addresses->pdata[i];
		gint64 person;

		if (!numbers_get(index, NUMBERED_PERSON, address->address, address->name, &person, error))
			return FALSE;
		g_string_append_printf(people, "%c%" G_GINT64_FORMAT, i == 0 ? '[' : ',', person << 3 | address->role);
	}
	if (people->len == 0)
		return TRUE;
	g_string_append_c(people, ']');
	if ((stmt = db_statement(index->db, DB_SOON("INSERT INTO addressed (message, people) VALUES (:message, :people)"), error)) == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_text_static(stmt, ":people", people->str);
	return stmt_run(stmt, error);
}

static gboolean
add_parts(struct index *index, gint64 message, const struct record *record, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    DB_SOON("INSERT INTO part (message, n, number, type, charset, charset_state, filename, size, attachment, read, remark) "
	            "VALUES (:message, :n, :number, :type, :charset, :charset_state, :filename, :size, :attachment, :read, :remark)"),
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	for (guint i = 0; i < record->parts->len; i++) {
		const struct record_part *part = record->parts->pdata[i];

		stmt_bind_int(stmt, ":n", i);
		stmt_bind_text_static(stmt, ":number", part->number);
		stmt_bind_text_static(stmt, ":type", part->type);
		stmt_bind_text_static(stmt, ":charset", part->charset);
		stmt_bind_text_static(stmt, ":charset_state", charset_state_name(part->charset_state));
		stmt_bind_text_static(stmt, ":filename", part->filename);
		stmt_bind_int(stmt, ":size", part->size);
		stmt_bind_int(stmt, ":attachment", part->attachment != 0);
		stmt_bind_int(stmt, ":read", part->read != 0);
		stmt_bind_text_static(stmt, ":remark", part->remark);
		if (!stmt_run(stmt, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
index_add_filings(struct index *index, gint64 message, gint64 date, const struct record *record, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    DB_SOON(
	        "INSERT OR IGNORE INTO filing (type, id, message, date, tier, by, taxonomy) VALUES (:type, :id, :message, :date, :tier, 'rules', :taxonomy)"),
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":date", date);
	for (guint i = 0; i < record->filings->len; i++) {
		const struct record_filing *filing = record->filings->pdata[i];

		stmt_bind_text_static(stmt, ":type", target_name(filing->type));
		stmt_bind_text_static(stmt, ":id", filing->id);
		stmt_bind_text_static(stmt, ":tier", tier_name(filing->tier));
		stmt_bind_text_static(stmt, ":taxonomy", filing->taxonomy);
		if (!settle_run(index, stmt, message, error))
			return FALSE;
	}
	return TRUE;
}

/* What rows of evidence are made of. */
struct rows {
	gint64 message;
	const struct record *record;
	const gint64 *clauses;
};

static void
fill_evidence(struct db_row *row, guint n, gconstpointer data)
{
	const struct rows *rows = data;
	const struct record_evidence *evidence = rows->record->evidence->pdata[n];

	db_row_int(row, rows->message);
	db_row_int(row, n);
	db_row_int(row, rows->clauses[n]);
	db_row_int(row, evidence->line);
	db_row_int(row, evidence->passage);
	db_row_int(row, evidence->offset);
	db_row_int(row, evidence->length);
	db_row_text(row, evidence->words);
}

DB_ROWS(evidence_rows, "evidence (message, n, clause, line, passage, \"offset\", length, words)", "(?, ?, ?, ?, ?, ?, ?, ?)");

gboolean
index_add_evidence(struct index *index, gint64 message, const struct record *record, GError **error)
{
	g_autofree gint64 *clauses = g_new(gint64, record->evidence->len);

	for (guint i = 0; i < record->evidence->len; i++)
		if (!clauses_number(index, record->evidence->pdata[i], &clauses[i], error))
			return FALSE;
	return db_write_rows(index->db, &evidence_rows, record->evidence->len, fill_evidence, &(struct rows){message, record, clauses}, error);
}

static gboolean
second_pass(struct index *index, gint64 message, const struct record *record, const struct joined *joined, GError **error)
{
	gint64 decided;

	if (!index_get(index, DB_SOON("SELECT 1 FROM decision WHERE message = :message LIMIT 1"), message, 0, &decided, error))
		return FALSE;
	if (decided) {
		if (!index_apply_decisions(index, message, error))
			return FALSE;
	} else if (record != NULL) {
		if (!suggestions_add_new(index, message, record, joined, error) || (!joined->alone && !answers_add(index, message, record, error)))
			return FALSE;
	}
	return record == NULL || !joined->named || variants_add(index, message, record->message_id, record->author_address, error);
}

gboolean
index_add_message(struct index *index, const struct index_message *message, const struct record *record, struct index_work *work, const char *unread,
    const char *rules, gint64 kept, GError **error)
{
	g_autoptr(IndexWork) own = work == NULL &&record != NULL ? work = index_work_new(record) : NULL;
	const char *reason;
	struct joined joined = {.thread = kept, .named = TRUE};
	gint64 number = message->message, ruleset = 0;

	if ((rules != NULL && !numbers_get(index, NUMBERED_RULESET, rules, NULL, &ruleset, error)) || !settle_new(index, number, error) ||
	    (kept == 0 && !threads_join(index, number, record, &joined, error)))
		return FALSE;
	if (record == NULL)
		return add_unread_row(index, message, unread, ruleset, joined.thread, error) && second_pass(index, number, NULL, &joined, error);
	return add_row(index, message, record, work, unread, ruleset, joined.thread, error) && add_addresses(index, number, record, error) &&
	       add_parts(index, number, record, error) &&
	       texts_add(index->texts, number, record_passages_to_bytes(record->passages), record_found_to_bytes(record), error) &&
	       index_add_filings(index, number, date_effective(record, message->received, &reason), record, error) &&
	       index_add_evidence(index, number, record, error) && index_add_search(index, number, work, error) &&
	       campaigns_add(index, number, message->public_id, &work->sketch, error) && second_pass(index, number, record, &joined, error) &&
	       boilerplate_add(index, number, work->paragraphs, error);
}

struct kinship {
	char *message_id, *author;
	gint64 thread;
	gboolean team; /* it may answer what others ask */
};

static void
kinship_clear(struct kinship *kinship)
{
	g_free(kinship->message_id);
	g_free(kinship->author);
}

typedef struct kinship Kinship;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Kinship, kinship_clear)

static gboolean
load_kinship(struct index *index, gint64 message, struct kinship *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT message_id, author_address, thread, kind = 'team' FROM message WHERE message = :message", error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = (struct kinship){g_strdup(stmt_text(stmt, 0)), g_strdup(stmt_text(stmt, 1)), stmt_int(stmt, 2), stmt_int(stmt, 3) != 0};
	return TRUE;
}

gboolean
index_remove_message(struct index *index, gint64 message, const struct record *record, gint64 *kept, GError **error)
{
	static const char *const tables[] = {
	    "DELETE FROM addressed WHERE message = :message",
	    "DELETE FROM part WHERE message = :message",
	    "DELETE FROM filing WHERE message = :message",
	    "DELETE FROM overruled WHERE message = :message",
	    "DELETE FROM overruled_state WHERE message = :message",
	    "DELETE FROM evidence WHERE message = :message",
	    "DELETE FROM message WHERE message = :message",
	};
	gboolean same;
	g_auto(Kinship) kinship = {0};

	if (!load_kinship(index, message, &kinship, error) || !threads_names_same(index, message, record, &same, error) ||
	    !boilerplate_remove(index, message, error) || !suggestions_remove(index, message, kinship.thread, error) ||
	    !index_remove_search(index, message, error) || !campaigns_remove(index, message, error) || !texts_remove(index->texts, message, error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
		if (!settle_run_one(index, tables[i], message, error))
			return FALSE;
	*kept = same ? kinship.thread : 0;
	if (same ? kinship.team && !answers_refresh_thread(index, kinship.thread, error) : !threads_leave(index, message, kinship.thread, error))
		return FALSE;
	return variants_refresh(index, kinship.message_id, kinship.author, error);
}

static gboolean
set_dates(struct index *index, gint64 message, gint64 received, gint64 date, const char *reason, GError **error)
{
	g_autoptr(Stmt) row = db_statement(index->db,
	    "UPDATE message SET received = :received, date_effective = :date, date_reason = coalesce(:reason, date_reason) WHERE message = :message", error);
	g_autoptr(Stmt) filings =
	    row == NULL ? NULL : db_statement(index->db, "UPDATE filing SET date = :date WHERE message = :message AND date <> :date", error);

	if (filings == NULL)
		return FALSE;
	stmt_bind_int(row, ":message", message);
	stmt_bind_int(row, ":received", received);
	stmt_bind_int(row, ":date", date);
	stmt_bind_text_static(row, ":reason", reason);
	stmt_bind_int(filings, ":message", message);
	stmt_bind_int(filings, ":date", date);
	return settle_run(index, row, message, error) && settle_run(index, filings, message, error);
}

gboolean
index_set_received(struct index *index, gint64 message, gint64 received, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT date_header, date_reason = 'received: unread' FROM message WHERE message = :message", error);
	g_autoptr(Record) record = record_new();
	g_auto(Kinship) kinship = {0};
	const char *reason = NULL;
	gint64 date = received;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	record->has_date = !stmt_is_null(stmt, 0);
	record->date = stmt_int(stmt, 0);
	if (!stmt_int(stmt, 1))
		date = date_effective(record, received, &reason);
	if (!set_dates(index, message, received, date, reason, error) || !load_kinship(index, message, &kinship, error) ||
	    !boilerplate_redate(index, message, error))
		return FALSE;
	return answers_refresh_thread(index, kinship.thread, error) && variants_refresh(index, kinship.message_id, kinship.author, error);
}
