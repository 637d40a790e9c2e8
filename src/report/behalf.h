/* In whose name a letter says that it is written. Pure. */
#ifndef REPORT_BEHALF_H
#define REPORT_BEHALF_H

#include <glib.h>

/*
 * The name that stands in TEXT (a passage) in or behind the words at OFFSET and LENGTH by which a rule found that somebody speaks for others: "On behalf of the
 * Harbour Users Group we submit" gives "Harbour Users Group". A name is a run of words with capitals, and of small words between these; of writing without
 * capitals nothing is found. ONE_CAPITAL: in a language that writes only the first of them with one, a name ends at a comma. *AT gets its byte offset. NULL
 * when there is none. Caller frees.
 */
char *behalf_name(const char *text, gsize offset, gsize length, gboolean one_capital, gsize *at);

#endif
