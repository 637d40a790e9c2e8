#include "report/print-list.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "report/csv.h"
#include "report/print-json.h"

#define DIM "\033[2m"
#define PLAIN "\033[0m"

/* TEXT, escaped, in exactly COLUMNS columns. */
static void
print_cell(GString *out, const char *text, guint columns)
{
	g_autofree char *escaped = text_escape(text != NULL ? text : "", FALSE);
	g_autofree char *cut = text_cut(escaped, columns);

	g_string_append_printf(out, "%s%*s", cut, (int)(columns - text_columns(cut)), "");
}

/* "team fares.season routes.night*": what it is when it is no input, then the topics, workstreams only where no topic of theirs stands there; '*' for
 * suggested. */
static char *
filing_cell(const struct message_row *row)
{
	GString *cell = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		gboolean shown = strcmp(filing->type, "topic") == 0;

		if (strcmp(filing->type, "workstream") == 0) {
			gsize length = strlen(filing->id);

			shown = TRUE;
			for (guint j = 0; j < row->filings->len && shown; j++) {
				const struct row_filing *other = g_ptr_array_index(row->filings, j);

				shown = !(strcmp(other->type, "topic") == 0 && strncmp(other->id, filing->id, length) == 0 && other->id[length] == '.');
			}
		}
		if (shown)
			g_string_append_printf(cell, "%s%s%s", cell->len > 0 ? " " : "", filing->id, strcmp(filing->tier, "firm") == 0 ? "" : "*");
	}
	if (row->unread != NULL)
		g_string_assign(cell, "unread");
	else if (row->held != NULL)
		g_string_append_printf(cell, "%sheld", cell->len > 0 ? " " : "");
	else if (cell->len == 0 && strcmp(row->kind, "input") == 0)
		g_string_assign(cell, "unfiled");
	if (row->unread == NULL && strcmp(row->kind, "input") != 0) {
		g_string_prepend(cell, cell->len > 0 ? " " : "");
		g_string_prepend(cell, row->kind);
	}
	return g_string_free(cell, FALSE);
}

char *
list_print_text(const GPtrArray *rows, GTimeZone *zone, guint columns, gboolean color)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		g_autofree char *date = clock_format(row->date_effective, zone, "%Y-%m-%d");
		g_autofree char *filing = filing_cell(row);
		g_autofree char *subject = text_escape(message_row_subject(row), FALSE);
		guint left = columns > 72 ? columns - 66 : 0;

		g_string_append_printf(out, "%s%.8s%s  %s  ", color ? DIM : "", row->public_id, color ? PLAIN : "", date);
		print_cell(out, filing, 22);
		g_string_append(out, "  ");
		print_cell(out, row->author_name != NULL && *row->author_name != '\0' ? row->author_name : row->author_address, 18);
		g_string_append(out, "  ");
		if (left > 0) {
			g_autofree char *cut = text_cut(subject, left);

			g_string_append(out, cut);
		} else
			g_string_append(out, subject);
		g_string_append_c(out, '\n');
	}
	return g_string_free(out, FALSE);
}

static void
csv_filings(GString *out, const struct message_row *row, const char *type)
{
	g_autoptr(GString) cell = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (strcmp(filing->type, type) == 0)
			g_string_append_printf(cell, "%s%s", cell->len > 0 ? " " : "", filing->id);
	}
	csv_cell(out, cell->str);
}

char *
list_print_csv(const GPtrArray *rows)
{
	GString *out = g_string_new("id,date,received,name,address,subject,gist,kind,workstreams,topics,intents,groups,language,state" CSV_END);

	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		g_autofree char *date = clock_iso(row->date_effective), *received = clock_iso(row->received);
		const char *const cells[] = {row->public_id, date, received, row->author_name, row->author_address, row->subject, row->gist, row->kind};

		for (gsize j = 0; j < G_N_ELEMENTS(cells); j++)
			csv_cell(out, cells[j]);
		csv_filings(out, row, "workstream");
		csv_filings(out, row, "topic");
		csv_filings(out, row, "intent");
		csv_filings(out, row, "group");
		csv_cell(out, row->lang);
		csv_cell(out, row->unread != NULL          ? "unread"
		              : row->held != NULL          ? "held"
		              : row->copy_kind != NULL     ? row->copy_kind
		              : row->superseded_by != NULL ? "superseded"
		                                           : "");
		csv_end(out);
	}
	return g_string_free(out, FALSE);
}

char *
list_print_json(const GPtrArray *rows)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < rows->len; i++) {
		g_autoptr(Json) json = message_to_json(g_ptr_array_index(rows, i));
		g_autofree char *line = json_print(json, FALSE);

		g_string_append_printf(out, "%s\n", line);
	}
	return g_string_free(out, FALSE);
}
