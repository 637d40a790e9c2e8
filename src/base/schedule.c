#include "base/schedule.h"

#include "base/clock.h"

#define DAY 86400

static int
minute_of_day(gint64 t, GTimeZone *zone)
{
	int interval = g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, t);
	gint64 local = t + g_time_zone_get_offset(zone, interval);

	return (int)((local % DAY + DAY) % DAY / 60);
}

static int
weekday_of(gint64 t, GTimeZone *zone)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(t);
	g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);

	return g_date_time_get_day_of_week(local);
}

/* Minute by minute, because clocks are changed at any of them; a day has 1,500 at most. */
static gint64
moment_of_day(struct time_window day, const struct schedule *schedule)
{
	for (gint64 t = day.from; t < day.to; t += 60)
		if (minute_of_day(t, schedule->zone) >= schedule->minute)
			return t;
	return day.to;
}

gint64
schedule_before(const struct schedule *schedule, gint64 t, int n)
{
	for (int back = 0;; back++) {
		struct time_window day = clock_day(t, -back, schedule->zone);
		gint64 moment;

		if (schedule->weekday != 0 && weekday_of(day.from, schedule->zone) != schedule->weekday)
			continue;
		moment = moment_of_day(day, schedule);
		if (moment <= t && n-- == 0)
			return moment;
	}
}

gint64
schedule_after(const struct schedule *schedule, gint64 t)
{
	for (int on = 0;; on++) {
		struct time_window day = clock_day(t, on, schedule->zone);
		gint64 moment;

		if (schedule->weekday != 0 && weekday_of(day.from, schedule->zone) != schedule->weekday)
			continue;
		moment = moment_of_day(day, schedule);
		if (moment > t)
			return moment;
	}
}
