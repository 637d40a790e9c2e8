#include "mail/marks.h"

#include "base/sixteen.h"
#include "mail/marks-words.h"

#include <string.h>

#define RULE_LENGTH 20   /* underscores, dashes or equals signs that make a line a rule */
#define LOOK 800         /* bytes of a paragraph that are looked at */
#define LOOK_START 64    /* and those that must begin as one of a table does */
#define FILTER_SIZE 1024 /* hashes of the words of a table */
#define NOTICE_WORDS 4   /* of a lawyer's table that make a paragraph his whatever it begins with */

/* The bytes of a sign at AT that only says which way to write (left-to-right mark and its kin), or 0. */
static gsize
direction_mark(const char *at, gsize left)
{
	const guint8 *sign = (const guint8 *)at;

	if (left < 3 || sign[0] != 0xe2)
		return 0;
	if (sign[1] == 0x80 && (sign[2] == 0x8e || sign[2] == 0x8f || (sign[2] >= 0xaa && sign[2] <= 0xae)))
		return 3;
	return sign[1] == 0x81 && sign[2] >= 0xa6 && sign[2] <= 0xa9 ? 3 : 0;
}

/* Whether sixteen bytes are all signs and blanks of ASCII. */
static inline gboolean
is_printed(const char *text)
{
	return !sixteen_any(~sixteen_range(sixteen_load(text), ' ', '~' - ' ' + 1));
}

/* The first bytes of TEXT with ASCII in lower case, other letters as they are, white space as single blanks. */
static void
lower_copy(const char *text, gsize length, char out[LOOK + 1])
{
	gsize i, size = 0;

	length = MIN(length, LOOK);
	for (i = 0; i < length; i++) {
		while (i + SIXTEEN <= length && is_printed(text + i)) {
			sixteen_store(out + size, sixteen_lower(sixteen_load(text + i)));
			size += SIXTEEN;
			i += SIXTEEN;
		}
		if (i == length)
			break;

		char c = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);

		if (c >= ' ' && c <= '~') { /* nearly all */
			out[size++] = c;
			continue;
		}
		if (direction_mark(text + i, length - i) > 0) {
			i += 2;
			continue;
		}
		if (c == '\xc2' && i + 1 < length && text[i + 1] == '\xa0') {
			c = '\t';
			i++;
		}

		if ((c == '\n' || c == '\r' || c == '\t') && size > 0 && out[size - 1] == ' ')
			continue;
		out[size++] = c == '\n' || c == '\r' || c == '\t' || c == '\0' ? ' ' : c;
	}
	out[size] = '\0';
}

static gboolean
starts_with_any(const char *text, const char *const *words, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (*words[i] == *text && g_str_has_prefix(text, words[i]))
			return TRUE;
	return FALSE;
}

/* Of the first three bytes of a word, which no word of the tables is shorter than. */
static guint
word_hash(const char *at)
{
	return (((guint8)at[0] * 33U + (guint8)at[1]) * 33U + (guint8)at[2]) % FILTER_SIZE;
}

/* One pass over TEXT whatever the number of words: a sender may have the same bytes looked at in many overlapping paragraphs. */
static gboolean
contains_any(const char *text, const char *const *words, gsize n)
{
	guint8 first[FILTER_SIZE] = {0}, next[G_MAXUINT8]; /* words of one hash, from 1; 0 ends them */

	if (text[0] == '\0' || text[1] == '\0')
		return FALSE;
	for (gsize i = 0; i < n; i++) {
		guint8 *head = &first[word_hash(words[i])];

		next[i] = *head;
		*head = (guint8)(i + 1);
	}
	for (; text[2] != '\0'; text++)
		for (guint i = first[word_hash(text)]; i > 0; i = next[i - 1])
			if (g_str_has_prefix(text, words[i - 1]))
				return TRUE;
	return FALSE;
}

