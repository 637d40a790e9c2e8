/* What deliveries put off. */
#ifndef INTAKE_SWEEP_H
#define INTAKE_SWEEP_H

#include "archive/mailstore.h"

/* Takes the messages waiting in SPOOL into STORE, oldest first, one transaction each; each is removed only once it is on disk, and a message taken in before a
 * crash is not taken in twice. *TAKEN counts them. One that cannot be taken in does not stop the others: the first failure is told at the end. */
gboolean sweep_spool(struct mailstore *store, const char *spool, guint *taken, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
