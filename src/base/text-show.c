#include "base/text.h"

#include <string.h>

#define ELLIPSIS "\u2026"
/* A first sentence shorter than this ("Hi.", "Dear all,") says too little: the gist goes on. */
#define GIST_LEAST 24

static gboolean
is_bidi(gunichar c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c;
}

static gboolean
is_control(gunichar c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

char *
text_escape(const char *text, gboolean keep_lines)
{
	GString *out = g_string_sized_new(strlen(text) + 1);

	while (*text != '\0') {
		gunichar c = g_utf8_get_char_validated(text, -1);

		if (c == (gunichar)-1 || c == (gunichar)-2) {
			g_string_append_printf(out, "\\x%02x", (guchar)*text++);
			continue;
		}
		if (c == '\t' || (c == '\n' && keep_lines))
			g_string_append_c(out, (char)c);
		else if (is_control(c))
			g_string_append_printf(out, "\\x%02x", c);
		else if (is_bidi(c) || c == 0x2028 || c == 0x2029)
			g_string_append_printf(out, "\\u%04x", c);
		else
			g_string_append_unichar(out, c);
		text = g_utf8_next_char(text);
	}
	return g_string_free(out, FALSE);
}

char *
text_clean(const char *text, gssize given)
{
	gsize length = given < 0 ? strlen(text) : (gsize)given;
	GString *out = g_string_sized_new(length + 1);

	for (const char *p = text, *end = text + length; p < end;) {
		gunichar c = *p == '\0' ? 0 : g_utf8_get_char_validated(p, end - p);

		if (c == (gunichar)-1 || c == (gunichar)-2) {
			g_string_append(out, "\uFFFD");
			p++;
			continue;
		}
		if (c == '\r')
			c = end - p > 1 && p[1] == '\n' ? 0 : '\n';
		if (c == '\t' || c == '\n' || !is_control(c))
			g_string_append_unichar(out, c);
		p = c == 0 ? p + 1 : g_utf8_next_char(p);
	}
	return g_string_free(out, FALSE);
}

static guint
character_columns(gunichar c)
{
	if (c < 0x300)
		return c >= 0x20 && c != 0x7f && c != 0xad;
	return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

guint
text_columns(const char *text)
{
	guint columns = 0;

	for (; *text != '\0'; text = g_utf8_next_char(text))
		columns += character_columns(g_utf8_get_char(text));
	return columns;
}

char *
text_cut(const char *text, guint columns)
{
	const char *p = text, *cut = text;
	guint used = 0;

	for (; *p != '\0'; p = g_utf8_next_char(p)) {
		guint width = character_columns((guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p));

		if (used + width > columns)
			break;
		used += width;
		if (used < columns) /* the ellipsis takes one column */
			cut = g_utf8_next_char(p);
	}
	if (*p == '\0')
		return g_strdup(text);
	while (cut > text && cut[-1] == ' ')
		cut--;
	return columns == 0 ? g_strdup("") : g_strdup_printf("%.*s" ELLIPSIS, (int)(cut - text), text);
}

struct wrapping {
	GString *out;
	const char *indent;
	guint columns, indent_columns, used; /* used: columns on the line so far, without the indent */
	gboolean begun;                      /* the line has something on it */
};

static void
wrap_piece(struct wrapping *wrapping, const char *piece, gsize length, gboolean space)
{
	g_autofree char *copy = g_strndup(piece, length);
	guint width = text_columns(copy);

	if (wrapping->begun && wrapping->indent_columns + wrapping->used + space + width > wrapping->columns) {
		g_string_append_c(wrapping->out, '\n');
		wrapping->begun = FALSE;
		wrapping->used = 0;
	}
	if (!wrapping->begun) {
		g_string_append(wrapping->out, wrapping->indent);
		space = FALSE;
	}
	if (space)
		g_string_append_c(wrapping->out, ' ');
	g_string_append_len(wrapping->out, piece, length);
	wrapping->used += width + space;
	wrapping->begun = TRUE;
}

/* The end of what must stay together from P on: a word, or one character of a script written without spaces. */
static const char *
piece_end(const char *p)
{
	const char *start = p;

	for (; *p != '\0' && *p != ' ' && *p != '\t' && *p != '\n'; p = g_utf8_next_char(p)) {
		if (p > start && text_is_cjk(g_utf8_get_char(p)))
			break;
		if (text_is_cjk(g_utf8_get_char(p))) {
			/* closing punctuation stays with the character before it */
			for (p = g_utf8_next_char(p); *p != '\0' && g_unichar_ispunct(g_utf8_get_char(p));)
				p = g_utf8_next_char(p);
			break;
		}
	}
	return p;
}

char *
text_wrap(const char *text, guint columns, const char *indent)
{
	struct wrapping wrapping = {g_string_new(NULL), indent, columns, text_columns(indent), 0, FALSE};
	gboolean space = FALSE;

	for (const char *p = text; *p != '\0';) {
		if (*p == '\n') {
			g_string_append_c(wrapping.out, '\n');
			wrapping.begun = space = FALSE;
			wrapping.used = 0;
			p++;
		} else if (*p == ' ' || *p == '\t') {
			space = TRUE;
			p++;
		} else {
			const char *end = piece_end(p);

			wrap_piece(&wrapping, p, end - p, space);
			space = FALSE;
			p = end;
		}
	}
	return g_string_free(wrapping.out, FALSE);
}

/* TEXT with each run of white space as one space, none at the ends. */
static char *
fold_spaces(const char *text, gsize most)
{
	GString *out = g_string_new(NULL);
	gboolean space = FALSE;

	for (; *text != '\0' && most > 0; text = g_utf8_next_char(text), most--) {
		gunichar c = (guchar)*text < 0x80 ? (guchar)*text : g_utf8_get_char(text);

		if (c < 0x80 ? g_ascii_isspace((char)c) : g_unichar_isspace(c)) {
			space = out->len > 0;
			continue;
		}
		if (space)
			g_string_append_c(out, ' ');
		space = FALSE;
		if (c < 0x80)
			g_string_append_c(out, (char)c);
		else
			g_string_append_unichar(out, c);
	}
	return g_string_free(out, FALSE);
}

/* Bytes of LINE up to the end of its first sentence. */
static gsize
sentence_length(const char *line)
{
	for (const char *p = line; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = (guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p);
		const char *next = g_utf8_next_char(p);

		if (c == 0x3002 || c == 0xff01 || c == 0xff1f || ((c == '.' || c == '?' || c == '!' || c == 0x061f || c == 0x06d4) && *next == ' '))
			if (next - line >= GIST_LEAST)
				return next - line;
	}
	return strlen(line);
}

#define GREETING_COLUMNS 60
#define GREETING_WORDS 10
#define GREETING_BYTES 1024 /* no greeting is longer: more need not be copied */

const char *
text_behind_greeting(const char *text)
{
	static const char *const ends[] = {",", "!", ":", ";", "\xef\xbc\x8c", "\xe3\x80\x81", "\xef\xbc\x9a", "\xef\xbc\x81", "\xd8\x8c"};
	const char *start = text + strspn(text, " \t\n"), *end = strchr(start, '\n');
	gsize length = end != NULL ? MIN(end - start, GREETING_BYTES) : 0;
	g_autofree char *line = NULL;

	while (length > 0 && (start[length] & 0xc0) == 0x80) /* not within a character */
		length--;
	line = end != NULL ? g_strndup(start, length) : NULL;
	if (line == NULL || end[strspn(end, " \t\n")] == '\0')
		return text;
	g_strchomp(line);
	if (text_columns(line) > GREETING_COLUMNS || text_count_words(line) > GREETING_WORDS)
		return text;
	for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
		if (g_str_has_suffix(line, ends[i]))
			return end;
	return text;
}

char *
text_gist(const char *text, guint columns)
{
	text = text_behind_greeting(text);
	/* no sentence worth a line begins after this many bytes, and a message may have megabytes */
	g_autofree char *line = fold_spaces(text, MIN((gsize)columns * 4 + 64, 4096));

	line[sentence_length(line)] = '\0';
	return text_cut(line, columns);
}

char *
text_count(gint64 number, const char *one, const char *many)
{
	return g_strdup_printf("%" G_GINT64_FORMAT " %s", number, number == 1 ? one : many);
}

char *
text_duration(gint64 seconds)
{
	gint64 minutes = MAX(0, seconds) / 60;

	if (minutes < 2 * 60)
		return text_count(minutes, "minute", "minutes");
	if (minutes < 2 * 24 * 60)
		return text_count(minutes / 60, "hour", "hours");
	return text_count(minutes / (24 * 60), "day", "days");
}
