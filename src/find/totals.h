/* Numbers over the whole archive, for status. */
#ifndef FIND_TOTALS_H
#define FIND_TOTALS_H

#include "archive/index.h"

struct totals {
	gint64 messages, deliveries, unread, held, unfiled, unanswered, redacted, redactions_pending;
	gint64 input, unique; /* input that is neither held, unread nor a copy; of it letters that are neither alike nor superseded */
};
struct totals_reason {
	char *reason; /* why an attachment was not read */
	gint64 count;
};
/* The attachments of input that nobody could read, by reason, most frequent first (of struct totals_reason), without those that wait for a converter: *WAITING
 * counts them, *WAITING_PDF those among them that need pdftotext. */
GPtrArray *totals_attachments(struct index *index, gint64 *waiting, gint64 *waiting_pdf, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Redactions of which it is not certain that nothing is left. */
gboolean totals_pending(struct index *index, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean totals_load(struct index *index, struct totals *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
