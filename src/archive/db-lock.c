#include "archive/db-private.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * flock(2) queues its waiters but has no time limit, and SQLite's own back-off has one but no queue. So a thread waits in the queue and its
 * starter waits for the thread; a thread given up on lets go of the lock when it gets it.
 */
struct waiter {
	GMutex mutex;
	GCond cond;
	int fd;
	gboolean done, given_up;
	int failure; /* errno, 0: locked */
};

static void
waiter_free(struct waiter *waiter)
{
	g_mutex_clear(&waiter->mutex);
	g_cond_clear(&waiter->cond);
	g_free(waiter);
}

static gpointer
waiter_run(gpointer data)
{
	struct waiter *waiter = data;
	gboolean given_up;
	int failure = 0;

	while (flock(waiter->fd, LOCK_EX) != 0)
		if (errno != EINTR) {
			failure = errno;
			break;
		}
	g_mutex_lock(&waiter->mutex);
	waiter->failure = failure;
	waiter->done = TRUE;
	given_up = waiter->given_up;
	g_cond_signal(&waiter->cond);
	g_mutex_unlock(&waiter->mutex);
	if (given_up) {
		close(waiter->fd);
		waiter_free(waiter);
	}
	return NULL;
}

/* 0, ETIMEDOUT or another errno. On ETIMEDOUT the thread owns FD. */
static int
wait_in_queue(int fd, guint wait_ms)
{
	gint64 until = g_get_monotonic_time() + (gint64)wait_ms * 1000;
	struct waiter *waiter = g_new0(struct waiter, 1);
	gboolean done = TRUE;
	GThread *thread;
	int failure;

	g_mutex_init(&waiter->mutex);
	g_cond_init(&waiter->cond);
	waiter->fd = fd;
	thread = g_thread_try_new("lock", waiter_run, waiter, NULL);
	if (thread == NULL) {
		waiter_free(waiter);
		return EAGAIN;
	}
	g_mutex_lock(&waiter->mutex);
	while (!waiter->done && done)
		done = g_cond_wait_until(&waiter->cond, &waiter->mutex, until);
	done = waiter->done;
	waiter->given_up = !done;
	failure = waiter->failure;
	g_mutex_unlock(&waiter->mutex);
	if (!done) {
		g_thread_unref(thread);
		return ETIMEDOUT;
	}
	g_thread_join(thread);
	waiter_free(waiter);
	return failure;
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
			    g_strerror(errno), temporary ? "try again" : "run this as the archive's owner, or join its group");
			return FALSE;
		}
	}
	while (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		failure = errno == EWOULDBLOCK ? wait_in_queue(*fd, wait_ms) : errno;
		if (failure == 0)
			return TRUE;
		/* After a time-out the thread has it, and will close it. */
		if (failure != ETIMEDOUT)
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
