/* One hint and the thread's own filing make a suggestion: filings with by = 'thread'. */
#ifndef ARCHIVE_SUGGESTIONS_H
#define ARCHIVE_SUGGESTIONS_H

#include "archive/index.h"
#include "archive/threads.h"

/* Adds what MESSAGE is filed under and hints at to its thread, and suggests what follows for it and for the others. RECORD, when the message has just been
 * classified by it and nothing was decided on it, says the same as the tables and is quicker to ask; else NULL. */
gboolean suggestions_add(struct index *index, gint64 message, const struct record *record, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for one that has just come and joined. */
gboolean suggestions_add_new(
    struct index *index, gint64 message, const struct record *record, const struct joined *joined, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes it back. MESSAGE is, or was, in THREAD. */
gboolean suggestions_remove(struct index *index, gint64 message, gint64 thread, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Thread FROM has become part of TO. */
gboolean suggestions_merge(struct index *index, gint64 from, gint64 to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Which topic belongs to which workstream has changed. */
gboolean suggestions_refresh_all(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
