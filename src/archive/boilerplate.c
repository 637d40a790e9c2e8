#include "archive/boilerplate.h"

#include "archive/index-private.h"
#include "archive/paragraphs.h"
#include "base/hash.h"

#include <string.h>

#define DAY 86400
#define SPREAD (30 * DAY) /* from the first letter to the last: a campaign is shorter, an office's notice is not */
#define WRITERS_READ 64   /* of which enough must be found */

/* What a paragraph needs to be learned in a scope. */
struct need {
	const char *kind;
	guint letters, writers, rests, domains;
	guint share;     /* percent of the scope's letters */
	guint written;   /* percent of its letters that must be of its writers: a plea that many send once is not the office's for what a few forge */
	guint different; /* percent of its letters that must say different things besides, which a campaign's do not */
};

static const struct need needs[] = {
    {"author", 4, 1, 4, 1, 75, 0, 0},                                                                     /* a signature, which looks like one too */
    {"domain", 4, 2, 4, 1, 75, 50, 0}, {"list", 6, 3, 6, 1, 50, 50, 0}, {"all", 20, 5, 10, 5, 50, 0, 50}, /* a gateway's banner, at the head */
};

struct scope {
	gint64 number;
	const struct need *need;
	char *name;
};

/* What of a message's row counts here. */
struct letter {
	gint64 message, author, date;
	GArray *scopes; /* of struct scope */
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

static void
letter_clear(struct letter *letter)
{
	g_clear_pointer(&letter->scopes, g_array_unref);
}

typedef struct letter Letter;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Letter, letter_clear)

static void
add_scope(struct letter *letter, guint need, const char *name)
{
	struct scope scope = {number_of(needs[need].kind, name), &needs[need], g_strdup(name)};

	g_array_append_val(letter->scopes, scope);
}

/* FALSE without an error: the message is not to be learned from (it is unread, or nobody wrote it). */
static gboolean
load_letter(struct index *index, gint64 message, struct letter *letter, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(
	    index->db, DB_SOON("SELECT author_address, list_id, date_effective FROM message WHERE message = :message AND author_address IS NOT NULL"), error);
	g_autofree char *author = NULL, *list = NULL;
	const char *at;

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

/* The rows of table paragraph of MESSAGE. */
static GArray *
load_paragraphs(struct index *index, gint64 message, GError **error)
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

static gboolean
insert_paragraphs(struct index *index, gint64 message, const GArray *paragraphs, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    DB_SOON("INSERT INTO paragraph (message, n, hash, place, passage, \"offset\", length, rest, signature, scope) "
	            "VALUES (:message, :n, :hash, :place, :passage, :offset, :length, :rest, :signature, 0)"),
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":message", message);
	for (guint i = 0; i < paragraphs->len; i++) {
		const struct paragraph *paragraph = &g_array_index(paragraphs, struct paragraph, i);

		stmt_bind_int(stmt, ":n", i);
		stmt_bind_int(stmt, ":hash", paragraph->hash);
		stmt_bind_text_static(stmt, ":place", paragraph->place == PLACE_HEAD ? "head" : "foot");
		stmt_bind_int(stmt, ":passage", paragraph->passage);
		stmt_bind_int(stmt, ":offset", paragraph->offset);
		stmt_bind_int(stmt, ":length", paragraph->length);
		stmt_bind_int(stmt, ":rest", paragraph->rest);
		stmt_bind_int(stmt, ":signature", paragraph->signature);
		if (!stmt_run(stmt, error))
			return FALSE;
	}
	return TRUE;
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
	static const char counter[] = "INSERT INTO standing_count (hash, scope, letters, writers, written, rests) SELECT :hash, :scope, 0, 0, 0, 0 "
	                              "WHERE true" USED " ON CONFLICT (hash, scope) DO NOTHING";
	/* One that is put is alone with its rest, or one that was taken was. */
	static const char letters[] = "UPDATE standing_count SET letters = letters + :letters, rests = rests + CASE WHEN (SELECT count(*) FROM (SELECT 1 FROM "
	                              "standing WHERE hash = :hash AND scope = :scope AND rest = :rest LIMIT 2)) = (:letters > 0) THEN :letters ELSE 0 END, "
	                              "written = written + CASE WHEN EXISTS (SELECT 1 FROM standing_writer WHERE hash = :hash AND scope = :scope AND author = "
	                              ":author) THEN :letters ELSE 0 END WHERE hash = :hash AND scope = :scope" USED;
	static const char writers[] = "UPDATE standing_count SET writers = writers + :letters, written = written + :letters * (SELECT count(*) FROM standing "
	                              "WHERE hash = :hash AND scope = :scope AND author = :author) WHERE hash = :hash AND scope = :scope" USED;
	static const char gone[] = "DELETE FROM standing_count WHERE hash = :hash AND scope = :scope AND letters = 0" USED;

	DB_SOON_NAMED(put);
	DB_SOON_NAMED(wrote_more);
	DB_SOON_NAMED(counter);
	DB_SOON_NAMED(letters);
	if (!run_change(index, change->letters > 0 ? put : take, change, error))
		return FALSE;
	if (db_changes(index->db) == 0) /* the same paragraph twice in one letter */
		return TRUE;
	if (!run_change(index, counter, change, error) || !run_change(index, letters, change, error) ||
	    !run_change(index, change->letters > 0 ? wrote_more : wrote_less, change, error))
		return FALSE;
	if (db_changes(index->db) > 0 && !run_change(index, writers, change, error))
		return FALSE;
	return change->letters > 0 || run_change(index, gone, change, error);
}

