#include "intake/reader-process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "intake/keep.h"
#include "intake/nursery.h"
#include "intake/outbox.h"
#include "rules/compiled.h"

#define HEAP_BYTES (700 * 1024) /* what reading a letter touches of it */

void
reader_request_free(gpointer data)
{
	struct request *request = data;

	g_clear_pointer(&request->bytes, g_bytes_unref);
	g_clear_pointer(&request->raw, raw_message_free);
	g_clear_pointer(&request->texts, g_bytes_unref);
	g_free(request);
}

void
reading_clear(struct reading *reading)
{
	record_free(reading->record);
	g_free(reading->unread);
	memset(reading, 0, sizeof *reading);
}

void
reader_reading_free(gpointer data)
{
	reading_clear(data);
	g_free(data);
}

gboolean
reader_is_idle(const struct reader *reader)
{
	return reader->sent.length == 0 && (reader->rules == NULL || reader->rules_answered);
}

static void
queue_frame(struct reader *reader, enum frame_type type, gint64 number, gsize length)
{
	struct frame frame = {.type = type, .length = (guint32)length, .number = number};
	g_autoptr(GBytes) bytes = g_bytes_new(&frame, sizeof frame);

	outbox_add(&reader->out, bytes);
}

void
reader_queue_rules(struct reader *reader)
{
	g_autoptr(GBytes) bytes = g_variant_get_data_as_bytes(reader->rules);

	queue_frame(reader, FRAME_RULES, 0, g_bytes_get_size(bytes));
	outbox_add(&reader->out, bytes);
	reader->rules_due++;
}

void
reader_queue_base(struct reader *reader)
{
	g_autoptr(GBytes) bytes = g_variant_get_data_as_bytes(reader->base);

	queue_frame(reader, FRAME_BASE, 0, g_bytes_get_size(bytes));
	outbox_add(&reader->out, bytes);
}

static void
queue_request(struct reader *reader, const struct request *request)
{
	gint64 size = request->raw != NULL ? raw_message_size(request->raw) : (gint64)g_bytes_get_size(request->bytes);
	gsize length = (gsize)MIN(size, LIMIT_HANDED_BYTES);

	if (request->texts != NULL) {
		queue_frame(reader, FRAME_TEXTS, 0, g_bytes_get_size(request->texts));
		outbox_add(&reader->out, request->texts);
	}
	queue_frame(reader, request->based ? FRAME_BASED : request->stored ? FRAME_STORED : FRAME_MESSAGE, request->received, length);
	if (request->raw != NULL)
		outbox_add_raw(&reader->out, request->raw, length);
	else {
		g_autoptr(GBytes) bytes = g_bytes_new_from_bytes(request->bytes, 0, length);

		outbox_add(&reader->out, bytes);
	}
	reader->queued++;
}

/* What this process is for and was not given yet: many messages, or one. */
static void
queue_waiting(struct reader *reader)
{
	guint most = reader->life == READER_MANY ? LIMIT_READER_BATCH : 1;

	while (reader->queued < reader->sent.length && reader->queued + reader->served < most)
		queue_request(reader, g_queue_peek_nth(&reader->sent, reader->queued));
}

void
reader_queue_part(struct reader *reader)
{
	queue_frame(reader,
	    reader->redact           ? FRAME_REDACT
	    : reader->text_limit > 0 ? FRAME_DOCUMENT
	                             : FRAME_PART,
	    (gint64)reader->text_limit, g_bytes_get_size(reader->part[0]) + g_bytes_get_size(reader->part[1]));
	outbox_add(&reader->out, reader->part[0]);
	outbox_add(&reader->out, reader->part[1]);
}

/* The first process, which the nursery, if there is one, forks at once. What is queued is sent ahead: a process that finds its first message need not be woken
 * for it. */
static gboolean
start_first(struct reader *reader, const struct worker *worker, GError **error)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no reader process: %s", g_strerror(errno));
		return FALSE;
	}
	reader->fd = pair[0];
	fcntl(reader->fd, F_SETFL, O_NONBLOCK);
	if (!outbox_write(&reader->out, reader->fd, error))
		pair[0] = -1;
	else if (reader->life == READER_ONE)
		reader->pid = worker->program ? nursery_start_program(pair[1]) : nursery_fork_worker(pair[1], worker);
	else if ((reader->nursery = nursery_new(worker, pair[1], reader->life != READER_FEW, error)) != NULL)
		reader->pid = 0;
	if (reader->life == READER_ONE && reader->pid < 0 && pair[0] >= 0)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no reader process: %s", g_strerror(errno));
	close(pair[1]);
	return reader->pid >= 0;
}

