#include "find/excerpt.h"

#include "base/text-search.h"

#include <string.h>

#define ELLIPSIS "\u2026"
#define GAP_LONGEST 40         /* characters between two words of a phrase */
#define MATCHES_LOOKED_AT 1000 /* in one passage: the best place is among the first thousand, or all are alike */

struct letter { /* one character of what is looked for, as it is compared */
	gunichar c;
	enum search_class class;
};

struct match {
	guint start, end; /* bytes of the passage's text */
	guint word;       /* which of the words */
};

void
excerpt_free(struct excerpt *excerpt)
{
	g_free(excerpt->text);
	g_array_unref(excerpt->spans);
	g_free(excerpt);
}

static gunichar
letter_at(const char *at)
{
	return (guchar)*at < 0x80 ? (gunichar)(guchar)*at : g_utf8_get_char(at);
}

static enum search_class
class_at(const char *at)
{
	return (guchar)*at >= 0x80 ? text_search_class(g_utf8_get_char(at)) : g_ascii_isalnum(*at) ? SEARCH_WORD : SEARCH_NONE;
}

/* Between the letter AT and the one before it, which there is, stands no boundary of words. */
static gboolean
is_inside(const char *at)
{
	enum search_class class = class_at(at), before;

	if (class != SEARCH_MARK && class != SEARCH_WORD)
		return FALSE;
	before = class_at(g_utf8_prev_char(at));
	return class == SEARCH_MARK ? before != SEARCH_NONE : before == SEARCH_WORD || before == SEARCH_MARK;
}

/* Words may stand apart before WANTED though nothing separates them there: another script, or a sign. */
static gboolean
may_part(const struct letter *wanted)
{
	if (wanted->class == SEARCH_MARK || wanted[-1].class == SEARCH_NONE)
		return FALSE;
	return wanted->class == SEARCH_SIGN || wanted[-1].class == SEARCH_SIGN || (wanted->class == SEARCH_RUN) != (wanted[-1].class == SEARCH_RUN);
}

/* The letter after what stands between two words at AT. */
static const char *
skip_gap(const char *at)
{
	for (guint gap = 0; *at != '\0' && class_at(at) == SEARCH_NONE && gap < GAP_LONGEST; gap++)
		at = g_utf8_next_char(at);
	return at;
}

/* The letter after the match of WANTED up to its end, which begins at AT; NULL: none. What stands between words counts as one gap, in both. */
static const char *
match_letters(const char *at, const struct letter *wanted)
{
	for (const struct letter *first = wanted; wanted->c != 0; at = g_utf8_next_char(at), wanted++) {
		gboolean parted = wanted->class == SEARCH_NONE;

		while (wanted->c != 0 && wanted->class == SEARCH_NONE)
			wanted++;
		if (wanted->c == 0)
			break;
		if (wanted > first && (parted || (class_at(at) == SEARCH_NONE && may_part(wanted)))) {
			if (is_inside(at))
				return NULL;
			at = skip_gap(at);
		}
		if (*at == '\n' && wanted > first && text_search_joins(letter_at(g_utf8_prev_char(at)), letter_at(at + 1)))
			at++;
		if (letter_at(at) != wanted->c)
			return NULL;
	}
	return at;
}

/* The same for a whole word or phrase in FOLDED, or with BEGINNING for the beginning of one: up to its end. */
static const char *
match_end(const struct folded *folded, const char *at, const struct letter *wanted, gboolean beginning)
{
	const char *end;

	if (at > folded->text && is_inside(at))
		return NULL;
	end = match_letters(at, wanted);
	if (end == NULL || (!beginning && is_inside(end)))
		return NULL;
	while (is_inside(end) || (*end != '\0' && folded_origin(folded, end - folded->text) == folded_origin(folded, g_utf8_prev_char(end) - folded->text)))
		end = g_utf8_next_char(end);
	return end;
}

struct wanted {
	GArray *letters; /* from the first that is part of a word */
	char *needle;    /* letters that a match begins with, one directly after the other: what is looked for first; "" when there is none */
	gboolean beginning;
};

static void
wanted_clear(struct wanted *wanted)
{
	g_array_unref(wanted->letters);
	g_free(wanted->needle);
}

/* Letters of other scripts may stand on two lines. */
static char *
needle_of(const GArray *letters)
{
	const struct letter *letter = (const struct letter *)letters->data;
	GString *needle = g_string_new(NULL);

	if (letter->c != 0)
		g_string_append_unichar(needle, letter->c);
	for (; letter->c != 0 && letter->class == SEARCH_WORD && letter[1].c != 0 && letter[1].class == SEARCH_WORD; letter++)
		g_string_append_unichar(needle, letter[1].c);
	return g_string_free(needle, FALSE);
}

