#include "base/needle-private.h"

#include <string.h>

#define SHORTEST_RUN 8 /* characters of base64 that can hold four letters at any alignment */

enum tags { TAGS_TEXT, TAGS_SPACE, TAGS_NOTHING };

static const struct {
	const char *name;
	gunichar c;
} entities[] = {
    {"nbsp", 0xa0},
    {"amp", '&'},
    {"lt", '<'},
    {"gt", '>'},
    {"quot", '"'},
    {"apos", '\''},
    {"commat", '@'},
    {"period", '.'},
    {"hyphen", '-'},
    {"shy", 0xad},
    {"zwnj", 0x200c},
    {"zwj", 0x200d},
    {"Agrave", 0xc0},
    {"Aacute", 0xc1},
    {"Acirc", 0xc2},
    {"Atilde", 0xc3},
    {"Auml", 0xc4},
    {"Aring", 0xc5},
    {"AElig", 0xc6},
    {"Ccedil", 0xc7},
    {"Egrave", 0xc8},
    {"Eacute", 0xc9},
    {"Ecirc", 0xca},
    {"Euml", 0xcb},
    {"Igrave", 0xcc},
    {"Iacute", 0xcd},
    {"Icirc", 0xce},
    {"Iuml", 0xcf},
    {"ETH", 0xd0},
    {"Ntilde", 0xd1},
    {"Ograve", 0xd2},
    {"Oacute", 0xd3},
    {"Ocirc", 0xd4},
    {"Otilde", 0xd5},
    {"Ouml", 0xd6},
    {"Oslash", 0xd8},
    {"Ugrave", 0xd9},
    {"Uacute", 0xda},
    {"Ucirc", 0xdb},
    {"Uuml", 0xdc},
    {"Yacute", 0xdd},
    {"THORN", 0xde},
    {"szlig", 0xdf},
    {"agrave", 0xe0},
    {"aacute", 0xe1},
    {"acirc", 0xe2},
    {"atilde", 0xe3},
    {"auml", 0xe4},
    {"aring", 0xe5},
    {"aelig", 0xe6},
    {"ccedil", 0xe7},
    {"egrave", 0xe8},
    {"eacute", 0xe9},
    {"ecirc", 0xea},
    {"euml", 0xeb},
    {"igrave", 0xec},
    {"iacute", 0xed},
    {"icirc", 0xee},
    {"iuml", 0xef},
    {"eth", 0xf0},
    {"ntilde", 0xf1},
    {"ograve", 0xf2},
    {"oacute", 0xf3},
    {"ocirc", 0xf4},
    {"otilde", 0xf5},
    {"ouml", 0xf6},
    {"oslash", 0xf8},
    {"ugrave", 0xf9},
    {"uacute", 0xfa},
    {"ucirc", 0xfb},
    {"uuml", 0xfc},
    {"yacute", 0xfd},
    {"thorn", 0xfe},
    {"yuml", 0xff},
    {"OElig", 0x152},
    {"oelig", 0x153},
    {"Scaron", 0x160},
    {"scaron", 0x161},
};

/* The character at AT: UTF-8 where it is, else the byte's own in Latin-1; *LENGTH bytes. */
static gunichar
character(const guint8 *at, gsize left, gsize *length)
{
	gunichar c;

	*length = 1;
	if (*at < 0x80)
		return *at;
	c = g_utf8_get_char_validated((const char *)at, (gssize)MIN(left, 6));
	if (c == (gunichar)-1 || c == (gunichar)-2)
		return *at;
	*length = (gsize)g_utf8_skip[*at];
	return c;
}