/* How many of WORDS stand in TEXT. */
static guint
count_words(const char *text, const char *const *words, gsize n)
{
	guint count = 0;

	for (gsize i = 0; i < n; i++)
		count += strstr(text, words[i]) != NULL;
	return count;
}

#define STARTS(text, table) starts_with_any(text, table, G_N_ELEMENTS(table))
#define CONTAINS(text, table) contains_any(text, table, MIN(G_N_ELEMENTS(table), G_MAXUINT8))

/* Whether a field's label begins with C, in whatever case. */
static gboolean
begins_field(char c)
{
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		if (fields[i].label[0] == g_ascii_tolower(c))
			return TRUE;
	return FALSE;
}

enum mark_field
mark_field(const char *line, gsize length)
{
	char label[48];
	gsize size = 0, i = 0;

	length = MIN(length, sizeof(label));
	if (memchr(line, '\xef', length) == NULL) { /* most lines: no colon, not even a full-width one */
		const char *colon = memchr(line, ':', length);

		if (colon == NULL)
			return FIELD_NONE;
		while (line + i < colon && (line[i] == ' ' || line[i] == '*' || line[i] == '\t'))
			i++;
		if (!begins_field(line[i]))
			return FIELD_NONE;
	}
	while (i < length && (line[i] == ' ' || line[i] == '*' || line[i] == '\t'))
		i++;
	for (; i < length && size < sizeof(label) - 1 && line[i] != ':' && !(line[i] == '\xef' && memcmp(line + i, "：", MIN(3, length - i)) == 0); i++)
		label[size++] = g_ascii_tolower(line[i]);
	if (i == length || size == sizeof(label) - 1)
		return FIELD_NONE;
	while (
	    size > 0 && (label[size - 1] == ' ' || label[size - 1] == '*' || label[size - 1] == '\t' || label[size - 1] == '\xa0' || label[size - 1] == '\xc2'))
		size--;
	label[size] = '\0';
	for (i = 0; i < G_N_ELEMENTS(fields); i++)
		if (fields[i].label[0] == label[0] && strcmp(fields[i].label, label) == 0)
			return fields[i].field;
	return FIELD_NONE;
}

gboolean
mark_is_original(const char *line, gsize length)
{
	char lower[LOOK + 1];

	if (length > 120 || length < 8)
		return FALSE;
	lower_copy(line, length, lower);
	if (!g_str_has_prefix(lower, "---"))
		return FALSE;
	return CONTAINS(lower, originals) || (g_str_has_suffix(lower, "---") && strpbrk(lower, "0123456789") != NULL && CONTAINS(lower, wrote));
}

gboolean
mark_is_forward(const char *line, gsize length)
{
	char lower[LOOK + 1];

	if (length > 120 || length < 8)
		return FALSE;
	lower_copy(line, length, lower);
	return g_str_has_prefix(lower, "---") ? CONTAINS(lower, forwards) : STARTS(lower, begin_forwards);
}

gboolean
mark_is_attribution_start(const char *line, gsize length)
{
	char lower[LOOK + 1];

	while (length > 0 && (*line == ' ' || *line == '\t'))
		line++, length--;
	lower_copy(line, MIN(length, 40), lower);
	return STARTS(lower, attribution_starts) || g_ascii_isdigit(*lower);
}

/* A year of four digits and a time of day. */
static gboolean
has_year_and_time(const char *text)
{
	gboolean year = FALSE, time = FALSE;

	for (gsize i = 0; text[i] != '\0';) {
		gsize digits = strspn(text + i, "0123456789");

		year |= digits == 4 && (strncmp(text + i, "19", 2) == 0 || strncmp(text + i, "20", 2) == 0);
		i += digits;
		time |= (digits == 1 || digits == 2) && (text[i] == ':' || text[i] == '.' || text[i] == 'h') && g_ascii_isdigit(text[i + 1]) &&
		        g_ascii_isdigit(text[i + 2]) && !g_ascii_isdigit(text[i + 3]);
		i += digits == 0;
	}
	return year && time;
}

