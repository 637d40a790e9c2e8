#include "intake/reader-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "base/sandbox.h"
#include "mail/message.h"

#define DEADLINE (60 * G_USEC_PER_SEC) /* for what is not about the deadline */

static GBytes *
message(int number)
{
	char *text = g_strdup_printf("From: a@example.org\nSubject: number %d\n\nThe fares are too high.\n", number);

	return g_bytes_new_take(text, strlen(text));
}

/*
 * What code could try that came with a message. Each is run in a reader's process of its own, behind the walls that reading has, and returns 0 when it got
 * what it wanted. Shared memory, mapped before the walls, tells whether it did: the process may be ended on the way.
 */
struct report {
	int begun;
	int got; /* what was wanted was had */
	char folder[200];
	char secret[200];
	int inherited; /* a descriptor that was open in the test */
	int port;
	pid_t parent;
	struct rlimit parent_limit;
};

static struct report *report;

static int
try_read(void)
{
	return open(report->secret, O_RDONLY) < 0;
}

static int
try_openat(void)
{
	return openat(AT_FDCWD, report->secret, O_RDONLY) < 0;
}

static int
try_openat2(void)
{
	struct {
		guint64 flags, mode, resolve;
	} how = {.flags = O_RDONLY};

	return syscall(SYS_openat2, AT_FDCWD, report->secret, &how, sizeof how) < 0;
}

static int
try_append(void)
{
	return open(report->secret, O_WRONLY | O_APPEND) < 0;
}

static int
try_create(void)
{
	g_autofree char *path = g_strdup_printf("%s/made", report->folder);

	return open(path, O_WRONLY | O_CREAT, 0600) < 0;
}

static int
try_unnamed(void)
{
	return open(report->folder, O_TMPFILE | O_RDWR, 0600) < 0;
}

static int
try_memory(void)
{
	return open("/proc/self/mem", O_RDWR) < 0;
}

static int
try_stat(void)
{
	struct stat about;

	return stat(report->secret, &about) < 0;
}

static int
try_unlink(void)
{
	return unlink(report->secret) < 0;
}

static int
try_mkdir(void)
{
	g_autofree char *path = g_strdup_printf("%s/made", report->folder);

	return mkdir(path, 0700) < 0;
}

static int
try_truncate(void)
{
	return truncate(report->secret, 0) < 0;
}

static int
try_chmod(void)
{
	return chmod(report->secret, 0777) < 0;
}

static int
try_inet(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((guint16)report->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0;
}

static int
connect_unix(const char *path, gboolean abstract)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	g_strlcpy(address.sun_path + abstract, path, sizeof address.sun_path - 1);
	return fd < 0 || connect(fd, (struct sockaddr *)&address, (socklen_t)(G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + abstract + strlen(path))) < 0;
}

static int
try_unix(void)
{
	g_autofree char *path = g_strdup_printf("%s/socket", report->folder);

	return connect_unix(path, FALSE);
}

static int
try_abstract(void)
{
	return connect_unix(report->folder, TRUE);
}

static int
try_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0) < 0;
}

static int
try_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0;
}

static int
try_exec(void)
{
	g_autofree char *command = g_strdup_printf("echo had > %s/made", report->folder);
	execl("/bin/sh", "sh", "-c", command, NULL);
	return 1;
}

static int
try_fork(void)
{
	return fork() < 0;
}

static int
try_thread(void)
{
	return syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL) < 0;
}

static int
try_ptrace(void)
{
	return ptrace(PTRACE_ATTACH, report->parent, NULL, NULL) < 0;
}

static int
try_write_parent(void)
{
	int value = 1;
	struct iovec local = {&value, sizeof value}, remote = {&report->got, sizeof value};

	return process_vm_writev(report->parent, &local, 1, &remote, 1, 0) < 0;
}

static int
try_kill(void)
{
	return kill(report->parent, SIGUSR1) < 0;
}

