/* What `postbag redact` and `postbag sweep` share. */
#ifndef CMD_REDACT_H
#define CMD_REDACT_H

#include "cmd/app.h"
#include "intake/redact.h"

/* Finishes the redactions that are pending in ARCHIVE, whose index has followed, and logs what keeps one pending. EXTRA: words to look for, or NULL. OUT is to
 * be cleared (redact_finished_clear). */
gboolean redact_settle(struct app *app, struct archive *archive, const struct needles *extra, gint64 only, gboolean *pending, struct redact_finished *out,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
