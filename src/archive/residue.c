#include "archive/residue-private.h"
#include "archive/residue-words.h"

#include "archive/block.h"
#include "archive/texts.h"
#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

#include <string.h>

#define CARRY 4096 /* bytes of a piece of a message looked at again with the next */

struct looking {
	const struct residue_search *search;
	struct residue *out;
	const char *where;  /* the file, from the archive's folder */
	gboolean archive;   /* its own database, not one set aside */
	gboolean elsewhere; /* rows that may have them do */
};

void
residue_init(struct residue *residue)
{
	residue->places = g_ptr_array_new_with_free_func(g_free);
	residue->remarks = g_ptr_array_new_with_free_func(g_free);
	residue->quoting = g_array_new(FALSE, FALSE, sizeof(gint64));
}

void
residue_clear(struct residue *residue)
{
	g_clear_pointer(&residue->places, g_ptr_array_unref);
	g_clear_pointer(&residue->remarks, g_ptr_array_unref);
	g_clear_pointer(&residue->quoting, g_array_unref);
}

static void G_GNUC_PRINTF(2, 3) add_line(GPtrArray *list, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *line = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	for (guint i = 0; i < list->len; i++)
		if (strcmp(list->pdata[i], line) == 0)
			return;
	g_ptr_array_add(list, g_steal_pointer(&line));
}

static gboolean
is_in(const GArray *numbers, gint64 number)
{
	for (guint i = 0; i < numbers->len; i++)
		if (g_array_index(numbers, gint64, i) == number)
			return TRUE;
	return FALSE;
}

/* A row of TABLE has them; MESSAGE 0: it is no message's. */
static void
found_in_row(struct looking *looking, const char *table, gint64 message, gboolean decision)
{
	struct residue *out = looking->out;

	if (!looking->archive) {
		add_line(out->places, "%s, in table %s", looking->where, table);
		return;
	}
	if (!decision && message != 0 && is_in(looking->search->redacted, message)) {
		add_line(out->places, "%s, in table %s", looking->where, table);
		return;
	}
	looking->elsewhere = TRUE;
	if (decision)
		add_line(out->remarks, "a decision's note, name or value has the words, and stays as it is: in %s", looking->where);
	else if (strcmp(table, "rules") == 0 || strcmp(table, "target") == 0 || strcmp(table, "clause") == 0)
		add_line(out->remarks, "rule files that were in force have the words, and stay as they are");
	else if (message == 0 && strcmp(table, "entry") == 0)
		add_line(out->remarks, "%s: a digest that was sent has the words, of another message", looking->where);
	else if (message == 0)
		add_line(out->remarks, "%s, table %s: a Message-ID that other messages name has the words", looking->where, table);
	else if (!is_in(out->quoting, message))
		g_array_append_val(out->quoting, message);
}

static gboolean
in_value(const struct needles *needles, const guint8 *data, gsize length)
{
	static const guint8 magic[] = {0x28, 0xb5, 0x2f, 0xfd};
	g_autoptr(GBytes) plain = NULL;

	if (length < sizeof magic || memcmp(data, magic, sizeof magic) != 0)
		return needles_in_bytes(needles, data, length);
	plain = decompress_bytes(data, length, LIMIT_RULES_BYTES, NULL);
	if (plain == NULL)
		return needles_in_bytes(needles, data, length);
	data = g_bytes_get_data(plain, &length);
	return needles_in_bytes(needles, data, length);
}

static int
column_named(struct stmt *stmt, const char *name)
{
	for (int i = 0; i < stmt_columns(stmt); i++)
		if (strcmp(stmt_name(stmt, i), name) == 0)
			return i;
	return -1;
}

/* Columns of the program's own words, and of what people and rules say of a message: made anew with its row. */
static gboolean
is_own_word(struct stmt *stmt, int column)
{
	static const char *const names[] = {"kind_reason", "kind_said", "date_reason", "author_reason", "remarks", "remark", "unread", "held", "rule", "file",
	    "key", "taxonomy", "charset", NULL};

	return g_strv_contains(names, stmt_name(stmt, column));
}

