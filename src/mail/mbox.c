#include "mail/mbox.h"

#include "base/error.h"
#include "base/limits.h"
#include "mail/headers.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK 65536
#define LOOK 4096 /* bytes seen ahead of a line start: a "From " line and the field after it */
#define LIMIT_FROM_LINE 1024

struct mbox {
	int fd;
	mbox_idle idle; /* or NULL */
	gpointer idle_data;
	gboolean gzip, stream_open, end;
	z_stream stream;
	guint8 *block; /* bytes as on disk */
	gsize block_at, block_length;
	gint64 position;    /* on disk */
	GByteArray *window; /* uncompressed bytes not yet used */
	gsize at;           /* first unused byte of it */
	gint64 offset;      /* of that byte in the uncompressed file */
	gboolean started;
	gboolean in_line; /* the byte before AT is no line feed */
};

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

static int
month_number(const char *word)
{
	for (guint i = 0; i < G_N_ELEMENTS(months); i++)
		if (g_ascii_strncasecmp(word, months[i], 3) == 0 && word[3] == '\0')
			return (int)i + 1;
	return 0;
}

/* Seconds east of UTC of "+0130", or 0. */
static int
zone_seconds(const char *word)
{
	int value;

	if ((*word != '+' && *word != '-') || strlen(word) != 5)
		return 0;
	value = (int)g_ascii_strtoll(word + 1, NULL, 10);
	return (*word == '-' ? -1 : 1) * (value / 100 * 3600 + value % 100 * 60);
}

/* The date in the words of a From_ line: "Mon Jan  1 00:00:00 2024", with or without zone, or "1 Jan 2024 00:00:00"; 0 when there is none. */
static gint64
words_date(char **words)
{
	int month = 0, day = 0, year = 0, hour = -1, minute = 0, second = 0, zone = 0;
	g_autoptr(GDateTime) date = NULL;

	for (guint i = 0; words[i] != NULL; i++) {
		char *end;
		gint64 number = g_ascii_strtoll(words[i], &end, 10);

		if (*words[i] == '\0')
			continue;
		if (month == 0 && month_number(words[i]) > 0)
			month = month_number(words[i]);
		else if (*end == ':' && end > words[i] && g_ascii_isdigit(end[1])) {
			hour = (int)CLAMP(number, 0, 23);
			number = g_ascii_strtoll(end + 1, &end, 10);
			minute = (int)CLAMP(number, 0, 59);
			number = *end == ':' ? g_ascii_strtoll(end + 1, NULL, 10) : 0;
			second = (int)CLAMP(number, 0, 59);
		} else if (*end == '\0' && (*words[i] == '+' || *words[i] == '-'))
			zone = zone_seconds(words[i]);
		else if (*end == '\0' && number >= 1 && number <= 31 && day == 0)
			day = (int)number;
		else if (*end == '\0' && number >= 1970 && number <= 9999)
			year = (int)number;
	}
	if (month == 0 || day == 0 || year == 0 || hour < 0)
		return 0;
	date = g_date_time_new_utc(year, month, day, hour, minute, second);
	return date != NULL ? g_date_time_to_unix(date) - zone : 0;
}

/* The date of the From_ line at LINE, or 0 when it is none. */
static gint64
from_line_date(const guint8 *line, gsize length)
{
	const guint8 *end = memchr(line, '\n', MIN(length, LIMIT_FROM_LINE));
	g_autofree char *text = NULL;
	g_auto(GStrv) words = NULL;

	if (length < 20 || memcmp(line, "From ", 5) != 0 || end == NULL)
		return 0;
	text = g_strndup((const char *)line + 5, (gsize)(end - line) - 5);
	words = g_strsplit_set(text, " \t\r,", 32);
	return words_date(words);
}

gboolean
mbox_looks_like(const guint8 *data, gsize length)
{
	return from_line_date(data, length) != 0;
}

static gboolean
is_ready(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) != 0;
}

