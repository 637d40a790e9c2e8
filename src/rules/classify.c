#include "rules/classify.h"

#include <string.h>

#include "base/dates.h"
#include "base/limits.h"
#include "rules/evidence.h"
#include "rules/intent.h"
#include "rules/kind.h"
#include "rules/roster.h"
#include "rules/tally.h"
#include "rules/weigh.h"

#define TYPE(name) (1u << SECTION_##name)
#define FILED_TYPES (TYPE(WORKSTREAM) | TYPE(TOPIC) | TYPE(SERIES))
#define ALL_TYPES (FILED_TYPES | TYPE(INTENT) | TYPE(GROUP) | TYPE(REGION))

struct filing {
	struct search *search;
	struct evidence *evidence;
	struct weigh *weigh;
	guint8 *tiers; /* by target: enum record_tier, N_TIERS for none */
};

static const struct reading *
reading_of(const struct filing *filing, const struct match *match)
{
	return g_ptr_array_index(filing->search->readings, match->reading);
}

static struct evidence_for
for_target(const struct filing *filing, guint target)
{
	const struct rule_target *what = ruleset_target(filing->search->ruleset, target);

	return (struct evidence_for){what->type, what->id, EVIDENCE_ORDER_TARGET(target)};
}

static void
file_under(struct filing *filing, guint target, enum record_tier tier)
{
	filing->tiers[target] = MIN(filing->tiers[target], tier);
}

/* What a section's `not` words, or a mask, took away. */
static void
add_masked(struct filing *filing, const struct rule_section *section, const struct match *match)
{
	struct evidence_for what = {TARGET_MASK, section->name != NULL ? section->name : "", EVIDENCE_ORDER_MASK};

	if (section->type == SECTION_SERIES)
		what = (struct evidence_for){TARGET_TOPIC, section->name,
		    EVIDENCE_ORDER_TARGET(rule_section_target(
		        filing->search->ruleset, section, g_array_index(filing->search->ruleset->series, struct rule_series, section->series).first))};
	else if (section->target != G_MAXUINT)
		what = for_target(filing, section->target);
	evidence_add_match(filing->evidence, &what, TIER_MASKED, match);
}

/* Where MATCH stands, as it counts: a reply's subject was chosen by somebody else, and threads drift, so it counts as forwarded text does. */
static guint
counted_place(const struct filing *filing, const struct match *match)
{
	const struct record *record = filing->search->record;
	guint place = reading_of(filing, match)->place;

	return place == PASSAGE_SUBJECT && record->references->len > 0 && g_strcmp0(record->subject, record->subject_base) != 0 ? PASSAGE_FORWARDED : place;
}

/* Files TARGET by N matches of one section: what the author wrote. What a short reply quotes is shown as near. */
static void
file_by_words(struct filing *filing, guint target, const struct match *matches, guint n)
{
	g_auto(Tally) own = {0};
	struct evidence_for what = for_target(filing, target);

	for (guint i = 0; i < n; i++)
		if (!matches[i].masked) {
			guint place = counted_place(filing, &matches[i]);

			if (place != PASSAGE_QUOTED)
				tally_add(&own, filing->search->ruleset, &matches[i], place);
		}
	if (tally_tier(&own) <= TIER_SUGGESTED)
		file_under(filing, target, tally_tier(&own));
	for (guint i = 0; i < n; i++) {
		const struct rule *rule = ruleset_rule(filing->search->ruleset, matches[i].rule);
		guint place = counted_place(filing, &matches[i]);

		if (matches[i].masked)
			continue;
		if (what.type == TARGET_TOPIC && place != PASSAGE_QUOTED && matches[i].item == 0)
			weigh_add(filing->weigh, target, &matches[i]);
		evidence_add_match(filing->evidence, &what, place == PASSAGE_QUOTED ? TIER_HINT : tally_evidence_tier(&own, rule->key, place), &matches[i]);
	}
}

static void
file_series(struct filing *filing, const struct rule_section *section, const struct match *matches, guint n)
{
	for (guint first = 0, last; first < n; first = last) {
		for (last = first; last < n && matches[last].item == matches[first].item;)
			last++;
		if (matches[first].item > 0)
			file_by_words(filing, rule_section_target(filing->search->ruleset, section, matches[first].item), matches + first, last - first);
	}
}

