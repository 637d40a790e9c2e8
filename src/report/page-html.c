#include "report/page-private.h"

#include "base/text.h"

#include <string.h>

#define BAR 22 /* pixels of the highest */
#define WIDE 4 /* columns of a table that fits a telephone */
#define DOT " \u00b7 "
#define SUBJECT_COLUMNS 120
#define GIST_COLUMNS 200

void
page_html_head(struct page *page)
{
	struct printer *printer = &page->printer;

	html_page_begin(printer);
	html_add(printer, "<tr><td style=\"padding:24px 20px 28px;" LOOK_BREAK
	                  "\">\n<p class=\"a\" style=\"margin:0;font-size:14px;line-height:1.4;font-weight:600;" LOOK_ACCENT "\">");
	html_line(printer, page->look.title, COLUMNS);
	if (page->look.workstream != NULL) {
		html_add(printer, DOT);
		html_line(printer, page->look.workstream, COLUMNS);
	}
	html_add(printer, "</p>\n<h1 class=\"t\" style=\"margin:2px 0 0;font-size:23px;line-height:1.3;font-weight:700;" LOOK_TEXT "\">");
	html_line(printer, page->look.label, COLUMNS);
	html_add(printer, "</h1>\n<p class=\"m\" style=\"margin:2px 0 0;" LOOK_SMALL ";" LOOK_MUTED "\">");
	html_line(printer, page->look.zone_name, NAME_COLUMNS);
	html_add(printer, "</p>\n");
}

void
page_html_foot(struct page *page)
{
	struct printer *printer = &page->printer;

	html_end(printer);
	html_add(
	    printer, "<tr><td class=\"r\" style=\"padding:20px 20px 24px;" LOOK_RULE "\">\n<p class=\"m\" style=\"margin:0;" LOOK_SMALL ";" LOOK_MUTED "\">");
	if (*page->look.rules != '\0')
		html_format(printer, "rules %.12s", page->look.rules);
	else
		html_add(printer, "no rules in force");
	html_add(printer, DOT "one message: postbag show id</p>\n");
	html_end(printer);
	html_page_end(printer);
}

char *
page_html_bars(const gint64 *values, guint n, gint64 most, gboolean right)
{
	GString *out = g_string_new("<table role=\"presentation\" aria-hidden=\"true\" cellpadding=\"0\" cellspacing=\"0\" "
	                            "style=\"border-collapse:collapse");

	g_string_append(out, right ? ";margin:0 0 0 auto\" align=\"right\"><tr>" : "\"><tr>");
	for (guint i = 0; i < n; i++) {
		gboolean now = i + 1 == n;
		int height = values[i] <= 0 || most <= 0 ? 1 : 3 + (int)((values[i] - 1) * (BAR - 3) / MAX(most - 1, 1));

		g_string_append_printf(out,
		    "<td style=\"width:6px;height:%dpx;padding:0 1px 0 0;vertical-align:bottom\"><div class=\"%s\" "
		    "style=\"width:5px;height:%dpx;font-size:1px;line-height:%dpx;background-color:%s\">&nbsp;</div></td>",
		    BAR, now ? "n" : "b", height, height, now ? "#0a6b5e" : "#8a9691");
	}
	g_string_append(out, "</tr></table>");
	return g_string_free(out, FALSE);
}

/* SPAN columns wide; RULED: with a line above. */
static void
add_cell(struct page *page, const struct page_cell *cell, const struct page_column *column, guint span, gboolean first, gboolean ruled)
{
	struct printer *printer = &page->printer;
	const char *look = cell->look == PAGE_STRONG ? "class=\"t\" style=\"font-weight:600;" LOOK_TEXT "\""
	                   : cell->look == PAGE_WEAK ? "class=\"m\" style=\"" LOOK_MUTED "\""
	                                             : "class=\"t\" style=\"" LOOK_TEXT "\"";

	html_format(printer, "<td%s style=\"padding:%s 0 %s %s;vertical-align:%s;text-align:%s;%s%s\"", ruled ? " class=\"r\"" : "", ruled ? "6px" : "0",
	    span > 1 ? "0" : "6px",
	    first   ? "0"
	    : ruled ? "10px"
	            : "6px;font-size:13px",
	    ruled ? "top" : "bottom", column->right ? "right" : "left", column->fit != PAGE_FIT ? "" : "white-space:nowrap;", ruled ? LOOK_RULE : "");
	if (span > 1)
		html_format(printer, " colspan=\"%u\"", span);
	html_add(printer, ">");
	if (cell->row != NULL) {
		html_who_what(printer, cell->row);
		html_add(printer, " ");
		html_id(printer, cell->row->public_id, ID_SHOWN);
	} else
		html_format(printer, "<span %s>%s</span>", look, cell->text);
	html_add(printer, "</td>");
}

