/* Copies of one message that differ in their bytes: variants (a list's copy with a footer) and truncated ones. DESIGN section 1. */
#ifndef ARCHIVE_VARIANTS_H
#define ARCHIVE_VARIANTS_H

#include "archive/index.h"

/* Finds anew, among the messages with this Message-ID and author, which is the original, which are its variants and which are cut short. Either NULL: nothing
 * to do. */
gboolean variants_refresh(struct index *index, const char *message_id, const char *author, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same where nothing changed but that MESSAGE came, whose copy_of is NULL: what it costs does not grow with the letters that have the same Message-ID and
 * author. */
gboolean variants_add(struct index *index, gint64 message, const char *message_id, const char *author, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
