#include "base/clock.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

#define FIRST_SECOND G_GINT64_CONSTANT(-62135596800) /* 0001-01-01T00:00:00Z: GDateTime knows the years 1 to 9999 */
#define LAST_SECOND G_GINT64_CONSTANT(253402300799)  /* 9999-12-31T23:59:59Z */
#define LONGEST_RELATIVE 100000                      /* "100000h" and the like: more is a slip of the hand */

gint64
clock_now(void)
{
	const char *given = g_getenv("POSTBAG_NOW");
	gint64 t;

	if (given != NULL && g_ascii_string_to_signed(given, 10, FIRST_SECOND, LAST_SECOND, &t, NULL))
		return t;
	return g_get_real_time() / G_USEC_PER_SEC;
}

gint64
clock_roughly(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0)
		return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
#endif
	return g_get_monotonic_time();
}

gint64
clock_left(gint64 end)
{
	gint64 left = end - g_get_monotonic_time();

	return MAX(0, left);
}

GTimeZone *
clock_zone(const char *name, GError **error)
{
	GTimeZone *zone = *name != '\0' ? g_time_zone_new_identifier(name) : NULL;
	g_autofree char *shown = NULL;

	if (zone != NULL)
		return zone;
	shown = text_escape(name, FALSE);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "unknown time zone '%s'; expected a name such as UTC or Europe/Berlin", shown);
	return NULL;
}

static GDateTime *
local_time(gint64 t, GTimeZone *zone)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(CLAMP(t, FIRST_SECOND, LAST_SECOND));
	GDateTime *local = g_date_time_to_timezone(utc, zone);

	return local != NULL ? local : g_steal_pointer(&utc); /* the first and last day of GDateTime's range */
}

static gint64
date_number(gint64 t, GTimeZone *zone)
{
	g_autoptr(GDateTime) local = local_time(t, zone);
	int year, month, day;

	g_date_time_get_ymd(local, &year, &month, &day);
	return year * 10000 + month * 100 + day;
}

/* The first second of a civil day: after 00:00 where clocks go forward at midnight, the earlier of two midnights where they go back. */
static gint64
day_start(int year, int month, int day, GTimeZone *zone)
{
	static const int steps[] = {7200, 3600, 1800};
	g_autoptr(GDateTime) midnight = g_date_time_new(zone, year, month, day, 0, 0, 0);
	gint64 t, number = (gint64)year * 10000 + month * 100 + day;

	if (midnight == NULL)
		return year < 1 ? FIRST_SECOND : LAST_SECOND;
	t = g_date_time_to_unix(midnight);
	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
		if (date_number(t - steps[i], zone) == number)
			return t - steps[i];
	}
	return t;
}

static gint64
date_start(GDateTime *date, GTimeZone *zone)
{
	int year, month, day;

	if (date == NULL)
		return LAST_SECOND;
	g_date_time_get_ymd(date, &year, &month, &day);
	return day_start(year, month, day, zone);
}

/* Windows are counted on a calendar without zone (UTC) and only their ends become times of ZONE: no day is skipped or met twice. */
static GDateTime *
calendar_day(gint64 t, GTimeZone *zone)
{
	g_autoptr(GDateTime) local = local_time(t, zone);
	int year, month, day;

	g_date_time_get_ymd(local, &year, &month, &day);
	return g_date_time_new_utc(year, month, day, 0, 0, 0);
}

static struct time_window
day_window(GDateTime *first, int days, GTimeZone *zone)
{
	g_autoptr(GDateTime) end = first != NULL ? g_date_time_add_days(first, days) : NULL;

	return (struct time_window){date_start(first, zone), date_start(end, zone)};
}

static struct time_window
month_window(GDateTime *first, int months, GTimeZone *zone)
{
	g_autoptr(GDateTime) end = first != NULL ? g_date_time_add_months(first, months) : NULL;

	return (struct time_window){date_start(first, zone), date_start(end, zone)};
}

