#include "rules/near.h"

#include <string.h>

#include "base/text.h"
#include "rules/phrasewords.h"

struct mark {
	guint32 at, before; /* a word begins here, and so many half words before it */
};

struct ruler {
	GArray *marks;     /* of struct mark; the last one stands behind the text */
	GArray *sentences; /* of guint32: where they end, behind the sign */
};

static gboolean
is_ascii_in_word(guchar c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '\'';
}

static gboolean
is_in_word(gunichar c)
{
	return c < 0x80 ? is_ascii_in_word(c) : (g_unichar_isalnum(c) || g_unichar_ismark(c)) && !text_is_cjk(c);
}

static gboolean
is_sign(gunichar c)
{
	return c < 0x80 ? g_ascii_ispunct(c) && c != '_' : g_unichar_ispunct(c);
}

static void
add_mark(struct ruler *ruler, gsize at, guint32 *halves, guint more)
{
	struct mark mark = {at, *halves};

	g_array_append_val(ruler->marks, mark);
	*halves += more;
}

static void
find_words(struct ruler *ruler, const char *text, gsize length)
{
	guint32 halves = 0;
	gboolean behind_cjk = FALSE;

	for (const char *p = text, *end = text + length; p < end;) {
		gunichar c;

		if ((guchar)*p < 0x80 && !behind_cjk) { /* most of all text */
			if (is_ascii_in_word(*p) && *p != '\'') {
				add_mark(ruler, p - text, &halves, 2);
				do
					p++;
				while (p < end && is_ascii_in_word(*p));
				while (p < end && is_in_word((guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p)))
					p = g_utf8_next_char(p);
			} else {
				p++;
			}
			continue;
		}
		c = (guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p);
		if (text_is_cjk(c) || (behind_cjk && is_sign(c))) {
			add_mark(ruler, p - text, &halves, 1);
		} else if (phrase_is_word_character(c)) {
			add_mark(ruler, p - text, &halves, 2);
			while (p < end && is_in_word((guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char(p)))
				p = g_utf8_next_char(p);
			behind_cjk = FALSE;
			continue;
		}
		behind_cjk = text_is_cjk(c);
		p = g_utf8_next_char(p);
	}
	add_mark(ruler, length, &halves, 0);
}

/* "He said (twice!) no." ends once, "3.18" not at all; where no blanks are written between sentences none is asked for. */
static gboolean
ends_sentence(const char *p, const char *end)
{
	gunichar c = g_utf8_get_char(p);

	if (c == 0x3002)
		return TRUE;
	if (c < 0x80 ? strchr(".!?;:", c) == NULL || c == 0 : c != 0x061f)
		return FALSE;
	for (p = g_utf8_next_char(p); p < end && strchr("\"')]", *p) != NULL;)
		p++;
	return p >= end || g_ascii_isspace(*p) || text_is_cjk(g_utf8_get_char(p));
}

static gboolean
is_blank_line(const char *p, const char *end)
{
	do
		p++;
	while (p < end && (*p == ' ' || *p == '\t'));
	return p < end && *p == '\n';
}

static void
find_sentences(struct ruler *ruler, const char *text, gsize length)
{
	for (const char *p = text, *end = text + length, *next; p < end; p = next) {
		guint32 behind;

		for (; p < end && (g_ascii_isalnum(*p) || *p == ' '); p++)
			;
		if (p == end)
			break;
		next = g_utf8_next_char(p);
		behind = next - text;
		if (*p == '\n' ? is_blank_line(p, end) : ends_sentence(p, end))
			g_array_append_val(ruler->sentences, behind);
	}
}

struct ruler *
ruler_new(const char *text, gsize length)
{
	struct ruler *ruler = g_new0(struct ruler, 1);

	ruler->marks = g_array_sized_new(FALSE, FALSE, sizeof(struct mark), length / 5 + 1);
	ruler->sentences = g_array_new(FALSE, FALSE, sizeof(guint32));
	find_words(ruler, text, length);
	find_sentences(ruler, text, length);
	return ruler;
}

void
ruler_free(struct ruler *ruler)
{
	if (ruler == NULL)
		return;
	g_array_unref(ruler->marks);
	g_array_unref(ruler->sentences);
	g_free(ruler);
}

/* Half words that begin before byte AT. */
static guint32
halves_before(const struct ruler *ruler, guint32 at)
{
	const struct mark *marks = (const struct mark *)ruler->marks->data;
	guint low = 0, high = ruler->marks->len - 1;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (marks[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return marks[low].before;
}

void
ruler_measure(const struct ruler *ruler, struct place *place)
{
	const guint32 *ends = (const guint32 *)ruler->sentences->data;
	guint low = 0, high = ruler->sentences->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (ends[middle] <= place->start)
			low = middle + 1;
		else
			high = middle;
	}
	place->sentence = low;
	place->from = halves_before(ruler, place->start);
	place->to = halves_before(ruler, place->end);
}

int
place_compare(gconstpointer a, gconstpointer b)
{
	const struct place *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

/* The search for the match that begins with one place. */
struct attempt {
	const struct near_side *sides;
	guint n;
	guint first; /* the side of the place it begins with */
	const struct place *chosen[PHRASE_SIDES_MOST];
	gsize best; /* where the best match so far ends, G_MAXSIZE: none */
	guint *budget;
};

/* The first of SIDE's places that begins at byte START or later. */
static guint
lower_bound(const struct near_side *side, gsize start)
{
	guint low = 0, high = side->n;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (side->places[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether A is beside B, at most WITHIN words between them, without overlapping it. */
static gboolean
is_near(const struct place *a, const struct place *b, guint within)
{
	guint words = within == PHRASE_SENTENCE ? PHRASE_SENTENCE_WORDS : within;

	if (within == PHRASE_SENTENCE && a->sentence != b->sentence)
		return FALSE;
	if (a->end <= b->start)
		return b->from - a->to <= 2 * words;
	return b->end <= a->start && a->from - b->to <= 2 * words;
}

static gboolean
overlaps_chosen(const struct attempt *attempt, const struct place *place)
{
	for (guint i = 0; i < attempt->n; i++) {
		const struct place *other = attempt->chosen[i];

		if (other != NULL && other->start < place->end && place->start < other->end)
			return TRUE;
	}
	return FALSE;
}

/* Sides are filled from the first place on to the last side, then back from it to side 0. */
static guint
next_side(const struct attempt *attempt, guint side)
{
	if (side >= attempt->first)
		return side + 1 < attempt->n ? side + 1 : attempt->first - 1;
	return side - 1;
}

/* Fills SIDE and those after it; END is where the chosen places end. G_MAXUINT for SIDE: all are filled. Not deeper than a phrase has sides. */
static void
fill(struct attempt *attempt, guint side, gsize end)
{
	const struct place *neighbour, *first = attempt->chosen[attempt->first];
	const struct near_side *at = &attempt->sides[side];
	guint within, words;

	if (side == G_MAXUINT) {
		attempt->best = MIN(attempt->best, end);
		return;
	}
	neighbour = attempt->chosen[side > attempt->first ? side - 1 : side + 1];
	within = attempt->sides[side > attempt->first ? side : side + 1].within;
	words = within == PHRASE_SENTENCE ? PHRASE_SENTENCE_WORDS : within;
	for (guint i = lower_bound(at, first->end); i<at->n && * attempt->budget> 0; i++) {
		const struct place *place = &at->places[i];

		if (place->start >= attempt->best || (place->from > neighbour->to && place->from - neighbour->to > 2 * words))
			return;
		--*attempt->budget;
		if (place->end >= attempt->best || !is_near(place, neighbour, within) || overlaps_chosen(attempt, place))
			continue;
		attempt->chosen[side] = place;
		fill(attempt, next_side(attempt, side), MAX(end, place->end));
		attempt->chosen[side] = NULL;
	}
}

gboolean
near_next(const struct near_side *sides, guint n_sides, gsize start, guint *budget, gsize *match_start, gsize *match_end)
{
	struct attempt attempt = {.sides = sides, .n = n_sides, .best = G_MAXSIZE, .budget = budget};
	guint at[PHRASE_SIDES_MOST];

	for (guint i = 0; i < n_sides; i++)
		at[i] = lower_bound(&sides[i], start);
	while (*budget > 0) {
		gsize earliest = G_MAXSIZE;

		for (guint i = 0; i < n_sides; i++)
			if (at[i] < sides[i].n)
				earliest = MIN(earliest, sides[i].places[at[i]].start);
		if (earliest == G_MAXSIZE)
			return FALSE;
		for (guint i = 0; i < n_sides; i++)
			for (; at[i] < sides[i].n && sides[i].places[at[i]].start == earliest; at[i]++) {
				const struct place *place = &sides[i].places[at[i]];

				attempt.first = i;
				attempt.chosen[i] = place;
				fill(&attempt, next_side(&attempt, i), place->end);
				attempt.chosen[i] = NULL;
			}
		if (attempt.best<G_MAXSIZE && * budget> 0) {
			*match_start = earliest;
			*match_end = attempt.best;
			return TRUE;
		}
	}
	return FALSE;
}
