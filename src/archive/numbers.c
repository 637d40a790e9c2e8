#include "archive/index-private.h"

#include "base/hash.h"

#include <string.h>

#define HASH_BITS 48     /* SQLite keeps them in six bytes */
#define MOST (64 * 1024) /* that are known at a time, some 10 MB: a letter can name 500 people, and a transaction has thousands of letters */

static const char find_person[] = "SELECT person FROM person WHERE hash = :hash AND address = :one AND name IS :other";
static const char add_person[] = "INSERT INTO person (hash, address, name) VALUES (:hash, :one, :other)";
static const char find_ruleset[] = "SELECT ruleset FROM ruleset WHERE hash = :hash AND words = :one AND :other IS NULL";
static const char add_ruleset[] = "INSERT INTO ruleset (hash, words) SELECT :hash, :one WHERE :other IS NULL";
DB_SOON_NAMED(find_person);
DB_SOON_NAMED(add_person);
DB_SOON_NAMED(find_ruleset);
DB_SOON_NAMED(add_ruleset);

static const struct {
	const char *find, *add;
} tables[N_NUMBERED] = {
    [NUMBERED_PERSON] = {find_person, add_person},
    [NUMBERED_RULESET] = {find_ruleset, add_ruleset},
};

/* What was asked for in this transaction. Its strings stand behind it. */
struct numbered {
	enum numbered_in in;
	const char *one, *other;
	gint64 number;
};

static guint
numbered_hash(gconstpointer data)
{
	const struct numbered *numbered = data;
	guint64 hash = hash_quick(numbered->one, strlen(numbered->one));

	if (numbered->other != NULL)
		hash ^= 31 * hash_quick(numbered->other, strlen(numbered->other));
	return (guint)(hash ^ (hash >> 32)) + numbered->in;
}

static gboolean
numbered_equal(gconstpointer a, gconstpointer b)
{
	const struct numbered *left = a, *right = b;

	return left->in == right->in && strcmp(left->one, right->one) == 0 && g_strcmp0(left->other, right->other) == 0;
}

static struct numbered *
numbered_copy(const struct numbered *numbered)
{
	gsize one = strlen(numbered->one) + 1, other = numbered->other != NULL ? strlen(numbered->other) + 1 : 0;
	struct numbered *copy = g_malloc(sizeof *copy + one + other);
	char *text = (char *)(copy + 1);

	*copy = *numbered;
	copy->one = memcpy(text, numbered->one, one);
	if (other > 0)
		copy->other = memcpy(text + one, numbered->other, other);
	return copy;
}

gint64
index_hash(const char *text)
{
	struct hash hash = hash_bytes(text, strlen(text));
	guint64 number;

	memcpy(&number, hash.bytes, sizeof(number));
	return (gint64)(GUINT64_FROM_BE(number) >> (64 - HASH_BITS));
}

static enum stmt_result
run(struct index *index, const char *sql, const struct numbered *numbered, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db, sql, error);
	g_autofree char *both = numbered->other != NULL ? g_strconcat(numbered->one, "\n", numbered->other, NULL) : NULL;
	enum stmt_result result;

	if (stmt == NULL)
		return STMT_ERROR;
	stmt_bind_int(stmt, ":hash", index_hash(numbered->other != NULL ? both : numbered->one));
	stmt_bind_text_static(stmt, ":one", numbered->one);
	stmt_bind_text_static(stmt, ":other", numbered->other);
	if ((result = stmt_step(stmt, error)) == STMT_ROW)
		*out = stmt_int(stmt, 0);
	return result;
}

static gboolean
find_or_add(struct index *index, struct numbered *numbered, GError **error)
{
	enum stmt_result result = run(index, tables[numbered->in].find, numbered, &numbered->number, error);

	if (result != STMT_END)
		return result == STMT_ROW;
	if (run(index, tables[numbered->in].add, numbered, &numbered->number, error) != STMT_END)
		return FALSE;
	numbered->number = db_last_rowid(index->db);
	return TRUE;
}

gboolean
numbers_get(struct index *index, enum numbered_in in, const char *one, const char *other, gint64 *out, GError **error)
{
	struct numbered numbered = {in, one, other, 0};
	const struct numbered *known = index->numbers != NULL ? g_hash_table_lookup(index->numbers, &numbered) : NULL;

	if (known != NULL) {
		*out = known->number;
		return TRUE;
	}
	if (!find_or_add(index, &numbered, error))
		return FALSE;
	*out = numbered.number;
	if (index->numbers != NULL && g_hash_table_size(index->numbers) >= MOST)
		numbers_forget(index);
	if (index->numbers == NULL)
		index->numbers = g_hash_table_new_full(numbered_hash, numbered_equal, g_free, NULL);
	g_hash_table_add(index->numbers, numbered_copy(&numbered));
	return TRUE;
}

void
numbers_forget(struct index *index)
{
	g_clear_pointer(&index->numbers, g_hash_table_unref);
}

gboolean
numbers_tidy(struct index *index, GError **error)
{
	numbers_forget(index);
	return db_execute(index->db,
	    "DELETE FROM person WHERE person NOT IN (SELECT a.value >> 3 FROM addressed AS d CROSS JOIN json_each(d.people) AS a); "
	    "DELETE FROM ruleset WHERE ruleset NOT IN (SELECT rules FROM message WHERE rules IS NOT NULL)",
	    error);
}
