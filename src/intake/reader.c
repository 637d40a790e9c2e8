#include "intake/reader-process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "intake/keep.h"
#include "intake/nursery.h"
#include "intake/outbox.h"
#include "rules/compiled.h"

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
	reader_request_free(request);
	reader->queued -= reader->queued > 0;
	reader->since = g_get_monotonic_time();
	reader->served++;
}

static gboolean
part_is_pending(const struct reader *reader)
{
	return reader->part[0] != NULL && reader->content == NULL && reader->content_refused == NULL;
}

/* WHY, for whatever waited longest. */
static void
refuse_one(struct reader *reader, const char *why)
{
	if (!reader->rules_answered && reader->rules != NULL) {
		reader->rules_answered = TRUE;
		reader->rules_refused = g_strdup(why);
	} else if (!g_queue_is_empty(&reader->sent))
		finish_request(reader, NULL, why);
	else if (part_is_pending(reader))
		reader->content_refused = g_strdup(why);
}

/* Another process for what still waits; where there is none to be had, nothing is read any more. */
static void
go_on(struct reader *reader)
{
	g_autoptr(GError) error = NULL;

	if (reader_is_idle(reader) && !part_is_pending(reader))
		return;
	if (!reader->gone && reader_start(reader, &error)) {
		if (part_is_pending(reader) && reader->sent.length == 0)
			reader_queue_part(reader);
		return;
	}
	reader->gone = TRUE;
	while (!reader_is_idle(reader) || part_is_pending(reader))
		refuse_one(reader, error != NULL ? error->message : "the reader was ended");
}

/* A fault: the oldest message is unread, and the others are handed to a new process. */
static void
replace(struct reader *reader, const char *why)
{
	g_autofree char *ended = reader_stop(reader);

	refuse_one(reader, why != NULL ? why : ended);
	go_on(reader);
}

static gboolean
take_record(struct reader *reader, const guint8 *payload, gsize length)
{
	struct record *record;

	if (reader->queued == 0 || ((const struct request *)g_queue_peek_head(&reader->sent))->stored)
		return FALSE;
	record = record_parse(payload, length, NULL);
	if (record == NULL)
		return FALSE;
	finish_request(reader, record, NULL);
	return TRUE;
}

/* What rules say of a stored message. */
static gboolean
take_said(struct reader *reader, enum frame_type type, const guint8 *payload, gsize length)
{
	const struct request *request = g_queue_peek_head(&reader->sent);
	struct record *record;

	if (reader->queued == 0 || !request->stored || (type == FRAME_SAME && !request->based))
		return FALSE;
	if (type == FRAME_SAME) {
		finish_request(reader, NULL, NULL);
		((struct reading *)g_queue_peek_tail(&reader->done))->same = TRUE;
		return TRUE;
	}
	if (length == 0) {
		finish_request(reader, NULL, "what the index stores of it is damaged");
		return TRUE;
	}
	record = record_said_parse(payload, length, NULL);
	if (record == NULL)
		return FALSE;
	finish_request(reader, record, NULL);
	return TRUE;
}

static gboolean
take_rules(struct reader *reader, enum frame_type type, const guint8 *payload, gsize length)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = g_bytes_new(payload, length);

	reader->rules_due--;
	if (reader->rules_answered)
		return type == FRAME_TARGETS; /* a replacement's answer to rules that are known to be good */
	if (type == FRAME_TARGETS)
		reader->targets = rule_targets_from_bytes(bytes, &error);
	if (reader->targets == NULL)
		reader->rules_refused = error != NULL ? g_strdup(error->message) : g_strndup((const char *)payload, length);
	reader->rules_answered = TRUE;
	reader->since = g_get_monotonic_time();
	return TRUE;
}

