#include "rules/tally.h"

#include <string.h>

/* Whether a phrase was counted before, by this rule or another with the same words. */
static gboolean
is_counted(const struct tally *tally, const struct ruleset *ruleset, const struct rule *rule)
{
	for (guint i = 0; i < tally->rules->len; i++)
		if (strcmp(ruleset_rule(ruleset, g_array_index(tally->rules, guint, i))->folded, rule->folded) == 0)
			return TRUE;
	return FALSE;
}

static gboolean
lies_within(const struct match *one, const struct match *other)
{
	return one->reading == other->reading && one->span.start >= other->span.start && one->span.end <= other->span.end;
}

/* Whether two matches are of two hints that say two things. */
static gboolean
differ(const struct ruleset *ruleset, const struct match *one, const struct match *other)
{
	return strcmp(ruleset_rule(ruleset, one->rule)->folded, ruleset_rule(ruleset, other->rule)->folded) != 0 && !lies_within(one, other) &&
	       !lies_within(other, one);
}

static void
add_hint(struct tally *tally, const struct ruleset *ruleset, const struct match *match)
{
	if (tally->hints > 1)
		return;
	if (tally->places == NULL)
		tally->places = g_array_new(FALSE, FALSE, sizeof(struct match));
	tally->hints = 1;
	for (guint i = 0; i < tally->places->len; i++)
		if (differ(ruleset, match, &g_array_index(tally->places, struct match, i)))
			tally->hints = 2;
	g_array_append_vals(tally->places, match, 1);
}

static gboolean
is_known_rule(const struct tally *tally, guint rule)
{
	for (guint i = 0; i < tally->rules->len; i++)
		if (g_array_index(tally->rules, guint, i) == rule)
			return TRUE;
	return FALSE;
}

void
tally_add(struct tally *tally, const struct ruleset *ruleset, const struct match *match, guint place)
{
	const struct rule *rule = ruleset_rule(ruleset, match->rule);
	gboolean forwarded = place == PASSAGE_FORWARDED;

	if (tally->rules == NULL)
		tally->rules = g_array_new(FALSE, FALSE, sizeof(guint));
	if (!is_known_rule(tally, match->rule)) {
		tally->phrases += !is_counted(tally, ruleset, rule);
		g_array_append_val(tally->rules, match->rule);
	}
	if (rule->key == KEY_HINT)
		add_hint(tally, ruleset, match);
	if (rule->key == KEY_LIKELY)
		*(forwarded ? &tally->likely_forwarded : &tally->likely) += 1;
	else if (rule->key != KEY_HINT)
		*(forwarded ? &tally->firm_forwarded : &tally->firm) += 1;
}

void
tally_clear(struct tally *tally)
{
	g_clear_pointer(&tally->rules, g_array_unref);
	g_clear_pointer(&tally->places, g_array_unref);
}

/* Forwarded text counts one step less, unless two different phrases match. */
enum record_tier
tally_tier(const struct tally *tally)
{
	gboolean two = tally->phrases > 1;

	if (tally->firm > 0 || (tally->firm_forwarded > 0 && two))
		return TIER_FIRM;
	if (tally->firm_forwarded > 0 || tally->likely > 0 || (tally->likely_forwarded > 0 && two) || tally->hints > 1)
		return TIER_SUGGESTED;
	return tally->phrases > 0 ? TIER_HINT : N_TIERS;
}

enum record_tier
tally_evidence_tier(const struct tally *tally, enum rule_key key, guint place)
{
	enum record_tier whole = tally_tier(tally);
	gboolean two = tally->phrases > 1, forwarded = place == PASSAGE_FORWARDED;

	switch (key) {
	case KEY_HINT:
		return MAX(whole, tally->hints > 1 ? TIER_SUGGESTED : TIER_HINT);
	case KEY_LIKELY:
		return MAX(whole, !forwarded || two ? TIER_SUGGESTED : TIER_HINT);
	default:
		return MAX(whole, !forwarded || two ? TIER_FIRM : TIER_SUGGESTED);
	}
}
