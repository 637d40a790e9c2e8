#include "mail/charset.h"

#include "mail/ahead.h"

#include <errno.h>
#include <gmodule.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

struct alias {
	const char *label;
	const char *name;
};

/* Labels seen in mail, and the superset that reads what senders really put behind them (as the WHATWG encoding standard does). */
static const struct alias aliases[] = {
    {"utf-8", "UTF-8"},
    {"us-ascii", "US-ASCII"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"windows-1252", "WINDOWS-1252"},
    {"utf8", "UTF-8"},
    {"unicode-1-1-utf-8", "UTF-8"},
    {"utf-8-sig", "UTF-8"},
    {"utf8mb4", "UTF-8"},
    {"cp65001", "UTF-8"},
    {"ascii", "US-ASCII"},
    {"ansi_x3.4-1968", "US-ASCII"},
    {"iso646-us", "US-ASCII"},
    {"us", "US-ASCII"},
    {"7bit", "US-ASCII"},
    {"latin1", "WINDOWS-1252"},
    {"latin-1", "WINDOWS-1252"},
    {"iso8859-1", "WINDOWS-1252"},
    {"iso_8859-1", "WINDOWS-1252"},
    {"iso88591", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    {"windows1252", "WINDOWS-1252"},
    {"ansi", "WINDOWS-1252"},
    {"x-ansi", "WINDOWS-1252"},
    {"iso-8859-1-windows-3.1-latin-1", "WINDOWS-1252"},
    {"iso-8859-1-i", "WINDOWS-1252"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso8859-2", "ISO-8859-2"},
    {"latin2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"latin5", "WINDOWS-1254"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-11", "TIS-620"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso8859-15", "ISO-8859-15"},
    {"latin9", "ISO-8859-15"},
    {"latin-9", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"windows-1250", "WINDOWS-1250"},
    {"cp1250", "WINDOWS-1250"},
    {"windows-1251", "WINDOWS-1251"},
    {"cp1251", "WINDOWS-1251"},
    {"win-1251", "WINDOWS-1251"},
    {"windows-1253", "WINDOWS-1253"},
    {"windows-1254", "WINDOWS-1254"},
    {"windows-1255", "WINDOWS-1255"},
    {"windows-1256", "WINDOWS-1256"},
    {"cp1256", "WINDOWS-1256"},
    {"windows-1257", "WINDOWS-1257"},
    {"windows-1258", "WINDOWS-1258"},
    {"windows-874", "CP874"},
    {"tis-620", "TIS-620"},
    {"koi8-r", "KOI8-R"},
    {"koi8r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"cp866", "CP866"},
    {"ibm866", "CP866"},
    {"ibm437", "CP437"},
    {"cp437", "CP437"},
    {"ibm850", "CP850"},
    {"cp850", "CP850"},
    {"ibm852", "CP852"},
    {"macintosh", "MACINTOSH"},
    {"x-mac-roman", "MACINTOSH"},
    {"mac", "MACINTOSH"},
    {"x-mac-cyrillic", "MAC-CYRILLIC"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"gb18030", "GB18030"},
    {"gb_2312-80", "GB18030"},
    {"cp936", "GB18030"},
    {"x-gbk", "GB18030"},
    {"chinesesimplified", "GB18030"},
    {"euc-cn", "GB18030"},
    {"iso-2022-cn", "ISO-2022-CN"},
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"x-x-big5", "BIG5-HKSCS"},
    {"cp950", "CP950"},
    {"euc-tw", "EUC-TW"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"iso-2022-jp-1", "ISO-2022-JP-1"},
    {"iso-2022-jp-2", "ISO-2022-JP-2"},
    {"iso-2022-jp-ms", "ISO-2022-JP"},
    {"cp50220", "ISO-2022-JP"},
    {"cp50221", "ISO-2022-JP"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"x-sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"cp932", "CP932"},
    {"ms_kanji", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"eucjp", "EUC-JP"},
    {"x-euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"ks_c_5601", "CP949"},
    {"ksc5601", "CP949"},
    {"ks_c_5601-1989", "CP949"},
    {"cp949", "CP949"},
    {"uhc", "CP949"},
    {"windows-949", "CP949"},
    {"iso-2022-kr", "ISO-2022-KR"},
    {"johab", "JOHAB"},
    {"armscii-8", "ARMSCII-8"},
    {"viscii", "VISCII"},
    {"tcvn", "TCVN"},
    {"utf-16", "UTF-16"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"unicode", "UTF-16"},
};

/* 0x80 to 0x9f of windows-1252; the five undefined bytes stay C1 controls, as browsers read them. */
static const gunichar windows_1252[32] = {
    0x20ac,
    0x81,
    0x201a,
    0x0192,
    0x201e,
    0x2026,
    0x2020,
    0x2021,
    0x02c6,
    0x2030,
    0x0160,
    0x2039,
    0x0152,
    0x8d,
    0x017d,
    0x8f,
    0x90,
    0x2018,
    0x2019,
    0x201c,
    0x201d,
    0x2022,
    0x2013,
    0x2014,
    0x02dc,
    0x2122,
    0x0161,
    0x203a,
    0x0153,
    0x9d,
    0x017e,
    0x0178,
};

const char *
charset_known(const char *label)
{
	char name[48];
	gsize length = 0;

	if (label == NULL)
		return NULL;
	for (; *label != '\0' && length < sizeof(name) - 1; label++)
		if (*label > ' ' && *label != '"' && *label != '\'')
			name[length++] = g_ascii_tolower(*label);
	name[length] = '\0';
	for (gsize i = 0; i < G_N_ELEMENTS(aliases); i++)
		if (strcmp(name, aliases[i].label) == 0)
			return aliases[i].name;
	return NULL;
}

static gsize
count_high(const guint8 *data, gsize length)
{
	gsize high = 0;

	for (gsize i = 0; i < length; i++)
		high += data[i] >> 7;
	return high;
}

/* Copies UTF-8 with every byte that is none replaced; counts whole multibyte characters and replaced bytes. */
static char *
scrub_utf8(const guint8 *data, gsize length, gsize *characters, gsize *errors)
{
	g_autoptr(GString) out = g_string_sized_new(length + 16);
	const char *at = (const char *)data, *end = at + length;

	*characters = *errors = 0;
	while (at < end) {
		const char *bad;
		gboolean whole = g_utf8_validate_len(at, (gsize)(end - at), &bad);

		for (const char *c = at; c < bad; c++)
			*characters += ((guint8)*c & 0xc0) == 0xc0;
		g_string_append_len(out, at, bad - at);
		at = bad;
		if (whole)
			break;
		g_string_append(out, REPLACEMENT);
		*errors += *at != '\0';
		at++;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
from_windows_1252(const guint8 *data, gsize length)
{
	GString *out = g_string_sized_new(length + length / 8 + 16);

	for (gsize i = 0; i < length; i++) {
		gsize run = i;

		while (run < length && data[run] < 0x80 && data[run] != 0)
			run++;
		g_string_append_len(out, (const char *)data + i, (gssize)(run - i));
		if ((i = run) >= length)
			break;
		if (data[i] == 0)
			g_string_append(out, REPLACEMENT);
		else
			g_string_append_unichar(out, data[i] < 0xa0 ? windows_1252[data[i] - 0x80] : data[i]);
	}
	return g_string_free(out, FALSE);
}

/* Converters held open, at the place of their name in the table: the C library unloads the module of one that is closed. */
static GIConv *
held_converter(const char *name)
{
	static GIConv held[G_N_ELEMENTS(aliases)];

	for (gsize i = 0; i < G_N_ELEMENTS(aliases); i++)
		if (strcmp(aliases[i].name, name) == 0)
			return &held[i];
	return NULL;
}

static GIConv
open_converter(const char *name)
{
	const GIConv *held = held_converter(name);

	if (held == NULL || *held == NULL)
		ahead_want();
	return g_iconv_open("UTF-8", name);
}

/* DATA through iconv, each byte that fails replaced; NULL when there is no such converter or a fifth of the high bytes fail. */
static char *
from_iconv(const guint8 *data, gsize length, const char *name, gsize *errors)
{
	GIConv cd = open_converter(name);
	g_autoptr(GString) out = NULL;
	char *in = (char *)data;
	gsize left = length;

	*errors = 0;
	if (cd == (GIConv)-1)
		return NULL;
	out = g_string_sized_new(length + length / 2 + 16);
	while (left > 0) {
		char block[4096], *to = block;
		gsize room = sizeof(block), done = g_iconv(cd, &in, &left, &to, &room);
		int failure = done == (gsize)-1 ? errno : 0;

		g_string_append_len(out, block, to - block);
		if (failure == 0 || failure == E2BIG)
			continue;
		g_string_append(out, REPLACEMENT);
		++*errors;
		in++, left--;
		g_iconv(cd, NULL, NULL, NULL, NULL);
	}
	g_iconv_close(cd);
	if (*errors > 2 && *errors * 5 > count_high(data, length))
		return NULL;
	for (char *nul = out->str; (nul = memchr(nul, '\0', out->len - (gsize)(nul - out->str))) != NULL; nul++)
		*nul = ' ';
	return g_string_free(g_steal_pointer(&out), FALSE);
}

struct detector {
	GModule *module;
	gpointer (*new)(void);
	int (*feed)(gpointer, const char *, gsize);
	void (*end)(gpointer);
	const char *(*name)(gpointer);
	void (*delete)(gpointer);
};

/* Opened at the first text that needs it: most processes never do. */
static gpointer
open_detector(G_GNUC_UNUSED gpointer unused)
{
	struct detector *found = g_new0(struct detector, 1);

	ahead_want();
	found->module = g_module_open("libuchardet.so.0", G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
	if (found->module == NULL || !g_module_symbol(found->module, "uchardet_new", (gpointer *)&found->new) ||
	    !g_module_symbol(found->module, "uchardet_handle_data", (gpointer *)&found->feed) ||
	    !g_module_symbol(found->module, "uchardet_data_end", (gpointer *)&found->end) ||
	    !g_module_symbol(found->module, "uchardet_get_charset", (gpointer *)&found->name) ||
	    !g_module_symbol(found->module, "uchardet_delete", (gpointer *)&found->delete))
		found->new = NULL;
	return found;
}

static const struct detector *
detector(void)
{
	static GOnce once = G_ONCE_INIT;

	return g_once(&once, open_detector, NULL);
}

/* The charset DATA seems to be in; windows-1252 when too little of it says otherwise. */
static const char *
guess(const guint8 *data, gsize length)
{
	const struct detector *by = detector();
	gsize high = count_high(data, length);
	const char *name = NULL;
	gpointer state;

	if (by->new == NULL || high < 4 || (high < 12 && high * 5 < length))
		return "WINDOWS-1252";
	state = by->new ();
	if (by->feed(state, (const char *)data, MIN(length, 65536)) == 0) {
		by->end(state);
		name = charset_known(by->name(state));
	}
	by->delete (state);
	return name != NULL && strcmp(name, "US-ASCII") != 0 && strcmp(name, "UTF-8") != 0 ? name : "WINDOWS-1252";
}

static char *
convert(const guint8 *data, gsize length, const char *name, gsize *errors)
{
	*errors = 0;
	if (strcmp(name, "WINDOWS-1252") == 0)
		return from_windows_1252(data, length);
	return from_iconv(data, length, name, errors);
}

/* TRUE when the text switches to two-byte characters as ISO-2022-JP does. */
static gboolean
has_jis_escape(const guint8 *data, gsize length)
{
	const guint8 *end = data + length;

	for (const guint8 *at = data; (at = memchr(at, 0x1b, (gsize)(end - at))) != NULL; at++)
		if (end - at > 1 && at[1] == '$')
			return TRUE;
	return FALSE;
}

static char *
convert_guess(const guint8 *data, gsize length, const char **name)
{
	gsize errors;
	char *text;

	*name = has_jis_escape(data, length) && count_high(data, length) == 0 ? "ISO-2022-JP" : guess(data, length);
	text = convert(data, length, *name, &errors);
	if (text == NULL) {
		*name = "WINDOWS-1252";
		text = from_windows_1252(data, length);
	}
	return text;
}

/* TRUE when declared NAME is a charset of single bytes whose text would hardly ever look like UTF-8 by chance. */
static gboolean
is_single_byte(const char *name)
{
	return g_str_has_prefix(name, "ISO-8859") || g_str_has_prefix(name, "WINDOWS") || g_str_has_prefix(name, "KOI8") || g_str_has_prefix(name, "TIS") ||
	       g_str_has_prefix(name, "MAC") || g_str_has_prefix(name, "US-") || g_str_has_prefix(name, "CP8") || g_str_has_prefix(name, "CP4");
}

static gboolean
is_seven_bit(const char *name)
{
	return g_str_has_prefix(name, "ISO-2022") || g_str_has_prefix(name, "UTF-16");
}

/* What a text that is not plain ASCII becomes; *NAME holds the declared charset or NULL and gets the one used. */
static char *
convert_high(const guint8 *data, gsize length, const char **name, enum record_charset *state)
{
	const char *declared = *name;
	gsize characters, errors;
	g_autofree char *text = scrub_utf8(data, length, &characters, &errors);

	if (declared == NULL || strcmp(declared, "US-ASCII") == 0 || strcmp(declared, "UTF-8") == 0) {
		gboolean utf8 = errors == 0 || characters > errors;
		const char *other;

		if (!utf8 && characters > 0 && declared != NULL && *declared == 'U') { /* damaged UTF-8 unless it clearly is something else */
			other = guess(data, length);
			utf8 = strcmp(declared, "UTF-8") == 0 && strcmp(other, "WINDOWS-1252") == 0;
		}
		*state = declared == NULL ? CHARSET_GUESSED : errors == 0 && strcmp(declared, "UTF-8") == 0 ? CHARSET_DECLARED : CHARSET_REPAIRED;
		*name = "UTF-8";
		return utf8 ? g_steal_pointer(&text) : convert_guess(data, length, name);
	}
	if (errors == 0 && (is_single_byte(declared) || (characters >= 8 && !is_seven_bit(declared)))) {
		*state = CHARSET_REPAIRED;
		*name = "UTF-8";
		return g_steal_pointer(&text);
	}
	g_clear_pointer(&text, g_free);
	text = convert(data, length, declared, &errors);
	*state = text == NULL || errors > 0 ? CHARSET_REPAIRED : CHARSET_DECLARED;
	return text != NULL ? g_steal_pointer(&text) : convert_guess(data, length, name);
}

/* TRUE for plain ASCII without NUL, eight bytes at a time: most mail is that, and needs no conversion. */
static gboolean
is_plain(const guint8 *data, gsize length)
{
	gsize i = 0;

	for (; i + 8 <= length; i += 8) {
		guint64 eight;

		memcpy(&eight, data + i, 8);
		if (((eight | (eight - G_GUINT64_CONSTANT(0x0101010101010101))) & G_GUINT64_CONSTANT(0x8080808080808080)) != 0)
			return FALSE;
	}
	for (; i < length; i++)
		if (data[i] == 0 || data[i] > 0x7f)
			return FALSE;
	return TRUE;
}

char *
charset_to_utf8(const guint8 *data, gsize length, const char *label, enum record_charset *state, char **used)
{
	const char *name = charset_known(label);
	enum record_charset how = CHARSET_DECLARED;
	gboolean plain = is_plain(data, length);
	char *text;

	if (plain && (name == NULL || !is_seven_bit(name)) && !has_jis_escape(data, length)) {
		how = label != NULL && name == NULL ? CHARSET_GUESSED : CHARSET_DECLARED;
		name = name != NULL ? name : "US-ASCII";
		text = g_strndup((const char *)data, length);
	} else if (plain && (name == NULL || !is_seven_bit(name))) {
		how = name == NULL ? CHARSET_GUESSED : CHARSET_REPAIRED;
		text = convert_guess(data, length, &name);
	} else {
		text = convert_high(data, length, &name, &how);
	}
	if (state != NULL)
		*state = how;
	if (used != NULL)
		*used = g_ascii_strdown(name, -1);
	return text;
}

static void
hold_converter(const char *name)
{
	GIConv *held, cd;

	if (strcmp(name, "UTF-8") == 0 || strcmp(name, "US-ASCII") == 0 || strcmp(name, "WINDOWS-1252") == 0)
		return;
	held = held_converter(name);
	if (*held != NULL)
		return;
	cd = g_iconv_open("UTF-8", name);
	*held = cd != (GIConv)-1 ? cd : NULL;
}

void
charset_prepare(const char *label)
{
	const char *name = charset_known(label);

	if (label == NULL)
		detector();
	else if (name != NULL)
		hold_converter(name);
}

void
charset_prepare_all(void)
{
	detector();
	for (gsize i = 0; i < G_N_ELEMENTS(aliases); i++)
		hold_converter(aliases[i].name);
}
