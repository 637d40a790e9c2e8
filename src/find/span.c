#include "find/span.h"

#include <string.h>

#define WANTED_SOUGHT 16 /* of more ids, reading all filings of a message is no dearer than looking for each */

static const struct {
	const char *name, *window, *entries;
} conditions[] = {
    {"{deliveries}", "d.received >= :from AND d.received < :to", "d.seq > :after AND d.seq <= :upto"},
    {"{decisions}", "c.at >= :from AND c.at < :to", "c.seq > :after AND c.seq <= :upto"},
    {"{earlier}", "m.received < :from", "m.first_seq <= :after AND m.message NOT IN ({late})"},
    {"{shown}", "d.received >= :from AND d.received < :to", "(d.seq > :after AND d.seq <= :upto OR d.message IN ({late}))"},
    {"{sofar}", "m.received < :to", "m.first_seq <= :upto"},
};

struct stmt *
span_statement(struct index *index, const char *sql, const struct span *span, GError **error)
{
	g_autoptr(GString) text = g_string_new(sql);
	const struct {
		const char *name;
		gint64 value;
	} values[] = {{":after", span->after}, {":upto", span->upto}, {":from", span->window.from}, {":to", span->window.to}};
	struct stmt *stmt;

	for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
		g_string_replace(text, conditions[i].name, span->upto > 0 ? conditions[i].entries : conditions[i].window, 0);
	g_string_replace(text, "{late}", span->late != NULL ? span->late : "", 0);
	stmt = db_prepare(index_db(index), text->str, error);
	for (gsize i = 0; stmt != NULL && i < G_N_ELEMENTS(values); i++)
		if (strstr(text->str, values[i].name) != NULL)
			stmt_bind_int(stmt, values[i].name, values[i].value);
	return stmt;
}

gboolean
span_wants(const char *wanted, const char *type, const char *id)
{
	g_autofree char *line = g_strdup_printf("\n%s %s\n", type, id);

	return wanted == NULL || strstr(wanted, line) != NULL;
}

/* Each "type id" of WANTED, NULL-terminated. */
static char **
wanted_lines(const char *wanted)
{
	g_autofree char *inner = wanted != NULL ? g_strndup(wanted + 1, MAX(strlen(wanted), 2) - 2) : g_strdup("");

	return g_strsplit(inner, "\n", -1);
}

char *
span_wanted_condition(const char *wanted)
{
	g_auto(GStrv) lines = wanted_lines(wanted);
	guint count = g_strv_length(lines);
	GString *sql;

	if (wanted == NULL)
		return g_strdup("1");
	if (count == 0 || count > WANTED_SOUGHT)
		return g_strdup(SPAN_WANTED("m.message"));
	sql = g_string_new("(");
	for (guint i = 0; i < count; i++)
		/* the plus keeps SQLite to the table's own order, in which neighbours in time are neighbours */
		g_string_append_printf(sql,
		    "%sEXISTS (SELECT 1 FROM filing AS w WHERE w.type = :type%u AND w.id = :id%u AND w.date = m.date_effective AND +w.message = m.message)",
		    i > 0 ? " OR " : "", i, i);
	g_string_append_c(sql, ')');
	return g_string_free(sql, FALSE);
}

void
span_bind_wanted(struct stmt *stmt, const char *wanted)
{
	g_auto(GStrv) lines = wanted_lines(wanted);
	guint count = g_strv_length(lines);

	if (wanted != NULL && (count == 0 || count > WANTED_SOUGHT))
		stmt_bind_text(stmt, ":wanted", wanted);
	for (guint i = 0; wanted != NULL && count <= WANTED_SOUGHT && i < count; i++) {
		g_auto(GStrv) words = g_strsplit(lines[i], " ", 2);
		g_autofree char *type = g_strdup_printf(":type%u", i);
		g_autofree char *id = g_strdup_printf(":id%u", i);

		stmt_bind_text(stmt, type, words[0]);
		stmt_bind_text(stmt, id, words[0] != NULL ? words[1] : NULL);
	}
}
