/* A campaign as `postbag show --campaign` prints it: the letter that most have, once, and how the others differ. All of a sender's text is escaped. */
#ifndef REPORT_PRINT_CAMPAIGN_H
#define REPORT_PRINT_CAMPAIGN_H

#include "find/campaign.h"
#include "find/rows.h"

/* ROW: any letter of the campaign. DIFFERENT: at most so many differing sentences, 0: all. NULL with an error. Caller frees. */
char *campaign_print_text(struct index *index, const struct message_row *row, GTimeZone *zone, guint different, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One object: id, letters, authors, unique, first, last, common (sentences), different (text, letters, id, worth_reading), untold. */
char *campaign_print_json(struct index *index, const struct message_row *row, guint different, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
