#include "find/span.h"

#include <string.h>

static const struct {
	const char *name, *window, *entries;
} conditions[] = {
    {"{deliveries}", "d.received >= :from AND d.received < :to", "d.seq > :after AND d.seq <= :upto"},
    {"{decisions}", "c.at >= :from AND c.at < :to", "c.seq > :after AND c.seq <= :upto"},
    {"{earlier}", "m.received < :from", "m.first_seq <= :after AND m.message NOT IN ({late})"},
    {"{shown}", "d.received >= :from AND d.received < :to", "(d.seq > :after AND d.seq <= :upto OR d.message IN ({late}))"},
};

struct stmt *
span_statement(struct index *index, const char *sql, const struct span *span, GError **error)
{
	g_autoptr(GString) text = g_string_new(sql);
	struct stmt *stmt;

	for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
		g_string_replace(text, conditions[i].name, span->upto > 0 ? conditions[i].entries : conditions[i].window, 0);
	g_string_replace(text, "{late}", span->late != NULL ? span->late : "", 0);
	stmt = db_prepare(index_db(index), text->str, error);
	if (stmt == NULL)
		return NULL;
	if (span->upto > 0) {
		stmt_bind_int(stmt, ":after", span->after);
		stmt_bind_int(stmt, ":upto", span->upto);
	} else {
		stmt_bind_int(stmt, ":from", span->window.from);
		stmt_bind_int(stmt, ":to", span->window.to);
	}
	return stmt;
}

gboolean
span_wants(const char *wanted, const char *type, const char *id)
{
	g_autofree char *line = g_strdup_printf("\n%s %s\n", type, id);

	return wanted == NULL || strstr(wanted, line) != NULL;
}
