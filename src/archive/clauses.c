#include "archive/index-private.h"

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

/* Line feeds part what has none; types and tiers are numbers. */
static char *
name_of(const struct record_evidence *evidence)
{
	return g_strdup_printf("%d %d\n%s\n%s\n%s\n%s", evidence->type, evidence->tier, evidence->id, evidence->key, evidence->file, evidence->rule);
}

gboolean
clauses_number(struct index *index, const struct record_evidence *evidence, gint64 *out, GError **error)
{
	g_autofree char *name = name_of(evidence);
	gint64 *known = index->clauses != NULL ? g_hash_table_lookup(index->clauses, name) : NULL;

	if (known != NULL) {
		*out = *known;
		return TRUE;
	}
	if (!look_up(index, evidence, out, error))
		return FALSE;
	if (index->clauses == NULL)
		index->clauses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_hash_table_insert(index->clauses, g_steal_pointer(&name), g_memdup2(out, sizeof *out));
	return TRUE;
}

void
clauses_forget(struct index *index)
{
	g_clear_pointer(&index->clauses, g_hash_table_unref);
}