/* The rules that a process took, in the form that later ones can begin with. */
static void
begin_with_rules(struct reader *reader)
{
	g_autoptr(GPtrArray) sources = keep_unpack_rules(reader->rules);
	/* No process can begin with an empty set: each is told that there are no rules. */
	g_autoptr(Ruleset) ruleset = sources->len > 0 && reader->compiled == NULL ? ruleset_new(sources, NULL) : NULL;

	if (ruleset != NULL)
		reader->compiled = ruleset_to_bytes(ruleset);
	reader->rules_begun = reader->compiled != NULL && nursery_set_rules(reader->nursery, reader->compiled);
	g_clear_pointer(&reader->compiled, g_bytes_unref);
}

void
reader_drop_spare(struct reader *reader)
{
	if (reader->spare_fd < 0)
		return;
	close(reader->spare_fd);
	reader->spare_fd = -1;
	nursery_drop(reader->nursery, reader->spare);
}

/* A process for what waits, if there is none; and where more waits, the one after it, which gets ready meanwhile. */
gboolean
reader_start(struct reader *reader, GError **error)
{
	gboolean known = reader->rules != NULL && reader->rules_answered && reader->rules_refused == NULL;

	if (reader->fd >= 0)
		return TRUE;
	if (known && !reader->rules_begun)
		begin_with_rules(reader);
	if (reader->spare_fd >= 0) {
		reader->pid = reader->spare;
		reader->fd = reader->spare_fd;
		reader->spare_fd = -1;
	} else if (!nursery_fork(reader->nursery, reader->all, &reader->pid, &reader->fd, error))
		return FALSE;
	fcntl(reader->fd, F_SETFL, O_NONBLOCK);
	reader->served = reader->queued = reader->rules_due = 0;
	if (reader->rules != NULL && !reader->rules_begun && reader->rules_refused == NULL)
		reader_queue_rules(reader);
	if (reader->base != NULL)
		reader_queue_base(reader);
	queue_waiting(reader);
	if (reader->life == READER_EACH && reader->sent.length > 1 && outbox_write(&reader->out, reader->fd, NULL) &&
	    !nursery_fork(reader->nursery, reader->all, &reader->spare, &reader->spare_fd, NULL))
		reader->spare_fd = -1;
	return TRUE;
}

static struct reader *
reader_alloc(enum reader_life life)
{
	struct reader *reader = g_new0(struct reader, 1);

	reader->life = life;
	reader->pid = reader->ended = reader->spare = -1;
	reader->fd = reader->spare_fd = -1;
	reader->deadline = LIMIT_READER_SECONDS * G_USEC_PER_SEC;
	outbox_init(&reader->out);
	reader->in = g_byte_array_new();
	g_queue_init(&reader->sent);
	g_queue_init(&reader->done);
	return reader;
}

/* Takes over REQUEST. */
void
reader_push(struct reader *reader, struct request request)
{
	g_queue_push_tail(&reader->sent, g_memdup2(&request, sizeof request));
	if (reader->fd >= 0)
		queue_waiting(reader);
}

struct reader *
reader_new_for(enum reader_life life, GBytes *compiled, gint64 tag, struct raw_message *raw, gint64 received, GError **error)
{
	g_autoptr(Reader) reader = reader_alloc(life);

	reader->since = g_get_monotonic_time();
	reader_push(reader, (struct request){.tag = tag, .raw = raw_message_ref(raw), .received = received});
	queue_waiting(reader);
	return start_first(reader, &(struct worker){.compiled = compiled, .heap = HEAP_BYTES}, error) ? g_steal_pointer(&reader) : NULL;
}

struct reader *
reader_new_planted(enum reader_life life, const struct worker *worker, gint64 deadline, GError **error)
{
	g_autoptr(Reader) reader = reader_alloc(life);

	reader->deadline = deadline;
	return start_first(reader, worker, error) ? g_steal_pointer(&reader) : NULL;
}

struct reader *
reader_new(enum reader_life life, GBytes *compiled, GError **error)
{
	return reader_new_planted(life, &(struct worker){.compiled = compiled}, LIMIT_READER_SECONDS * G_USEC_PER_SEC, error);
}

