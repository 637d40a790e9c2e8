/* Milestones: what was planned and what came of it, and what came in around each. The rules in force say which there are (postbag-rules(5)). */
#ifndef REPORT_MILESTONES_H
#define REPORT_MILESTONES_H

#include "archive/mailstore.h"
#include "find/activity.h"
#include "find/rows.h"

enum milestone_state { MILESTONE_HELD, MILESTONE_NOW, MILESTONE_UPCOMING, MILESTONE_OVERDUE /* planned, the day is over, and no actual one is given */ };
struct milestone {
	char *id, *title;
	gint64 planned_from, planned_to, actual_from, actual_to; /* 0: not given; _to exclusive. Days of the rule files: midnight UTC */
	gint64 from, to;                                         /* the actual days, else the planned ones */
	enum milestone_state state;
};
/* Those with a date, in order of it, as they stand at NOW: of struct milestone, which it frees. None when no rules are in force. */
GPtrArray *milestones_load(struct mailstore *store, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "9-14 Mar 2019" (with a dash for ranges), "Nov 2018" of [FROM, TO). Caller frees. */
char *milestone_days(gint64 from, gint64 to);
/* "held", "now", "upcoming", "overdue" */
const char *milestone_state_name(enum milestone_state state);
/* Whole days from the day of T to the day of LATER. */
gint64 milestone_days_between(gint64 t, gint64 later);

struct milestones_options {
	const char *title, *workstream, *link; /* WORKSTREAM and LINK may be NULL */
	gint64 now;
	guint days; /* how long before each is looked at */
	GTimeZone *zone;
};
struct milestones;
/* Outside a transaction. POSTBAG_ERROR_USAGE for a workstream that does not exist. */
struct milestones *milestones_build(
    struct mailstore *store, struct index *index, const struct milestones_options *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void milestones_free(struct milestones *milestones);
typedef struct milestones Milestones;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Milestones, milestones_free)

/* Caller frees. */
char *milestones_print_text(const struct milestones *milestones);
char *milestones_print_html(const struct milestones *milestones);
char *milestones_print_csv(const struct milestones *milestones);
char *milestones_print_json(const struct milestones *milestones);

#endif
