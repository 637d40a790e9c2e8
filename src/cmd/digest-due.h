/* `postbag digest --due`, --list and --resend: subscriptions. */
#ifndef CMD_DIGEST_DUE_H
#define CMD_DIGEST_DUE_H

#include "cmd/app.h"

/* Makes and sends what is due. POSTBAG_ERROR_TEMPORARY when something has to be tried again, POSTBAG_ERROR_DATA when a recipient was refused or given up. */
gboolean digest_due(struct app *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The issues, newest first, with what became of them. */
gboolean digest_list(struct app *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* WHICH ("staff:12") goes out once more. */
gboolean digest_resend(struct app *app, const char *which, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