struct reader *
reader_new_program(GError **error)
{
	return reader_new_planted(READER_ONE, &(struct worker){.program = TRUE}, LIMIT_READER_SECONDS * G_USEC_PER_SEC, error);
}

struct reader *
reader_new_beside(struct reader *reader)
{
	struct reader *beside = reader_alloc(READER_MANY);

	beside->nursery = nursery_ref(reader->nursery);
	beside->beside = beside->all = TRUE;
	beside->deadline = reader->deadline;
	return beside;
}

void
reader_share_rules(struct reader *reader, struct reader *from)
{
	if (from->rules != NULL && !from->rules_begun && from->rules_refused == NULL)
		begin_with_rules(from);
	if (reader->fd >= 0)
		reader_drop(reader);
	g_clear_pointer(&reader->rules, g_variant_unref);
	g_clear_pointer(&reader->targets, g_ptr_array_unref);
	reader->rules = from->rules != NULL ? g_variant_ref(from->rules) : NULL;
	reader->targets = from->targets != NULL ? g_ptr_array_ref(from->targets) : NULL;
	reader->rules_answered = TRUE;
	reader->rules_begun = from->rules_begun;
}

gboolean
reader_confine(struct reader *reader, char *const argv[], const int fds[3], pid_t *pid)
{
	return reader->nursery != NULL && nursery_confine(reader->nursery, argv, fds, pid);
}

gboolean
reader_has_ended(struct reader *reader, pid_t pid, int *status)
{
	return nursery_has_ended(reader->nursery, pid, status);
}

/* What was on its way to or from the process is of no use to another. */
void
reader_forget_process(struct reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = -1;
	reader->pid = -1;
	reader->queued = reader->rules_due = 0;
	outbox_clear(&reader->out);
	g_byte_array_set_size(reader->in, 0);
}

pid_t
reader_process(struct reader *reader)
{
	return reader->pid == 0 ? nursery_first(reader->nursery) : reader->pid;
}

/* Ends the process and says how it ended: what a message is marked with. */
char *
reader_stop(struct reader *reader)
{
	pid_t pid = reader_process(reader);
	gboolean reaped = TRUE;
	int status = 0;

	reader_forget_process(reader);
	if (pid < 0)
		return g_strdup("the reader could not be started");
	if (reader->nursery != NULL)
		reaped = nursery_reap(reader->nursery, pid, &status);
	else {
		nursery_end(pid, &status);
		reader->gone = TRUE;
	}
	if (!reaped)
		return g_strdup("no reader process: what forks them was ended"); /* not the message's fault: it is tried again */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return g_strdup("the reader tried what reading does not need and was ended (signal 31)");
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return g_strdup_printf("the reader died of signal %d (%s)", WTERMSIG(status), g_strsignal(WTERMSIG(status)));
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_NO_MEMORY)
		return g_strdup("the reader ran out of memory");
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return g_strdup_printf("the reader ended with status %d", WEXITSTATUS(status));
	return g_strdup("the reader ended early");
}

/* The end of a process with which nothing is wrong. */
void
reader_drop(struct reader *reader)
{
	pid_t pid = reader_process(reader);

	reader_forget_process(reader);
	if (reader->nursery == NULL) {
		reader->gone = TRUE;
		reader->ended = pid;
		kill(pid, SIGKILL);
	} else if (pid > 0)
		nursery_drop(reader->nursery, pid);
}

void
reader_free(struct reader *reader)
{
	if (reader == NULL)
		return;
	reader_retire(reader);
	nursery_free(reader->nursery);
	if (reader->ended > 0)
		waitpid(reader->ended, NULL, 0);
	g_queue_clear_full(&reader->sent, reader_request_free);
	g_queue_clear_full(&reader->done, reader_reading_free);
	outbox_clear(&reader->out);
	g_byte_array_unref(reader->in);
	g_clear_pointer(&reader->rules, g_variant_unref);
	g_clear_pointer(&reader->compiled, g_bytes_unref);
	g_clear_pointer(&reader->base, g_variant_unref);
	g_clear_pointer(&reader->targets, g_ptr_array_unref);
	g_clear_pointer(&reader->part[0], g_bytes_unref);
	g_clear_pointer(&reader->part[1], g_bytes_unref);
	g_clear_pointer(&reader->content, g_bytes_unref);
	g_free(reader->rules_refused);
	g_free(reader->content_refused);
	g_free(reader);
}
