#include "base/fault.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* The one variable of the house: a signal handler has no other way to know whether the message is on disk yet. */
static volatile sig_atomic_t status_on_fault = EX_TEMPFAIL;

static void
end(int signal_number)
{
	_exit(status_on_fault);
}

void
fault_set_status(int status)
{
	status_on_fault = status;
}

gboolean
fault_prepare(void)
{
	static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU};
#if !defined(__SANITIZE_ADDRESS__)
	static const int faults[] = {SIGBUS, SIGSEGV, SIGABRT, SIGTRAP, SIGILL, SIGFPE, SIGSYS};
#endif
	struct sigaction action = {.sa_handler = SIG_DFL};
	gboolean has_input = fcntl(STDIN_FILENO, F_GETFD) >= 0;
	sigset_t none;

	for (int fd = open("/dev/null", O_RDWR); fd >= 0; fd = open("/dev/null", O_RDWR))
		if (fd > STDERR_FILENO)
			break;
	close_range(STDERR_FILENO + 1, ~0U, 0);
	sigaction(SIGCHLD, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
	action.sa_handler = end;
	for (gsize i = 0; i < G_N_ELEMENTS(deadly); i++)
		sigaction(deadly[i], &action, NULL);
#if !defined(__SANITIZE_ADDRESS__)
	for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
		sigaction(faults[i], &action, NULL);
#endif
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(0007);
	return has_input;
}
