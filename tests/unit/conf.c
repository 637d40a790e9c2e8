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

/* How mail goes out, and who gets what when. */
static void
test_subscriptions(void **state)
{
	g_autoptr(Conf) conf = load(*state,
	    "[mail]\nserver = smtp://mail.example.org:587\nfrom = Town buses <buses@example.org>\nuser = u\npassword-file = secret\nlink = "
	    "https://example.org/{id}\n"
	    "[subscription staff]\nto = a@example.org; b@example.org\ndaily = 07:05\n"
	    "[subscription north]\nto = c@example.org\nworkstream = ws.n; ws.s\nweekly = Sunday 23:59\ntimezone = Asia/Tokyo\nformat = text; digest\nempty = "
	    "skip\n",
	    NULL);
	g_autoptr(Conf) here = load(*state, "[mail]\nserver = smtp://127.0.0.1:25\nfrom = buses@example.org\nenvelope-sender = back@example.org\n", NULL);
	g_autofree char *secret = g_build_filename(*state, "secret", NULL);
	const struct subscription *staff, *north;

	assert_non_null(conf);
	assert_string_equal(conf->mail.from_name, "Town buses");
	assert_string_equal(conf->mail.from, "buses@example.org");
	assert_string_equal(conf->mail.sender, "");
	assert_string_equal(conf->mail.password_file, secret);
	assert_true(conf->mail.starttls == TRUE && conf->mail.timeout == 120);
	assert_int_equal(conf->subscriptions->len, 2);
	staff = conf->subscriptions->pdata[0];
	north = conf->subscriptions->pdata[1];
	assert_true(staff->to->len == 2 && staff->every == EVERY_DAY && staff->minute == 425 && staff->html && !staff->digest && !staff->skip_empty);
	assert_string_equal(north->name, "north");
	assert_true(north->workstreams->len == 2 && north->every == EVERY_WEEK && north->weekday == 7 && north->minute == 1439);
	assert_true(!north->html && north->digest && north->skip_empty);
	assert_string_equal(north->timezone, "Asia/Tokyo");
	assert_non_null(here);
	assert_true(here->mail.starttls == FALSE); /* nobody listens in */
	assert_string_equal(here->mail.sender, "back@example.org");
	assert_null(here->mail.from_name);
}

#define MAIL "[mail]\nserver = smtps://mail.example.org\nfrom = a@example.org\n"

/* A wrong subscription is refused before it is due, with its place. */
static void
test_wrong_subscriptions(void **state)
{
	assert_refused(*state, MAIL "[subscription]\n", "postbag.conf:4:", "needs a name");
	assert_refused(*state, MAIL "[subscription Staff]\n", "postbag.conf:4:", "small letters");
	assert_refused(*state, MAIL "[subscription a]\ndaily = 7:00\n", "postbag.conf:4:", "needs \"to\"");
	assert_refused(*state, MAIL "[subscription a]\nto = b@example.org\n", "postbag.conf:4:", "daily = 07:00");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org; b at example.org\n", "postbag.conf:5:21", "no @");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org; a@example.org\n", "postbag.conf:5:21", "twice");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org\ndaily = 24:00\n", "postbag.conf:6:", "07:00");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org\ndaily = 7\n", "postbag.conf:6:", "07:00");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org\nweekly = mon 07:00\n", "postbag.conf:6:", "monday 07:00");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org\ndaily = 07:00\nweekly = monday 07:00\n", "postbag.conf:7:", "daily or weekly");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org\ndaily = 07:00\nformat = pdf\n", "postbag.conf:7:", "text, html, digest");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org\ndaily = 07:00\nempty = no\n", "postbag.conf:7:", "send or skip");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org\ndaily = 07:00\nworkstreem = a\n", "postbag.conf:7:", "workstream");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org\ndaily = 07:00\n[subscription a]\n", "postbag.conf:7:", "twice");
	assert_refused(*state, "[subscription a]\nto = a@example.org\ndaily = 07:00\n", "postbag.conf:1:", "[mail]");
	assert_refused(*state, "[mail]\nfrom = a@example.org\n", "postbag.conf:1:", "server");
	assert_refused(*state, "[mail]\nserver = smtps://example.org\n", "postbag.conf:1:", "from");
	assert_refused(*state, "[mail]\nserver = http://example.org\n", "postbag.conf:2:", "smtps://");
	assert_refused(*state, "[mail]\nserver = smtp://user:word@example.org\n", "postbag.conf:2:", "apart");
	assert_refused(*state, "[mail]\nserver = smtp://example.org/x\n", "postbag.conf:2:", "smtps://");
	assert_refused(*state, "[mail]\nlist-id = input\n", "postbag.conf:2:", "<input.example.org>");
	assert_refused(*state, "[mail]\nlist-id = Input <input@example.org>\n", "postbag.conf:2:", "<input.example.org>");
	assert_refused(*state, MAIL "[subscription a]\nto = a@example.org, b@example.org\ndaily = 07:00\n", "postbag.conf:5:", "stands ;");
	assert_refused(*state, "[mail]\nfrom = A <a@example.org\n", "postbag.conf:2:", "Name <local@domain>");
	assert_refused(*state, "[mail]\nfrom = A\x01 <a@example.org>\n", "postbag.conf:2:", "control character");
	assert_refused(*state, MAIL "user = u\n", "postbag.conf:1:", "password-file");
	assert_refused(
	    *state, "[mail]\nserver = smtp://example.org\nfrom = a@example.org\nstarttls = no\nuser = u\ncredential = c\n", "postbag.conf:1:", "in the clear");
	assert_refused(*state, "[mail]\nserver = smtp://127.0.0.1.example.org\nfrom = a@example.org\nstarttls = no\nuser = u\ncredential = c\n",
	    "postbag.conf:1:", "in the clear");
	assert_refused(
	    *state, "[mail]\nsendmail = /bin/true\nfrom = a@example.org\nstarttls = no\nuser = u\ncredential = c\n", "postbag.conf:1:", "logs in nowhere");
	assert_refused(*state, MAIL "timeout = 0\n", "postbag.conf:4:", "seconds");
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
	    cmocka_unit_test_setup_teardown(test_subscriptions, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong_subscriptions, setup, teardown),
	    cmocka_unit_test(test_absent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
