#include "intake/worker.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "mail/ahead.h"
#include "mail/message.h"
#include "rules/change.h"
#include "mail/redact.h"
#include "rules/compiled.h"
#include "rules/ruleset.h"

#define INPUT_BYTES (128 * 1024) /* what waits in the socket comes in calls of so many */
#define KEEP_BYTES (1024 * 1024) /* of a buffer; a longer one is given back behind the message that needed it */

/* What comes through the socket; one buffer for all, so that memory is touched for the first message only. */
struct input {
	int fd;
	guint8 *data;
	gsize room;
	gsize start, end; /* of the bytes that are there and not taken */
	guint8 next;      /* the first of them, where a NUL stands now */
};

/* Moves what is not taken to the front of a buffer of ROOM bytes. */
static void
make_room(struct input *in, gsize room)
{
	guint8 *data = room != in->room ? g_malloc(room) : in->data;

	if (in->end > in->start)
		memmove(data, in->data + in->start, in->end - in->start);
	if (data != in->data)
		g_free(in->data);
	in->data = data;
	in->room = room;
	in->end -= in->start;
	in->start = 0;
}

/* The next LENGTH bytes, until the next call, with a NUL behind them that is not theirs. NULL: there are no more. */
static guint8 *
take_input(struct input *in, gsize length)
{
	guint8 *taken;

	if (in->room > 0)
		in->data[in->start] = in->next;
	if (in->room > KEEP_BYTES && length + in->end - in->start < INPUT_BYTES)
		make_room(in, INPUT_BYTES);
	else if (in->room - in->start <= length)
		make_room(in, MAX(in->room, MAX(length + 1, INPUT_BYTES)));
	while (in->end - in->start < length) {
		gssize n = read(in->fd, in->data + in->end, in->room - 1 - in->end);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		in->end += (gsize)n;
	}
	taken = in->data + in->start;
	in->start += length;
	in->next = in->data[in->start];
	in->data[in->start] = '\0';
	return taken;
}

static void
write_all(int fd, gconstpointer data, gsize length)
{
	for (gsize done = 0; done < length;) {
		gssize n = write(fd, (const char *)data + done, length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0); /* nobody listens any more */
		done += n;
	}
}

static void
answer(int fd, enum frame_type type, gconstpointer data, gsize length)
{
	struct frame frame = {.type = type, .length = length};

	write_all(fd, &frame, sizeof frame);
	write_all(fd, data, length);
}

/* Whatever handled signals before the fork does not here: a fault has to end this process, and by its own name. */
static void
reset_signals(void)
{
	static const int fatal[] = {
	    SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU, SIGXFSZ, SIGSYS};

	for (gsize i = 0; i < G_N_ELEMENTS(fatal); i++)
		signal(fatal[i], SIG_DFL);
}

/* GLib ends the process where memory is not to be had, and nobody reads what a library grumbles about a message. */
static void
on_log(G_GNUC_UNUSED const char *domain, GLogLevelFlags level, const char *text, G_GNUC_UNUSED gpointer data)
{
	if ((level & G_LOG_LEVEL_ERROR) != 0 && strstr(text, "allocat") != NULL)
		_exit(WORKER_NO_MEMORY);
}

static GPtrArray *
sources_from_bytes(const guint8 *data, gsize length)
{
	g_autoptr(GBytes) bytes = g_bytes_new(data, length);
	g_autoptr(GVariant) files = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE("a(ss)"), bytes, TRUE));
	GPtrArray *sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	GVariantIter iter;
	const char *name, *text;

	g_variant_iter_init(&iter, files);
	while (g_variant_iter_next(&iter, "(&s&s)", &name, &text))
		g_ptr_array_add(sources, rule_source_new(name, text, -1));
	return sources;
}

/* What a stored message may be classified by. */
struct rules {
	struct ruleset *ruleset; /* NULL: none */
	struct change *change;   /* since those of FRAME_BASE; NULL: not known, or too much */
};