struct time_window
clock_day(gint64 t, int offset, GTimeZone *zone)
{
	g_autoptr(GDateTime) day = calendar_day(t, zone);
	g_autoptr(GDateTime) first = g_date_time_add_days(day, offset);

	return day_window(first, 1, zone);
}

struct time_window
clock_week(gint64 t, int offset, GTimeZone *zone)
{
	g_autoptr(GDateTime) day = calendar_day(t, zone);
	g_autoptr(GDateTime) monday = g_date_time_add_days(day, 1 - g_date_time_get_day_of_week(day) + 7 * offset);

	return day_window(monday, 7, zone);
}

struct time_window
clock_month(gint64 t, int offset, GTimeZone *zone)
{
	g_autoptr(GDateTime) day = calendar_day(t, zone);
	g_autoptr(GDateTime) this_month = g_date_time_add_days(day, 1 - g_date_time_get_day_of_month(day));
	g_autoptr(GDateTime) first = this_month != NULL ? g_date_time_add_months(this_month, offset) : NULL;

	return month_window(first, 1, zone);
}

struct time_window
clock_before(struct time_window window, int n, GTimeZone *zone)
{
	struct time_window (*const kinds[])(gint64, int, GTimeZone *) = {clock_day, clock_week, clock_month};
	gint64 length = window.to - window.from;

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct time_window same = kinds[i](window.from, 0, zone);

		if (same.from == window.from && same.to == window.to)
			return kinds[i](window.from, -n, zone);
	}
	if (clock_day(window.from, 0, zone).from == window.from && clock_day(window.to, 0, zone).from == window.to) {
		int days = (int)((length + 12 * 60 * 60) / (24 * 60 * 60)); /* of 23 to 25 hours */

		return (struct time_window){clock_day(window.from, -n * days, zone).from, clock_day(window.to, -n * days, zone).from};
	}
	return (struct time_window){window.from - n * length, window.to - n * length};
}

/* Reads exactly COUNT digits. */
static gboolean
take_digits(const char **at, int count, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (!g_ascii_isdigit((*at)[i]))
			return FALSE;
		value = value * 10 + (*at)[i] - '0';
	}
	*at += count;
	*out = value;
	return TRUE;
}

static gboolean
take(const char **at, char c)
{
	if (**at != c)
		return FALSE;
	(*at)++;
	return TRUE;
}

static gboolean
relative_parts(const char *text, int *count, char *unit)
{
	char *end;
	guint64 value;

	if (!g_ascii_isdigit(*text))
		return FALSE;
	value = g_ascii_strtoull(text, &end, 10);
	if (value > LONGEST_RELATIVE || end - text > 6 || *end == '\0' || strchr("hdwmy", *end) == NULL || end[1] != '\0')
		return FALSE;
	*count = (int)value;
	*unit = *end;
	return TRUE;
}

gboolean
clock_is_relative(const char *text)
{
	int count;
	char unit;

	return relative_parts(text, &count, &unit);
}

static gboolean
parse_relative(const char *text, gint64 now, GTimeZone *zone, struct time_window *out)
{
	g_autoptr(GDateTime) local = local_time(now, zone);
	g_autoptr(GDateTime) then = NULL;
	int count;
	char unit;

	if (!relative_parts(text, &count, &unit))
		return FALSE;
	switch (unit) {
	case 'h':
		then = g_date_time_add_hours(local, -count);
		break;
	case 'd':
		then = g_date_time_add_days(local, -count);
		break;
	case 'w':
		then = g_date_time_add_weeks(local, -count);
		break;
	case 'm':
		then = g_date_time_add_months(local, -count);
		break;
	default:
		then = count < 10000 ? g_date_time_add_years(local, -count) : NULL;
		break;
	}
	out->from = then != NULL ? g_date_time_to_unix(then) : FIRST_SECOND;
	out->to = now;
	return TRUE;
}