static gboolean
count_scope(struct index *index, const struct change *change, GError **error)
{
	return run_change(index, DB_SOON("INSERT INTO scope (scope, letters) SELECT :scope, 0 WHERE :hash IS NOT NULL" USED " ON CONFLICT (scope) DO NOTHING"),
	           change, error) &&
	       run_change(index, DB_SOON("UPDATE scope SET letters = letters + :letters WHERE scope = :scope AND :hash IS NOT NULL" USED), change, error) &&
	       run_change(index, DB_SOON("DELETE FROM scope WHERE scope = :scope AND letters = 0 AND :hash IS NOT NULL" USED), change, error);
}

/* Puts the letter into the counters (BY 1) or takes it out (-1). */
static gboolean
count_letter(struct index *index, const struct letter *letter, const GArray *paragraphs, int by, GError **error)
{
	for (guint i = 0; i < letter->scopes->len; i++) {
		const struct scope *scope = &g_array_index(letter->scopes, struct scope, i);
		struct change change = {.scope = scope->number, .author = letter->author, .message = letter->message, .date = letter->date, .letters = by};
		gboolean any = FALSE;

		for (guint j = 0; j < paragraphs->len; j++) {
			const struct paragraph *paragraph = &g_array_index(paragraphs, struct paragraph, j);

			any |= paragraph->rest != 0;
			change.hash = paragraph->hash;
			change.rest = paragraph->rest;
			if (teaches(paragraph, scope) && !count(index, &change, error))
				return FALSE;
		}
		if (any && !count_scope(index, &change, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
get(struct index *index, const char *sql, gint64 hash, gint64 scope, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", hash);
	stmt_bind_int(stmt, ":scope", scope);
	result = stmt_step(stmt, error);
	*out = result == STMT_ROW ? stmt_int(stmt, 0) : 0;
	return result != STMT_ERROR;
}

/* The authors who wrote it in different letters, and two of each one's texts (an author of a scope of his own: all): are there enough, and from enough domains?
 */
static gboolean
has_authors(struct index *index, gint64 hash, const struct scope *scope, gboolean *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    "SELECT author, (SELECT min(rest) FROM standing AS s WHERE s.hash = w.hash AND s.scope = w.scope AND s.author = w.author), "
	    "(SELECT max(rest) FROM standing AS s WHERE s.hash = w.hash AND s.scope = w.scope AND s.author = w.author) "
	    "FROM standing_writer AS w WHERE hash = :hash AND scope = :scope LIMIT :most",
	    error);
	g_autoptr(GHashTable) domains = g_hash_table_new(g_int64_hash, g_int64_equal), rests = g_hash_table_new(g_int64_hash, g_int64_equal);
	gint64 values[WRITERS_READ][3];
	enum stmt_result result;
	guint n = 0;

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", hash);
	stmt_bind_int(stmt, ":scope", scope->number);
	stmt_bind_int(stmt, ":most", WRITERS_READ);
	while (n < WRITERS_READ && (result = stmt_step(stmt, error)) == STMT_ROW) {
		values[n][0] = stmt_int(stmt, 0) >> 32;
		values[n][1] = stmt_int(stmt, 1);
		values[n][2] = stmt_int(stmt, 2);
		g_hash_table_add(domains, &values[n][0]);
		g_hash_table_add(rests, &values[n][1]);
		g_hash_table_add(rests, &values[n][2]);
		n++;
	}
	*out = n >= scope->need->writers && g_hash_table_size(domains) >= scope->need->domains &&
	       (scope->need->writers == 1 || g_hash_table_size(rests) >= scope->need->rests);
	return n == WRITERS_READ || result == STMT_END;
}

/* Of one author: texts as many as are needed, found one behind the other. */
static gboolean
has_rests(struct index *index, gint64 hash, const struct scope *scope, gboolean *out, GError **error)
{
	gint64 last = G_MININT64;
	guint n = 0;

	for (*out = FALSE; n < scope->need->rests; n++) {
		g_autoptr(Stmt) stmt = db_statement(index->db,
		    "SELECT rest FROM standing WHERE hash = :hash AND scope = :scope AND author = (SELECT author FROM standing_writer WHERE hash = :hash AND "
		    "scope = "
		    ":scope LIMIT 1) AND rest > :last ORDER BY rest LIMIT 1",
		    error);
		enum stmt_result result;

		if (stmt == NULL)
			return FALSE;
		stmt_bind_int(stmt, ":hash", hash);
		stmt_bind_int(stmt, ":scope", scope->number);
		stmt_bind_int(stmt, ":last", last);
		result = stmt_step(stmt, error);
		if (result != STMT_ROW)
			return result == STMT_END;
		last = stmt_int(stmt, 0);
	}
	*out = TRUE;
	return TRUE;
}

/* The definition of doc/schema.md. */
static gboolean
is_learned(struct index *index, gint64 hash, const struct scope *scope, gboolean *out, GError **error)
{
	gint64 letters, written, rests, all, spread;

	*out = FALSE;
	if (!get(index, "SELECT letters FROM standing_count WHERE hash = :hash AND scope = :scope", hash, scope->number, &letters, error) ||
	    !get(index, "SELECT written FROM standing_count WHERE hash = :hash AND scope = :scope", hash, scope->number, &written, error) ||
	    !get(index, "SELECT rests FROM standing_count WHERE hash = :hash AND scope = :scope", hash, scope->number, &rests, error) ||
	    !get(index, "SELECT letters FROM scope WHERE scope = :scope AND :hash IS NOT NULL", hash, scope->number, &all, error))
		return FALSE;
	if (letters < scope->need->letters || letters * 100 < all * scope->need->share || written * 100 < letters * scope->need->written ||
	    rests * 100 < letters * scope->need->different)
		return TRUE;
	if (!get(index,
	        "SELECT (SELECT max(date) FROM standing WHERE hash = :hash AND scope = :scope) - "
	        "(SELECT min(date) FROM standing WHERE hash = :hash AND scope = :scope)",
	        hash, scope->number, &spread, error))
		return FALSE;
	if (spread < SPREAD)
		return TRUE;
	if (!has_authors(index, hash, scope, out, error))
		return FALSE;
	return !*out || scope->need->writers > 1 || has_rests(index, hash, scope, out, error);
}

static gboolean
set_learned(struct index *index, gint64 hash, const struct scope *scope, gboolean learned, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    learned ? "INSERT OR IGNORE INTO boilerplate (hash, scope, kind, name) VALUES (:hash, :scope, :kind, :name)"
	            : "DELETE FROM boilerplate WHERE hash = :hash AND scope = :scope AND :kind IS NOT NULL AND :name IS NOT NULL",
	    error);

	if (stmt == NULL)
		return FALSE;
	stmt_bind_int(stmt, ":hash", hash);
	stmt_bind_int(stmt, ":scope", scope->number);
	stmt_bind_text_static(stmt, ":kind", scope->need->kind);
	stmt_bind_text_static(stmt, ":name", scope->name);
	return stmt_run(stmt, error);
}

static GArray *
list_scope(struct index *index, const struct scope *scope, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    DB_SOON("SELECT hash, 0 FROM standing_count WHERE scope = :scope AND writers >= :writers AND writers > 0 AND letters >= :letters AND hash NOT IN "
	            "(SELECT hash FROM boilerplate WHERE scope = :scope) UNION ALL SELECT hash, 1 FROM boilerplate WHERE scope = :scope"),
	    error);
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, 2 * sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":scope", scope->number);
	stmt_bind_int(stmt, ":writers", scope->need->writers);
	stmt_bind_int(stmt, ":letters", scope->need->letters);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 pair[2] = {stmt_int(stmt, 0), stmt_int(stmt, 1)};

		g_array_append_vals(list, pair, 1);
	}
	return result == STMT_END ? g_steal_pointer(&list) : NULL;
}

