#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "lmtp/listener.h"

#define NOBODY 65534

static uid_t
owner_of(const char *path)
{
	struct stat about;

	assert_int_equal(lstat(path, &about), 0);
	return about.st_uid;
}

/* Root gives its socket to the archive's owner, and nothing else that was put in its place. */
static void
test_give(void **state)
{
	g_autofree char *folder = g_dir_make_tmp("listener-XXXXXX", NULL), *archive = g_build_filename(folder, "archive", NULL);
	g_autofree char *path = g_build_filename(folder, "s", NULL), *address = g_strconcat("unix:", path, NULL);
	g_autofree char *secret = g_build_filename(folder, "secret", NULL);
	g_autoptr(GError) error = NULL;
	struct listener *listener;

	if (geteuid() != 0) {
		print_message("SKIPPED: only root can give a socket away\n");
		rmdir(folder);
		skip();
	}
	assert_int_equal(mkdir(archive, 0700), 0);
	assert_int_equal(chown(archive, NOBODY, NOBODY), 0);
	listener = listener_new(address, 0660, &error);
	assert_non_null(listener);
	assert_true(listener_give(listener, archive, &error));
	assert_int_equal(owner_of(path), NOBODY);
	assert_true(g_file_set_contents(secret, "root's", -1, NULL));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(link(secret, path), 0);
	assert_false(listener_give(listener, archive, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_PERMISSION));
	assert_int_equal(owner_of(secret), 0);
	listener_free(listener);
	assert_int_equal(unlink(path), 0);
	unlink(secret);
	rmdir(archive);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_give),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
