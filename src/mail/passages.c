#include "mail/passages-private.h"
#include "mail/scrubbed.h"

#include <string.h>

#define FOOTER_LINES 24      /* a list's footer is no longer than this */
#define SIGNATURE_LINES 10   /* of a signature behind a delimiter that is not quite one */
#define PGP_LINES 10         /* of the header of a signed message */
#define PARAGRAPH_LINES 100  /* of a notice; a longer paragraph is none */
#define SIGNATURE_LOOKS 2000 /* for a notice in a signature, where each line begins a paragraph that overlaps the next ones */
#define LINK_LINES 3         /* at the end of a text, in which a list's address stands alone */
#define BANNER_LINES 12      /* a gateway's banner begins within these */

static void
find_lines(struct splitter *s, gsize length)
{
	GArray *lines = g_array_sized_new(FALSE, FALSE, sizeof(struct line), (guint)MIN(length / 32 + 16, 65536));
	gsize at = 0;

	while (at < length) {
		const char *end = memchr(s->text + at, '\n', length - at);
		gsize size = end != NULL ? (gsize)(end - s->text) - at : length - at;
		struct line line = {.start = (guint32)at, .length = (guint32)size, .class = (guint8)mark_line(s->text + at, size), .kind = PASSAGE_NEW};

		g_array_append_val(lines, line);
		at += size + 1;
	}
	s->n = lines->len;
	s->lines = (struct line *)g_array_free(lines, FALSE);
}

static void
set_kind(struct splitter *s, guint from, guint to, enum record_passage_kind kind)
{
	for (; from < to; from++)
		s->lines[from].kind = (guint8)kind;
}

/* ">From " is how mbox files escape a line of text that begins with "From ", not a quotation. */
static void
mend_from_lines(struct splitter *s)
{
	for (guint i = 0; i < s->n; i++) {
		if (s->lines[i].class == LINE_QUOTE && s->lines[i].length > 6 && memcmp(line_text(s, i), ">From ", 6) == 0 &&
		    (i == 0 || s->lines[i - 1].class != LINE_QUOTE) && (i + 1 == s->n || s->lines[i + 1].class != LINE_QUOTE))
			s->lines[i].class = LINE_TEXT;
		if (s->lines[i].class == LINE_QUOTE)
			s->last_quote = i;
		if (s->lines[i].class == LINE_PGP_END)
			s->last_armour = i;
	}
}

/* TRUE when a list's footer begins at line I: what follows says so. */
static gboolean
starts_footer(const struct splitter *s, guint i)
{
	const struct line *line = &s->lines[i];
	gboolean dash = line->class == LINE_TEXT && line->length <= 2 && line_text(s, i)[0] == '-';
	guint seen = 0;

	if ((line->class == LINE_TEXT || line->class == LINE_COLON) && !dash)
		return mark_starts_list_footer(line_text(s, i), line->length) || (s->n - i <= LINK_LINES && mark_is_list_link(line_text(s, i), line->length));
	if (line->class == LINE_RULE) {
		for (guint j = i + 1; j < s->n && seen < 4; j++) {
			if (s->lines[j].class == LINE_BLANK)
				continue;
			if (mark_is_list_footer(line_text(s, j), s->lines[j].length))
				return TRUE;
			seen++;
		}
		return FALSE;
	}
	if (line->class != LINE_DELIMITER && line->class != LINE_DASHES && !dash) /* a blank line must not look for the end of the blank lines */
		return FALSE;
	i = next_filled(s, i + 1);
	return i < s->n && (mark_starts_list_footer(line_text(s, i), s->lines[i].length) ||
	                       (s->n - i <= 8 && s->lines[i].class == LINE_TEXT && i + 1 < s->n && mark_is_list_footer(line_text(s, i), s->lines[i].length)));
}

/* Where the footers at the end begin; several lists may have added theirs. */
static void
find_tail(struct splitter *s)
{
	guint end = s->n, seen = 0;

	s->tail = s->n;
	for (guint i = end; i-- > 0 && seen < FOOTER_LINES;) {
		if (s->lines[i].class == LINE_QUOTE)
			break;
		seen += s->lines[i].class != LINE_BLANK;
		if (starts_footer(s, i)) {
			s->tail = i;
			seen = 0;
		}
	}
}

