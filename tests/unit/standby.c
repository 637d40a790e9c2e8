#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/standby.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/confine.h"
#include "base/limits.h"

#define WAIT_US (120 * G_USEC_PER_SEC) /* for what is there at once where nothing is wrong */

/* tests/faults/converter, beside this test. */
static char *
converter_path(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL), *folder = g_path_get_dirname(self);

	return g_build_filename(folder, "..", "faults", "converter", NULL);
}

struct running {
	pid_t pid;
	int text;
};

/* The document SAYS goes to a process of STANDBY, or NULL: one started for it. RUNNING->pid is 0 when nothing stands by. */
static struct running
begin(struct standby *standby, char *const argv[], const char *says)
{
	int in = memfd_create("document", MFD_CLOEXEC), out[2];
	struct running running = {0};

	assert_true(in >= 0 && pipe(out) == 0);
	assert_int_equal(write(in, says, strlen(says)), strlen(says));
	assert_int_equal(lseek(in, 0, SEEK_SET), 0);
	running.pid = standby != NULL ? standby_fork(standby, argv, (const int[]){in, out[1], out[1]}) : fork();
	if (running.pid == 0 && standby == NULL)
		confine_exec(argv, in, out[1], out[1]);
	close(in);
	close(out[1]);
	running.text = out[0];
	return running;
}

/* What it said; it has ended, and how. */
static char *
finish(struct running running, int *status)
{
	GString *text = g_string_new(NULL);
	char block[4096];
	gssize n;

	while ((n = read(running.text, block, sizeof block)) > 0)
		g_string_append_len(text, block, n);
	close(running.text);
	assert_int_equal(waitpid(running.pid, status, 0), running.pid);
	return g_string_free(text, FALSE);
}

/* The same when it stands by at once or soon. */
static struct running
begin_soon(struct standby *standby, char *const argv[], const char *says)
{
	gint64 end = g_get_monotonic_time() + WAIT_US;
	struct running running = begin(standby, argv, says);

	while (running.pid == 0 && g_get_monotonic_time() < end) {
		close(running.text);
		g_usleep(2000);
		running = begin(standby, argv, says);
	}
	assert_true(running.pid > 0);
	return running;
}

static void
assert_says(struct standby *standby, char *const argv[], const char *says, const char *wanted)
{
	int status;
	g_autofree char *text = finish(begin_soon(standby, argv, says), &status);

	assert_string_equal(text, wanted);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#ifndef HAVE_STANDBY
#define NEEDS_STANDBY skip()
#else
#define NEEDS_STANDBY (void)0
#endif

/* Nothing is started for one document; then each has a process that knows of no other, and its own text. */
static void
test_documents(void **state)
{
	NEEDS_STANDBY;
	g_autoptr(Standby) standby = standby_new();
	g_autofree char *path = converter_path();
	char *const argv[] = {path, (char *)"-", NULL};
	struct running first = begin(standby, argv, "says: nothing\n"), one, two;
	g_autofree char *text_one = NULL, *text_two = NULL;
	int status;

	assert_int_equal(first.pid, 0);
	close(first.text);
	assert_says(standby, argv, "says: the first\n", "the first\n");
	assert_says(standby, argv, "", "");
	one = begin_soon(standby, argv, "says: one of two\n");
	two = begin_soon(standby, argv, "says: two of two\n");
	text_two = finish(two, &status);
	text_one = finish(one, &status);
	assert_string_equal(text_one, "one of two\n");
	assert_string_equal(text_two, "two of two\n");
}

/* What it finds around itself, and what it cannot do, is what a program finds and cannot that was started for its document. It can become no other program. */
static void
test_walls(void **state)
{
	NEEDS_STANDBY;
	g_autoptr(Standby) standby = standby_new();
	g_autofree char *path = converter_path(), *started = NULL, *forked = NULL;
	char *const argv[] = {path, (char *)"a", (char *)"b", NULL};
	const char *says = "tell all\ntry all\n";
	int status;

	started = finish(begin(NULL, argv, says), &status);
	assert_int_equal(status, 0);
	forked = finish(begin_soon(standby, argv, says), &status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(started, "environment LC_ALL=C.UTF-8\n"));
	assert_non_null(strstr(started, "seconds 20 20\n"));
	assert_string_equal(forked, started);
#ifdef HAVE_SECCOMP
	assert_null(strstr(forked, "could clone"));
	assert_null(strstr(forked, "could fork"));
	assert_null(strstr(forked, "could make"));
	assert_null(strstr(forked, "message"));
	assert_null(strstr(forked, "parent"));
	assert_null(strstr(forked, "told"));
	assert_null(strstr(forked, "signal"));
	assert_says(standby, argv, "please become another", "could not\n");
#endif
}

/* One that dies or hangs is one that dies or hangs: it is told how, and the next document is converted. */
static void
test_faults(void **state)
{
	NEEDS_STANDBY;
	g_autoptr(Standby) standby = standby_new();
	g_autofree char *path = converter_path(), *of_dead = NULL, *of_hanging = NULL;
	char *const argv[] = {path, NULL};
	struct running hangs;
	int status;

	of_dead = finish(begin_soon(standby, argv, "please die\n"), &status);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	hangs = begin_soon(standby, argv, "please hang\n");
	assert_says(standby, argv, "says: beside it\n", "beside it\n");
	assert_int_equal(kill(hangs.pid, SIGKILL), 0);
	of_hanging = finish(hangs, &status);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_says(standby, argv, "says: after it\n", "after it\n");
}

/* The one child of this process, or the oldest; 0 where the kernel does not tell. */
static pid_t
only_child(void)
{
	g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", (int)getpid()), *list = NULL;

	return g_file_get_contents(path, &list, NULL, NULL) ? (pid_t)g_ascii_strtoll(list, NULL, 10) : 0;
}

/* A document whose author has the process that reads it comes at no other one and not at what stands by, no more than from a process that was started. */
static void
test_others_documents(void **state)
{
	NEEDS_STANDBY;
	g_autoptr(Standby) standby = standby_new();
	g_autofree char *path = converter_path(), *of_other = NULL, *of_started = NULL, *text = NULL, *says = NULL;
	char *const argv[] = {path, NULL};
	struct running other = begin_soon(standby, argv, "please hang\n");
	pid_t standing = only_child();
	int status;

	says = g_strdup_printf("try processes %d %d\n", (int)other.pid, (int)standing);
	of_started = finish(begin(NULL, argv, says), &status);
	text = finish(begin_soon(standby, argv, says), &status);
	assert_int_equal(kill(other.pid, SIGKILL), 0);
	of_other = finish(other, &status);
	assert_string_equal(text, of_started); /* nothing, where the kernel has Landlock */
}

/* When what stands by is gone itself, each document is left to be started: none is lost with it. */
static void
test_gone(void **state)
{
	NEEDS_STANDBY;
	g_autoptr(Standby) standby = standby_new();
	g_autofree char *path = converter_path();
	char *const argv[] = {path, NULL};
	siginfo_t about;
	pid_t pid;

	assert_says(standby, argv, "says: before\n", "before\n");
	pid = only_child();
	if (pid == 0)
		skip();
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &about, WEXITED | WNOWAIT), 0);
	for (int i = 0; i < 3; i++) {
		struct running running = begin(standby, argv, "says: after\n");

		assert_int_equal(running.pid, 0);
		close(running.text);
	}
}

