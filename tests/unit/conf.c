#include "base/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "base/error.h"

static int
setup(void **state)
{
	*state = g_dir_make_tmp("postbag-conf-XXXXXX", NULL);
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	g_autofree char *file = g_build_filename(*state, "postbag.conf", NULL);

	g_unlink(file);
	g_rmdir(*state);
	g_free(*state);
	return 0;
}

static struct conf *
load(const char *folder, const char *text, GError **error)
{
	g_autofree char *file = g_build_filename(folder, "postbag.conf", NULL);

	assert_true(g_file_set_contents(file, text, -1, NULL));
	return conf_load(file, error);
}

/* Paths count from the configuration's own folder, so that it works from any current folder. */
static void
test_paths(void **state)
{
	g_autoptr(Conf) conf = load(*state, "[archive]\nfolder = mail\nrules = a.rules; /etc/b.rules\ntitle = Town buses\ntimezone = Europe/Berlin\n", NULL);
	g_autofree char *folder = g_build_filename(*state, "mail", NULL), *rules = g_build_filename(*state, "a.rules", NULL);

	assert_non_null(conf);
	assert_string_equal(conf->folder, folder);
	assert_int_equal(conf->rules->len, 2);
	assert_string_equal(conf->rules->pdata[0], rules);
	assert_string_equal(conf->rules->pdata[1], "/etc/b.rules");
	assert_string_equal(conf->title, "Town buses");
}

/* What the LMTP server is told, and what holds when it is told nothing. */
static void
test_lmtp(void **state)
{
	g_autoptr(Conf) conf = load(*state,
	    "[lmtp]\nlisten = unix:/run/a; inet:127.0.0.1:24\nlisten = unix:/run/b\nmode = 0666\nrecipient = a@example.org\n"
	    "size = 100\nconnections = 7\ntimeout = 30\n",
	    NULL);
	g_autoptr(Conf) empty = load(*state, "[lmtp]\n", NULL);

	assert_non_null(conf);
	assert_int_equal(conf->lmtp_listen->len, 3);
	assert_string_equal(conf->lmtp_listen->pdata[2], "unix:/run/b");
	assert_int_equal(conf->lmtp_listen_at->len, 3);
	assert_true(g_str_has_suffix(conf->lmtp_listen_at->pdata[1], ":2:23"));
	assert_int_equal(conf->lmtp_mode, 0666);
	assert_int_equal(conf->lmtp_recipients->len, 1);
	assert_int_equal(conf->lmtp_size, 100);
	assert_int_equal(conf->lmtp_connections, 7);
	assert_int_equal(conf->lmtp_timeout, 30);
	assert_non_null(empty);
	assert_int_equal(empty->lmtp_mode, -1);
	assert_int_equal(empty->lmtp_size, 0);
	assert_true(empty->lmtp_connections > 0 && empty->lmtp_timeout == 300);
}

/* Folders of failures are named one a line, as often as there are some. */
static void
test_sweep(void **state)
{
	g_autoptr(Conf) conf = load(*state, "[sweep]\nfolder = failed\nfolder = /var/failed\n", NULL);
	g_autofree char *folder = g_build_filename(*state, "failed", NULL);

	assert_non_null(conf);
	assert_int_equal(conf->failed->len, 2);
	assert_string_equal(conf->failed->pdata[0], folder);
	assert_string_equal(conf->failed->pdata[1], "/var/failed");
}

static void
assert_refused(const char *folder, const char *text, const char *place, const char *says)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = load(folder, text, &error);

	assert_null(conf);
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG));
	if (strstr(error->message, place) == NULL || strstr(error->message, says) == NULL)
		fail_msg("\"%s\" names neither %s nor %s", error->message, place, says);
	assert_null(strchr(error->message, '\n'));
}

/* Every mistake is refused in one line with its place and a remedy: nothing is guessed. */
static void
test_mistakes(void **state)
{
	assert_refused(*state, "[archive]\nfoldr = x\n", "postbag.conf:2:", "folder");
	assert_refused(*state, "[archiv]\n", "postbag.conf:1:", "archive");
	assert_refused(*state, "[archive]\nfolder = a\nfolder = b\n", "postbag.conf:3:", "twice");
	assert_refused(*state, "[archive]\ntimezone = Mars/Olympus\n", "postbag.conf:2:", "Europe/Berlin");
	assert_refused(*state, "[archive]\nfolder =\n", "postbag.conf:2:", "no value");
	assert_refused(*state, "[sweep]\nfodler = a\n", "postbag.conf:2:", "folder");
	assert_refused(*state, "[sweep]\nfolder =\n", "postbag.conf:2:", "no value");
	assert_refused(*state, "folder = a\n", "postbag.conf:1:", "section");
}

/* A configuration that was named and is not there is an error, not an empty one. */
static void
test_absent(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Conf) conf = conf_load("/nonexistent/postbag.conf", &error);

	assert_null(conf);
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG));
	assert_non_null(strstr(error->message, "--config"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lmtp, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_sweep, setup, teardown),
	    cmocka_unit_test(test_absent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
