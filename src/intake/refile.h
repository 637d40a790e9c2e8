/*
 * Stored messages classified again, from their rows and not from their bytes: rules meet text in the reader's process here too. Nothing else of a message is
 * looked at.
 */
#ifndef INTAKE_REFILE_H
#define INTAKE_REFILE_H

#include "archive/index.h"
#include "intake/reader.h"

/* What a stored message is under the reader's rules: RECORD, or WHY there is none; both NULL for one that was never read. FALSE with *ERROR stops the walk. */
typedef gboolean (*refile_take)(gpointer data, gint64 message, const struct record *record, const char *why, GError **error);

struct refile_limits {
	guint messages; /* at most so many; 0: all */
	gint64 end;     /* monotonic microseconds: none is begun after it; 0: no end */
};

/* Goes through the messages with numbers beyond *AFTER, which moves with each that was taken; *DONE gets how many. Nothing may be pending at READER, and
 * TAKE may write to INDEX in the caller's transaction. POSTBAG_ERROR_TEMPORARY when no process could be had. */
gboolean refile_walk(struct index *index, struct reader *reader, const struct refile_limits *limits, gint64 *after, guint *done, refile_take take,
    gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, where what is found takes the place of what the index says: index_refile with the ruleset RULES. *MOVED gets how many are filed otherwise now. */
gboolean refile_messages(struct index *index, struct reader *reader, const struct refile_limits *limits, gint64 *after, guint *done, guint *moved,
    const char *rules, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether UNREAD says that no process could be started: that says nothing about the message, and passes. */
gboolean refile_had_no_reader(const char *unread);

#endif
