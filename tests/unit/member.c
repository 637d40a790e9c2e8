#include "find/query.h"

#include "find-fixture.h"

#include "base/error.h"
#include "base/limits.h"

#define LETTERS (LIMIT_MEMBER_PROBE + 260)

/* How the letters' dates go with their numbers. */
enum dates { AS_THEY_CAME, BACKWARDS, MIXED };

static gint64
date_of(enum dates dates, guint i)
{
	return NOW - 100 * DAY + 3600 * (gint64)(dates == AS_THEY_CAME ? i : dates == BACKWARDS ? LETTERS - i : i * 389 % LETTERS / 2);
}

static struct fixture *
fill(enum dates dates)
{
	struct fixture *fixture = fixture_open();

	for (guint i = 0; i < LETTERS; i++) {
		g_autofree char *text = g_strdup_printf("The harbour %s%s%s, letter %u", i % 10 != 3 ? "gate is open" : "is open",
		    i % 3 == 0 ? " and the gate is high" : "", i % 90 == 5 ? " zebrafinch" : "", i);
		struct record *record = fixture_record("Ada", "ada@example.org", "Letter", text, date_of(dates, i));
		g_autofree char *id = NULL;

		if (i % 2 == 0)
			fixture_file(record, TARGET_WORKSTREAM, "paths", TIER_FIRM, NULL);
		id = fixture_deliver(fixture, text, NOW + i, record, NULL);
	}
	return fixture;
}

static GArray *
find(struct fixture *fixture, const char *text, enum query_order order, guint limit)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	GError *error = NULL;
	struct query *query = query_parse(fixture->index, text, NOW, zone, &error);
	GArray *numbers;

	must(query != NULL, error);
	numbers = query_run_numbers(fixture->index, query, order, limit, &error);
	must(numbers != NULL, error);
	query_free(query);
	return numbers;
}

/* The first that are found of a common word are the first of all that have it, in both orders, whatever numbers the letters have and whatever else is asked. */
static void
test_the_same(void **state)
{
	static const char *const queries[] = {"harbour", "gate", "\"the gate\"", "harbour -gate", "har*", "gate ws:paths", "gate OR zebrafinch",
	    "gate date:2018..2019", "zebrafinch", "\"the harbour is\"", "harbour (ws:paths OR zebrafinch)", "harbour -ws:paths", "absent"};
	static const guint limits[] = {1, 7, 100, 490, LETTERS};

	for (enum dates dates = AS_THEY_CAME; dates <= MIXED; dates++) {
		struct fixture *fixture = fill(dates);

		for (gsize q = 0; q < G_N_ELEMENTS(queries); q++)
			for (enum query_order order = QUERY_NEWEST; order <= QUERY_OLDEST; order++) {
				g_autoptr(GArray) all = find(fixture, queries[q], order, 0);

				assert_true(all->len > 0 || g_str_equal(queries[q], "absent"));
				for (gsize l = 0; l < G_N_ELEMENTS(limits); l++) {
					g_autoptr(GArray) first = find(fixture, queries[q], order, limits[l]);

					assert_int_equal(first->len, MIN(all->len, limits[l]));
					if (first->len > 0)
						assert_memory_equal(first->data, all->data, first->len * sizeof(gint64));
				}
			}
		fixture_close(fixture);
	}
}

/* Past its time a search is given up with the error that says so, and the next one works. */
static void
test_deadline(void **state)
{
	struct fixture *fixture = fill(MIXED);
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	g_autoptr(GError) error = NULL;
	struct query *query = query_parse(fixture->index, "harbour", NOW, zone, &error);
	g_autoptr(GArray) none = NULL, some = NULL;

	assert_non_null(query);
	db_set_deadline(index_db(fixture->index), 1);
	g_usleep(20000);
	none = query_run_numbers(fixture->index, query, QUERY_NEWEST, 5, &error);
	assert_null(none);
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY));
	g_clear_error(&error);
	db_set_deadline(index_db(fixture->index), 0);
	some = query_run_numbers(fixture->index, query, QUERY_NEWEST, 5, &error);
	assert_non_null(some);
	assert_int_equal(some->len, 5);
	query_free(query);
	fixture_close(fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_same), cmocka_unit_test(test_deadline)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
