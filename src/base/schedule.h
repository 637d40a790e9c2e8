/* When something that happens daily or weekly at a local time is due. */
#ifndef BASE_SCHEDULE_H
#define BASE_SCHEDULE_H

#include <glib.h>

struct schedule {
	int weekday; /* 1 Monday to 7 Sunday, 0: every day */
	int minute;  /* of the civil day, 0 to 1439 */
	GTimeZone *zone;
};

/*
 * The newest moment at or before T at which SCHEDULE is due, N periods earlier than that. A time that a day does not have is the moment at which the clocks go
 * forward; one that comes twice is the first.
 */
gint64 schedule_before(const struct schedule *schedule, gint64 t, int n);
/* The first moment after T at which it is due. */
gint64 schedule_after(const struct schedule *schedule, gint64 t);

#endif
