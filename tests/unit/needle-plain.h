/* What needles_in_bytes says, told the plain way: a pass of its own over everything for each way in which the bytes may be read. A hundred times as slow. */
#ifndef TESTS_NEEDLE_PLAIN_H
#define TESTS_NEEDLE_PLAIN_H

#include "base/needle-private.h"

#include <string.h>

enum plain_way { PLAIN, DIVIDED, ENTITIES, SPACED, JOINED };

static gboolean
plain_pass(const struct needles *needles, const guint8 *data, gsize length, enum plain_way way)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct needle_range));
	struct needle_pass *pass = needle_pass_new(needles, found);

	for (gsize at = 0, n; at < length; at += n) {
		gboolean tag = data[at] == '<' && (way == SPACED || way == JOINED) && (n = needle_tag(data + at, length - at)) > 0;
		gunichar c = data[at] == '&' && way >= ENTITIES ? needle_entity(data + at, length - at, &n) : 0;

		if (tag && way == SPACED)
			needle_pass_put(pass, ' ', at, at);
		if (tag || (way == DIVIDED && (n = needle_behind_division(data, length, at) - at) > 0))
			continue;
		if (c == 0)
			c = needle_character(data + at, length - at, &n);
		needle_pass_put(pass, c, at, at + n);
	}
	needle_pass_end(pass);
	return found->len > 0;
}

static gboolean
plain_utf16(const struct needles *needles, const guint8 *data, gsize length, gsize start, gboolean big)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct needle_range));
	struct needle_pass *pass = needle_pass_new(needles, found);

	for (gsize at = start; at + 1 < length; at += 2) {
		gunichar c = (gunichar)data[at + !big] << 8 | data[at + big];

		needle_pass_put(pass, c == 0 || (c >= 0xd800 && c < 0xe000) ? ' ' : c, at, at + 2);
	}
	needle_pass_end(pass);
	return found->len > 0;
}

static GByteArray *
plain_undo(const guint8 *data, gsize length, guint8 sign)
{
	GByteArray *out = g_byte_array_new();

	for (gsize at = 0; at < length; at++) {
		guint8 byte = data[at];

		if (byte == sign && at + 2 < length && g_ascii_isxdigit(data[at + 1]) && g_ascii_isxdigit(data[at + 2])) {
			byte = (guint8)(g_ascii_xdigit_value((char)data[at + 1]) * 16 + g_ascii_xdigit_value((char)data[at + 2]));
			at += 2;
		} else if (byte == sign && sign == '=' && at + 1 < length && data[at + 1] == '\n') {
			at++;
			continue;
		} else if (byte == sign && sign == '=' && at + 2 < length && data[at + 1] == '\r' && data[at + 2] == '\n') {
			at += 2;
			continue;
		}
		g_byte_array_append(out, &byte, 1);
	}
	return out;
}

static gboolean
plain_may_be_utf16(const struct needles *needles, const guint8 *data, gsize length)
{
	if (needles_are_wide(needles))
		return !g_utf8_validate_len((const char *)data, length, NULL) || length % 2 == 0;
	for (gsize at = 1; at + 4 < length + (length > 5); at++)
		if (at + 5 <= length && data[at] == 0 && data[at - 1] != 0 && data[at + 1] != 0 && data[at + 2] == 0 && data[at + 3] != 0 &&
		    (at + 4 == length || data[at + 4] == 0))
			return TRUE;
	return FALSE;
}

/* Without those that are found as whole words only. */
static struct needles *
plain_long_ones(const struct needles *needles)
{
	g_autofree char *text = needles_to_text(needles);
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	g_autoptr(GString) left = g_string_new(words[0]);

	for (guint i = 1; words[i] != NULL; i++)
		if ((strchr(words[i], ':')[1] - '0') % 2 == 0)
			g_string_append_printf(left, " %s", words[i]);
	return needles_from_text(left->str);
}

static gboolean
plain_in_characters(const struct needles *needles, const guint8 *data, gsize length)
{
	g_autoptr(Needles) few = plain_long_ones(needles);
	const struct needles *some = memchr(data, 0, length) != NULL ? few : needles;
	g_autoptr(GByteArray) percent = plain_undo(data, length, '%');

	if (plain_pass(some, data, length, PLAIN) || plain_pass(some, data, length, DIVIDED) ||
	    plain_pass(memchr(percent->data, 0, percent->len) != NULL ? few : needles, percent->data, percent->len, PLAIN))
		return TRUE;
	if (memchr(data, '&', length) != NULL && plain_pass(needles, data, length, ENTITIES))
		return TRUE;
	if (memchr(data, '<', length) != NULL && (plain_pass(needles, data, length, SPACED) || plain_pass(needles, data, length, JOINED)))
		return TRUE;
	for (guint way = 0; way < 4 && plain_may_be_utf16(needles, data, length); way++)
		if (plain_utf16(needles, data, length, way / 2, way % 2 != 0))
			return TRUE;
	return FALSE;
}

static gboolean
plain_in_run(const struct needles *needles, const GString *run)
{
	for (gsize start = 0; start < 4 && start < run->len; start++) {
		/* the last group may be short: as many bytes as are whole */
		gsize left = run->len - start, bytes = left / 4 * 3 + (left % 4 > 1 ? left % 4 - 1 : 0), size;
		g_autoptr(GString) padded = g_string_new_len(run->str + start, (gssize)left);

		while (padded->len % 4 != 0)
			g_string_append_c(padded, 'A');
		g_autofree guint8 *out = g_base64_decode(padded->str, &size);
		if (bytes > 0 && plain_in_characters(needles, out, bytes))
			return TRUE;
	}
	return FALSE;
}

static gboolean
plain_in_base64(const struct needles *needles, const guint8 *data, gsize length)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	g_autoptr(GString) run = g_string_new(NULL);

	for (gsize at = 0; at < length; at++) {
		g_string_truncate(run, 0);
		while (at < length && needle_base64(data[at]) >= 0) {
			g_string_append_c(run, letters[needle_base64(data[at])]);
			at++;
			if (at < length && needle_base64(data[at]) < 0)
				at = needle_over_line_end(data, length, at);
		}
		if (run->len >= 8 && plain_in_run(needles, run))
			return TRUE;
	}
	return FALSE;
}

static gboolean
plain_in_bytes(const struct needles *needles, const guint8 *data, gsize length)
{
	g_autoptr(GByteArray) undone = plain_undo(data, length, '=');

	return plain_in_characters(needles, data, length) || plain_in_base64(needles, data, length) ||
	       (undone->len > 0 && (plain_in_characters(needles, undone->data, undone->len) || plain_in_base64(needles, undone->data, undone->len)));
}

#endif