static int
try_tgkill(void)
{
	return syscall(SYS_tgkill, report->parent, report->parent, SIGUSR1) < 0;
}

static int
try_mount(void)
{
	return mount("none", report->folder, "tmpfs", 0, NULL) < 0;
}

static int
try_namespace(void)
{
	return unshare(CLONE_NEWUSER) < 0;
}

static int
try_limit(void)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	return setrlimit(RLIMIT_AS, &limit) < 0;
}

static int
try_limit_of_parent(void)
{
	struct rlimit limit = {0, 0};

	return prlimit(report->parent, RLIMIT_CORE, &limit, NULL) < 0;
}

static int
try_prctl(void)
{
	return prctl(PR_SET_PDEATHSIG, 0) < 0;
}

static int
try_io_uring(void)
{
	struct io_uring_params parameters = {0};

	return syscall(SYS_io_uring_setup, 4, &parameters) < 0;
}

static int
try_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0) < 0;
}

static int
try_memfd(void)
{
	return memfd_create("x", 0) < 0;
}

static int
try_dup(void)
{
	return dup(STDERR_FILENO) < 0;
}

/* The standard descriptors lead nowhere (in a build for finding faults, standard error stays), and there is one socket. */
static int
try_inherited(void)
{
	return write(report->inherited, "had", 3) < 0;
}

static int
try_setuid(void)
{
	return setuid(0) < 0;
}

static const struct attempt {
	const char *name;
	int (*try)(void);
} attempts[] = {
    {"open to read", try_read},
    {"openat", try_openat},
    {"openat2", try_openat2},
    {"open to append", try_append},
    {"create", try_create},
    {"an unnamed file", try_unnamed},
    {"/proc/self/mem", try_memory},
    {"stat", try_stat},
    {"unlink", try_unlink},
    {"mkdir", try_mkdir},
    {"truncate", try_truncate},
    {"chmod", try_chmod},
    {"connect by TCP", try_inet},
    {"connect to a socket file", try_unix},
    {"connect to an abstract socket", try_abstract},
    {"a netlink socket", try_socket},
    {"a pair of sockets", try_pair},
    {"exec", try_exec},
    {"fork", try_fork},
    {"a process in the same memory", try_thread},
    {"ptrace of the parent", try_ptrace},
    {"writing the parent's memory", try_write_parent},
    {"a signal to the parent", try_kill},
    {"a signal to the parent's thread", try_tgkill},
    {"mount", try_mount},
    {"a namespace", try_namespace},
    {"raising a limit", try_limit},
    {"a limit of the parent's", try_limit_of_parent},
    {"outliving the parent", try_prctl},
    {"io_uring", try_io_uring},
    {"bpf", try_bpf},
    {"a file in memory", try_memfd},
    {"another descriptor", try_dup},
    {"an inherited descriptor", try_inherited},
    {"setuid", try_setuid},
};

/* Which one the next planted process makes: set before it is forked. */
static const struct attempt *current;

static void
make_attempt(int fd)
{
	report->begun = 1;
	if (current->try() == 0)
		report->got = 1;
	/* what reading would say, as if nothing had been tried, is nonsense here */
	_exit(write(fd, "nonsense", 8) == 8 ? 0 : 1);
}

static int
listen_at(const struct sockaddr *address, socklen_t length)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, address, length), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static int
listen_unix(const char *path, gboolean abstract)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	g_strlcpy(address.sun_path + abstract, path, sizeof address.sun_path - 1);
	return listen_at((struct sockaddr *)&address, (socklen_t)(G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + abstract + strlen(path)));
}

static int
listen_inet(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int fd = listen_at((struct sockaddr *)&address, length);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	report->port = ntohs(address.sin_port);
	return fd;
}

