/* One message as text: what `postbag show` and `postbag explain` print. All of a sender's text is escaped. */
#ifndef REPORT_PRINT_MESSAGE_H
#define REPORT_PRINT_MESSAGE_H

#include "archive/boilerplate.h"
#include "find/details.h"
#include "find/query.h"

/* ROW with its evidence, its DETAILS and PASSAGES (of struct record_passage; NULL when unread), and what of them is BOILERPLATE (of struct boilerplate). COLOR:
 * for a terminal. Caller frees. */
char *message_print(
    const struct message_row *row, const struct details *details, const GPtrArray *passages, const GPtrArray *boilerplate, GTimeZone *zone, gboolean color);

/* What people decided and still holds, then the text with every match marked under it, the way a compiler points at a
 * column; then what was masked and what was near. */
char *message_explain(
    const struct message_row *row, const struct details *details, const GPtrArray *passages, const GPtrArray *boilerplate, GTimeZone *zone, gboolean color);

/* "ID: 9 letters alike, 7 different authors", NULL when it stands alone; and what ROW may supersede and why. Caller frees. */
char *campaign_words(const struct message_row *row, const struct alike_counts *alike);
char *correction_words(const struct message_row *row, const struct correction *correction);

#endif
