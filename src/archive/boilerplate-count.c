#include "archive/boilerplate-private.h"

#include "base/hash.h"

#include <string.h>

static const struct need needs[] = {
    {"author", 4, 1, 4, 1, 75, 0, 0},                                                                     /* a signature, which looks like one too */
    {"domain", 4, 2, 4, 1, 75, 50, 0}, {"list", 6, 3, 6, 1, 50, 50, 0}, {"all", 20, 5, 10, 5, 50, 0, 50}, /* a gateway's banner, at the head */
};

static gint64
number_of(const char *kind, const char *name)
{
	g_autofree char *all = g_strdup_printf("%s %s", kind, name);
	struct hash hash = hash_bytes(all, strlen(all));
	gint64 number;

	memcpy(&number, hash.bytes, sizeof(number));
	return GINT64_FROM_BE(number) | 1;
}

static void
scope_clear(gpointer data)
{
	g_free(((struct scope *)data)->name);
}

void
boilerplate_letter_clear(struct letter *letter)
{
	g_clear_pointer(&letter->scopes, g_array_unref);
}

static void
add_scope(struct letter *letter, guint need, const char *name)
{
	struct scope scope = {number_of(needs[need].kind, name), &needs[need], g_strdup(name)};

	g_array_append_val(letter->scopes, scope);
}

gboolean
boilerplate_load_letter(struct index *index, gint64 message, struct letter *letter, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, DB_SOON("SELECT author_address, list_id, date_effective FROM message WHERE message = :message AND author_address IS NOT NULL"), error);
	g_autofree char *author = NULL, *list = NULL;
	const char *at;

	*letter = (struct letter){.message = message};
	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	if (stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	author = g_ascii_strdown(stmt_text(stmt, 0), -1);
	list = stmt_text(stmt, 1) != NULL ? g_ascii_strdown(stmt_text(stmt, 1), -1) : NULL;
	at = strchr(author, '@');
	*letter = (struct letter){.message = message, .date = stmt_int(stmt, 2), .scopes = g_array_new(FALSE, FALSE, sizeof(struct scope))};
	g_array_set_clear_func(letter->scopes, scope_clear);
	letter->author =
	    (gint64)(((guint64)number_of("domain", at != NULL ? at + 1 : "") & ~(guint64)G_MAXUINT32) | ((guint64)number_of("author", author) >> 32));
	add_scope(letter, 0, author);
	if (at != NULL && at[1] != '\0')
		add_scope(letter, 1, at + 1);
	if (list != NULL && *list != '\0')
		add_scope(letter, 2, list);
	add_scope(letter, 3, "");
	return TRUE;
}

GArray *
boilerplate_load_paragraphs(struct index *index, gint64 message, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, "SELECT hash, place = 'foot', rest, signature, passage, \"offset\", length FROM paragraph WHERE message = :message ORDER BY n", error);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct paragraph));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":message", message);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		struct paragraph paragraph = {.hash = stmt_int(stmt, 0),
		    .place = stmt_int(stmt, 1) != 0 ? PLACE_FOOT : PLACE_HEAD,
		    .rest = stmt_int(stmt, 2),
		    .signature = stmt_int(stmt, 3) != 0,
		    .passage = (guint)stmt_int(stmt, 4),
		    .offset = (guint)stmt_int(stmt, 5),
		    .length = (guint)stmt_int(stmt, 6)};

		g_array_append_val(list, paragraph);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

static guint
count_scopes(const struct letter *letter)
{
	return letter->scopes != NULL ? letter->scopes->len : 0;
}

/* A head teaches about all mail only, a foot about its author, domain and list; of one author, only when it looks like a signature. */
static gboolean
teaches(const struct paragraph *paragraph, const struct scope *scope)
{
	gboolean all = scope->need == &needs[3];

	if (paragraph->rest == 0 || (paragraph->place == PLACE_HEAD) != all)
		return FALSE;
	return scope->need != &needs[0] || paragraph->signature;
}

struct change {
	gint64 hash, scope, author, rest, message, date;
	int letters; /* 1 or -1 */
};

