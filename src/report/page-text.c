#include "report/page-private.h"

#include "base/text.h"

#include <string.h>

#define GAP 2          /* columns between columns */
#define CELL_MOST 28   /* columns of a cell that does not wrap */
#define TITLE_LEAST 18 /* columns of a title, with what is before it, that tell something */
#define FILL_LEAST 16  /* columns of one that does */
#define GIST_COLUMNS 130

static const struct page_cell *
cell_at(const struct page *page, guint row, guint column)
{
	return g_ptr_array_index(page->cells, row * page->n_columns + column);
}

/* How wide each column is: as its widest cell, and the one that wraps what is left. */
static void
measure(const struct page *page, guint n_rows, guint widths[PAGE_COLUMNS])
{
	guint used = (page->n_columns - 1) * GAP, fill = G_MAXUINT;

	for (guint i = 0; i < page->n_columns; i++) {
		widths[i] = text_columns(page->columns[i].title);
		for (guint row = 0; row < n_rows; row++)
			widths[i] = MAX(widths[i], MIN(text_columns(cell_at(page, row, i)->text), page->columns[i].fit != PAGE_FIT ? COLUMNS : CELL_MOST));
		if (page->columns[i].fit != PAGE_FIT)
			fill = i;
		else
			used += widths[i];
	}
	if (fill != G_MAXUINT)
		widths[fill] = MIN(widths[fill], used + FILL_LEAST < COLUMNS ? COLUMNS - used : FILL_LEAST);
}

static void
append_cell(GString *line, const char *text, guint width, gboolean right, gboolean last)
{
	guint own = text_columns(text), pad = own < width ? width - own : 0;

	g_string_append_printf(line, "%*s%s%*s", right ? (int)pad : 0, "", text, right || last ? 0 : (int)pad, "");
	if (!last)
		g_string_append_printf(line, "%*s", GAP, "");
}

/* One line of a row: LINES has what each cell shows in it, "" where it is done. */
static void
print_cells(struct page *page, char *const *lines, const guint widths[PAGE_COLUMNS])
{
	g_autoptr(GString) line = g_string_new(NULL);

	for (guint i = 0; i < page->n_columns; i++)
		append_cell(line, lines[i], widths[i], page->columns[i].right, i + 1 == page->n_columns);
	g_strchomp(line->str);
	print_line(&page->printer, line->str);
}

/* TEXT in WIDTH columns: of an id with a title whose beginning would tell nothing, the id. */
static char *
cut_name(const char *text, guint width)
{
	const char *between = strstr(text, PAGE_BETWEEN);
	g_autofree char *id = between != NULL ? g_strndup(text, between - text) : NULL;

	if (id != NULL && text_columns(text) > width && text_columns(id) + TITLE_LEAST > width)
		return text_cut(id, width);
	return text_cut(text, width);
}

static void
print_row(struct page *page, guint row, const guint widths[PAGE_COLUMNS])
{
	g_auto(GStrv) wrapped = NULL;
	guint fill = G_MAXUINT, n = 1;

	for (guint i = 0; i < page->n_columns; i++)
		if (page->columns[i].fit != PAGE_FIT) {
			const char *whole = cell_at(page, row, i)->text;
			g_autofree char *text = page->columns[i].fit == PAGE_CUT ? cut_name(whole, widths[i]) : text_wrap(whole, widths[i], "");

			wrapped = g_strsplit(text, "\n", -1);
			fill = i;
			n = MAX(1, g_strv_length(wrapped));
		}
	for (guint part = 0; part < n; part++) {
		char *lines[PAGE_COLUMNS];

		if (part > 0 && *wrapped[part] == '\0')
			continue;
		for (guint i = 0; i < page->n_columns; i++) {
			const char *text = i == fill ? (wrapped[part] != NULL ? wrapped[part] : "") : part == 0 ? cell_at(page, row, i)->text : "";

			lines[i] = text_cut(text, widths[i]);
		}
		print_cells(page, lines, widths);
		for (guint i = 0; i < page->n_columns; i++)
			g_free(lines[i]);
	}
}

void
page_text_table(struct page *page)
{
	guint n_rows = page->cells->len / page->n_columns, widths[PAGE_COLUMNS];
	char *titles[PAGE_COLUMNS];
	gboolean titled = FALSE;

	measure(page, n_rows, widths);
	g_string_append_c(page->printer.out, '\n');
	for (guint i = 0; i < page->n_columns; i++) {
		titles[i] = (char *)page->columns[i].title;
		titled = titled || *titles[i] != '\0';
	}
	if (titled)
		print_cells(page, titles, widths);
	for (guint row = 0; row < n_rows; row++)
		print_row(page, row, widths);
}

/* " · SSAC · AP · fr": for whom and from where, as far as that is certain, and the language. */
static char *
about(const struct message_row *row)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		g_autofree char *id = print_one_line(filing->id, NAME_COLUMNS);

		if (page_tells(filing))
			g_string_append_printf(out, PAGE_BETWEEN "%s", id);
	}
	if (row->lang != NULL && !g_str_equal(row->lang, "en")) {
		g_autofree char *lang = print_one_line(row->lang, NAME_COLUMNS);

		g_string_append_printf(out, PAGE_BETWEEN "%s", lang);
	}
	return g_string_free(out, FALSE);
}

/* Where it is read. */
static char *
address_of(const struct page *page, const char *id)
{
	g_auto(GStrv) pieces = g_strsplit(page->look.link, "{id}", -1);

	return g_strjoinv(id, pieces);
}

void
page_text_entry(struct page *page, const struct page_entry *entry)
{
	const struct message_row *row = entry->row;
	g_autofree char *author = entry->who != NULL ? g_strdup(entry->who) : print_author(row, NAME_COLUMNS);
	g_autofree char *time = print_time(&page->printer, row->received);
	g_autofree char *gist = print_gist(row, GIST_COLUMNS);
	g_autofree char *meta = about(row);
	g_autofree char *first = g_strdup_printf("%s%s" PAGE_BETWEEN "%s" PAGE_BETWEEN "%s", author, meta, time, row->public_id);

	g_string_append_c(page->printer.out, '\n');
	print_paragraph(&page->printer, "- ", first);
	if (entry->who == NULL && row->subject != NULL && *row->subject != '\0') {
		g_autofree char *subject = print_one_line(row->subject, COLUMNS - 4);
		g_autofree char *quoted = g_strdup_printf("\u201c%s\u201d", subject);

		print_paragraph(&page->printer, "  ", quoted);
	}
	if (g_strcmp0(row->gist, row->subject) != 0 || entry->who != NULL)
		print_paragraph(&page->printer, "  ", gist);
	if (entry->why != NULL)
		print_paragraph(&page->printer, "  why: ", entry->why);
	if (page->look.link != NULL) {
		g_autofree char *address = address_of(page, row->public_id);

		g_string_append_printf(page->printer.out, "  %s\n", address);
	}
}
