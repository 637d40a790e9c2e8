/* `postbag digest --due`, --list and --resend: subscriptions. */
#ifndef CMD_DIGEST_DUE_H
#define CMD_DIGEST_DUE_H

#include "cmd/app.h"

/* Makes and sends what is due. POSTBAG_ERROR_TEMPORARY when something has to be tried again, POSTBAG_ERROR_DATA when a recipient was refused or given up,
 * POSTBAG_ERROR_CONFIG when the issue of a subscription could not be made. */
gboolean digest_due(struct app *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The issues, newest first, with what became of them; NAME: only of that subscription, configured or not, or NULL. */
gboolean digest_list(struct app *app, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* WHICH ("staff:12", or "staff": its last) goes out once more; TO: only to that recipient, or NULL. */
gboolean digest_resend(struct app *app, const char *which, const char *to, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The zone of subscriptions that name none. */
GTimeZone *digest_zone(const struct app *app, GError **error);

#endif