/* Takes one whole answer from the front of the bytes read; FALSE when it is nonsense. */
static gboolean
take_answer(struct reader *reader, const struct frame *frame, const guint8 *payload)
{
	if (frame->type == FRAME_RECORD)
		return take_record(reader, payload, frame->length);
	if (frame->type == FRAME_SAID || frame->type == FRAME_SAME)
		return take_said(reader, frame->type, payload, frame->length);
	if ((frame->type == FRAME_TARGETS || frame->type == FRAME_REFUSED) && reader->rules_due > 0)
		return take_rules(reader, frame->type, payload, frame->length);
	if (!part_is_pending(reader) || (frame->type != FRAME_CONTENT && frame->type != FRAME_REFUSED))
		return FALSE;
	if (frame->type == FRAME_CONTENT)
		reader->content = g_bytes_new(payload, frame->length);
	else
		reader->content_refused = g_strndup((const char *)payload, frame->length);
	return TRUE;
}

/* Something must be opened for the message in its hands, which is not its fault: one that has all open reads it. FALSE when this one should have. */
static gboolean
open_all(struct reader *reader)
{
	if (reader->all || (reader->queued == 0 && !part_is_pending(reader)))
		return FALSE;
	reader->all = TRUE;
	reader_drop_spare(reader);
	reader_drop(reader);
	if (reader->gone && !part_is_pending(reader))
		reader_request_free(g_queue_pop_head(&reader->sent)); /* unanswered: nothing is wrong with the message */
	else
		go_on(reader);
	return TRUE;
}

static gsize
longest_answer(const struct reader *reader)
{
	if (part_is_pending(reader) && reader->redact)
		return 2 * (gsize)LIMIT_READ_BYTES; /* removed words are shorter, but other text may be encoded anew */
	return part_is_pending(reader) ? LIMIT_READ_BYTES + LIMIT_HEADER_LINE : LIMIT_RECORD_BYTES;
}

/* It was given all that one process serves, and has answered: what it leaked or was talked into ends here. */
static gboolean
has_served(const struct reader *reader)
{
	if (reader->life != READER_MANY)
		return TRUE;
	return reader->served >= LIMIT_READER_BATCH && reader->queued == 0 && reader->rules_due == 0 && !part_is_pending(reader);
}