static void
check_untouched(const char *name)
{
	g_autofree char *made = g_strdup_printf("%s/made", report->folder), *text = NULL;
	struct rlimit limit;
	struct stat about;

	assert_true(g_file_get_contents(report->secret, &text, NULL, NULL));
	if (strcmp(text, "secret") != 0 || g_file_test(made, G_FILE_TEST_EXISTS))
		fail_msg("%s: a file was changed or made", name);
	assert_int_equal(stat(report->secret, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_max, report->parent_limit.rlim_max);
}

/* One attempt: it fails, leaves no trace, its message is unread with a reason, and the next message is read by an honest process. */
static void
check_attempt(const struct attempt *attempt)
{
	struct worker planted = {.planted = make_attempt};
	g_autoptr(Reader) reader = NULL;
	g_autoptr(GBytes) bytes = message(1);
	g_auto(Reading) reading = {0};

	current = attempt;
	report->begun = report->got = 0;
	reader = reader_new_planted(READER_ONE, &planted, DEADLINE, NULL);
	assert_non_null(reader);
	reader_submit(reader, 1, bytes, 0);
	assert_true(reader_collect(reader, -1, &reading));
	assert_true(report->begun);
	if (report->got)
		fail_msg("%s: the planted code got what it wanted", attempt->name);
	assert_null(reading.record);
	assert_non_null(strstr(reading.unread, "the reader"));
	check_untouched(attempt->name);
}

static void
remove_files(const int *listeners)
{
	static const char *const names[] = {"secret", "socket"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_strdup_printf("%s/%s", report->folder, names[i]);

		unlink(path);
	}
	rmdir(report->folder);
	for (int i = 0; i < 3; i++)
		close(listeners[i]);
}

/* Code in the reader's place that wants files, a network, processes, or its parent, gets nowhere. */
static void
test_planted(void **state)
{
	g_autofree char *folder = g_dir_make_tmp("postbag-sandbox-XXXXXX", NULL), *path = g_strdup_printf("%s/socket", folder);
	int listeners[3];

	report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(report != MAP_FAILED);
	g_strlcpy(report->folder, folder, sizeof report->folder);
	g_snprintf(report->secret, sizeof report->secret, "%s/secret", folder);
	assert_true(g_file_set_contents_full(report->secret, "secret", 6, 0, 0600, NULL));
	report->parent = getpid();
	assert_int_equal(getrlimit(RLIMIT_CORE, &report->parent_limit), 0);
	listeners[0] = listen_unix(path, FALSE);
	listeners[1] = listen_unix(folder, TRUE);
	listeners[2] = listen_inet();
	report->inherited = listeners[0];
	signal(SIGUSR1, SIG_DFL); /* would end this test */
	for (gsize i = 0; i < G_N_ELEMENTS(attempts); i++)
		check_attempt(&attempts[i]);
	remove_files(listeners);
	munmap(report, sizeof *report);
}

/* Each attempt does get what it wants where there are no walls: otherwise the test above would prove nothing. (Those that need rights that the test may not
 * have, or would harm it, are left out.) */
static void
test_attempts_are_real(void **state)
{
	static int (*const harmless[])(void) = {try_read, try_openat, try_openat2, try_append, try_unnamed, try_memory, try_stat, try_inet, try_unix,
	    try_abstract, try_socket, try_pair, try_memfd, try_dup, try_chmod, try_truncate, try_mkdir};
	g_autofree char *folder = g_dir_make_tmp("postbag-sandbox-XXXXXX", NULL), *path = g_strdup_printf("%s/socket", folder);
	g_autofree char *made = g_strdup_printf("%s/made", folder);
	int listeners[3];

	report = g_new0(struct report, 1);
	g_strlcpy(report->folder, folder, sizeof report->folder);
	g_snprintf(report->secret, sizeof report->secret, "%s/secret", folder);
	assert_true(g_file_set_contents_full(report->secret, "secret", 6, 0, 0600, NULL));
	listeners[0] = listen_unix(path, FALSE);
	listeners[1] = listen_unix(folder, TRUE);
	listeners[2] = listen_inet();
	for (gsize i = 0; i < G_N_ELEMENTS(harmless); i++)
		if (harmless[i]() != 0)
			fail_msg("attempt %zu fails without any walls: %s", i, g_strerror(errno));
	rmdir(made);
	remove_files(listeners);
	g_free(report);
}

/* Until the parent loses patience. (To sleep is not among what reading needs.) */
static void
hang(int fd)
{
	char block[4096];

	while (read(fd, block, sizeof block) > 0)
		continue;
	_exit(0);
}

static void
say(int fd, guint32 type, guint32 length, gconstpointer data, gsize size)
{
	struct frame frame = {.type = type, .length = length};

	if (write(fd, &frame, sizeof frame) < 0 || (size > 0 && write(fd, data, size) < 0))
		_exit(0);
}

static void
say_too_long(int fd)
{
	say(fd, FRAME_RECORD, G_MAXUINT32, "", 0);
	hang(fd);
}

static void
say_unknown_type(int fd)
{
	say(fd, 'z', 3, "abc", 3);
}

static void
say_no_record(int fd)
{
	say(fd, FRAME_RECORD, 12, "not a record", 12);
}

static void
say_empty_record(int fd)
{
	say(fd, FRAME_RECORD, 0, "", 0);
}

static void
say_targets(int fd)
{
	say(fd, FRAME_TARGETS, 4, "abcd", 4);
}

static void
say_content(int fd)
{
	say(fd, FRAME_CONTENT, 4, "abcd", 4);
}

static void
say_refused(int fd)
{
	say(fd, FRAME_REFUSED, 2, "no", 2);
}

static void
say_part_of_frame(int fd)
{
	say(fd, FRAME_RECORD, 1000, "half", 4);
	hang(fd);
}

static void
say_half_header(int fd)
{
	if (write(fd, "r", 1) == 1)
		hang(fd);
}

static void
say_half_and_end(int fd)
{
	say(fd, FRAME_RECORD, 1000, "half", 4);
	_exit(0);
}

static void
say_flood(int fd)
{
	for (;;)
		say(fd, FRAME_TARGETS, 4, "abcd", 4);
}

static void
say_zeros(int fd)
{
	static const char zeros[65536];

	while (write(fd, zeros, sizeof zeros) > 0)
		;
}

static void
say_want(int fd)
{
	say(fd, FRAME_WANT, 0, "", 0);
}

static void
spin(int fd)
{
	for (volatile guint i = 0;; i++)
		;
}

static void
die(int fd)
{
	signal(SIGSEGV, SIG_DFL);
	int *volatile wild = (int *)8;

	*wild = 1;
}

static void
give_up(int fd)
{
	abort();
}

static const struct fault {
	const char *name;
	void (*planted)(int fd);
	const char *reason; /* in what the message is marked with */
	gboolean hangs;
} faults[] = {
    {"a length beyond all bounds", say_too_long, "too long", FALSE},
    {"an unknown type", say_unknown_type, "not one", FALSE},
    {"a record that is none", say_no_record, "not one", FALSE},
    {"a record without bytes", say_empty_record, "not one", FALSE},
    {"targets nobody asked for", say_targets, "not one", FALSE},
    {"a part nobody asked for", say_content, "not one", FALSE},
    {"a refusal of nothing", say_refused, "not one", FALSE},
    {"half a frame, then silence", say_part_of_frame, "out of time", TRUE},
    {"half a frame's head, then silence", say_half_header, "out of time", TRUE},
    {"half a frame, then the end", say_half_and_end, "ended early", FALSE},
    {"a flood of answers", say_flood, "not one", FALSE},
    {"a flood of zeros", say_zeros, "not one", FALSE},
    {"silence", hang, "out of time", TRUE},
    {"an endless loop", spin, "out of time", TRUE},
    {"a wild pointer", die, "the reader", FALSE},
    {"abort", give_up, "signal 6", FALSE},
};

static void
check_fault(const char *name, enum reader_life life, void (*planted)(int fd), const char *reason, gboolean hangs)
{
	struct worker worker = {.planted = planted};
	g_autoptr(Reader) reader = reader_new_planted(life, &worker, hangs ? G_USEC_PER_SEC / 2 : DEADLINE, NULL);

	for (int i = 0; i < 2; i++) {
		g_autoptr(GBytes) bytes = message(i);

		reader_submit(reader, i, bytes, 0);
	}
	for (int i = 0; i < 2; i++) {
		g_auto(Reading) reading = {0};

		assert_true(reader_collect(reader, -1, &reading));
		assert_int_equal(reading.tag, i);
		assert_null(reading.record);
		if (strstr(reading.unread, reason) == NULL)
			fail_msg("%s: unread because \"%s\"", name, reading.unread);
	}
	assert_int_equal(reader_pending(reader), 0);
	assert_true(reader_is_alive(reader));
}

/* Nonsense, silence and death in the reader's place: each message is unread with the reason, each next one has a new process, and nobody waits for ever. */
static void
test_faults(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
		check_fault(faults[i].name, READER_FEW, faults[i].planted, faults[i].reason, faults[i].hangs);
		check_fault(faults[i].name, READER_MANY, faults[i].planted, faults[i].reason, faults[i].hangs);
	}
}

