#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "mail/headers.h"

#include "base/limits.h"
#include "base/sixteen.h"
#include "base/text.h"
#include "mail/charset.h"

#include <string.h>

gboolean
header_is(const struct header_field *field, const char *name)
{
	return field->name_length == strlen(name) && g_ascii_strncasecmp(field->name, name, field->name_length) == 0;
}

const struct header_field *
headers_find(const struct header_block *block, const char *name)
{
	for (guint i = 0; i < block->fields->len; i++) {
		const struct header_field *field = &g_array_index(block->fields, struct header_field, i);

		if (header_is(field, name))
			return field;
	}
	return NULL;
}

void
header_block_clear(struct header_block *block)
{
	g_clear_pointer(&block->fields, g_array_unref);
}

gboolean
header_line(const guint8 *line, gsize length, gsize *name_length)
{
	gsize i = 0;

	while (i < length && line[i] > ' ' && line[i] < 0x7f && line[i] != ':')
		i++;
	*name_length = i;
	while (i > 0 && i < length && (line[i] == ' ' || line[i] == '\t'))
		i++;
	return i > 0 && i < length && line[i] == ':';
}

/* Names that only a header has: what stands after a stray line tells whether the header goes on. */
static gboolean
is_known_name(const guint8 *name, gsize length)
{
	static const char *const known[] = {"From", "To", "Cc", "Bcc", "Subject", "Date", "Sender", "Reply-To", "Message-ID", "MIME-Version", "Received",
	    "Return-Path", "References", "In-Reply-To", "Delivered-To", "User-Agent", "DKIM-Signature", "Precedence", "Errors-To", "Status"};

	if (length > 5 && (g_ascii_strncasecmp((const char *)name, "Content-", 8) == 0 || g_ascii_strncasecmp((const char *)name, "List-", 5) == 0))
		return TRUE;
	if (length > 2 && g_ascii_strncasecmp((const char *)name, "X-", 2) == 0)
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (strlen(known[i]) == length && g_ascii_strncasecmp((const char *)name, known[i], length) == 0)
			return TRUE;
	return FALSE;
}

/* The byte after the line that begins at AT. */
static gsize
next_line(const guint8 *data, gsize length, gsize at)
{
	const guint8 *end = memchr(data + at, '\n', length - at);

	return end == NULL ? length : (gsize)(end - data) + 1;
}

static gboolean
is_blank(const guint8 *data, gsize length, gsize at)
{
	return at < length && (data[at] == '\n' || (data[at] == '\r' && at + 1 < length && data[at + 1] == '\n'));
}

/* TRUE when a known field stands at AT. */
static gboolean
known_field_at(const guint8 *data, gsize length, gsize at)
{
	gsize name;

	return at < length && header_line(data + at, MIN(length - at, 80), &name) && is_known_name(data + at, name);
}

static gboolean
is_mbox_line(const guint8 *data, gsize length, gsize at)
{
	gsize name;

	if (header_line(data + at, length - at, &name)) /* "From : ann@example.org" */
		return FALSE;
	return (length - at > 5 && memcmp(data + at, "From ", 5) == 0) || (length - at > 6 && memcmp(data + at, ">From ", 6) == 0);
}

/* Passes over what may stand before the first field. */
static gsize
header_start(const guint8 *data, gsize length)
{
	gsize at = length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, blank;

	for (blank = at; is_blank(data, length, blank) && blank < at + 16;)
		blank = next_line(data, length, blank);
	if (blank > at && (known_field_at(data, length, blank) || is_mbox_line(data, length, blank)))
		at = blank;
	while (at < length && is_mbox_line(data, length, at))
		at = next_line(data, length, at);
	return at;
}

/* The end of the field at AT, folded lines included. */
static gsize
field_end(const guint8 *data, gsize length, gsize at)
{
	at = next_line(data, length, at);
	while (at < length && (data[at] == ' ' || data[at] == '\t'))
		at = next_line(data, length, at);
	return at;
}

