/* What people decided, for reports, a message's own page and its history. */
#ifndef FIND_DECISIONS_H
#define FIND_DECISIONS_H

#include "archive/index.h"
#include "find/span.h"

struct decision_row {
	gint64 seq, at;
	char *public_id;     /* NULL: about no message */
	char *who, *action;  /* who may be NULL */
	char *value, *note;  /* may be NULL; of 'undo' the value is what UNDOES_ACTION and UNDOES_VALUE tell better */
	char *undoes_action; /* of 'undo': what it takes back, else NULL */
	char *undoes_value;  /* may be NULL */
	gint64 undone;       /* when it was taken back, 0: it holds */
	char *undone_by;     /* who took it back; may be NULL */
};
void decision_row_free(struct decision_row *row);

/* Arrays of struct decision_row that free their elements, oldest first: what was decided in WINDOW (WORKSTREAM NULL: on any message; what new
 * rules moved in any case), on MESSAGE, and the last
 * LIMIT (0: all) of the archive. */
GPtrArray *decisions_in(struct index *index, const struct span *span, const char *wanted, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *decisions_on(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *decisions_last(struct index *index, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
