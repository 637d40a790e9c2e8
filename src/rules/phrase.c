#include "rules/phrase.h"

#include <string.h>

#include "base/text.h"
#include "rules/phrasewords.h"

#define LIST_ALONE "a list stands alone between \"|\" and \"~\", as in \"a | <list> ~8 b\""

/* What is wrong with a word that is, or looks like, a list's name. */
static const char *
check_list(const struct phrase_word *word, gboolean begins)
{
	const char *p = word->start + 1, *close = memchr(p, '>', word->end - p);

	if (close == NULL || close == p)
		return NULL;
	if (g_ascii_isdigit(*p) || g_ascii_islower(*p))
		while (g_ascii_isdigit(*p) || g_ascii_islower(*p) || *p == '-')
			p++;
	if (p != close)
		return "expected the name of a [words] list, of small letters, digits and hyphens, as in <attack>";
	return !begins || p + 1 != word->end || word->star ? LIST_ALONE : NULL;
}

static const char *
check_within(const struct phrase_word *word, const struct phrase_word *before, guint *sides)
{
	const char *p = word->start + 1;

	while (g_ascii_isdigit(*p))
		p++;
	if (word->within != PHRASE_SENTENCE && (p == word->start + 1 || p != word->end || word->within < 1 || word->within > PHRASE_WITHIN_MOST))
		return "expected \"~\" and a number of words from 1 to 50, as in \"a ~8 b\", or \"~s\"";
	if (before->start == NULL || before->choice || before->within > 0)
		return "\"~\" needs words before it, as in \"a ~8 b\"";
	return ++*sides > PHRASE_SIDES_MOST ? "a phrase has at most eight sides, with seven \"~\" between them" : NULL;
}

static const char *
check_word(const struct phrase_word *word, const struct phrase_word *before, guint *sides, const char **place)
{
	gboolean begins = before->start == NULL || before->choice || before->within > 0;

	*place = word->start;
	if (word->choice)
		return begins ? "\"|\" needs words before it, as in \"a | b ~8 c\"" : NULL;
	if (*word->start == '~')
		return check_within(word, before, sides);
	if (before->list && !begins) {
		*place = before->start;
		return LIST_ALONE;
	}
	if (*word->start == '<' && check_list(word, begins) != NULL)
		return check_list(word, begins);
	*place = memchr(word->start, '*', word->end - word->start);
	return *place != NULL ? "\"*\" stands at the end of a word only" : NULL;
}

gboolean
phrase_check(const char *folded, gsize *offset, const char **message)
{
	struct phrase_word word = {0}, before = {0};
	guint sides = 1;
	const char *place = folded;

	*message = NULL;
	*offset = 0;
	if (folded[strspn(folded, " \t\n")] != '\0' && strpbrk(folded, "*~|<") == NULL)
		return TRUE;
	for (const char *p = folded; *message == NULL && phrase_next_word(&p, &word); before = word)
		*message = check_word(&word, &before, &sides, &place);
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

static gboolean
trim(const char **start, const char **end)
{
	while (*start < *end && phrase_is_separator(**start))
		(*start)++;
	while (*end > *start && phrase_is_separator((*end)[-1]))
		(*end)--;
	return *start < *end;
}

guint
phrase_sides(const char *folded, struct phrase_side sides[PHRASE_SIDES_MOST])
{
	struct phrase_word word;
	guint n = 0;

	sides[0] = (struct phrase_side){folded, folded + strlen(folded), 0};
	for (const char *p = folded; strchr(folded, '~') != NULL && n + 1 < PHRASE_SIDES_MOST && phrase_next_word(&p, &word);)
		if (word.within > 0) {
			sides[n + 1] = (struct phrase_side){word.end, sides[n].end, word.within};
			sides[n++].end = word.start;
		}
	return n + 1;
}

gboolean
phrase_next_alternative(const struct phrase_side *side, const char **cursor, const char **start, const char **end)
{
	while (*cursor < side->end) {
		const char *bar = memchr(*cursor, '|', side->end - *cursor);

		*start = *cursor;
		*end = bar != NULL ? bar : side->end;
		*cursor = bar != NULL ? bar + 1 : side->end;
		if (trim(start, end))
			return TRUE;
	}
	return FALSE;
}

char *
phrase_list_name(const char *start, const char *end)
{
	struct phrase_word word;

	if (start >= end || *start != '<' || !phrase_next_word(&start, &word) || word.end != end || !word.list)
		return NULL;
	return g_strndup(word.start + 1, word.end - word.start - 2);
}

gboolean
phrase_is_compound(const char *folded)
{
	struct phrase_word word;

	if (strpbrk(folded, "|~<") == NULL)
		return FALSE;
	for (const char *p = folded; phrase_next_word(&p, &word);)
		if (word.choice || word.within > 0 || word.list)
			return TRUE;
	return FALSE;
}
