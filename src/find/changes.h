/* What changed in an index since somebody looked last: for pages in files. */
#ifndef FIND_CHANGES_H
#define FIND_CHANGES_H

#include "archive/index.h"

/* The index's own name, another one after it was made anew (caller frees), and the number of its last change. */
char *changes_born(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean changes_last(struct index *index, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The messages (gint64) of which anything that is shown changed after CHANGE. */
GArray *changes_since(struct index *index, gint64 change, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those that were received in (FROM, TO]. */
GArray *changes_received(struct index *index, gint64 from, gint64 to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those of MESSAGE's thread that name it among their References, and its copies. */
GArray *changes_children(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GArray *changes_copies(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What MESSAGE names, oldest first and the one that it answers last: messages that are here. */
GArray *changes_references(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
