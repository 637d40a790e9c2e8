#include "intake/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"

struct converter {
	pid_t pid;
	int out, says;
	GString *text, *said;
	gint64 end; /* monotonic microseconds */
	const gint *stop;
	gboolean late;
};

#define STOP_MS 100 /* in which an order to stop is noticed */

char *
convert_pdf_program(void)
{
	return g_find_program_in_path("pdftotext");
}

/* An unnamed file with BYTES, at its start. */
static int
file_of(GBytes *bytes)
{
	int fd = memfd_create("document", MFD_CLOEXEC);
	gsize size, done = 0;
	const char *data = g_bytes_get_data(bytes, &size);

	while (fd >= 0 && done < size) {
		gssize n = write(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += n;
	}
	if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static gboolean
start(struct converter *converter, struct reader *reader, const char *program, GBytes *bytes)
{
	char *const argv[] = {
	    (char *)program, (char *)"-enc", (char *)"UTF-8", (char *)"-eol", (char *)"unix", (char *)"-nopgbrk", (char *)"-", (char *)"-", NULL};
	int in = file_of(bytes), out[2], says[2];
	gboolean started;

	if (in < 0)
		return FALSE;
	if (pipe2(out, O_CLOEXEC) != 0) {
		close(in);
		return FALSE;
	}
	if (pipe2(says, O_CLOEXEC) != 0) {
		close(in);
		close(out[0]);
		close(out[1]);
		return FALSE;
	}
	started = reader_confine(reader, argv, (const int[]){in, out[1], says[1]}, &converter->pid);
	close(in);
	close(out[1]);
	close(says[1]);
	converter->out = out[0];
	converter->says = says[0];
	return started;
}

/* FALSE at its end. What is beyond LIMIT is read and dropped. */
static gboolean
take(int fd, GString *into, gsize limit)
{
	char block[16384];
	gssize n = read(fd, block, sizeof block);

	if (n < 0 && errno == EINTR)
		return TRUE;
	if (n <= 0)
		return FALSE;
	g_string_append_len(into, block, (gssize)MIN((gsize)n, limit - MIN(limit, into->len)));
	return TRUE;
}

/* Its time is over, or it was told to stop. */
static gboolean
is_late(struct converter *converter)
{
	converter->late = converter->late || g_get_monotonic_time() >= converter->end || (converter->stop != NULL && g_atomic_int_get(converter->stop));
	return converter->late;
}

/* Both pipes to their ends, enough text, or the end of its time. */
static void
listen_to(struct converter *converter, gsize limit)
{
	struct pollfd fds[2] = {{.fd = converter->out, .events = POLLIN}, {.fd = converter->says, .events = POLLIN}};

	while ((fds[0].fd >= 0 || fds[1].fd >= 0) && !is_late(converter)) {
		if (poll(fds, 2, (int)MIN(STOP_MS, clock_left(converter->end) / 1000 + 1)) <= 0)
			continue;
		if (fds[0].revents != 0 && !take(fds[0].fd, converter->text, limit + 1))
			fds[0].fd = -1;
		if (fds[1].revents != 0 && !take(fds[1].fd, converter->said, LIMIT_CONVERTER_SAYS))
			fds[1].fd = -1;
		if (converter->text->len > limit)
			return;
	}
}

/* Its end, which comes soon after that of its pipes; it is helped to it when it was late or said enough, or does not come. */
static int
wait_for(struct converter *converter, struct reader *reader, gboolean enough)
{
	int status = 0;
	gulong pause = 50;

	for (gboolean killed = FALSE; !reader_has_ended(reader, converter->pid, &status);) {
		if (!killed && (enough || is_late(converter))) {
			kill(converter->pid, SIGKILL);
			killed = TRUE;
		}
		g_usleep(pause);
		pause = MIN(2 * pause, 5000);
	}
	return status;
}

/* Why there is no text, or NULL. */
static char *
judge(const struct converter *converter, int status, gsize limit)
{
	if (converter->late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
		return g_strdup_printf("over the limit of %d s for reading it", LIMIT_CONVERTER_SECONDS);
	if (strstr(converter->said->str, "Incorrect password") != NULL)
		return g_strdup("encrypted");
	if (converter->text->len > limit)
		return NULL;
	if (WIFSIGNALED(status))
		return g_strdup_printf("the converter died of signal %d (%s)", WTERMSIG(status), g_strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == 127)
		return g_strdup("the converter could not be started");
	if (strstr(converter->said->str, "Out of memory") != NULL || strstr(converter->said->str, "bad_alloc") != NULL)
		return g_strdup_printf("over the limit of %" G_GUINT64_FORMAT " bytes of memory for reading it", LIMIT_CONVERTER_MEMORY);
	if (WEXITSTATUS(status) == 3)
		return g_strdup("encrypted: its text may not be taken out");
	if (WEXITSTATUS(status) != 0)
		return g_strdup("damaged");
	if (converter->text->str[strspn(converter->text->str, " \t\r\n\f")] == '\0')
		return g_strdup("scanned: no text in it");
	return NULL;
}

/* The text of the PDF in BYTES, at most LIMIT bytes and one; NULL with *WHY, or without when no process can be had for it. */
static char *
pdf_text(struct converting *converting, GBytes *bytes, gsize limit, char **why)
{
	struct converter converter = {.out = -1,
	    .says = -1,
	    .pid = -1,
	    .text = g_string_new(NULL),
	    .said = g_string_new(NULL),
	    .end = g_get_monotonic_time() + LIMIT_CONVERTER_SECONDS * G_USEC_PER_SEC,
	    .stop = converting->stop};
	char *text = NULL;

	if (start(&converter, converting->reader, converting->pdf_program, bytes)) {
		int status;

		listen_to(&converter, limit);
		status = wait_for(&converter, converting->reader, converter.text->len > limit);
		*why = judge(&converter, status, limit);
		converting->hurried = converting->hurried || converter.late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
		if (*why == NULL)
			text = g_utf8_make_valid(converter.text->str, (gssize)converter.text->len);
	}
	if (converter.out >= 0)
		close(converter.out);
	if (converter.says >= 0)
		close(converter.says);
	g_string_free(converter.text, TRUE);
	g_string_free(converter.said, TRUE);
	return text;
}

/* FALSE when the part has to wait for a program. */
static gboolean
convert_part(struct converting *converting, GBytes *bytes, const char *number, gsize *left, GVariantBuilder *texts)
{
	g_autofree char *type = NULL, *text = NULL, *why = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) content = reader_document(converting->reader, bytes, number, *left, &type, &error);
	gboolean cut;

	if (content == NULL) {
		why = g_strdup(error->message);
		converting->hurried = converting->hurried || strstr(why, "out of time") != NULL;
	} else if (strcmp(type, "pdf") != 0)
		text = g_utf8_make_valid(g_bytes_get_data(content, NULL), (gssize)g_bytes_get_size(content));
	else if (converting->pdf_program == NULL || ((text = pdf_text(converting, content, *left, &why)) == NULL && why == NULL))
		return FALSE;
	cut = text != NULL && (strlen(text) > *left || g_strcmp0(type, "cut") == 0);
	if (cut && strlen(text) > *left)
		*g_utf8_find_prev_char(text, text + *left + 1) = '\0';
	*left -= text != NULL ? strlen(text) : 0;
	if (cut && why == NULL)
		why = g_strdup_printf("over the limit of %d bytes of text", LIMIT_TEXT_BYTES);
	g_variant_builder_add(texts, "(sss)", number, text != NULL ? text : "", why != NULL ? why : "");
	return TRUE;
}

static gboolean
is_stopped(const struct converting *converting)
{
	return converting->stop != NULL && g_atomic_int_get(converting->stop);
}

/* NULL when there was nothing that can be converted here. */
static GVariant *
convert_parts(struct converting *converting, GBytes *bytes, GStrv numbers)
{
	g_autofree char *too_many = g_strdup_printf("over the limit of %d documents in one message", LIMIT_DOCUMENTS);
	g_autofree char *too_long = g_strdup_printf("over the limit of %d bytes of text", LIMIT_TEXT_BYTES);
	gboolean any = FALSE;
	gsize left = LIMIT_TEXT_BYTES;
	GVariantBuilder texts;

	g_variant_builder_init(&texts, G_VARIANT_TYPE("a(sss)"));
	for (guint i = 0; numbers[i] != NULL && !is_stopped(converting); i++) {
		if (i >= LIMIT_DOCUMENTS || left < 4) {
			g_variant_builder_add(&texts, "(sss)", numbers[i], "", i >= LIMIT_DOCUMENTS ? too_many : too_long);
			any = TRUE;
		} else if (convert_part(converting, bytes, numbers[i], &left, &texts))
			any = TRUE;
	}
	if (any && !is_stopped(converting))
		return g_variant_ref_sink(g_variant_builder_end(&texts));
	g_variant_builder_clear(&texts);
	return NULL;
}

/* The same parts without text, for a message that could be read only as long as it had none. */
static GVariant *
without_text(GVariant *texts, const char *why)
{
	GVariantBuilder builder;
	GVariantIter iter;
	const char *number;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sss)"));
	g_variant_iter_init(&iter, texts);
	while (g_variant_iter_next(&iter, "(&s&s&s)", &number, NULL, NULL))
		g_variant_builder_add(&builder, "(sss)", number, "", why);
	return g_variant_ref_sink(g_variant_builder_end(&builder));
}

/* An answer to what somebody asked before, by a tag, is no answer to this: it would put one message's text under another's number. */
static void
collect_own(struct reader *reader, struct reading *out)
{
	while (reader_collect(reader, -1, out) && out->tag != 0)
		reading_clear(out);
}

gboolean
convert_read(struct converting *converting, GBytes *bytes, GStrv numbers, gint64 received, struct reading *out)
{
	struct reader *reader = converting->reader;
	g_autoptr(GVariant) texts = convert_parts(converting, bytes, numbers);
	g_autoptr(GVariant) none = NULL;

	if (texts == NULL)
		return FALSE;
	reader_submit_texts(reader, 0, bytes, texts, received);
	collect_own(reader, out);
	if (out->record != NULL || out->unread == NULL)
		return out->record != NULL;
	none = without_text(texts, out->unread);
	reading_clear(out);
	reader_submit_texts(reader, 0, bytes, none, received);
	collect_own(reader, out);
	return out->record != NULL;
}

GStrv
convert_waiting(const struct record *record, gboolean pdf)
{
	g_autoptr(GStrvBuilder) numbers = g_strv_builder_new();
	g_auto(GStrv) list = NULL;

	for (guint i = 0; i < record->parts->len; i++) {
		const struct record_part *part = record->parts->pdata[i];

		if (!part->read && part->remark != NULL && (pdf ? g_str_has_prefix(part->remark, REMARK_WAITING) : strcmp(part->remark, REMARK_WAITING) == 0))
			g_strv_builder_add(numbers, part->number);
	}
	list = g_strv_builder_end(numbers);
	return list[0] != NULL ? g_steal_pointer(&list) : NULL;
}
