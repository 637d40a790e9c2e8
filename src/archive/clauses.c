#include "archive/index-private.h"

#include "base/hash.h"

#include <string.h>

static void
bind_clause(struct stmt *stmt, const struct record_evidence *evidence)
{
	stmt_bind_text_static(stmt, ":type", target_name(evidence->type));
	stmt_bind_text_static(stmt, ":id", evidence->id);
	stmt_bind_text_static(stmt, ":tier", tier_name(evidence->tier));
	stmt_bind_text_static(stmt, ":key", evidence->key);
	stmt_bind_text_static(stmt, ":rule", evidence->rule);
	stmt_bind_text_static(stmt, ":file", evidence->file);
}

static gboolean
add_clause(struct index *index, const struct record_evidence *evidence, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt =
	    db_statement(index->db, "INSERT INTO clause (type, id, tier, key, rule, file) VALUES (:type, :id, :tier, :key, :rule, :file)", error);

	if (stmt == NULL)
		return FALSE;
	bind_clause(stmt, evidence);
	if (!stmt_run(stmt, error))
		return FALSE;
	*out = db_last_rowid(index->db);
	return TRUE;
}

static gboolean
look_up(struct index *index, const struct record_evidence *evidence, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index->db,
	    DB_SOON("SELECT clause FROM clause WHERE rule = :rule AND id = :id AND key = :key AND tier = :tier AND type = :type AND file = :file"), error);
	enum stmt_result result;

	if (stmt == NULL)
		return FALSE;
	bind_clause(stmt, evidence);
	result = stmt_step(stmt, error);
	if (result == STMT_ROW)
		*out = stmt_int(stmt, 0);
	return result == STMT_ROW || (result == STMT_END && add_clause(index, evidence, out, error));
}

/* A clause that was asked for in this transaction. Its strings stand behind it. */
struct clause {
	int type, tier;
	const char *id, *key, *rule, *file;
	gint64 number;
};

static struct clause
clause_of(const struct record_evidence *evidence)
{
	return (struct clause){(int)evidence->type, (int)evidence->tier, evidence->id, evidence->key, evidence->rule, evidence->file, 0};
}

static guint
clause_hash(gconstpointer data)
{
	const struct clause *clause = data;
	guint64 hash = hash_quick(clause->rule, strlen(clause->rule)) ^ (31 * hash_quick(clause->key, strlen(clause->key)));

	return (guint)(hash ^ (hash >> 32));
}

static gboolean
clause_equal(gconstpointer a, gconstpointer b)
{
	const struct clause *one = a, *other = b;

	return one->type == other->type && one->tier == other->tier && strcmp(one->rule, other->rule) == 0 && strcmp(one->key, other->key) == 0 &&
	       strcmp(one->id, other->id) == 0 && strcmp(one->file, other->file) == 0;
}

static const char *
put(char **end, const char *text)
{
	char *start = *end;

	*end = stpcpy(start, text) + 1;
	return start;
}

static struct clause *
clause_copy(const struct clause *clause)
{
	struct clause *copy =
	    g_malloc(sizeof *copy + strlen(clause->id) + strlen(clause->key) + strlen(clause->rule) + strlen(clause->file) + 4 * sizeof(char));
	char *end = (char *)(copy + 1);

	*copy = *clause;
	copy->id = put(&end, clause->id);
	copy->key = put(&end, clause->key);
	copy->rule = put(&end, clause->rule);
	copy->file = put(&end, clause->file);
	return copy;
}

gboolean
clauses_number(struct index *index, const struct record_evidence *evidence, gint64 *out, GError **error)
{
	struct clause clause = clause_of(evidence);
	const struct clause *known = index->clauses != NULL ? g_hash_table_lookup(index->clauses, &clause) : NULL;

	if (known != NULL) {
		*out = known->number;
		return TRUE;
	}
	if (!look_up(index, evidence, &clause.number, error))
		return FALSE;
	*out = clause.number;
	if (index->clauses == NULL)
		index->clauses = g_hash_table_new_full(clause_hash, clause_equal, g_free, NULL);
	g_hash_table_add(index->clauses, clause_copy(&clause));
	return TRUE;
}

void
clauses_forget(struct index *index)
{
	g_clear_pointer(&index->clauses, g_hash_table_unref);
}