/* Lines of a paragraph that begins at I: up to a blank line or one of another class. */
static guint
paragraph_end(const struct splitter *s, guint i)
{
	guint most = MIN(s->n, i + PARAGRAPH_LINES);

	while (i < most && (s->lines[i].class == LINE_TEXT || s->lines[i].class == LINE_COLON))
		i++;
	return i;
}

static gboolean
starts_paragraph(const struct splitter *s, guint i)
{
	return i == 0 || s->lines[i - 1].class == LINE_BLANK || s->lines[i - 1].class == LINE_RULE || s->lines[i - 1].class == LINE_DASHES ||
	       s->lines[i - 1].class == LINE_HYPHENS || s->lines[i - 1].kind == PASSAGE_SIGNATURE || s->lines[i - 1].kind == PASSAGE_FOOTER;
}

/* A short block at the end of the author's text behind "--" without the space is a signature all the same. */
static gboolean
is_loose_signature(const struct splitter *s, guint i)
{
	guint lines = 0;

	if (s->first_new >= i)
		return FALSE;
	for (guint j = i + 1; j < s->tail && lines <= SIGNATURE_LINES; j++) {
		if (s->lines[j].class == LINE_QUOTE || s->lines[j].class == LINE_ORIGINAL || s->lines[j].class == LINE_RULE)
			break;
		if (s->lines[j].length > 80)
			return FALSE;
		lines += s->lines[j].class != LINE_BLANK;
	}
	return lines > 0 && lines <= SIGNATURE_LINES;
}

/* A line like "Sent from my iPhone" with nothing of the author's behind it in its paragraph. */
static gboolean
is_mobile_line(const struct splitter *s, guint i)
{
	return (i + 1 == s->n || s->lines[i + 1].class != LINE_TEXT) && mark_is_mobile(line_text(s, i), s->lines[i].length);
}

/* Leading white space may stand before what the tables know. */
static gsize
indent(const struct splitter *s, guint i)
{
	gsize blank = strspn(line_text(s, i), " \t*");

	return MIN(blank, s->lines[i].length);
}

/* An address alone on its line. */
static gboolean
is_address(const char *text, gsize length)
{
	const char *at = memchr(text, '@', length);

	return at != NULL && at > text && length < 100 && memchr(text, ' ', length) == NULL && memchr(at, '.', length - (gsize)(at - text)) != NULL;
}

/* From a marker on, the rest is an earlier message: quoted in an answer, else forwarded. */
static void
enter_rest(struct splitter *s, guint i, gboolean forwarded)
{
	guint above = i;

	s->rest = forwarded || s->forward || !s->reply ? PASSAGE_FORWARDED : PASSAGE_QUOTED;
	if (i > 0 && s->lines[i - 1].class == LINE_RULE)
		set_kind(s, i - 1, i, s->rest);
	while (above > 0 && above + 2 > i && s->lines[above - 1].class == LINE_BLANK)
		above--;
	/* Foxmail says whose letter it is above the block. */
	if (above > 0 && is_address(line_text(s, above - 1), s->lines[above - 1].length) && s->lines[above - 1].kind == PASSAGE_NEW && s->first_new < above - 1)
		set_kind(s, above - 1, i, s->rest);
}

/* Paragraphs that neither the author nor the quoted person wrote; gives the line after them, or I. */
static guint
footer_paragraph(struct splitter *s, guint i, guint filled)
{
	guint end;
	gsize blank, length;

	if (!starts_paragraph(s, i))
		return i;
	if (i > 0 && s->lines[i - 1].kind == PASSAGE_SIGNATURE && s->looks++ >= SIGNATURE_LOOKS)
		return i;
	end = paragraph_end(s, i);
	if (end == i)
		return i;
	blank = indent(s, i);
	length = lines_length(s, i, end - 1);
	if (blank >= length)
		return i;
	if (filled < BANNER_LINES && mark_is_banner(line_text(s, i) + blank, length - blank)) {
		set_kind(s, i, end, PASSAGE_FOOTER);
		return end;
	}
	if (filled > 0 && mark_is_disclaimer(line_text(s, i) + blank, length - blank)) {
		set_kind(s, i, end, PASSAGE_FOOTER);
		if (i > 0 && (s->lines[i - 1].class == LINE_RULE || s->lines[i - 1].class == LINE_DASHES || s->lines[i - 1].class == LINE_HYPHENS))
			set_kind(s, i - 1, i, PASSAGE_FOOTER);
		return end;
	}
	return i;
}