static char *
place_of(struct standby *standby, char *const argv[])
{
	int status;

	return finish(begin_soon(standby, argv, "tell place\n"), &status);
}

/* After so many documents another one takes its place, whose memory is elsewhere. */
static void
test_renewal(void **state)
{
	NEEDS_STANDBY;
	g_autoptr(Standby) standby = standby_new();
	g_autofree char *path = converter_path(), *random = NULL, *first = NULL, *next = NULL;
	char *const argv[] = {path, NULL};

	first = place_of(standby, argv);
	for (int i = 1; i < LIMIT_STANDBY_FORKS; i++) {
		g_autofree char *same = place_of(standby, argv);

		assert_string_equal(same, first);
	}
	next = place_of(standby, argv);
	if (g_file_get_contents("/proc/sys/kernel/randomize_va_space", &random, NULL, NULL) && *random != '0')
		assert_string_not_equal(next, first);
}

/* After a crash too, so that nobody tries on one document after the other what is where in one memory; not after what was only ended. */
static void
test_crash(void **state)
{
	NEEDS_STANDBY;
	g_autoptr(Standby) standby = standby_new();
	g_autofree char *path = converter_path(), *random = NULL, *first = NULL, *same = NULL, *next = NULL, *of_dead = NULL;
	char *const argv[] = {path, NULL};
	int status;

	first = place_of(standby, argv);
	standby_ended(standby, SIGKILL);
	standby_ended(standby, 0);
	same = place_of(standby, argv);
	assert_string_equal(same, first);
	of_dead = finish(begin_soon(standby, argv, "please die\n"), &status);
	standby_ended(standby, status);
	next = place_of(standby, argv);
	if (g_file_get_contents("/proc/sys/kernel/randomize_va_space", &random, NULL, NULL) && *random != '0')
		assert_string_not_equal(next, first);
}

static void
assert_never(char *const argv[])
{
	g_autoptr(Standby) standby = standby_new();
	int status = 0;

	for (int i = 0; i < 40; i++) {
		struct running running = begin(standby, argv, "says: x\n");

		assert_int_equal(running.pid, 0);
		close(running.text);
		g_usleep(5000);
	}
	assert_int_equal(waitpid(-1, &status, WNOHANG), -1); /* nothing is left of it */
	assert_int_equal(errno, ECHILD);
}

/* A program that does not read as it should, a script, and one that is not there, are left to be started; and so is any other than the first. */
static void
test_others(void **state)
{
	g_autoptr(Standby) standby = standby_new();
	g_autofree char *path = converter_path(), *folder = g_dir_make_tmp("standby-XXXXXX", NULL), *script = g_build_filename(folder, "script", NULL);
	char *const argv[] = {path, NULL}, *const other[] = {path, (char *)"x", NULL};

	assert_true(g_file_set_contents_full(script, "#!/bin/sh\necho x\n", -1, 0, 0700, NULL));
	assert_never((char *const[]){(char *)"/bin/true", NULL});
	assert_never((char *const[]){script, NULL});
	assert_never((char *const[]){(char *)"/nowhere/at/all", NULL});
#ifdef HAVE_STANDBY
	assert_says(standby, argv, "says: x\n", "x\n");
	for (int i = 0; i < 3; i++) {
		struct running running = begin(standby, other, "says: x\n");

		assert_int_equal(running.pid, 0);
		close(running.text);
	}
	assert_says(standby, argv, "says: still\n", "still\n");
#else
	assert_never(argv);
	assert_never(other);
#endif
	unlink(script);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_documents),
	    cmocka_unit_test(test_walls),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_others_documents),
	    cmocka_unit_test(test_gone),
	    cmocka_unit_test(test_renewal),
	    cmocka_unit_test(test_crash),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
