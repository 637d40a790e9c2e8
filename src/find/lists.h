/* Lists for reports: what was received in a window, what awaits an answer, what a person brought to light. */
#ifndef FIND_LISTS_H
#define FIND_LISTS_H

#include "archive/index.h"
#include "find/span.h"

/* Message numbers (of gint64) in order of arrival. New input: kind input, read, not held, no copy, first delivery. */
GArray *list_input(struct index *index, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Everything else that can be shown: other kinds, copies, repeated deliveries; at most 200. */
GArray *list_others(struct index *index, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Input that came before WINDOW and was released, filed or made input by a person in it, and is none the less to be shown now: in order of the decisions. */
GArray *list_changed(struct index *index, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Input and administrative mail (read, not held) with an intent that has an address to go to. */
GArray *list_routed(struct index *index, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Input that asks (intent consultation or question) and has no answer yet, oldest first over the whole archive up to the end of SPAN: at most LIMIT
 * numbers, and how many there are in all, counted up to LIST_COUNTED. WANTED as span.h has it. */
#define LIST_COUNTED 1000 /* of more, nobody asks for the number, and a report must not read half the archive for it */
GArray *list_awaiting(struct index *index, const char *wanted, const struct span *span, guint limit, gint64 *total, GError **error) G_GNUC_WARN_UNUSED_RESULT;

struct list_item {
	char *public_id;
	char *reason; /* why it is held or could not be read; of an attachment why not, or NULL */
	char *name;   /* of an attachment: its file name or type */
	gint64 received;
};
/* Arrays of struct list_item that free their elements. Nothing of a held message but its id and the reason. */
GPtrArray *list_held(struct index *index, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *list_unread(struct index *index, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The numbers (gint64) of those that an issue tells as unread, and of those that one before it told and that are unread still; at most LIMIT_ISSUE_UNREAD. */
GArray *list_still_unread(struct index *index, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Attachments of new input whose text could not be read; WANTED as span.h has it. */
GPtrArray *list_unread_attachments(struct index *index, const struct span *span, const char *wanted, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
