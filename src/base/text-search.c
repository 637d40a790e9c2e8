#include "base/text-search.h"

#include <string.h>

#define SHORT_I_CAPITAL 0x048a /* letters that nobody's mail has (Kildin Sami), as long in UTF-8 as those they stand for, and left alone by text_fold */
#define SHORT_I 0x048b

#define VIRAMA 0x094d
#define ANUSVARA 0x0902

/* TEXT with the Cyrillic short i, whole or as i and breve, put out of text_fold's way; NULL when it has none. Bytes keep their places. */
static char *
guard_short_i(const char *text, gsize length)
{
	char *copy = NULL;

	for (const char *at = text, *end = text + length; (at = memchr(at, 0xd0, end - at)) != NULL; at += 2) {
		gboolean capital = (guchar)at[1] == 0x99 || (guchar)at[1] == 0x98;
		gboolean whole = (guchar)at[1] == 0x99 || (guchar)at[1] == 0xb9;
		gboolean apart = ((guchar)at[1] == 0x98 || (guchar)at[1] == 0xb8) && end - at >= 4 && (guchar)at[2] == 0xcc && (guchar)at[3] == 0x86;

		if (!whole && !apart)
			continue;
		if (copy == NULL)
			copy = g_strndup(text, length);
		g_unichar_to_utf8(capital ? SHORT_I_CAPITAL : SHORT_I, copy + (at - text));
	}
	return copy;
}

/* Letters without decomposition that people type as others. */
static const struct {
	gunichar from;
	gunichar to[2];
} letters[] = {
    {0x00e6, {'a', 'e'}},
    {0x00f0, {'d'}},
    {0x00f8, {'o'}},
    {0x00fe, {'t', 'h'}},
    {0x0111, {'d'}},
    {0x0127, {'h'}},
    {0x0142, {'l'}},
    {0x0153, {'o', 'e'}},
    {0x0167, {'t'}},
    {0x0629, {0x0647}}, /* ta marbuta */
    {0x06a9, {0x0643}}, /* Persian kaf */
    {0x06be, {0x0647}}, /* Urdu, Kurdish and Uyghur ha */
    {0x06c1, {0x0647}},
    {0x06c3, {0x0647}},
    {0x06cc, {0x064a}}, /* Persian ya */
    {0x06d5, {0x0647}},
    {0x0901, {ANUSVARA}},
    {0x0d7a, {0x0d23, 0x0d4d}}, /* chillus */
    {0x0d7b, {0x0d28, 0x0d4d}},
    {0x0d7c, {0x0d30, 0x0d4d}},
    {0x0d7d, {0x0d32, 0x0d4d}},
    {0x0d7e, {0x0d33, 0x0d4d}},
    {0x0d7f, {0x0d15, 0x0d4d}},
};

/* What C becomes: none, one or two characters in TO; returns how many. */
static guint
fold_letter(gunichar c, gunichar to[2])
{
	int digit;

	if (c >= 0x4e00 && c <= 0xd7a3) { /* Han and Hangul, most of what comes here */
		to[0] = c;
		return 1;
	}
	if (c == 0x093c || (c >= 0x1f3fb && c <= 0x1f3ff))
		return 0;
	c = text_caseless(c);
	for (gsize i = 0; i < G_N_ELEMENTS(letters) && letters[i].from <= c; i++) {
		if (letters[i].from != c)
			continue;
		memcpy(to, letters[i].to, sizeof letters[i].to);
		return to[1] != 0 ? 2 : 1;
	}
	digit = c >= 0x0660 && g_unichar_type(c) == G_UNICODE_DECIMAL_NUMBER ? g_unichar_digit_value(c) : -1;
	to[0] = digit >= 0 ? (gunichar)('0' + digit) : c;
	return 1;
}

struct writer {
	char *text;
	guint32 *map; /* room for all: no character grows by more than half */
	gsize length;
	gunichar last;
	gsize last_at;
};

static void
write_character(struct writer *writer, gunichar c, guint32 origin)
{
	gsize bytes = g_unichar_to_utf8(c, writer->text + writer->length);

	writer->last = c;
	writer->last_at = writer->length;
	for (gsize i = 0; i < bytes; i++)
		writer->map[writer->length + i] = origin;
	writer->length += bytes;
}

static gboolean
is_tone(gunichar c)
{
	return (c >= 0x0e48 && c <= 0x0e4b) || (c >= 0x0ec8 && c <= 0x0ecb);
}

/* One folded character, seen together with the one before it. */
static void
write_folded(struct writer *writer, gunichar c, guint32 origin)
{
	if (c == VIRAMA && writer->last == 0x0928) {
		origin = writer->map[writer->last_at];
		writer->length = writer->last_at;
		write_character(writer, ANUSVARA, origin);
	} else if ((c == 0x0e4d || c == 0x0ecd) && is_tone(writer->last)) {
		gunichar tone = writer->last;
		guint32 before = writer->map[writer->last_at];

		writer->length = writer->last_at;
		write_character(writer, c, before);
		write_character(writer, tone, before);
	} else {
		write_character(writer, c, origin);
	}
}

