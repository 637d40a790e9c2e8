/* Time: seconds since 1970 UTC throughout; civil days and weeks in a zone; DESIGN section 1. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <glib.h>

gint64 clock_now(void); /* the one reader of the wall clock; POSTBAG_NOW (seconds) in the environment overrides it, for tests and demonstrations */

struct time_window {
	gint64 from, to;
}; /* [from, to) */

/* Microseconds of g_get_monotonic_time()'s clock, up to some milliseconds ago: for looks at it that are many and need not be exact. */
gint64 clock_roughly(void);

/* Microseconds until END of g_get_monotonic_time(), 0 when that is past. GLib's MAX asks the clock twice, and the second answer may be below 0, which where
 * waits are told means "without end". */
gint64 clock_left(gint64 end);

/* The zone called NAME ("Europe/Berlin", "UTC"), or POSTBAG_ERROR_USAGE. */
GTimeZone *clock_zone(const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The civil day, ISO week or month that holds T, moved by OFFSET days, weeks or months. Days are 23 to 25 hours long. A T outside the years 1 to 9999 counts as
 * the nearest one inside. */
struct time_window clock_day(gint64 t, int offset, GTimeZone *zone);
struct time_window clock_week(gint64 t, int offset, GTimeZone *zone);
struct time_window clock_month(gint64 t, int offset, GTimeZone *zone);

/* The N-th window before WINDOW: days before a civil day, weeks before a week, months before a month, of whole days as many days, else the same length of
 * time. */
struct time_window clock_before(struct time_window window, int n, GTimeZone *zone);

/*
 * A date as people write it in options and queries, as the window it stands for: "2019-02-12" (a day), "2019-02" (a month), "2019" (a year),
 * "2019-W07" (an ISO week), "today", "yesterday", "7d" / "2w" / "3m" / "1y" / "12h" (from that long ago to NOW), "2019-02-12T15:04" (that minute; with seconds
 * that second; with a Z at the end in UTC). POSTBAG_ERROR_USAGE.
 */
gboolean clock_parse(const char *text, gint64 now, GTimeZone *zone, struct time_window *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Is TEXT one of the "7d" kind, whose window ends now because nothing ends it? */
gboolean clock_is_relative(const char *text);

/* g_date_time_format's; names of days and months follow LC_TIME, which the programs leave at "C". Caller frees; "-" when T cannot be shown. */
char *clock_format(gint64 t, GTimeZone *zone, const char *format);
char *clock_iso(gint64 t); /* 2019-02-12T09:30:00Z */

#endif