static gboolean
read_block(struct mbox *mbox, GError **error)
{
	gssize got;

	if (mbox->idle != NULL && !is_ready(mbox->fd) && !mbox->idle(mbox->idle_data, error))
		return FALSE;
	do
		got = read(mbox->fd, mbox->block, BLOCK);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "cannot read the mbox file: %s", g_strerror(errno));
		return FALSE;
	}
	mbox->block_at = 0;
	mbox->block_length = (gsize)got;
	mbox->position += got;
	return TRUE;
}

static gboolean
damaged(GError **error, const char *what)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the gzip file is %s: fetch it again, or unpack what can be saved with gzip -dc", what);
	return FALSE;
}

/* Inflates from the block into the window; a file may be several gzip members one after another. */
static gboolean
inflate_more(struct mbox *mbox, GError **error)
{
	guint old = mbox->window->len;
	int result;

	if (mbox->block_at == mbox->block_length && !read_block(mbox, error))
		return FALSE;
	if (mbox->block_length == 0) {
		mbox->end = TRUE;
		return mbox->stream_open ? damaged(error, "cut short") : TRUE;
	}
	if (!mbox->stream_open) {
		if (inflateReset(&mbox->stream) != Z_OK)
			return damaged(error, "not readable");
		mbox->stream_open = TRUE;
	}
	g_byte_array_set_size(mbox->window, old + BLOCK);
	mbox->stream.next_in = mbox->block + mbox->block_at;
	mbox->stream.avail_in = (uInt)(mbox->block_length - mbox->block_at);
	mbox->stream.next_out = mbox->window->data + old;
	mbox->stream.avail_out = BLOCK;
	result = inflate(&mbox->stream, Z_NO_FLUSH);
	mbox->block_at = mbox->block_length - mbox->stream.avail_in;
	g_byte_array_set_size(mbox->window, old + BLOCK - mbox->stream.avail_out);
	if (result == Z_STREAM_END)
		mbox->stream_open = FALSE;
	else if (result != Z_OK && result != Z_BUF_ERROR)
		return damaged(error, "damaged");
	return TRUE;
}

static gboolean
fill_plain(struct mbox *mbox, GError **error)
{
	if (mbox->block_at == mbox->block_length && !read_block(mbox, error))
		return FALSE;
	mbox->end = mbox->block_length == 0;
	g_byte_array_append(mbox->window, mbox->block + mbox->block_at, (guint)(mbox->block_length - mbox->block_at));
	mbox->block_at = mbox->block_length;
	return TRUE;
}

/* Makes LOOK bytes available after AT, or all that are left. */
static gboolean
fill(struct mbox *mbox, GError **error)
{
	if (mbox->end || mbox->window->len - mbox->at >= LOOK)
		return TRUE;
	g_byte_array_remove_range(mbox->window, 0, (guint)mbox->at);
	mbox->at = 0;
	while (!mbox->end && mbox->window->len < LOOK)
		if (!(mbox->gzip ? inflate_more(mbox, error) : fill_plain(mbox, error)))
			return FALSE;
	return TRUE;
}

struct mbox *
mbox_open(int fd, mbox_idle idle, gpointer data, GError **error)
{
	struct mbox *mbox = g_new0(struct mbox, 1);

	mbox->fd = fd;
	mbox->idle = idle;
	mbox->idle_data = data;
	mbox->block = g_malloc(BLOCK);
	mbox->window = g_byte_array_sized_new(2 * BLOCK);
	if (!read_block(mbox, error)) {
		mbox_free(mbox);
		return NULL;
	}
	if (mbox->block_length >= 3 && memcmp(mbox->block, "\x1f\x8b\x08", 3) == 0) {
		if (inflateInit2(&mbox->stream, 15 + 16) != Z_OK) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SOFTWARE, "cannot start zlib");
			mbox_free(mbox);
			return NULL;
		}
		mbox->gzip = TRUE;
	}
	return mbox;
}

void
mbox_free(struct mbox *mbox)
{
	if (mbox == NULL)
		return;
	if (mbox->gzip)
		inflateEnd(&mbox->stream);
	g_byte_array_unref(mbox->window);
	g_free(mbox->block);
	g_free(mbox);
}

