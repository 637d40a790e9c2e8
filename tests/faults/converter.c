/*
 * A converter for tests, in place of pdftotext: it takes its document from standard input as that does, says what stands behind "says:" in it, and behaves as
 * that wants. "tell all" lets it say what it finds around itself, "tell place" where its memory is, "try all" and "try processes PID PID" what it can do that
 * no converter should. No sanitizer is linked to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DOCUMENT_BYTES (4 * 1024 * 1024)

extern char **environ;

static void
tell_limit(const char *name, int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == 0)
		printf("%s %llu %llu\n", name, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
}

static void
tell_all(char **argv)
{
	char folder[200] = "";

	for (int i = 1; argv[i] != NULL; i++)
		printf("argument %s\n", argv[i]);
	for (char **word = environ; *word != NULL; word++)
		printf("environment %s\n", *word);
	printf("folder %s\n", getcwd(folder, sizeof folder));
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("descriptor %d\n", fd);
	tell_limit("core", RLIMIT_CORE);
	tell_limit("file", RLIMIT_FSIZE);
	tell_limit("descriptors", RLIMIT_NOFILE);
	tell_limit("processes", RLIMIT_NPROC);
	tell_limit("seconds", RLIMIT_CPU);
	tell_limit("memory", RLIMIT_AS);
	for (int number = 1; number < 32; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			printf("signal %d is not what it was\n", number);
	}
}

static void
got(const char *what, int ok)
{
	if (ok)
		printf("could %s\n", what);
}

static void
try_all(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	int pair[2];

	if (pid == 0)
		_exit(0);
	got("clone", pid > 0);
	pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	got("make a sister", pid > 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	got("fork", pid > 0);
	got("read a file", open("/etc/passwd", O_RDONLY) >= 0);
	got("read a folder", open("/proc/self", O_RDONLY) >= 0);
	got("write a file", open("/tmp/converter-was-here", O_WRONLY | O_CREAT, 0600) >= 0);
	unlink("/tmp/converter-was-here");
	got("make a socket", socket(AF_INET, SOCK_STREAM, 0) >= 0);
	got("make a pair of sockets", socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	got("take a message", recvmsg(0, &(struct msghdr){0}, 0) >= 0 || errno == ENOTSOCK);
	got("send a message", sendmsg(1, &(struct msghdr){0}, 0) >= 0 || errno == ENOTSOCK);
	got("signal its parent", kill(getppid(), 0) == 0);
	got("signal a thread of its parent", syscall(SYS_tgkill, getppid(), getppid(), 0) == 0);
	got("see its parent's limits", prlimit(getppid(), RLIMIT_CORE, NULL, &(struct rlimit){0}) == 0);
	got("have its parent told of a pipe", fcntl(1, F_SETOWN, getppid()) == 0);
	got("choose the signal for that", fcntl(1, F_SETSIG, SIGKILL) == 0);
	got("have it told otherwise", fcntl(1, F_SETOWN_EX, &(struct f_owner_ex){F_OWNER_PID, getppid()}) == 0);
	got("live on without its parent", prctl(PR_SET_PDEATHSIG, 0) == 0);
	got("change its walls", syscall(444, NULL, 0, 1) > 0); /* landlock_create_ruleset */
	got("trace", syscall(SYS_ptrace, 0, 0, 0, 0) == 0);
	got("wait for others", waitpid(-1, NULL, WNOHANG) >= 0 || errno == ECHILD);
}

/* What of the process PID, whose walls are the same as this one's, can be opened by the names that the kernel gives to it. */
static void
try_other(int pid)
{
	static const char *const names[] = {"fd/0", "fd/1", "fd/2", "mem", "maps", "environ"};
	char path[64], link[64];

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
		if (open(path, i == 1 || i == 2 ? O_WRONLY : O_RDONLY) >= 0)
			printf("could open another's %s\n", names[i]);
		if (readlink(path, link, sizeof link) > 0)
			printf("could see another's %s\n", names[i]);
	}
}

static void
take_seconds(time_t seconds)
{
	for (time_t end = time(NULL) + seconds; time(NULL) < end;)
		continue;
}

int
main(int argc, char **argv)
{
	static int documents; /* in this memory */
	char *document = malloc(DOCUMENT_BYTES + 1), *says;
	int others[2];
	size_t length = fread(document, 1, DOCUMENT_BYTES, stdin);

	document[length] = '\0';
	documents++;
	if (strstr(document, "please dawdle") != NULL)
		take_seconds(3);
	if (strstr(document, "please hang") != NULL)
		take_seconds(60);
	if (strstr(document, "please die") != NULL)
		abort();
	if (strstr(document, "tell all") != NULL)
		tell_all(argv);
	if (strstr(document, "try all") != NULL)
		try_all();
	if (sscanf(document, "try processes %d %d", &others[0], &others[1]) == 2) {
		try_other(others[0]);
		try_other(others[1]);
	}
	if (strstr(document, "please become another") != NULL) {
		execl("/bin/true", "true", (char *)NULL);
		printf("could not\n");
	}
	if (strstr(document, "tell place") != NULL)
		printf("%p\n", (void *)&documents);
	says = strstr(document, "says: ");
	if (says != NULL)
		printf("%.*s\n", (int)strcspn(says + 6, "\n"), says + 6);
	if (documents != 1)
		printf("number %d\n", documents);
	return argc > 1 && strcmp(argv[1], "fail") == 0;
}