static void
lower_ascii(char *text, gsize length)
{
	for (gsize i = 0; i < length; i++)
		text[i] += text[i] >= 'A' && text[i] <= 'Z' ? 'a' - 'A' : 0;
}

static gsize
ascii_length(const char *text, gsize length)
{
	gsize i = 0;

	while (i < length && (guchar)text[i] < 0x80)
		i++;
	return i;
}

void
text_search_fold(const char *text, gssize given, struct folded *out)
{
	gsize length = given < 0 ? strlen(text) : (gsize)given, ascii;
	g_autofree char *guarded = guard_short_i(text, length);
	g_auto(Folded) folded = {NULL, 0, NULL};
	struct writer writer = {NULL, NULL, 0, 0, 0};

	text_fold(guarded != NULL ? guarded : text, (gssize)length, &folded);
	ascii = ascii_length(folded.text, folded.length);
	lower_ascii(folded.text, ascii);
	if (ascii == folded.length) {
		*out = folded;
		folded = (struct folded){NULL, 0, NULL};
		return;
	}
	writer.text = g_malloc(folded.length * 2 + 8);
	writer.map = g_new(guint32, folded.length * 2 + 8);
	for (gsize at = 0; at < folded.length;) {
		gunichar to[2] = {0, 0};
		guint count;

		if ((guchar)folded.text[at] < 0x80) {
			gsize run = ascii_length(folded.text + at, folded.length - at);

			lower_ascii(folded.text + at, run);
			memcpy(writer.text + writer.length, folded.text + at, run);
			for (gsize i = 0; i < run; i++)
				writer.map[writer.length + i] = folded_origin(&folded, at + i);
			writer.length += run;
			writer.last = 0;
			at += run;
			continue;
		}
		count = fold_letter(g_utf8_get_char(folded.text + at), to);
		for (guint i = 0; i < count; i++)
			write_folded(&writer, to[i], folded_origin(&folded, at));
		at = g_utf8_next_char(folded.text + at) - folded.text;
	}
	writer.text[writer.length] = '\0';
	writer.map[writer.length] = length;
	*out = (struct folded){writer.text, writer.length, writer.map};
}

static const struct {
	gunichar first, last;
} runs[] = {
    {0x0e01, 0x0e33},                                     /* Thai */
    {0x0e40, 0x0e46}, {0x0e81, 0x0eb3},                   /* Lao */
    {0x0ec0, 0x0ec6}, {0x0edc, 0x0edf}, {0x1000, 0x102a}, /* Burmese, Mon, Shan, Karen */
    {0x103f, 0x103f}, {0x1050, 0x1055}, {0x105a, 0x105d}, {0x1061, 0x1061}, {0x1065, 0x1066}, {0x106e, 0x1070}, {0x1075, 0x1081}, {0x1780, 0x17b3}, /* Khmer */
    {0x17d7, 0x17d7}, {0x1950, 0x19c9}, /* Tai Le, New Tai Lue */
    {0x1a20, 0x1a54},                   /* Tai Tham */
    {0xa9e0, 0xa9ff},                   /* more Burmese */
    {0xaa60, 0xaadf},                   /* more Burmese, Tai Viet */
};

static gboolean
is_run(gunichar c)
{
	if (c < 0x0e01)
		return FALSE;
	if (text_is_cjk(c))
		return c != 0x30fb;
	for (gsize i = 0; i < G_N_ELEMENTS(runs) && runs[i].first <= c; i++)
		if (c <= runs[i].last)
			return g_unichar_isalpha(c) || c == 0x0e46 || c == 0x0ec6 || c == 0x17d7;
	return FALSE;
}

/* Pictures and signs that people write instead of words. */
static gboolean
is_sign(gunichar c)
{
	return c >= 0x2190 && g_unichar_type(c) == G_UNICODE_OTHER_SYMBOL && (c >= 0x1f000 || (c >= 0x2300 && c <= 0x27bf) || (c >= 0x2b00 && c <= 0x2bff));
}

enum search_class
text_search_class(gunichar c)
{
	if (c < 0x80)
		return g_ascii_isalnum(c) ? SEARCH_WORD : SEARCH_NONE;
	if (is_run(c))
		return SEARCH_RUN;
	if (g_unichar_isalnum(c))
		return SEARCH_WORD;
	if (g_unichar_ismark(c))
		return SEARCH_MARK;
	return is_sign(c) ? SEARCH_SIGN : SEARCH_NONE;
}

static gboolean
is_hangul(gunichar c)
{
	return (c >= 0xac00 && c <= 0xd7a3) || (c >= 0x1100 && c <= 0x11ff) || (c >= 0x3130 && c <= 0x318f);
}

gboolean
text_search_joins(gunichar before, gunichar after)
{
	return is_run(after) && !is_hangul(after) && (is_run(before) || g_unichar_ismark(before)) && !is_hangul(before);
}

static void
separate(GString *out)
{
	if (out->len > 0)
		g_string_append_c(out, ' ');
}

