/*
 * Stored messages classified again, from their rows and not from their bytes: rules meet text in the reader's process here too. Nothing else of a message is
 * looked at.
 */
#ifndef INTAKE_REFILE_H
#define INTAKE_REFILE_H

#include "archive/index.h"
#include "intake/reader.h"
#include "rules/change.h"

#define REFILE_READERS 2 /* at most */

struct refile_query {
	struct reader *readers[REFILE_READERS]; /* with the rules; the second may be NULL. Nothing may be pending at them */
	const char *rules;                      /* the hash of these */
	const char *base;                       /* that of the rules of reader_set_base, and what changed since; or NULL: every message is asked whole */
	const struct change *change;
	guint messages; /* at most so many; 0: all */
	gint64 end;     /* monotonic microseconds: none is begun after it; 0: no end */
};

/*
 * Goes through the messages with numbers beyond *AFTER, which moves with each that is done; *DONE gets how many, *MOVED how many are filed otherwise now. What
 * the rules say takes the place of what the index says (index_refile), in the caller's transaction, who calls index_set_refiled. A message that BASE filed is
 * asked only where the change touches it. POSTBAG_ERROR_TEMPORARY when no process could be had.
 */
gboolean refile_messages(
    struct index *index, const struct refile_query *query, gint64 *after, guint *done, guint *moved, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether UNREAD says that no process could be started: that says nothing about the message, and passes. */
gboolean refile_had_no_reader(const char *unread);

#endif
