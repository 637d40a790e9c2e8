#include "find/excerpt.h"

#include "base/text.h"

#include <string.h>

#define ELLIPSIS "\u2026"
#define GAP_LONGEST 40         /* characters between two words of a phrase */
#define MATCHES_LOOKED_AT 1000 /* in one passage: the best place is among the first thousand, or all are alike */

struct letter {       /* one character of a passage as it is compared */
	gunichar c;   /* folded, caseless */
	guint origin; /* its byte in the passage's text */
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

	text_fold(text, -1, &folded);
	for (const char *at = folded.text; *at != '\0'; at = g_utf8_next_char(at)) {
		struct letter letter = {g_unichar_tolower(g_utf8_get_char(at)), folded_origin(&folded, at - folded.text)};

		g_array_append_val(letters, letter);
	}
	end = (struct letter){0, strlen(text)};
	g_array_append_val(letters, end);
	return letters;
}

/* Part of a word: between two such characters there is no boundary. */
static gboolean
is_inside(gunichar c)
{
	return c != 0 && !text_is_cjk(c) && (g_unichar_isalnum(c) || g_unichar_ismark(c));
}

static gboolean
is_word(gunichar c)
{
	return c != 0 && (text_is_cjk(c) || g_unichar_isalnum(c) || g_unichar_ismark(c));
}

/* The letter after the match of WANTED (one word or phrase) at AT, or 0. What stands between words counts as one gap, in both. */
static guint
match_end(const struct letter *letters, guint at, const struct letter *wanted, gboolean beginning)
{
	guint gap;

	if (at > 0 && is_inside(letters[at].c) && is_inside(letters[at - 1].c))
		return 0;
	while (wanted->c != 0) {
		if (is_word(wanted->c)) {
			if (letters[at].c != wanted->c)
				return 0;
			at++;
			wanted++;
			continue;
		}
		while (wanted->c != 0 && !is_word(wanted->c))
			wanted++;
		if (wanted->c == 0)
			break;
		if (is_inside(letters[at].c) && is_inside(letters[at - 1].c))
			return 0;
		for (gap = 0; letters[at].c != 0 && !is_word(letters[at].c) && gap < GAP_LONGEST; gap++)
			at++;
	}
	if (!beginning && is_inside(letters[at - 1].c) && is_inside(letters[at].c))
		return 0;
	while (beginning && is_inside(letters[at - 1].c) && is_inside(letters[at].c))
		at++;
	return at;
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
		struct wanted wanted = {letters_of(*words), 0, g_str_has_suffix(*words, "*")};
		const struct letter *letters = (const struct letter *)wanted.letters->data;

		while (letters[wanted.skip].c != 0 && !is_word(letters[wanted.skip].c))
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
	GString *out = g_string_new(start > 0 ? ELLIPSIS : "");
	guint at = start;

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