static void
serve_base(struct rules *rules, const guint8 *data, gsize length)
{
	g_autoptr(GPtrArray) sources = sources_from_bytes(data, length);
	g_autoptr(Ruleset) base = ruleset_new(sources, NULL);

	g_clear_pointer(&rules->change, change_free);
	if (base != NULL && rules->ruleset != NULL)
		rules->change = change_new(base, rules->ruleset);
}

static void
serve_rules(int fd, struct rules *rules, const guint8 *data, gsize length)
{
	g_autoptr(GPtrArray) sources = sources_from_bytes(data, length);
	g_autoptr(GError) error = NULL;
	struct ruleset *made = ruleset_new(sources, &error);

	if (made == NULL) {
		answer(fd, FRAME_REFUSED, error->message, strlen(error->message));
		return;
	}
	g_clear_pointer(&rules->change, change_free);
	ruleset_free(rules->ruleset);
	rules->ruleset = made;
	g_autoptr(GBytes) targets = rule_targets_to_bytes(made);
	answer(fd, FRAME_TARGETS, g_bytes_get_data(targets, NULL), g_bytes_get_size(targets));
	if (sources->len == 0)
		g_clear_pointer(&rules->ruleset, ruleset_free); /* no rules are not rules that find nothing: a message read before any is not classified */
}

/* TEXTS: what converters made of its attachments, or NULL. */
static struct record *
read_message(GBytes *texts, const guint8 *data, gsize length)
{
	g_autoptr(GVariant) variant = texts != NULL ? g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE("a(sss)"), texts, FALSE)) : NULL;

	return variant != NULL ? message_read_with(data, length, variant) : message_read(data, length);
}

static void
classify(const struct ruleset *ruleset, struct record *record, gint64 received)
{
	if (ruleset != NULL)
		ruleset_classify(ruleset, record, received);
	else
		record_settle_found(record);
}

/* OUT: a buffer for the answer, which goes in one piece. */
static void
serve_message(int fd, const struct ruleset *ruleset, GBytes *texts, const guint8 *data, gsize length, gint64 received, GByteArray *out)
{
	g_autoptr(Record) record = read_message(texts, data, length);
	struct frame frame = {.type = FRAME_RECORD};

	classify(ruleset, record, received);
	g_byte_array_set_size(out, sizeof frame);
	record_write(record, out);
	frame.length = (guint32)(out->len - sizeof frame);
	memcpy(out->data, &frame, sizeof frame);
	write_all(fd, out->data, out->len);
}

