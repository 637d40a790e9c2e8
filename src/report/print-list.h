/* Messages as rows: what `postbag query` prints. */
#ifndef REPORT_PRINT_LIST_H
#define REPORT_PRINT_LIST_H

#include "find/query.h"

/* ROWS (of struct message_row) as aligned lines, at most COLUMNS wide (0: not cut). Caller frees. */
char *list_print_text(const GPtrArray *rows, GTimeZone *zone, guint columns, gboolean color);
/* With a heading line; cells that a spreadsheet would take for a formula are prefixed with an apostrophe (RFC 4180, OWASP CSV injection). */
char *list_print_csv(const GPtrArray *rows);
/* One JSON object a line. */
char *list_print_json(const GPtrArray *rows);

#endif
