#include "lmtp/indexer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "intake/follow.h"
#include "intake/site.h"
#include "intake/sweep.h"

#define WORD_NEW 'n'
#define WORD_SPOOLED 's'

#define SLICE_PAUSE_MS 5     /* between slices: flock(2) gives the index to who waits only when nobody asks at once */
#define STUCK_PAUSE_MS 500   /* after a slice that only waited for a reader */
#define GATHER_MS 100        /* after a word: one slice for what comes together */
#define IDLE_MS 5000         /* without a word before the archive is closed, so that it can be restored, upgraded or unmounted */
#define WAIT_MS 1000         /* for a busy archive or index */
#define AGAIN_MS 5000        /* after a failure, at first */
#define AGAIN_MOST_MS 300000 /* and at most: sweep comes every five minutes */
#define RULES_MS 1000        /* rule files are looked at so often at most */
#define GOODBYE_MS 20000     /* a reader may hold a slice up for LIMIT_READER_SECONDS */

struct indexer {
	pid_t pid; /* of the keeper */
	int fd;    /* writing end */
	gboolean gone;
};

/* --- the process that indexes */

struct work {
	const struct conf *conf;
	const char *folder;
	enum log_level level;
	int fd;
	gboolean ends, failed, pending, spooled;
	struct reader *reader;
	struct mailstore *store;
	struct index *index;
	struct follow *follow;
	dev_t device;
	ino_t inode;
	gint64 rules_at; /* monotonic ms: when the rule files were looked at */
	gint64 again_ms;
};

static void
work_close(struct work *work)
{
	g_clear_pointer(&work->follow, follow_free);
	g_clear_pointer(&work->index, index_close);
	g_clear_pointer(&work->store, mailstore_close);
	work->rules_at = 0;
}

static gint64
now_ms(void)
{
	return g_get_monotonic_time() / 1000;
}

/* Takes in words for at most TIMEOUT ms (-1: until one comes). */
static void
listen_for_words(struct work *work, int timeout)
{
	struct pollfd poll_fd = {.fd = work->fd, .events = POLLIN};
	char words[512];
	gssize n;

	if (work->ends || poll(&poll_fd, 1, timeout) <= 0)
		return;
	n = read(work->fd, words, sizeof words);
	if (n == 0)
		work->ends = TRUE;
	for (gssize i = 0; i < n; i++)
		*(words[i] == WORD_SPOOLED ? &work->spooled : &work->pending) = TRUE;
}

/* Sleeps, unless it is told to end. */
static void
wait_unless_ended(struct work *work, gint64 ms)
{
	gint64 until = now_ms() + ms;

	for (gint64 left = ms; left > 0 && !work->ends; left = until - now_ms())
		listen_for_words(work, left);
}

/* The archive that stands in the folder now: after a restore it is another. */
static gboolean
work_open(struct work *work, GError **error)
{
	g_autofree char *path = g_build_filename(work->folder, "mail.db", NULL);
	struct stat about = {0};

	(void)!stat(path, &about);
	if (work->follow != NULL && about.st_dev == work->device && about.st_ino == work->inode)
		return TRUE;
	work_close(work);
	work->device = about.st_dev;
	work->inode = about.st_ino;
	if ((work->store = mailstore_open(work->folder, DB_WRITE, WAIT_MS, error)) == NULL ||
	    (work->index = index_open(work->folder, DB_CREATE, WAIT_MS, error)) == NULL)
		return FALSE;
	work->follow = follow_new(work->store, work->index, work->reader);
	work->spooled = TRUE;
	return TRUE;
}

static gboolean
settle_rules(struct work *work, GError **error)
{
	if (work->rules_at != 0 && now_ms() - work->rules_at < RULES_MS)
		return TRUE;
	if (!site_settle_rules(work->conf, work->store, clock_now(), error))
		return FALSE;
	work->rules_at = now_ms();
	return TRUE;
}

static gboolean
take_in_spool(struct work *work, GError **error)
{
	g_autoptr(GPtrArray) spools = site_spools(work->conf, work->folder);
	guint taken = 0;

	if (!work->spooled)
		return TRUE;
	work->spooled = FALSE;
	for (guint i = 0; i < spools->len; i++) {
		guint now_taken;

		if (!sweep_spool(work->store, g_ptr_array_index(spools, i), clock_now(), &now_taken, error))
			return FALSE;
		taken += now_taken;
	}
	if (taken > 0)
		log_notice(work->level, "%u from the spool", taken);
	return TRUE;
}

static void
note_progress(gpointer data, gint64 seq, gint64 last)
{
	(void)last;
	*(gint64 *)data = seq;
}

static gboolean
bring_up(struct work *work, GError **error)
{
	gint64 left = 1, before = -1, seq = -1;
	struct follow_limits limits = {.entries = LIMIT_LMTP_INDEX_ENTRIES, .ms = LIMIT_LMTP_INDEX_MS, .progress = note_progress, .data = &seq};

	while (left > 0 && !work->ends) {
		if (!reader_is_alive(work->reader)) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "the reader is gone");
			return FALSE;
		}
		if (!work_open(work, error) || !settle_rules(work, error) || !take_in_spool(work, error) ||
		    !follow_catch_up(work->follow, &limits, &left, error))
			return FALSE;
		listen_for_words(work, 0);
		/* Others want to write to the index too. */
		if (left > 0)
			wait_unless_ended(work, seq == before ? STUCK_PAUSE_MS : SLICE_PAUSE_MS);
		before = seq;
	}
	return TRUE;
}

