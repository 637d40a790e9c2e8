#include "rules/series.h"

#include <string.h>

#include "base/text.h"
#include "rules/phrase.h"

#define SERIES_ITEM "postbag_item"

/* Between the numbers of a list, folded; English always, the others for series with number words of the language. */
static const struct connectors {
	const char *language, *joining, *range;
} connectors[] = {
    {"en", "and|or|plus", "to|through|thru"},
    {"fr", "et|ou", "a|au"},
    {"es", "y|e|o|u", "a|al|hasta"},
    {"pt", "e|ou", "a|ate"},
    {"it", "e|o", "a|al"},
    {"de", "und|oder|sowie", "bis"},
    {"ru", "и|или", "по|до"},
    {"ar", "و|او", "الي|حتي"},
    {"zh", "和|与|及|或|、", "至|到"},
    {"ja", "と|及び|、", "から"},
};

static gboolean
speaks(const struct rule_series *series, const char *language)
{
	if (strcmp(language, "en") == 0)
		return TRUE;
	for (guint i = 0; i < series->languages->len; i++)
		if (strcmp(g_ptr_array_index(series->languages, i), language) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
is_cjk_at(const char *p)
{
	gunichar c = g_utf8_get_char(p);

	return text_is_cjk(c) || c == 0x3001;
}

/* The joining and range words that are written without borders, or those with; *BAR goes before the first. */
static void
append_joining(GString *out, const struct rule_series *series, gboolean cjk, const char *bar)
{
	for (gsize i = 0; i < G_N_ELEMENTS(connectors); i++)
		if (speaks(series, connectors[i].language) && is_cjk_at(connectors[i].joining) == cjk) {
			g_string_append_printf(out, "%s%s|%s", bar, connectors[i].joining, connectors[i].range);
			bar = "|";
		}
}

/* The Arabic "and" is written onto the number. */
static void
append_connectors(GString *out, const struct rule_series *series)
{
	g_string_append(out, "(?:\\s*+(?:[,;\\x{60c}\\x{61b}&/+-]|(?<!" PHRASE_WORD ")(?:");
	append_joining(out, series, FALSE, "");
	g_string_append(out, ")(?!" PHRASE_WORD ")");
	if (speaks(series, "ar"))
		g_string_append(out, "|(?<!" PHRASE_WORD ")و(?=\\d)");
	append_joining(out, series, TRUE, "|");
	g_string_append(out, ")){1,3}\\s*+");
}

/* By the first character, then the longest first: "twenty-one" before "twenty". */
static int
compare_words(gconstpointer a, gconstpointer b)
{
	const char *one = *(const char *const *)a, *two = *(const char *const *)b;
	gunichar x = text_caseless(g_utf8_get_char(one)), y = text_caseless(g_utf8_get_char(two));
	gsize length = strlen(one), other = strlen(two);

	if (x != y)
		return x < y ? -1 : 1;
	return length > other ? -1 : length < other;
}

static void
append_sorted_words(GString *out, const GPtrArray *words)
{
	gunichar last = 0;

	for (guint i = 0; i < words->len; i++) {
		const char *word = g_ptr_array_index(words, i);
		gunichar first = text_caseless(g_utf8_get_char(word));

		if (first == last) {
			g_string_append_c(out, '|');
		} else {
			g_string_append(out, i > 0 ? ")|" : "");
			if (g_unichar_isalpha(first)) {
				g_string_append(out, "(?=");
				g_string_append_unichar(out, first);
				g_string_append_c(out, ')');
			}
			g_string_append(out, "(?:");
		}
		phrase_append_words(out, word);
		last = first;
	}
	g_string_append_c(out, ')');
}

/* There are hundreds of number words: those of other first characters are passed over together. */
static void
append_number_words(GString *out, const struct rule_series *series)
{
	g_autoptr(GPtrArray) words = g_ptr_array_sized_new(series->words->len + 1);

	for (guint i = 0; i < series->words->len; i++)
		g_ptr_array_add(words, g_ptr_array_index(series->words, i));
	g_ptr_array_sort(words, compare_words);
	g_string_append(out, "(?<!" PHRASE_WORD ")(?:");
	append_sorted_words(out, words);
	g_string_append(out, ")(?!" PHRASE_WORD ")");
}

/* No number of a section ("9.3"), of a thousand ("9,000"), nor the head of a longer word. */
static void
append_item(GString *out, const struct rule_series *series)
{
	g_string_append(
	    out, "(?:(?:#|(?<!" PHRASE_WORD ")(?:nos?|nr|numbers?)(?!" PHRASE_WORD ")\\.?)\\s*+)?(?:\\d{1,3}+(?!" PHRASE_WORD ")(?!\\.\\d|,\\d{3}(?!\\d))");
	if (series->words->len > 0) {
		g_string_append_c(out, '|');
		append_number_words(out, series);
	}
	g_string_append_c(out, ')');
}

char *
series_expression(const struct rule_series *series, const char *expression)
{
	const char *list = strstr(expression, SERIES_LIST);
	GString *out = g_string_new_len(expression, list - expression);

	/* the 9 of "27001-9" begins no list */
	g_string_append(out, list == expression ? "(?<!\\w)" : "(?<!\\d)");
	g_string_append(out, "(?<!\\d[-.,/:])(?<" SERIES_GROUP ">(?<" SERIES_ITEM ">");
	append_item(out, series);
	g_string_append(out, ")(?:");
	append_connectors(out, series);
	g_string_append(out, "(?&" SERIES_ITEM "))*)");
	g_string_append(out, list + strlen(SERIES_LIST));
	return g_string_free(out, FALSE);
}

struct list_reader {
	const struct rule_series *series;
	const char *p, *end;
	gboolean range; /* the next number ends a range */
	guint last;
	guint8 *found; /* by number */
};

/* Bytes of [P, END) that are WORD, a blank or hyphen in which stands for any; 0: they are not. */
static gsize
word_length(const char *p, const char *end, const char *word)
{
	const char *start = p;

	while (*word != '\0') {
		if (*word == ' ' || *word == '-') {
			gsize blanks = 0;

			while (p < end && strchr(" \t\n-", *p) != NULL) {
				p++;
				blanks++;
			}
			while (*word == ' ' || *word == '-')
				word++;
			if (blanks == 0)
				return 0;
			continue;
		}
		if (p >= end || text_caseless(g_utf8_get_char(p)) != text_caseless(g_utf8_get_char(word)))
			return 0;
		p = g_utf8_next_char(p);
		word = g_utf8_next_char(word);
	}
	return p - start;
}

static gboolean
is_word_start(const char *p, const char *end)
{
	return p < end && g_unichar_isalnum(g_utf8_get_char(p)) && !text_is_cjk(g_utf8_get_char(p));
}

/* The number word at P, the longest there is; 0: none. */
static guint
read_number_word(struct list_reader *reader)
{
	gsize longest = 0;
	guint number = 0;

	for (guint i = 0; i < reader->series->words->len; i++) {
		gsize length = word_length(reader->p, reader->end, g_ptr_array_index(reader->series->words, i));

		if (length > longest && !is_word_start(reader->p + length, reader->end)) {
			longest = length;
			number = g_array_index(reader->series->numbers, guint, i);
		}
	}
	reader->p += longest;
	return number;
}

static void
take_number(struct list_reader *reader, guint number)
{
	guint from = reader->range && reader->last > 0 && reader->last < number ? reader->last + 1 : number;

	for (guint i = MAX(from, reader->series->first); i <= MIN(number, reader->series->last); i++)
		reader->found[i] = TRUE;
	reader->last = number;
	reader->range = FALSE;
}

static gboolean
in_alternatives(const char *alternatives, const char *word, gsize length)
{
	for (const char *p = alternatives; *p != '\0'; p += *p == '|') {
		gsize n = strcspn(p, "|");

		if (n == length && memcmp(p, word, n) == 0)
			return TRUE;
		p += n;
	}
	return FALSE;
}

/* A range word in Han or Kana at the reader's place, which moves past it. */
static gboolean
read_cjk_range(struct list_reader *reader)
{
	for (gsize i = 0; i < G_N_ELEMENTS(connectors); i++)
		for (const char *p = connectors[i].range; speaks(reader->series, connectors[i].language) && *p != '\0'; p += *p == '|') {
			gsize n = strcspn(p, "|");

			if (is_cjk_at(p) && n <= (gsize)(reader->end - reader->p) && memcmp(p, reader->p, n) == 0) {
				reader->p += n;
				reader->range = TRUE;
				return TRUE;
			}
			p += n;
		}
	return FALSE;
}

static gboolean
is_digit(const char *p)
{
	return g_unichar_isdigit(g_utf8_get_char(p));
}

/* A word that is no number: "to" and its like make a range, all others only join. */
static void
read_connector(struct list_reader *reader)
{
	const char *start = reader->p;
	g_autofree char *word = NULL;

	if (read_cjk_range(reader))
		return;
	do
		reader->p = g_utf8_next_char(reader->p);
	while (is_word_start(start, reader->end) && is_word_start(reader->p, reader->end) && !is_digit(reader->p));
	word = g_strndup(start, reader->p - start);
	for (char *p = word; *p != '\0'; p++)
		*p = g_ascii_tolower(*p);
	for (gsize i = 0; i < G_N_ELEMENTS(connectors); i++)
		if (speaks(reader->series, connectors[i].language) && in_alternatives(connectors[i].range, word, strlen(word)))
			reader->range = TRUE;
}

/* Digits of any script. */
static guint
read_digits(struct list_reader *reader)
{
	guint number = 0;

	for (; reader->p < reader->end && is_digit(reader->p); reader->p = g_utf8_next_char(reader->p))
		number = MIN(number * 10 + g_unichar_digit_value(g_utf8_get_char(reader->p)), SERIES_MOST + 1);
	return number;
}

void
series_numbers(const struct rule_series *series, const char *list, gsize length, GArray *numbers)
{
	guint8 found[SERIES_MOST + 1] = {0};
	struct list_reader reader = {.series = series, .p = list, .end = list + length, .found = found};
	gboolean digits = FALSE;

	while (reader.p < reader.end) {
		guint number;

		if (is_digit(reader.p)) {
			digits = TRUE;
			take_number(&reader, read_digits(&reader));
		} else if (strchr(" \t\n", *reader.p) != NULL) {
			reader.p++;
		} else if (*reader.p == '-') {
			reader.range = TRUE;
			reader.p++;
		} else if ((number = read_number_word(&reader)) > 0) {
			if (digits) /* "10, eight years later": a list is written in one way, and a word after figures counts something else */
				break;
			take_number(&reader, number);
		} else {
			read_connector(&reader);
		}
	}
	for (guint i = 1; i <= SERIES_MOST; i++)
		if (found[i])
			g_array_append_val(numbers, i);
}
