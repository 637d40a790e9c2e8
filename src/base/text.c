#include "base/text.h"

#include "base/sixteen.h"

#include <string.h>

/* A suggestion is near when at most a third of its letters differ, and never more than three. */
#define NEAREST_MAX 3
#define NEAREST_LENGTH 64

/* Of ASCII what words consist of, in lower case; 0: nothing of theirs. */
static const char ascii_word[256] = {
    ['0'] = '0',
    ['1'] = '1',
    ['2'] = '2',
    ['3'] = '3',
    ['4'] = '4',
    ['5'] = '5',
    ['6'] = '6',
    ['7'] = '7',
    ['8'] = '8',
    ['9'] = '9',
    ['A'] = 'a',
    ['B'] = 'b',
    ['C'] = 'c',
    ['D'] = 'd',
    ['E'] = 'e',
    ['F'] = 'f',
    ['G'] = 'g',
    ['H'] = 'h',
    ['I'] = 'i',
    ['J'] = 'j',
    ['K'] = 'k',
    ['L'] = 'l',
    ['M'] = 'm',
    ['N'] = 'n',
    ['O'] = 'o',
    ['P'] = 'p',
    ['Q'] = 'q',
    ['R'] = 'r',
    ['S'] = 's',
    ['T'] = 't',
    ['U'] = 'u',
    ['V'] = 'v',
    ['W'] = 'w',
    ['X'] = 'x',
    ['Y'] = 'y',
    ['Z'] = 'z',
    ['a'] = 'a',
    ['b'] = 'b',
    ['c'] = 'c',
    ['d'] = 'd',
    ['e'] = 'e',
    ['f'] = 'f',
    ['g'] = 'g',
    ['h'] = 'h',
    ['i'] = 'i',
    ['j'] = 'j',
    ['k'] = 'k',
    ['l'] = 'l',
    ['m'] = 'm',
    ['n'] = 'n',
    ['o'] = 'o',
    ['p'] = 'p',
    ['q'] = 'q',
    ['r'] = 'r',
    ['s'] = 's',
    ['t'] = 't',
    ['u'] = 'u',
    ['v'] = 'v',
    ['w'] = 'w',
    ['x'] = 'x',
    ['y'] = 'y',
    ['z'] = 'z',
};

static gboolean
is_word(gunichar c)
{
	return c < 0x80 ? g_ascii_isalnum(c) : g_unichar_isalnum(c) || g_unichar_ismark(c);
}

static void
index_separate(GString *out)
{
	if (out->len > 0)
		g_string_append_c(out, ' ');
}

/* A run of Han, Kana or Hangul from P on, as overlapping pairs; returns its end. */
static const char *
index_run(GString *out, const char *p, const char *end)
{
	const char *next = g_utf8_next_char(p);

	if (next >= end || !text_is_cjk(g_utf8_get_char(next))) {
		index_separate(out);
		g_string_append_len(out, p, next - p);
		return next;
	}
	while (next < end && text_is_cjk(g_utf8_get_char(next))) {
		const char *after = g_utf8_next_char(next);

		index_separate(out);
		g_string_append_len(out, p, after - p);
		p = next;
		next = after;
	}
	return next;
}

static const char *
index_word(GString *out, const char *p, const char *end)
{
	index_separate(out);
	while (p < end) {
		const char *run = p;
		gunichar c;

		/* Most text is ASCII, and is copied a word at a time. */
		while (p < end && g_ascii_isalnum(*p))
			p++;
		g_string_append_len(out, run, p - run);
		for (gsize i = out->len - (p - run); i < out->len; i++)
			if (out->str[i] >= 'A' && out->str[i] <= 'Z')
				out->str[i] += 'a' - 'A';
		if (p >= end)
			break;
		c = g_utf8_get_char(p);
		if (c < 0x80 || !is_word(c) || text_is_cjk(c))
			break;
		g_string_append_unichar(out, text_caseless(c));
		p = g_utf8_next_char(p);
	}
	return p;
}

void
text_index_ascii(GString *out, const char *text, gsize length)
{
	gsize before = out->len, any = before > 0, inside = 0;
	char *to;

	g_string_set_size(out, before + length + 1); /* a space before each word, and where two meet one between them in TEXT too */
	to = out->str + before;
	/* Without branches: where a word ends no processor guesses, and it took three times as long. */
	for (gsize i = 0; i < length; i++) {
		char c = ascii_word[(guchar)text[i]];
		gsize word = c != 0;

		*to = ' ';
		to += word & ~inside & any;
		*to = c;
		to += word;
		any |= word;
		inside = word;
	}
	g_string_truncate(out, to - out->str);
}

