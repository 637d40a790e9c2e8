#include "find/limited.h"

#include <string.h>

static void
rule_free(gpointer data)
{
	struct limited_rule *rule = data;

	g_free(rule->rule);
	g_free(rule);
}

static gint
compare(gconstpointer a, gconstpointer b)
{
	const struct limited_rule *x = *(struct limited_rule *const *)a, *y = *(struct limited_rule *const *)b;

	return x->messages != y->messages ? (x->messages > y->messages ? -1 : 1) : strcmp(x->rule, y->rule);
}

static void
count_rule(GPtrArray *rules, char *name)
{
	struct limited_rule *added;

	for (guint i = 0; i < rules->len; i++) {
		struct limited_rule *rule = g_ptr_array_index(rules, i);

		if (strcmp(rule->rule, name) != 0)
			continue;
		rule->messages++;
		g_free(name);
		return;
	}
	added = g_new0(struct limited_rule, 1);
	added->rule = name;
	added->messages = 1;
	g_ptr_array_add(rules, added);
}

/* REMARK as rules/classify writes it names a rule behind one of these words: up to a blank or a colon that no line number follows. */
static void
count_remark(GPtrArray *rules, const char *remark)
{
	static const char *const heads[] = {RECORD_RULES_REMARK "gave up ", RECORD_RULES_REMARK "cut short at ", RECORD_RULES_REMARK "without "};

	for (gsize i = 0; i < G_N_ELEMENTS(heads); i++)
		if (g_str_has_prefix(remark, heads[i])) {
			const char *name = remark + strlen(heads[i]), *end = name + strcspn(name, " ");

			while (end > name && !g_ascii_isdigit(end[-1]))
				end--;
			count_rule(rules, g_strndup(name, (gsize)(end - name)));
		}
}

GPtrArray *
limited_load(struct index *index, GError **error)
{
	g_autoptr(Stmt) stmt = db_statement(index_db(index), "SELECT remarks FROM message WHERE remarks LIKE '%" RECORD_RULES_REMARK "%'", error);
	g_autoptr(GPtrArray) rules = g_ptr_array_new_with_free_func(rule_free);
	enum stmt_result result;

	if (stmt == NULL)
		return NULL;
	while ((result = stmt_step(stmt, error)) == STMT_ROW) {
		g_auto(GStrv) lines = g_strsplit(stmt_text(stmt, 0), "\n", -1);

		for (guint i = 0; lines[i] != NULL; i++)
			count_remark(rules, lines[i]);
	}
	g_ptr_array_sort(rules, compare);
	return result == STMT_END ? g_steal_pointer(&rules) : NULL;
}