/* Of a row with many cells the one that wraps has a line of its own, so that all have room on a telephone; its index, or the number of columns. */
static guint
own_line(const struct page *page)
{
	for (guint i = 0; page->n_columns > WIDE && i < page->n_columns; i++)
		if (page->columns[i].fit != PAGE_FIT)
			return i;
	return page->n_columns;
}

static void
add_row(struct page *page, guint first, guint own)
{
	gboolean begun = FALSE;

	html_add(&page->printer, "<tr>");
	if (own < page->n_columns) {
		add_cell(page, g_ptr_array_index(page->cells, first + own), &page->columns[own], page->n_columns - 1, TRUE, TRUE);
		html_add(&page->printer, "</tr>\n<tr>");
	}
	for (guint i = 0; i < page->n_columns; i++) {
		if (i == own)
			continue;
		add_cell(page, g_ptr_array_index(page->cells, first + i), &page->columns[i], 1, !begun, own == page->n_columns);
		begun = TRUE;
	}
	html_add(&page->printer, "</tr>\n");
}

void
page_html_table(struct page *page)
{
	struct printer *printer = &page->printer;
	guint own = own_line(page);

	html_add(printer, "<table style=\"width:100%;margin:12px 0 0;border-collapse:collapse;" LOOK_FONT ";" LOOK_SMALL ";line-height:1.45;" LOOK_TEXT
	                  "\" class=\"t\">\n<tr>");
	for (guint i = 0; i < page->n_columns; i++)
		if (i != own)
			html_format(printer,
			    "<th scope=\"col\" class=\"m\" style=\"padding:0 0 4px "
			    "%s;font-size:13px;font-weight:400;white-space:nowrap;text-align:%s;vertical-align:bottom;" LOOK_MUTED "\">%s</th>",
			    i == 0                  ? "0"
			    : own < page->n_columns ? "6px"
			                            : "10px",
			    page->columns[i].right ? "right" : "left", page->columns[i].title);
	html_add(printer, "</tr>\n");
	for (guint i = 0; i + page->n_columns <= page->cells->len; i += page->n_columns)
		add_row(page, i, own);
	html_add(printer, "</table>\n");
}

static void
add_about(struct printer *printer, const struct message_row *row)
{
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (!page_tells(filing))
			continue;
		html_add(printer, DOT "<b class=\"t\" style=\"font-weight:600;" LOOK_TEXT "\">");
		html_line(printer, filing->id, NAME_COLUMNS);
		html_add(printer, "</b>");
	}
	if (row->lang != NULL && !g_str_equal(row->lang, "en")) {
		html_add(printer, DOT);
		html_line(printer, row->lang, NAME_COLUMNS);
	}
}

void
page_html_entry(struct page *page, const struct page_entry *entry)
{
	struct printer *printer = &page->printer;
	const struct message_row *row = entry->row;
	g_autofree char *time = print_time(printer, row->received);

	html_add(printer, "<div class=\"r\" style=\"padding:12px 0;" LOOK_RULE "\">\n<p class=\"m\" style=\"margin:0;" LOOK_SMALL ";" LOOK_MUTED
	                  "\"><b class=\"t\" style=\"font-weight:600;" LOOK_TEXT "\">");
	if (entry->who != NULL)
		html_escaped(printer, entry->who);
	else
		html_author(printer, row, NAME_COLUMNS);
	html_add(printer, "</b>");
	add_about(printer, row);
	html_format(printer, DOT "<span style=\"white-space:nowrap\">%s</span>" DOT, time);
	html_id(printer, row->public_id, ID_SHOWN);
	html_add(printer, "</p>\n");
	if (entry->who == NULL && row->subject != NULL && *row->subject != '\0') {
		html_add(printer, "<h4");
		html_language(printer, row);
		html_add(printer, " style=\"margin:2px 0 0;font-size:16px;font-weight:600\">");
		html_line(printer, row->subject, SUBJECT_COLUMNS);
		html_add(printer, "</h4>\n");
	}
	if (g_strcmp0(row->gist, row->subject) != 0 || entry->who != NULL) {
		html_add(printer, "<p");
		html_language(printer, row);
		html_add(printer, " style=\"margin:2px 0 0\">");
		html_gist(printer, row, GIST_COLUMNS);
		html_add(printer, "</p>\n");
	}
	if (entry->why != NULL) {
		html_add(printer, "<p class=\"a\" style=\"margin:4px 0 0;" LOOK_SMALL ";" LOOK_ACCENT "\">");
		html_escaped(printer, entry->why);
		html_add(printer, "</p>\n");
	}
	html_add(printer, "</div>\n");
}