/* The entity at AT, an '&', or 0. RFC-less: HTML wants the ';', and browsers do without. */
static gunichar
entity(const guint8 *at, gsize left, gsize *length)
{
	gsize stop = 1;

	if (left > 3 && at[1] == '#') {
		gboolean hex = (at[2] | 0x20) == 'x';
		guint64 c = 0;

		for (stop = 2 + hex; stop < MIN(left, 12) && (hex ? g_ascii_isxdigit(at[stop]) : g_ascii_isdigit(at[stop])); stop++)
			c = c * (hex ? 16 : 10) + (guint64)g_ascii_xdigit_value((char)at[stop]);
		if (stop == (gsize)2 + hex || c == 0 || c > 0x10ffff)
			return 0;
		*length = stop + (stop < left && at[stop] == ';');
		return (gunichar)c;
	}
	while (stop < MIN(left, 10) && g_ascii_isalpha(at[stop]))
		stop++;
	for (gsize i = 0; i < G_N_ELEMENTS(entities); i++)
		if (strlen(entities[i].name) == stop - 1 && memcmp(entities[i].name, at + 1, stop - 1) == 0) {
			*length = stop + (stop < left && at[stop] == ';');
			return entities[i].c;
		}
	return 0;
}

static gsize
tag_length(const guint8 *at, gsize left)
{
	const guint8 *end;

	if (left < 2 || !(g_ascii_isalpha(at[1]) || at[1] == '/' || at[1] == '!' || at[1] == '?'))
		return 0;
	if (left > 4 && memcmp(at, "<!--", 4) == 0) {
		end = memmem(at + 4, left - 4, "-->", 3);
		return end != NULL ? (gsize)(end + 3 - at) : 0;
	}
	end = memchr(at, '>', left);
	return end != NULL ? (gsize)(end + 1 - at) : 0;
}

static gboolean
pass_plain(const struct needles *needles, GArray *found, const guint8 *data, gsize length)
{
	struct needle_pass *pass = needle_pass_new(needles, found);

	if (found == NULL && memchr(data, '\0', length) != NULL)
		needle_pass_skip_short(pass);
	for (gsize at = 0, n; at < length; at += n) {
		gunichar c = character(data + at, length - at, &n);

		if (!needle_pass_put(pass, c, at, at + n))
			break;
	}
	return needle_pass_end(pass);
}

/* Behind the line end, and the quote marks of the next line, of a word that is divided at AT, its hyphen; or AT. */
static gsize
behind_division(const guint8 *data, gsize length, gsize at)
{
	gsize next = at + 1;

	if (data[at] != '-' || at == 0 || !(g_ascii_isalnum(data[at - 1]) || data[at - 1] >= 0x80))
		return at;
	while (next < length && (data[next] == ' ' || data[next] == '\t' || data[next] == '\r'))
		next++;
	if (next == length || data[next] != '\n')
		return at;
	while (next < length && strchr("\n\t >", data[next]) != NULL && data[next] != '\0')
		next++;
	return next < length && (g_ascii_isalnum(data[next]) || data[next] >= 0x80) ? next : at;
}

/* Words divided at the end of a line, as one. */
static gboolean
pass_divided(const struct needles *needles, GArray *found, const guint8 *data, gsize length)
{
	struct needle_pass *pass = NULL;
	const guint8 *end = data + length;
	gboolean any = FALSE;

	for (const guint8 *at = data; !any && (at = memchr(at, '-', (gsize)(end - at))) != NULL; at++)
		any = behind_division(data, length, (gsize)(at - data)) != (gsize)(at - data);
	if (!any)
		return FALSE;
	pass = needle_pass_new(needles, found);
	if (found == NULL && memchr(data, '\0', length) != NULL)
		needle_pass_skip_short(pass);
	for (gsize at = 0, n; at < length; at += n) {
		gunichar c = character(data + at, length - at, &n);
		gsize next = behind_division(data, length, at);

		if (next != at)
			n = next - at;
		else if (!needle_pass_put(pass, c, at, at + n))
			break;
	}
	return needle_pass_end(pass);
}

static gboolean
pass_markup(const struct needles *needles, GArray *found, const guint8 *data, gsize length, enum tags tags)
{
	struct needle_pass *pass = needle_pass_new(needles, found);

	for (gsize at = 0, n; at < length; at += n) {
		gunichar c = 0;

		if (data[at] == '<' && tags != TAGS_TEXT && (n = tag_length(data + at, length - at)) > 0) {
			if (tags == TAGS_SPACE && !needle_pass_put(pass, ' ', at, at))
				break;
			continue;
		}
		if (data[at] == '&')
			c = entity(data + at, length - at, &n);
		if (c == 0)
			c = character(data + at, length - at, &n);
		if (!needle_pass_put(pass, c, at, at + n))
			break;
	}
	return needle_pass_end(pass);
}

