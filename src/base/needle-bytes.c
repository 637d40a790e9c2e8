#include "base/needle-stream.h"

#include <string.h>

#define SHORTEST_RUN 8 /* characters of base64 that can hold four letters at any alignment */
#define LETTERS_MOST 9 /* for one byte: U+FDFA is 18, and two bytes in UTF-16 */
#define FEW_BYTES 256  /* are looked at one by one */
#define NOWHERE G_MAXSIZE
#define CHANGES_APART 64 /* bytes: changes nearer to each other are one */

/* What is in the bytes that may be read in more ways than one. */
enum kinds { KIND_NUL = 1, KIND_HYPHEN = 2, KIND_AMPERSAND = 4, KIND_TAG = 8, KIND_PERCENT = 16 };

/* Bytes [from, to) that a reading takes for something else: C, or nothing. */
struct special {
	gsize from, to;
	gunichar c;
};

struct bytes;
typedef gboolean (*next_special)(struct bytes *bytes, gsize at, struct special *out);

struct bytes {
	const guint8 *data;
	gsize length;
	gboolean all;                         /* readings as a whole, not only around what is special in them */
	gunichar tag;                         /* what a tag is taken for: ' ', 0 for nothing */
	struct special next_tag, next_entity; /* behind where they were looked for last */
	gboolean no_tag_end, no_comment_end;
};

struct search {
	struct needle_stream stream;
	gsize reach;         /* letters around what is special: with them each needle that has it is there, and its borders */
	gboolean wide;       /* of all needles */
	GByteArray *run;     /* of base64, as numbers */
	GByteArray *decoded; /* base64 */
	GByteArray *percent; /* undone */
	GArray *percents;    /* where it was changed, of struct special */
};

static guint
kinds_of(const guint8 *data, gsize length)
{
	static const guint8 kinds[256] = {[0] = KIND_NUL, ['-'] = KIND_HYPHEN, ['&'] = KIND_AMPERSAND, ['<'] = KIND_TAG, ['%'] = KIND_PERCENT};
	static const char bytes[] = {'\0', '-', '&', '<', '%'};
	guint all = 0;

	if (length > FEW_BYTES) {
		for (gsize i = 0; i < G_N_ELEMENTS(bytes); i++)
			all |= memchr(data, bytes[i], length) != NULL ? kinds[(guint8)bytes[i]] : 0;
		return all;
	}
	for (gsize i = 0; i < length; i++)
		all |= kinds[data[i]];
	return all;
}

/* --- around what is special: each letter or digit of ASCII is one letter of a needle, whatever else is between them */

static gsize
reach_back(const struct search *search, const struct bytes *bytes, gsize from, gsize least)
{
	gsize left = search->reach;

	if (bytes->all)
		return least;
	while (from > least && left > 0)
		left -= g_ascii_isalnum(bytes->data[--from]) ? 1 : 0;
	return from;
}

static gsize
reach_on(const struct search *search, const struct bytes *bytes, gsize from, gsize most)
{
	gsize left = search->reach;

	if (bytes->all)
		return most;
	while (from < most && left > 0)
		left -= g_ascii_isalnum(bytes->data[from++]) ? 1 : 0;
	return from;
}

/* One reading of the bytes: what NEXT finds is taken for what it says, and all else for characters, of which only those near it are looked at. */
static gboolean
read_around(struct search *search, struct bytes *bytes, next_special next)
{
	struct needle_stream *stream = &search->stream;
	struct special special;
	gsize at = 0, on = 0, back;
	gboolean have;

	bytes->no_tag_end = bytes->no_comment_end = FALSE;
	have = next(bytes, 0, &special);

	if (!have && !bytes->all)
		return FALSE;
	back = have ? reach_back(search, bytes, special.from, 0) : 0;
	needle_stream_border(stream, back > 0 ? NEEDLE_CUT : NEEDLE_EDGE);
	needle_stream_put_text(stream, bytes->data, bytes->length, back, have ? special.from : bytes->length);
	while (have && !stream->found) {
		if (special.c != 0)
			needle_stream_put(stream, special.c);
		at = special.to;
		have = next(bytes, at, &special);
		on = reach_on(search, bytes, at, have ? special.from : bytes->length);
		needle_stream_put_text(stream, bytes->data, bytes->length, at, on);
		if (!have)
			break;
		back = reach_back(search, bytes, special.from, on);
		if (back > on)
			needle_stream_border(stream, NEEDLE_CUT);
		needle_stream_put_text(stream, bytes->data, bytes->length, back, special.from);
	}
	needle_stream_border(stream, on < bytes->length && !bytes->all ? NEEDLE_CUT : NEEDLE_EDGE);
	return stream->found;
}