gboolean
mark_has_year(const char *text, gsize length)
{
	for (gsize i = 0; i + 4 <= length; i++)
		if ((memcmp(text + i, "19", 2) == 0 || memcmp(text + i, "20", 2) == 0) && g_ascii_isdigit(text[i + 2]) && g_ascii_isdigit(text[i + 3]))
			return TRUE;
	return FALSE;
}

gboolean
mark_has_time(const char *text, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(text, length, lower);
	return has_year_and_time(lower);
}

gboolean
mark_names_letter(const char *text, gsize length)
{
	const char *open, *at;
	char lower[LOOK + 1];

	lower_copy(text, length, lower);
	open = strchr(lower, '<');
	at = open != NULL ? strchr(open, '@') : NULL;
	return at != NULL && strchr(at, '>') != NULL && has_year_and_time(lower);
}

gboolean
mark_has_wrote(const char *text, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(text, length, lower);
	return CONTAINS(lower, wrote);
}

gboolean
mark_is_mobile(const char *line, gsize length)
{
	char lower[LOOK + 1];

	if (length > 120 || length < 4)
		return FALSE;
	lower_copy(line, length, lower);
	return STARTS(lower, mobiles) || (length < 60 && strstr(lower, "iphone gesendet") != NULL);
}

gboolean
mark_is_list_footer(const char *line, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(line, length, lower);
	return CONTAINS(lower, list_words);
}

gboolean
mark_is_list_link(const char *line, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(line, length, lower);
	return strncmp(lower, "http", 4) == 0 && strchr(lower, ' ') == NULL && CONTAINS(lower, list_links);
}

gboolean
mark_is_snip(const char *line, gsize length)
{
	while (length > 0 && (*line == ' ' || *line == '<' || *line == '['))
		line++, length--;
	return length > 2 && length < 20 &&
	       (strncmp(line, "...", 3) == 0 || g_ascii_strncasecmp(line, "snip", MIN(length, 4)) == 0 || strncmp(line, "…", 3) == 0);
}

gboolean
mark_starts_list_footer(const char *line, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(line, MIN(length, 100), lower);
	return STARTS(lower, list_starts);
}

gboolean
mark_is_disclaimer(const char *paragraph, gsize length)
{
	char lower[LOOK + 1];

	lower_copy(paragraph, MIN(length, LOOK_START), lower);
	if (STARTS(lower, environment) || STARTS(lower, scanners))
		return TRUE;
	if (length < 60)
		return FALSE;
	if (!STARTS(lower, disclaimer_starts)) {
		lower_copy(paragraph, length, lower);
		return CONTAINS(lower, speaks_of_itself) && count_words(lower, disclaimer_words, G_N_ELEMENTS(disclaimer_words)) >= NOTICE_WORDS;
	}
	lower_copy(paragraph, length, lower);
	return CONTAINS(lower, disclaimer_words);
}

/* After warning signs, brackets and the like. */
static const char *
after_signs(const char *text)
{
	static const char *const signs[] = {"⚠", "\xef\xb8\x8f", "❗", "🚨", "⛔", "🛑", "【", "✉"};

	for (;;) {
		gsize size = strspn(text, " !*#[({<>-=|:~");

		for (gsize i = 0; size == 0 && i < G_N_ELEMENTS(signs); i++)
			size = g_str_has_prefix(text, signs[i]) ? strlen(signs[i]) : 0;
		if (size == 0)
			return text;
		text += size;
	}
}

gboolean
mark_is_banner(const char *paragraph, gsize length)
{
	char lower[LOOK + 1];

	if (length > 700)
		return FALSE;
	lower_copy(paragraph, MIN(length, LOOK_START), lower);
	if (!STARTS(lower, banner_starts) && !STARTS(after_signs(lower), banner_starts))
		return FALSE;
	lower_copy(paragraph, length, lower);
	return CONTAINS(lower, banner_words);
}

