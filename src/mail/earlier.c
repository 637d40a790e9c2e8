#include "mail/passages-private.h"

#include <string.h>

#define ODD_MARK 10    /* letters of a name before a quote mark */
#define ODD_LINES 200  /* in which the first quotation of a kind begins */
#define LABEL_BYTES 40 /* of a header field's name, in any language */
#define BLOCK_LINES 4  /* fields in a block below a rule: from, sent, to, subject */

/* The length of a quote mark other than '>' at the start of line I: "| ", or an earlier author's name or initials, "LA> ", "  Lev> "; 0 for none. */
static gsize
odd_mark(const struct splitter *s, guint i)
{
	const char *text = line_text(s, i);
	gsize length = s->lines[i].length, blank = 0, n;

	if (length >= 2 && text[0] == '|' && text[1] == ' ')
		return 2;
	while (blank < length && blank < ODD_MARK && text[blank] == ' ')
		blank++;
	for (n = blank; n < length && n < blank + ODD_MARK && g_ascii_isalpha(text[n]);)
		n++;
	return n > blank && n < length && g_ascii_isupper(text[blank]) && text[n] == '>' ? n + 1 : 0;
}

/* ">>>>> "LA" == Lev Arnon <lev@example.org> writes:": what follows is quoted with names and with indented marks. */
static gboolean
is_supercite(const struct splitter *s, guint i)
{
	return s->lines[i].class == LINE_QUOTE && g_strstr_len(line_text(s, i), s->lines[i].length, "\" == ") != NULL &&
	       mark_has_wrote(line_text(s, i), s->lines[i].length);
}

static gboolean
is_indented_mark(const struct splitter *s, guint i)
{
	const char *text = line_text(s, i);
	gsize blank = strspn(text, " ");

	return blank < s->lines[i].length && blank <= ODD_MARK && text[blank] == '>';
}

/* Below a line that says who wrote, lines with one such mark are quoted, and so are all others with it: answers stand between them. */
void
earlier_find_odd_marks(struct splitter *s)
{
	for (guint i = 0; i + 1 < s->n && i < ODD_LINES; i++) {
		gboolean supercite = is_supercite(s, i);
		guint first = i + 1;
		gsize size;

		if (!supercite && (s->lines[i].class != LINE_COLON || !mark_has_wrote(line_text(s, i), s->lines[i].length)))
			continue;
		while (first < i + 4 && first + 1 < s->n && s->lines[first].class == LINE_BLANK)
			first++;
		size = odd_mark(s, first);
		if (size == 0 && !supercite)
			continue;
		for (guint j = first; j < s->n; j++)
			if (supercite ? odd_mark(s, j) > 2 || is_indented_mark(s, j)
			              : s->lines[j].length >= size && memcmp(line_text(s, j), line_text(s, first), size) == 0)
				s->lines[j].class = LINE_QUOTE;
		return;
	}
}

/* TRUE when a header block as Outlook puts above the text it answers begins at line I. */
gboolean
earlier_is_header_block(const struct splitter *s, guint i)
{
	gboolean seen[FIELD_SUBJECT + 1] = {FALSE};
	guint blanks = 0;

	if (mark_field(line_text(s, i), s->lines[i].length) != FIELD_FROM)
		return FALSE;
	for (guint j = i + 1; j < s->n && j < i + 16 && blanks < 2; j++) {
		enum mark_field field = FIELD_NONE;

		if (s->lines[j].class == LINE_BLANK) {
			blanks++;
			continue;
		}
		blanks = 0;
		field = mark_field(line_text(s, j), s->lines[j].length);
		if (field == FIELD_FROM && j < i + 3)
			return FALSE;
		seen[field] = TRUE;
	}
	return seen[FIELD_SUBJECT] && (seen[FIELD_DATE] || seen[FIELD_TO]);
}

/* "Label: value" with a short label. */
static gboolean
has_label(const struct splitter *s, guint i)
{
	const char *text = line_text(s, i);
	gsize length = s->lines[i].length;
	const char *colon = memchr(text, ':', MIN(length, LABEL_BYTES));

	return (s->lines[i].class == LINE_TEXT || s->lines[i].class == LINE_COLON) && colon != NULL && colon > text &&
	       memchr(text, '/', (gsize)(colon - text)) == NULL;
}