#if !defined(__SANITIZE_ADDRESS__) /* which takes no limit on address space */
static void
eat(int fd)
{
	for (;;)
		memset(g_malloc(16 * 1024 * 1024), 1, 16 * 1024 * 1024);
}

/* A process that eats memory ends itself, not the machine, and says so. */
static void
test_memory(void **state)
{
	check_fault("a memory bomb", READER_FEW, eat, "out of memory", FALSE);
}
#endif

/* A process that asks for everything to be opened, and once more when it was, is no honest one; and a delivery's only process that asks gives no answer. */
static void
test_want(void **state)
{
	struct worker worker = {.planted = say_want};
	g_autoptr(Reader) one = reader_new_planted(READER_ONE, &worker, DEADLINE, NULL);
	g_autoptr(GBytes) bytes = message(1);
	g_auto(Reading) reading = {0};

	check_fault("asking twice", READER_FEW, say_want, "not one", FALSE);
	reader_submit(one, 1, bytes, 0);
	assert_false(reader_collect(one, -1, &reading));
	assert_int_equal(reader_pending(one), 0);
	assert_false(reader_is_alive(one));
}

/* The first process of a reader is planted, the others are honest: set in shared memory by the first. */
static void
only_once(int fd)
{
	if (report->begun++ == 0)
		abort();
}