static void
add_field(struct header_block *block, const guint8 *data, gsize at, gsize end, gsize name, gboolean *long_line)
{
	struct header_field field = {.name = (const char *)data + at, .name_length = name, .offset = at};
	gsize value = at + name;

	while (data[value] != ':')
		value++;
	value++;
	while (end > value && (data[end - 1] == '\n' || data[end - 1] == '\r'))
		end--;
	*long_line = *long_line || end - value > LIMIT_HEADER_LINE;
	field.value = (const char *)data + value;
	field.length = MIN(end - value, LIMIT_HEADER_LINE);
	g_array_append_val(block->fields, field);
}

/* Where the body begins when the header is given up at AT: after the next empty line. */
static gsize
skip_header(const guint8 *data, gsize length, gsize at)
{
	while (at < length && !is_blank(data, length, at))
		at = next_line(data, length, at);
	return at < length ? next_line(data, length, at) : length;
}

void
headers_scan(const guint8 *data, gsize length, struct header_block *block, struct record *record)
{
	gsize at = header_start(data, length), start = at, name;
	gboolean long_line = FALSE, stray = FALSE, full = FALSE, blank = FALSE;

	block->fields = g_array_sized_new(FALSE, FALSE, sizeof(struct header_field), 64);
	while (at < length && !full && !(blank = is_blank(data, length, at))) {
		gsize end = field_end(data, length, at);

		if (header_line(data + at, end - at, &name)) {
			add_field(block, data, at, end, name, &long_line);
		} else if (is_mbox_line(data, length, at) || known_field_at(data, length, end) ||
		           (block->fields->len > 0 && is_blank(data, length, end) && (data[at] == ' ' || data[at] == '\t'))) {
			stray = TRUE;
		} else {
			break;
		}
		at = end;
		full = at - start > LIMIT_HEADER_BYTES || block->fields->len >= LIMIT_HEADER_FIELDS;
	}
	if (record != NULL && long_line)
		record_add_remark(record, "a header field over the limit of %d bytes was cut", LIMIT_HEADER_LINE);
	if (record != NULL && full && !is_blank(data, length, at))
		record_add_remark(
		    record, "the header is over the limit of %d bytes or %d fields: the rest of it was not read", LIMIT_HEADER_BYTES, LIMIT_HEADER_FIELDS);
	if (record != NULL && stray)
		record_add_remark(record, "a line in the header is no header field");
	if (record != NULL && !full && !blank && at < length)
		record_add_remark(record, block->fields->len > 0 ? "no empty line between header and body" : "no header");
	block->body = full ? skip_header(data, length, at) : blank ? next_line(data, length, at) : at;
}

/* One encoded word at TEXT ("=?charset?B?...?="): its parts and end, or FALSE. RFC 2047 section 2; the charset may carry a language (RFC 2231). */
struct encoded_word {
	const char *charset;
	gsize charset_length;
	char encoding;
	const char *text;
	gsize length;
	gsize whole;
};

static gboolean
parse_word(const char *text, gsize length, struct encoded_word *word)
{
	const char *end = text + length, *mark, *stop;

	if (length < 8 || text[0] != '=' || text[1] != '?')
		return FALSE;
	mark = memchr(text + 2, '?', MIN(length - 2, 64));
	if (mark == NULL || mark == text + 2 || end - mark < 5 || mark[2] != '?' || strchr("bBqQ", mark[1]) == NULL)
		return FALSE;
	stop = memmem(mark + 3, MIN((gsize)(end - mark - 3), LIMIT_ENCODED_WORD), "?=", 2);
	if (stop == NULL)
		return FALSE;
	word->charset = text + 2;
	word->charset_length = (gsize)(mark - word->charset);
	for (gsize i = 0; i < word->charset_length; i++)
		if (word->charset[i] == '*')
			word->charset_length = i;
	word->encoding = g_ascii_toupper(mark[1]);
	word->text = mark + 3;
	word->length = (gsize)(stop - word->text);
	word->whole = (gsize)(stop + 2 - text);
	return TRUE;
}

