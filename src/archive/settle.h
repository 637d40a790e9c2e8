/* What index.db keeps of its own rows, brought up to them before a commit: message.asks, .hushed and .change, and table tally. */
#ifndef ARCHIVE_SETTLE_H
#define ARCHIVE_SETTLE_H

#include "archive/db.h"

struct index;
struct settle;

/*
 * Whatever writes rows of a message in message, filing, part, passages, paragraph.scope, letter.campaign or decision goes through one of these.
 *
 * settle_run runs STMT, which writes such rows of MESSAGE and of no other; settle_run_one is index_run in the same way. What the rows counted is taken off
 * before, once in a transaction, and what they count then is added by settle_all.
 */
gboolean settle_run(struct index *index, struct stmt *stmt, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean settle_run_one(struct index *index, const char *sql, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* MESSAGE comes: it has no rows yet, and its row in message is inserted with settle_change. */
gboolean settle_new(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For a statement that writes many rows of message, though nothing that is counted: the value of message.change in them. */
gboolean settle_change(struct index *index, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Brings all up to the rows; index_commit does it. */
gboolean settle_all(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void settle_forget(struct index *index); /* after a rollback, or when all rows are gone */
void settle_free(struct settle *settle); /* NULL: nothing */

#endif
