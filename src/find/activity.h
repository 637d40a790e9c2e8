/* Numbers of new input by what it is filed under: letters, how many are left when those alike count once, who wrote, when. */
#ifndef FIND_ACTIVITY_H
#define FIND_ACTIVITY_H

#include "archive/index.h"
#include "find/span.h"

#define ACTIVITY_BARS 10 /* into which a window is parted, at most: what a line has room for */

struct activity_sum {
	gint64 letters;     /* new input as find/counts.h has it */
	gint64 unique;      /* of them letters that are not alike (a campaign is one) and that no correction superseded */
	gint64 authors;     /* different people: by address, by name where there is none; who gave neither are one */
	gint64 first, last; /* received; 0 when there are no letters */
};
struct activity_row {
	char *id; /* "": filed under nothing of that type, or the language is not known */
	struct activity_sum sum;
	gint64 bars[ACTIVITY_BARS]; /* letters by part of the window */
};

/* Of all letters received in WINDOW; WANTED as find/span.h has it. */
gboolean activity_sum(struct index *index, struct time_window window, const char *wanted, struct activity_sum *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/*
 * By TYPE ("group", "region", "topic", "workstream", or "language"), most letters first: of struct activity_row, which it frees. A letter that is filed under
 * two counts in both. BOUNDS: the ends of N_BARS parts of the window, ascending; the last is its end.
 */
GPtrArray *activity_by(struct index *index, struct time_window window, const char *wanted, const char *type, const gint64 *bounds, guint n_bars,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* New input filed under each id of TYPE, of all that was received in WINDOW, by id (char * -> gint64 *, both freed). */
GHashTable *activity_count(struct index *index, struct time_window window, const char *type, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of all that was received before TO: it asks the filings, not the deliveries. */
GHashTable *activity_running(struct index *index, gint64 to, const char *type, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* When the first delivery of all was received; G_MAXINT64 when there is none. */
gboolean activity_begin(struct index *index, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Has the author of MESSAGE no input from before FROM? FALSE when nobody knows who it is. */
gboolean activity_is_first(struct index *index, gint64 message, gint64 from, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
