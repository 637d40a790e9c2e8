#include "base/dates.h"

#define EARLIEST G_GINT64_CONSTANT(788918400) /* 1995-01-01 00:00 UTC */
#define DAY (24 * 60 * 60)

gint64
date_effective(const struct record *record, gint64 received, const char **reason)
{
	const char *why = "Date";
	gint64 date = received;

	if (!record->has_date)
		why = "received: no Date";
	else if (record->date < EARLIEST)
		why = "received: the Date is before 1995";
	else if (record->date > received + DAY)
		why = "received: the Date is in the future";
	else
		date = record->date;
	if (reason != NULL)
		*reason = why;
	return date;
}