static void
index_folded(GString *out, const char *text, gsize length)
{
	g_auto(Folded) folded = {NULL, 0, NULL};

	text_fold(text, (gssize)length, &folded);
	for (const char *p = folded.text, *end = p + folded.length; p < end;) {
		gunichar c = (guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p);

		if (text_is_cjk(c))
			p = index_run(out, p, end);
		else if (is_word(c))
			p = index_word(out, p, end);
		else
			p = g_utf8_next_char(p);
	}
}

/* Nothing goes on past the end of a line, and most lines are ASCII. */
char *
text_index_words(const char *text, gssize given)
{
	gsize length = given < 0 ? strlen(text) : (gsize)given, at = 0;
	GString *out = g_string_sized_new(length + 1);

	while (at < length) {
		gsize plain = text_ascii_length(text + at, length - at), stop = at + plain;
		const char *feed;

		if (stop < length)
			while (stop > at && text[stop - 1] != '\n')
				stop--;
		text_index_ascii(out, text + at, stop - at);
		at = stop;
		if (at == length)
			break;
		feed = memchr(text + at, '\n', length - at);
		stop = feed != NULL ? (gsize)(feed - text) + 1 : length;
		index_folded(out, text + at, stop - at);
		at = stop;
	}
	return g_string_free(out, FALSE);
}

/* Bytes of BITS, each 0xff or 0, that are set. */
static inline guint
count_set(guint64 bits)
{
	return (guint)((bits & G_GUINT64_CONSTANT(0x0101010101010101)) * G_GUINT64_CONSTANT(0x0101010101010101) >> 56);
}

/* Words that begin in sixteen bytes of ASCII at TEXT; *INSIDE: of a word, before them and then behind. G_MAXUINT: they are no ASCII, or hold an apostrophe. */
static inline guint
count_sixteen(const char *text, gboolean *inside)
{
	const sixteen bytes = sixteen_load(text);
	const sixteen word = sixteen_range(bytes | 32, 'a', 26) | sixteen_range(bytes, '0', 10);
	const guint64 low = sixteen_half(word, 0), high = sixteen_half(word, 8);

	if (sixteen_any((bytes & 0x80) | (sixteen)(bytes == '\'')))
		return G_MAXUINT;
	const guint words = count_set(low & ~(low << 8 | (*inside ? 0xff : 0))) + count_set(high & ~(high << 8 | low >> 56));
	*inside = high >> 63 != 0;
	return words;
}

guint
text_count_words_of(const char *text, gsize length)
{
	guint words = 0, run = 0;
	gboolean inside = FALSE;

	for (const char *p = text, *end = text + length, *slow = text; p < end;) {
		gunichar c;
		gboolean hangul;

		if (run == 0 && p >= slow && end - p >= SIXTEEN) {
			guint more = count_sixteen(p, &inside);

			slow = p + SIXTEEN;
			if (more != G_MAXUINT) {
				words += more;
				p = slow;
				continue;
			}
		}
		if ((guchar)*p < 0x80 && run == 0) {
			gboolean word = ascii_word[(guchar)*p] != 0 || (inside && *p == '\'');

			words += word && !inside;
			inside = word;
			p++;
			continue;
		}
		c = g_utf8_get_char(p);
		p = g_utf8_next_char(p);
		hangul = c >= 0xac00 && c <= 0xd7a3;
		if (text_is_cjk(c) && !hangul) {
			run++;
			inside = FALSE;
			continue;
		}
		words += (run + 1) / 2;
		run = 0;
		if (is_word(c) || (inside && (c == '\'' || c == 0x2019))) {
			words += !inside;
			inside = TRUE;
		} else {
			inside = FALSE;
		}
	}
	return words + (run + 1) / 2;
}

guint
text_count_words(const char *text)
{
	return text_count_words_of(text, strlen(text));
}

/* Edits (insert, delete, replace, swap of neighbours) between A and B. */
static guint
edit_distance(const char *a, const char *b)
{
	guint rows[3][NEAREST_LENGTH + 1];
	guint *before = rows[0], *above = rows[1], *row = rows[2];
	gsize n = strlen(a), m = strlen(b);

	for (gsize j = 0; j <= m; j++)
		above[j] = j;
	for (gsize i = 1; i <= n; i++) {
		guint *spare = before;

		row[0] = i;
		for (gsize j = 1; j <= m; j++) {
			guint cost = g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]);

			row[j] = MIN(MIN(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = MIN(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[m];
}

const char *
text_nearest(const char *word, const char *const *words)
{
	const char *nearest = NULL;
	guint best = G_MAXUINT;
	gsize length = strlen(word);

	if (length > NEAREST_LENGTH)
		return NULL;
	for (; *words != NULL; words++) {
		gsize longer = MAX(length, strlen(*words));

		if (longer > NEAREST_LENGTH)
			continue;

		guint distance = edit_distance(word, *words);

		if (distance < best && distance <= NEAREST_MAX && distance * 3 <= longer) {
			best = distance;
			nearest = *words;
		}
	}
	return nearest;
}
