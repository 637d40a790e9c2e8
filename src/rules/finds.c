#include "rules/finds.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "rules/gate.h"
#include "rules/member.h"
#include "rules/near.h"

/* Some of a text's places, in order. */
struct range {
	guint first, n;
	gboolean known, measured;
};

struct finds {
	const struct presence *presence;
	const char *text;
	gsize length;
	struct ruler *ruler;
	GArray *places;               /* of struct place */
	struct range *members, *sets; /* as in presence->members and ->sets; behind this struct */
	guint32 chain;                /* the last one that was sought, and what it has left of its steps */
	guint budget;
	guint32 *keys; /* of starts.h, made at the first need */
	gboolean begun;
	guint8 *codes; /* of gate.h, likewise */
	const struct start_table *table;
	const guint32 *candidates;
	struct start_places *starts; /* once it has begun; NULL: pattern by pattern */
};

struct finds *
finds_new(const struct presence *presence, const char *text, gsize length)
{
	guint n = presence != NULL ? presence->n_members + presence->n_sets : 0;
	struct finds *finds = g_malloc0(sizeof *finds + n * sizeof(struct range));

	finds->presence = presence;
	finds->text = text;
	finds->length = length;
	finds->places = g_array_new(FALSE, FALSE, sizeof(struct place));
	finds->members = (struct range *)(finds + 1);
	finds->sets = presence != NULL ? finds->members + presence->n_members : NULL;
	finds->chain = LEXICON_NONE;
	return finds;
}

void
finds_free(struct finds *finds)
{
	if (finds == NULL)
		return;
	ruler_free(finds->ruler);
	g_array_unref(finds->places);
	g_free(finds->keys);
	g_free(finds->codes);
	start_places_free(finds->starts);
	g_free(finds);
}

const char *
finds_text(const struct finds *finds, gsize *length)
{
	*length = finds->length;
	return finds->text;
}

void
finds_use_table(struct finds *finds, const struct start_table *table, const guint32 *candidates)
{
	finds->table = table;
	finds->candidates = candidates;
}

static void
find_starts(struct finds *finds)
{
	struct start_slots slots;

	finds->begun = TRUE;
	if (finds->table != NULL && start_table_slots(finds->table, finds->candidates, &slots))
		finds->starts = start_table_find(finds->table, &slots, finds->text, finds->length);
}

const guint32 *
finds_in_slot(struct finds *finds, guint slot, gsize at)
{
	if (!finds->begun)
		find_starts(finds);
	return finds->starts != NULL ? start_places_from(finds->starts, slot, at) : NULL;
}

gsize
finds_next_start(struct finds *finds, const struct starts *starts, gsize at)
{
	if (finds->keys == NULL)
		finds->keys = starts_keys(finds->text, finds->length);
	return starts_next(starts, finds->keys, finds->text, finds->length, at);
}

gboolean
finds_admits(struct finds *finds, gconstpointer gate, gsize at)
{
	if (finds->codes == NULL)
		finds->codes = gate_codes(finds->text, finds->length);
	return gate_admits(gate, finds->codes, finds->length, at);
}

static const struct place *
places_of(const struct finds *finds, const struct range *range)
{
	return &g_array_index(finds->places, struct place, range->first);
}

static void
add_place(struct finds *finds, gsize start, gsize end)
{
	struct place place = {.start = start, .end = end};

	g_array_append_val(finds->places, place);
}

/* Every place that a member can begin at, overlapping ones too. */
static const struct range *
find_member(struct finds *finds, guint index)
{
	const struct present_member *member = &finds->presence->members[index];
	struct range *range = &finds->members[index];
	const char *text = lexicon_text(finds->presence->lexicon, member->member), *text_end = text + strlen(text);
	gsize stop;

	if (range->known)
		return range;
	range->known = TRUE;
	range->first = finds->places->len;
	for (guint i = 0; i < member->n_hits; i++) {
		gsize at = finds->presence->hits[member->first_hit + i];

		stop = member_match(text, text_end, finds->text, finds->length, at);
		if (stop > 0)
			add_place(finds, at, stop);
	}
	for (gsize at = 0; member->n_hits == 0 && (stop = member_find(text, text_end, finds->text, finds->length, &at)) > 0;) {
		add_place(finds, at, stop);
		at = g_utf8_next_char(finds->text + at) - finds->text;
	}
	range->n = finds->places->len - range->first;
	return range;
}

static const struct range *find_set(struct finds *finds, guint index);