static gboolean
pass_utf16(const struct needles *needles, const guint8 *data, gsize length, gsize start, gboolean big)
{
	struct needle_pass *pass = needle_pass_new(needles, NULL);

	for (gsize at = start; at + 1 < length; at += 2) {
		gunichar c = big ? (gunichar)data[at] << 8 | data[at + 1] : (gunichar)data[at + 1] << 8 | data[at];

		if (!needle_pass_put(pass, c == 0 || (c >= 0xd800 && c < 0xe000) ? ' ' : c, at, at + 2))
			break;
	}
	return needle_pass_end(pass);
}

/* One level of %41 or =41 undone; soft line breaks go with the latter. *MAP, when asked for, gets where each byte stood. */
static GByteArray *
undo_hex(const guint8 *data, gsize length, guint8 sign, GArray *map)
{
	GByteArray *out = g_byte_array_sized_new((guint)MIN(length, 1U << 26));

	for (gsize at = 0; at <= length; at++) {
		guint8 byte;
		gsize from = at;

		if (map != NULL)
			g_array_append_val(map, from);
		if (at == length)
			break;
		byte = data[at];
		if (byte == sign && at + 2 < length && g_ascii_isxdigit(data[at + 1]) && g_ascii_isxdigit(data[at + 2])) {
			byte = (guint8)(g_ascii_xdigit_value((char)data[at + 1]) * 16 + g_ascii_xdigit_value((char)data[at + 2]));
			at += 2;
		} else if (sign == '=' && byte == '=' && at + 1 < length &&
		           (data[at + 1] == '\n' || (data[at + 1] == '\r' && at + 2 < length && data[at + 2] == '\n'))) {
			at += data[at + 1] == '\n' ? 1 : 2;
			if (map != NULL)
				g_array_set_size(map, map->len - 1);
			continue;
		}
		g_byte_array_append(out, &byte, 1);
	}
	return out;
}

