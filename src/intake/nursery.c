#include "intake/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "intake/worker.h"

struct nursery {
	pid_t pid;
	int fd;
};

struct order { /* both ways on the socket; pid 0 asks for a new process */
	pid_t pid;
	int status;
};

void
nursery_close_all_but(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (fd > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, fd - 1, 0);
	close_range(fd + 1, ~0U, 0);
}

/* Sends ORDER and, if FD is not -1, the descriptor with it (unix(7), SCM_RIGHTS). */
static gboolean
send_order(int socket, const struct order *order, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec vector = {(void *)order, sizeof *order};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof control.bytes;
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (gssize)sizeof *order;
}

static gboolean
receive_order(int socket, struct order *order, int *fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec vector = {order, sizeof *order};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	gssize n;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*fd = -1;
	if (n != (gssize)sizeof *order)
		return FALSE;
	if (message.msg_controllen >= CMSG_LEN(sizeof *fd) && control.header.cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(&control.header), sizeof *fd);
	return TRUE;
}

static void
serve_fork(int socket, GBytes *compiled)
{
	struct order answer = {-1, 0};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 || (answer.pid = fork()) < 0) {
		answer.status = errno;
		send_order(socket, &answer, -1);
		return;
	}
	if (answer.pid == 0) {
		nursery_close_all_but(pair[1]);
		worker_run(pair[1], compiled);
	}
	close(pair[1]);
	send_order(socket, &answer, pair[0]);
	close(pair[0]);
}

static void G_GNUC_NORETURN
nursery_run(int socket, GBytes *compiled)
{
	struct order order;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	while (receive_order(socket, &order, &fd)) {
		if (order.pid == 0) {
			serve_fork(socket, compiled);
			continue;
		}
		/* A moment to end by itself, so that its own way of dying is told and not ours. */
		for (int i = 0; i < 20 && waitpid(order.pid, &order.status, WNOHANG) == 0; i++)
			g_usleep(i < 10 ? 100 : 5000);
		if (kill(order.pid, SIGKILL) == 0)
			waitpid(order.pid, &order.status, 0);
		send_order(socket, &order, -1);
	}
	_exit(0);
}

struct nursery *
nursery_new(GBytes *compiled, GError **error)
{
	int pair[2];
	pid_t pid = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 || (pid = fork()) < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no reader process: %s", g_strerror(errno));
		return NULL;
	}
	if (pid == 0) {
		nursery_close_all_but(pair[1]);
		nursery_run(pair[1], compiled);
	}
	close(pair[1]);
	struct nursery *nursery = g_new0(struct nursery, 1);
	nursery->pid = pid;
	nursery->fd = pair[0];
	return nursery;
}

void
nursery_free(struct nursery *nursery)
{
	if (nursery == NULL)
		return;
	close(nursery->fd);
	waitpid(nursery->pid, NULL, 0);
	g_free(nursery);
}

gboolean
nursery_fork(struct nursery *nursery, pid_t *pid, int *fd, GError **error)
{
	struct order order = {0, 0};

	if (!send_order(nursery->fd, &order, -1) || !receive_order(nursery->fd, &order, fd) || order.pid < 0 || *fd < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no reader process: %s", g_strerror(order.status));
		return FALSE;
	}
	*pid = order.pid;
	return TRUE;
}

void
nursery_reap(struct nursery *nursery, pid_t pid, int *status)
{
	struct order order = {pid, 0};
	int fd;

	if (send_order(nursery->fd, &order, -1) && receive_order(nursery->fd, &order, &fd))
		*status = order.status;
}