static gboolean
is_filed(const struct filing *filing, enum record_target type, const char *id)
{
	for (guint i = 0; i < filing->search->ruleset->targets->len; i++) {
		const struct rule_target *target = ruleset_target(filing->search->ruleset, i);

		if (filing->tiers[i] <= TIER_SUGGESTED && target->type == type && (id == NULL || strcmp(target->id, id) == 0))
			return TRUE;
	}
	return FALSE;
}

/* The conditions of an intent on what else was found. */
static gboolean
others_allow(const struct filing *filing, const struct rule_section *section)
{
	if (section->filed >= 0 && (filing->search->record->kind != KIND_INPUT || section->filed != is_filed(filing, TARGET_WORKSTREAM, NULL)))
		return FALSE;
	for (guint i = 0; section->unless != NULL && i < section->unless->len; i++)
		if (is_filed(filing, TARGET_INTENT, g_ptr_array_index(section->unless, i)))
			return FALSE;
	return TRUE;
}

static void
file_intent(struct filing *filing, const struct rule_section *section, const struct match *matches, guint n)
{
	g_auto(Tally) tally = {0};
	struct evidence_for what = for_target(filing, section->target);
	enum record_tier tier;

	if (!intent_conditions_hold(filing->search, section, matches, n) || !others_allow(filing, section))
		return;
	for (guint i = 0; i < n; i++)
		if (!matches[i].masked && ruleset_rule(filing->search->ruleset, matches[i].rule)->key != KEY_FILENAME)
			tally_add(&tally, filing->search->ruleset, &matches[i], reading_of(filing, &matches[i])->place);
	tier = intent_has_words(section) ? tally_tier(&tally) : TIER_SUGGESTED;
	if (tier > TIER_HINT)
		return;
	if (tier <= TIER_SUGGESTED)
		file_under(filing, section->target, tier);
	for (guint i = 0; i < n; i++) {
		enum rule_key key = ruleset_rule(filing->search->ruleset, matches[i].rule)->key;

		if (!matches[i].masked)
			evidence_add_match(filing->evidence, &what,
			    key == KEY_FILENAME ? MAX(tier, TIER_SUGGESTED) : tally_evidence_tier(&tally, key, reading_of(filing, &matches[i])->place),
			    &matches[i]);
	}
	intent_add_conditions(filing->search, filing->evidence, &what, MAX(tier, TIER_SUGGESTED), section);
}

/* A group or region for those who have no other: for all, or for whom it has an address or words. GLOB: the author's address, or NULL. */
static void
file_otherwise(struct filing *filing, const struct rule_section *section, const struct match *matches, guint n, const char *glob)
{
	struct evidence_for what = for_target(filing, section->target);
	gboolean found = glob != NULL || (section->addresses == NULL && section->n_rules == 0);

	for (guint i = 0; i < n; i++)
		if (!matches[i].masked) {
			evidence_add_match(filing->evidence, &what, TIER_SUGGESTED, &matches[i]);
			found = TRUE;
		}
	if (!found)
		return;
	file_under(filing, section->target, TIER_SUGGESTED);
	evidence_add_fact(filing->evidence, &what, TIER_SUGGESTED, "otherwise", glob != NULL ? glob : "yes", section->file, section->conditions_line,
	    glob != NULL ? filing->search->record->author_address : NULL);
}

/* A group or region: any words that count, or the author's address. */
static void
file_speaker(struct filing *filing, const struct rule_section *section, const struct match *matches, guint n)
{
	struct evidence_for what = for_target(filing, section->target);
	const char *address = filing->search->record->author_address;
	const char *glob = roster_glob_for(section->addresses, filing->search->author_key);

	if (section->otherwise) {
		if (filing->search->record->kind == KIND_INPUT && !is_filed(filing, what.type, NULL))
			file_otherwise(filing, section, matches, n, glob);
		return;
	}
	for (guint i = 0; i < n; i++)
		if (!matches[i].masked) {
			file_under(filing, section->target, TIER_FIRM);
			evidence_add_match(filing->evidence, &what, TIER_FIRM, &matches[i]);
		}
	if (glob == NULL)
		return;
	file_under(filing, section->target, TIER_FIRM);
	evidence_add_fact(filing->evidence, &what, TIER_FIRM, "address", glob, section->file, section->line, address);
}

