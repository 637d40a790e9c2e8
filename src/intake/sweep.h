/* What deliveries put off. */
#ifndef INTAKE_SWEEP_H
#define INTAKE_SWEEP_H

#include "archive/mailstore.h"

/* Takes the messages waiting in SPOOL into STORE, oldest first, one transaction each; each is removed only once it is on disk, and a message taken in before a
 * crash is not taken in twice. NOW is when they are entered. *TAKEN counts them. One that cannot be taken in does not stop the others: the first failure is
 * told at the end. */
gboolean sweep_spool(struct mailstore *store, const char *spool, gint64 now, guint *taken, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The messages in SPOOLS (of char *) received in [FROM, TO) that STORE does not have: one whose file is still there, though a sweep that was killed had taken
 * it in, is not counted twice. What cannot be opened counts. */
gboolean sweep_waiting(struct mailstore *store, const GPtrArray *spools, gint64 from, gint64 to, guint *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The archive's own folder as a lock: -1 and errno EWOULDBLOCK when another sweep, or what must not meet one, has it. Where a folder cannot be locked two at
 * once do no harm. The descriptor is closed to give it back. */
int sweep_lock(const char *folder);

#endif
