#include "intake/reader.h"

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
#include "intake/nursery.h"
#include "intake/worker.h"
#include "rules/ruleset.h"

struct request {
	gint64 tag;
	GBytes *bytes;
	gint64 received;
};

struct reader {
	enum reader_life life;
	struct nursery *nursery; /* READER_MANY: forks replacements, from before anything was open */
	GBytes *compiled;        /* the rules its processes begin with, or NULL */
	pid_t pid;               /* -1: none */
	int fd;                  /* its socket, not blocking; -1: none */
	GQueue sent;             /* of struct request: handed over and not answered */
	GQueue done;             /* of struct reading */
	GByteArray *out;         /* bytes still to be written */
	gsize out_done;
	GByteArray *in;  /* bytes of an answer that is not whole */
	GVariant *rules; /* a(ss), for replacements too */
	gboolean rules_answered;
	GPtrArray *targets;
	char *rules_refused;
	GBytes *content; /* answer to FRAME_PART */
	char *content_refused;
	guint served; /* messages since its start */
	gint64 since; /* monotonic microseconds: when the oldest unanswered request got its turn */
};

static void
request_free(gpointer data)
{
	struct request *request = data;

	g_bytes_unref(request->bytes);
	g_free(request);
}

void
reading_clear(struct reading *reading)
{
	record_free(reading->record);
	g_free(reading->unread);
	memset(reading, 0, sizeof *reading);
}

static void
reading_free(gpointer data)
{
	reading_clear(data);
	g_free(data);
}

static void
queue_bytes(struct reader *reader, enum frame_type type, gint64 number, gconstpointer data, gsize length)
{
	struct frame frame = {.type = type, .length = length, .number = number};

	g_byte_array_append(reader->out, (const guint8 *)&frame, sizeof frame);
	g_byte_array_append(reader->out, data, length);
}

static void
queue_rules(struct reader *reader)
{
	queue_bytes(reader, FRAME_RULES, 0, g_variant_get_data(reader->rules), g_variant_get_size(reader->rules));
}

static void
queue_request(struct reader *reader, const struct request *request)
{
	gsize length = MIN(g_bytes_get_size(request->bytes), LIMIT_READ_BYTES);

	queue_bytes(reader, FRAME_MESSAGE, request->received, g_bytes_get_data(request->bytes, NULL), length);
}

static void
write_some(struct reader *reader)
{
	gssize n = send(reader->fd, reader->out->data + reader->out_done, reader->out->len - reader->out_done, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0)
		reader->out_done += n;
	if (reader->out_done == reader->out->len) {
		g_byte_array_set_size(reader->out, 0);
		reader->out_done = 0;
	}
}

/* What is queued is sent ahead: a process that finds its first message need not be woken for it. */
static gboolean
fork_one(struct reader *reader, GError **error)
{
	int pair[2];
	gboolean made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0;

	if (made && reader->out->len > 0) {
		reader->fd = pair[0];
		write_some(reader);
	}
	if (!made || (reader->pid = fork()) < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SYSTEM, "no reader process: %s", g_strerror(errno));
		reader->pid = -1;
		return FALSE;
	}
	if (reader->pid == 0) {
		nursery_close_all_but(pair[1]);
		worker_run(pair[1], reader->compiled);
	}
	close(pair[1]);
	reader->fd = pair[0];
	return TRUE;
}

static gboolean
start(struct reader *reader, GError **error)
{
	if (reader->nursery != NULL) {
		if (!nursery_fork(reader->nursery, &reader->pid, &reader->fd, error))
			return FALSE;
	} else if (!fork_one(reader, error))
		return FALSE;
	fcntl(reader->fd, F_SETFL, O_NONBLOCK);
	reader->served = 0;
	return TRUE;
}

static struct reader *
reader_alloc(enum reader_life life, GBytes *compiled)
{
	struct reader *reader = g_new0(struct reader, 1);

	reader->life = life;
	reader->compiled = compiled != NULL ? g_bytes_ref(compiled) : NULL;
	reader->pid = -1;
	reader->fd = -1;
	reader->out = g_byte_array_new();
	reader->in = g_byte_array_new();
	g_queue_init(&reader->sent);
	g_queue_init(&reader->done);
	return reader;
}

static void
push_request(struct reader *reader, gint64 tag, GBytes *bytes, gint64 received)
{
	struct request *request = g_new0(struct request, 1);

	request->tag = tag;
	request->bytes = g_bytes_ref(bytes);
	request->received = received;
	g_queue_push_tail(&reader->sent, request);
	if (reader->life != READER_EACH || reader->sent.length == 1)
		queue_request(reader, request);
}

