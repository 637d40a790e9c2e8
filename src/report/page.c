#include "report/page-private.h"

#include "base/text.h"

#include <string.h>

static void
cell_free(gpointer data)
{
	struct page_cell *cell = data;

	g_free(cell->text);
	g_free(cell);
}

static void
text_head(struct page *page)
{
	const struct digest *look = &page->look;
	g_autofree char *title = print_one_line(look->title, COLUMNS);
	g_autofree char *label = print_one_line(look->label, COLUMNS);
	g_autofree char *workstream = look->workstream != NULL ? print_one_line(look->workstream, COLUMNS) : NULL;
	g_autofree char *text =
	    g_strdup_printf("%s%s%s \u00b7 %s (%s)", title, workstream != NULL ? " \u00b7 " : "", workstream != NULL ? workstream : "", label, look->zone_name);

	print_paragraph(&page->printer, "", text);
}

static void
text_foot(struct page *page)
{
	g_autofree char *rules = *page->look.rules != '\0' ? g_strdup_printf("rules %.12s", page->look.rules) : g_strdup("no rules in force");

	g_string_append_c(page->printer.out, '\n');
	for (int i = 0; i < COLUMNS; i++)
		g_string_append(page->printer.out, "\u2500");
	g_string_append_printf(page->printer.out, "\n%s \u00b7 one message: postbag show ID\n", rules);
}

struct page *
page_new(enum page_form form, const struct page_head *head)
{
	struct page *page = g_new0(struct page, 1);

	page->form = form;
	page->look.title = (char *)head->title;
	page->look.label = (char *)head->label;
	page->look.workstream = (char *)head->workstream;
	page->look.link = (char *)head->link;
	page->look.window = head->window;
	page->look.zone = head->zone;
	page->look.zone_name = (char *)g_time_zone_get_identifier(head->zone);
	g_strlcpy(page->look.rules, head->rules != NULL ? head->rules : "", sizeof page->look.rules);
	page->printer = (struct printer){g_string_new(NULL), &page->look, G_MAXUINT};
	page->cells = g_ptr_array_new_with_free_func(cell_free);
	if (form == PAGE_HTML)
		page_html_head(page);
	else
		text_head(page);
	return page;
}

char *
page_finish(struct page *page)
{
	char *text;

	if (page->form == PAGE_HTML)
		page_html_foot(page);
	else
		text_foot(page);
	text = g_string_free(page->printer.out, FALSE);
	g_ptr_array_unref(page->cells);
	g_free(page);
	return text;
}

void
page_part(struct page *page, const char *above, const char *title, gint64 number)
{
	g_autofree char *name = NULL;
	g_autofree char *text = NULL;

	if (page->form == PAGE_HTML) {
		html_end(&page->printer);
		html_begin(&page->printer, above, title, number);
		return;
	}
	name = print_one_line(title, COLUMNS);
	if (above != NULL) {
		g_autofree char *first = print_one_line(above, COLUMNS / 2);

		text = g_strdup_printf("%s \u00b7 %s", first, name);
	} else
		text = number >= 0 ? g_strdup_printf("%s (%" G_GINT64_FORMAT ")", name, number) : g_strdup(name);
	print_heading(&page->printer, text);
}

void
page_list(struct page *page, const char *title, gint64 number)
{
	g_autofree char *count = number >= 0 ? g_strdup_printf("%" G_GINT64_FORMAT, number) : NULL;
	g_autofree char *name = NULL;

	if (page->form == PAGE_HTML) {
		html_add(&page->printer, "<h3 class=\"t\" style=\"margin:24px 0 8px;font-size:16px;font-weight:700;" LOOK_TEXT "\">");
		html_line(&page->printer, title, 2 * COLUMNS);
		if (count != NULL)
			html_format(&page->printer, " <span class=\"m\" style=\"font-weight:400;" LOOK_MUTED "\">%s</span>", count);
		html_add(&page->printer, "</h3>\n");
		return;
	}
	name = print_one_line(title, COLUMNS - 8);
	g_string_append_printf(page->printer.out, count != NULL ? "\n%s (%s)\n" : "\n%s\n", name, count);
}

void
page_say(struct page *page, const char *text)
{
	g_autofree char *line = NULL;

	if (page->form == PAGE_HTML) {
		html_add(&page->printer, "<p class=\"t\" style=\"margin:12px 0 0;" LOOK_TEXT "\">");
		html_line(&page->printer, text, 20 * COLUMNS);
		html_add(&page->printer, "</p>\n");
		return;
	}
	line = print_one_line(text, 20 * COLUMNS);
	g_string_append_c(page->printer.out, '\n');
	print_paragraph(&page->printer, "", line);
}