/* After a fault the next message is read, with its rules. */
static void
test_next_is_read(void **state)
{
	struct worker worker = {.planted = only_once};

	report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int life = READER_FEW; life <= READER_MANY; life++) {
		g_autoptr(Reader) reader = NULL;

		report->begun = 0;
		reader = reader_new_planted((enum reader_life)life, &worker, DEADLINE, NULL);
		for (int i = 0; i < 3; i++) {
			g_autoptr(GBytes) bytes = message(i);

			reader_submit(reader, i, bytes, 0);
		}
		for (int i = 0; i < 3; i++) {
			g_auto(Reading) reading = {0};

			assert_true(reader_collect(reader, -1, &reading));
			if (i == 0)
				assert_non_null(strstr(reading.unread, "signal 6"));
			else
				assert_non_null(reading.record);
		}
	}
	munmap(report, sizeof *report);
}

/* MAIL read behind the walls, in which LIFE, and read without any: the records are the same. */
static void
check_same(enum reader_life life, const char *name, const char *mail, gsize length)
{
	g_autoptr(GBytes) bytes = g_bytes_new(mail, length), ours = NULL, theirs = NULL;
	g_autoptr(Reader) reader = reader_new(life, NULL, NULL);
	g_autoptr(Record) record = message_read((const guint8 *)mail, length);
	g_auto(Reading) reading = {0};

	reader_submit(reader, 1, bytes, 0);
	if (!reader_collect(reader, -1, &reading) && life == READER_ONE)
		fail_msg("%s: a delivery's reader had not opened what it needs", name);
	if (reading.record == NULL)
		fail_msg("%s: unread: %s", name, reading.unread);
	record_settle_found(record); /* as the reader does, who has no rules here */
	ours = record_to_bytes(record);
	theirs = record_to_bytes(reading.record);
	if (!g_bytes_equal(ours, theirs))
		fail_msg("%s: read differently behind the walls", name);
}