/* What is learned now and was not, or was and is not: all letters in which it stands are settled anew at the commit, once however often it turned. */
static gboolean
learn(struct index *index, const struct letter *letter, GError **error)
{
	for (guint i = 0; i < letter->scopes->len; i++) {
		const struct scope *scope = &g_array_index(letter->scopes, struct scope, i);
		g_autoptr(GArray) list = list_scope(index, scope, error);

		if (list == NULL)
			return FALSE;
		for (guint j = 0; j < list->len; j++) {
			const gint64 *pair = (const gint64 *)(gconstpointer)list->data + 2 * (gsize)j;
			gboolean learned;

			if (!is_learned(index, pair[0], scope, &learned, error))
				return FALSE;
			if (learned == (pair[1] != 0))
				continue;
			if (!set_learned(index, pair[0], scope, learned, error))
				return FALSE;
			if (index->turned == NULL)
				index->turned = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
			g_hash_table_add(index->turned, g_memdup2(&pair[0], sizeof pair[0]));
		}
	}
	return TRUE;
}

static gboolean
settle_hash(struct index *index, gint64 hash, GHashTable *settled, GError **error)
{
	g_autoptr(GArray) messages = index_list(index, "SELECT DISTINCT message FROM paragraph WHERE hash = :message", hash, error);

	if (messages == NULL)
		return FALSE;
	for (guint i = 0; i < messages->len; i++) {
		const gint64 *message = &g_array_index(messages, gint64, i);

		if (g_hash_table_add(settled, g_memdup2(message, sizeof *message)) && !index_apply_decisions(index, *message, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
boilerplate_settle_turned(struct index *index, GError **error)
{
	g_autoptr(GHashTable) turned = g_steal_pointer(&index->turned);
	g_autoptr(GHashTable) settled = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	GHashTableIter iter;
	gpointer hash;

	if (turned == NULL)
		return TRUE;
	g_hash_table_iter_init(&iter, turned);
	while (g_hash_table_iter_next(&iter, &hash, NULL))
		if (!settle_hash(index, *(const gint64 *)hash, settled, error))
			return FALSE;
	return TRUE;
}

gboolean
boilerplate_add(struct index *index, gint64 message, const struct record *record, GError **error)
{
	g_autoptr(GArray) paragraphs = NULL;
	g_auto(Letter) letter = {0};
	g_autoptr(GError) reason = NULL;
	gint64 learned;

	if (record == NULL)
		return TRUE;
	paragraphs = paragraphs_find(record->passages);
	if (paragraphs->len == 0)
		return TRUE;
	if (!insert_paragraphs(index, message, paragraphs, error))
		return FALSE;
	if (!load_letter(index, message, &letter, &reason)) {
		if (reason == NULL)
			return TRUE;
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (!count_letter(index, &letter, paragraphs, 1, error) || !learn(index, &letter, error) ||
	    !index_get(index, DB_SOON("SELECT 1 FROM paragraph WHERE message = :message AND hash IN (SELECT hash FROM boilerplate) LIMIT 1"), message, 0,
	        &learned, error))
		return FALSE;
	return !learned || index_apply_decisions(index, message, error);
}

gboolean
boilerplate_remove(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GArray) paragraphs = load_paragraphs(index, message, error);
	g_auto(Letter) letter = {0};
	g_autoptr(GError) reason = NULL;

	if (paragraphs == NULL || !index_run(index, "DELETE FROM paragraph WHERE message = :message", message, error) ||
	    !index_run(index, "DELETE FROM set_aside WHERE message = :message", message, error) ||
	    !index_run(index, "DELETE FROM set_aside_hold WHERE message = :message", message, error))
		return FALSE;
	if (paragraphs->len == 0)
		return TRUE;
	if (load_letter(index, message, &letter, &reason))
		return count_letter(index, &letter, paragraphs, -1, error) && learn(index, &letter, error);
	if (reason == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

gboolean
boilerplate_redate(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GArray) paragraphs = load_paragraphs(index, message, error);
	g_auto(Letter) letter = {0};
	g_autoptr(GError) reason = NULL;

	if (paragraphs == NULL)
		return FALSE;
	if (paragraphs->len == 0 || !load_letter(index, message, &letter, &reason)) {
		if (reason == NULL)
			return TRUE;
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (!index_run(index,
	        "UPDATE standing SET date = (SELECT date_effective FROM message WHERE message = :message) WHERE message = :message AND hash IN "
	        "(SELECT hash FROM paragraph WHERE message = :message)",
	        message, error))
		return FALSE;
	return learn(index, &letter, error);
}