static void
file_section(struct filing *filing, const struct rule_section *section, const struct match *matches, guint n)
{
	for (guint i = 0; i < n; i++)
		if (matches[i].masked)
			add_masked(filing, section, &matches[i]);
	switch (section->type) {
	case SECTION_WORKSTREAM:
	case SECTION_TOPIC:
		if (n > 0)
			file_by_words(filing, section->target, matches, n);
		break;
	case SECTION_SERIES:
		file_series(filing, section, matches, n);
		break;
	case SECTION_INTENT:
		file_intent(filing, section, matches, n);
		break;
	case SECTION_GROUP:
	case SECTION_REGION:
		file_speaker(filing, section, matches, n);
		break;
	default:
		break;
	}
}

static int
compare_matches(gconstpointer a, gconstpointer b, gpointer data)
{
	const struct match *x = a, *y = b;
	const struct ruleset *ruleset = data;
	guint s = ruleset_rule(ruleset, x->rule)->section, t = ruleset_rule(ruleset, y->rule)->section;

	if (s != t)
		return s < t ? -1 : 1;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->reading != y->reading)
		return x->reading < y->reading ? -1 : 1;
	return x->span.start < y->span.start ? -1 : x->span.start > y->span.start;
}

/* Sections that are asked even without a match, for conditions and addresses file too: each type's, in order. */
struct alone {
	struct {
		const guint *sections;
		guint n;
	} types[3];
};

static struct alone
find_alone(const struct ruleset *ruleset)
{
	static const enum section_type types[] = {SECTION_INTENT, SECTION_GROUP, SECTION_REGION};
	struct alone alone;

	G_STATIC_ASSERT(G_N_ELEMENTS(types) == G_N_ELEMENTS(alone.types));
	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		alone.types[i].sections = ruleset_sections_of(ruleset, types[i], &alone.types[i].n);
	return alone;
}

/* The first of them that is no later than section BELOW, taken; else BELOW. */
static guint
take_alone(struct alone *alone, guint below)
{
	guint least = below, which = G_MAXUINT;

	for (guint i = 0; i < G_N_ELEMENTS(alone->types); i++)
		if (alone->types[i].n > 0 && alone->types[i].sections[0] <= least) {
			least = alone->types[i].sections[0];
			which = i;
		}
	if (which != G_MAXUINT) {
		alone->types[which].sections++;
		alone->types[which].n--;
	}
	return least;
}

/* Sections of TYPES are asked in their order. TURN: see rule_section_turn. */
static void
file_sections(struct filing *filing, guint types, guint turn)
{
	const struct ruleset *ruleset = filing->search->ruleset;
	GArray *matches = filing->search->matches;
	guint first = 0, last, next; /* the section of the next match */
	struct alone alone = find_alone(ruleset);

	if (turn == 0)
		g_array_sort_with_data(matches, compare_matches, (gpointer)ruleset);
	next = matches->len > 0 ? ruleset_rule(ruleset, g_array_index(matches, struct match, 0).rule)->section : G_MAXUINT;
	for (guint i; (i = take_alone(&alone, next)) != G_MAXUINT;) {
		const struct rule_section *section = ruleset_section(ruleset, i);

		for (last = first; last < matches->len && next == i; last++) {
			next = ruleset_rule(ruleset, g_array_index(matches, struct match, last).rule)->section;
			if (next != i)
				break;
		}
		if (last == matches->len)
			next = G_MAXUINT;
		if (rule_section_turn(section) == turn && ((types | TYPE(MASK)) & 1u << section->type) != 0 && search_section_counts(filing->search, section))
			file_section(filing, section, matches->len > 0 ? &g_array_index(matches, struct match, first) : NULL, last - first);
		first = last;
	}
}

static guint
find_parent(const struct ruleset *ruleset, const struct rule_target *topic)
{
	for (guint i = 0; i < ruleset->targets->len; i++) {
		const struct rule_target *target = ruleset_target(ruleset, i);

		if (target->type == TARGET_WORKSTREAM && strcmp(target->id, topic->parent) == 0 && strcmp(target->taxonomy, topic->taxonomy) == 0)
			return i;
	}
	return G_MAXUINT;
}

/* The file and line that TARGET's section begins at. */
static void
place_of(const struct ruleset *ruleset, guint target, guint *file, guint *line)
{
	for (guint i = 0; i < ruleset->sections->len; i++) {
		const struct rule_section *section = ruleset_section(ruleset, i);
		const struct rule_series *series =
		    section->type == SECTION_SERIES ? &g_array_index(ruleset->series, struct rule_series, section->series) : NULL;
		guint first = series != NULL ? series->target : section->target, last = series != NULL ? first + series->last - series->first : first;

		if (first != G_MAXUINT && target >= first && target <= last) {
			*file = section->file;
			*line = section->line;
			return;
		}
	}
}

