/* The milestones that the rules in force name (postbag-rules(5)), for reports. */
#ifndef INTAKE_MILESTONES_H
#define INTAKE_MILESTONES_H

#include "archive/mailstore.h"
#include "base/clock.h"
#include "rules/ruleset.h"

enum milestone_state { MILESTONE_HELD, MILESTONE_NOW, MILESTONE_UPCOMING, MILESTONE_OVERDUE /* planned, the day is over, and no actual one is given */ };
struct milestone {
	char *id, *title;
	gint64 planned_from, planned_to, actual_from, actual_to; /* 0: not given; _to exclusive. Days of the rule files: midnight UTC */
	gint64 day_from, day_to;                                 /* the actual ones, else the planned ones */
	gint64 from, to;                                         /* the same days as civil days of a zone */
	enum milestone_state state;
};
/* Those with a date, in order of it, as they stand at NOW in ZONE: of struct milestone, which it frees. None when no rules are in force. */
GPtrArray *milestones_load(struct mailstore *store, gint64 now, GTimeZone *zone, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All of RULESET, those without a date last: their days, FROM, TO are 0, and they have no STATE. Caller frees. */
GPtrArray *milestones_of(const struct ruleset *ruleset, gint64 now, GTimeZone *zone);
/* The one with that ID, whatever its case, or NULL. */
const struct milestone *milestones_find(const GPtrArray *milestones, const char *id);
/* "9-14 Mar 2019" (with a dash for ranges), "Nov 2018" of [FROM, TO), days as the rule files have them. Caller frees. */
char *milestone_days(gint64 from, gint64 to);
/* "held", "now", "upcoming", "overdue" */
const char *milestone_state_name(enum milestone_state state);
/* The civil day of T in ZONE, as the rule files have days. */
gint64 milestone_day(gint64 t, GTimeZone *zone);

#endif
