#include "archive/index-private.h"

#include "base/localpart.h"
#include "base/text-search.h"

#include <string.h>

#define WAITING_BYTES                                                                                                                                          \
	(3 * 1024 * 1024) /* words that wait for a commit; past it they are written at once, and what is written before a commit is slower and no worse */

/* What stands in the columns of table search for one message. */
struct search_words {
	gint64 message;
	char *subject, *body, *people, *files, *addresses;
};

void
index_search_words_free(gpointer data)
{
	struct search_words *words = data;

	g_free(words->subject);
	g_free(words->body);
	g_free(words->people);
	g_free(words->files);
	g_free(words->addresses);
	g_free(words);
}

typedef struct search_words SearchWords;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SearchWords, index_search_words_free)

static void
append_line(GString *text, const char *line)
{
	if (line == NULL)
		return;
	g_string_append(text, line);
	g_string_append_c(text, '\n');
}

/* The words of TEXT, which becomes empty. The names of addresses in it, which the public must not find, go to ADDRESSES (NULL: they stay). */
static char *
take_words(GString *text, GString *addresses)
{
	g_autofree char *shown = addresses != NULL && text->len > 0 ? localparts_hide(text->str, addresses) : NULL;
	char *words = text->len == 0 ? g_strdup("") : text_search_words(shown != NULL ? shown : text->str, shown != NULL ? -1 : (gssize)text->len, FALSE, NULL);

	g_string_truncate(text, 0);
	return words;
}

static gboolean
is_searched(enum record_passage_kind kind)
{
	return kind == PASSAGE_NEW || kind == PASSAGE_FORWARDED || kind == PASSAGE_ATTACHMENT || kind == PASSAGE_SIGNATURE;
}

/* The public is told who wrote, and to whom. */
static gboolean
is_shown(enum record_role role)
{
	return role == ROLE_FROM || role == ROLE_TO || role == ROLE_CC;
}

/* From what the tables keep of a record, and nothing else: a delete must find the same words again. */
struct search_words *
index_search_words_new(const struct record *record)
{
	struct search_words *out = g_new0(struct search_words, 1);
	g_autoptr(GString) text = g_string_sized_new(8192), addresses = g_string_new(NULL);

	append_line(text, record->subject);
	out->subject = take_words(text, addresses);
	for (guint i = 0; i < record->passages->len; i++) {
		const struct record_passage *passage = record->passages->pdata[i];

		if (is_searched(passage->kind))
			append_line(text, passage->text);
	}
	out->body = take_words(text, addresses);
	append_line(text, record->author_name);
	append_line(text, record->author_address);
	for (guint i = 0; i < record->addresses->len; i++) {
		const struct record_address *address = record->addresses->pdata[i];

		append_line(is_shown(address->role) ? text : addresses, address->name);
		append_line(is_shown(address->role) ? text : addresses, address->address);
	}
	out->people = take_words(text, addresses);
	for (guint i = 0; i < record->parts->len; i++)
		append_line(text, ((const struct record_part *)record->parts->pdata[i])->filename);
	out->files = take_words(text, addresses);
	out->addresses = take_words(addresses, NULL);
	return out;
}

static gboolean
run_search(struct index *index, const char *sql, const struct search_words *words, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", words->message);
	stmt_bind_text_static(stmt, ":subject", words->subject);
	stmt_bind_text_static(stmt, ":body", words->body);
	stmt_bind_text_static(stmt, ":people", words->people);
	stmt_bind_text_static(stmt, ":files", words->files);
	stmt_bind_text_static(stmt, ":addresses", words->addresses);
	return stmt_run(stmt, error);
}

void
index_forget_search(struct index *index)
{
	g_ptr_array_set_size(index->words, 0);
	index->words_bytes = 0;
}

gboolean
index_flush_search(struct index *index, GError **error)
{
	for (guint i = 0; i < index->words->len; i++)
		if (!run_search(index,
		        DB_SOON("INSERT INTO search (rowid, subject, body, people, files, addresses) VALUES (:message, :subject, :body, :people, :files, "
		                ":addresses)"),
		        index->words->pdata[i], error))
			return FALSE;
	index_forget_search(index);
	return TRUE;
}

gboolean
index_add_search(struct index *index, gint64 message, struct index_work *work, GError **error)
{
	struct search_words *words = g_steal_pointer(&work->words);

	words->message = message;
	g_ptr_array_add(index->words, words);
	index->words_bytes += strlen(words->body);
	return index->words_bytes < WAITING_BYTES || index_flush_search(index, error);
}

static enum record_role
role_of(const char *name)
{
	enum record_role role = ROLE_FROM;

	while (role + 1 < N_ROLES && strcmp(role_name(role), name) != 0)
		role++;
	return role;
}

static gboolean
load_addresses(struct index *index, gint64 message, struct record *record, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT role, name, address FROM address WHERE message = :message ORDER BY n", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		record_add_address(record, role_of(stmt_text(stmt, 0)), stmt_text(stmt, 1), stmt_text(stmt, 2));
	return result == STMT_END;
}

static gboolean
load_files(struct index *index, gint64 message, struct record *record, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, "SELECT number, type, filename FROM part WHERE message = :message ORDER BY n", error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW)
		record_add_part(record, stmt_text(stmt, 0), stmt_text(stmt, 1))->filename = g_strdup(stmt_text(stmt, 2));
	return result == STMT_END;
}

gboolean
index_remove_search(struct index *index, gint64 message, GError **error)
{
	g_autoptr(Record) record = record_new();
	g_autoptr(SearchWords) words = NULL;
	g_autoptr(GPtrArray) passages = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(Stmt) stmt = NULL;

	if (!texts_get(index->texts, message, &bytes, NULL, error))
		return FALSE;
	/* An unread message has no words. */
	if (bytes == NULL)
		return TRUE;
	passages = record_passages_from_bytes(bytes, error);
	stmt = passages == NULL ? NULL : db_statement(index->db, "SELECT subject, author_name, author_address FROM message WHERE message = :message", error);
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW || !load_addresses(index, message, record, error) || !load_files(index, message, record, error))
		return FALSE;
	record->subject = g_strdup(stmt_text(stmt, 0));
	record->author_name = g_strdup(stmt_text(stmt, 1));
	record->author_address = g_strdup(stmt_text(stmt, 2));
	g_ptr_array_unref(record->passages);
	record->passages = g_steal_pointer(&passages);
	words = index_search_words_new(record);
	words->message = message;
	return index_flush_search(index, error) && run_search(index,
	                                               "INSERT INTO search (search, rowid, subject, body, people, files, addresses)"
	                                               " VALUES ('delete', :message, :subject, :body, :people, :files, :addresses)",
	                                               words, error);
}