struct reader *
reader_new_for(GBytes *compiled, gint64 tag, GBytes *bytes, gint64 received, GError **error)
{
	g_autoptr(Reader) reader = reader_alloc(READER_ONE, compiled);

	reader->since = g_get_monotonic_time();
	push_request(reader, tag, bytes, received);
	return start(reader, error) ? g_steal_pointer(&reader) : NULL;
}

struct reader *
reader_new(enum reader_life life, GBytes *compiled, GError **error)
{
	g_autoptr(Reader) reader = reader_alloc(life, compiled);

	if (life != READER_ONE && (reader->nursery = nursery_new(compiled, error)) == NULL)
		return NULL;
	if (!start(reader, error))
		return NULL;
	return g_steal_pointer(&reader);
}

/* Ends the process and says how it ended: what a message is marked with. */
static char *
stop(struct reader *reader)
{
	int status = 0;

	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = -1;
	if (reader->pid < 0)
		return g_strdup("the reader could not be started");
	if (reader->nursery != NULL)
		nursery_reap(reader->nursery, reader->pid, &status);
	else {
		/* A moment to end by itself, so that its own way of dying is told and not ours. */
		for (int i = 0; i < 20 && waitpid(reader->pid, &status, WNOHANG) == 0; i++)
			g_usleep(i < 10 ? 100 : 5000);
		kill(reader->pid, SIGKILL);
		waitpid(reader->pid, &status, 0);
	}
	reader->pid = -1;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return g_strdup_printf("the reader died of signal %d (%s)", WTERMSIG(status), g_strsignal(WTERMSIG(status)));
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return g_strdup_printf("the reader ended with status %d", WEXITSTATUS(status));
	return g_strdup("the reader ended early");
}

void
reader_free(struct reader *reader)
{
	if (reader == NULL)
		return;
	reader_retire(reader);
	if (reader->pid > 0 && reader->nursery == NULL)
		waitpid(reader->pid, NULL, 0);
	nursery_free(reader->nursery);
	g_queue_clear_full(&reader->sent, request_free);
	g_queue_clear_full(&reader->done, reading_free);
	g_byte_array_unref(reader->out);
	g_byte_array_unref(reader->in);
	g_clear_pointer(&reader->compiled, g_bytes_unref);
	g_clear_pointer(&reader->rules, g_variant_unref);
	g_clear_pointer(&reader->targets, g_ptr_array_unref);
	g_clear_pointer(&reader->content, g_bytes_unref);
	g_free(reader->rules_refused);
	g_free(reader->content_refused);
	g_free(reader);
}

/* Answers the oldest request: a record, or why there is none. */
static void
finish_request(struct reader *reader, struct record *record, const char *unread)
{
	struct request *request = g_queue_pop_head(&reader->sent);
	struct reading *reading = g_new0(struct reading, 1);

	reading->tag = request->tag;
	reading->record = record;
	reading->unread = g_strdup(unread);
	g_queue_push_tail(&reader->done, reading);
	request_free(request);
	reader->since = g_get_monotonic_time();
	reader->served++;
}

/* What is not answered, for a new process: all of it, or the one message that it is for. */
static void
queue_waiting(struct reader *reader)
{
	for (GList *link = reader->sent.head; link != NULL; link = link->next) {
		queue_request(reader, link->data);
		if (reader->life == READER_EACH)
			break;
	}
}

/* A fault: the oldest message is unread, the reader is replaced, and the others are handed to the new one. */
static void
replace(struct reader *reader, const char *why)
{
	g_autofree char *ended = stop(reader);
	g_autoptr(GError) error = NULL;

	if (!reader->rules_answered && reader->rules != NULL) {
		reader->rules_answered = TRUE;
		reader->rules_refused = g_strdup(why != NULL ? why : ended);
	} else if (!g_queue_is_empty(&reader->sent))
		finish_request(reader, NULL, why != NULL ? why : ended);
	else if (reader->content == NULL && reader->content_refused == NULL)
		reader->content_refused = g_strdup(why != NULL ? why : ended);

	g_byte_array_set_size(reader->out, 0);
	g_byte_array_set_size(reader->in, 0);
	reader->out_done = 0;
	if (reader->life == READER_ONE || !start(reader, &error)) {
		while (!g_queue_is_empty(&reader->sent))
			finish_request(reader, NULL, error != NULL ? error->message : "the reader died of another message");
		return;
	}
	if (reader->rules != NULL && reader->rules_refused == NULL)
		queue_rules(reader);
	queue_waiting(reader);
}

