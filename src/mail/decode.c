#include "mail/parts.h"

#include <string.h>

#define BLOCK 49152 /* encoded bytes decoded at a time; a multiple of four and three */

#define INVALID 1u /* below the bits of a group */

/* What each character is at each place of a group of four: its bits where they stand in the group's three bytes, above eight others. */
struct values {
	guint32 at[4][256];
};

/* RFC 4648 section 4. */
static void
fill_values(struct values *values)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (guint place = 0; place < 4; place++) {
		for (guint c = 0; c < 256; c++)
			values->at[place][c] = INVALID;
		for (guint32 i = 0; i < 64; i++)
			values->at[place][(guchar)alphabet[i]] = i << (26 - 6 * place);
	}
}

/* Whole groups of four from the front of the LENGTH characters at TEXT, and the line ends between them: nearly all there is of base64. Returns how many
 * characters they take; OUT gets their bytes, *SIZE of them, and has room for one more. */
static gsize
decode_groups(const struct values *values, const guint8 *text, gsize length, guint8 *out, gsize *size)
{
	gsize at = 0, done = 0;

	while (length - at >= 4) {
		const guint32 group = values->at[0][text[at]] | values->at[1][text[at + 1]] | values->at[2][text[at + 2]] | values->at[3][text[at + 3]];

		if ((group & INVALID) == 0) {
			const guint32 three = GUINT32_TO_BE(group);

			memcpy(out + done, &three, sizeof three);
			done += 3;
			at += 4;
		} else if (text[at] == '\n' || text[at] == '\r')
			at++;
		else
			break;
	}
	*size = done;
	return at;
}

/* As g_base64_decode_step, which takes what decode_groups does not: padding, groups over a line's end, and what is no base64. */
static gsize
decode_step(const struct values *values, const guint8 *text, gsize length, guint8 *out, int *state, guint *save)
{
	gsize size = 0;

	for (gsize at = 0; at < length;) {
		gsize got = 0, slow;

		if (*state == 0)
			at += decode_groups(values, text + at, length - at, out + size, &got);
		size += got;
		slow = MIN(length - at, 4 - (gsize)ABS(*state)); /* so that whole groups may follow */
		size += g_base64_decode_step((const char *)text + at, slow, out + size, state, save);
		at += slow;
	}
	return size;
}

static gsize
decode_base64(const struct part *part, gsize limit, GByteArray *out)
{
	guchar block[BLOCK];
	struct values values;
	guint save = 0;
	int state = 0;
	gsize size = 0;

	fill_values(&values);
	for (gsize at = 0; at < part->length; at += BLOCK) {
		gsize got = decode_step(&values, part->raw + at, MIN(part->length - at, BLOCK), block, &state, &save);

		g_byte_array_append(out, block, (guint)MIN(got, limit - MIN(limit, size)));
		size += got;
	}
	if (state == 2 || state == 3) { /* padding left out */
		const guint8 rest[2] = {(guint8)(state == 2 ? save >> 4 : save >> 10), (guint8)(save >> 2)};

		if (size + 2 <= limit)
			g_byte_array_append(out, rest, (guint)state - 1);
		size += (gsize)state - 1;
	}
	return size;
}

/* RFC 2045 section 6.7; an '=' that begins nothing stays, white space before a line end goes. */
static gsize
decode_quoted_printable(const struct part *part, gsize limit, GByteArray *out)
{
	const guint8 *at = part->raw, *end = at + part->length;
	gsize size = 0;

	while (at < end) {
		const guint8 *stop = memchr(at, '=', (gsize)(end - at)), *next;

		stop = stop != NULL ? stop : end;
		g_byte_array_append(out, at, (guint)MIN((gsize)(stop - at), limit - MIN(limit, size)));
		size += (gsize)(stop - at);
		at = stop;
		if (at == end)
			break;
		for (next = at + 1; next < end && (*next == ' ' || *next == '\t' || *next == '\r'); next++)
			;
		if (next == end || *next == '\n') { /* a soft line break */
			at = next + (next < end);
			continue;
		}
		if (end - at > 2 && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2])) {
			const guint8 byte = (guint8)(g_ascii_xdigit_value((char)at[1]) * 16 + g_ascii_xdigit_value((char)at[2]));

			if (size < limit)
				g_byte_array_append(out, &byte, 1);
			at += 3;
		} else {
			if (size < limit)
				g_byte_array_append(out, at, 1);
			at++;
		}
		size++;
	}
	return size;
}

static gsize
decode_uuencode(const struct part *part, gsize limit, GByteArray *out)
{
	const guint8 *at = part->raw, *end = at + part->length;
	gboolean begun = FALSE;
	gsize size = 0;

	while (at < end) {
		const guint8 *stop = memchr(at, '\n', (gsize)(end - at));
		gsize length = (gsize)((stop != NULL ? stop : end) - at), bytes = (at[0] - 32U) & 63;

		if (!begun) {
			begun = length > 6 && memcmp(at, "begin ", 6) == 0;
		} else if (length >= 3 && memcmp(at, "end", 3) == 0) {
			break;
		} else {
			for (gsize i = 0; i < bytes && 1 + i / 3 * 4 + 3 < length; i++) {
				const guint8 *four = at + 1 + i / 3 * 4;
				guint32 value =
				    ((four[0] - 32U) & 63) << 18 | ((four[1] - 32U) & 63) << 12 | ((four[2] - 32U) & 63) << 6 | ((four[3] - 32U) & 63);
				const guint8 byte = (guint8)(value >> (16 - i % 3 * 8));

				if (size++ < limit)
					g_byte_array_append(out, &byte, 1);
			}
		}
		at = stop != NULL ? stop + 1 : end;
	}
	return size;
}

GByteArray *
part_decode(const struct part *part, gsize limit, gint64 *size)
{
	gsize whole = part->length, room = part->encoding == ENCODING_BASE64 ? part->length / 4 * 3 + 3 : part->length;
	GByteArray *out = g_byte_array_sized_new((guint)MIN(limit, room));

	switch (part->encoding) {
	case ENCODING_NONE:
		g_byte_array_append(out, part->raw, (guint)MIN(limit, part->length));
		break;
	case ENCODING_BASE64:
		whole = decode_base64(part, limit, out);
		break;
	case ENCODING_QUOTED_PRINTABLE:
		whole = decode_quoted_printable(part, limit, out);
		break;
	case ENCODING_UUENCODE:
		whole = decode_uuencode(part, limit, out);
		break;
	}
	if (size != NULL)
		*size = (gint64)whole;
	return out;
}