/* Characters as they stand: all, or those around what was changed. */
static gboolean
read_plain(struct search *search, const struct bytes *bytes, const GArray *changes)
{
	struct needle_stream *stream = &search->stream;
	gsize done = 0;

	if (changes == NULL) {
		needle_stream_border(stream, NEEDLE_EDGE);
		needle_stream_put_text(stream, bytes->data, bytes->length, 0, bytes->length);
		needle_stream_border(stream, NEEDLE_EDGE);
		return stream->found;
	}
	for (guint i = 0; i < changes->len && !stream->found; i++) {
		const struct special *change = &g_array_index(changes, struct special, i);
		gsize back = reach_back(search, bytes, change->from, MIN(done, change->from)), on = reach_on(search, bytes, change->to, bytes->length);

		if (i == 0)
			needle_stream_border(stream, back > 0 ? NEEDLE_CUT : NEEDLE_EDGE);
		else if (back > done)
			needle_stream_border(stream, NEEDLE_CUT);
		if (i == 0 || on > done)
			needle_stream_put_text(stream, bytes->data, bytes->length, MAX(back, done), on);
		done = MAX(done, on);
	}
	if (changes->len > 0)
		needle_stream_border(stream, done < bytes->length ? NEEDLE_CUT : NEEDLE_EDGE);
	return stream->found;
}

static gboolean
next_division(struct bytes *bytes, gsize at, struct special *out)
{
	for (const guint8 *found; at < bytes->length && (found = memchr(bytes->data + at, '-', bytes->length - at)) != NULL; at++) {
		at = (gsize)(found - bytes->data);
		*out = (struct special){at, needle_behind_division(bytes->data, bytes->length, at), 0};
		if (out->to != at)
			return TRUE;
	}
	return FALSE;
}

static gboolean
next_entity(struct bytes *bytes, gsize at, struct special *out)
{
	for (const guint8 *found; at < bytes->length && (found = memchr(bytes->data + at, '&', bytes->length - at)) != NULL; at++) {
		gsize n = 0;

		at = (gsize)(found - bytes->data);
		out->c = needle_entity(found, bytes->length - at, &n);
		out->from = at;
		out->to = at + n;
		if (out->c != 0)
			return TRUE;
	}
	return FALSE;
}

/* As needle_tag; what is not there is not looked for twice. */
static gsize
tag_length(struct bytes *bytes, gsize at)
{
	const guint8 *tag = bytes->data + at;
	gsize left = bytes->length - at, n;
	gboolean comment = left > 4 && memcmp(tag, "<!--", 4) == 0;

	if (comment ? bytes->no_comment_end : bytes->no_tag_end)
		return 0;
	n = needle_tag(tag, left);
	if (n == 0 && comment)
		bytes->no_comment_end = TRUE;
	else if (n == 0)
		bytes->no_tag_end = memchr(tag, '>', left) == NULL;
	return n;
}

static void
find_tag(struct bytes *bytes, gsize at, struct special *out)
{
	*out = (struct special){.from = NOWHERE};
	for (const guint8 *found; at < bytes->length && (found = memchr(bytes->data + at, '<', bytes->length - at)) != NULL; at++) {
		gsize n = tag_length(bytes, at = (gsize)(found - bytes->data));

		if (n == 0)
			continue;
		*out = (struct special){at, at + n, bytes->tag};
		return;
	}
}

static gboolean
next_tag_or_entity(struct bytes *bytes, gsize at, struct special *out)
{
	if (at == 0 || bytes->next_tag.from < at)
		find_tag(bytes, at, &bytes->next_tag);
	if ((at == 0 || bytes->next_entity.from < at) && !next_entity(bytes, at, &bytes->next_entity))
		bytes->next_entity.from = NOWHERE;
	*out = bytes->next_tag.from < bytes->next_entity.from ? bytes->next_tag : bytes->next_entity;
	return out->from != NOWHERE;
}

/* --- encodings of bytes */

static void
add_change(GArray *changes, gsize from, gsize to)
{
	struct special *last = changes->len > 0 ? &g_array_index(changes, struct special, changes->len - 1) : NULL;

	if (last != NULL && from - last->to < CHANGES_APART)
		last->to = to;
	else
		g_array_append_vals(changes, &(struct special){from, to, 0}, 1);
}

