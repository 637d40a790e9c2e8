/* What a report of milestones is made of, for its printers. */
#ifndef REPORT_MILESTONES_MODEL_H
#define REPORT_MILESTONES_MODEL_H

#include "report/milestones.h"

#define MILESTONES_CONSULTATIONS 5 /* named at each, the oldest */
#define MILESTONES_WORKSTREAMS 3   /* named at each, those with most letters */

struct milestone_around {
	const struct milestone *milestone, *next; /* NEXT: the first that begins later; NULL: none */
	struct time_window before, after;         /* the days before it, and from its begin to that of the next; both end now at the latest */
	struct activity_sum sum_before, sum_after;
	char *workstreams;        /* of AFTER: "quay 12, water 8"; "" when there are none */
	gint64 questions, open;   /* questions and consultations that were open when it began (of one to come: now) */
	GArray *numbers;          /* of gint64: the oldest of the consultations */
	GPtrArray *consultations; /* of struct message_row: these */
};
struct milestones {
	char *title, *workstream, *link;
	char rules[72];
	gint64 now;
	guint days;
	GTimeZone *zone;
	GPtrArray *all;    /* of struct milestone */
	GPtrArray *around; /* of struct milestone_around, in the same order */
};

/* Days from today to its first. */
gint64 milestones_left(const struct milestones *milestones, const struct milestone *milestone);
/* How many days later than planned it began, and, where it began as planned, ended; below 0: earlier. FALSE when one of the dates is not given. */
gboolean milestone_slip(const struct milestone *milestone, gint64 *begin, gint64 *end);

#endif
