/* Reading a file that a person named: what is read, what is refused, and that nothing is waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

static int
setup(void **state)
{
	*state = g_dir_make_tmp("postbag-file-XXXXXX", NULL);
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	g_autofree char *path = g_build_filename(*state, "a", NULL);

	g_unlink(path);
	g_rmdir(*state);
	g_free(*state);
	return 0;
}

static void
assert_refused(const char *path, gsize limit, int status, const char *reason)
{
	g_autofree char *text = NULL, *message = g_strdup_printf("cannot read %s: %s", path, reason);
	g_autoptr(GError) error = NULL;
	gsize length;

	assert_false(file_read(path, limit, &text, &length, &error));
	assert_null(text);
	assert_string_equal(error->message, message);
	assert_int_equal(error_exit_status(error), status);
}

/* All bytes come, NULs too, with one behind them; a file of just the limit is not too long, and one byte more is. */
static void
test_whole(void **state)
{
	g_autofree char *path = g_build_filename(*state, "a", NULL), *text = NULL, *long_text = g_strnfill(100000, 'x'), *read = NULL;
	gsize length;

	assert_true(g_file_set_contents(path, "a\0b", 3, NULL));
	assert_true(file_read(path, 3, &text, &length, NULL));
	assert_int_equal(length, 3);
	assert_memory_equal(text, "a\0b", 4);
	assert_refused(path, 2, EX_DATAERR, "is longer than 2 bytes");
	assert_true(g_file_set_contents(path, long_text, -1, NULL));
	assert_true(file_read(path, 100000, &read, &length, NULL));
	assert_int_equal(length, 100000);
	assert_string_equal(read, long_text);
	assert_refused(path, 99999, EX_DATAERR, "is longer than 99999 bytes");
}

/* An empty file and /dev/null are text of no bytes. */
static void
test_empty(void **state)
{
	g_autofree char *path = g_build_filename(*state, "a", NULL);
	const char *const paths[] = {path, "/dev/null"};

	assert_true(g_file_set_contents(path, "", 0, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autofree char *text = NULL;
		gsize length = 1;

		assert_true(file_read(paths[i], 0, &text, &length, NULL));
		assert_int_equal(length, 0);
		assert_string_equal(text, "");
	}
}

/* A file that says nothing of its size is read to its end, and no further than the limit. */
static void
test_unknown_size(void **state)
{
	g_autofree char *text = NULL;
	gsize length;

	if (!g_file_test("/proc/self/stat", G_FILE_TEST_EXISTS))
		return;
	assert_true(file_read("/proc/self/stat", 65536, &text, &length, NULL));
	assert_true(length > 4);
	assert_refused("/proc/self/stat", 4, EX_DATAERR, "is longer than 4 bytes");
}

/* A FIFO nobody writes to, a folder, a device without end and a file of mostly nothing are refused at once. */
static void
test_no_regular_file(void **state)
{
	g_autofree char *path = g_build_filename(*state, "a", NULL);

	alarm(10); /* to wait is to fail */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(path, 1000, EX_IOERR, "is not a regular file");
	assert_refused(*state, 1000, EX_IOERR, "is not a regular file");
	assert_refused("/dev/zero", 1000, EX_IOERR, "is not a regular file");
	g_unlink(path);
	assert_true(g_file_set_contents(path, "", 0, NULL));
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	assert_refused(path, 1000, EX_DATAERR, "is longer than 1000 bytes");
	alarm(0);
}

/* What is absent and what may not be read are told apart by the exit status. */
static void
test_not_to_be_had(void **state)
{
	g_autofree char *path = g_build_filename(*state, "a", NULL);

	assert_refused(path, 1000, EX_NOINPUT, "No such file or directory");
	assert_true(g_file_set_contents(path, "a", 1, NULL));
	if (geteuid() == 0) /* to whom nothing is forbidden */
		return;
	assert_int_equal(g_chmod(path, 0), 0);
	assert_refused(path, 1000, EX_NOPERM, "Permission denied");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unknown_size, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_regular_file, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_not_to_be_had, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