/* Rare charsets, declared and guessed, HTML, and what is only found on decoding: behind the walls each is read as without them. */
static void
test_same_reading(void **state)
{
	static const struct {
		const char *name, *mail;
		gboolean needs_more; /* what it needs shows only on decoding: a delivery's reader leaves it */
	} mails[] = {
	    {"koi8-r", "Content-Type: text/plain; charset=koi8-r\n\n\xf0\xd2\xc9\xd7\xc5\xd4 \xcd\xc9\xd2, \xdc\xd4\xcf \xd0\xc9\xd3\xd8\xcd\xcf\n", FALSE},
	    {"gb18030", "Content-Type: text/plain; charset=gb18030\n\n\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7\n", FALSE},
	    {"euc-tw", "Content-Type: text/plain; charset=euc-tw\n\n\xc4\xe3\xc5\xc6\n", FALSE},
	    {"iso-2022-jp", "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B$3$s$K$A$O\x1b(B\n", FALSE},
	    {"iso-2022-jp undeclared", "Subject: x\n\n\x1b$B$3$s$K$A$O\x1b(B\n", FALSE},
	    {"a subject", "Subject: =?windows-1251?B?z/Do4uXy?=\n\nx\n", FALSE},
	    {"koi8-r undeclared",
	        "Subject: x\n\n\xf0\xd2\xc9\xd7\xc5\xd4, \xcd\xc9\xd2! \xdc\xd4\xcf \xd0\xc9\xd3\xd8\xcd\xcf \xce\xc1\xd0\xc9\xd3\xc1\xce\xcf "
	        "\xd0\xcf-\xd2\xd5\xd3\xd3\xcb\xc9 "
	        "\xc9 \xce\xc9\xc7\xc4\xc5 \xce\xc5 \xd3\xcb\xc1\xda\xc1\xce\xcf, \xcb\xc1\xcb.\n",
	        FALSE},
	    {"html", "Content-Type: text/html\n\n<p>fares &amp; <b>cranes</b>", FALSE},
	    {"html in base64", "Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: base64\n\nPHA+8NLJ18XUPC9wPg==\n", FALSE},
	    {"latin-1 in base64, declared as UTF-8",
	        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=F0=D2=C9=D7=C5=D4, =CD=C9=D2! "
	        "=DC=D4=CF =D0=C9=D3=D8=CD=CF =CE=C1=D0=C9=D3=C1=CE=CF =D0=CF\n",
	        TRUE},
	    {"html, the type folded", "Content-Type: text/\n html\n\n<p>fares &amp; <b>cranes</b>", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(mails); i++) {
		for (int life = READER_ONE + mails[i].needs_more; life <= READER_MANY; life++)
			check_same((enum reader_life)life, mails[i].name, mails[i].mail, strlen(mails[i].mail));
	}
}

/* Every file of tests/mail, by one reader after another message, as in an import. */
static void
test_same_files(void **state)
{
	g_autofree char *folder = g_build_filename(g_getenv("srcdir") != NULL ? g_getenv("srcdir") : ".", "tests", "mail", NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	const char *name;
	guint files = 0;

	assert_non_null(dir);
	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL), *mail = NULL;
		g_autoptr(GBytes) bytes = NULL, ours = NULL, theirs = NULL;
		g_autoptr(Record) record = NULL;
		g_auto(Reading) reading = {0};
		gsize length;

		if (!g_str_has_suffix(name, ".eml") || !g_file_get_contents(path, &mail, &length, NULL))
			continue;
		files++;
		bytes = g_bytes_new(mail, length);
		record = message_read((const guint8 *)mail, length);
		reader_submit(reader, 1, bytes, 0);
		assert_true(reader_collect(reader, -1, &reading));
		if (reading.record == NULL)
			fail_msg("%s: unread: %s", name, reading.unread);
		record_settle_found(record);
		ours = record_to_bytes(record);
		theirs = record_to_bytes(reading.record);
		if (!g_bytes_equal(ours, theirs))
			fail_msg("%s: read differently behind the walls", name);
	}
	assert_true(files >= 50);
}