static void
decode_word(const struct encoded_word *word, GString *bytes)
{
	if (word->encoding == 'B') {
		gsize old = bytes->len;
		guint save = 0;
		int state = 0;

		g_string_set_size(bytes, old + word->length / 4 * 3 + 6);
		g_string_set_size(bytes, old + g_base64_decode_step(word->text, word->length, (guchar *)bytes->str + old, &state, &save));
		/* padding left out: two characters make a byte, three make two */
		if (state == 2)
			g_string_append_c(bytes, (char)(save >> 4));
		else if (state == 3)
			g_string_append_len(bytes, (const char[]){(char)(save >> 10), (char)(save >> 2)}, 2);
		return;
	}
	for (gsize i = 0; i < word->length; i++) {
		char c = word->text[i];

		if (c == '=' && i + 2 < word->length && g_ascii_isxdigit(word->text[i + 1]) && g_ascii_isxdigit(word->text[i + 2])) {
			c = (char)(g_ascii_xdigit_value(word->text[i + 1]) * 16 + g_ascii_xdigit_value(word->text[i + 2]));
			i += 2;
		} else if (c == '_') {
			c = ' ';
		}
		g_string_append_c(bytes, c);
	}
}

/* Bytes waiting for conversion: of encoded words of one charset, or raw ones (charset ""). */
struct waiting {
	GString *bytes;
	char charset[64];
};

static void
flush(struct waiting *waiting, GString *out)
{
	g_autofree char *text = NULL;

	if (waiting->bytes->len == 0)
		return;
	text = charset_to_utf8((const guint8 *)waiting->bytes->str, waiting->bytes->len, waiting->charset[0] != '\0' ? waiting->charset : NULL, NULL, NULL);
	g_string_append(out, text);
	g_string_truncate(waiting->bytes, 0);
}