static gboolean
run_change(struct index *index, const char *sql, const struct change *change, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", change->hash);
	stmt_bind_int(stmt, ":scope", change->scope);
	stmt_bind_int(stmt, ":author", change->author);
	stmt_bind_int(stmt, ":rest", change->rest);
	stmt_bind_int(stmt, ":message", change->message);
	stmt_bind_int(stmt, ":date", change->date);
	stmt_bind_int(stmt, ":letters", change->letters);
	return stmt_run(stmt, error);
}

#define USED " AND :author IS NOT NULL AND :rest IS NOT NULL AND :message IS NOT NULL AND :date IS NOT NULL AND :letters IS NOT NULL"

/* One letter more or less in which a paragraph stands, in one scope. */
static gboolean
count(struct index *index, const struct change *change, GError **error)
{
	static const char put[] =
	    "INSERT OR IGNORE INTO standing (hash, scope, author, rest, message, date) SELECT :hash, :scope, :author, :rest, :message, :date "
	    "WHERE :letters IS NOT NULL";
	static const char take[] =
	    "DELETE FROM standing WHERE hash = :hash AND scope = :scope AND author = :author AND rest = :rest AND message = :message AND "
	    ":date IS NOT NULL AND :letters IS NOT NULL";
	static const char wrote_more[] = "INSERT OR IGNORE INTO standing_writer (hash, scope, author) SELECT :hash, :scope, :author WHERE "
	                                 "(SELECT min(rest) FROM standing WHERE hash = :hash AND scope = :scope AND author = :author) <> "
	                                 "(SELECT max(rest) FROM standing WHERE hash = :hash AND scope = :scope AND author = :author)" USED;
	static const char wrote_less[] = "DELETE FROM standing_writer WHERE hash = :hash AND scope = :scope AND author = :author AND coalesce("
	                                 "(SELECT min(rest) FROM standing WHERE hash = :hash AND scope = :scope AND author = :author) = "
	                                 "(SELECT max(rest) FROM standing WHERE hash = :hash AND scope = :scope AND author = :author), 1)" USED;
	static const char first[] = "INSERT OR IGNORE INTO standing_count (hash, scope, letters, writers, written, rests, oldest, newest) SELECT :hash, "
	                            ":scope, 1, 0, 0, 1, :date, :date "
	                            "WHERE true" USED;
	/* One that is put is alone with its rest, or one that was taken was. */
	static const char letters[] = "UPDATE standing_count SET letters = letters + :letters, rests = rests + CASE WHEN (SELECT count(*) FROM (SELECT 1 FROM "
	                              "standing WHERE hash = :hash AND scope = :scope AND rest = :rest LIMIT 2)) = (:letters > 0) THEN :letters ELSE 0 END, "
	                              "written = written + CASE WHEN EXISTS (SELECT 1 FROM standing_writer WHERE hash = :hash AND scope = :scope AND author = "
	                              ":author) THEN :letters ELSE 0 END, "
	                              "oldest = CASE WHEN :letters > 0 THEN min(oldest, :date) WHEN oldest < :date THEN oldest ELSE coalesce((SELECT min(date) "
	                              "FROM standing WHERE hash = :hash AND scope = :scope), oldest) END, "
	                              "newest = CASE WHEN :letters > 0 THEN max(newest, :date) WHEN newest > :date THEN newest ELSE coalesce((SELECT max(date) "
	                              "FROM standing WHERE hash = :hash AND scope = :scope), newest) END WHERE hash = :hash AND scope = :scope" USED;
	static const char writers[] = "UPDATE standing_count SET writers = writers + :letters, written = written + :letters * (SELECT count(*) FROM standing "
	                              "WHERE hash = :hash AND scope = :scope AND author = :author) WHERE hash = :hash AND scope = :scope" USED;
	static const char gone[] = "DELETE FROM standing_count WHERE hash = :hash AND scope = :scope AND letters = 0" USED;

	if (!run_change(index, change->letters > 0 ? put : take, change, error))
		return FALSE;
	if (db_changes(index->db) == 0) /* the same paragraph twice in one letter */
		return TRUE;
	if (change->letters > 0 && !run_change(index, first, change, error))
		return FALSE;
	if (change->letters > 0 && db_changes(index->db) > 0)
		return TRUE;
	if (!run_change(index, letters, change, error) || !run_change(index, change->letters > 0 ? wrote_more : wrote_less, change, error))
		return FALSE;
	if (db_changes(index->db) > 0 && !run_change(index, writers, change, error))
		return FALSE;
	return change->letters > 0 || run_change(index, gone, change, error);
}