static char *outer_secret; /* a file that the outer walls keep from a reader */

/* Runs CODE in a process that has only begun to read: the outer walls stand, the inner ones do not. Its exit status, or 128 and the signal. */
static int
run_behind_outer_walls(int (*code)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		sandbox_enter();
		_exit(code());
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int
open_secret(void)
{
	return open(outer_secret, O_RDWR) >= 0 || open("/etc/passwd", O_RDONLY) >= 0 || truncate(outer_secret, 0) == 0 || unlink(outer_secret) == 0;
}

static int
open_library(void)
{
	return open("/usr/lib", O_RDONLY | O_DIRECTORY) < 0;
}

static int
make_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) < 0;
}

static int
make_process(void)
{
	return fork() < 0;
}

/* While a message's needs are looked for and opened, files, sockets and processes are out of reach already; libraries are not. */
static void
test_outer_walls(void **state)
{
	struct sandbox_walls walls;

	assert_true(sandbox_try(&walls));
	assert_int_equal(run_behind_outer_walls(open_library), 0);
	if (walls.landlock > 0) {
		g_autofree char *folder = g_dir_make_tmp("postbag-sandbox-XXXXXX", NULL);

		outer_secret = g_build_filename(folder, "secret", NULL);
		assert_true(g_file_set_contents(outer_secret, "secret", -1, NULL));
		assert_int_equal(run_behind_outer_walls(open_secret), 0);
		assert_int_equal(g_unlink(outer_secret), 0); /* it is there still */
		assert_int_equal(g_rmdir(folder), 0);
		g_clear_pointer(&outer_secret, g_free);
	}
	if (walls.seccomp) {
		assert_int_equal(run_behind_outer_walls(make_socket), 128 + SIGSYS);
		assert_int_equal(run_behind_outer_walls(make_process), 128 + SIGSYS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted), /* the first: left out where the walls are lower */
		cmocka_unit_test(test_attempts_are_real),
		cmocka_unit_test(test_outer_walls),
		cmocka_unit_test(test_faults),
#if !defined(__SANITIZE_ADDRESS__)
		cmocka_unit_test(test_memory),
#endif
		cmocka_unit_test(test_want),
		cmocka_unit_test(test_next_is_read),
		cmocka_unit_test(test_same_reading),
		cmocka_unit_test(test_same_files),
	};

	struct sandbox_walls walls;
	gsize first;

	if (!sandbox_try(&walls))
		return 1;
	first = walls.seccomp ? 0 : 1;
	if (first > 0)
		print_message("# NOT TESTED: test_planted: no filter of system calls here, and without it planted code gets further\n");
#if defined(__SANITIZE_ADDRESS__)
	print_message("# NOT TESTED: test_memory: a build with AddressSanitizer has no limit on address space\n");
#endif
	message_init();
	return _cmocka_run_group_tests("sandbox", tests + first, G_N_ELEMENTS(tests) - first, NULL, NULL);
}