/* "-=-=-=-=-": Groups.io's. */
static gboolean
is_chain(const char *text, gsize length)
{
	gsize size = strspn(text, "-= ");

	return length >= RULE_LENGTH && size >= length && memchr(text, '=', length) != NULL;
}

/* A line of one repeated sign, spaces aside. */
static gboolean
is_rule(const char *text, gsize length, char sign)
{
	gsize count = 0;

	for (gsize i = 0; i < length; i++) {
		if (text[i] != sign && text[i] != ' ')
			return FALSE;
		count += text[i] == sign;
	}
	return count >= RULE_LENGTH;
}

static gboolean
ends_in_colon(const char *text, gsize length)
{
	for (;;) {
		if (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '*'))
			length--;
		else if (length >= 3 && direction_mark(text + length - 3, 3) > 0)
			length -= 3;
		else
			break;
	}
	return length > 0 && (text[length - 1] == ':' || (length > 3 && memcmp(text + length - 3, "：", 3) == 0));
}

static enum line_class
classify_dashes(const char *at, gsize length)
{
	if (length == 3 && memcmp(at, "-- ", 3) == 0)
		return LINE_DELIMITER;
	if (length == 5 && memcmp(at, "- -- ", 5) == 0) /* escaped by PGP */
		return LINE_DELIMITER;
	if (length >= 10 && memcmp(at, "-----BEGIN PGP SIGNED", MIN(length, 21)) == 0)
		return LINE_PGP_SIGNED;
	if (length >= 10 && memcmp(at, "-----BEGIN PGP ", MIN(length, 15)) == 0) /* signatures, keys, what is encrypted */
		return LINE_PGP_SIGNATURE;
	if (length >= 10 && memcmp(at, "-----END PGP ", MIN(length, 13)) == 0)
		return LINE_PGP_END;
	while (length > 0 && at[length - 1] == ' ')
		length--;
	if (length <= 4 && strspn(at, "-") >= length)
		return length >= 2 ? LINE_DASHES : LINE_TEXT;
	if (is_rule(at, length, '-') || is_chain(at, length))
		return LINE_RULE;
	if (strspn(at, "-") >= length)
		return LINE_HYPHENS;
	if (at[1] == '-' && mark_is_original(at, length))
		return LINE_ORIGINAL;
	if (at[1] == '-' && mark_is_forward(at, length))
		return LINE_FORWARD;
	return ends_in_colon(at, length) ? LINE_COLON : LINE_TEXT;
}

enum line_class
mark_line(const char *text, gsize length)
{
	gsize blank = 0;

	while (blank < length && (text[blank] == ' ' || text[blank] == '\t'))
		blank++;
	if (blank < length && text[blank] == '\xc2') /* no-break spaces alone */
		while (blank + 1 < length && ((text[blank] == '\xc2' && text[blank + 1] == '\xa0') || text[blank] == ' '))
			blank += text[blank] == ' ' ? 1 : 2;
	if (blank == length)
		return LINE_BLANK;
	switch (text[blank]) {
	case '>':
		return blank <= 1 ? LINE_QUOTE : LINE_TEXT;
	case '-':
		return classify_dashes(text + blank, length - blank);
	case '#':
	case '_':
		return is_rule(text + blank, length - blank, text[blank]) ? LINE_RULE : LINE_TEXT;
	case '=':
		return is_rule(text + blank, length - blank, '=') ? LINE_RULE : LINE_TEXT;
	default:
		break;
	}
	if (text[0] == 'b' && length > 10 && length < 200 && memcmp(text, "begin ", 6) == 0 && strspn(text + 6, "01234567") == 3 && text[9] == ' ')
		return LINE_UUENCODE;
	if (!ends_in_colon(text, length))
		return LINE_TEXT;
	return mark_is_forward(text + blank, length - blank) ? LINE_FORWARD : LINE_COLON;
}
