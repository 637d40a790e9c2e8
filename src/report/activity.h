/* Who wrote how much and when: new input of a window by group, region, workstream, topic, language and week, beside the ledger that accounts for all of it. */
#ifndef REPORT_ACTIVITY_H
#define REPORT_ACTIVITY_H

#include "archive/mailstore.h"
#include "find/activity.h"
#include "report/ledger.h"

struct activity_options {
	struct time_window window; /* FROM 0: from the beginning */
	const char *title;
	const char *workstream, *link; /* or NULL */
	const char *label;             /* of the window; NULL: made from it */
	const char *by;                /* one of activity_ways; NULL: the first four and weeks */
	gint64 spooled;                /* messages waiting in the spool */
	GTimeZone *zone;
};
extern const char *const activity_ways[]; /* "group", ... "week": NULL-terminated */

struct activity;
/* Outside a transaction. POSTBAG_ERROR_USAGE for a workstream that does not exist. A ledger that does not reconcile is no failure: activity_difference. */
struct activity *activity_build(struct mailstore *store, struct index *index, const struct activity_options *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void activity_free(struct activity *activity);
typedef struct activity Activity;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Activity, activity_free)
/* By how many the ledger does not reconcile, or the letters told of are not its input. */
gint64 activity_difference(const struct activity *activity);

/* Caller frees. */
char *activity_print_text(const struct activity *activity);
char *activity_print_html(const struct activity *activity);
char *activity_print_csv(const struct activity *activity);
char *activity_print_json(const struct activity *activity);

#endif