/* Of a stored message only what is its own: reasons and remarks stand among it. TRUE also where it cannot be taken apart and has the words anywhere. */
static gboolean
in_text(const struct needles *needles, const struct text *text)
{
	g_autoptr(Record) record = text->passages != NULL && text->found != NULL ? record_from_stored(text->found, text->passages, NULL) : NULL;

	if (record != NULL)
		return needles_in_record(needles, record);
	return (text->passages != NULL && needles_in_bytes(needles, g_bytes_get_data(text->passages, NULL), g_bytes_get_size(text->passages))) ||
	       (text->found != NULL && needles_in_bytes(needles, g_bytes_get_data(text->found, NULL), g_bytes_get_size(text->found)));
}

/* Message by message, as with blocks. */
static gboolean
look_through_texts(struct looking *looking, struct db *db, GError **error)
{
	g_autoptr(Stmt) stmt = db_prepare(db, TEXTS_ALL, error);
	enum stmt_result result = STMT_ERROR;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		g_autoptr(GPtrArray) list = texts_of_row(stmt);

		for (guint i = 0; i < list->len; i++) {
			const struct text *text = g_ptr_array_index(list, i);

			if (text->passages == NULL || text->found == NULL)
				add_line(looking->out->places, "%s, stored text of message number %" G_GINT64_FORMAT " cannot be searched: it is damaged",
				    looking->where, text->message);
			if (in_text(looking->search->needles, text))
				found_in_row(looking, "passages", text->message, FALSE);
		}
	}
	return result == STMT_END;
}

/* PEOPLE: numbers (gint64) of people whose rows have them. Such a row is every letter's that has the person; of none it would be left over. */
static gboolean
found_people(struct looking *looking, struct db *db, GHashTable *people, GError **error)
{
	g_autoptr(GHashTable) left = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autoptr(Stmt) stmt = NULL;
	enum stmt_result result = STMT_ERROR;
	GHashTableIter iter;
	gpointer key;

	if (g_hash_table_size(people) == 0)
		return TRUE;
	g_hash_table_iter_init(&iter, people);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		g_hash_table_add(left, key);
	stmt = db_prepare(db, "SELECT d.message, a.value >> 3 FROM addressed AS d CROSS JOIN json_each(d.people) AS a", error);
	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 person = stmt_int(stmt, 1);

		if (!g_hash_table_contains(people, &person))
			continue;
		g_hash_table_remove(left, &person);
		found_in_row(looking, "person", stmt_int(stmt, 0), FALSE);
	}
	if (g_hash_table_size(left) > 0)
		add_line(looking->out->places, "%s, in table person", looking->where);
	return result == STMT_END;
}

static gboolean
look_through_table(struct looking *looking, struct db *db, const char *table, GError **error)
{
	g_autofree char *sql = g_strdup_printf("SELECT * FROM \"%s\"", table);
	g_autoptr(Stmt) stmt = db_prepare(db, sql, error);
	g_autoptr(GHashTable) people = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	enum stmt_result result = STMT_ERROR;
	int message, type, person;

	if (stmt == NULL)
		return FALSE;
	person = strcmp(table, "person") == 0 ? column_named(stmt, "person") : -1;
	message = column_named(stmt, "message");
	message = message < 0 ? column_named(stmt, "content") : message;
	type = column_named(stmt, "type");
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gboolean decision =
		    strcmp(table, "decision") == 0 || (strcmp(table, "entry") == 0 && type >= 0 && g_strcmp0(stmt_text(stmt, type), "decision") == 0);

		for (int i = 0; i < stmt_columns(stmt); i++) {
			gsize length;
			const guint8 *data = stmt_is_null(stmt, i) ? NULL : stmt_blob(stmt, i, &length);

			if (data != NULL && is_own_word(stmt, i)) {
				looking->elsewhere = looking->elsewhere || in_value(looking->search->needles, data, length);
				continue;
			}

			if (data != NULL && length > 1 && in_value(looking->search->needles, data, length)) {
				if (person < 0)
					found_in_row(looking, table, message >= 0 ? stmt_int(stmt, message) : 0, decision);
				else
					g_hash_table_add(people, g_memdup2(&(gint64){stmt_int(stmt, person)}, sizeof(gint64)));
				break;
			}
		}
	}
	return result == STMT_END && found_people(looking, db, people, error);
}

