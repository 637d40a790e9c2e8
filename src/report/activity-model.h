/* What an activity report is made of, for its printers. */
#ifndef REPORT_ACTIVITY_MODEL_H
#define REPORT_ACTIVITY_MODEL_H

#include "find/targets.h"
#include "report/activity.h"

#define ACTIVITY_DAYS 14  /* of a window that is told day by day */
#define ACTIVITY_LONG 400 /* months; of a longer window only those between the first letter and the last are told */
#define ACTIVITY_WEEKS 54 /* of one that is told week by week; a longer one is told by months */

struct activity_table {
	const char *by;    /* "group" */
	const char *title; /* "Groups" */
	GPtrArray *rows;   /* of struct activity_row */
	gint64 doubles;    /* how often letters count that count in another row too: the rows' sum is that much more than the letters */
	gint64 most;       /* of all bars */
};
struct activity_part { /* a day, week or month of the window */
	struct time_window window;
	struct activity_sum sum;
};
struct activity {
	struct time_window window; /* from the first letter on where nobody asked for more */
	char *title, *label, *workstream, *link;
	char rules[72];
	GTimeZone *zone;
	GPtrArray *targets;
	struct activity_sum sum;
	struct ledger ledger;
	GPtrArray *tables;  /* of struct activity_table */
	const char *period; /* "day", "week" or "month" */
	GArray *parts;      /* of struct activity_part */
	gboolean tell_parts;
	gint64 bounds[ACTIVITY_BARS];
	guint n_bars;
};

/* "SSAC", with its title where it has one of its own; what is not known by that word. Caller frees. */
char *activity_name(const struct activity *activity, const struct activity_table *table, const struct activity_row *row);
/* "week 7, 11 Feb 2019". Caller frees. */
char *activity_part_name(const struct activity *activity, const struct activity_part *part);

#endif
