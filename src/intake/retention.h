/* Mail of some kinds goes after some time: [archive] retention. It goes as by a redaction of the whole message, its content id kept. */
#ifndef INTAKE_RETENTION_H
#define INTAKE_RETENTION_H

#include "archive/index.h"
#include "base/conf.h"
#include "intake/reader.h"

/* How many messages are due now, counted up to MOST (0: all); their numbers appended to LIST (of gint64), unless it is NULL. Left alone: what is held, what
 * people decided on in any other way than to say that it is of that kind, and what mail that stays answers; and all for LIMIT_RETENTION_WAIT after old mail was
 * filed anew, because rules that are wrong can be mended, and what went by them cannot. */
gboolean retention_count(struct mailstore *store, struct index *index, const struct conf *conf, gint64 now, GTimeZone *zone, guint most, guint *count,
    GArray *list, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes at most MOST of them; *GONE counts. What is left to do is redact_finish's (intake/redact.h). */
gboolean retention_apply(struct mailstore *store, struct index *index, struct reader *reader, const struct conf *conf, gint64 now, GTimeZone *zone, guint most,
    guint *gone, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