static GArray *
letters_of(const char *text)
{
	g_auto(Folded) folded = {NULL, 0, NULL};
	GArray *letters = g_array_new(FALSE, FALSE, sizeof(struct letter));
	const struct letter end = {0, SEARCH_NONE};

	text_search_fold(text, -1, &folded);
	for (const char *at = folded.text; *at != '\0'; at = g_utf8_next_char(at)) {
		struct letter letter = {letter_at(at), class_at(at)};

		if (letters->len > 0 || letter.class != SEARCH_NONE)
			g_array_append_val(letters, letter);
	}
	g_array_append_val(letters, end);
	return letters;
}

static GArray *
wanted_words(const char *const *words)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct wanted));

	g_array_set_clear_func(all, (GDestroyNotify)wanted_clear);
	for (; *words != NULL; words++) {
		gboolean open;
		g_autofree char *searched = text_search_words(*words, -1, TRUE, &open);
		struct wanted wanted = {.letters = letters_of(*words), .beginning = open || g_str_has_suffix(*words, "*")};

		wanted.needle = needle_of(wanted.letters);
		g_array_append_val(all, wanted);
	}
	return all;
}

static const char *
next_place(const struct wanted *wanted, const char *from)
{
	return *wanted->needle != '\0' ? strstr(from, wanted->needle) : NULL;
}

/* All places of all words, in the order of the text. */
static GArray *
find_matches(const char *text, const GArray *wanted)
{
	g_auto(Folded) folded = {NULL, 0, NULL};
	g_autofree const char **places = g_new(const char *, wanted->len + 1);
	GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct match));

	text_search_fold(text, -1, &folded);
	for (guint i = 0; i < wanted->len; i++)
		places[i] = next_place(&g_array_index(wanted, struct wanted, i), folded.text);
	while (matches->len < MATCHES_LOOKED_AT) {
		const struct wanted *want;
		const char *end;
		guint first = wanted->len;

		for (guint i = 0; i < wanted->len; i++)
			if (places[i] != NULL && (first == wanted->len || places[i] < places[first]))
				first = i;
		if (first == wanted->len)
			break;
		want = &g_array_index(wanted, struct wanted, first);
		end = match_end(&folded, places[first], (const struct letter *)want->letters->data, want->beginning);
		if (end != NULL) {
			struct match match = {folded_origin(&folded, places[first] - folded.text), folded_origin(&folded, end - folded.text), first};

			if (match.end > match.start)
				g_array_append_val(matches, match);
		}
		places[first] = next_place(want, g_utf8_next_char(places[first]));
	}
	return matches;
}

static guint
width_between(const char *text, guint start, guint end)
{
	g_autofree char *piece = g_strndup(text + start, end - start);

	return text_columns(piece);
}

/* The first of the matches around which the most different words stand within COLUMNS; *SCORE gets how many. */
static guint
best_match(const char *text, const GArray *matches, guint words, guint columns, guint *score)
{
	g_autofree gboolean *seen = g_new(gboolean, words);
	guint best = 0;

	*score = 0;
	for (guint i = 0; i < matches->len; i++) {
		const struct match *first = &g_array_index(matches, struct match, i);
		guint count = 0;

		memset(seen, 0, words * sizeof *seen);
		for (guint j = i; j < matches->len; j++) {
			const struct match *other = &g_array_index(matches, struct match, j);

			/* no letter has more columns than bytes */
			if (other->end > first->start + columns &&
			    (other->end > first->start + 4 * columns || width_between(text, first->start, other->end) > columns))
				break;
			count += !seen[other->word];
			seen[other->word] = TRUE;
		}
		if (count > *score) {
			*score = count;
			best = i;
		}
		if (count == words)
			break;
	}
	return best;
}

static guint
character_width(const char *at)
{
	char one[8] = "";
	gunichar c = g_utf8_get_char(at);

	if (g_unichar_isspace(c))
		return 1;
	one[g_unichar_to_utf8(c, one)] = '\0';
	return text_columns(one);
}

/* Moves START back over at most COLUMNS, to the beginning of a word. */
static guint
step_back(const char *text, guint start, guint columns)
{
	const char *at = text + start, *word = at;
	guint used = 0;

	while (at > text) {
		const char *before = g_utf8_prev_char(at);

		used += character_width(before);
		if (used > columns)
			return word - text;
		if (g_unichar_isspace(g_utf8_get_char(before)) || text_is_cjk(g_utf8_get_char(before)))
			word = g_unichar_isspace(g_utf8_get_char(before)) ? at : before;
		at = before;
	}
	return 0;
}

