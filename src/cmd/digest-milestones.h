/* The time between two milestones of the rules. */
#ifndef CMD_DIGEST_MILESTONES_H
#define CMD_DIGEST_MILESTONES_H

#include "base/clock.h"
#include "cmd/app.h"

/*
 * FIRST and SECOND (or FIRST alone as "A to B", SECOND NULL) are ids of milestones of the rules in force; case does not matter. The window is from the day
 * after the last day of the first to the last day of the second, in the zone of APP, so that one such time ends where the next begins; a milestone without an
 * actual date counts by its planned one. *LABEL has the days. COMMAND is named in errors. POSTBAG_ERROR_USAGE.
 */
gboolean digest_milestones_find(const struct app *app, struct archive *archive, const char *command, const char *first, const char *second,
    struct time_window *out, char **label, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