static void
take_answers(struct reader *reader)
{
	gsize done = 0;

	while (reader->in->len - done >= sizeof(struct frame)) {
		struct frame frame;

		memcpy(&frame, reader->in->data + done, sizeof frame);
		if (frame.length > longest_answer(reader)) {
			replace(reader, "the reader's answer is too long");
			return;
		}
		if (reader->in->len - done < sizeof frame + frame.length)
			break;
		if (frame.type == FRAME_WANT ? !open_all(reader) : !take_answer(reader, &frame, reader->in->data + done + sizeof frame)) {
			replace(reader, "the reader's answer is not one");
			return;
		}
		if (frame.type == FRAME_WANT)
			return;
		if ((frame.type == FRAME_RECORD || frame.type == FRAME_SAID || frame.type == FRAME_SAME) && has_served(reader)) {
			reader_drop(reader);
			go_on(reader);
			return;
		}
		done += sizeof frame + frame.length;
	}
	g_byte_array_remove_range(reader->in, 0, done);
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

/* FALSE when the message cannot be read back, and is unread for that. */
static gboolean
write_some(struct reader *reader)
{
	g_autoptr(GError) error = NULL;

	if (outbox_write(&reader->out, reader->fd, &error))
		return TRUE;
	replace(reader, error->message);
	return FALSE;
}

/* Reading what the process said before its end is reading too. */
static void
read_and_take(struct reader *reader)
{
	int fd = reader->fd;
	gboolean there = read_some(reader);

	take_answers(reader);
	if (!there && reader->fd == fd)
		replace(reader, NULL);
}

static void
check_deadline(struct reader *reader)
{
	if ((reader_is_idle(reader) && !part_is_pending(reader)) || g_get_monotonic_time() <= reader->since + reader->deadline)
		return;
	g_autofree char *why = g_strdup_printf("the reader ran out of time (%g s)", (double)reader->deadline / G_USEC_PER_SEC);
	if (reader_process(reader) > 0)
		kill(reader_process(reader), SIGKILL);
	replace(reader, why);
	reader->since = g_get_monotonic_time();
}

/* Moves bytes both ways for at most TIMEOUT ms (-1: until something happened). Writing alone could lock up: the reader may be writing too. */
static void
pump(struct reader *reader, int timeout)
{
	if (reader->fd < 0) {
		go_on(reader);
		if (reader->fd < 0)
			return;
	}
	struct pollfd poll_fd = {.fd = reader->fd, .events = POLLIN | (outbox_is_empty(&reader->out) ? 0 : POLLOUT)};
	gint64 left = clock_left(reader->since + reader->deadline) / 1000 + 1;
	int wait = (int)(timeout < 0 ? left : MIN(left, timeout));

	if (poll(&poll_fd, 1, wait) > 0) {
		if ((poll_fd.revents & POLLOUT) != 0 && !write_some(reader))
			return;
		if ((poll_fd.revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			read_and_take(reader);
	}
	check_deadline(reader);
}

void
reader_set_rules(struct reader *reader, GVariant *files)
{
	g_autoptr(GVariant) rules = g_variant_ref_sink(files);

	while (!reader_is_idle(reader))
		pump(reader, -1);
	if (reader->rules != NULL && reader->targets != NULL && g_variant_equal(reader->rules, rules))
		return;
	g_clear_pointer(&reader->rules, g_variant_unref);
	g_clear_pointer(&reader->compiled, g_bytes_unref);
	g_clear_pointer(&reader->base, g_variant_unref);
	g_clear_pointer(&reader->targets, g_ptr_array_unref);
	g_clear_pointer(&reader->rules_refused, g_free);
	reader->rules = g_steal_pointer(&rules);
	reader->rules_answered = reader->rules_begun = FALSE;
	reader->since = g_get_monotonic_time();
	reader_drop_spare(reader);
	if (reader->fd >= 0)
		reader_queue_rules(reader);
	pump(reader, 0);
}

void
reader_set_compiled(struct reader *reader, GBytes *compiled)
{
	g_clear_pointer(&reader->compiled, g_bytes_unref);
	reader->compiled = reader->rules_begun ? NULL : g_bytes_ref(compiled);
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

static void
submit(struct reader *reader, struct request request)
{
	if (reader_is_idle(reader))
		reader->since = g_get_monotonic_time();
	reader_push(reader, request);
	pump(reader, 0);
}

void
reader_submit(struct reader *reader, gint64 tag, GBytes *bytes, gint64 received)
{
	submit(reader, (struct request){.tag = tag, .bytes = g_bytes_ref(bytes), .received = received});
}

void
reader_submit_texts(struct reader *reader, gint64 tag, GBytes *bytes, GVariant *texts, gint64 received)
{
	submit(reader, (struct request){.tag = tag, .bytes = g_bytes_ref(bytes), .texts = g_variant_get_data_as_bytes(texts), .received = received});
}

void
reader_submit_stored(struct reader *reader, gint64 tag, GBytes *packed, gint64 received, gboolean based)
{
	submit(
	    reader, (struct request){.tag = tag, .bytes = g_bytes_ref(packed), .received = received, .stored = TRUE, .based = based && reader->base != NULL});
}

void
reader_set_base(struct reader *reader, GVariant *files)
{
	g_clear_pointer(&reader->base, g_variant_unref);
	reader->base = g_variant_ref_sink(files);
	if (reader->fd >= 0)
		reader_queue_base(reader);
}

void
reader_submit_raw(struct reader *reader, gint64 tag, struct raw_message *raw, gint64 received)
{
	submit(reader, (struct request){.tag = tag, .raw = raw_message_ref(raw), .received = received});
}

/* Milliseconds of TIMEOUT (-1: no end) that are left since BEGIN. */
static int
time_left(int timeout, gint64 begin)
{
	return timeout < 0 ? -1 : (int)(clock_left(begin + timeout * (gint64)1000) / 1000);
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
reader_feed(struct reader *reader)
{
	if (reader->fd >= 0 && !outbox_is_empty(&reader->out))
		pump(reader, 0);
}

void
reader_retire(struct reader *reader)
{
	if (reader->gone)
		return;
	if (reader->nursery == NULL && reader->pid > 0) {
		reader_drop(reader);
		return;
	}
	reader->gone = TRUE;
	if (reader->beside) {
		reader_drop(reader);
		return;
	}
	reader_forget_process(reader);
	if (reader->spare_fd >= 0)
		close(reader->spare_fd);
	reader->spare_fd = -1;
	if (reader->nursery != NULL)
		nursery_kill(reader->nursery);
}

gboolean
reader_is_alive(const struct reader *reader)
{
	return !reader->gone;
}

guint
reader_pending(const struct reader *reader)
{
	return reader->sent.length + reader->done.length;
}

/* The content of a part's answer, behind its type. */
static GBytes *
split_content(GBytes *answer, char **type, GError **error)
{
	gsize size;
	const char *data = g_bytes_get_data(answer, &size);
	const char *end = memchr(data, '\0', size);

	if (end == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the reader's answer is not one");
		return NULL;
	}
	*type = g_strdup(data);
	return g_bytes_new_from_bytes(answer, end + 1 - data, size - (gsize)(end + 1 - data));
}

static GBytes *
ask_for_part(struct reader *reader, GBytes *bytes, const char *number, gsize text_limit, char **type, GError **error)
{
	g_autoptr(GBytes) content = NULL;

	reader->text_limit = text_limit;
	g_clear_pointer(&reader->content, g_bytes_unref);
	g_clear_pointer(&reader->content_refused, g_free);
	g_clear_pointer(&reader->part[0], g_bytes_unref);
	g_clear_pointer(&reader->part[1], g_bytes_unref);
	reader->part[0] = g_bytes_new(number, strlen(number) + 1);
	reader->part[1] = g_bytes_new_from_bytes(bytes, 0, MIN(g_bytes_get_size(bytes), LIMIT_READ_BYTES));
	reader->since = g_get_monotonic_time();
	if (reader->fd >= 0)
		reader_queue_part(reader);
	while (part_is_pending(reader))
		pump(reader, -1);
	if (reader->content == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s", reader->content_refused);
		return NULL;
	}
	content = g_steal_pointer(&reader->content);
	g_clear_pointer(&reader->part[0], g_bytes_unref);
	return split_content(content, type, error);
}

void
reader_forget(struct reader *reader)
{
	gboolean busy = !g_queue_is_empty(&reader->sent);

	g_queue_clear_full(&reader->sent, reader_request_free);
	g_queue_clear_full(&reader->done, reader_reading_free);
	reader_drop_spare(reader);
	/* What it has in hands may take its time, and its answer would be taken for that to the next message. */
	if (busy && reader->fd >= 0)
		reader_drop(reader);
	reader->since = g_get_monotonic_time();
}

GBytes *
reader_part(struct reader *reader, GBytes *bytes, const char *number, char **type, GError **error)
{
	return ask_for_part(reader, bytes, number, 0, type, error);
}

GBytes *
reader_redact(struct reader *reader, GBytes *bytes, const char *wish, char **report, GError **error)
{
	GBytes *out;

	reader->redact = TRUE;
	out = ask_for_part(reader, bytes, wish, 0, report, error);
	reader->redact = FALSE;
	return out;
}

GBytes *
reader_document(struct reader *reader, GBytes *bytes, const char *number, gsize limit, char **type, GError **error)
{
	return ask_for_part(reader, bytes, number, limit, type, error);
}
