#include "find/excerpt.h"

#include "base/text-search.h"

#include <string.h>

#define ELLIPSIS "\u2026"
#define GAP_LONGEST 40         /* characters between two words of a phrase */
#define MATCHES_LOOKED_AT 1000 /* in one passage: the best place is among the first thousand, or all are alike */

struct letter { /* one character of a passage as it is compared */
	gunichar c;
	guint origin; /* its byte in the passage's text */
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

static GArray *
letters_of(const char *text)
{
	g_auto(Folded) folded = {NULL, 0, NULL};
	GArray *letters = g_array_new(FALSE, FALSE, sizeof(struct letter));
	struct letter end;

	text_search_fold(text, -1, &folded);
	for (const char *at = folded.text; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		struct letter letter = {c, folded_origin(&folded, at - folded.text), text_search_class(c)};

		g_array_append_val(letters, letter);
	}
	end = (struct letter){0, strlen(text), SEARCH_NONE};
	g_array_append_val(letters, end);
	return letters;
}

/* Between LETTER and the one before it there is no boundary of words. */
static gboolean
is_inside(const struct letter *letter)
{
	if (letter->class == SEARCH_MARK)
		return letter[-1].class != SEARCH_NONE;
	return letter->class == SEARCH_WORD && (letter[-1].class == SEARCH_WORD || letter[-1].class == SEARCH_MARK);
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
static guint
skip_gap(const struct letter *letters, guint at)
{
	for (guint gap = 0; letters[at].c != 0 && letters[at].class == SEARCH_NONE && gap < GAP_LONGEST; gap++)
		at++;
	return at;
}

/* The letter after the match of WANTED up to its end, which begins at AT; 0: none. What stands between words counts as one gap, in both. */
static guint
match_letters(const struct letter *letters, guint at, const struct letter *wanted)
{
	for (const struct letter *first = wanted; wanted->c != 0; at++, wanted++) {
		gboolean parted = wanted->class == SEARCH_NONE;

		while (wanted->c != 0 && wanted->class == SEARCH_NONE)
			wanted++;
		if (wanted->c == 0)
			break;
		if (wanted > first && (parted || (letters[at].class == SEARCH_NONE && may_part(wanted)))) {
			if (is_inside(&letters[at]))
				return 0;
			at = skip_gap(letters, at);
		}
		if (letters[at].c == '\n' && wanted > first && text_search_joins(letters[at - 1].c, letters[at + 1].c))
			at++;
		if (letters[at].c != wanted->c)
			return 0;
	}
	return at;
}

/* The same for a whole word or phrase, or with BEGINNING for the beginning of one: up to its end. */
static guint
match_end(const struct letter *letters, guint at, const struct letter *wanted, gboolean beginning)
{
	guint end;

	if (at > 0 && is_inside(&letters[at]))
		return 0;
	end = match_letters(letters, at, wanted);
	if (end == 0 || (!beginning && is_inside(&letters[end])))
		return 0;
	while (is_inside(&letters[end]) || (letters[end].c != 0 && letters[end].origin == letters[end - 1].origin))
		end++;
	return end;
}

struct wanted {
	GArray *letters; /* from the first that is part of a word */
	guint skip;
	gboolean beginning;
};

static void
wanted_clear(struct wanted *wanted)
{
	g_array_unref(wanted->letters);
}

static GArray *
wanted_words(const char *const *words)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct wanted));

	g_array_set_clear_func(all, (GDestroyNotify)wanted_clear);
	for (; *words != NULL; words++) {
		gboolean open;
		g_autofree char *searched = text_search_words(*words, -1, TRUE, &open);
		struct wanted wanted = {letters_of(*words), 0, open || g_str_has_suffix(*words, "*")};
		const struct letter *letters = (const struct letter *)wanted.letters->data;

		while (letters[wanted.skip].c != 0 && letters[wanted.skip].class == SEARCH_NONE)
			wanted.skip++;
		g_array_append_val(all, wanted);
	}
	return all;
}

/* All places of all words, in the order of the text. */
static GArray *
find_matches(const char *text, const GArray *wanted)
{
	g_autoptr(GArray) letters = letters_of(text);
	const struct letter *letter = (const struct letter *)letters->data;
	GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct match));

	for (guint at = 0; letter[at].c != 0 && matches->len < MATCHES_LOOKED_AT; at++) {
		for (guint i = 0; i < wanted->len; i++) {
			const struct wanted *want = &g_array_index(wanted, struct wanted, i);
			const struct letter *first = &g_array_index(want->letters, struct letter, want->skip);
			guint end = first->c != 0 && first->c == letter[at].c ? match_end(letter, at, first, want->beginning) : 0;
			struct match match = {letter[at].origin, letter[end].origin, i};

			if (end > at && match.end > match.start)
				g_array_append_val(matches, match);
		}
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

			if (other->end > first->start + 4 * columns || width_between(text, first->start, other->end) > columns)
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
