#include "base/text.h"

#include <string.h>

/* The longest compatibility decomposition, U+FDFA, has 18 characters. */
#define DECOMPOSITION_MAX 18

/* Text and map grow together; a GString and a GArray filled byte by byte took three times as long. */
struct folding {
	char *text;
	guint32 *map; /* one entry for each byte of text, and room for one more */
	gsize length, room;
	gsize last;     /* where the last character of text begins, G_MAXSIZE if there is none */
	guint32 origin; /* byte offset in the original of the character at work */
};

static const struct range {
	gunichar first, last;
} dropped_marks[] = {
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x0591, 0x05bd},
    {0x05bf, 0x05bf},
    {0x05c1, 0x05c2},
    {0x05c4, 0x05c5},
    {0x0610, 0x061a},
    {0x0640, 0x0640},
    {0x064b, 0x065f},
    {0x0670, 0x0670},
    {0x06d6, 0x06dc},
    {0x06df, 0x06e4},
    {0x06e7, 0x06e8},
    {0x06ea, 0x06ed},
    {0x08d3, 0x08ff},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f},
};

gboolean
text_is_cjk(gunichar c)
{
	if (c < 0x1100)
		return FALSE;
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3) || (c >= 0x3041 && c <= 0x3096) || (c >= 0x30a1 && c <= 0x30fe) ||
	       (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x1100 && c <= 0x11ff) || (c >= 0x3005 && c <= 0x3007) || (c >= 0x309d && c <= 0x309f) ||
	       (c >= 0x3130 && c <= 0x318f) || (c >= 0x31f0 && c <= 0x31ff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

gunichar
text_caseless(gunichar c)
{
	if (c < 0x80)
		return g_ascii_tolower(c);
	if (c == 0x0345) /* an iota, says PCRE2; no folded text has it, but an expression may */
		return 0x03b9;
	return g_unichar_tolower(g_unichar_toupper(c));
}

static gboolean
is_dropped(gunichar c)
{
	if (c < 0x0300)
		return c == 0x00ad;
	for (gsize i = 0; i < G_N_ELEMENTS(dropped_marks) && c >= dropped_marks[i].first; i++)
		if (c <= dropped_marks[i].last)
			return TRUE;
	return g_unichar_type(c) == G_UNICODE_FORMAT || c == 0x034f;
}

/* Letters that no folding step touches, nor decomposes: the bulk of non-ASCII mail, copied without a table look-up. */
static gboolean
is_plain_letter(gunichar c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3) || (c >= 0x0410 && c <= 0x044f && c != 0x0419 && c != 0x0439) ||
	       (c >= 0x0627 && c <= 0x063a) || (c >= 0x0641 && c <= 0x0648) || c == 0x064a || (c >= 0x03b1 && c <= 0x03c9) || (c >= 0x05d0 && c <= 0x05ea) ||
	       (c >= 0x3041 && c <= 0x3096) || (c >= 0x30a1 && c <= 0x30fa);
}

/* What a decomposed character becomes; 0: nothing. */
static gunichar
fold_single(gunichar c)
{
	if (c < 0x80)
		return c == '\r' || c == '\v' || c == '\f' ? ' ' : c;
	if (c >= 0x2018 && c <= 0x201b)
		return '\'';
	if (c >= 0x201c && c <= 0x201f)
		return '"';
	switch (c) {
	case 0x0085:
	case 0x2028:
	case 0x2029:
		return ' ';
	case 0x02bc:
		return '\'';
	case 0x2044:
		return '/';
	case 0x2212:
		return '-';
	case 0x0649:
		return 0x064a;
	case 0x0671:
		return 0x0627;
	}
	if (is_dropped(c))
		return 0;
	switch (g_unichar_type(c)) {
	case G_UNICODE_DASH_PUNCTUATION:
		return '-';
	case G_UNICODE_SPACE_SEPARATOR:
		return ' ';
	default:
		return c;
	}
}

static void
make_room(struct folding *folding, gsize more)
{
	if (folding->length + more < folding->room)
		return;
	folding->room = (folding->length + more + 16) * 3 / 2;
	folding->text = g_realloc(folding->text, folding->room);
	folding->map = g_renew(guint32, folding->map, folding->room);
}

static void
put_at(struct folding *folding, gunichar c, guint32 origin)
{
	gsize bytes;

	make_room(folding, 6);
	folding->last = folding->length;
	bytes = g_unichar_to_utf8(c, folding->text + folding->length);
	for (gsize i = 0; i < bytes; i++)
		folding->map[folding->length++] = origin;
}

/* Composition with the character before: voiced Kana, Hangul from jamo, marks of scripts whose marks are kept. */
static gboolean
compose(struct folding *folding, gunichar c)
{
	gunichar whole;

	if (folding->last == G_MAXSIZE || c < 0x0900 || !(g_unichar_ismark(c) || (c >= 0x1161 && c <= 0x11c2)))
		return FALSE;
	if (!g_unichar_compose(g_utf8_get_char(folding->text + folding->last), c, &whole))
		return FALSE;
	folding->length = folding->last;
	put_at(folding, whole, folding->map[folding->last]);
	return TRUE;
}

static void
put(struct folding *folding, gunichar c)
{
	if (!compose(folding, c))
		put_at(folding, c, folding->origin);
}

/* LENGTH bytes that folding leaves as they are. */
static void
put_plain(struct folding *folding, const char *text, gsize length)
{
	make_room(folding, length);
	memcpy(folding->text + folding->length, text, length);
	for (gsize i = 0; i < length; i++)
		folding->map[folding->length + i] = folding->origin + i;
	folding->length += length;
	if (length > 0)
		folding->last = folding->length - 1;
}