static gboolean
parse_week(int year, const char *at, GTimeZone *zone, struct time_window *out)
{
	g_autoptr(GDateTime) january4 = g_date_time_new_utc(year, 1, 4, 0, 0, 0); /* always in week 1: ISO 8601 */
	g_autoptr(GDateTime) monday = NULL;
	int week;

	if (!take_digits(&at, 2, &week) || *at != '\0' || week < 1 || week > 53 || january4 == NULL)
		return FALSE;
	monday = g_date_time_add_days(january4, 1 - g_date_time_get_day_of_week(january4) + 7 * (week - 1));
	if (monday == NULL || g_date_time_get_week_of_year(monday) != week)
		return FALSE;
	*out = day_window(monday, 7, zone);
	return TRUE;
}

static gboolean
parse_time(int year, int month, int day, const char *at, GTimeZone *zone, struct time_window *out)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) time = NULL;
	int hour, minute, second = 0;
	gboolean seconds;

	if (!take_digits(&at, 2, &hour) || !take(&at, ':') || !take_digits(&at, 2, &minute))
		return FALSE;
	seconds = take(&at, ':');
	if (seconds && !take_digits(&at, 2, &second))
		return FALSE;
	if (take(&at, 'Z'))
		zone = utc;
	if (*at != '\0' || hour > 23 || minute > 59 || second > 59)
		return FALSE;
	time = g_date_time_new(zone, year, month, day, hour, minute, second);
	if (time == NULL)
		return FALSE;
	out->from = g_date_time_to_unix(time);
	out->to = out->from + (seconds ? 1 : 60);
	return TRUE;
}

static gboolean
parse_absolute(const char *at, GTimeZone *zone, struct time_window *out)
{
	g_autoptr(GDateTime) first = NULL;
	int year, month = 1, day = 1;
	gboolean has_day;

	if (!take_digits(&at, 4, &year) || year < 1)
		return FALSE;
	if (*at == '\0') {
		first = g_date_time_new_utc(year, 1, 1, 0, 0, 0);
		*out = month_window(first, 12, zone);
		return TRUE;
	}
	if (!take(&at, '-'))
		return FALSE;
	if (take(&at, 'W'))
		return parse_week(year, at, zone, out);
	if (!take_digits(&at, 2, &month))
		return FALSE;
	has_day = take(&at, '-');
	if (has_day && !take_digits(&at, 2, &day))
		return FALSE;
	first = g_date_time_new_utc(year, month, day, 0, 0, 0);
	if (first == NULL)
		return FALSE;
	if (has_day && take(&at, 'T'))
		return parse_time(year, month, day, at, zone, out);
	if (*at != '\0')
		return FALSE;
	*out = has_day ? day_window(first, 1, zone) : month_window(first, 1, zone);
	return TRUE;
}

gboolean
clock_parse(const char *text, gint64 now, GTimeZone *zone, struct time_window *out, GError **error)
{
	g_autofree char *shown = NULL;

	if (g_str_equal(text, "today")) {
		*out = clock_day(now, 0, zone);
		return TRUE;
	}
	if (g_str_equal(text, "yesterday")) {
		*out = clock_day(now, -1, zone);
		return TRUE;
	}
	if (parse_relative(text, now, zone, out) || parse_absolute(text, zone, out))
		return TRUE;
	shown = text_escape(text, FALSE);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE,
	    "'%s' is no date; expected one such as 2019-02-12, 2019-02, 2019-W07, 2019, 7d, today or yesterday", shown);
	return FALSE;
}

char *
clock_format(gint64 t, GTimeZone *zone, const char *format)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(t);
	g_autoptr(GDateTime) local = utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
	char *text = local != NULL ? g_date_time_format(local, format) : NULL;

	return text != NULL ? text : g_strdup("-");
}

char *
clock_iso(gint64 t)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();

	return clock_format(t, utc, "%Y-%m-%dT%H:%M:%SZ");
}
