/* Digests that were sent of an archive keep their message for the next try: what is redacted goes out of these too. */
#ifndef INTAKE_REDACT_ISSUES_H
#define INTAKE_REDACT_ISSUES_H

#include "intake/redact.h"

/*
 * Within a transaction, after PLANS (of struct redact_plan) were applied: of each issue since the first of these messages came that tells what was taken out,
 * the words are taken out too where words are known, else its message goes as a whole; it can be sent no more then. *CHANGED and *GONE count them.
 */
gboolean redact_issues(struct mailstore *store, const GPtrArray *plans, const struct redact_request *request, guint *changed, guint *gone,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
