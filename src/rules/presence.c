#include "rules/presence.h"

#include <string.h>

#include "rules/literal.h"

#define FEW_PAIRS 40

/* Something that belongs to a number: what they are sorted by. */
struct pair {
	guint32 number, value;
};

/* What short rows of pairs are sorted by: the counting below costs as much as a hundred of them. */
static void
insert_pairs(struct pair *pairs, guint n)
{
	for (guint i = 1; i < n; i++) {
		const struct pair pair = pairs[i];
		guint j = i;

		for (; j > 0 && pairs[j - 1].number > pair.number; j--)
			pairs[j] = pairs[j - 1];
		pairs[j] = pair;
	}
}

/* By number, those of one number in the order in which they stood; numbers are below LIMIT. */
static void
sort_pairs(GArray *pairs, guint32 limit)
{
	if (pairs->len <= FEW_PAIRS) {
		insert_pairs((struct pair *)pairs->data, pairs->len);
		return;
	}

	g_autofree struct pair *room = g_new(struct pair, pairs->len);
	struct pair *from = (struct pair *)pairs->data, *to = room;

	for (guint shift = 0; shift < 32 && limit >> shift > 0; shift += 8) {
		guint starts[257] = {0};
		struct pair *swap = from;

		for (guint i = 0; i < pairs->len; i++)
			starts[(from[i].number >> shift & 0xff) + 1]++;
		for (guint i = 1; i < 256; i++)
			starts[i] += starts[i - 1];
		for (guint i = 0; i < pairs->len; i++)
			to[starts[from[i].number >> shift & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != (struct pair *)pairs->data)
		memcpy(pairs->data, from, pairs->len * sizeof *from);
}

static void
add_member(struct presence *presence, guint32 member, guint32 first_hit, guint32 n_hits)
{
	struct present_member present = {member, first_hit, n_hits};

	g_array_append_val(presence->members, present);
}

/* Members without a literal come between those that have hits. */
static guint
add_loose(struct presence *presence, guint next, guint32 before)
{
	const struct lexicon *lexicon = presence->lexicon;

	while (next < lexicon->n_loose && lexicon->loose[next] < before)
		add_member(presence, lexicon->loose[next++], 0, 0);
	return next;
}

/* HITS are sorted by member; their places are of the plain form, ORIGINS those of the folded text. */
static void
add_members(struct presence *presence, const GArray *hits, const GArray *origins)
{
	const struct matcher_hit *all = (const struct matcher_hit *)hits->data;
	guint loose = 0, n = 0;
	guint32 *places;

	g_array_set_size(presence->hits, hits->len);
	places = (guint32 *)presence->hits->data;
	for (guint first = 0, last; first < hits->len && all[first].member < presence->lexicon->n_members; first = last) {
		guint32 number = all[first].member, begin = n;
		gboolean at_start = presence->lexicon->members[number].at_start;

		for (last = first; last < hits->len && all[last].member == number; last++)
			if (at_start)
				places[n++] = g_array_index(origins, guint32, all[last].at);
		loose = add_loose(presence, loose, number);
		add_member(presence, number, begin, n - begin);
	}
	g_array_set_size(presence->hits, n);
	add_loose(presence, loose, G_MAXUINT32);
}

static void
find_members(struct presence *presence, const struct matcher *matcher, const struct folded *folded, guint32 *bits)
{
	g_autoptr(GString) plain = g_string_sized_new(folded->length + 1);
	g_autoptr(GArray) origins = g_array_new(FALSE, FALSE, sizeof(guint32)), hits = g_array_new(FALSE, FALSE, sizeof(struct matcher_hit));

	literal_plain_text(plain, folded->text, folded->length, origins);
	matcher_candidates(matcher, plain->str, plain->len, bits, hits);
	G_STATIC_ASSERT(sizeof(struct matcher_hit) == sizeof(struct pair) && offsetof(struct matcher_hit, member) == offsetof(struct pair, number));
	sort_pairs(hits, presence->lexicon->n_members);
	add_members(presence, hits, origins);
}

/* What follows from members: who holds what. */
struct spread {
	const struct lexicon *lexicon;
	guint32 *bits; /* of the rules */
	guint n_rules;
	guint32 *set_bits; /* of the sets that are present */
	GArray *sets;      /* of guint32: the same, in the order in which they were found */
	GArray *pairs;     /* of struct pair: set, child */
	GArray *chains;    /* of guint32 */
};

static void
mark_rule(const struct spread *spread, guint32 rule)
{
	if (rule < spread->n_rules)
		spread->bits[rule / 32] |= 1u << rule % 32;
}

static gboolean
has_set(const struct spread *spread, guint32 set)
{
	return (spread->set_bits[set / 32] >> set % 32 & 1) != 0;
}

static void
mark_set(struct spread *spread, guint32 set, guint32 child)
{
	struct pair pair = {set, child};

	if (set >= spread->lexicon->n_sets)
		return;
	if (!has_set(spread, set))
		g_array_append_val(spread->sets, set);
	spread->set_bits[set / 32] |= 1u << set % 32;
	g_array_append_val(spread->pairs, pair);
}

static void
spread_uses(struct spread *spread, guint32 child, guint32 first_use, guint32 n_uses)
{
	for (guint32 i = first_use; i < first_use + n_uses && i < spread->lexicon->n_uses; i++) {
		guint32 owner = spread->lexicon->uses[i], number = owner & LEXICON_NUMBER;

		if ((owner & LEXICON_SET) != 0)
			mark_set(spread, number, child);
		else if ((owner & LEXICON_CHAIN) != 0)
			g_array_append_val(spread->chains, number);
		else
			mark_rule(spread, number);
	}
}

/* A chain's rule can match when each of its sides can. */
static void
mark_chain(const struct spread *spread, const struct lexicon_chain *chain)
{
	for (guint i = 0; i < chain->n_sides && chain->first_side + i < spread->lexicon->n_sides; i++)
		if (!has_set(spread, spread->lexicon->sides[chain->first_side + i].set))
			return;
	mark_rule(spread, chain->rule);
}

static void
add_sets(struct presence *presence, GArray *pairs)
{
	sort_pairs(pairs, presence->lexicon->n_sets);
	g_array_set_size(presence->children, pairs->len);
	for (guint i = 0; i < pairs->len; i++) {
		const struct pair *pair = &g_array_index(pairs, struct pair, i);

		if (i == 0 || pair->number != g_array_index(pairs, struct pair, i - 1).number) {
			struct present_set set = {pair->number, i, 0};

			g_array_append_val(presence->sets, set);
		}
		g_array_index(presence->sets, struct present_set, presence->sets->len - 1).n_children++;
		g_array_index(presence->children, guint32, i) = pair->value;
	}
}

static void
find_sets(struct presence *presence, guint32 *bits, guint n_rules)
{
	const struct lexicon *lexicon = presence->lexicon;
	g_autofree guint32 *set_bits = g_new0(guint32, lexicon->n_sets / 32 + 1);
	g_autoptr(GArray) sets = g_array_new(FALSE, FALSE, sizeof(guint32)), pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
	g_autoptr(GArray) chains = g_array_new(FALSE, FALSE, sizeof(guint32));
	struct spread spread = {lexicon, bits, n_rules, set_bits, sets, pairs, chains};

	for (guint i = 0; i < presence->members->len; i++) {
		guint32 number = g_array_index(presence->members, struct present_member, i).member;

		spread_uses(&spread, number, lexicon->members[number].first_use, lexicon->members[number].n_uses);
	}
	/* sets that are found on the way are spread in their turn */
	for (guint i = 0; i < sets->len; i++) {
		guint32 set = g_array_index(sets, guint32, i);

		spread_uses(&spread, set | LEXICON_SET, lexicon->sets[set].first_use, lexicon->sets[set].n_uses);
	}
	for (guint i = 0; i < chains->len; i++)
		if (g_array_index(chains, guint32, i) < lexicon->n_chains)
			mark_chain(&spread, &lexicon->chains[g_array_index(chains, guint32, i)]);
	add_sets(presence, pairs);
}

struct presence *
presence_new(const struct lexicon *lexicon, const struct matcher *matcher, const struct folded *folded, guint32 *bits, guint n_rules, gboolean everything)
{
	struct presence *presence = g_new0(struct presence, 1);

	presence->lexicon = lexicon;
	presence->members = g_array_new(FALSE, FALSE, sizeof(struct present_member));
	presence->hits = g_array_new(FALSE, FALSE, sizeof(guint32));
	presence->sets = g_array_new(FALSE, FALSE, sizeof(struct present_set));
	presence->children = g_array_new(FALSE, FALSE, sizeof(guint32));
	if (!everything) {
		find_members(presence, matcher, folded, bits);
	} else {
		memset(bits, 0xff, (n_rules / 32 + 1) * sizeof *bits);
		for (guint32 i = 0; i < lexicon->n_members; i++)
			add_member(presence, i, 0, 0);
	}
	find_sets(presence, bits, n_rules);
	return presence;
}

void
presence_free(struct presence *presence)
{
	if (presence == NULL)
		return;
	g_array_unref(presence->members);
	g_array_unref(presence->hits);
	g_array_unref(presence->sets);
	g_array_unref(presence->children);
	g_free(presence);
}

/* The index in ARRAY, sorted by the number at the head of its elements, of NUMBER. */
static guint
find_number(const GArray *array, guint32 number)
{
	guint size = g_array_get_element_size((GArray *)array), low = 0, high = array->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		guint32 at = *(const guint32 *)(array->data + middle * size);

		if (at == number)
			return middle;
		if (at < number)
			low = middle + 1;
		else
			high = middle;
	}
	return G_MAXUINT;
}

guint
presence_member(const struct presence *presence, guint32 member)
{
	return find_number(presence->members, member);
}

guint
presence_set(const struct presence *presence, guint32 set)
{
	return find_number(presence->sets, set);
}