/* FALSE when it has to be tried again. */
static gboolean
work_once(struct work *work)
{
	g_autoptr(GError) reason = NULL;

	work->pending = FALSE;
	if (bring_up(work, &reason)) {
		work->again_ms = AGAIN_MS;
		return TRUE;
	}
	work_close(work);
	/* Its keeper starts all of it again. */
	if (!reader_is_alive(work->reader))
		work->ends = work->failed = TRUE;
	log_notice(work->level, "%s; the index is tried again in %" G_GINT64_FORMAT " s", reason->message, work->again_ms / 1000);
	wait_unless_ended(work, work->again_ms);
	work->again_ms = MIN(2 * work->again_ms, AGAIN_MOST_MS);
	return FALSE;
}

static int
work_run(struct work *work)
{
	g_autoptr(GError) error = NULL;

	work->reader = reader_new(READER_EACH, NULL, &error);
	if (work->reader == NULL) {
		log_error("%s", error->message);
		return 1;
	}
	work->pending = TRUE;
	work->again_ms = AGAIN_MS;
	while (!work->ends) {
		if (work->pending || work->spooled) {
			if (!work_once(work))
				work->pending = TRUE;
			continue;
		}
		listen_for_words(work, work->follow != NULL ? IDLE_MS : -1);
		if (work->pending || work->spooled)
			wait_unless_ended(work, GATHER_MS);
		else
			work_close(work);
	}
	work_close(work);
	reader_free(work->reader);
	return work->failed ? 1 : 0;
}

/* --- its keeper */

static void
reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	/* The whole group gets a terminal's or a service manager's signal; the server tells when to end. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static gboolean
is_closed(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLHUP) != 0;
}

static pid_t
fork_worker(const struct work *work)
{
	pid_t keeper = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper)
		_exit(1); /* the keeper died in between */
	struct work own = *work;
	int status = work_run(&own);

#if defined(__SANITIZE_ADDRESS__)
	exit(status);
#endif
	_exit(status);
}

/* The sockets are the server's alone. */
static void
close_all_but(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (fd > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, fd - 1, 0);
	close_range(MAX(fd, STDERR_FILENO) + 1, ~0U, 0);
}

static void G_GNUC_NORETURN
keep(struct work *work)
{
	gint64 pause_ms = AGAIN_MS / 5;

	close_all_but(work->fd);
	reset_signals();
	if (nice(10) == -1)
		log_detail(work->level, "the indexer is as urgent as the server");
	for (;;) {
		gint64 begin = now_ms();
		pid_t pid = fork_worker(work);
		int status = 0;

		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (is_closed(work->fd) || (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0))
			_exit(0);
		/* One that worked for long had bad luck; one that dies at once would again. */
		pause_ms = now_ms() - begin > AGAIN_MOST_MS ? AGAIN_MS / 5 : MIN(2 * pause_ms, AGAIN_MOST_MS);
		log_error("the indexer ended early (%s %d) and is started again in %" G_GINT64_FORMAT " s; mail is kept all the same",
		    WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), pause_ms / 1000);
		for (gint64 until = now_ms() + pause_ms; now_ms() < until && !is_closed(work->fd);)
			g_usleep(100 * 1000);
	}
}

struct indexer *
indexer_new(const struct conf *conf, const char *folder, enum log_level level, GError **error)
{
	struct indexer *indexer;
	int pair[2] = {-1, -1};
	pid_t pid = -1;

	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) != 0 || (pid = fork()) < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no indexer process: %s", g_strerror(errno));
		if (pair[0] >= 0) {
			close(pair[0]);
			close(pair[1]);
		}
		return NULL;
	}
	if (pid == 0) {
		struct work work = {.conf = conf, .folder = folder, .level = level, .fd = pair[0]};

		keep(&work);
	}
	close(pair[0]);
	indexer = g_new0(struct indexer, 1);
	indexer->pid = pid;
	indexer->fd = pair[1];
	return indexer;
}

void
indexer_tell(struct indexer *indexer, gboolean spooled)
{
	char word = spooled ? WORD_SPOOLED : WORD_NEW;

	/* A full pipe says as much. SIGPIPE is ignored. */
	while (write(indexer->fd, &word, 1) < 0)
		if (errno != EINTR) {
			if (errno == EPIPE && !indexer->gone)
				log_error("the indexer is gone; postbag sweep brings up the index");
			indexer->gone = errno == EPIPE;
			return;
		}
}

void
indexer_free(struct indexer *indexer)
{
	gint64 until = now_ms() + GOODBYE_MS;

	if (indexer == NULL)
		return;
	close(indexer->fd);
	while (waitpid(indexer->pid, NULL, WNOHANG) == 0) {
		if (now_ms() > until) {
			kill(indexer->pid, SIGKILL);
			waitpid(indexer->pid, NULL, 0);
			break;
		}
		g_usleep(10 * 1000);
	}
	g_free(indexer);
}