/* One level of %41 or =41 undone, into OUT; soft line breaks go with the latter. CHANGES gets where OUT is not as it was. */
static void
undo_hex(const guint8 *data, gsize length, guint8 sign, GByteArray *out, GArray *changes)
{
	gsize at = 0;

	g_byte_array_set_size(out, 0);
	g_array_set_size(changes, 0);
	for (const guint8 *found; (found = memchr(data + at, sign, length - at)) != NULL;) {
		gsize next = (gsize)(found - data), left = length - next;
		guint8 byte;

		g_byte_array_append(out, data + at, (guint)(next - at));
		at = next;
		if (left > 2 && g_ascii_isxdigit(found[1]) && g_ascii_isxdigit(found[2])) {
			byte = (guint8)(g_ascii_xdigit_value((char)found[1]) * 16 + g_ascii_xdigit_value((char)found[2]));
			add_change(changes, out->len, out->len + 1);
			g_byte_array_append(out, &byte, 1);
			at += 3;
		} else if (sign == '=' && left > 1 && (found[1] == '\n' || (left > 2 && found[1] == '\r' && found[2] == '\n'))) {
			add_change(changes, out->len, out->len);
			at += found[1] == '\n' ? 2 : 3;
		} else {
			g_byte_array_append(out, found, 1);
			at++;
		}
	}
	g_byte_array_append(out, data + at, (guint)(length - at));
}

/* Three letters in a row with NULs between them: trying four ways over every byte costs ten times all else. */
static gboolean
may_be_utf16(const struct search *search, const struct bytes *bytes, guint kinds)
{
	const guint8 *data = bytes->data, *at = data, *end = data + bytes->length;

	if (search->wide)
		return bytes->length % 2 == 0 || !g_utf8_validate_len((const char *)data, bytes->length, NULL);
	if ((kinds & KIND_NUL) == 0)
		return FALSE;
	while (end - at > 5 && (at = memchr(at + 1, '\0', (gsize)(end - at - 5))) != NULL)
		if (at[-1] != 0 && at[1] != 0 && at[2] == 0 && at[3] != 0 && (at + 4 == end || at[4] == 0))
			return TRUE;
	return FALSE;
}

static gboolean
in_utf16(struct search *search, const struct bytes *bytes)
{
	for (guint way = 0; way < 4 && !search->stream.found; way++) {
		needle_stream_border(&search->stream, NEEDLE_EDGE);
		needle_stream_put_utf16(&search->stream, bytes->data, bytes->length, way / 2, way % 2 != 0);
		needle_stream_border(&search->stream, NEEDLE_EDGE);
	}
	return search->stream.found;
}

static gboolean
in_percent(struct search *search, const struct bytes *bytes)
{
	struct bytes undone = {0};

	if (search->percent == NULL) {
		search->percent = g_byte_array_new();
		search->percents = g_array_new(FALSE, FALSE, sizeof(struct special));
	}
	undo_hex(bytes->data, bytes->length, '%', search->percent, search->percents);
	if (search->percents->len == 0)
		return FALSE;
	undone.data = search->percent->data;
	undone.length = search->percent->len;
	needle_stream_skip(&search->stream, memchr(undone.data, '\0', undone.length) != NULL);
	return read_plain(search, &undone, search->percents);
}

/* Everything but what is encoded as ASCII letters. CHANGES: all but these was looked at already, as it stands; NULL: nothing was. */
static gboolean
in_characters(struct search *search, const guint8 *data, gsize length, const GArray *changes)
{
	struct bytes bytes = {.data = data, .length = length};
	guint kinds = kinds_of(data, length);

	needle_stream_skip(&search->stream, (kinds & KIND_NUL) != 0);
	if (read_plain(search, &bytes, changes) || ((kinds & KIND_HYPHEN) != 0 && read_around(search, &bytes, next_division)) ||
	    ((kinds & KIND_PERCENT) != 0 && in_percent(search, &bytes)))
		return TRUE;
	/* where short words were not looked for, markup does look for them, everywhere */
	bytes.all = (kinds & KIND_NUL) != 0 && search->stream.has_short;
	needle_stream_skip(&search->stream, FALSE);
	if ((kinds & KIND_AMPERSAND) != 0 && read_around(search, &bytes, next_entity))
		return TRUE;
	for (guint way = 0; way < 2 && (kinds & KIND_TAG) != 0; way++) {
		bytes.tag = way == 0 ? ' ' : 0;
		if (read_around(search, &bytes, next_tag_or_entity))
			return TRUE;
	}
	return may_be_utf16(search, &bytes, kinds) && in_utf16(search, &bytes);
}

/* Where a run of base64 began is not known, so each of four beginnings is tried. */
static gboolean
in_run(struct search *search)
{
	const guint8 *run = search->run->data;
	gsize length = search->run->len;

	g_byte_array_set_size(search->decoded, (guint)(length / 4 * 3 + 3));
	for (gsize start = 0; start < 4; start++) {
		guint8 *out = search->decoded->data;
		gsize at = start;

		for (; at + 4 <= length; at += 4) {
			guint32 bits = (guint32)run[at] << 18 | (guint32)run[at + 1] << 12 | (guint32)run[at + 2] << 6 | run[at + 3];

			*out++ = (guint8)(bits >> 16);
			*out++ = (guint8)(bits >> 8);
			*out++ = (guint8)bits;
		}
		if (at + 2 <= length)
			*out++ = (guint8)(run[at] << 2 | run[at + 1] >> 4);
		if (at + 3 <= length)
			*out++ = (guint8)(run[at + 1] << 4 | run[at + 2] >> 2);
		if (in_characters(search, search->decoded->data, (gsize)(out - search->decoded->data), NULL))
			return TRUE;
	}
	return FALSE;
}

