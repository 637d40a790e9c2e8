/* Messages as rows: what `postbag query` prints. */
#ifndef REPORT_PRINT_LIST_H
#define REPORT_PRINT_LIST_H

#include "find/excerpt.h"
#include "find/query.h"

struct list_style {
	GTimeZone *zone;
	gint64 now;               /* dates count back from it; G_MININT64: dates as 2019-02-12 */
	guint columns;            /* of a line at most, 0: not cut */
	gboolean color;           /* what was asked for stands out */
	const char *const *words; /* query_words */
	guint filing, author;     /* widths of these columns; 0: as wide as the first rows need, which are then noted here */
};

/* ROWS (of struct message_row) as aligned lines; below each its excerpt when EXCERPTS (of struct excerpt, NULL for none; may itself be NULL) has one. Caller
 * frees. */
char *list_print_text(const GPtrArray *rows, const GPtrArray *excerpts, struct list_style *style);
/* With a heading line; cells that a spreadsheet would take for a formula are prefixed with an apostrophe (RFC 4180, OWASP CSV injection). With EXCERPTS, as
 * above, a last column. */
char *list_print_csv(const GPtrArray *rows, const GPtrArray *excerpts);
char *list_print_csv_more(const GPtrArray *rows, const GPtrArray *excerpts); /* without the heading */
/* One JSON object a line. */
char *list_print_json(const GPtrArray *rows);
/* The same with "excerpt": {"in", "text", "marks": [[offset, length]...]}, in characters. */
char *list_print_json_excerpts(const GPtrArray *rows, const GPtrArray *excerpts);

#endif
