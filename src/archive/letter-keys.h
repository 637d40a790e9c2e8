/* Table letter_key: what letters that are alike have in common. Rows wait for the commit and are written in the order of the table: keys are spread over all of
 * it, and a page that many rows of a transaction belong to is written once. */
#ifndef ARCHIVE_LETTER_KEYS_H
#define ARCHIVE_LETTER_KEYS_H

#include "archive/index-private.h"

gboolean letter_keys_add(struct index *index, gint64 key, gint64 rank, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean letter_keys_remove(struct index *index, gint64 key, gint64 rank, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The smallest letter with KEY, 0: none; and in *MORE whether there are others. */
gboolean letter_keys_first(struct index *index, gint64 key, gint64 *out, gboolean *more, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All letters with KEY (of gint64), in no order. */
GArray *letter_keys_list(struct index *index, gint64 key, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes what waits, before a commit; and drops it, after a rollback. */
gboolean letter_keys_flush(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void letter_keys_forget(struct index *index);

#endif