/* Words may stand where one piece of a long message ends and the next begins. */
static gboolean
look_across_pieces(struct looking *looking, struct db *db, GError **error)
{
	g_autoptr(Stmt) stmt = db_prepare(db,
	    "SELECT content, 0 AS n, raw FROM content WHERE chunks > 1 AND raw IS NOT NULL UNION ALL SELECT content, n, raw FROM chunk ORDER BY 1, 2", error);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	enum stmt_result result = STMT_ERROR;
	gint64 content = 0;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		gsize length;
		gconstpointer data = stmt_blob(stmt, 2, &length);
		g_autoptr(GBytes) plain = decompress_bytes(data, length, LIMIT_RAW_CHUNK, NULL);

		if (stmt_int(stmt, 0) != content)
			g_byte_array_set_size(bytes, 0);
		content = stmt_int(stmt, 0);
		if (plain == NULL)
			continue;
		if (bytes->len > CARRY)
			g_byte_array_remove_range(bytes, 0, bytes->len - CARRY);
		data = g_bytes_get_data(plain, &length);
		g_byte_array_append(bytes, data, (guint)length);
		/* the first piece was looked at with its row */
		if (stmt_int(stmt, 1) > 0 && needles_in_bytes(looking->search->needles, bytes->data, bytes->len))
			found_in_row(looking, "chunk", content, FALSE);
	}
	return result == STMT_END;
}

/* The bytes from FROM to TO of a block, which are CONTENT's (0: nobody's). */
static void
look_at_slice(struct looking *looking, const guint8 *bytes, gint64 from, gint64 to, gint64 content)
{
	if (to <= from || !needles_in_bytes(looking->search->needles, bytes + from, (gsize)(to - from)))
		return;
	if (content != 0)
		found_in_row(looking, "block", content, FALSE);
	else
		add_line(looking->out->places, "%s, in table block", looking->where);
}

/* Message by message, and what is no message's: words that only stand across two of them are nobody's. */
static gboolean
look_through_block(struct looking *looking, struct db *db, gint64 block, const guint8 *bytes, gint64 length, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(db, "SELECT content, \"offset\", size FROM content WHERE block = :block ORDER BY \"offset\"", error);
	enum stmt_result result = STMT_ERROR;
	gint64 end = 0;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":block", block);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 from = CLAMP(stmt_int(stmt, 1), 0, length), to = from + CLAMP(stmt_int(stmt, 2), 0, length - from);

		look_at_slice(looking, bytes, end, from, 0);
		look_at_slice(looking, bytes, from, to, stmt_int(stmt, 0));
		end = MAX(end, to);
	}
	look_at_slice(looking, bytes, end, length, 0);
	return result == STMT_END;
}

static gboolean
look_through_blocks(struct looking *looking, struct db *db, GError **error)
{
	g_autoptr(Stmt) stmt = db_prepare(db, "SELECT block, size, raw FROM block", error);
	enum stmt_result result = STMT_ERROR;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		gsize length;
		gconstpointer data = stmt_blob(stmt, 2, &length);
		g_autoptr(GBytes) plain = block_unpack(data, length, stmt_int(stmt, 1), NULL);

		if (plain == NULL)
			add_line(looking->out->places, "%s, block %" G_GINT64_FORMAT " cannot be searched: it is damaged", looking->where, stmt_int(stmt, 0));
		else if (!look_through_block(looking, db, stmt_int(stmt, 0), g_bytes_get_data(plain, NULL), (gint64)g_bytes_get_size(plain), error))
			return FALSE;
	}
	return result == STMT_END;
}

