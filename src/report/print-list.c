#include "report/print-list.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "report/csv.h"
#include "report/print-json.h"

#define DIM "\033[2m"
#define MARKED "\033[1;31m"
#define FILING_MOST 22
#define AUTHOR_MOST 18
#define ID_SHOWN 8
#define INDENT 10 /* of an excerpt: below the date */
#define NARROW 72 /* columns of a terminal below which the subject is not cut: lines are folded anyway */
#define DATE_WIDTH 11
#define PLAIN "\033[0m"

/* TEXT, which is escaped, with what was asked for standing out. */
static void
print_marked(GString *out, const char *text, const struct list_style *style)
{
	g_autoptr(GArray) spans = style->color ? excerpt_marks(text, style->words) : NULL;
	guint at = 0;

	for (guint i = 0; spans != NULL && i < spans->len; i++) {
		const struct excerpt_span *span = &g_array_index(spans, struct excerpt_span, i);

		g_string_append_len(out, text + at, span->offset - at);
		g_string_append_printf(out, MARKED "%.*s" PLAIN, (int)span->length, text + span->offset);
		at = span->offset + span->length;
	}
	g_string_append(out, text + at);
}

/* TEXT, escaped, in exactly COLUMNS columns. */
static void
print_cell(GString *out, const char *text, guint columns, const struct list_style *style)
{
	g_autofree char *escaped = text_escape(text != NULL ? text : "", FALSE);
	g_autofree char *cut = text_cut(escaped, columns);

	if (style != NULL)
		print_marked(out, cut, style);
	else
		g_string_append(out, cut);
	g_string_append_printf(out, "%*s", (int)(columns - text_columns(cut)), "");
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

static const char *
author_cell(const struct message_row *row)
{
	return row->author_name != NULL && *row->author_name != '\0' ? row->author_name : row->author_address != NULL ? row->author_address : "";
}

/* "today 09:42", "yest. 09:42", "Tue 09:42" within a week, "12 Feb" within ten months, else the whole date. */
static char *
date_cell(gint64 t, const struct list_style *style)
{
	if (style->now == G_MININT64 || t > style->now)
		return clock_format(t, style->zone, "%Y-%m-%d");
	if (t >= clock_day(style->now, 0, style->zone).from)
		return clock_format(t, style->zone, "today %H:%M");
	if (t >= clock_day(style->now, -1, style->zone).from)
		return clock_format(t, style->zone, "yest. %H:%M");
	if (t >= clock_day(style->now, -6, style->zone).from)
		return clock_format(t, style->zone, "%a %H:%M");
	return clock_format(t, style->zone, t >= clock_month(style->now, -10, style->zone).from ? "%e %b" : "%Y-%m-%d");
}

static guint
cell_width(const char *text, guint most)
{
	g_autofree char *escaped = text_escape(text, FALSE);

	return MIN(text_columns(escaped), most);
}

static void
fit_columns(const GPtrArray *rows, struct list_style *style)
{
	guint more = style->columns > 100 ? (style->columns - 100) / 6 : 0;

	if (style->filing != 0)
		return;
	style->filing = style->author = 1;
	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		g_autofree char *filing = filing_cell(row);

		style->filing = MAX(style->filing, cell_width(filing, FILING_MOST + more));
		style->author = MAX(style->author, cell_width(author_cell(row), AUTHOR_MOST + more));
	}
}

static void
print_excerpt(GString *out, const struct excerpt *excerpt, const struct list_style *style)
{
	guint at = 0;

	g_string_append_printf(out, "%*s%s", INDENT, "", style->color ? DIM : "");
	for (guint i = 0; i < excerpt->spans->len; i++) {
		const struct excerpt_span *span = &g_array_index(excerpt->spans, struct excerpt_span, i);

		g_string_append_len(out, excerpt->text + at, span->offset - at);
		g_string_append_printf(
		    out, "%s%.*s%s", style->color ? PLAIN MARKED : "", (int)span->length, excerpt->text + span->offset, style->color ? PLAIN DIM : "");
		at = span->offset + span->length;
	}
	g_string_append_printf(out, "%s%s\n", excerpt->text + at, style->color ? PLAIN : "");
}

