/*
 * A mail server's folder of failures: where a Sieve script files a message when deliver did not answer 0, since Sieve does not try again. Sweep takes them in.
 */
#ifndef INTAKE_FAILED_H
#define INTAKE_FAILED_H

#include "archive/mailstore.h"

/*
 * Takes the messages in FOLDER into STORE, one transaction each: of a Maildir those in new/ and cur/ and no subfolder's, of another folder its files that are
 * a minute old. Each is removed once it is on disk, unless another file has its name by then. Content that STORE has already is removed too and counts as no
 * other delivery: deliver may have kept it and have been killed before it could say so. RECEIVED is what the topmost Received field says, else the file's
 * time. *TAKEN counts those that are new. An absent folder holds nothing. One message that cannot be taken in does not stop the others: the first failure is
 * told at the end. An mbox of several messages is refused. POSTBAG_ERROR_CONFIG for a mailbox with folders of its own: it is somebody's mail.
 */
gboolean failed_take_in(struct mailstore *store, const char *folder, gint64 now, guint *taken, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many wait in FOLDER, and since when the OLDEST does (0: none). Adds to *COUNT and lowers *OLDEST. */
gboolean failed_look(const char *folder, guint *count, gint64 *oldest, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
