/* What of a letter is compared with others' letters: its new text without what counts for nobody (doc/schema.md, "Campaigns"). */
#ifndef ARCHIVE_CAMPAIGNS_TEXT_H
#define ARCHIVE_CAMPAIGNS_TEXT_H

#include "archive/index.h"

/* Of RECORD, of which nothing is known to be learned boilerplate yet. "": there is nothing to compare. Caller frees. */
char *campaigns_text(const struct record *record);
/* The same from MESSAGE's rows, without what is boilerplate in it. Caller frees; NULL with an error. */
char *campaigns_text_stored(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
