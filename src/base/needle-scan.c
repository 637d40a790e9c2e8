#include "base/needle-private.h"

#include <string.h>

enum tags { TAGS_TEXT, TAGS_SPACE, TAGS_NOTHING };

static void
pass_plain(const struct needles *needles, GArray *found, const guint8 *data, gsize length)
{
	struct needle_pass *pass = needle_pass_new(needles, found);

	for (gsize at = 0, n; at < length; at += n) {
		gunichar c = needle_character(data + at, length - at, &n);

		needle_pass_put(pass, c, at, at + n);
	}
	needle_pass_end(pass);
}

/* Words divided at the end of a line, as one. */
static void
pass_divided(const struct needles *needles, GArray *found, const guint8 *data, gsize length)
{
	struct needle_pass *pass = NULL;
	const guint8 *end = data + length;
	gboolean any = FALSE;

	for (const guint8 *at = data; !any && (at = memchr(at, '-', (gsize)(end - at))) != NULL; at++)
		any = needle_behind_division(data, length, (gsize)(at - data)) != (gsize)(at - data);
	if (!any)
		return;
	pass = needle_pass_new(needles, found);
	for (gsize at = 0, n; at < length; at += n) {
		gunichar c = needle_character(data + at, length - at, &n);
		gsize next = needle_behind_division(data, length, at);

		if (next != at)
			n = next - at;
		else
			needle_pass_put(pass, c, at, at + n);
	}
	needle_pass_end(pass);
}

static void
pass_markup(const struct needles *needles, GArray *found, const guint8 *data, gsize length, enum tags tags)
{
	struct needle_pass *pass = needle_pass_new(needles, found);

	for (gsize at = 0, n; at < length; at += n) {
		gunichar c = 0;

		if (data[at] == '<' && tags != TAGS_TEXT && (n = needle_tag(data + at, length - at)) > 0) {
			if (tags == TAGS_SPACE)
				needle_pass_put(pass, ' ', at, at);
			continue;
		}
		if (data[at] == '&')
			c = needle_entity(data + at, length - at, &n);
		if (c == 0)
			c = needle_character(data + at, length - at, &n);
		needle_pass_put(pass, c, at, at + n);
	}
	needle_pass_end(pass);
}

/* One level of %41 undone; MAP gets where each byte stood. */
static GByteArray *
undo_percent(const guint8 *data, gsize length, GArray *map)
{
	GByteArray *out = g_byte_array_sized_new((guint)MIN(length, 1U << 26));

	for (gsize at = 0; at < length; at++) {
		guint8 byte = data[at];

		g_array_append_val(map, at);
		if (byte == '%' && at + 2 < length && g_ascii_isxdigit(data[at + 1]) && g_ascii_isxdigit(data[at + 2])) {
			byte = (guint8)(g_ascii_xdigit_value((char)data[at + 1]) * 16 + g_ascii_xdigit_value((char)data[at + 2]));
			at += 2;
		}
		g_byte_array_append(out, &byte, 1);
	}
	g_array_append_val(map, length);
	return out;
}

static void
pass_percent(const struct needles *needles, GArray *found, const guint8 *data, gsize length)
{
	g_autoptr(GArray) map = g_array_new(FALSE, FALSE, sizeof(gsize));
	g_autoptr(GByteArray) plain = undo_percent(data, length, map);
	guint first = found->len;

	pass_plain(needles, found, plain->data, plain->len);
	for (guint i = first; i < found->len; i++) {
		struct needle_range *range = &g_array_index(found, struct needle_range, i);

		range->from = g_array_index(map, gsize, range->from);
		range->to = g_array_index(map, gsize, range->to);
	}
}

static gint
compare_ranges(gconstpointer a, gconstpointer b)
{
	const struct needle_range *left = a, *right = b;

	return left->from != right->from ? (left->from > right->from) - (left->from < right->from) : (left->to > right->to) - (left->to < right->to);
}

/* The parts of a range outside of tags. */
static void
add_between_tags(GArray *out, const struct needle_range *range, const guint8 *data, gsize length)
{
	gsize from = range->from, at = range->from;

	while (at < range->to) {
		gsize n = data[at] == '<' ? needle_tag(data + at, length - at) : 0;

		if (n == 0) {
			at++;
			continue;
		}
		if (at > from)
			g_array_append_vals(out, &(struct needle_range){from, at}, 1);
		at = from = at + n;
	}
	if (range->to > from)
		g_array_append_vals(out, &(struct needle_range){from, range->to}, 1);
}

GArray *
needles_find(const struct needles *needles, enum needle_form form, const char *data, gsize length)
{
	const guint8 *bytes = (const guint8 *)data;
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct needle_range));
	GArray *out = g_array_new(FALSE, FALSE, sizeof(struct needle_range));

	pass_plain(needles, found, bytes, length);
	pass_divided(needles, found, bytes, length);
	if (memchr(data, '%', length) != NULL)
		pass_percent(needles, found, bytes, length);
	if (form == NEEDLE_MARKUP) {
		g_autoptr(GArray) across = g_array_new(FALSE, FALSE, sizeof(struct needle_range));

		pass_markup(needles, found, bytes, length, TAGS_TEXT);
		pass_markup(needles, across, bytes, length, TAGS_SPACE);
		pass_markup(needles, across, bytes, length, TAGS_NOTHING);
		for (guint i = 0; i < across->len; i++)
			add_between_tags(found, &g_array_index(across, struct needle_range, i), bytes, length);
	}
	g_array_sort(found, compare_ranges);
	for (guint i = 0; i < found->len; i++) {
		const struct needle_range *range = &g_array_index(found, struct needle_range, i);
		struct needle_range *last = out->len > 0 ? &g_array_index(out, struct needle_range, out->len - 1) : NULL;

		if (last != NULL && range->from < last->to)
			last->to = MAX(last->to, range->to);
		else if (range->to > range->from)
			g_array_append_vals(out, range, 1);
	}
	return out;
}

char *
needles_replace(const struct needles *needles, enum needle_form form, const char *data, gsize length, const char *mark, gsize *out_length)
{
	g_autoptr(GArray) found = needles_find(needles, form, data, length);
	GString *out = g_string_sized_new(length + 1);
	gsize at = 0;

	for (guint i = 0; i < found->len; i++) {
		const struct needle_range *range = &g_array_index(found, struct needle_range, i);

		g_string_append_len(out, data + at, (gssize)(range->from - at));
		g_string_append(out, mark);
		at = range->to;
	}
	g_string_append_len(out, data + at, (gssize)(length - at));
	if (out_length != NULL)
		*out_length = out->len;
	return g_string_free(out, FALSE);
}