static gboolean
is_pgp_signature(const struct splitter *s, guint i)
{
	return g_strstr_len(line_text(s, i), s->lines[i].length, "BEGIN PGP SIGNATURE") != NULL;
}

/* The line after the armour that begins at line I: a signature cut short goes to the end, of anything else that is cut short only its first line is armour. */
static guint
pgp_end(const struct splitter *s, guint i)
{
	gboolean header = s->lines[i].class == LINE_PGP_SIGNED;

	if (!header && s->last_armour <= i)
		return is_pgp_signature(s, i) ? s->n : i + 1;
	for (guint j = i + 1; j < s->n && (!header || j < i + PGP_LINES); j++) {
		if (header && s->lines[j].class == LINE_BLANK)
			return j + 1;
		if (!header && s->lines[j].class == LINE_PGP_END)
			return j + 1;
	}
	return MIN(i + 1, s->n);
}

/* The line after the uuencoded file that begins at line I, or I when none does. */
static guint
uuencode_end(const struct splitter *s, guint i)
{
	guint j = i + 1;

	while (j < s->n && s->lines[j].length > 0 && s->lines[j].length <= 90 && line_text(s, j)[0] > ' ' && line_text(s, j)[0] <= '`')
		j++;
	return j > i + 1 && j < s->n && s->lines[j].length >= 3 && memcmp(line_text(s, j), "end", 3) == 0 ? j + 1 : i;
}

/* The author's full name alone on a line, with a few short lines and nothing more behind it, begins a signature without a delimiter. */
static gboolean
is_name_line(const struct splitter *s, guint i)
{
	const char *text = line_text(s, i);
	gsize length = s->lines[i].length, name = s->author != NULL ? strlen(s->author) : 0;

	while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == ','))
		length--;
	if (name == 0 || length != name || strchr(s->author, ' ') == NULL || g_ascii_strncasecmp(text, s->author, name) != 0)
		return FALSE;
	return is_loose_signature(s, i);
}

/* A line of text outside quotations; gives the next line to look at. */
static guint
split_text_line(struct splitter *s, guint i, guint filled)
{
	gboolean unmarked;
	guint from;

	if (s->lines[i].class == LINE_COLON && (from = earlier_attribution(s, i, &unmarked)) != G_MAXUINT) {
		set_kind(s, from, i + 1, PASSAGE_QUOTED);
		/* Without new text above, what stands below is the answer: the quotation was cut away. */
		s->rest = unmarked && s->first_new < from ? PASSAGE_QUOTED : PASSAGE_NEW;
		if (s->first_new >= from)
			s->first_new = G_MAXUINT;
		return i + 1;
	}
	if (mark_field(line_text(s, i), s->lines[i].length) == FIELD_FROM && earlier_is_header_block(s, i)) {
		enter_rest(s, i, FALSE);
		return i;
	}
	if (starts_paragraph(s, i) && (from = footer_paragraph(s, i, filled)) > i)
		return from;
	if (s->rest == PASSAGE_NEW && is_mobile_line(s, i)) {
		s->lines[i].kind = PASSAGE_SIGNATURE;
		return i + 1;
	}
	if (s->rest == PASSAGE_NEW && is_name_line(s, i))
		s->rest = PASSAGE_SIGNATURE;
	s->lines[i].kind = (guint8)s->rest;
	return i + 1;
}

/* Lines of an earlier message without quote marks: all of them, its own footers included. */
static gboolean
in_earlier_message(const struct splitter *s)
{
	return s->rest == PASSAGE_QUOTED || s->rest == PASSAGE_FORWARDED;
}