/* Below the rule at line I fields as many as a letter has, one of them with a date, in an answer or a forward: the labels are of a language that no table has.
 */
gboolean
earlier_is_ruled_block(const struct splitter *s, guint i)
{
	gboolean digits = FALSE;
	guint n = 0;

	if (s->lines[i].class != LINE_RULE || !(s->reply || s->forward) || s->first_new >= i)
		return FALSE;
	while (i + n + 1 < s->n && n < BLOCK_LINES && has_label(s, i + n + 1)) {
		digits |= mark_has_year(line_text(s, i + n + 1), s->lines[i + n + 1].length);
		n++;
	}
	return n == BLOCK_LINES && digits;
}

static gboolean
has_digit(const char *text, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (g_ascii_isdigit(text[i]))
			return TRUE;
	return FALSE;
}

static gboolean
has_address(const char *text, gsize length)
{
	const char *at = memchr(text, '@', length);

	return at != NULL && memchr(text, '<', length) != NULL;
}

/* An attribution at the top of an answer, whose quotation is gone or cut away: where it begins, or G_MAXUINT. */
static guint
lone_attribution(const struct splitter *s, guint i)
{
	guint from = i > 0 && s->lines[i - 1].class == LINE_TEXT ? i - 1 : i;
	const char *text = line_text(s, from);
	gsize length = lines_length(s, from, i);

	if (i + 1 < s->n && s->lines[i + 1].class != LINE_BLANK)
		return G_MAXUINT;
	return length < 300 && mark_is_attribution_start(text, s->lines[from].length) && mark_has_time(text, length) && mark_has_wrote(text, length)
	           ? from
	           : G_MAXUINT;
}

/*
 * The attribution that ends with line I, a line that ends in a colon: where it begins, or G_MAXUINT. It may be wrapped over three lines. Before quoted lines a
 * verb or an address is enough; without quote marks behind it, it takes an opening word, a digit and a verb, in an answer, below new text.
 */
guint
earlier_attribution(const struct splitter *s, guint i, gboolean *unmarked)
{
	guint next = next_filled(s, i + 1), verb = G_MAXUINT;
	gboolean quoted;

	if (next < s->n && s->lines[next].class == LINE_TEXT && mark_is_snip(line_text(s, next), s->lines[next].length) && next + 1 < s->n)
		next = next_filled(s, next + 1) <= next + 2 ? next_filled(s, next + 1) : next;
	quoted = next < s->n && s->lines[next].class == LINE_QUOTE && next <= i + 4;
	*unmarked = !quoted;
	if (!quoted && (!s->reply || s->last_quote > i))
		return G_MAXUINT;
	if (!quoted && s->first_new >= i)
		return lone_attribution(s, i);
	for (guint from = i;; from--) {
		const char *text = line_text(s, from);
		gsize length = lines_length(s, from, i);

		if (length < 600 && (from == 0 || s->lines[from - 1].class != LINE_TEXT) && mark_names_letter(text, length))
			return quoted || s->first_new < from ? from : G_MAXUINT;
		gboolean opens = length < 600 && mark_is_attribution_start(text, s->lines[from].length) && has_digit(text, length);
		gboolean wrote = length < 600 && (opens || (quoted && from == i)) && mark_has_wrote(text, length);

		if (opens && (wrote || (quoted && has_address(text, length))))
			return quoted || s->first_new < from ? from : G_MAXUINT;
		if (quoted && from == i && wrote)
			verb = i;
		if (quoted && verb == G_MAXUINT && has_address(text, length) && has_digit(text, length))
			verb = from;
		if (from == 0 || from + 3 <= i || (s->lines[from - 1].class != LINE_TEXT && s->lines[from - 1].class != LINE_COLON) ||
		    s->lines[from - 1].kind != PASSAGE_NEW)
			break;
	}
	return verb;
}
