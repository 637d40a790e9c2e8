/*
 * The emergency spool: a Maildir that takes a message in when mail.db cannot. Each message is on disk (file and folder synced) before deliver answers 0;
 * sweep takes them in later. The time of arrival stands in the file's name, the envelope beside it in envelope/.
 */
#ifndef INTAKE_SPOOL_H
#define INTAKE_SPOOL_H

#include "archive/mailstore.h"
#include "base/rawmessage.h"

/* Writes RAW into the spool at FOLDER (made with mode 2770 if absent, its parent not); when TRUE, file and folders are on disk. UNCERTAIN: mail.db failed at
 * the commit, so that it may hold this very delivery after all. POSTBAG_ERROR_TEMPORARY when that fails. */
gboolean spool_write(
    const char *folder, const struct raw_message *raw, const struct delivery *delivery, gboolean uncertain, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Messages waiting in FOLDER; 0 when there is no such folder. With a window other than 0, 0 only those received in [FROM, TO). POSTBAG_ERROR_PERMISSION when it
 * cannot be looked into. */
gboolean spool_count(const char *folder, gint64 from, gint64 to, guint *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same without a window, and when the OLDEST of them was received (0: none). Adds to *OUT and lowers *OLDEST. */
gboolean spool_look(const char *folder, guint *out, gint64 *oldest, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes what killed deliveries left half done BEFORE that time (by this host's clock): files in tmp/, envelopes without a message. */
void spool_tidy(const char *folder, gint64 before);

struct spooled {
	char *path;
	char *envelope_path;
	gint64 received;
	gboolean uncertain;
	char *sender, *recipient;
};
void spooled_free(struct spooled *spooled);
/* What waits in FOLDER, oldest first: array of struct spooled. */
GPtrArray *spool_list(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes a message that mail.db holds now. */
gboolean spool_remove(const struct spooled *spooled, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
