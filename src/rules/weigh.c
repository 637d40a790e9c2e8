#include "rules/weigh.h"

/* A word for a topic; the same rule at several places is several of them. */
struct word {
	guint target, rule, reading;
	gsize at;
	guint weight;
};

struct weigh {
	const struct search *search;
	GArray *words;  /* of struct word */
	guint *weights; /* by target, for one place at a time */
};

struct weigh *
weigh_new(const struct search *search)
{
	struct weigh *weigh = g_new0(struct weigh, 1);

	weigh->search = search;
	weigh->words = g_array_new(FALSE, FALSE, sizeof(struct word));
	weigh->weights = g_new0(guint, search->ruleset->targets->len + 1);
	return weigh;
}

void
weigh_free(struct weigh *weigh)
{
	if (weigh == NULL)
		return;
	g_array_unref(weigh->words);
	g_free(weigh->weights);
	g_free(weigh);
}

void
weigh_add(struct weigh *weigh, guint target, const struct match *match)
{
	guint weight = ruleset_rule(weigh->search->ruleset, match->rule)->key == KEY_HINT ? 1 : 2;
	struct word word = {target, match->rule, match->reading, match->span.start, weight};

	if (weigh->words->len < WEIGH_MOST)
		g_array_append_val(weigh->words, word);
}

static const struct word *
word_at(const struct weigh *weigh, guint index)
{
	return &g_array_index(weigh->words, struct word, index);
}

static gboolean
is_subject(const struct weigh *weigh, const struct word *word)
{
	return ((const struct reading *)g_ptr_array_index(weigh->search->readings, word->reading))->place == PASSAGE_SUBJECT;
}

static gboolean
is_near(const struct weigh *weigh, const struct word *a, const struct word *b)
{
	if (is_subject(weigh, a) || is_subject(weigh, b))
		return TRUE;
	return a->reading == b->reading && (a->at > b->at ? a->at - b->at : b->at - a->at) <= WEIGH_NEAR;
}

/* Whether the words before INDEX have the same rule for the same topic, near to CENTRE. Words stand by rule, so only the last few are asked. */
static gboolean
is_counted(const struct weigh *weigh, const struct word *centre, guint index)
{
	const struct word *word = word_at(weigh, index);

	for (guint i = index; i-- > 0 && word_at(weigh, i)->rule == word->rule && word_at(weigh, i)->target == word->target;)
		if (is_near(weigh, word_at(weigh, i), centre))
			return TRUE;
	return FALSE;
}

/* The topic that weighs more than twice what CENTRE's topic does around it, the heaviest; G_MAXUINT: none. */
static guint
heaviest_around(const struct weigh *weigh, const struct word *centre)
{
	guint heaviest = centre->target;

	for (guint i = 0; i < weigh->words->len; i++)
		weigh->weights[word_at(weigh, i)->target] = 0;
	for (guint i = 0; i < weigh->words->len; i++)
		if (is_near(weigh, word_at(weigh, i), centre) && !is_counted(weigh, centre, i))
			weigh->weights[word_at(weigh, i)->target] += word_at(weigh, i)->weight;
	for (guint i = 0; i < weigh->words->len; i++)
		if (weigh->weights[word_at(weigh, i)->target] > weigh->weights[heaviest])
			heaviest = word_at(weigh, i)->target;
	return weigh->weights[heaviest] > 2 * weigh->weights[centre->target] ? heaviest : G_MAXUINT;
}

guint
weigh_total(const struct weigh *weigh, guint target)
{
	guint total = 0;

	for (guint i = 0; i < weigh->words->len; i++) {
		const struct word *word = word_at(weigh, i), *before = i > 0 ? word_at(weigh, i - 1) : NULL;

		/* Words stand by rule. */
		if (word->target == target && (before == NULL || before->target != target || before->rule != word->rule))
			total += word->weight;
	}
	return total;
}

guint
weigh_outweighed_by(const struct weigh *weigh, guint target)
{
	guint by = G_MAXUINT;

	for (guint i = 0; i < weigh->words->len; i++) {
		if (word_at(weigh, i)->target != target)
			continue;
		by = heaviest_around(weigh, word_at(weigh, i));
		if (by == G_MAXUINT)
			return by;
	}
	return by;
}
