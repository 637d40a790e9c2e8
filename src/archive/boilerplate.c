#include "archive/boilerplate.h"

#include "archive/boilerplate-private.h"

#include <string.h>

#define DAY 86400
#define SPREAD (30 * DAY) /* from the first letter to the last: a campaign is shorter, an office's notice is not */
#define WRITERS_READ 64   /* of which enough must be found */

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
	if (!get(index, "SELECT newest - oldest FROM standing_count WHERE hash = :hash AND scope = :scope", hash, scope->number, &spread, error))
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
boilerplate_add(struct index *index, gint64 message, const GArray *paragraphs, GError **error)
{
	g_auto(Letter) letter = {0};
	g_autoptr(GError) reason = NULL;
	gint64 learned;

	if (paragraphs->len == 0)
		return TRUE;
	if (!insert_paragraphs(index, message, paragraphs, error))
		return FALSE;
	if (!boilerplate_load_letter(index, message, &letter, &reason)) {
		if (reason == NULL)
			return boilerplate_count_letter(index, &letter, paragraphs, 1, error);
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (!boilerplate_count_letter(index, &letter, paragraphs, 1, error) || !learn(index, &letter, error) ||
	    !index_get(index,
	        DB_SOON("SELECT 1 FROM paragraph AS p WHERE p.message = :message AND EXISTS (SELECT 1 FROM boilerplate AS b WHERE b.hash = p.hash) LIMIT 1"),
	        message, 0, &learned, error))
		return FALSE;
	return !learned || index_apply_decisions(index, message, error);
}

gboolean
boilerplate_remove(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GArray) paragraphs = boilerplate_load_paragraphs(index, message, error);
	g_auto(Letter) letter = {0};
	g_autoptr(GError) reason = NULL;

	if (paragraphs == NULL || !index_run(index, "DELETE FROM paragraph WHERE message = :message", message, error) ||
	    !index_run(index, "DELETE FROM set_aside WHERE message = :message", message, error) ||
	    !index_run(index, "DELETE FROM set_aside_hold WHERE message = :message", message, error))
		return FALSE;
	if (paragraphs->len == 0)
		return TRUE;
	if (boilerplate_load_letter(index, message, &letter, &reason))
		return boilerplate_count_letter(index, &letter, paragraphs, -1, error) && learn(index, &letter, error);
	if (reason == NULL)
		return boilerplate_count_letter(index, &letter, paragraphs, -1, error);
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

gboolean
boilerplate_redate(struct index *index, gint64 message, GError **error)
{
	g_autoptr(GArray) paragraphs = boilerplate_load_paragraphs(index, message, error);
	g_auto(Letter) letter = {0};
	g_autoptr(GError) reason = NULL;

	if (paragraphs == NULL)
		return FALSE;
	if (paragraphs->len == 0 || !boilerplate_load_letter(index, message, &letter, &reason)) {
		if (reason == NULL)
			return TRUE;
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (!index_run(index,
	        "UPDATE standing SET date = (SELECT date_effective FROM message WHERE message = :message) WHERE message = :message AND hash IN "
	        "(SELECT hash FROM paragraph WHERE message = :message)",
	        message, error) ||
	    !index_run(index,
	        "UPDATE standing_count AS c SET oldest = s.oldest, newest = s.newest FROM (SELECT hash, scope, min(date) AS oldest, max(date) AS newest FROM "
	        "standing WHERE hash IN (SELECT hash FROM paragraph WHERE message = :message) GROUP BY hash, scope) AS s WHERE c.hash = s.hash AND c.scope = "
	        "s.scope",
	        message, error))
		return FALSE;
	return learn(index, &letter, error);
}