void
page_note(struct page *page, const char *text)
{
	g_autofree char *line = NULL;

	if (page->form == PAGE_HTML) {
		html_note(&page->printer, text);
		return;
	}
	line = print_one_line(text, 20 * COLUMNS);
	print_paragraph(&page->printer, "  ", line);
}

void
page_more(struct page *page, const char *text)
{
	if (page->form == PAGE_HTML)
		page_note(page, text);
	else
		page_say(page, text);
}

void
page_table(struct page *page, const struct page_column *columns, guint n)
{
	page->n_columns = MIN(n, PAGE_COLUMNS);
	memcpy(page->columns, columns, page->n_columns * sizeof *columns);
}

static struct page_cell *
add_cell(struct page *page, char *text, enum page_look look)
{
	struct page_cell *cell = g_new0(struct page_cell, 1);

	cell->text = text;
	cell->look = look;
	g_ptr_array_add(page->cells, cell);
	return cell;
}

void
page_cell(struct page *page, const char *text, enum page_look look)
{
	GString *whole = page->printer.out;

	if (page->form == PAGE_TEXT) {
		add_cell(page, print_one_line(text, 4 * COLUMNS), look);
		return;
	}
	page->printer.out = g_string_new(NULL);
	html_line(&page->printer, text, 4 * COLUMNS);
	add_cell(page, g_string_free(page->printer.out, FALSE), look);
	page->printer.out = whole;
}

void
page_cell_name(struct page *page, const char *id, const char *title, enum page_look look)
{
	g_autofree char *name = title != NULL && !g_str_equal(title, id) ? g_strdup_printf("%s" PAGE_BETWEEN "%s", id, title) : g_strdup(id);

	page_cell(page, name, look);
}

void
page_cell_number(struct page *page, gint64 number)
{
	add_cell(page, g_strdup_printf("%" G_GINT64_FORMAT, number), number == 0 ? PAGE_WEAK : PAGE_PLAIN);
}

void
page_cell_message(struct page *page, const struct message_row *row)
{
	g_autofree char *author = print_author(row, NAME_COLUMNS / 2);
	g_autofree char *about = row->subject != NULL && *row->subject != '\0' ? print_one_line(row->subject, COLUMNS) : print_gist(row, COLUMNS);

	add_cell(page, g_strdup_printf("%s: %s \u00b7 %.*s", author, about, ID_SHOWN, row->public_id), PAGE_PLAIN)->row = row;
}

char *
page_sparkline(const gint64 *values, guint n, gint64 most)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < n; i++) {
		/* nothing has a level of its own, so that one letter beside a hundred is seen */
		gsize level = values[i] <= 0 || most <= 0 ? 0 : 1 + (gsize)((values[i] - 1) * 7 / most);

		g_string_append(out, blocks[MIN(level, 7)]);
	}
	return g_string_free(out, FALSE);
}

void
page_cell_bars(struct page *page, const gint64 *values, guint n, gint64 most)
{
	add_cell(page, page->form == PAGE_HTML ? page_html_bars(values, n, most, TRUE) : page_sparkline(values, n, most), PAGE_PLAIN);
}

void
page_bars(struct page *page, const gint64 *values, guint n, gint64 most)
{
	g_autofree char *bars = page->form == PAGE_HTML ? page_html_bars(values, n, most, FALSE) : page_sparkline(values, n, most);

	if (page->form == PAGE_HTML)
		html_format(&page->printer, "<div style=\"margin:12px 0 0\">%s</div>\n", bars);
	else
		g_string_append_printf(page->printer.out, "\n%s\n", bars);
}

void
page_table_end(struct page *page)
{
	if (page->form == PAGE_HTML)
		page_html_table(page);
	else
		page_text_table(page);
	g_ptr_array_set_size(page->cells, 0);
}

void
page_entry(struct page *page, const struct page_entry *entry)
{
	if (page->form == PAGE_HTML)
		page_html_entry(page, entry);
	else
		page_text_entry(page, entry);
}

gboolean
page_tells(const struct row_filing *filing)
{
	return (g_str_equal(filing->type, "group") || g_str_equal(filing->type, "region")) && g_str_equal(filing->tier, "firm");
}