/* One letter more or less in a scope. */
static gboolean
count_scope(struct index *index, const struct scope *scope, int by, GError **error)
{
	if (by > 0)
		return index_run(index,
		    DB_SOON("INSERT INTO scope (scope, letters) VALUES (:message, 1) ON CONFLICT (scope) DO UPDATE SET letters = letters + 1"), scope->number,
		    error);
	return index_run(index, "UPDATE scope SET letters = letters - 1 WHERE scope = :message", scope->number, error) &&
	       index_run(index, "DELETE FROM scope WHERE scope = :message AND letters = 0", scope->number, error);
}

/* LETTER's PARAGRAPHS with HASH are put where they stand (BY 1), or taken away (-1). */
static gboolean
count_hash(struct index *index, const struct letter *letter, const GArray *paragraphs, gint64 hash, int by, GError **error)
{
	struct change change = {.hash = hash, .author = letter->author, .message = letter->message, .date = letter->date, .letters = by};

	for (guint i = 0; i < count_scopes(letter); i++) {
		const struct scope *scope = &g_array_index(letter->scopes, struct scope, i);

		change.scope = scope->number;
		for (guint j = 0; j < paragraphs->len; j++) {
			const struct paragraph *paragraph = &g_array_index(paragraphs, struct paragraph, j);

			change.rest = paragraph->rest;
			if (paragraph->hash == hash && teaches(paragraph, scope) && !count(index, &change, error))
				return FALSE;
		}
	}
	return TRUE;
}

static gboolean
find_other(struct index *index, gint64 hash, gint64 message, gint64 besides, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, DB_SOON("SELECT message FROM paragraph WHERE hash = :hash AND message <> :message AND message <> :besides LIMIT 1"), error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", hash);
	stmt_bind_int(stmt, ":message", message);
	stmt_bind_int(stmt, ":besides", besides);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW ? stmt_int(stmt, 0) : 0;
	return result != STMT_ERROR;
}

/* MESSAGE is the only other letter that has HASH: that begins to stand in two letters, or does so no more. */
static gboolean
count_other(struct index *index, gint64 message, gint64 hash, int by, GError **error)
{
	g_autoptr(GArray) paragraphs = boilerplate_load_paragraphs(index, message, error);
	g_auto(Letter) letter = {0};
	g_autoptr(GError) reason = NULL;

	if (paragraphs == NULL)
		return FALSE;
	if (boilerplate_load_letter(index, message, &letter, &reason))
		return count_hash(index, &letter, paragraphs, hash, by, error);
	if (reason == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

static gboolean
is_first(const GArray *paragraphs, guint n)
{
	for (guint i = 0; i < n; i++)
		if (g_array_index(paragraphs, struct paragraph, i).hash == g_array_index(paragraphs, struct paragraph, n).hash)
			return FALSE;
	return TRUE;
}

gboolean
boilerplate_count_letter(struct index *index, const struct letter *letter, const GArray *paragraphs, int by, GError **error)
{
	gboolean any = FALSE;

	for (guint i = 0; i < paragraphs->len; i++) {
		gint64 hash = g_array_index(paragraphs, struct paragraph, i).hash, other, third;

		any |= g_array_index(paragraphs, struct paragraph, i).rest != 0;
		if (!is_first(paragraphs, i))
			continue;
		if (!find_other(index, hash, letter->message, 0, &other, error))
			return FALSE;
		if (other == 0)
			continue;
		if (!find_other(index, hash, letter->message, other, &third, error) || !count_hash(index, letter, paragraphs, hash, by, error) ||
		    (third == 0 && !count_other(index, other, hash, by, error)))
			return FALSE;
	}
	for (guint i = 0; any && i < count_scopes(letter); i++)
		if (!count_scope(index, &g_array_index(letter->scopes, struct scope, i), by, error))
			return FALSE;
	return TRUE;
}
