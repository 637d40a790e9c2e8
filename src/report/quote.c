#include "report/quote.h"

#include "base/text.h"

#include <string.h>

#define LINE_COLUMNS 50  /* a shorter line was ended by its author: lists, headings */
#define SHORT_COLUMNS 80 /* a shorter sentence gets a neighbour */
#define ABBREVIATED 3    /* letters: "Dr.", "Sec.", "No." end no sentence */
#define ELLIPSIS "\u2026"
#define KEY_MODULUS ((G_GUINT64_CONSTANT(1) << 61) - 1)
#define KEY_BASE G_GUINT64_CONSTANT(1099511628211)

/* [start, end) of a paragraph, a sentence, a quote: bytes of the text. */
struct stretch {
	const char *start, *end;
};

static gboolean
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Is P, which stands at a line feed, where a blank line begins? */
static gboolean
is_blank_line(const char *p)
{
	p++;
	while (*p == ' ' || *p == '\t' || *p == '\r')
		p++;
	return *p == '\n' || *p == '\0';
}

static struct stretch
paragraph_at(const char *text, gsize offset)
{
	struct stretch paragraph = {text, text + strlen(text)};

	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++) {
		if (!is_blank_line(p))
			continue;
		if (p >= text + offset) {
			paragraph.end = p;
			break;
		}
		paragraph.start = p + 1;
	}
	while (paragraph.start < paragraph.end && is_space(*paragraph.start))
		paragraph.start++;
	return paragraph;
}

/* "Dr. Who", "J. Doe", "the U.S. Army", "e.g. this": DOT, at which a sentence may end, ends none. */
static gboolean
is_abbreviation(const char *start, const char *dot)
{
	const char *word = dot;
	guint letters = 0;
	gboolean capitals = TRUE, first = FALSE;

	while (word > start && !is_space(word[-1])) {
		const char *before = g_utf8_prev_char(word);

		if (!g_unichar_isalnum(g_utf8_get_char(before)))
			return *before == '.';
		word = before;
		letters++;
	}
	for (const char *p = word; p < dot; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (g_unichar_isdigit(c))
			return FALSE;
		capitals = capitals && g_unichar_isupper(c);
		first = first || (p == word && g_unichar_isupper(c));
	}
	return letters == 1 || (letters <= ABBREVIATED && first && !capitals);
}

/* Columns of the line that ends at END. */
static guint
line_columns(const char *start, const char *end)
{
	const char *line = end;

	while (line > start && line[-1] != '\n')
		line--;
	g_autofree char *text = g_strndup(line, end - line);
	return text_columns(text);
}

/* Does a sentence of PARAGRAPH end with the character at P? */
static gboolean
ends_at(const struct stretch *paragraph, const char *p)
{
	const char *next = g_utf8_next_char(p);
	gunichar c = g_utf8_get_char(p);

	if (c == 0x3002 || c == 0xff01 || c == 0xff1f) /* the full stops of Han and Kana need no space behind them */
		return TRUE;
	if (c == '\n')
		return line_columns(paragraph->start, p) < LINE_COLUMNS;
	if (c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x61f || c == 0x964) {
		while (next < paragraph->end && strchr("\"')]", *next) != NULL)
			next++;
		if (next < paragraph->end && !is_space(*next))
			return FALSE;
		while (next < paragraph->end && is_space(*next))
			next++;
		if (next < paragraph->end && g_unichar_islower(g_utf8_get_char(next)))
			return FALSE;
		return c != '.' || !is_abbreviation(paragraph->start, p);
	}
	return FALSE;
}

/* Behind the sentence's end at P: quotation marks and brackets that close belong to it. */
static const char *
behind_end(const struct stretch *paragraph, const char *p)
{
	p = g_utf8_next_char(p);
	while (p < paragraph->end && strchr("\"')]", *p) != NULL)
		p++;
	return p;
}