gint64
mbox_position(const struct mbox *mbox)
{
	return mbox->position - (gint64)(mbox->block_length - mbox->block_at);
}

static void
advance(struct mbox *mbox, gsize bytes)
{
	mbox->at += bytes;
	mbox->offset += (gint64)bytes;
}

/* The date of a separator at the window's start, or 0. */
static gint64
separator(const struct mbox *mbox)
{
	const guint8 *line = mbox->window->data + mbox->at, *end = mbox->window->data + mbox->window->len, *next;
	gint64 date = from_line_date(line, (gsize)(end - line));
	gsize name;

	if (date == 0)
		return 0;
	next = (const guint8 *)memchr(line, '\n', (gsize)(end - line)) + 1;
	if (end - next > 6 && (memcmp(next, ">From ", 6) == 0 || memcmp(next, "From ", 5) == 0)) /* as some servers repeat it */
		return date;
	return next < end && header_line(next, (gsize)(end - next), &name) ? date : 0;
}

/* Bytes up to and with the next line feed, or what the window has. */
static gsize
piece_length(const struct mbox *mbox)
{
	const guint8 *start = mbox->window->data + mbox->at;
	gsize left = mbox->window->len - mbox->at;
	const guint8 *feed = memchr(start, '\n', left);

	return feed != NULL ? (gsize)(feed - start) + 1 : left;
}

static gboolean
is_blank(const guint8 *line, gsize length)
{
	return (length == 1 && line[0] == '\n') || (length == 2 && line[0] == '\r' && line[1] == '\n');
}

/* ">From " and ">>From " lose one '>'. */
static gsize
escape_length(const guint8 *line, gsize length)
{
	gsize marks = 0;

	while (marks < length && line[marks] == '>')
		marks++;
	return marks > 0 && length - marks >= 5 && memcmp(line + marks, "From ", 5) == 0;
}

/* Collects lines up to the next separator or the end. The empty line before a separator is the file's, not the message's. */
static enum mbox_result
collect(struct mbox *mbox, GByteArray *message, GError **error)
{
	gboolean blank = FALSE;
	gsize blank_length = 0;

	while (TRUE) {
		const guint8 *line;
		gsize length;

		if (!fill(mbox, error))
			return MBOX_ERROR;
		if (mbox->at == mbox->window->len || (blank && !mbox->in_line && separator(mbox) != 0))
			break;
		line = mbox->window->data + mbox->at;
		length = piece_length(mbox);
		if (message->len + length > LIMIT_RAW_SIZE) {
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA,
			    "a message in the mbox file is over the limit of %" G_GINT64_FORMAT " bytes: split the file", (gint64)LIMIT_RAW_SIZE);
			return MBOX_ERROR;
		}
		if (!mbox->in_line) {
			gsize escape = escape_length(line, length);

			blank = is_blank(line, length);
			blank_length = length;
			g_byte_array_append(message, line + escape, (guint)(length - escape));
		} else {
			g_byte_array_append(message, line, (guint)length);
		}
		mbox->in_line = line[length - 1] != '\n';
		advance(mbox, length);
	}
	if (blank)
		g_byte_array_set_size(message, message->len - (guint)blank_length);
	return MBOX_MESSAGE;
}

enum mbox_result
mbox_next(struct mbox *mbox, GBytes **message, gint64 *received, gint64 *offset, GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	gint64 date = 0, start;

	do {
		if (!fill(mbox, error))
			return MBOX_ERROR;
		if (mbox->at == mbox->window->len)
			return MBOX_END;
		if (mbox->started || !is_blank(mbox->window->data + mbox->at, piece_length(mbox)))
			break;
		advance(mbox, piece_length(mbox)); /* empty lines at the start of the file */
	} while (TRUE);
	mbox->started = TRUE;
	date = from_line_date(mbox->window->data + mbox->at, mbox->window->len - mbox->at);
	if (date != 0)
		advance(mbox, piece_length(mbox));
	start = mbox->offset;
	if (collect(mbox, bytes, error) == MBOX_ERROR)
		return MBOX_ERROR;
	*received = date;
	*offset = start;
	*message = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
	return MBOX_MESSAGE;
}
