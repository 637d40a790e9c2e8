#include "intake/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "base/error.h"

static int
setup(void **state)
{
	*state = g_dir_make_tmp("postbag-spool-XXXXXX", NULL);
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", (char *)*state);

	g_free(*state);
	return g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL) ? 0 : -1;
}

static gboolean
spool(const char *folder, const char *text, gint64 received)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes);
	struct delivery delivery = {.received = received, .source = "deliver", .sender = "a@example.org", .recipient = "input@example.org"};

	return spool_write(folder, raw, &delivery, FALSE, NULL);
}

static guint
count(const char *folder, gint64 from, gint64 to)
{
	guint n = 99;

	assert_true(spool_count(folder, from, to, &n, NULL));
	return n;
}

/* What is spooled comes back byte for byte, oldest first, with its envelope and time. */
static void
test_there_and_back(void **state)
{
	g_autofree char *folder = g_build_filename(*state, "spool", NULL);
	g_autoptr(GPtrArray) list = NULL;
	g_autofree char *text = NULL;
	struct stat about;

	assert_true(spool(folder, "Subject: later\n\nb\n", 2000));
	assert_true(spool(folder, "Subject: earlier\n\na\0", 1000));
	list = spool_list(folder, NULL);
	assert_non_null(list);
	assert_int_equal(list->len, 2);
	const struct spooled *first = list->pdata[0];
	assert_int_equal(first->received, 1000);
	assert_string_equal(first->sender, "a@example.org");
	assert_string_equal(first->recipient, "input@example.org");
	assert_true(g_file_get_contents(first->path, &text, NULL, NULL));
	assert_string_equal(text, "Subject: earlier\n\na");
	assert_int_equal(g_stat(first->path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0660);
	assert_int_equal(count(folder, 0, 0), 2);
	assert_int_equal(count(folder, 1000, 1001), 1);
	assert_true(spool_remove(first, NULL));
	assert_int_equal(count(folder, 0, 0), 1);
}

/* The same message twice in one second stays two arrivals. */
static void
test_twice(void **state)
{
	g_autofree char *folder = g_build_filename(*state, "spool", NULL);

	assert_true(spool(folder, "Subject: x\n\nx\n", 1000));
	assert_true(spool(folder, "Subject: x\n\nx\n", 1000));
	assert_int_equal(count(folder, 0, 0), 2);
}

/* What waits longest is known, and what killed deliveries left goes when it is old: never a message, never its envelope. */
static void
test_look_and_tidy(void **state)
{
	g_autofree char *folder = g_build_filename(*state, "spool", NULL), *left = g_build_filename(folder, "tmp", "left", NULL);
	g_autofree char *envelope = g_build_filename(folder, "envelope", "left", NULL);
	g_autoptr(GPtrArray) list = NULL;
	gint64 oldest = 0, now = g_get_real_time() / G_USEC_PER_SEC;
	guint n = 0;

	assert_true(spool_look(folder, &n, &oldest, NULL));
	assert_int_equal(n, 0);
	assert_int_equal(oldest, 0);
	assert_true(spool(folder, "Subject: later\n\nb\n", 2000));
	assert_true(spool(folder, "Subject: earlier\n\na\n", 1000));
	assert_true(spool_look(folder, &n, &oldest, NULL));
	assert_int_equal(n, 2);
	assert_int_equal(oldest, 1000);
	assert_true(spool_look(folder, &n, &oldest, NULL)); /* and of a second spool */
	assert_int_equal(n, 4);
	assert_int_equal(oldest, 1000);
	assert_true(g_file_set_contents(left, "half", -1, NULL));
	assert_true(g_file_set_contents(envelope, "x\n", -1, NULL));
	spool_tidy(folder, now - 100);
	assert_true(g_file_test(left, G_FILE_TEST_EXISTS));
	spool_tidy(folder, now + 100);
	assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
	assert_false(g_file_test(envelope, G_FILE_TEST_EXISTS));
	list = spool_list(folder, NULL);
	assert_int_equal(list->len, 2);
	assert_string_equal(((struct spooled *)list->pdata[0])->sender, "a@example.org");
}

/* A spool that cannot be made is an error to retry on, not a lost message. */
static void
test_impossible(void **state)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static("x", 1);
	g_autoptr(RawMessage) raw = raw_message_from_bytes(bytes);
	g_autoptr(GError) error = NULL;
	struct delivery delivery = {.received = 1, .source = "deliver"};

	assert_false(spool_write("/proc/no/such", raw, &delivery, FALSE, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY));
	assert_int_equal(count("/proc/no/such", 0, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_there_and_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_twice, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_look_and_tidy, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_impossible, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
