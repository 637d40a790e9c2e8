#include "base/needle-private.h"

#include <string.h>

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

gunichar
needle_character(const guint8 *at, gsize left, gsize *length)
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

gunichar
needle_entity(const guint8 *at, gsize left, gsize *length)
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
	for (gsize i = 0; stop > 1 && i < G_N_ELEMENTS(entities); i++)
		if (strlen(entities[i].name) == stop - 1 && memcmp(entities[i].name, at + 1, stop - 1) == 0) {
			*length = stop + (stop < left && at[stop] == ';');
			return entities[i].c;
		}
	return 0;
}

gsize
needle_tag(const guint8 *at, gsize left)
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

gsize
needle_behind_division(const guint8 *data, gsize length, gsize at)
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

gsize
needle_over_line_end(const guint8 *data, gsize length, gsize at)
{
	gsize next = at;

	if (next < length && data[next] == '\r')
		next++;
	if (next >= length || data[next] != '\n')
		return at;
	for (next++; next < length && (data[next] == ' ' || data[next] == '\t' || data[next] == '>'); next++)
		;
	return next < length && needle_base64(data[next]) >= 0 ? next : at;
}

gint8
needle_base64(guint8 c)
{
	if (c >= 'A' && c <= 'Z')
		return (gint8)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (gint8)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (gint8)(c - '0' + 52);
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}
