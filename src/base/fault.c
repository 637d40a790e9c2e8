#include "base/fault.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/limits.h"

/* The variables of the house: a signal handler has no other way to know whether the message is on disk yet, and what else could keep it. */
static volatile sig_atomic_t status_on_fault = EX_TEMPFAIL;
static struct fault_rescue *volatile rescue_on_fault;
static char *volatile half_kept;    /* a path, to be removed */
static volatile sig_atomic_t owner; /* the process that was prepared, 0: none; its children inherit the handlers */

/* Only what signal-safety(7) allows, and system calls. Returns when it cannot be done. */
static void
rescue(const struct fault_rescue *how)
{
	const char *data = how->data;
	int fd = how->fd;

	alarm(0); /* it would outlive the exec, and kill what has no handler yet */
	if (fd < 0 && (fd = memfd_create("message", MFD_CLOEXEC)) < 0)
		return;
	for (gsize done = 0; how->fd < 0 && done < how->size;) {
		gssize n = write(fd, data + done, how->size - done);

		if (n <= 0)
			return;
		done += n;
	}
	if (lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO)
		execv("/proc/self/exe", how->arguments);
}

static void
end(int signal_number)
{
	char *path = half_kept;

	if (status_on_fault != EX_OK && path != NULL && owner == getpid())
		unlink(path);
	_exit(status_on_fault);
}

static void
end_or_rescue(int signal_number)
{
	struct fault_rescue *how = rescue_on_fault;

	if (status_on_fault != EX_OK && how != NULL && how->process == getpid()) {
		rescue_on_fault = NULL;
		rescue(how);
	}
	end(signal_number);
}

void
fault_set_status(int status)
{
	status_on_fault = status;
}

void
fault_set_half_kept(const char *path)
{
	char *before = half_kept;

	if (owner != getpid())
		return;
	half_kept = g_strdup(path);
	g_free(before);
}

void
fault_set_rescue(struct fault_rescue *how)
{
	if (how != NULL)
		how->process = getpid();
	rescue_on_fault = how;
}

void
fault_set_deadline(guint ms)
{
	struct itimerval timer = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Databases must not get these numbers: a word on standard error would be written into one. */
static void
open_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			fd = memfd_create("null", 0);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
}

/* A full pipe that nobody empties would hold up the answer for a word that nobody reads. */
static void
mend_standard_error(void)
{
	struct pollfd poll_fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	int null;

	if (poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLOUT | POLLERR)) != 0)
		return;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
}

static void
raise_limits(void)
{
	static const struct {
		__rlimit_resource_t which;
		rlim_t most;
	} limits[] = {
	    {RLIMIT_FSIZE, RLIM_INFINITY},
	    {RLIMIT_CPU, RLIM_INFINITY},
	    {RLIMIT_AS, RLIM_INFINITY},
	    {RLIMIT_DATA, RLIM_INFINITY},
	    {RLIMIT_NOFILE, LIMIT_DESCRIPTORS},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].which, &limit) != 0 || limit.rlim_cur >= MIN(limit.rlim_max, limits[i].most))
			continue;
		limit.rlim_cur = MIN(limit.rlim_max, limits[i].most);
		setrlimit(limits[i].which, &limit);
	}
}

static void
handle_signals(void)
{
	static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO, SIGPWR, SIGSTKFLT};
	/* The sanitizers have handlers of their own for most, which say more. */
#if !defined(__SANITIZE_ADDRESS__)
	static const int faults[] = {SIGBUS, SIGSEGV, SIGABRT, SIGTRAP, SIGILL, SIGFPE, SIGSYS, SIGALRM};
	stack_t stack = {.ss_sp = g_try_malloc(LIMIT_FAULT_STACK), .ss_size = LIMIT_FAULT_STACK};

	if (stack.ss_sp != NULL)
		sigaltstack(&stack, NULL);
#else
	static const int faults[] = {SIGTRAP, SIGALRM};
#endif
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	sigaction(SIGCHLD, &action, NULL);
	sigaction(SIGTSTP, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
	action.sa_handler = end;
	for (gsize i = 0; i < G_N_ELEMENTS(deadly); i++)
		sigaction(deadly[i], &action, NULL);
	action.sa_handler = end_or_rescue;
	action.sa_flags = SA_ONSTACK;
	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
		sigaction(faults[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

gboolean
fault_prepare(void)
{
	gboolean has_input = fcntl(STDIN_FILENO, F_GETFD) >= 0;

	owner = getpid();
	handle_signals();
	open_standard_descriptors();
	mend_standard_error();
	raise_limits();
	umask(0007);
	return has_input;
}