/* An announcement lists what will be spoken of somewhere else. */
static void
lower_announced(struct filing *filing)
{
	for (guint i = 0; i < filing->search->ruleset->targets->len; i++) {
		struct evidence_for what = for_target(filing, i);

		if (filing->tiers[i] > TIER_SUGGESTED || (what.type != TARGET_TOPIC && what.type != TARGET_WORKSTREAM))
			continue;
		filing->tiers[i]++;
		evidence_lower(filing->evidence, &what, filing->tiers[i]);
	}
}

/* TARGET counts one step less, because of the topic BY. */
static void
lower_for(struct filing *filing, guint target, guint by)
{
	struct evidence_for what = for_target(filing, target);
	guint file = 0, line = 0;

	filing->tiers[target]++;
	evidence_lower(filing->evidence, &what, filing->tiers[target]);
	place_of(filing->search->ruleset, by, &file, &line);
	evidence_add_fact(filing->evidence, &what, filing->tiers[target], "outweighed by", ruleset_target(filing->search->ruleset, by)->id, file, line, NULL);
}

/* A suggestion that little speaks for, in a message that speaks of another topic, wherever: one phrase alone, or less than three tenths of what there is for
 * the one that most speaks for. */
static void
drop_remarks(struct filing *filing)
{
	const guint n = filing->search->ruleset->targets->len;
	g_autofree guint *totals = g_new0(guint, n + 1);
	guint most = G_MAXUINT;

	for (guint i = 0; i < n; i++) {
		totals[i] = filing->tiers[i] <= TIER_SUGGESTED ? weigh_total(filing->weigh, i) : 0;
		if (totals[i] > 0 && (most == G_MAXUINT || totals[i] > totals[most]))
			most = i;
	}
	for (guint i = 0; i < n; i++)
		if (totals[i] > 0 && totals[i] < totals[most] && filing->tiers[i] == TIER_SUGGESTED &&
		    (totals[i] <= WEIGH_LEAST || totals[i] * 10 < totals[most] * 3))
			lower_for(filing, i, most);
}

/* Topics that are only touched upon, where another is spoken of, count one step less. */
static void
step_back(struct filing *filing)
{
	const struct ruleset *ruleset = filing->search->ruleset;

	drop_remarks(filing);
	for (guint i = 0; i < ruleset->targets->len; i++) {
		guint by = filing->tiers[i] <= TIER_SUGGESTED ? weigh_outweighed_by(filing->weigh, i) : G_MAXUINT;

		if (by != G_MAXUINT)
			lower_for(filing, i, by);
	}
}

/* A topic's filing is its workstream's too. BEFORE: the tiers at the last call, or NULL. */
static void
file_parents(struct filing *filing, const guint8 *before)
{
	const struct ruleset *ruleset = filing->search->ruleset;

	for (guint i = 0; i < ruleset->targets->len; i++) {
		const struct rule_target *topic = ruleset_target(ruleset, i);
		guint parent, file = 0, line = 0;
		struct evidence_for what;

		if (topic->type != TARGET_TOPIC || filing->tiers[i] > TIER_SUGGESTED || (before != NULL && before[i] == filing->tiers[i]))
			continue;
		parent = find_parent(ruleset, topic);
		if (parent == G_MAXUINT)
			continue;
		what = for_target(filing, parent);
		place_of(ruleset, i, &file, &line);
		evidence_add_fact(filing->evidence, &what, filing->tiers[i], "topic", topic->id, file, line, NULL);
		file_under(filing, parent, filing->tiers[i]);
	}
}

/* What is filed under a target is filed under those it maps to, where their taxonomy files the message; mappings do not chain.
 * BEFORE: the tiers without mappings. */
static void
file_maps(struct filing *filing, const guint8 *before)
{
	const struct ruleset *ruleset = filing->search->ruleset;

	for (guint i = 0; i < ruleset->maps->len; i++) {
		const struct rule_map *map = &g_array_index(ruleset->maps, struct rule_map, i);
		const struct rule_target *from = ruleset_target(ruleset, map->from), *to;
		enum record_tier tier = before[map->from];
		struct evidence_for what;

		if (map->to == G_MAXUINT || tier > TIER_SUGGESTED)
			continue;
		to = ruleset_target(ruleset, map->to);
		for (guint j = 0; j < ruleset->files->len; j++)
			if (strcmp(ruleset_file(ruleset, j)->id, to->taxonomy) == 0 && !search_file_counts(filing->search, j))
				to = NULL;
		if (to == NULL)
			continue;
		if (from->type != TARGET_WORKSTREAM || to->type != TARGET_WORKSTREAM)
			tier = TIER_SUGGESTED;
		what = for_target(filing, map->to);
		evidence_add_fact(filing->evidence, &what, tier, "maps", from->id, map->file, map->line, NULL);
		file_under(filing, map->to, tier);
	}
}