/* Moves END on over at most COLUMNS, to the end of a word, never before LEAST. */
static guint
step_on(const char *text, guint start, guint least, guint columns)
{
	const char *at = text + start, *word = text + least;
	guint used = 0;

	for (; *at != '\0'; at = g_utf8_next_char(at)) {
		used += character_width(at);
		if (used > columns)
			return MAX((guint)(word - text), least);
		if (g_unichar_isspace(g_utf8_get_char(at)) || text_is_cjk(g_utf8_get_char(at)))
			word = g_unichar_isspace(g_utf8_get_char(at)) ? at : g_utf8_next_char(at);
	}
	return at - text;
}

/* TEXT[START, END) onto the excerpt: one line, escaped; no second space after one. */
static void
append_piece(GString *out, const char *text, guint start, guint end)
{
	GString *line = g_string_new(NULL);
	g_autofree char *escaped = NULL;

	for (const char *at = text + start; at < text + end; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (!g_unichar_isspace(c))
			g_string_append_unichar(line, c);
		else if (line->len > 0 ? line->str[line->len - 1] != ' ' : out->len > 0 && out->str[out->len - 1] != ' ')
			g_string_append_c(line, ' ');
	}
	escaped = text_escape(line->str, FALSE);
	g_string_append(out, escaped);
	g_string_free(line, TRUE);
}

static struct excerpt *
excerpt_cut(const struct record_passage *passage, const GArray *matches, guint best, guint columns)
{
	const struct match *first = &g_array_index(matches, struct match, best);
	guint start = step_back(passage->text, first->start, columns / 3);
	guint end = step_on(passage->text, start, first->end, columns - 2); /* an ellipsis at both ends */
	struct excerpt *excerpt = g_new0(struct excerpt, 1);
	GString *out;
	guint at, used;

	if (passage->text[end] == '\0' && (used = width_between(passage->text, first->start, end)) < columns - 2)
		start = step_back(passage->text, first->start, columns - 2 - used); /* the room that the end leaves */
	at = start;
	out = g_string_new(start > 0 ? ELLIPSIS : "");
	excerpt->spans = g_array_new(FALSE, FALSE, sizeof(struct excerpt_span));
	excerpt->kind = passage->kind;
	for (guint i = 0; i < matches->len; i++) {
		const struct match *match = &g_array_index(matches, struct match, i);
		struct excerpt_span span;

		if (match->start < at || match->end > end)
			continue;
		append_piece(out, passage->text, at, match->start);
		span.offset = out->len;
		append_piece(out, passage->text, match->start, match->end);
		span.length = out->len - span.offset;
		g_array_append_val(excerpt->spans, span);
		at = match->end;
	}
	append_piece(out, passage->text, at, end);
	g_strchomp(out->str);
	g_string_truncate(out, strlen(out->str));
	if (passage->text[end] != '\0')
		g_string_append(out, ELLIPSIS);
	excerpt->text = g_string_free(out, FALSE);
	return excerpt;
}

/* What the reader would rather see, first. */
static const guint preference[N_PASSAGE_KINDS] = {
    [PASSAGE_NEW] = 7,
    [PASSAGE_ATTACHMENT] = 6,
    [PASSAGE_FORWARDED] = 5,
    [PASSAGE_FILENAME] = 4,
    [PASSAGE_QUOTED] = 3,
    [PASSAGE_ENCLOSED] = 2,
    [PASSAGE_SIGNATURE] = 1,
};

struct excerpt *
excerpt_new(const GPtrArray *passages, const char *const *words, guint columns)
{
	g_autoptr(GArray) wanted = wanted_words(words);
	g_autoptr(GArray) best = NULL;
	const struct record_passage *chosen = NULL;
	guint most = 0, place = 0;

	columns = MAX(columns, 20);
	for (guint i = 0; i < passages->len && wanted->len > 0; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		g_autoptr(GArray) matches = NULL;
		guint score, found;

		if (passage->kind == PASSAGE_SUBJECT)
			continue;
		matches = find_matches(passage->text, wanted);
		if (matches->len == 0)
			continue;
		found = best_match(passage->text, matches, wanted->len, columns, &score);
		score = score * N_PASSAGE_KINDS + preference[passage->kind];
		if (score <= most)
			continue;
		most = score;
		place = found;
		chosen = passage;
		g_clear_pointer(&best, g_array_unref);
		best = g_steal_pointer(&matches);
	}
	return chosen != NULL ? excerpt_cut(chosen, best, place, columns) : NULL;
}

GArray *
excerpt_marks(const char *text, const char *const *words)
{
	GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct excerpt_span));
	g_autoptr(GArray) wanted = wanted_words(words);
	g_autoptr(GArray) matches = NULL;
	guint at = 0;

	if (wanted->len == 0)
		return spans;
	matches = find_matches(text, wanted);
	for (guint i = 0; i < matches->len; i++) {
		const struct match *match = &g_array_index(matches, struct match, i);
		struct excerpt_span span = {match->start, match->end - match->start};

		if (match->start < at)
			continue;
		g_array_append_val(spans, span);
		at = match->end;
	}
	return spans;
}