/* Adds the stretch of base64 at AT to the run; where it ends. */
static gsize
add_stretch(struct search *search, const guint8 *data, gsize length, gsize at)
{
	guint before = search->run->len;
	const gint8 *base64 = search->stream.needles->folds->base64;
	gsize end = at;
	guint8 *out;

	while (end < length && base64[data[end]] >= 0)
		end++;
	g_byte_array_set_size(search->run, before + (guint)(end - at));
	out = search->run->data + before;
	for (gsize i = at; i < end; i++)
		*out++ = (guint8)base64[data[i]];
	return end;
}

/* CHANGES as with in_characters. */
static gboolean
in_base64(struct search *search, const guint8 *data, gsize length, const GArray *changes)
{
	const gint8 *base64 = search->stream.needles->folds->base64;
	gsize at = 0, before = 0; /* the end of the run before */
	guint change = 0;

	if (length < SHORTEST_RUN)
		return FALSE;
	if (search->run == NULL) {
		search->run = g_byte_array_new();
		search->decoded = g_byte_array_new();
	}
	while (at < length && base64[data[at]] < 0)
		at++;
	while (at < length) {
		gsize end, next;

		g_byte_array_set_size(search->run, 0);
		while ((end = add_stretch(search, data, length, at)) < length && (next = needle_over_line_end(data, length, end)) != end)
			at = next;
		for (at = end; at < length && base64[data[at]] < 0; at++)
			;
		/* with nothing changed from the run before up to the one behind, it is the run that was there */
		while (changes != NULL && change < changes->len && g_array_index(changes, struct special, change).to < before)
			change++;
		if (search->run->len >= SHORTEST_RUN &&
		    (changes == NULL || (change < changes->len && g_array_index(changes, struct special, change).from <= at)) && in_run(search))
			return TRUE;
		before = end;
	}
	return FALSE;
}

static void
search_init(struct search *search, const struct needles *needles)
{
	needle_stream_init(&search->stream, needles);
	search->reach = needles->longest + NEEDLE_STREAM_MARGIN;
	search->wide = needles_are_wide(needles);
	search->run = search->decoded = search->percent = NULL;
	search->percents = NULL;
}

static void
search_clear(struct search *search)
{
	g_clear_pointer(&search->run, g_byte_array_unref);
	g_clear_pointer(&search->decoded, g_byte_array_unref);
	g_clear_pointer(&search->percent, g_byte_array_unref);
	g_clear_pointer(&search->percents, g_array_unref);
}

static gboolean
in_all(struct search *search, const guint8 *data, gsize length)
{
	g_autoptr(GByteArray) undone = NULL;
	g_autoptr(GArray) changes = NULL;

	if (in_characters(search, data, length, NULL) || in_base64(search, data, length, NULL))
		return TRUE;
	if (memchr(data, '=', length) != NULL) {
		undone = g_byte_array_sized_new((guint)MIN(length, 1U << 26));
		changes = g_array_new(FALSE, FALSE, sizeof(struct special));
		undo_hex(data, length, '=', undone, changes);
		if (changes->len > 0 && undone->len > 0 &&
		    (in_characters(search, undone->data, undone->len, changes) || in_base64(search, undone->data, undone->len, changes)))
			return TRUE;
	}
	return needle_stream_end(&search->stream);
}

gboolean
needles_in_bytes(const struct needles *needles, const guint8 *data, gsize length)
{
	struct search search;
	gboolean found;

	if (needles_count(needles) == 0 || length * LETTERS_MOST < needles->shortest)
		return FALSE;
	search_init(&search, needles);
	found = in_all(&search, data, length);
	search_clear(&search);
	return found;
}

gboolean
needles_in_text(const struct needles *needles, const char *text)
{
	struct search search;
	struct bytes bytes = {.data = (const guint8 *)text};

	if (text == NULL || *text == '\0' || needles_count(needles) == 0)
		return FALSE;
	bytes.length = strlen(text);
	needle_stream_init(&search.stream, needles);
	search.reach = needles->longest + NEEDLE_STREAM_MARGIN;
	return read_plain(&search, &bytes, NULL) || read_around(&search, &bytes, next_division) || needle_stream_end(&search.stream);
}