/* Takes one whole answer from the front of the bytes read; FALSE when it is nonsense. */
static gboolean
take_answer(struct reader *reader, const struct frame *frame, const guint8 *payload)
{
	g_autoptr(GError) error = NULL;

	if (frame->type == FRAME_RECORD && !g_queue_is_empty(&reader->sent)) {
		g_autoptr(GBytes) bytes = g_bytes_new(payload, frame->length);
		struct record *record = record_from_bytes(bytes, &error);

		finish_request(reader, record, record == NULL ? error->message : NULL);
		return TRUE;
	}
	if ((frame->type == FRAME_TARGETS || frame->type == FRAME_REFUSED) && reader->rules != NULL && !reader->rules_answered) {
		g_autoptr(GBytes) bytes = g_bytes_new(payload, frame->length);

		if (frame->type == FRAME_TARGETS)
			reader->targets = rule_targets_from_bytes(bytes, &error);
		if (reader->targets == NULL)
			reader->rules_refused = error != NULL ? g_strdup(error->message) : g_strndup((const char *)payload, frame->length);
		reader->rules_answered = TRUE;
		reader->since = g_get_monotonic_time();
		return TRUE;
	}
	if (frame->type == FRAME_TARGETS && reader->rules != NULL)
		return TRUE; /* a replacement's answer to rules that are known to be good */
	if (frame->type == FRAME_CONTENT || frame->type == FRAME_REFUSED) {
		if (frame->type == FRAME_CONTENT)
			reader->content = g_bytes_new(payload, frame->length);
		else
			reader->content_refused = g_strndup((const char *)payload, frame->length);
		return TRUE;
	}
	return FALSE;
}

/* A new process where nothing went wrong: what the old one leaked or was talked into ends here. */
static void
replace_process(struct reader *reader)
{
	g_autoptr(GError) error = NULL;

	g_free(stop(reader));
	g_byte_array_set_size(reader->out, 0);
	g_byte_array_set_size(reader->in, 0);
	reader->out_done = 0;
	if (!start(reader, &error))
		return; /* the next look at it tells */
	if (reader->rules != NULL && reader->rules_refused == NULL)
		queue_rules(reader);
	queue_waiting(reader);
}

static void
take_answers(struct reader *reader)
{
	gsize done = 0;

	while (reader->in->len - done >= sizeof(struct frame)) {
		struct frame frame;

		memcpy(&frame, reader->in->data + done, sizeof frame);
		if (frame.length > MAX(LIMIT_RECORD_BYTES, LIMIT_READ_BYTES)) {
			replace(reader, "the reader's answer is too long");
			return;
		}
		if (reader->in->len - done < sizeof frame + frame.length)
			break;
		if (!take_answer(reader, &frame, reader->in->data + done + sizeof frame)) {
			replace(reader, "the reader's answer is not one");
			return;
		}
		done += sizeof frame + frame.length;
		if (frame.type == FRAME_RECORD && reader->life == READER_EACH) {
			replace_process(reader);
			return;
		}
	}
	g_byte_array_remove_range(reader->in, 0, done);
}

static gboolean
is_idle(const struct reader *reader)
{
	return g_queue_is_empty((GQueue *)&reader->sent) && (reader->rules == NULL || reader->rules_answered);
}

static void
replace_after_batch(struct reader *reader)
{
	if (reader->life == READER_MANY && reader->served >= LIMIT_READER_BATCH && is_idle(reader))
		replace_process(reader);
}