static struct stretch
sentence_at(const struct stretch *paragraph, const char *from, const char *to)
{
	struct stretch sentence = {paragraph->start, paragraph->end};

	for (const char *p = paragraph->start; p < paragraph->end; p = g_utf8_next_char(p)) {
		if (!ends_at(paragraph, p))
			continue;
		if (p >= from && behind_end(paragraph, p) >= to) {
			sentence.end = behind_end(paragraph, p);
			break;
		}
		if (p < from)
			sentence.start = behind_end(paragraph, p);
	}
	while (sentence.start < sentence.end && is_space(*sentence.start))
		sentence.start++;
	return sentence;
}

/* Is the white space from P on in the midst of writing without spaces, where a line's end is none of the author's? */
static gboolean
is_within_cjk(const GString *out, const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return out->len > 0 && p < end && text_is_cjk(g_utf8_get_char(p)) && (guchar)out->str[out->len - 1] >= 0x80 &&
	       g_unichar_iswide(g_utf8_get_char(g_utf8_prev_char(out->str + out->len)));
}

/* White space as one space, what marks an entry of a list left out at the beginning. */
static char *
fold(struct stretch stretch)
{
	GString *out = g_string_new(NULL);

	for (const char *p = stretch.start; p < stretch.end; p++) {
		if (!is_space(*p))
			g_string_append_c(out, *p);
		else if (out->len > 0 && out->str[out->len - 1] != ' ' && !is_within_cjk(out, p, stretch.end))
			g_string_append_c(out, ' ');
	}
	while (out->len > 0 && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	if (out->len > 2 && strchr("-*", *out->str) != NULL && out->str[1] == ' ')
		g_string_erase(out, 0, 2);
	else if (g_str_has_prefix(out->str, "\u2022 "))
		g_string_erase(out, 0, strlen("\u2022 "));
	return g_string_free(out, FALSE);
}

static guint
columns_of(struct stretch stretch)
{
	g_autofree char *text = fold(stretch);

	return text_columns(text);
}

/* A short sentence with the one behind it, or else before it, of its paragraph. */
static struct stretch
lengthen(const struct stretch *paragraph, struct stretch sentence)
{
	struct stretch longer = sentence;

	if (columns_of(sentence) >= SHORT_COLUMNS)
		return sentence;
	if (sentence.end < paragraph->end) {
		const char *next = sentence.end;

		while (next < paragraph->end && is_space(*next))
			next++;
		longer.end = sentence_at(paragraph, next, next).end;
	} else if (sentence.start > paragraph->start) {
		const char *before = sentence.start;

		while (before > paragraph->start && is_space(before[-1]))
			before--;
		before = before > paragraph->start ? g_utf8_prev_char(before) : before;
		longer.start = sentence_at(paragraph, before, before).start;
	}
	return columns_of(longer) <= QUOTE_COLUMNS ? longer : sentence;
}

static const char *
next_space(const char *p)
{
	while (*p != '\0' && !is_space(*p))
		p++;
	return p;
}

/* QUOTE's words around AT, cut to QUOTE_COLUMNS, with an ellipsis where words are left out. A word that is too long by itself is cut in itself. */
static char *
cut_around(const char *quote, const char *at)
{
	const char *start = quote;

	if (text_columns(quote) <= QUOTE_COLUMNS)
		return g_strdup(quote);
	const char *before = at;

	for (guint n = 0; before > quote && n < QUOTE_COLUMNS / 3; n++)
		before = g_utf8_prev_char(before);
	if (before > quote)
		start = next_space(before) < at ? next_space(before) + 1 : before;
	g_autofree char *cut = text_cut(start, QUOTE_COLUMNS);
	char *space = strrchr(cut, ' ');

	if (g_str_has_suffix(cut, ELLIPSIS) && space != NULL && (gsize)(space - cut) > strlen(cut) / 2)
		strcpy(space, " " ELLIPSIS);
	return g_strdup_printf("%s%s", start > quote ? ELLIPSIS " " : "", cut);
}

char *
quote_around(const char *text, gsize offset, gsize length)
{
	gsize all = strlen(text);
	struct stretch paragraph = paragraph_at(text, MIN(offset, all));
	const char *from = text + MIN(offset, all), *to = text + MIN(offset + length, all);
	struct stretch sentence = lengthen(&paragraph, sentence_at(&paragraph, MAX(from, paragraph.start), MIN(to, paragraph.end)));
	g_autofree char *quote = fold(sentence);
	struct stretch before = {sentence.start, CLAMP(from, sentence.start, sentence.end)};
	g_autofree char *left = fold(before);

	if (*quote == '\0')
		return NULL;
	return cut_around(quote, quote + MIN(strlen(left), strlen(quote)));
}

void
quote_paragraph(const char *text, gsize offset, gsize *start, gsize *end)
{
	struct stretch paragraph = paragraph_at(text, MIN(offset, strlen(text)));

	*start = paragraph.start - text;
	*end = MAX(paragraph.end, paragraph.start) - text;
}

char *
quote_first(const char *text, gsize start)
{
	const char *from = text + MIN(start, strlen(text));
	const char *behind = text_behind_greeting(from);

	while (is_space(*behind))
		behind++;
	return quote_around(behind, 0, 0);
}

/* One more character C onto the sum of those before it. */
static guint64
mix(guint64 sum, guint64 c)
{
	return (guint64)(((unsigned __int128)sum * KEY_BASE + c + 1) % KEY_MODULUS);
}

static gboolean
is_counted(gunichar c)
{
	return !g_unichar_isspace(c) && !g_unichar_iscntrl(c);
}

char *
quote_key(const char *words)
{
	guint64 sum = 0;
	guint characters = 0;

	if (!g_utf8_validate(words, -1, NULL))
		return NULL;
	for (const char *p = words; *p != '\0'; p = g_utf8_next_char(p)) {
		if (!is_counted(g_utf8_get_char(p)))
			continue;
		sum = mix(sum, g_utf8_get_char(p));
		characters++;
	}
	if (characters == 0 || characters > QUOTE_KEY_MOST)
		return NULL;
	return g_strdup_printf("%u %016" G_GINT64_MODIFIER "x", characters, sum);
}

static gboolean
read_key(const char *key, guint *characters, guint64 *sum)
{
	g_auto(GStrv) words = g_strsplit(key, " ", 3);
	guint64 number;

	if (g_strv_length(words) != 2 || !g_ascii_string_to_unsigned(words[0], 10, 1, QUOTE_KEY_MOST, &number, NULL) ||
	    !g_ascii_string_to_unsigned(words[1], 16, 0, G_MAXUINT64, sum, NULL))
		return FALSE;
	*characters = number;
	return TRUE;
}

guint
quote_key_length(const char *key)
{
	guint characters;
	guint64 sum;

	return read_key(key, &characters, &sum) ? characters : 0;
}

char *
quote_find(const char *text, const char *key)
{
	guint wanted, characters = 0;
	guint64 sum, sought, highest = 1;
	const char *first = text;

	if (!read_key(key, &wanted, &sought) || !g_utf8_validate(text, -1, NULL))
		return NULL;
	for (guint i = 0; i < wanted; i++)
		highest = (guint64)((unsigned __int128)highest * KEY_BASE % KEY_MODULUS);
	sum = 0;
	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		if (!is_counted(g_utf8_get_char(p)))
			continue;
		sum = mix(sum, g_utf8_get_char(p));
		characters++;
		if (characters > wanted) { /* the first one goes out of the sum */
			while (!is_counted(g_utf8_get_char(first)))
				first = g_utf8_next_char(first);
			guint64 gone = (guint64)((unsigned __int128)(g_utf8_get_char(first) + 1) * highest % KEY_MODULUS);

			sum = (sum + KEY_MODULUS - gone) % KEY_MODULUS;
			first = g_utf8_next_char(first);
			characters--;
		}
		if (characters == wanted && sum == sought) {
			struct stretch found = {first, g_utf8_next_char(p)};

			while (found.start < found.end && !is_counted(g_utf8_get_char(found.start)))
				found.start = g_utf8_next_char(found.start);
			return fold(found);
		}
	}
	return NULL;
}
