#include "archive/db-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * flock(2) queues its waiters but has no time limit, and SQLite's own back-off has one but no queue. So a thread waits in the queue and its
 * starter waits for the thread; when time is up a signal with an empty handler gets the thread out of flock(2), so that none is left behind.
 */
#define WAKE SIGRTMIN
#define WAKE_AGAIN_US 10000 /* a signal that comes before the thread is in flock(2) is of no use */

struct waiter {
	GMutex mutex;
	GCond cond;
	pthread_t thread;
	int fd;
	gboolean begun, done, given_up;
	int failure; /* errno, 0: locked */
};

static void
on_wake(int signal)
{
	(void)signal;
}

static gboolean
waiter_begin(struct waiter *waiter)
{
	gboolean given_up;

	g_mutex_lock(&waiter->mutex);
	waiter->thread = pthread_self();
	waiter->begun = TRUE;
	given_up = waiter->given_up;
	g_mutex_unlock(&waiter->mutex);
	return !given_up;
}

static gpointer
waiter_run(gpointer data)
{
	struct waiter *waiter = data;
	int failure = ETIMEDOUT;
	sigset_t wake;

	sigemptyset(&wake);
	sigaddset(&wake, WAKE);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	while (failure == ETIMEDOUT && waiter_begin(waiter))
		if (flock(waiter->fd, LOCK_EX) == 0)
			failure = 0;
		else if (errno != EINTR)
			failure = errno;
	g_mutex_lock(&waiter->mutex);
	waiter->failure = failure;
	waiter->done = TRUE;
	g_cond_signal(&waiter->cond);
	g_mutex_unlock(&waiter->mutex);
	return NULL;
}

/* Waits for the thread until UNTIL, and then no longer than it needs to come back. */
static void
waiter_await(struct waiter *waiter, gint64 until)
{
	gboolean in_time = TRUE;

	g_mutex_lock(&waiter->mutex);
	while (!waiter->done && in_time)
		in_time = g_cond_wait_until(&waiter->cond, &waiter->mutex, until);
	waiter->given_up = TRUE;
	while (!waiter->done) {
		if (waiter->begun)
			pthread_kill(waiter->thread, WAKE);
		g_cond_wait_until(&waiter->cond, &waiter->mutex, g_get_monotonic_time() + WAKE_AGAIN_US);
	}
	g_mutex_unlock(&waiter->mutex);
}

/* 0, ETIMEDOUT or another errno. */
static int
wait_in_queue(int fd, guint wait_ms)
{
	gint64 until = g_get_monotonic_time() + (gint64)wait_ms * 1000;
	struct sigaction action = {.sa_handler = on_wake}; /* without SA_RESTART */
	struct waiter waiter = {.fd = fd};
	GThread *thread;

	sigaction(WAKE, &action, NULL);
	g_mutex_init(&waiter.mutex);
	g_cond_init(&waiter.cond);
	thread = g_thread_try_new("lock", waiter_run, &waiter, NULL);
	if (thread != NULL) {
		waiter_await(&waiter, until);
		g_thread_join(thread);
	} else
		waiter.failure = EAGAIN;
	g_mutex_clear(&waiter.mutex);
	g_cond_clear(&waiter.cond);
	return waiter.failure;
}

/* Who waits says so by a lock on this byte of the file, which many can have at once: it and the queue do not know of one another. */
#define WAITING_BYTE 512

static gboolean
set_waiting(int fd, short type)
{
	struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = WAITING_BYTE, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &range) == 0;
}

gboolean
db_awaited(const struct db *db)
{
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = WAITING_BYTE, .l_len = 1};

	return db->locked && fcntl(db->lock_fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

static int
open_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, DB_FILE_MODE);

	if (fd < 0)
		return errno == EEXIST ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (fchmod(fd, DB_FILE_MODE) != 0)
		g_warning("cannot set the mode of %s: %s", path, g_strerror(errno));
	return fd;
}

gboolean
db_lock(int *fd, const char *folder, const char *name, guint wait_ms, GError **error)
{
	int failure;

	if (*fd < 0) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		*fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		if (*fd < 0 && errno == ENOENT)
			*fd = open_lock(path);
		if (*fd < 0) {
			gboolean temporary = errno == EMFILE || errno == ENFILE || errno == ENOSPC || errno == EDQUOT || errno == EIO;

			g_set_error(error, POSTBAG_ERROR, temporary ? POSTBAG_ERROR_TEMPORARY : POSTBAG_ERROR_PERMISSION, "cannot open %s: %s; %s", path,
			    errno == ELOOP ? "is a symbolic link" : g_strerror(errno),
			    temporary ? "try again" : "run this as the archive's owner, or join its group");
			return FALSE;
		}
	}
	while (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		failure = errno;
		if (failure == EWOULDBLOCK) {
			gboolean told = set_waiting(*fd, F_RDLCK);

			failure = wait_in_queue(*fd, wait_ms);
			if (told && failure == 0)
				set_waiting(*fd, F_UNLCK);
		}
		if (failure == 0)
			return TRUE;
		close(*fd);
		*fd = -1;
		if (failure == ETIMEDOUT)
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s/%s was busy for %u ms; another process is writing: try again", folder,
			    name, wait_ms);
		else
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "cannot lock %s/%s: %s; try again", folder, name, g_strerror(failure));
		return FALSE;
	}
	return TRUE;
}

void
db_unlock(int fd)
{
	flock(fd, LOCK_UN);
}