static void
print_row(GString *out, const struct message_row *row, const struct list_style *style)
{
	g_autofree char *date = date_cell(row->date_effective, style);
	g_autofree char *filing = filing_cell(row);
	g_autofree char *subject = text_escape(message_row_subject(row), FALSE);
	guint dates = style->now == G_MININT64 ? 10 : DATE_WIDTH, before = ID_SHOWN + dates + style->filing + style->author + 8;
	g_autofree char *cut = style->columns > NARROW && style->columns > before ? text_cut(subject, style->columns - before) : g_strdup(subject);

	g_string_append_printf(out, "%s%.*s%s  ", style->color ? DIM : "", ID_SHOWN, row->public_id, style->color ? PLAIN : "");
	print_cell(out, date, dates, NULL);
	g_string_append(out, "  ");
	print_cell(out, filing, style->filing, NULL);
	g_string_append(out, "  ");
	print_cell(out, author_cell(row), style->author, style);
	g_string_append(out, "  ");
	print_marked(out, cut, style);
	g_string_append_c(out, '\n');
}

char *
list_print_text(const GPtrArray *rows, const GPtrArray *excerpts, struct list_style *style)
{
	GString *out = g_string_new(NULL);

	fit_columns(rows, style);
	for (guint i = 0; i < rows->len; i++) {
		const struct excerpt *excerpt = excerpts != NULL ? g_ptr_array_index(excerpts, i) : NULL;

		print_row(out, g_ptr_array_index(rows, i), style);
		if (excerpt != NULL)
			print_excerpt(out, excerpt, style);
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
list_print_csv(const GPtrArray *rows, const GPtrArray *excerpts)
{
	g_autofree char *more = list_print_csv_more(rows, excerpts);

	return g_strconcat("id,date,received,name,address,subject,gist,kind,workstreams,topics,intents,groups,language,state",
	    excerpts != NULL ? ",excerpt" : "", CSV_END, more, NULL);
}

char *
list_print_csv_more(const GPtrArray *rows, const GPtrArray *excerpts)
{
	GString *out = g_string_new(NULL);

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
		if (excerpts != NULL) {
			const struct excerpt *excerpt = g_ptr_array_index(excerpts, i);

			csv_cell(out, excerpt != NULL ? excerpt->text : NULL);
		}
		csv_end(out);
	}
	return g_string_free(out, FALSE);
}

static struct json *
excerpt_to_json(const struct excerpt *excerpt)
{
	struct json *object, *marks = json_new_array();

	for (guint i = 0; i < excerpt->spans->len; i++) {
		const struct excerpt_span *span = &g_array_index(excerpt->spans, struct excerpt_span, i);
		struct json *pair = json_new_array();

		json_add_number(pair, g_utf8_strlen(excerpt->text, span->offset));
		json_add_number(pair, g_utf8_strlen(excerpt->text + span->offset, span->length));
		json_add(marks, pair);
	}
	object = json_new_object();
	json_put_text(object, "in", passage_kind_name(excerpt->kind));
	json_put_text(object, "text", excerpt->text);
	json_put(object, "marks", marks);
	return object;
}

char *
list_print_json_excerpts(const GPtrArray *rows, const GPtrArray *excerpts)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < rows->len; i++) {
		g_autoptr(Json) json = message_to_json(g_ptr_array_index(rows, i));
		const struct excerpt *excerpt = excerpts != NULL ? g_ptr_array_index(excerpts, i) : NULL;
		g_autofree char *line = NULL;

		if (excerpt != NULL)
			json_put(json, "excerpt", excerpt_to_json(excerpt));
		else if (excerpts != NULL)
			json_put_text(json, "excerpt", NULL);
		line = json_print(json, FALSE);
		g_string_append_printf(out, "%s\n", line);
	}
	return g_string_free(out, FALSE);
}

char *
list_print_json(const GPtrArray *rows)
{
	return list_print_json_excerpts(rows, NULL);
}
