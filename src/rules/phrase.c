#include "rules/phrase.h"

#include <string.h>

#include "base/text.h"

#define SEPARATOR "[ \\t\\n-]"
#define ARABIC_PREFIX "[\\x{648}\\x{641}\\x{628}\\x{644}\\x{643}]"

struct word {
	const char *start, *end; /* without the asterisk */
	gboolean star;
	gboolean choice; /* "|": no word of the phrase */
	guint within;    /* n of "~n": no word of the phrase; 0: a word */
};

static gboolean
is_separator(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* The word, ~n or | at *P or after; FALSE at the end. */
static gboolean
next_word(const char **p, struct word *word)
{
	while (is_separator(**p))
		(*p)++;
	if (**p == '\0')
		return FALSE;
	*word = (struct word){.start = *p, .choice = **p == '|'};
	do
		(*p)++;
	while (!word->choice && **p != '\0' && **p != '|' && !is_separator(**p));
	word->end = *p;
	if (*word->start == '~' && g_ascii_isdigit(word->start[1]))
		word->within = (guint)MIN(g_ascii_strtoull(word->start + 1, NULL, 10), PHRASE_WITHIN_MOST + 1);
	else if (word->end - word->start > 1 && word->end[-1] == '*') {
		word->star = TRUE;
		word->end--;
	}
	return TRUE;
}

static const char *
check_word(const struct word *word, const struct word *before, guint *within, const char **place)
{
	*place = word->start;
	if (word->choice)
		return before->start == NULL || before->choice || before->within > 0 ? "\"|\" needs words before it, as in \"a | b ~8 c\"" : NULL;
	if (*word->start == '~') {
		const char *p = word->start + 1;

		while (g_ascii_isdigit(*p))
			p++;
		if (p == word->start + 1 || p != word->end || word->within < 1 || word->within > PHRASE_WITHIN_MOST)
			return "expected \"~\" and a number of words from 1 to 50, as in \"a ~8 b\"";
		if (before->start == NULL || before->choice)
			return "\"~\" needs words before it, as in \"a ~8 b\"";
		if ((*within)++ > 0)
			return "a second \"~\"; a phrase takes one";
		return NULL;
	}
	*place = memchr(word->start, '*', word->end - word->start);
	return *place != NULL ? "\"*\" stands at the end of a word only" : NULL;
}

gboolean
phrase_check(const char *folded, gsize *offset, const char **message)
{
	struct word word = {0}, before = {0};
	guint within = 0;
	const char *place = folded;

	*message = NULL;
	*offset = 0;
	if (folded[strspn(folded, " \t\n")] != '\0' && strpbrk(folded, "*~|") == NULL)
		return TRUE;
	for (const char *p = folded; *message == NULL && next_word(&p, &word); before = word)
		*message = check_word(&word, &before, &within, &place);
	if (*message == NULL && before.start == NULL) {
		*message = "an empty phrase";
		place = folded;
	} else if (*message == NULL && (before.within > 0 || before.choice)) {
		*message = before.choice ? "\"|\" needs words after it, as in \"a | b ~8 c\"" : "\"~\" needs words after it, as in \"a ~8 b\"";
		place = before.start;
	}
	*offset = place - folded;
	return *message == NULL;
}

/* In CAPITALS: two characters or more, a capital, no small letter. */
static gboolean
is_capitals(const struct word *word)
{
	gboolean capital = FALSE;
	guint characters = 0;

	for (const char *p = word->start; p < word->end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (c < 0x80 ? g_ascii_islower(c) : g_unichar_islower(c))
			return FALSE;
		capital |= c < 0x80 ? g_ascii_isupper(c) : g_unichar_isupper(c);
		characters++;
	}
	return capital && characters > 1;
}

static gunichar
first_character(const struct word *word)
{
	return g_utf8_get_char(word->start);
}

static gunichar
last_character(const struct word *word)
{
	return g_utf8_get_char(g_utf8_prev_char(word->end));
}

static gboolean
is_word_character(gunichar c)
{
	return c < 0x80 ? g_ascii_isalnum(c) || c == '_' : g_unichar_isalnum(c);
}

static gboolean
is_arabic(gunichar c)
{
	return c >= 0x0600 && c <= 0x06ff;
}

/* A whole word is asked for beside a letter or digit, but not beside punctuation (.eth, CVE-) nor Han, Kana, Hangul. */
static gboolean
has_edge(gunichar c)
{
	return is_word_character(c) && !text_is_cjk(c);
}

static gboolean
takes_plural(const struct word *word)
{
	gunichar c = last_character(word);

	return !word->star && (c < 0x80 ? g_ascii_isalnum(c) : c < 0x0250 && g_unichar_isalpha(c));
}

/* Han and Latin are written with or without a space between them, and so are words of Han. */
static gboolean
space_is_optional(gunichar before, gunichar after)
{
	return text_is_cjk(before) || text_is_cjk(after);
}

static void
append_character(GString *out, gunichar c)
{
	if (c < 0x80 && !g_ascii_isalnum(c) && c != '_')
		g_string_append_c(out, '\\');
	g_string_append_unichar(out, c);
}

static void
append_separator(GString *out, gunichar before, gunichar after)
{
	g_string_append(out, SEPARATOR);
	g_string_append_c(out, space_is_optional(before, after) ? '*' : '+');
	if (after != '-')
		g_string_append_c(out, '+');
}

static void
append_word(GString *out, const struct word *word)
{
	gboolean capitals = is_capitals(word);
	gunichar before = 0;

	if (capitals)
		g_string_append(out, "(?-i:");
	for (const char *p = word->start; p < word->end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		/* "内部DNS安全" may have spaces where the scripts meet, and a line may end at a hyphen */
		if (before != 0 && text_is_cjk(before) != text_is_cjk(c) && is_word_character(before) && is_word_character(c))
			append_separator(out, before, c);
		else if (before == '-')
			g_string_append(out, "[ \\t\\n]*+");
		append_character(out, c);
		before = c;
	}
	if (capitals)
		g_string_append_c(out, ')');
	if (word->star && has_edge(before))
		g_string_append(out, PHRASE_WORD "*+");
}

static void
append_edge_before(GString *out, gunichar first)
{
	if (!has_edge(first))
		return;
	if (is_arabic(first))
		g_string_append(
		    out, "(?:(?<!" PHRASE_WORD ")|(?<=(?<!" PHRASE_WORD ")" ARABIC_PREFIX ")|(?<=(?<!" PHRASE_WORD ")" ARABIC_PREFIX ARABIC_PREFIX "))");
	else
		g_string_append(out, "(?<!" PHRASE_WORD ")");
}

/* The end of the alternative that begins at P: the next "|", or END. */
static const char *
alternative_end(const char *p, const char *end)
{
	const char *bar = memchr(p, '|', end - p);

	return bar != NULL ? bar : end;
}

static void
append_alternative(GString *out, const char *p, const char *end)
{
	struct word word, before = {0};

	while (end > p && is_separator(end[-1]))
		end--;
	while (p < end && next_word(&p, &word)) {
		if (before.start == NULL)
			append_edge_before(out, first_character(&word));
		else
			append_separator(out, last_character(&before), first_character(&word));
		append_word(out, &word);
		before = word;
	}
	if (takes_plural(&before))
		g_string_append(out, "(?:e?s)?");
	if (!before.star && has_edge(last_character(&before)))
		g_string_append(out, "(?!" PHRASE_WORD ")");
}

/* One side of a "~", or the whole phrase without one: the alternatives from P to END. */
static void
append_side(GString *out, const char *p, const char *end)
{
	const char *stop = alternative_end(p, end);
	gboolean choice = stop < end;

	if (choice)
		g_string_append(out, "(?:");
	append_alternative(out, p, stop);
	while (stop < end) {
		p = stop + 1;
		stop = alternative_end(p, end);
		g_string_append_c(out, '|');
		append_alternative(out, p, stop);
	}
	if (choice)
		g_string_append_c(out, ')');
}

void
phrase_append_words(GString *expression, const char *words)
{
	struct word word, before = {0};

	for (const char *p = words; next_word(&p, &word); before = word) {
		if (before.start != NULL)
			append_separator(expression, last_character(&before), first_character(&word));
		append_word(expression, &word);
	}
}

struct sides {
	const char *a, *a_end, *b, *b_end; /* b NULL: no "~" */
	guint within;
};

static struct sides
find_sides(const char *folded)
{
	struct sides sides = {folded, folded + strlen(folded), NULL, NULL, 0};
	struct word word;

	for (const char *p = folded; next_word(&p, &word);)
		if (word.within > 0) {
			sides.b = word.end;
			sides.b_end = sides.a_end;
			sides.a_end = word.start;
			sides.within = word.within;
		}
	while (sides.a_end > sides.a && is_separator(sides.a_end[-1]))
		sides.a_end--;
	return sides;
}

static gboolean
has_cjk(const char *p, const char *end)
{
	for (; p < end; p = g_utf8_next_char(p))
		if (text_is_cjk(g_utf8_get_char(p)))
			return TRUE;
	return FALSE;
}

/* At most WITHIN words between; where words are not told apart by spaces, two characters are a word. */
static void
append_gap(GString *out, guint within, gboolean cjk)
{
	if (cjk)
		g_string_append_printf(out, "(?s:.{0,%u}?)", 2 * within);
	else
		g_string_append_printf(out, "\\W+(?:[\\w']++[^\\w']+){0,%u}?", within);
}

char *
phrase_expression(const char *folded)
{
	struct sides sides = find_sides(folded);
	GString *out = g_string_sized_new(256);
	gboolean cjk;

	if (sides.b == NULL) {
		append_side(out, sides.a, sides.a_end);
		return g_string_free(out, FALSE);
	}
	cjk = has_cjk(sides.a, sides.a_end) || has_cjk(sides.b, sides.b_end);
	g_string_append(out, "(?:");
	append_side(out, sides.a, sides.a_end);
	append_gap(out, sides.within, cjk);
	append_side(out, sides.b, sides.b_end);
	g_string_append_c(out, '|');
	append_side(out, sides.b, sides.b_end);
	append_gap(out, sides.within, cjk);
	append_side(out, sides.a, sides.a_end);
	g_string_append_c(out, ')');
	return g_string_free(out, FALSE);
}

/* Words that always stand together. */
struct stretch {
	const char *start, *end;
	guint edges;
};

/* The two longest so far, the longer first. */
static void
keep_longer(struct stretch best[2], const char *start, const char *end, guint edges)
{
	struct stretch new = {start, end, edges};

	if (end - start > best[0].end - best[0].start) {
		best[1] = best[0];
		best[0] = new;
	} else if (end - start > best[1].end - best[1].start) {
		best[1] = new;
	}
}

/* Where Han and Latin meet inside a word a space may stand: the stretch from *START on ends there. */
static void
end_at_borders(const struct word *word, struct stretch best[2], const char **start, guint *edges)
{
	gunichar before = 0;

	for (const char *p = word->start; p < word->end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (before != 0 && text_is_cjk(before) != text_is_cjk(c)) {
			keep_longer(best, *start, p, *edges);
			*start = p;
			*edges = 0;
		}
		before = c;
	}
}

/* Stretches end at an asterisk and where a space is optional. */
static void
find_stretches(const char *p, const char *side_end, struct stretch best[2])
{
	const char *start = NULL;
	struct word word = {0}, before = {0};
	guint edges = 0;

	for (; p < side_end && next_word(&p, &word); before = word) {
		if (start != NULL && space_is_optional(last_character(&before), first_character(&word))) {
			keep_longer(best, start, before.end, edges);
			start = NULL;
		}
		if (start == NULL) {
			start = word.start;
			edges = before.start != NULL || !has_edge(first_character(&word)) ? 0 : LITERAL_WORD_BEFORE;
		}
		end_at_borders(&word, best, &start, &edges);
		if (word.star) {
			keep_longer(best, start, word.end, edges);
			start = NULL;
		}
	}
	if (start == NULL)
		return;
	if (has_edge(last_character(&before)))
		edges |= LITERAL_WORD_AFTER | (takes_plural(&before) ? LITERAL_PLURAL : 0);
	keep_longer(best, start, before.end, edges);
}

/* A phrase that is one stretch from end to end: the bulk of any rule file, so found without taking it apart. */
static gboolean
is_one_stretch(const char *folded, struct stretch *stretch)
{
	const char *end = folded;
	struct word whole;

	for (; *end != '\0'; end++)
		if (*end == '*' || *end == '~' || (guchar)*end >= 0xe1) /* from U+1000 on there is Han, Kana and Hangul */
			return FALSE;
	while (end > folded && is_separator(end[-1]))
		end--;
	while (folded < end && is_separator(*folded))
		folded++;
	if (folded == end)
		return FALSE;
	whole = (struct word){.start = folded, .end = end};
	*stretch = (struct stretch){folded, end, has_edge(first_character(&whole)) ? LITERAL_WORD_BEFORE : 0};
	if (has_edge(last_character(&whole)))
		stretch->edges |= LITERAL_WORD_AFTER | (takes_plural(&whole) ? LITERAL_PLURAL : 0);
	return TRUE;
}

static gboolean
set_literal(struct phrase_literal *literal, const struct stretch *stretch)
{
	g_string_truncate(literal->text, 0);
	if (stretch->start != NULL)
		literal_append_plain(literal->text, stretch->start, stretch->end - stretch->start);
	literal->edges = stretch->edges;
	if (literal->text->len > LITERAL_MOST) {
		gsize length = LITERAL_MOST;

		while (length > 0 && (literal->text->str[length] & 0xc0) == 0x80)
			length--;
		g_string_truncate(literal->text, length);
		literal->edges &= LITERAL_WORD_BEFORE;
	}
	return literal->text->len >= LITERAL_LEAST;
}

guint
phrase_literals(const char *folded, struct phrase_literal *first, struct phrase_literal *second)
{
	struct stretch best[2] = {{0}, {0}};

	if (!is_one_stretch(folded, &best[0])) {
		struct sides sides = find_sides(folded);

		find_stretches(sides.a, sides.a_end, best);
		if (sides.b != NULL)
			find_stretches(sides.b, sides.b_end, best);
	}
	if (!set_literal(first, &best[0]))
		return 0;
	return set_literal(second, &best[1]) ? 2 : 1;
}

static void
add_alternatives(GPtrArray *out, const char *p, const char *end)
{
	for (const char *stop; p <= end; p = stop + 1) {
		stop = alternative_end(p, end);
		g_ptr_array_add(out, g_strndup(p, stop - p));
	}
}

gboolean
phrase_alternatives(const char *folded, GPtrArray *first, GPtrArray *second)
{
	struct sides sides;

	if (strchr(folded, '|') == NULL)
		return FALSE;
	sides = find_sides(folded);
	add_alternatives(first, sides.a, sides.a_end);
	if (sides.b != NULL)
		add_alternatives(second, sides.b, sides.b_end);
	return TRUE;
}
