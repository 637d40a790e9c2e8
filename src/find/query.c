#include "find/query.h"

#include "find/compile.h"
#include "find/counts.h"
#include "find/member.h"
#include "base/limits.h"

struct query {
	struct compiled compiled;
	struct query_settings settings;
	GPtrArray *words; /* of char *, NULL-terminated */
};

void
query_free(struct query *query)
{
	compiled_clear(&query->compiled);
	g_ptr_array_unref(query->words);
	g_free(query);
}

/* What is asked for, not what is left out. */
static void
collect_words(const struct node *node, GPtrArray *words)
{
	if (node->type == NODE_NOT)
		return;
	if (node->type == NODE_TERM) {
		if (node->term->shown != NULL)
			g_ptr_array_add(words, g_strdup(node->term->shown));
		return;
	}
	for (guint i = 0; i < node->children->len; i++)
		collect_words(g_ptr_array_index(node->children, i), words);
}

static struct query *
parse(const struct term_context *context, const char *text, GError **error)
{
	struct query_settings settings;
	g_autoptr(Node) tree = NULL;
	struct query *query;

	if (!query_tree(context, text, &tree, &settings, error))
		return NULL;
	query = g_new0(struct query, 1);
	query->settings = settings;
	query->words = g_ptr_array_new_with_free_func(g_free);
	if (tree != NULL)
		collect_words(tree, query->words);
	g_ptr_array_add(query->words, NULL);
	query_compile(tree, &query->compiled);
	return query;
}

struct query *
query_parse(struct index *index, const char *text, gint64 now, GTimeZone *zone, GError **error)
{
	return query_parse_saved(index, text, now, zone, NULL, error);
}

struct query *
query_parse_saved(struct index *index, const char *text, gint64 now, GTimeZone *zone, const GPtrArray *saved, GError **error)
{
	const struct term_context context = {index, now, zone, saved, NULL};

	return parse(&context, text, error);
}

struct query *
query_parse_for(struct index *index, const char *text, gint64 now, GTimeZone *zone, const struct audience *audience, GError **error)
{
	const struct term_context context = {index, now, zone, NULL, audience};

	return parse(&context, text, error);
}

const char *const *
query_words(const struct query *query)
{
	return (const char *const *)query->words->pdata;
}

const char *
query_sql(const struct query *query, enum query_order order)
{
	return query->compiled.ordered[order];
}

enum query_order
query_order(const struct query *query, enum query_order default_order)
{
	return query->settings.order >= 0 ? (enum query_order)query->settings.order : default_order;
}

guint
query_limit(const struct query *query, guint default_limit)
{
	return query->settings.limit >= 0 ? (guint)query->settings.limit : default_limit;
}

static void
bind(struct stmt *stmt, const struct query_bind *bind)
{
	if (bind->text != NULL)
		stmt_bind_text(stmt, bind->name, bind->text);
	else
		stmt_bind_int(stmt, bind->name, bind->number);
}

/* WORDS: with the words that a walk asks of found(n). */
static struct stmt *
prepare(struct index *index, const struct query *query, const char *sql, gboolean words, GError **error)
{
	struct stmt *stmt = db_prepare(index_db(index), sql, error);

	for (guint i = 0; stmt != NULL && i < query->compiled.binds->len; i++)
		if (words || i != query->compiled.words_bind)
			bind(stmt, g_ptr_array_index(query->compiled.binds, i));
	return stmt;
}

static GArray *
run(struct index *index, const struct query *query, const char *sql, gboolean words, guint limit, GError **error)
{
	g_autoptr(Stmt) stmt = prepare(index, query, sql, words, error);
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	stmt_bind_int(stmt, ":limit", limit > 0 ? (gint64)limit : -1);
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		gint64 number = stmt_int(stmt, 0);

		g_array_append_val(numbers, number);
	}
	return result == STMT_END ? g_steal_pointer(&numbers) : NULL;
}

/*
 * How the first LIMIT are found: by looking up the date of every match, or by walking through all in order of date until so many were met. An entry of that
 * order costs little beside a row, so the walk pays when the words are not rare; of a million messages LIMIT_MEMBER_PROBE matches are one in two thousand.
 */
GArray *
query_run_numbers(struct index *index, const struct query *query, enum query_order order, guint limit, GError **error)
{
	g_autoptr(Member) member = NULL;
	g_autoptr(GArray) numbers = NULL;
	g_autoptr(GError) failure = NULL;

	if (query->compiled.words == NULL || order > QUERY_OLDEST || limit == 0)
		return run(index, query, query_sql(query, order), TRUE, limit, error);
	member = member_new(index, query->compiled.words, error);
	if (member == NULL)
		return NULL;
	if (member_matches(member) < LIMIT_MEMBER_PROBE || limit >= member_matches(member))
		return run(index, query, query_sql(query, order), TRUE, limit, error);
	member_begin(member, limit);
	numbers = run(index, query, query->compiled.walked[order], FALSE, limit, &failure);
	if (!member_end(member, error))
		return NULL;
	if (numbers == NULL)
		g_propagate_error(error, g_steal_pointer(&failure));
	return g_steal_pointer(&numbers);
}

/* Numbers first, then each row by its key: sorting carries numbers only, and one kept statement reads rows for every caller. */
GPtrArray *
query_run(struct index *index, const struct query *query, enum query_order order, guint limit, gboolean with_evidence, GError **error)
{
	g_autoptr(GArray) numbers = query_run_numbers(index, query, order, limit, error);

	return numbers != NULL ? message_rows_load(index, numbers, with_evidence, error) : NULL;
}

GArray *
query_unique(struct index *index, const GArray *numbers, GError **error)
{
	static const char sql[] = "SELECT coalesce(l.campaign, m.message) FROM message AS m LEFT JOIN letter AS l ON l.message = m.message"
	                          " WHERE m.message = :message AND NOT " SUPERSEDED("m");
	g_autoptr(GArray) unique = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	for (guint i = 0; i < numbers->len; i++) {
		g_autoptr(Stmt) stmt = db_statement(index_db(index), sql, error);
		gint64 number = g_array_index(numbers, gint64, i), campaign;
		enum stmt_result result;

		if (stmt == NULL)
			return NULL;
		stmt_bind_int(stmt, ":message", number);
		if ((result = stmt_step(stmt, error)) == STMT_ERROR)
			return NULL;
		campaign = result == STMT_ROW ? stmt_int(stmt, 0) : 0;
		if (result == STMT_ROW && g_hash_table_add(seen, g_memdup2(&campaign, sizeof(campaign))))
			g_array_append_val(unique, number);
	}
	return g_steal_pointer(&unique);
}

gboolean
query_count(struct index *index, const struct query *query, gint64 *out, GError **error)
{
	g_autoptr(Stmt) stmt = prepare(index, query, query->compiled.count, TRUE, error);

	if (stmt == NULL || stmt_step(stmt, error) != STMT_ROW)
		return FALSE;
	*out = stmt_int(stmt, 0);
	return TRUE;
}
