#include "base/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static gint64
at(const char *iso)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(iso, NULL);

	assert_non_null(time);
	return g_date_time_to_unix(time);
}

static void
assert_before(const char *zone_name, int weekday, int minute, const char *now, int n, const char *expected)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(zone_name);
	struct schedule schedule = {weekday, minute, zone};
	g_autofree char *got = NULL;

	assert_non_null(zone);
	got = clock_iso(schedule_before(&schedule, at(now), n));
	assert_string_equal(got, expected);
}

/* A second before it is due the day before's counts; at the very second this day's. */
static void
test_plain(void **state)
{
	assert_before("UTC", 0, 420, "2019-02-12T06:59:59Z", 0, "2019-02-11T07:00:00Z");
	assert_before("UTC", 0, 420, "2019-02-12T07:00:00Z", 0, "2019-02-12T07:00:00Z");
	assert_before("UTC", 0, 420, "2019-02-12T07:00:00Z", 1, "2019-02-11T07:00:00Z");
	assert_before("Asia/Tokyo", 0, 0, "2019-02-12T14:59:59Z", 0, "2019-02-11T15:00:00Z");
	assert_before("Asia/Kathmandu", 0, 1439, "2019-02-12T18:14:00Z", 0, "2019-02-12T18:14:00Z");
}

/* Weekly: the day is a day of the zone, not of UTC. */
static void
test_weekly(void **state)
{
	assert_before("UTC", 1, 420, "2019-02-12T09:00:00Z", 0, "2019-02-11T07:00:00Z");
	assert_before("UTC", 1, 420, "2019-02-11T06:59:59Z", 0, "2019-02-04T07:00:00Z");
	assert_before("UTC", 7, 0, "2019-02-17T00:00:00Z", 0, "2019-02-17T00:00:00Z");
	assert_before("Pacific/Auckland", 1, 60, "2019-02-10T12:00:00Z", 0, "2019-02-10T12:00:00Z"); /* Monday 01:00 there */
	assert_before("Pacific/Auckland", 1, 60, "2019-02-10T11:59:59Z", 0, "2019-02-03T12:00:00Z");
	assert_before("UTC", 3, 420, "2019-02-13T07:00:00Z", 2, "2019-01-30T07:00:00Z");
}

/* Europe/Berlin, 31 March 2019: 02:00 becomes 03:00. The day has 23 hours and no 02:30; it is due when the clocks go forward, once. */
static void
test_missing_time(void **state)
{
	assert_before("Europe/Berlin", 0, 150, "2019-03-31T00:59:59Z", 0, "2019-03-30T01:30:00Z");
	assert_before("Europe/Berlin", 0, 150, "2019-03-31T01:00:00Z", 0, "2019-03-31T01:00:00Z");
	assert_before("Europe/Berlin", 0, 150, "2019-03-31T23:00:00Z", 0, "2019-03-31T01:00:00Z");
	assert_before("Europe/Berlin", 0, 150, "2019-04-01T01:00:00Z", 1, "2019-03-31T01:00:00Z");
	assert_before("Europe/Berlin", 0, 420, "2019-03-31T06:00:00Z", 0, "2019-03-31T05:00:00Z");
}

/* 27 October 2019: 03:00 becomes 02:00. The day has 25 hours and two of 02:30; it is due the first time alone. */
static void
test_doubled_time(void **state)
{
	assert_before("Europe/Berlin", 0, 150, "2019-10-27T00:30:00Z", 0, "2019-10-27T00:30:00Z");
	assert_before("Europe/Berlin", 0, 150, "2019-10-27T01:30:00Z", 0, "2019-10-27T00:30:00Z");
	assert_before("Europe/Berlin", 0, 150, "2019-10-27T01:00:00Z", 0, "2019-10-27T00:30:00Z");
	assert_before("Europe/Berlin", 0, 150, "2019-10-28T01:30:00Z", 0, "2019-10-28T01:30:00Z");
	assert_before("Europe/Berlin", 0, 150, "2019-10-28T01:30:00Z", 1, "2019-10-27T00:30:00Z");
	assert_before("Australia/Lord_Howe", 0, 105, "2019-04-06T15:15:00Z", 0, "2019-04-06T14:45:00Z"); /* half an hour comes twice there */
}

/* Clocks that go forward at midnight: the day begins at 01:00. */
static void
test_no_midnight(void **state)
{
	assert_before("America/Sao_Paulo", 0, 0, "2018-11-04T03:00:00Z", 0, "2018-11-04T03:00:00Z");
	assert_before("America/Sao_Paulo", 0, 30, "2018-11-04T03:00:00Z", 0, "2018-11-04T03:00:00Z");
	assert_before("America/Sao_Paulo", 0, 30, "2018-11-04T02:59:59Z", 0, "2018-11-03T03:30:00Z");
}

/* The next moment is the one that schedule_before finds from it on, and none lies between. */
static void
test_after(void **state)
{
	static const char *const zones[] = {"Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "UTC"};
	static const int minutes[] = {0, 30, 105, 150, 420, 1439};

	for (gsize z = 0; z < G_N_ELEMENTS(zones); z++)
		for (gsize m = 0; m < G_N_ELEMENTS(minutes); m++) {
			g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(zones[z]);
			const struct schedule schedules[] = {{0, minutes[m], zone}, {3, minutes[m], zone}};

			for (gint64 t = 1540000000; t < 1575000000; t += 86400 * 3 + 4321)
				for (gsize i = 0; i < G_N_ELEMENTS(schedules); i++) {
					gint64 next = schedule_after(&schedules[i], t);

					assert_true(next > t);
					assert_int_equal(schedule_before(&schedules[i], next, 0), next);
					assert_int_equal(schedule_before(&schedules[i], next - 1, 0), schedule_before(&schedules[i], t, 0));
				}
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_weekly),
	    cmocka_unit_test(test_missing_time),
	    cmocka_unit_test(test_doubled_time),
	    cmocka_unit_test(test_no_midnight),
	    cmocka_unit_test(test_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
