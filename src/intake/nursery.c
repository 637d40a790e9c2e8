#include "intake/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/standby.h"
#include "mail/message.h"

#define WORDS_BYTES 8192 /* of a program's words: a path and a few options */
#define MOST_FDS 3

struct nursery {
	gint users;
	GMutex turn; /* one order and its answer at a time */
	pid_t pid;
	int fd;
	gboolean first_due; /* its first answer, about the first process, is still to be read */
	pid_t first;
};

enum order_type {
	ORDER_FORK,     /* answered with the process and its socket */
	ORDER_FORK_ALL, /* the same, with all open ahead */
	ORDER_REAP,     /* answered with how it ended */
	ORDER_DROP,
	ORDER_RULES,   /* comes with a file of compiled rules */
	ORDER_CONFINE, /* comes with a program's words, each with its NUL, and its input, output and complaints; answered with the process */
	ORDER_ENDED,   /* answered with the process if it has ended, and how */
};

struct order { /* both ways on the socket */
	enum order_type type;
	pid_t pid;
	int status;
};

/* close_range(2) where the kernel has it and lets us: a container's filter may refuse what it does not know. */
static void
close_all(guint first, guint last)
{
	glong most;

	if (close_range(first, last, 0) == 0)
		return;
	most = sysconf(_SC_OPEN_MAX);
	for (guint fd = first; fd <= last && (glong)fd < (most > 0 ? most : 65536); fd++)
		close(fd);
}

/* In a child: every descriptor but KEEP and OTHER (or -1) is closed; the standard ones lead nowhere, because a mail server shows senders what they say. */
static void
close_all_but(int keep, int other)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), low = MIN(keep, other), high = MAX(keep, other);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
#if !defined(__SANITIZE_ADDRESS__) /* whose findings are wanted */
		dup2(null, STDERR_FILENO);
#endif
	}
	if (low > STDERR_FILENO + 1)
		close_all(STDERR_FILENO + 1, low - 1);
	if (high - 1 > MAX(low, STDERR_FILENO))
		close_all(MAX(low, STDERR_FILENO) + 1, high - 1);
	close_all(high + 1, ~0U);
}

/* What goes with an order or an answer. */
struct parcel {
	char *words; /* or NULL */
	gsize size;
	int fds[MOST_FDS], n;
};

