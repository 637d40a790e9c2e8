/* What `postbag status` says of subscriptions: when each last went out, what waits, when the next is due. */
#ifndef CMD_STATUS_MAIL_H
#define CMD_STATUS_MAIL_H

#include "base/json.h"
#include "cmd/app.h"

/* One element for each configured subscription, and after them those that are not configured and of which something waits. */
GPtrArray *status_mail_load(const struct app *app, struct index *index, GError **error);
void status_mail_print(const struct app *app, const GPtrArray *states);
/* As postbag(1) has it. Caller puts it into an object. */
struct json *status_mail_json(const GPtrArray *states);
/* POSTBAG_ERROR_RECONCILE when an issue is overdue, or waits, for so long that a person should look. */
gboolean status_mail_judge(const struct app *app, const GPtrArray *states, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
