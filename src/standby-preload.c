/*
 * Loaded into a converter before its own libraries (ld.so(8), LD_PRELOAD): when the program, all of it loaded and its tables made, is about to read its first
 * byte, it stands by instead, and forks for each document a process that reads that one. So a document costs a fork and not a start, nothing of one is in
 * memory when the next is read, and the text is what the program makes of it. What asks is base/standby.c; the walls of this process are base/confine.c's, and
 * each fork has narrower ones, the same as a program that was started for its document. Not part of libpostbag.a, and without any library but the C library.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#define HAVE_LANDLOCK 1
#else
#define HAVE_LANDLOCK 0
#endif

#define SOCKET 3 /* as base/confine.c has it, and there this file is 4 */
#define FILE_OF_THIS 4

#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define REFUSE_CALL(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), REFUSE
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_WORD 4
#else
#define LOW_WORD 0
#endif

#if HAVE_LANDLOCK
/* Processes of one Landlock domain may open what the others have open (/proc/PID/fd), and all forks are of one: this makes each a domain of its own, by a wall
 * against what is forbidden anyway. */
static int
part_from_others(void)
{
	unsigned long long forbidden = LANDLOCK_ACCESS_FS_MAKE_BLOCK; /* the first member of struct landlock_ruleset_attr, all that the first ABI has */
	int rules = (int)syscall(SYS_landlock_create_ruleset, &forbidden, sizeof forbidden, 0), parted;

	if (rules < 0) /* else a kernel without, or a container that refuses it: base/confine.c bears it too */
		return errno != ENOMEM && errno != EMFILE && errno != ENFILE;
	parted = syscall(SYS_landlock_restrict_self, rules, 0) == 0 || errno == E2BIG; /* behind too many walls already */
	close(rules);
	return parted;
}
#define MAKE_DOMAIN SYS_landlock_create_ruleset
#define ENTER_DOMAIN SYS_landlock_restrict_self
#else
static int
part_from_others(void)
{
	return 1;
}
#define MAKE_DOMAIN SYS_prctl
#define ENTER_DOMAIN SYS_prctl
#endif

/* Takes away what standing by needs and a converter does not. All else is refused by the filter that this process began with, also for other architectures. */
static int
close_calls(void)
{
	struct sock_filter calls[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    REFUSE_CALL(SYS_clone),
	    REFUSE_CALL(SYS_execve),
	    REFUSE_CALL(SYS_recvmsg),
	    REFUSE_CALL(SYS_sendmsg),
	    REFUSE_CALL(SYS_prctl),
	    REFUSE_CALL(MAKE_DOMAIN),
	    REFUSE_CALL(ENTER_DOMAIN),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 3), /* abort() signals its own process */
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + LOW_WORD),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)getpid(), 1, 0),
	    REFUSE,
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof calls / sizeof *calls, calls};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 || errno == EINVAL; /* EINVAL: a kernel without, as base/confine.c bears it too */
}

/* At the end of main(): what was written goes out. To take thirty libraries and their tables apart in memory costs more than to drop them. */
static void
leave(int status, void *data)
{
	(void)data;
	fflush(NULL);
	_exit(status);
}

/* In a process just forked: it becomes the converter of the document in FDS[0]. */
static void
become_converter(const int fds[3], pid_t parent)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(127);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(127);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	close(SOCKET);
	if (setrlimit(RLIMIT_NPROC, &none) != 0 || on_exit(leave, NULL) != 0 || !part_from_others() || !close_calls())
		_exit(127);
}

/* The next document and its two pipes. */
static int
receive(int fds[3])
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control = {0};
	char byte;
	struct iovec vector = {&byte, 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};

	if (recvmsg(SOCKET, &message, 0) != 1 || message.msg_controllen < CMSG_LEN(3 * sizeof(int)) || control.header.cmsg_type != SCM_RIGHTS ||
	    control.header.cmsg_len != CMSG_LEN(3 * sizeof(int)))
		return 0;
	memcpy(fds, CMSG_DATA(&control.header), 3 * sizeof(int));
	return 1;
}

static int
say(pid_t pid)
{
	struct iovec vector = {&pid, sizeof pid};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	return sendmsg(SOCKET, &message, MSG_NOSIGNAL) == sizeof pid;
}

/* Returns in the processes that convert, and in them alone. */
static void
stand_by(void)
{
	pid_t parent = getppid();
	int fds[3];

	if (!__libc_single_threaded || !say(0)) /* a fork has one thread */
		_exit(127);
	while (receive(fds)) {
		/* A child of who started this process, which waits for it; fork() cannot make that. */
		long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

		if (pid == 0) {
			become_converter(fds, parent);
			return;
		}
		for (int i = 0; i < 3; i++)
			close(fds[i]);
		if (!say(pid > 0 ? (pid_t)pid : -1))
			break;
	}
	_exit(0);
}

/* What the program itself sees is what it would see without this file. */
__attribute__((constructor)) static void
hide(void)
{
	unsetenv("LD_PRELOAD");
	unsetenv("LD_BIND_NOW");
	close(FILE_OF_THIS);
}

size_t
fread(void *to, size_t size, size_t count, FILE *from)
{
	static size_t (*real)(void *, size_t, size_t, FILE *);
	static int begun;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fread");
	if (from == stdin && !begun) {
		begun = 1;
		stand_by();
	}
	return real(to, size, count, from);
}