static guint
split_line(struct splitter *s, guint i, guint filled)
{
	struct line *line = &s->lines[i];
	guint end;

	if (in_earlier_message(s)) {
		if (line->class == LINE_FORWARD)
			s->rest = PASSAGE_FORWARDED;
		line->kind = (guint8)s->rest;
		return i + 1;
	}
	switch ((enum line_class)line->class) {
	case LINE_QUOTE:
		s->rest = PASSAGE_NEW; /* what stands below a quotation is an answer to it */
		line->kind = PASSAGE_QUOTED;
		return i + 1;
	case LINE_RULE:
		if (earlier_is_ruled_block(s, i))
			enter_rest(s, i, FALSE);
		break;
	case LINE_DELIMITER:
		s->rest = PASSAGE_SIGNATURE;
		break;
	case LINE_DASHES:
		s->rest = is_loose_signature(s, i) ? PASSAGE_SIGNATURE : s->rest;
		break;
	case LINE_ORIGINAL:
	case LINE_FORWARD:
		enter_rest(s, i, line->class == LINE_FORWARD);
		break;
	case LINE_PGP_SIGNED:
	case LINE_PGP_SIGNATURE:
		end = pgp_end(s, i);
		set_kind(s, i, end, PASSAGE_SIGNATURE);
		return end;
	case LINE_UUENCODE:
		end = uuencode_end(s, i);
		set_kind(s, i, end, PASSAGE_FOOTER); /* a file, nobody's words */
		if (end > i)
			return end;
		break;
	case LINE_TEXT:
	case LINE_HYPHENS:
	case LINE_COLON:
		return split_text_line(s, i, filled);
	default:
		break;
	}
	line->kind = (guint8)s->rest;
	return i + 1;
}

/* Blank lines belong to what stands before them; those at the start to what follows. */
static void
place_blanks(struct splitter *s)
{
	guint first = next_filled(s, 0);

	if (first == s->n)
		return;
	set_kind(s, 0, first, s->lines[first].kind);
	for (guint i = first + 1; i < s->n; i++)
		if (s->lines[i].class == LINE_BLANK)
			s->lines[i].kind = s->lines[i - 1].kind;
}

/* The line after an archive's notice of what it took away, or I. */
static guint
scrubbed_end(struct splitter *s, guint i)
{
	guint last = s->n - 1, end = i;
	gsize length = s->text[s->lines[i].start] == '-' ? scrubbed_length(line_text(s, i), lines_length(s, i, last)) : 0;

	while (length > 0 && end < s->tail && s->lines[end].start < s->lines[i].start + length)
		end++;
	set_kind(s, i, end, PASSAGE_FOOTER);
	return end;
}

static void
split_lines(struct splitter *s)
{
	guint filled = 0, next;

	s->first_new = G_MAXUINT;
	for (guint i = 0; i < s->tail; i = next) {
		next = i + 1;
		if (s->lines[i].class == LINE_BLANK)
			continue;
		next = scrubbed_end(s, i);
		next = next > i ? next : split_line(s, i, filled++);
		if (s->first_new == G_MAXUINT && next > i && s->lines[i].kind == PASSAGE_NEW)
			s->first_new = i;
	}
	set_kind(s, MIN(s->tail, s->n), s->n, PASSAGE_FOOTER);
	place_blanks(s);
}

static GArray *
join_lines(const struct splitter *s, gsize length, guint max)
{
	GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct passage_span));

	for (guint i = 0; i < s->n; i++) {
		struct passage_span span = {.kind = s->lines[i].kind, .start = s->lines[i].start};

		if (spans->len > 0 && (spans->len >= max || g_array_index(spans, struct passage_span, spans->len - 1).kind == span.kind))
			continue;
		if (spans->len + 1 == max) /* the rest is one, and new: nothing of it is stripped */
			span.kind = PASSAGE_NEW;
		g_array_append_val(spans, span);
	}
	for (guint i = 0; i < spans->len; i++) {
		struct passage_span *span = &g_array_index(spans, struct passage_span, i);
		gsize end = i + 1 < spans->len ? g_array_index(spans, struct passage_span, i + 1).start : length;

		span->length = end - span->start;
	}
	return spans;
}

GArray *
passages_split(const char *text, gsize length, const struct passage_hints *hints, guint max)
{
	struct splitter s = {.text = text,
	    .rest = PASSAGE_NEW,
	    .reply = hints != NULL && hints->reply,
	    .forward = hints != NULL && hints->forward,
	    .author = hints != NULL ? hints->author : NULL};
	GArray *spans;

	find_lines(&s, length);
	earlier_find_odd_marks(&s);
	mend_from_lines(&s);
	find_tail(&s);
	split_lines(&s);
	spans = join_lines(&s, length, max);
	g_free(s.lines);
	return spans;
}
