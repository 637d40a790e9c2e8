/* What the two ways to write a page share. */
#ifndef REPORT_PAGE_PRIVATE_H
#define REPORT_PAGE_PRIVATE_H

#include "report/page.h"
#include "report/print-html-private.h"

#define PAGE_COLUMNS 12         /* of a table, at most */
#define PAGE_BETWEEN " \u00b7 " /* an id and its title */

struct page_cell {
	char *text;                    /* one escaped line of text; HTML: markup */
	const struct message_row *row; /* HTML: shown instead of TEXT */
	enum page_look look;
};

struct page {
	enum page_form form;
	struct digest look; /* what the digest's own printers ask: title, label, link, window, zone */
	struct printer printer;
	gboolean begun; /* a part */
	struct page_column columns[PAGE_COLUMNS];
	guint n_columns;
	GPtrArray *cells; /* of struct page_cell: of the table at hand, row by row */
};

/* Is FILING told of beside an author: a group or a region, and certain? */
gboolean page_tells(const struct row_filing *filing);

/* page-text.c */
void page_text_table(struct page *page);
void page_text_entry(struct page *page, const struct page_entry *entry);
/* page-html.c */
void page_html_head(struct page *page);
void page_html_foot(struct page *page);
void page_html_table(struct page *page);
void page_html_entry(struct page *page, const struct page_entry *entry);
char *page_html_bars(const gint64 *values, guint n, gint64 most, gboolean right);

#endif
