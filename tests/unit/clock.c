#include "base/clock.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define HOUR 3600

static gint64
utc(int year, int month, int day, int hour, int minute)
{
	g_autoptr(GDateTime) time = g_date_time_new_utc(year, month, day, hour, minute, 0);

	return g_date_time_to_unix(time);
}

static GTimeZone *
zone_of(const char *name)
{
	GError *error = NULL;
	GTimeZone *zone = clock_zone(name, &error);

	assert_null(error);
	assert_non_null(zone);
	return zone;
}

static struct time_window
parse(const char *text, gint64 now, GTimeZone *zone)
{
	struct time_window window = {0, 0};
	GError *error = NULL;

	assert_true(clock_parse(text, now, zone, &window, &error));
	assert_null(error);
	return window;
}

/* A day is as long as the clocks of its zone make it, so that no delivery falls between two digests. */
static void
days_of_23_and_25_hours(void **state)
{
	g_autoptr(GTimeZone) berlin = zone_of("Europe/Berlin");
	struct time_window spring = clock_day(utc(2019, 3, 31, 10, 0), 0, berlin);
	struct time_window autumn = clock_day(utc(2019, 10, 27, 10, 0), 0, berlin);
	struct time_window after = clock_day(utc(2019, 10, 27, 10, 0), 1, berlin);

	assert_int_equal(spring.from, utc(2019, 3, 30, 23, 0));
	assert_int_equal(spring.to - spring.from, 23 * HOUR);
	assert_int_equal(autumn.from, utc(2019, 10, 26, 22, 0));
	assert_int_equal(autumn.to - autumn.from, 25 * HOUR);
	assert_int_equal(after.from, autumn.to);
	assert_int_equal(after.to - after.from, 24 * HOUR);
}

/* Where clocks change at midnight, the day still begins where the day before ends. */
static void
days_without_midnight(void **state)
{
	g_autoptr(GTimeZone) sao_paulo = zone_of("America/Sao_Paulo"); /* 2018-11-04: 00:00 -> 01:00 */
	g_autoptr(GTimeZone) havana = zone_of("America/Havana");       /* 2019-11-03: 01:00 -> 00:00 */
	struct time_window gap = clock_day(utc(2018, 11, 4, 12, 0), 0, sao_paulo);
	struct time_window before_gap = clock_day(utc(2018, 11, 4, 12, 0), -1, sao_paulo);
	struct time_window twice = clock_day(utc(2019, 11, 3, 12, 0), 0, havana);

	assert_int_equal(gap.from, utc(2018, 11, 4, 3, 0));
	assert_int_equal(gap.to - gap.from, 23 * HOUR);
	assert_int_equal(before_gap.to, gap.from);
	assert_int_equal(twice.from, utc(2019, 11, 3, 4, 0));
	assert_int_equal(twice.to - twice.from, 25 * HOUR);
}

/* Every second of a year with two changes belongs to exactly one day: windows meet without gap or overlap. */
static void
days_meet(void **state)
{
	static const char *const names[] = {"UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GTimeZone) zone = zone_of(names[i]);
		struct time_window day = clock_day(utc(2019, 1, 1, 12, 0), 0, zone);

		for (int n = 0; n < 370; n++) {
			struct time_window next = clock_day(day.from, 1, zone);

			assert_int_equal(next.from, day.to);
			assert_true(day.to - day.from >= 23 * HOUR && day.to - day.from <= 25 * HOUR);
			day = next;
		}
	}
}

/* Weeks are ISO 8601's: from Monday, and a week may belong to the year before or after. */
static void
iso_weeks(void **state)
{
	g_autoptr(GTimeZone) zone = zone_of("UTC");
	struct time_window window = clock_week(utc(2019, 2, 17, 23, 59), 0, zone);

	assert_int_equal(window.from, utc(2019, 2, 11, 0, 0));
	assert_int_equal(window.to, utc(2019, 2, 18, 0, 0));
	window = parse("2019-W07", 0, zone);
	assert_int_equal(window.from, utc(2019, 2, 11, 0, 0));
	window = parse("2020-W01", 0, zone);
	assert_int_equal(window.from, utc(2019, 12, 30, 0, 0));
	window = parse("2020-W53", 0, zone);
	assert_int_equal(window.from, utc(2020, 12, 28, 0, 0));
	assert_int_equal(window.to, utc(2021, 1, 4, 0, 0));
}

/* Months and years, moved over the ends of years and short months. */
static void
months(void **state)
{
	g_autoptr(GTimeZone) zone = zone_of("UTC");
	struct time_window window = clock_month(utc(2019, 3, 31, 5, 0), -1, zone);

	assert_int_equal(window.from, utc(2019, 2, 1, 0, 0));
	assert_int_equal(window.to, utc(2019, 3, 1, 0, 0));
	window = clock_month(utc(2019, 1, 31, 5, 0), -1, zone);
	assert_int_equal(window.from, utc(2018, 12, 1, 0, 0));
	window = parse("2020", 0, zone);
	assert_int_equal(window.to - window.from, 366 * 24 * HOUR);
	window = parse("2019-02", 0, zone);
	assert_int_equal(window.to - window.from, 28 * 24 * HOUR);
}

