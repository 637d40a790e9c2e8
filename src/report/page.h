/* A report as it is written: the same calls make text of 72 columns or a page for mail programs, with the looks of the digest. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/clock.h"
#include "find/rows.h"

enum page_form { PAGE_TEXT, PAGE_HTML };
struct page_head { /* strings are shown as text, whatever is in them */
	const char *title, *label;
	const char *workstream;    /* or NULL */
	const char *rules;         /* hash, "" or NULL: none in force */
	const char *link;          /* where a message is read, with {id}; or NULL. Trusted: whoever gives it checks it */
	struct time_window window; /* how times are told: of one day without the day */
	GTimeZone *zone;
};
struct page;
struct page *page_new(enum page_form form, const struct page_head *head);
/* Ends the page, and gives it. Caller frees. */
char *page_finish(struct page *page);

/* A part with a heading: a line ABOVE it (or NULL), NUMBER beside it (below 0: none). It lasts until the next one. */
void page_part(struct page *page, const char *above, const char *title, gint64 number);
/* A list within a part. */
void page_list(struct page *page, const char *title, gint64 number);
/* A sentence, and one that is about what stands above it. */
void page_say(struct page *page, const char *text);
void page_note(struct page *page, const char *text);
/* Where the rest of what stands above it is. */
void page_more(struct page *page, const char *text);

/* Tables: columns, then for each row its cells from left to right. */
enum page_look { PAGE_PLAIN, PAGE_STRONG, PAGE_WEAK };
enum page_fit { PAGE_FIT, PAGE_WRAP, PAGE_CUT }; /* as wide as its cells; what is left of the line, wrapped or cut: one of these at most */
struct page_column {
	const char *title;
	gboolean right; /* numbers */
	enum page_fit fit;
};
void page_table(struct page *page, const struct page_column *columns, guint n);
void page_cell(struct page *page, const char *text, enum page_look look);
/* An id and, as far as there is room, its title (or NULL). */
void page_cell_name(struct page *page, const char *id, const char *title, enum page_look look);
void page_cell_number(struct page *page, gint64 number);
void page_cell_message(struct page *page, const struct message_row *row); /* who wrote, about what, and its id */
/* Bars for VALUES, the last one in colour, as high as MOST is the highest. */
void page_cell_bars(struct page *page, const gint64 *values, guint n, gint64 most);
void page_table_end(struct page *page);
/* Bars on a line of their own. */
void page_bars(struct page *page, const gint64 *values, guint n, gint64 most);

/* A letter, or a campaign's letters, worth reading: who, what, why. */
struct page_entry {
	const struct message_row *row;
	const char *who; /* of a campaign, one escaped line; NULL: the author */
	const char *why; /* one escaped line, or NULL */
};
void page_entry(struct page *page, const struct page_entry *entry);

/* How the text shows VALUES: a block for each. */
char *page_sparkline(const gint64 *values, guint n, gint64 most);

#endif
