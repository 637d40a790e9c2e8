/* When a question was answered: by a later message of the team in its thread, or by decision. */
#ifndef ARCHIVE_ANSWERS_H
#define ARCHIVE_ANSWERS_H

#include "archive/index.h"

/* MESSAGE has come with RECORD, and nobody decided on it: its own answer, and what it may answer. */
gboolean answers_add(struct index *index, gint64 message, const struct record *record, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All questions of THREAD, after one of its messages went, changed its kind or date, or was decided on. */
gboolean answers_refresh_thread(struct index *index, gint64 thread, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