static void
write_filings(struct filing *filing)
{
	const struct ruleset *ruleset = filing->search->ruleset;
	struct record *record = filing->search->record;

	for (guint i = 0; i < ruleset->targets->len; i++) {
		const struct rule_target *target = ruleset_target(ruleset, i);

		if (filing->tiers[i] > TIER_SUGGESTED)
			continue;
		record_add_filing(record, target->type, target->id, target->taxonomy, filing->tiers[i]);
		if (target->type != TARGET_INTENT || !target->hold || record->kind != KIND_INPUT || record->held)
			continue;
		record->held = TRUE;
		record->held_reason = intent_hold_reason(filing->search, i);
	}
}

static void
write_limits(const struct search *search)
{
	for (guint i = 0; i < search->limited->len; i++) {
		const struct rule *rule = ruleset_rule(search->ruleset, g_array_index(search->limited, guint, i));
		const char *file = ruleset_file(search->ruleset, ruleset_section(search->ruleset, rule->section)->file)->base;

		if (search->cut && i + 1 == search->limited->len)
			record_add_remark(search->record, "rules cut short at %s:%u: %d ms were over", file, rule->line, LIMIT_MATCH_MILLISECONDS);
		else if (rule->broken)
			record_add_remark(search->record, "rules without %s:%u: it is no valid pattern", file, rule->line);
		else
			record_add_remark(search->record, "rules gave up %s:%u on a text: the match limit was met", file, rule->line);
	}
}

/* What an earlier classification left. */
static void
forget(struct record *record)
{
	g_ptr_array_set_size(record->filings, 0);
	g_ptr_array_set_size(record->evidence, 0);
	record->held = FALSE;
	g_clear_pointer(&record->held_reason, g_free);
	for (guint i = record->remarks->len; i-- > 0;)
		if (g_str_has_prefix(g_ptr_array_index(record->remarks, i), RECORD_RULES_REMARK))
			g_ptr_array_remove_index(record->remarks, i);
}

/* Machines' and list managers' messages are about nothing that is filed; of those who write to the list managers the intent is. The
 * team and an announcement want nothing of the team. */
static guint
types_for(enum record_kind kind)
{
	switch (kind) {
	case KIND_AUTO:
	case KIND_BOUNCE:
	case KIND_SPAM:
		return 0;
	case KIND_ADMIN:
		return TYPE(INTENT);
	case KIND_TEAM:
	case KIND_ANNOUNCEMENT:
		return ALL_TYPES & ~TYPE(INTENT);
	default:
		return ALL_TYPES;
	}
}

void
classify_record(const struct ruleset *ruleset, struct record *record, gint64 received, gboolean unfiltered)
{
	g_autoptr(Search) search = NULL;
	g_autoptr(Evidence) evidence = NULL;
	g_autoptr(Weigh) weigh = NULL;
	g_autofree guint8 *tiers = g_malloc(ruleset->targets->len + 1), *before = NULL;
	struct filing filing;
	guint types;

	record_settle_found(record);
	forget(record);
	search = search_new(ruleset, record, date_effective(record, received, NULL), unfiltered);
	evidence = evidence_new(search);
	weigh = weigh_new(search);
	filing = (struct filing){search, evidence, weigh, memset(tiers, N_TIERS, ruleset->targets->len + 1)};
	search_for_kind(search);
	kind_decide(search, evidence);
	types = types_for(record->kind);
	if (types != 0) {
		g_array_set_size(search->matches, 0);
		search_for_targets(search, types);
		file_sections(&filing, types, 0);
		step_back(&filing);
		if (record->kind == KIND_ANNOUNCEMENT)
			lower_announced(&filing);
		file_parents(&filing, NULL);
		before = g_memdup2(tiers, ruleset->targets->len + 1);
		file_maps(&filing, before);
		file_parents(&filing, before);
		file_sections(&filing, types, 1);
		file_sections(&filing, types, 2);
		write_filings(&filing);
	}
	evidence_write(evidence);
	write_limits(search);
}