/* BASED: FRAME_BASE's rules classified it. */
static void
serve_stored(int fd, const struct rules *rules, gboolean based, const guint8 *data, gsize length, gint64 received)
{
	g_autoptr(Record) record = record_unpack_stored(data, length, NULL);
	g_autoptr(GBytes) bytes = NULL;

	if (record == NULL) {
		answer(fd, FRAME_SAID, "", 0);
		return;
	}
	if (based && rules->change != NULL && !change_touches(rules->change, record)) {
		answer(fd, FRAME_SAME, "", 0);
		return;
	}
	classify(rules->ruleset, record, received);
	bytes = record_said_to_bytes(record);
	answer(fd, FRAME_SAID, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

/* TEXT: its text, at most LIMIT bytes, not its bytes. */
static void
serve_part(int fd, const guint8 *data, gsize length, gboolean text, gsize limit)
{
	const guint8 *end = memchr(data, '\0', length);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) part = NULL;
	g_autofree char *type = NULL;

	if (end == NULL)
		_exit(1);
	part = text ? message_document(end + 1, length - (end + 1 - data), (const char *)data, limit, &type, &error)
	            : message_part(end + 1, length - (end + 1 - data), (const char *)data, &type, &error);
	if (part == NULL) {
		answer(fd, FRAME_REFUSED, error->message, strlen(error->message));
		return;
	}
	GByteArray *out = g_byte_array_new();
	g_byte_array_append(out, (const guint8 *)type, strlen(type) + 1);
	g_byte_array_append(out, g_bytes_get_data(part, NULL), g_bytes_get_size(part));
	answer(fd, FRAME_CONTENT, out->data, out->len);
	g_byte_array_unref(out);
}

static void
serve_redact(int fd, const guint8 *data, gsize length)
{
	const guint8 *end = memchr(data, '\0', length);
	g_autoptr(GString) report = g_string_new(NULL);
	g_autoptr(GByteArray) out = NULL;
	g_autoptr(GError) error = NULL;
	struct redact_wish wish = {0};

	if (end == NULL || !redact_wish_from_text((const char *)data, &wish))
		_exit(1);
	out = message_redact(end + 1, length - (gsize)(end + 1 - data), &wish, report, &error);
	redact_wish_clear(&wish);
	if (out == NULL) {
		answer(fd, FRAME_REFUSED, error->message, strlen(error->message));
		return;
	}
	g_byte_array_prepend(out, (const guint8 *)report->str, (guint)report->len + 1);
	answer(fd, FRAME_CONTENT, out->data, out->len);
}

/* The process's one socket, for missing(), which is called from deep inside. */
static int wanting = -1;

static void G_GNUC_NORETURN
missing(void)
{
	answer(wanting, FRAME_WANT, "", 0);
	_exit(0);
}

/* DATA: the first message or part, whose needs are opened before files are out of reach. */
static void
close_sandbox(int fd, const struct worker *worker, const guint8 *data, gsize length)
{
	if (worker->all)
		ahead_close(NULL);
	else {
		message_prepare(data, length);
		wanting = fd;
		ahead_close(missing);
	}
	sandbox_close();
}

void
worker_run(int fd, const struct worker *worker)
{
	struct rules rules = {.ruleset = worker->compiled != NULL ? ruleset_from_bytes(worker->compiled, NULL) : NULL};
	gboolean closed = worker->all || worker->planted != NULL;
	struct input in = {.fd = fd};
	GByteArray *out = g_byte_array_new();
	GBytes *texts = NULL;
	const guint8 *head;

	if (worker->compiled != NULL && rules.ruleset == NULL)
		_exit(1); /* what is read without rules would be filed nowhere, as if they had been asked */
	reset_signals();
	setlocale(LC_CTYPE, "C.UTF-8"); /* which a delivery itself does without */
	g_log_set_default_handler(on_log, NULL);
	sandbox_enter();
	message_init();
	if (closed)
		close_sandbox(fd, worker, (const guint8 *)"", 0);
	if (worker->planted != NULL)
		worker->planted(fd);
	while ((head = take_input(&in, sizeof(struct frame))) != NULL) {
		struct frame frame;
		const guint8 *data;

		memcpy(&frame, head, sizeof frame);
		if ((data = take_input(&in, frame.length)) == NULL)
			break;
		if (frame.type != FRAME_RULES && frame.type != FRAME_BASE && frame.type != FRAME_TEXTS && !closed) {
			close_sandbox(fd, worker, data, frame.length);
			closed = TRUE;
		}
		if (frame.type == FRAME_RULES)
			serve_rules(fd, &rules, data, frame.length);
		else if (frame.type == FRAME_BASE)
			serve_base(&rules, data, frame.length);
		else if (frame.type == FRAME_TEXTS) {
			g_clear_pointer(&texts, g_bytes_unref);
			texts = g_bytes_new(data, frame.length);
		} else if (frame.type == FRAME_MESSAGE) {
			serve_message(fd, rules.ruleset, texts, data, frame.length, frame.number, out);
			g_clear_pointer(&texts, g_bytes_unref);
		} else if (frame.type == FRAME_STORED || frame.type == FRAME_BASED)
			serve_stored(fd, &rules, frame.type == FRAME_BASED, data, frame.length, frame.number);
		else if (frame.type == FRAME_PART || frame.type == FRAME_DOCUMENT)
			serve_part(fd, data, frame.length, frame.type == FRAME_DOCUMENT, (gsize)frame.number);
		else if (frame.type == FRAME_REDACT)
			serve_redact(fd, data, frame.length);
	}
	_exit(0);
}