/* What people type means what they mean by it. */
static void
dates_as_typed(void **state)
{
	g_autoptr(GTimeZone) berlin = zone_of("Europe/Berlin");
	gint64 now = utc(2019, 3, 31, 12, 0);
	struct time_window window = parse("2019-02-12", now, berlin);

	assert_int_equal(window.from, utc(2019, 2, 11, 23, 0));
	assert_int_equal(window.to, utc(2019, 2, 12, 23, 0));
	window = parse("today", now, berlin);
	assert_int_equal(window.to - window.from, 23 * HOUR);
	window = parse("yesterday", now, berlin);
	assert_int_equal(window.to, utc(2019, 3, 30, 23, 0));
	window = parse("1d", now, berlin); /* the same time by the clock on the wall */
	assert_int_equal(window.from, utc(2019, 3, 30, 13, 0));
	assert_int_equal(window.to, now);
	window = parse("12h", now, berlin);
	assert_int_equal(window.from, now - 12 * HOUR);
	window = parse("1m", now, berlin);
	assert_int_equal(window.from, utc(2019, 2, 28, 13, 0));
	window = parse("2019-02-12T15:04", now, berlin);
	assert_int_equal(window.from, utc(2019, 2, 12, 14, 4));
	assert_int_equal(window.to - window.from, 60);
	window = parse("2019-02-12T15:04:05Z", now, berlin);
	assert_int_equal(window.from, utc(2019, 2, 12, 15, 4) + 5);
	assert_int_equal(window.to - window.from, 1);
	assert_true(clock_is_relative("7d"));
	assert_false(clock_is_relative("2019"));
}

/* What is no date is refused with what was expected, and leaves the window alone. */
static void
no_dates(void **state)
{
	static const char *const texts[] = {"", "2", "20190212", "2019-", "2019-2-12", "2019-13", "2019-02-30", "2019-02-12x", "2019-W00", "2019-W53",
	    "2019-W7", "0000", "7", "d", "7x", "7dd", "-7d", "9999999999999d", "2019-02-12T", "2019-02-12T25:00", "2019-02-12T15:04:", "2019-02-12T15:04ZZ",
	    "tomorrow", "2019-02T10:00", "\xd9\xa2\xd9\xa0", "12.02.2019"};
	g_autoptr(GTimeZone) zone = zone_of("UTC");

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;
		struct time_window window = {1, 2};

		assert_false(clock_parse(texts[i], 0, zone, &window, &error));
		assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE));
		assert_int_equal(window.from, 1);
	}
}

/* The windows before a day, a week or a month are days, weeks and months, whatever their length in seconds. */
static void
windows_before(void **state)
{
	g_autoptr(GTimeZone) berlin = zone_of("Europe/Berlin");
	struct time_window day = clock_day(utc(2019, 4, 1, 12, 0), 0, berlin);
	struct time_window month = clock_month(utc(2019, 3, 15, 12, 0), 0, berlin);
	struct time_window odd = {utc(2019, 4, 1, 12, 0), utc(2019, 4, 1, 18, 0)};
	struct time_window days = {utc(2019, 3, 31, 22, 0), utc(2019, 4, 3, 22, 0)}; /* three, the clocks put forward on the last day before */
	struct time_window before = clock_before(day, 1, berlin);

	assert_int_equal(before.to, day.from);
	assert_int_equal(before.to - before.from, 23 * HOUR);
	before = clock_before(month, 1, berlin);
	assert_int_equal(before.to, month.from);
	assert_int_equal(before.from, utc(2019, 1, 31, 23, 0));
	before = clock_before(days, 1, berlin);
	assert_int_equal(before.from, utc(2019, 3, 28, 23, 0));
	assert_int_equal(before.to, days.from);
	before = clock_before(odd, 2, berlin);
	assert_int_equal(before.from, utc(2019, 4, 1, 0, 0));
}

/* Times that no calendar holds are shown as a dash or bounded, not followed into undefined behaviour. */
static void
impossible_times(void **state)
{
	g_autoptr(GTimeZone) zone = zone_of("Asia/Kathmandu");
	g_autofree char *late = clock_iso(G_MAXINT64);
	g_autofree char *early = clock_format(G_MININT64, zone, "%Y");
	g_autofree char *good = clock_iso(1549963800);
	struct time_window last = clock_day(G_MAXINT64, 1, zone);
	struct time_window first = clock_week(G_MININT64, -1, zone);

	assert_string_equal(late, "-");
	assert_string_equal(early, "-");
	assert_string_equal(good, "2019-02-12T09:30:00Z");
	assert_true(last.from <= last.to);
	assert_true(first.from <= first.to);
}

/* A zone that does not exist is refused: the digest would otherwise silently be in UTC. */
static void
unknown_zone(void **state)
{
	g_autoptr(GError) error = NULL;

	assert_null(clock_zone("Europe/Atlantis", &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE));
}

/* Tests and demonstrations set the clock. */
static void
clock_is_set(void **state)
{
	g_setenv("POSTBAG_NOW", "1549963800", TRUE);
	assert_int_equal(clock_now(), 1549963800);
	g_setenv("POSTBAG_NOW", "soon", TRUE);
	assert_true(clock_now() > 1549963800);
	g_unsetenv("POSTBAG_NOW");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(days_of_23_and_25_hours),
	    cmocka_unit_test(days_without_midnight),
	    cmocka_unit_test(days_meet),
	    cmocka_unit_test(iso_weeks),
	    cmocka_unit_test(months),
	    cmocka_unit_test(dates_as_typed),
	    cmocka_unit_test(no_dates),
	    cmocka_unit_test(windows_before),
	    cmocka_unit_test(impossible_times),
	    cmocka_unit_test(unknown_zone),
	    cmocka_unit_test(clock_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