/* FALSE when the process is gone. */
static gboolean
read_some(struct reader *reader)
{
	guint old = reader->in->len;
	const guint room = 256 * 1024;
	gssize n;

	g_byte_array_set_size(reader->in, old + room);
	n = read(reader->fd, reader->in->data + old, room);
	g_byte_array_set_size(reader->in, old + MAX(n, 0));
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Moves bytes both ways for at most TIMEOUT ms (-1: until something happened). Writing alone could lock up: the reader may be writing too. */
static void
pump(struct reader *reader, int timeout)
{
	if (reader->fd < 0) {
		replace(reader, NULL);
		return;
	}
	struct pollfd poll_fd = {.fd = reader->fd, .events = POLLIN | (reader->out->len > reader->out_done ? POLLOUT : 0)};
	gint64 left = reader->since + LIMIT_READER_SECONDS * G_USEC_PER_SEC - g_get_monotonic_time();
	int wait = timeout < 0 ? (int)CLAMP(left / 1000 + 1, 0, LIMIT_READER_SECONDS * 1000) : timeout;

	if (poll(&poll_fd, 1, wait) > 0) {
		if ((poll_fd.revents & POLLOUT) != 0)
			write_some(reader);
		if ((poll_fd.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_some(reader)) {
			take_answers(reader);
			if (!is_idle(reader) || reader->content == NULL)
				replace(reader, NULL);
			return;
		}
		take_answers(reader);
	}
	if (!is_idle(reader) && g_get_monotonic_time() > reader->since + LIMIT_READER_SECONDS * G_USEC_PER_SEC) {
		g_autofree char *why = g_strdup_printf("the reader ran out of time (%d s)", LIMIT_READER_SECONDS);

		if (reader->pid > 0)
			kill(reader->pid, SIGKILL);
		replace(reader, why);
	}
}

void
reader_set_rules(struct reader *reader, GVariant *files)
{
	while (!is_idle(reader))
		pump(reader, -1);
	g_clear_pointer(&reader->rules, g_variant_unref);
	g_clear_pointer(&reader->targets, g_ptr_array_unref);
	g_clear_pointer(&reader->rules_refused, g_free);
	reader->rules = g_variant_ref_sink(files);
	reader->rules_answered = FALSE;
	reader->since = g_get_monotonic_time();
	queue_rules(reader);
	pump(reader, 0);
}

GPtrArray *
reader_rules_targets(struct reader *reader, GError **error)
{
	while (reader->rules != NULL && !reader->rules_answered)
		pump(reader, -1);
	if (reader->targets != NULL)
		return g_ptr_array_ref(reader->targets);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "%s", reader->rules_refused != NULL ? reader->rules_refused : "no rules");
	return NULL;
}

void
reader_submit(struct reader *reader, gint64 tag, GBytes *bytes, gint64 received)
{
	replace_after_batch(reader);
	if (is_idle(reader))
		reader->since = g_get_monotonic_time();
	push_request(reader, tag, bytes, received);
	pump(reader, 0);
}

/* Milliseconds of TIMEOUT (-1: no end) that are left since BEGIN. */
static int
time_left(int timeout, gint64 begin)
{
	return timeout < 0 ? -1 : (int)MAX(0, timeout - (g_get_monotonic_time() - begin) / 1000);
}

gboolean
reader_rules_answered(struct reader *reader, int timeout)
{
	gint64 begin = g_get_monotonic_time();
	int left = timeout;

	while (reader->rules != NULL && !reader->rules_answered && left != 0) {
		pump(reader, left);
		left = time_left(timeout, begin);
	}
	return reader->rules == NULL || reader->rules_answered;
}

gboolean
reader_collect(struct reader *reader, int timeout, struct reading *out)
{
	gint64 begin = g_get_monotonic_time();
	int left = timeout;
	struct reading *reading;

	if (g_queue_is_empty(&reader->done) && !g_queue_is_empty(&reader->sent))
		pump(reader, 0);
	while (left != 0 && g_queue_is_empty(&reader->done) && !g_queue_is_empty(&reader->sent)) {
		pump(reader, left);
		left = time_left(timeout, begin);
	}
	reading = g_queue_pop_head(&reader->done);
	if (reading == NULL)
		return FALSE;
	*out = *reading;
	g_free(reading);
	return TRUE;
}

void
reader_retire(struct reader *reader)
{
	if (reader->fd < 0)
		return;
	close(reader->fd);
	reader->fd = -1;
	if (reader->pid > 0)
		kill(reader->pid, SIGKILL);
}

gboolean
reader_is_alive(const struct reader *reader)
{
	return reader->fd >= 0;
}

guint
reader_pending(const struct reader *reader)
{
	return reader->sent.length + reader->done.length;
}

GBytes *
reader_part(struct reader *reader, GBytes *bytes, const char *number, char **type, GError **error)
{
	g_autoptr(GByteArray) request = g_byte_array_new();
	g_autoptr(GBytes) content = NULL;
	gsize size;

	g_clear_pointer(&reader->content, g_bytes_unref);
	g_clear_pointer(&reader->content_refused, g_free);
	g_byte_array_append(request, (const guint8 *)number, strlen(number) + 1);
	g_byte_array_append(request, g_bytes_get_data(bytes, NULL), MIN(g_bytes_get_size(bytes), LIMIT_READ_BYTES));
	queue_bytes(reader, FRAME_PART, 0, request->data, request->len);
	reader->since = g_get_monotonic_time();
	while (reader->content == NULL && reader->content_refused == NULL) {
		pump(reader, 100);
		if (g_get_monotonic_time() > reader->since + LIMIT_READER_SECONDS * G_USEC_PER_SEC)
			reader->content_refused = g_strdup("the reader ran out of time");
	}
	if (reader->content == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s", reader->content_refused);
		return NULL;
	}
	content = g_steal_pointer(&reader->content);
	const char *data = g_bytes_get_data(content, &size);
	const char *end = memchr(data, '\0', size);
	if (end == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the reader's answer is not one");
		return NULL;
	}
	*type = g_strdup(data);
	return g_bytes_new_from_bytes(content, end + 1 - data, size - (end + 1 - data));
}