static gsize
blank_run(const char *text, gsize length)
{
	gsize i = 0;

	while (i < length && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n'))
		i++;
	return i;
}

/* Bytes before the next that can begin an encoded word. */
static gsize
before_word(const char *text, gsize length)
{
	const char *sign = memchr(text, '=', length);

	return sign != NULL ? (gsize)(sign - text) : length;
}

static char *
decode_words(const char *text, gsize length)
{
	g_autoptr(GString) out = g_string_sized_new(length + 16);
	g_autoptr(GString) bytes = g_string_sized_new(length + 16);
	struct waiting waiting = {.bytes = bytes};
	gboolean after_word = FALSE;

	for (gsize i = 0; i < length;) {
		struct encoded_word word;
		gsize blank = after_word ? blank_run(text + i, length - i) : 0; /* blanks count between words only */

		if (parse_word(text + i + blank, length - i - blank, &word)) {
			gsize name = MIN(word.charset_length, sizeof(waiting.charset) - 1);

			if (!after_word || strlen(waiting.charset) != name || g_ascii_strncasecmp(waiting.charset, word.charset, name) != 0)
				flush(&waiting, out);
			memcpy(waiting.charset, word.charset, name);
			waiting.charset[name] = '\0';
			decode_word(&word, bytes);
			i += blank + word.whole;
			after_word = TRUE;
			continue;
		}
		if (after_word)
			flush(&waiting, out);
		after_word = FALSE;
		waiting.charset[0] = '\0';
		g_string_append_c(bytes, text[i++]);
		blank = before_word(text + i, length - i);
		g_string_append_len(bytes, text + i, (gssize)blank);
		i += blank;
	}
	flush(&waiting, out);
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Whether sixteen bytes are printable ASCII without a question mark. */
static inline gboolean
is_plain(const char *value)
{
	const sixteen bytes = sixteen_load(value);

	return !sixteen_any(~sixteen_range(bytes, ' ', 0x7f - ' ') | (sixteen)(bytes == '?'));
}

/* Copies VALUE with folds as one space; TRUE when there is nothing else to do: printable ASCII without encoded words. */
static gboolean
unfold(const char *value, gsize length, GString *out)
{
	gboolean plain = TRUE;

	for (gsize i = 0; i < length; i++) {
		gsize run = i;

		while (run + SIXTEEN <= length && is_plain(value + run))
			run += SIXTEEN;
		while (run < length && value[run] >= ' ' && value[run] < 0x7f && value[run] != '?')
			run++;
		g_string_append_len(out, value + i, (gssize)(run - i));
		if ((i = run) == length)
			break;
		if (value[i] == '\r' || value[i] == '\n') {
			i += blank_run(value + i, length - i) - 1;
			g_string_append_c(out, ' ');
		} else {
			plain = plain && (value[i] == '\t' || (value[i] == '?' && !(i > 0 && value[i - 1] == '=')));
			g_string_append_c(out, value[i] == '\t' ? ' ' : value[i]);
		}
	}
	return plain;
}

/* One line of clean text: what encoded words bring in may be line feeds, escapes, anything. */
static char *
clean_line(const char *text)
{
	char *line = text_clean(text, -1);

	for (char *c = line; *c != '\0'; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	return g_strstrip(line);
}

char *
header_decode(const char *value, gsize length)
{
	gsize skip = blank_run(value, length);
	g_autoptr(GString) line = g_string_sized_new(length - skip + 1);
	g_autofree char *decoded = NULL;

	while (length > skip && g_ascii_isspace(value[length - 1]))
		length--;
	if (unfold(value + skip, length - skip, line))
		return g_string_free(g_steal_pointer(&line), FALSE);
	decoded = decode_words(line->str, line->len);
	return clean_line(decoded);
}

/* The id between START and END cleaned of white space, or NULL when it is none. */
static char *
make_id(const char *start, const char *end)
{
	g_autofree char *raw = NULL;
	g_autoptr(GString) id = g_string_sized_new((gsize)(end - start) + 1);

	for (; start < end && id->len < LIMIT_MESSAGE_ID; start++)
		if (!g_ascii_isspace(*start))
			g_string_append_c(id, *start != '\0' ? *start : '_');
	raw = charset_to_utf8((const guint8 *)id->str, id->len, NULL, NULL, NULL);
	return *raw != '\0' ? clean_line(raw) : NULL;
}

/* The next id in *AT .. END in angle brackets. */
static char *
next_id(const char **at, const char *end)
{
	const char *open, *close;

	while (*at < end && (open = memchr(*at, '<', (gsize)(end - *at))) != NULL) {
		char *id;

		close = memchr(open, '>', (gsize)(end - open));
		*at = close != NULL ? close + 1 : end;
		id = make_id(open + 1, close != NULL ? close : end);
		if (id != NULL)
			return id;
	}
	return NULL;
}

char *
header_message_id(const char *value, gsize length)
{
	const char *at = value, *end = value + length, *start;
	char *id = next_id(&at, end);

	if (id != NULL)
		return id;
	/* without brackets: the first word with an '@', else the first word */
	start = memchr(value, '@', length);
	at = start != NULL ? start : value + blank_run(value, length);
	while (start != NULL && at > value && !g_ascii_isspace(at[-1]))
		at--;
	for (start = at; at < end && !g_ascii_isspace(*at);)
		at++;
	return make_id(start, at);
}

gboolean
header_references(const char *value, gsize length, GPtrArray *ids)
{
	const char *at = value, *end = value + length;
	gboolean whole = TRUE;
	char *id;

	while ((id = next_id(&at, end)) != NULL) {
		for (guint i = 0; i < ids->len; i++)
			if (strcmp(ids->pdata[i], id) == 0) {
				g_clear_pointer(&id, g_free);
				break;
			}
		if (id == NULL)
			continue;
		g_ptr_array_add(ids, id);
		if (ids->len > LIMIT_REFERENCES) {
			g_ptr_array_remove_index(ids, 0);
			whole = FALSE;
		}
	}
	return whole;
}