static const struct range *
find_child(struct finds *finds, guint32 child)
{
	guint index =
	    (child & LEXICON_SET) != 0 ? presence_set(finds->presence, child & LEXICON_NUMBER) : presence_member(finds->presence, child & LEXICON_NUMBER);

	if (index == G_MAXUINT)
		return NULL;
	return (child & LEXICON_SET) != 0 ? find_set(finds, index) : find_member(finds, index);
}

/* Sets lie in sets no deeper than LEXICON_DEPTH_MOST. */
static const struct range *
find_set(struct finds *finds, guint index)
{
	const struct present_set *set = &finds->presence->sets[index];
	const guint32 *children = &finds->presence->children[set->first_child];
	struct range *range = &finds->sets[index];
	guint first;

	if (range->known)
		return range;
	range->known = TRUE;
	if (set->n_children == 1) {
		const struct range *only = find_child(finds, children[0]);

		*range = only != NULL ? *only : (struct range){.known = TRUE};
		return range;
	}
	for (guint i = 0; i < set->n_children; i++)
		find_child(finds, children[i]);
	first = finds->places->len;
	for (guint i = 0; i < set->n_children; i++) {
		const struct range *child = find_child(finds, children[i]);

		for (guint j = 0; child != NULL && j < child->n && finds->places->len < LIMIT_NEAR_PLACES; j++) {
			struct place place = g_array_index(finds->places, struct place, child->first + j);

			g_array_append_val(finds->places, place);
		}
	}
	range->first = first;
	range->n = finds->places->len - first;
	if (range->n > 1)
		qsort(&g_array_index(finds->places, struct place, first), range->n, sizeof(struct place), place_compare);
	return range;
}

static gboolean
is_full(const struct finds *finds)
{
	return finds->places->len >= LIMIT_NEAR_PLACES;
}

static void
measure(struct finds *finds, guint index)
{
	struct range *range = &finds->sets[index];

	if (finds->ruler == NULL)
		finds->ruler = ruler_new(finds->text, finds->length);
	for (guint i = 0; i < range->n && !range->measured; i++)
		ruler_measure(finds->ruler, &g_array_index(finds->places, struct place, range->first + i));
	range->measured = TRUE;
}

/* The place that begins first from START on; of those that begin there the longest. */
static enum pattern_result
next_place(const struct finds *finds, const struct range *range, gsize *start, struct pattern_span *span)
{
	const struct place *places = places_of(finds, range);
	guint low = 0, high = range->n;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (places[middle].start < *start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == range->n)
		return PATTERN_NO_MATCH;
	while (low + 1 < range->n && places[low + 1].start == places[low].start)
		low++;
	*span = (struct pattern_span){places[low].start, places[low].end};
	*start = span->end;
	return PATTERN_MATCH;
}

static enum pattern_result
next_of_chain(struct finds *finds, guint32 number, gsize *start, struct pattern_span *span)
{
	const struct lexicon *lexicon = finds->presence->lexicon;
	const struct lexicon_chain *chain = &lexicon->chains[number];
	guint indexes[PHRASE_SIDES_MOST], n = MIN(chain->n_sides, PHRASE_SIDES_MOST);
	struct near_side sides[PHRASE_SIDES_MOST];

	for (guint i = 0; i < n; i++) {
		indexes[i] = presence_set(finds->presence, lexicon->sides[chain->first_side + i].set);
		if (indexes[i] == G_MAXUINT || find_set(finds, indexes[i])->n == 0)
			return PATTERN_NO_MATCH;
	}
	if (is_full(finds))
		return PATTERN_LIMIT;
	for (guint i = 0; i < n; i++) {
		const struct range *range = &finds->sets[indexes[i]];

		measure(finds, indexes[i]);
		sides[i] = (struct near_side){places_of(finds, range), range->n, lexicon->sides[chain->first_side + i].within};
	}
	if (finds->chain != number)
		finds->budget = LIMIT_NEAR_STEPS;
	finds->chain = number;
	if (near_next(sides, n, *start, &finds->budget, &span->start, &span->end)) {
		*start = span->end;
		return PATTERN_MATCH;
	}
	return finds->budget > 0 ? PATTERN_NO_MATCH : PATTERN_LIMIT;
}

enum pattern_result
finds_next(struct finds *finds, guint32 sought, gsize *start, struct pattern_span *span)
{
	const struct range *range;

	if ((sought & (LEXICON_SET | LEXICON_CHAIN)) == LEXICON_CHAIN)
		return next_of_chain(finds, sought & LEXICON_NUMBER, start, span);
	range = find_child(finds, sought);
	if (range == NULL)
		return PATTERN_NO_MATCH;
	return is_full(finds) && (sought & LEXICON_SET) != 0 ? PATTERN_LIMIT : next_place(finds, range, start, span);
}