/* Sends ORDER and what goes with it (unix(7), SCM_RIGHTS). */
static gboolean
send_order(int socket, const struct order *order, const struct parcel *with)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
	} control = {0};
	struct iovec vector[2] = {{(void *)order, sizeof *order}, {with != NULL ? with->words : NULL, with != NULL && with->words != NULL ? with->size : 0}};
	struct msghdr message = {.msg_iov = vector, .msg_iovlen = vector[1].iov_len > 0 ? 2 : 1};

	if (with != NULL && with->n > 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE((gsize)with->n * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN((gsize)with->n * sizeof(int));
		memcpy(CMSG_DATA(&control.header), with->fds, (gsize)with->n * sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (gssize)(sizeof *order + vector[1].iov_len);
}

/* WITH has room for WITH->size bytes of words; the descriptors that came are the caller's. */
static gboolean
receive_order(int socket, struct order *order, struct parcel *with)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
	} control = {0};
	struct iovec vector[2] = {{order, sizeof *order}, {with->words, with->size}};
	struct msghdr message = {
	    .msg_iov = vector, .msg_iovlen = with->words != NULL ? 2 : 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	gssize n;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	with->n = 0;
	if (n < (gssize)sizeof *order)
		return FALSE;
	with->size = (gsize)n - sizeof *order;
	if (message.msg_controllen >= CMSG_LEN(sizeof(int)) && control.header.cmsg_type == SCM_RIGHTS) {
		with->n = (int)((control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(with->fds, CMSG_DATA(&control.header), (gsize)with->n * sizeof(int));
	}
	return TRUE;
}

static void
close_parcel(struct parcel *with)
{
	for (int i = 0; i < with->n; i++)
		close(with->fds[i]);
	with->n = 0;
}

pid_t
nursery_fork_worker(int fd, const struct worker *worker)
{
	pid_t pid = fork();

	if (pid == 0) {
		close_all_but(fd, -1);
		if (worker->heap > 0)
			heap_fill(worker->heap);
		worker_run(fd, worker);
	}
	return pid;
}

pid_t
nursery_start_program(int fd)
{
	g_autofree char *parent = g_strdup_printf("%d", (int)getpid());
	char *const arguments[] = {(char *)"postbag", (char *)"deliver", (char *)NURSERY_READER, parent, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		close_all_but(fd, -1);
		if (dup2(fd, STDIN_FILENO) == STDIN_FILENO)
			execv("/proc/self/exe", arguments);
		_exit(1);
	}
	return pid;
}

gboolean
nursery_is_program(int fd, const char *parent)
{
	struct ucred peer;
	socklen_t length = sizeof peer;

	return atoi(parent) == getppid() && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == getppid();
}

static void
serve_fork(int socket, const struct worker *worker)
{
	struct order answer = {.pid = -1};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		answer.status = errno;
		send_order(socket, &answer, NULL);
		return;
	}
	answer.pid = nursery_fork_worker(pair[1], worker);
	answer.status = answer.pid < 0 ? errno : 0;
	close(pair[1]);
	send_order(socket, &answer, &(struct parcel){.fds = {pair[0]}, .n = answer.pid > 0 ? 1 : 0});
	close(pair[0]);
}

void
nursery_end(pid_t pid, int *status)
{
	/* A moment to end by itself, so that its own way of dying is told and not ours. */
	for (int i = 0; i < 20; i++) {
		if (waitpid(pid, status, WNOHANG) != 0)
			return;
		g_usleep(i < 10 ? 100 : 5000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
}

static void
serve_drop(const struct order *order)
{
	kill(order->pid, SIGKILL);
	waitpid(order->pid, NULL, 0);
}

/* Processes that read by the rules before keep their own view of them. */
static void
serve_rules_order(struct worker *worker, const struct parcel *with)
{
	g_autoptr(GMappedFile) file = with->n > 0 ? g_mapped_file_new_from_fd(with->fds[0], FALSE, NULL) : NULL;

	g_clear_pointer(&worker->compiled, g_bytes_unref);
	worker->compiled = file != NULL ? g_mapped_file_get_bytes(file) : g_bytes_new_static("", 0); /* which no process can begin with */
}

static void
serve_confine(int socket, struct standby *standby, const struct parcel *with)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	struct order answer = {.pid = -1};

	for (gsize at = 0; at < with->size && with->words[with->size - 1] == '\0'; at += strlen(with->words + at) + 1)
		g_ptr_array_add(argv, with->words + at);
	g_ptr_array_add(argv, NULL);
	if (argv->len > 1 && with->n == MOST_FDS && (answer.pid = standby_fork(standby, (char *const *)argv->pdata, with->fds)) == 0)
		answer.pid = fork();
	if (answer.pid == 0)
		confine_exec((char *const *)argv->pdata, with->fds[0], with->fds[1], with->fds[2]);
	send_order(socket, &answer, NULL);
}

static void
serve_ended(int socket, struct standby *standby, struct order *order)
{
	pid_t pid = waitpid(order->pid, &order->status, WNOHANG);

	if (pid > 0)
		standby_ended(standby, order->status);
	order->pid = pid == 0 ? 0 : order->pid;
	if (pid < 0)
		order->status = SIGKILL; /* it never was, or was ended before */
	send_order(socket, order, NULL);
}

static void
open_all(struct worker *worker)
{
	if (!worker->all)
		message_prepare_all();
	worker->all = TRUE;
}

static void
serve_order(int socket, struct worker *worker, struct standby *standby, struct order *order, const struct parcel *with)
{
	if (order->type == ORDER_FORK_ALL)
		open_all(worker);
	if (order->type == ORDER_FORK || order->type == ORDER_FORK_ALL)
		serve_fork(socket, worker);
	else if (order->type == ORDER_REAP) {
		nursery_end(order->pid, &order->status);
		send_order(socket, order, NULL);
	} else if (order->type == ORDER_DROP)
		serve_drop(order);
	else if (order->type == ORDER_CONFINE)
		serve_confine(socket, standby, with);
	else if (order->type == ORDER_ENDED)
		serve_ended(socket, standby, order);
	else
		serve_rules_order(worker, with);
}

static void G_GNUC_NORETURN
nursery_run(int socket, struct worker *worker, int first, gboolean ahead)
{
	char words[WORDS_BYTES];
	struct parcel with = {.words = words, .size = sizeof words};
	struct standby *standby = standby_new();
	struct order order = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	if (first >= 0) {
		order.pid = nursery_fork_worker(first, worker);
		close(first);
		send_order(socket, &order, NULL);
	}
	if (ahead)
		open_all(worker);
	while (receive_order(socket, &order, &with)) {
		serve_order(socket, worker, standby, &order, &with);
		close_parcel(&with);
		with.size = sizeof words;
	}
	_exit(0);
}

struct nursery *
nursery_new(const struct worker *worker, int first, gboolean ahead, GError **error)
{
	int pair[2];
	pid_t pid = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 || (pid = fork()) < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no reader process: %s", g_strerror(errno));
		return NULL;
	}
	if (pid == 0) {
		struct worker own = *worker;

		close_all_but(pair[1], first);
		nursery_run(pair[1], &own, first, ahead);
	}
	close(pair[1]);
	struct nursery *nursery = g_new0(struct nursery, 1);
	nursery->users = 1;
	g_mutex_init(&nursery->turn);
	nursery->pid = pid;
	nursery->fd = pair[0];
	nursery->first_due = first >= 0;
	nursery->first = -1;
	return nursery;
}

struct nursery *
nursery_ref(struct nursery *nursery)
{
	g_atomic_int_inc(&nursery->users);
	return nursery;
}

void
nursery_free(struct nursery *nursery)
{
	if (nursery == NULL || !g_atomic_int_dec_and_test(&nursery->users))
		return;
	nursery_kill(nursery);
	close(nursery->fd);
	while (waitpid(nursery->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	g_mutex_clear(&nursery->turn);
	g_free(nursery);
}

void
nursery_kill(struct nursery *nursery)
{
	kill(nursery->pid, SIGKILL); /* what it forked dies with it: base/sandbox */
}

/* In its turn. */
static void
take_first(struct nursery *nursery)
{
	struct parcel with = {0};
	struct order order;

	if (nursery->first_due && receive_order(nursery->fd, &order, &with))
		nursery->first = order.pid;
	nursery->first_due = FALSE;
}

/* Sends ORDER and WITH, and puts the answer in their place, unless there is none: ANSWERED FALSE. */
static gboolean
give_order(struct nursery *nursery, struct order *order, struct parcel *with, gboolean answered)
{
	g_autoptr(GMutexLocker) turn = g_mutex_locker_new(&nursery->turn);

	take_first(nursery);
	if (!send_order(nursery->fd, order, with))
		return FALSE;
	*with = (struct parcel){0};
	return !answered || receive_order(nursery->fd, order, with);
}

pid_t
nursery_first(struct nursery *nursery)
{
	g_autoptr(GMutexLocker) turn = g_mutex_locker_new(&nursery->turn);

	take_first(nursery);
	return nursery->first;
}

gboolean
nursery_fork(struct nursery *nursery, gboolean all, pid_t *pid, int *fd, GError **error)
{
	struct order order = {.type = all ? ORDER_FORK_ALL : ORDER_FORK};
	struct parcel with = {0};

	if (!give_order(nursery, &order, &with, TRUE) || order.pid < 0 || with.n != 1) {
		close_parcel(&with);
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no reader process: %s", g_strerror(order.status != 0 ? order.status : ECHILD));
		return FALSE;
	}
	*pid = order.pid;
	*fd = with.fds[0];
	return TRUE;
}

gboolean
nursery_reap(struct nursery *nursery, pid_t pid, int *status)
{
	struct order order = {.type = ORDER_REAP, .pid = pid};
	struct parcel with = {0};

	if (!give_order(nursery, &order, &with, TRUE))
		return FALSE;
	*status = order.status;
	return TRUE;
}

void
nursery_drop(struct nursery *nursery, pid_t pid)
{
	struct order order = {.type = ORDER_DROP, .pid = pid};
	struct parcel with = {0};

	(void)give_order(nursery, &order, &with, FALSE);
}

gboolean
nursery_confine(struct nursery *nursery, char *const argv[], const int fds[3], pid_t *pid)
{
	struct order order = {.type = ORDER_CONFINE};
	g_autoptr(GString) words = g_string_new(NULL);
	struct parcel with = {.n = MOST_FDS};

	for (guint i = 0; argv[i] != NULL; i++)
		g_string_append_len(words, argv[i], (gssize)strlen(argv[i]) + 1);
	if (words->len > WORDS_BYTES)
		return FALSE;
	with.words = words->str;
	with.size = words->len;
	memcpy(with.fds, fds, sizeof with.fds);
	if (!give_order(nursery, &order, &with, TRUE) || order.pid <= 0)
		return FALSE;
	*pid = order.pid;
	return TRUE;
}

gboolean
nursery_has_ended(struct nursery *nursery, pid_t pid, int *status)
{
	struct order order = {.type = ORDER_ENDED, .pid = pid};
	struct parcel with = {0};

	if (!give_order(nursery, &order, &with, TRUE)) {
		*status = SIGKILL;
		return TRUE;
	}
	*status = order.status;
	return order.pid != 0;
}

gboolean
nursery_set_rules(struct nursery *nursery, GBytes *compiled)
{
	struct order order = {.type = ORDER_RULES};
	int fd = memfd_create("rules", MFD_CLOEXEC);
	struct parcel with = {.fds = {fd}, .n = 1};
	gsize size, done = 0;
	const char *data = g_bytes_get_data(compiled, &size);
	gboolean ok;

	while (fd >= 0 && done < size) {
		gssize n = write(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += n;
	}
	ok = fd >= 0 && done == size && give_order(nursery, &order, &with, FALSE);
	if (fd >= 0)
		close(fd);
	return ok;
}
