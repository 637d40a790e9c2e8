/* Comma-separated values (RFC 4180). */
#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include <glib.h>

/* One more cell onto OUT, with a comma before it unless a line begins; TEXT may be NULL. Escaped for a terminal; one that a spreadsheet would take for a
 * formula gets an apostrophe (OWASP CSV injection). */
void csv_cell(GString *out, const char *text);

#endif
