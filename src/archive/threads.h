/* Threads: messages joined by the Message-IDs they name (RFC 5322 section 3.6.4), whatever the order they come in. */
#ifndef ARCHIVE_THREADS_H
#define ARCHIVE_THREADS_H

#include "archive/index.h"

/* Where a message that comes finds itself. */
struct joined {
	gint64 thread;
	gboolean alone; /* nobody else is in its thread */
	gboolean named; /* its Message-ID was seen before: others may have it, or name it */
};
/* Notes the Message-IDs that RECORD names and joins the threads they belong to. RECORD NULL: a thread of its own. Before the message's row is made. */
gboolean threads_join(struct index *index, gint64 message, const struct record *record, struct joined *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether RECORD (NULL: none) names what MESSAGE names already, in the same order: then it stays in its thread. */
gboolean threads_names_same(struct index *index, gint64 message, const struct record *record, gboolean *same, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Forgets what MESSAGE names; what it alone held together falls apart. After its row is gone; THREAD is the one it was in. */
gboolean threads_leave(struct index *index, gint64 message, gint64 thread, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