static gboolean
pass_percent(const struct needles *needles, GArray *found, const guint8 *data, gsize length)
{
	g_autoptr(GArray) map = g_array_new(FALSE, FALSE, sizeof(gsize));
	g_autoptr(GByteArray) plain = undo_hex(data, length, '%', map);
	guint first = found != NULL ? found->len : 0;
	gboolean any = pass_plain(needles, found, plain->data, plain->len);

	for (guint i = first; found != NULL && i < found->len; i++) {
		struct needle_range *range = &g_array_index(found, struct needle_range, i);

		range->from = g_array_index(map, gsize, range->from);
		range->to = g_array_index(map, gsize, range->to);
	}
	return any;
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
		gsize n = data[at] == '<' ? tag_length(data + at, length - at) : 0;

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

gboolean
needles_in_text(const struct needles *needles, const char *text)
{
	const guint8 *bytes = (const guint8 *)text;

	return text != NULL && (pass_plain(needles, NULL, bytes, strlen(text)) || pass_divided(needles, NULL, bytes, strlen(text)));
}

/* Three letters in a row with NULs between them: trying four ways over every byte costs ten times all else. */
static gboolean
may_be_utf16(const struct needles *needles, const guint8 *data, gsize length)
{
	const guint8 *at = data, *end = data + length;

	if (needles_are_wide(needles))
		return !g_utf8_validate_len((const char *)data, length, NULL) || length % 2 == 0;
	while (end - at > 5 && (at = memchr(at + 1, '\0', (gsize)(end - at - 5))) != NULL)
		if (at[-1] != 0 && at[1] != 0 && at[2] == 0 && at[3] != 0 && (at + 4 == end || at[4] == 0))
			return TRUE;
	return FALSE;
}

/* Everything but what is encoded as ASCII letters. */
static gboolean
in_characters(const struct needles *needles, const guint8 *data, gsize length)
{
	if (pass_plain(needles, NULL, data, length) || pass_divided(needles, NULL, data, length))
		return TRUE;
	if (memchr(data, '&', length) != NULL && pass_markup(needles, NULL, data, length, TAGS_TEXT))
		return TRUE;
	if (memchr(data, '<', length) != NULL &&
	    (pass_markup(needles, NULL, data, length, TAGS_SPACE) || pass_markup(needles, NULL, data, length, TAGS_NOTHING)))
		return TRUE;
	if (memchr(data, '%', length) != NULL && pass_percent(needles, NULL, data, length))
		return TRUE;
	for (gsize start = 0; start < 2 && may_be_utf16(needles, data, length); start++)
		if (pass_utf16(needles, data, length, start, FALSE) || pass_utf16(needles, data, length, start, TRUE))
			return TRUE;
	return FALSE;
}

static gboolean
in_decoded(const struct needles *needles, const GByteArray *bytes)
{
	return bytes->len > 0 && in_characters(needles, bytes->data, bytes->len);
}

static gboolean
is_base64(guint8 c)
{
	return g_ascii_isalnum((char)c) || c == '+' || c == '/' || c == '-' || c == '_';
}

/* RUN: its characters alone. Where it began is not known, so each of four beginnings is tried. */
static gboolean
in_run(const struct needles *needles, GByteArray *run)
{
	for (guint i = 0; i < run->len; i++)
		run->data[i] = run->data[i] == '-' ? '+' : run->data[i] == '_' ? '/' : run->data[i];
	for (guint start = 0; start < 4 && start < run->len; start++) {
		g_autoptr(GByteArray) out = g_byte_array_sized_new(run->len);
		guint save = 0;
		int state = 0;

		g_byte_array_set_size(out, run->len);
		g_byte_array_set_size(out, (guint)g_base64_decode_step((const char *)run->data + start, run->len - start, out->data, &state, &save));
		if (state == 2 || state == 3) {
			const guint8 rest[2] = {(guint8)(state == 2 ? save >> 4 : save >> 10), (guint8)(save >> 2)};

			g_byte_array_append(out, rest, (guint)state - 1);
		}
		if (in_decoded(needles, out))
			return TRUE;
	}
	return FALSE;
}

/* Over line ends, quote marks and indentation, as mail wraps it. */
static gsize
over_line_end(const guint8 *data, gsize length, gsize at)
{
	gsize next = at;

	if (next < length && data[next] == '\r')
		next++;
	if (next >= length || data[next] != '\n')
		return at;
	for (next++; next < length && (data[next] == ' ' || data[next] == '\t' || data[next] == '>'); next++)
		;
	return next < length && is_base64(data[next]) ? next : at;
}

static gboolean
in_base64(const struct needles *needles, const guint8 *data, gsize length)
{
	g_autoptr(GByteArray) run = g_byte_array_new();

	for (gsize at = 0; at < length; at++) {
		gsize next;

		if (!is_base64(data[at]))
			continue;
		g_byte_array_set_size(run, 0);
		while (at < length && is_base64(data[at])) {
			g_byte_array_append(run, data + at, 1);
			next = at + 1;
			at = next < length && !is_base64(data[next]) ? over_line_end(data, length, next) : next;
		}
		if (run->len >= SHORTEST_RUN && in_run(needles, run))
			return TRUE;
	}
	return FALSE;
}

gboolean
needles_in_bytes(const struct needles *needles, const guint8 *data, gsize length)
{
	if (length == 0 || needles_count(needles) == 0)
		return FALSE;
	if (in_characters(needles, data, length) || in_base64(needles, data, length))
		return TRUE;
	if (memchr(data, '=', length) != NULL) {
		g_autoptr(GByteArray) undone = undo_hex(data, length, '=', NULL);

		if (in_decoded(needles, undone) || in_base64(needles, undone->data, undone->len))
			return TRUE;
	}
	return FALSE;
}
