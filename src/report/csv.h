/* Comma-separated values (RFC 4180). */
#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include <glib.h>

/* Ends each line, the heading too (RFC 4180 section 2). No byte order mark stands before the heading: programs that read UTF-8 would take it for a part of
 * the first name (RFC 3629 section 6). */
#define CSV_END "\r\n"

/* One more cell onto OUT, with a comma before it unless a line begins; TEXT may be NULL. Escaped for a terminal, tame (print_tame), in one line; one that a
 * spreadsheet would take for a formula, were it without the quotes, spaces and invisible characters before it, gets an apostrophe (OWASP CSV injection). */
void csv_cell(GString *out, const char *text);
void csv_end(GString *out);

#endif