static gboolean
look_through_tables(struct looking *looking, struct db *db, GError **error)
{
	g_autoptr(Stmt) stmt = db_prepare(db,
	    "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search%' AND name NOT IN ('chunk', "
	    "'block') ORDER BY "
	    "name",
	    error);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	gboolean has_pieces = FALSE, has_texts = FALSE;
	enum stmt_result result = STMT_ERROR;

	while (stmt != NULL && (result = stmt_step(stmt, error)) == STMT_ROW) {
		if (strcmp(stmt_text(stmt, 0), "passages") != 0)
			g_ptr_array_add(names, g_strdup(stmt_text(stmt, 0)));
		looking->elsewhere = looking->elsewhere || needles_in_text(looking->search->needles, stmt_text(stmt, 1)); /* the schema's comments */
		has_texts = has_texts || strcmp(stmt_text(stmt, 0), "passages") == 0;
		has_pieces = has_pieces || strcmp(stmt_text(stmt, 0), "content") == 0;
	}
	if (result != STMT_END)
		return FALSE;
	for (guint i = 0; i < names->len; i++)
		if (!look_through_table(looking, db, names->pdata[i], error))
			return FALSE;
	if (has_texts && !look_through_texts(looking, db, error))
		return FALSE;
	return !has_pieces || (look_across_pieces(looking, db, error) && look_through_blocks(looking, db, error));
}

/* The search index keeps no text, but the words of each message in their order: what was deleted from it must not be found in any order. */
static void
look_at_words(gpointer data, gint64 message, const char *words)
{
	struct looking *looking = data;

	if (needles_in_text(looking->search->needles, words))
		found_in_row(looking, "search", message, FALSE);
}

static gboolean
look_through_database(struct looking *looking, const char *folder, enum db_file file, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(Db) db = db_open(folder, file, looking->archive ? DB_READ : DB_SEALED, 5000, &reason);

	if (db == NULL && g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT))
		return TRUE;
	if (db == NULL) {
		add_line(looking->out->places, "%s cannot be searched (%s)", looking->where, reason->message);
		return TRUE;
	}
	return look_through_tables(looking, db, error) && (file == DB_MAIL || residue_words(db, look_at_words, looking, error));
}

static gboolean
look_in_folder(
    const struct residue_search *search, struct residue *out, const char *folder, const char *name, gboolean archive, gboolean *elsewhere, GError **error)
{
	static const enum db_file files[] = {DB_MAIL, DB_INDEX};

	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_auto(GStrv) names = db_names(files[i]);
		g_autofree char *where = *name != '\0' ? g_build_filename(name, names[0], NULL) : g_strdup(names[0]);
		struct looking looking = {.search = search, .out = out, .where = where, .archive = archive};

		if (!look_through_database(&looking, folder, files[i], error))
			return FALSE;
		*elsewhere = *elsewhere || looking.elsewhere;
	}
	return TRUE;
}

gboolean
residue_find(const struct residue_search *search, struct residue *out, GError **error)
{
	g_autoptr(GPtrArray) aside = g_ptr_array_new_with_free_func(g_free);
	gboolean elsewhere = needles_are_short(search->needles), ignored = FALSE;

	if (needles_count(search->needles) == 0)
		return TRUE;
	if (!look_in_folder(search, out, search->folder, "", TRUE, &elsewhere, error) || !residue_look_at_files(search, out, elsewhere, aside, error))
		return FALSE;
	for (guint i = 0; i < aside->len; i++) {
		g_autofree char *name = g_path_get_basename(aside->pdata[i]);

		if (!look_in_folder(search, out, aside->pdata[i], name, FALSE, &ignored, error))
			return FALSE;
	}
	return TRUE;
}
