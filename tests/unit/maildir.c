#include "mail/maildir.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

static char *root;

static void
put(const char *name)
{
	g_autofree char *path = g_build_filename(root, name, NULL), *folder = g_path_get_dirname(path);

	assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
	if (!g_str_has_suffix(name, "/"))
		assert_true(g_file_set_contents(path, "x", 1, NULL));
}

/* The files below the test's folder, as names joined with blanks. */
static char *
list(const char *folder)
{
	g_autofree char *path = g_build_filename(root, folder, NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Maildir) files = maildir_list(path, &error);
	GString *out = g_string_new(NULL);

	assert_null(error);
	for (guint i = 0; i < maildir_count(files); i++) {
		g_autofree char *file = maildir_path(files, i);

		g_string_append_printf(out, "%s%s", i > 0 ? " " : "", file + strlen(path) + 1);
	}
	return g_string_free(out, FALSE);
}

/* new and cur of a Maildir and of its subfolders; tmp holds what is not yet delivered. */
static void
test_maildir(void **state)
{
	g_autofree char *got = NULL;

	put("md/new/2");
	put("md/cur/1:2,S");
	put("md/tmp/3");
	put("md/dovecot.index");
	put("md/.Archive/new/");
	put("md/.Archive/cur/4");
	got = list("md");
	assert_string_equal(got, ".Archive/cur/4 cur/1:2,S new/2");
}

/* Any other folder: every file but hidden ones, in order; a symbolic link is named and leads nowhere. */
static void
test_folder(void **state)
{
	g_autofree char *got = NULL, *link = g_build_filename(root, "eml/link", NULL);

	put("eml/b.eml");
	put("eml/sub/a.eml");
	put("eml/.hidden");
	put("eml/a.eml");
	assert_int_equal(symlink("/etc", link), 0);
	got = list("eml");
	assert_string_equal(got, "a.eml b.eml link sub/a.eml");
}

/* By whole paths, folders' names among those of files: what an import numbers does not depend on how a folder is read. */
static void
test_order(void **state)
{
	g_autofree char *got = NULL;

	put("order/b/2.eml");
	put("order/b.eml");
	put("order/a/c/3.eml");
	put("order/a.eml");
	put("order/c.eml");
	put("order/b/1.eml");
	put("order/a/z.eml");
	got = list("order");
	assert_string_equal(got, "a.eml a/c/3.eml a/z.eml b.eml b/1.eml b/2.eml c.eml");
}

/* A folder that is not there is an error. */
static void
test_missing(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_build_filename(root, "none", NULL);

	assert_null(maildir_list(path, &error));
	assert_non_null(error);
}

static void
remove_below(const char *path)
{
	g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *inner = g_build_filename(path, name, NULL);

		remove_below(inner);
	}
	g_remove(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_maildir),
	    cmocka_unit_test(test_folder),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_missing),
	};
	int failed;

	root = g_dir_make_tmp("maildir-XXXXXX", NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_below(root);
	g_free(root);
	return failed;
}