/* The character at P with its marks; returns its end. */
static const char *
unit_end(const char *p, const char *end)
{
	p = g_utf8_next_char(p);
	while (p < end && (guchar)*p >= 0x80 && text_search_class(g_utf8_get_char(p)) == SEARCH_MARK)
		p = g_utf8_next_char(p);
	return p;
}

/* Where the run goes on behind a unit that ends at P, past a line's end within it; NULL: it does not. */
static const char *
run_next(const char *p, const char *end)
{
	if (p < end && *p == '\n') {
		if (p + 1 >= end || !text_search_joins(g_utf8_get_char(g_utf8_prev_char(p)), g_utf8_get_char(p + 1)))
			return NULL;
		p++;
	}
	return p < end && is_run(g_utf8_get_char(p)) ? p : NULL;
}

static gboolean
has_more(const char *p, const char *end)
{
	for (; p < end; p = g_utf8_next_char(p))
		if (text_search_class(g_utf8_get_char(p)) != SEARCH_NONE)
			return TRUE;
	return FALSE;
}

/* A run from P on, as overlapping pairs and its last unit; returns its end. */
static const char *
index_run(GString *out, const char *p, const char *end, gboolean asked, gboolean *open)
{
	const char *first = p, *last = unit_end(p, end), *next;

	while ((next = run_next(last, end)) != NULL) {
		const char *after = unit_end(next, end);

		separate(out);
		g_string_append_len(out, p, last - p);
		g_string_append_len(out, next, after - next);
		p = next;
		last = after;
	}
	if (asked && !has_more(last, end)) {
		*open = p == first;
		if (p != first)
			return last;
	}
	separate(out);
	g_string_append_len(out, p, last - p);
	return last;
}

static const char *
index_sign(GString *out, const char *p, const char *end)
{
	const char *next = g_utf8_next_char(p);
	gunichar c = g_utf8_get_char(p), other = next < end ? g_utf8_get_char(next) : 0;

	if (c >= 0x1f1e6 && c <= 0x1f1ff && other >= 0x1f1e6 && other <= 0x1f1ff)
		next = g_utf8_next_char(next);
	separate(out);
	g_string_append_len(out, p, next - p);
	return next;
}

static const char *
index_word(GString *out, const char *p, const char *end)
{
	const char *start = p;

	for (;;) {
		enum search_class class;

		while (p < end && g_ascii_isalnum(*p))
			p++;
		if (p >= end || (guchar)*p < 0x80)
			break;
		class = text_search_class(g_utf8_get_char(p));
		if (class != SEARCH_WORD && class != SEARCH_MARK)
			break;
		p = g_utf8_next_char(p);
	}
	separate(out);
	g_string_append_len(out, start, p - start);
	return p;
}

static void
index_folded(GString *out, const char *text, gsize length, gboolean asked, gboolean *beginning)
{
	g_auto(Folded) folded = {NULL, 0, NULL};

	text_search_fold(text, (gssize)length, &folded);
	for (const char *p = folded.text, *end = p + folded.length; p < end;) {
		switch ((guchar)*p < 0x80 ? (g_ascii_isalnum(*p) ? SEARCH_WORD : SEARCH_NONE) : text_search_class(g_utf8_get_char(p))) {
		case SEARCH_RUN:
			p = index_run(out, p, end, asked, beginning);
			break;
		case SEARCH_WORD:
		case SEARCH_MARK:
			p = index_word(out, p, end);
			break;
		case SEARCH_SIGN:
			p = index_sign(out, p, end);
			break;
		case SEARCH_NONE:
			p = g_utf8_next_char(p);
			break;
		}
	}
}

/* Bytes of TEXT up to its first line that is nothing but ASCII: over a line's end a run goes on into a line that is not. */
static gsize
other_length(const char *text, gsize length)
{
	gsize at = 0;

	while (at < length) {
		const char *feed = memchr(text + at, '\n', length - at);
		gsize stop = feed != NULL ? (gsize)(feed - text) + 1 : length;

		if (text_ascii_length(text + at, stop - at) == stop - at)
			break;
		at = stop;
	}
	return at;
}

char *
text_search_words(const char *text, gssize given, gboolean asked, gboolean *open)
{
	gsize length = given < 0 ? strlen(text) : (gsize)given, at = 0;
	GString *out = g_string_sized_new(length + 1);
	gboolean beginning = FALSE;

	/* Most lines are ASCII, and folding makes nothing else of them; whether a question's last word is open depends on all behind it. */
	while (!asked && at < length) {
		gsize stop = at + text_ascii_length(text + at, length - at);

		while (stop < length && stop > at && text[stop - 1] != '\n')
			stop--;
		text_index_ascii(out, text + at, stop - at);
		at = stop + other_length(text + stop, length - stop);
		index_folded(out, text + stop, at - stop, FALSE, &beginning);
	}
	if (asked)
		index_folded(out, text, length, TRUE, &beginning);
	if (open != NULL)
		*open = beginning;
	return g_string_free(out, FALSE);
}
