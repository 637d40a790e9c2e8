#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "base/standby.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/limits.h"

struct standby {
	char *words;     /* of its program, or NULL: nothing was asked yet */
	guint asked;     /* documents, until it was started */
	guint forked;    /* by the process that stands by now */
	pid_t pid;       /* 0: none */
	int fd;          /* its socket */
	gboolean ready;  /* it has said that it stands by */
	gboolean cannot; /* this program is none for it */
};

struct standby *
standby_new(void)
{
	return g_new0(struct standby, 1);
}

static void
stop(struct standby *standby)
{
	if (standby->pid <= 0)
		return;
	close(standby->fd);
	kill(standby->pid, SIGKILL);
	while (waitpid(standby->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	standby->pid = 0;
	standby->ready = FALSE;
}

void
standby_free(struct standby *standby)
{
	if (standby == NULL)
		return;
	stop(standby);
	g_free(standby->words);
	g_free(standby);
}

#ifdef HAVE_STANDBY
static const guint8 preload[] = {
#include "base/standby-preload.inc"
};

/* A script would be run on nothing, with whatever it starts told to stand by. */
static gboolean
is_binary(const char *program)
{
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	char magic[4];
	gboolean is = fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic && memcmp(magic, "\177ELF", sizeof magic) == 0;

	if (fd >= 0)
		close(fd);
	return is;
}

/* An unnamed file of what is loaded ahead, so that nothing need be installed, or found. */
static int
preload_file(void)
{
	int fd = memfd_create("standby", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, preload, sizeof preload) != sizeof preload) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
start(struct standby *standby, char *const argv[])
{
	const struct timeval patience = {.tv_sec = LIMIT_STANDBY_SECONDS};
	int file = is_binary(argv[0]) ? preload_file() : -1, pair[2] = {-1, -1};

	if (file >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 && (standby->pid = fork()) == 0)
		confine_stand_by(argv, pair[1], file);
	if (file >= 0)
		close(file);
	if (pair[1] >= 0)
		close(pair[1]);
	standby->fd = pair[0];
	standby->forked = 0;
	if (standby->pid > 0) {
		setsockopt(standby->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		return;
	}
	if (pair[0] >= 0)
		close(pair[0]);
	standby->pid = 0;
	standby->cannot = TRUE;
}
#else
static void
start(struct standby *standby, G_GNUC_UNUSED char *const argv[])
{
	standby->cannot = TRUE;
}
#endif

/* Its word that it stands by, if it has come. */
static gboolean
is_ready(struct standby *standby)
{
	pid_t word;
	gssize n;

	if (standby->ready)
		return TRUE;
	n = recv(standby->fd, &word, sizeof word, MSG_DONTWAIT);
	standby->ready = n == sizeof word && word == 0;
	if (!standby->ready && !(n < 0 && (errno == EAGAIN || errno == EINTR))) {
		stop(standby);
		standby->cannot = TRUE;
	}
	return standby->ready;
}

/* The process for the document FDS; 0: none was made; -1: nobody knows. After these two what stands by is not to be asked again. */
static pid_t
ask(int socket, const int fds[3])
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec vector = {&byte, 1};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	pid_t pid;
	gssize n;

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(3 * sizeof(int));
	memcpy(CMSG_DATA(&control.header), fds, 3 * sizeof(int));
	if (sendmsg(socket, &message, MSG_NOSIGNAL) != 1)
		return 0;
	do
		n = recv(socket, &pid, sizeof pid, 0);
	while (n < 0 && errno == EINTR);
	return n == sizeof pid ? MAX(pid, 0) : -1;
}

pid_t
standby_fork(struct standby *standby, char *const argv[], const int fds[3])
{
	g_autofree char *words = standby->cannot ? NULL : g_strjoinv("\n", (char **)argv);
	pid_t pid;

	if (standby->words == NULL)
		standby->words = g_strdup(words);
	if (standby->cannot || strcmp(words, standby->words) != 0)
		return 0;
	if (standby->pid == 0) {
		if (++standby->asked > 1)
			start(standby, argv);
		return 0;
	}
	if (!is_ready(standby))
		return 0;
	pid = ask(standby->fd, fds);
	if (pid <= 0) {
		stop(standby);
		standby->cannot = TRUE;
	} else if (++standby->forked >= LIMIT_STANDBY_FORKS) {
		stop(standby);
		start(standby, argv);
	}
	return pid;
}

void
standby_ended(struct standby *standby, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGXCPU)
		stop(standby);
}