static void
fold_character(struct folding *folding, gunichar c)
{
	gunichar parts[DECOMPOSITION_MAX];
	gsize n;

	if (c < 0x80 || is_plain_letter(c)) {
		put(folding, fold_single(c));
		return;
	}
	if (c == 0x00df || c == 0x1e9e) { /* no compatibility form, but people write either */
		put(folding, 's');
		put(folding, 's');
		return;
	}
	n = g_unichar_fully_decompose(c, TRUE, parts, G_N_ELEMENTS(parts));
	for (gsize i = 0; i < n; i++) {
		gunichar single = fold_single(parts[i]);

		if (single != 0)
			put(folding, single);
	}
}

/* Length of the start of TEXT that folding leaves as it is: plain ASCII. */
static gsize
plain_length(const char *text, gsize length)
{
	gsize i = 0;

	while (i < length) {
		guchar c = text[i];

		if (c >= 0x80 || (c >= '\v' && c <= '\r'))
			break;
		i++;
	}
	return i;
}

void
text_fold(const char *text, gssize given, struct folded *out)
{
	gsize length = given < 0 ? strlen(text) : (gsize)given, plain = plain_length(text, length);
	struct folding folding = {.last = G_MAXSIZE};

	if (plain == length) {
		*out = (struct folded){memcpy(g_malloc(length + 1), text, length), length, NULL};
		out->text[length] = '\0';
		return;
	}
	make_room(&folding, length + 1);
	put_plain(&folding, text, plain);
	for (const char *p = text + plain, *end = text + length; p < end;) {
		folding.origin = p - text;
		plain = plain_length(p, end - p);
		put_plain(&folding, p, plain);
		p += plain;
		if (p < end) {
			folding.origin = p - text;
			fold_character(&folding, g_utf8_get_char(p));
			p = g_utf8_next_char(p);
		}
	}
	make_room(&folding, 1);
	folding.text[folding.length] = '\0';
	folding.map[folding.length] = length;
	*out = (struct folded){folding.text, folding.length, folding.map};
	if (out->length == length && memcmp(out->text, text, length) == 0)
		g_clear_pointer(&out->map, g_free);
}

void
folded_clear(struct folded *folded)
{
	g_clear_pointer(&folded->text, g_free);
	g_clear_pointer(&folded->map, g_free);
	folded->length = 0;
}

gsize
folded_origin(const struct folded *folded, gsize offset)
{
	return folded->map != NULL ? folded->map[offset] : offset;
}

gsize
text_ascii_length(const char *text, gsize length)
{
	gsize i = 0;
	guint64 eight;

	for (; i + sizeof eight <= length; i += sizeof eight) {
		memcpy(&eight, text + i, sizeof eight);
		if ((eight & G_GUINT64_CONSTANT(0x8080808080808080)) != 0)
			break;
	}
	while (i < length && (guchar)text[i] < 0x80)
		i++;
	return i;
}

struct key {
	GString *text;
	gboolean space; /* one goes before whatever comes next */
};

/* LENGTH bytes of ASCII. */
static void
add_ascii(struct key *key, const char *text, gsize length)
{
	gsize before = key->text->len, any = before > 0, space = key->space != 0;
	char *to;

	g_string_set_size(key->text, before + length + 1);
	to = key->text->str + before;
	for (gsize i = 0; i < length; i++) {
		guchar c = (guchar)text[i];
		gsize seen = (c != ' ') & ((guchar)(c - '\t') > '\r' - '\t');

		*to = ' '; /* without branches: no processor guesses where words end */
		to += seen & space;
		*to = (char)(c | ((guchar)(c - 'A') < 26) << 5);
		to += seen;
		any |= seen;
		space = (seen ^ 1) & any;
	}
	key->space = space != 0;
	g_string_truncate(key->text, to - key->text->str);
}

static void
add_folded(struct key *key, const char *text, gsize length)
{
	g_auto(Folded) folded = {NULL, 0, NULL};

	text_fold(text, (gssize)length, &folded);
	for (gsize at = 0; at < folded.length;) {
		gsize ascii = text_ascii_length(folded.text + at, folded.length - at);

		add_ascii(key, folded.text + at, ascii);
		at += ascii;
		if (at == folded.length)
			break;
		if (key->space)
			g_string_append_c(key->text, ' ');
		key->space = FALSE;
		g_string_append_unichar(key->text, text_caseless(g_utf8_get_char(folded.text + at)));
		at = g_utf8_next_char(folded.text + at) - folded.text;
	}
}

/* Nothing is composed past the end of a line, and most lines are ASCII. */
char *
text_fold_key_of(const char *text, gsize length)
{
	struct key key = {g_string_sized_new(length + 1), FALSE};

	for (gsize at = 0; at < length;) {
		gsize stop = at + text_ascii_length(text + at, length - at);
		const char *feed;

		if (stop < length)
			while (stop > at && text[stop - 1] != '\n')
				stop--;
		add_ascii(&key, text + at, stop - at);
		at = stop;
		if (at == length)
			break;
		feed = memchr(text + at, '\n', length - at);
		stop = feed != NULL ? (gsize)(feed - text) + 1 : length;
		add_folded(&key, text + at, stop - at);
		at = stop;
	}
	return g_string_free(key.text, FALSE);
}

char *
text_fold_key(const char *text)
{
	return text_fold_key_of(text, strlen(text));
}
