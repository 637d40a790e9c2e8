#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "archive-fixture.h"
#include "archive/issues.h"
#include "base/limits.h"
#include "carrier/dispatch.h"

static gint64 seq;

static void
enter(struct index *index, const char *action, const char *recipient, const char *note)
{
	struct entry entry = {.seq = ++seq, .at = 1000 + seq, .type = "issue", .action = action, .value = "staff", .recipient = recipient, .note = note};

	assert_true(index_begin(index, NULL));
	assert_true(index_apply_other(index, &entry, NULL));
	assert_true(index_commit(index, NULL));
}

static struct index *
open_index(const char *folder)
{
	struct index *index = index_open(folder, DB_WRITE, 1000, NULL);

	assert_non_null(index);
	assert_true(index_reset(index, "some-uuid", NULL));
	seq = 0;
	return index;
}

/* The state, tries and doubts of issue 1 on its way to ann, as text. */
static char *
state_of(struct index *index)
{
	g_autoptr(GPtrArray) steps = issues_steps(index, 1, NULL);
	const struct issue_step *step;

	assert_non_null(steps);
	assert_int_equal(steps->len, 1);
	step = g_ptr_array_index(steps, 0);
	return g_strdup_printf("%s %u %u %s", step->state, step->tries, issue_step_doubts(step), issue_step_is_open(step) ? "open" : "closed");
}

static void
assert_step(struct index *index, const char *action, const char *expected)
{
	g_autofree char *note = g_strdup("1 some words"), *got = NULL;

	enter(index, action, "ann@example.org", note);
	got = state_of(index);
	assert_string_equal(got, expected);
}

/* Tries are counted, and those whose end nobody knows, whether the answer was lost or the process was killed; asking for it again begins anew. */
static void
test_steps(void **state)
{
	g_autoptr(Index) index = open_index(*state);

	enter(index, "made", NULL, "1 0 9 500 staff.1@example.org");
	assert_step(index, "waiting", "waiting 0 0 open");
	assert_step(index, "sending", "sending 1 1 open");
	assert_step(index, "deferred", "deferred 1 0 open");
	assert_step(index, "sending", "sending 2 1 open");
	assert_step(index, "unknown", "unknown 2 1 open");
	assert_step(index, "sending", "sending 3 2 open");
	assert_step(index, "sending", "sending 4 3 open");
	assert_step(index, "sent", "sent 4 2 closed");
	assert_step(index, "again", "again 0 0 open");
	assert_step(index, "sending", "sending 1 1 open");
	assert_step(index, "refused", "refused 1 0 closed");
	assert_step(index, "given-up", "given-up 1 0 closed");
}

/* What another version may write is passed over, and is nobody's last issue. */
static void
test_notes(void **state)
{
	static const char *const notes[] = {"", "x", "1", "1 2 3", "1 2 3 4", "nothing at all", "9999999999999999999999 1 1 1"};
	g_autoptr(Index) index = open_index(*state);
	g_autoptr(GError) error = NULL;

	enter(index, "made", NULL, NULL);
	enter(index, "sent", "ann@example.org", NULL);
	enter(index, "sent", NULL, "1 words");
	for (gsize i = 0; i < G_N_ELEMENTS(notes); i++) {
		enter(index, "made", NULL, notes[i]);
		enter(index, "something new", "ann@example.org", notes[i]);
	}
	assert_null(issues_last(index, "staff", &error));
	assert_null(error);
}

/* The last issue is the newest entry; skipped ones count there, and not where one is to be sent again. */
static void
test_last(void **state)
{
	g_autoptr(Index) index = open_index(*state);
	gint64 number, at;

	enter(index, "made", NULL, "1 0 9 500 staff.1@example.org");
	enter(index, "sent", "ann@example.org", "1 250");
	enter(index, "skipped", NULL, "2 9 12 600 staff.2@example.org");
	g_autoptr(Issue) last = issues_last(index, "staff", NULL);
	g_autoptr(Issue) made = issues_last_made(index, "staff", NULL);

	assert_int_equal(last->number, 2);
	assert_int_equal(last->upto, 12);
	assert_true(last->skipped);
	assert_int_equal(made->number, 1);
	assert_true(issues_last_sent(index, "staff", &number, &at, NULL));
	assert_int_equal(number, 1);
	assert_int_equal(at, 1002);
	assert_true(issues_last_sent(index, "crew", &number, &at, NULL));
	assert_int_equal(number, 0);
	assert_null(issues_last(index, "crew", NULL));
}

/* The time between tries doubles up to a limit, and all of them together take about five days. */
static void
test_tries(void **state)
{
	gint64 t = 0;

	for (guint tries = 1; tries < LIMIT_RETRY_TRIES; tries++) {
		gint64 next = dispatch_next_try(t, tries);

		assert_true(next > t && next - t <= LIMIT_RETRY_MOST);
		t = next;
	}
	assert_int_equal(dispatch_next_try(0, 1), LIMIT_RETRY_FIRST);
	assert_int_equal(dispatch_next_try(0, 2), 2 * LIMIT_RETRY_FIRST);
	assert_int_equal(dispatch_next_try(0, G_MAXUINT32), LIMIT_RETRY_MOST);
	assert_in_range(t, 4 * 86400, 6 * 86400);
}

/* One issue a day, whatever the clock does: set back a little there is no second one, and one of a far future does not stop them. */
static void
test_due(void **state)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	const struct schedule schedule = {0, 420, zone};
	const gint64 seven = 1549954800; /* 2019-02-12 07:00 */
	struct issue last = {.due = seven};

	assert_true(dispatch_is_due(&schedule, NULL, seven));
	assert_false(dispatch_is_due(&schedule, &last, seven));
	assert_false(dispatch_is_due(&schedule, &last, seven - 10));
	assert_false(dispatch_is_due(&schedule, &last, seven + 86399));
	assert_true(dispatch_is_due(&schedule, &last, seven + 86400));
	assert_true(dispatch_is_due(&schedule, &last, seven + 30 * 86400));
	last.due = seven + 365 * G_GINT64_CONSTANT(86400);
	assert_true(dispatch_is_due(&schedule, &last, seven));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_steps, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_notes, setup_archive, teardown_archive),
	    cmocka_unit_test_setup_teardown(test_last, setup_archive, teardown_archive),
	    cmocka_unit_test(test_tries),
	    cmocka_unit_test(test_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
