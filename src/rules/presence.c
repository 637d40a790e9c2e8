#include "rules/presence.h"

#include <string.h>

#include "rules/literal.h"

#define FEW_PAIRS 40
#define AHEAD 8 /* elements: what they lead to is in no near cache and comes in the meantime */

/* Something that belongs to a number: what they are sorted by. */
struct pair {
	guint32 number, value;
};

/* A GArray's call for each number took as long as all else. */
struct numbers {
	guint32 *at;
	guint n, room;
};

struct pairs {
	struct pair *at;
	guint n, room;
};

struct presence_room {
	GString *plain;
	GArray *origins, *hits;   /* of guint32; of struct matcher_hit */
	struct pairs pairs, sort; /* set, child; where they are sorted */
	struct numbers sets;      /* those that are present, in the order in which they were found */
	struct numbers chains;
	guint32 *set_bits; /* the same sets: no bit is set between two texts */
};

struct presence_room *
presence_room_new(void)
{
	struct presence_room *room = g_new0(struct presence_room, 1);

	room->plain = g_string_new(NULL);
	room->origins = g_array_new(FALSE, FALSE, sizeof(guint32));
	room->hits = g_array_new(FALSE, FALSE, sizeof(struct matcher_hit));
	return room;
}

void
presence_room_free(struct presence_room *room)
{
	if (room == NULL)
		return;
	g_string_free(room->plain, TRUE);
	g_array_unref(room->origins);
	g_array_unref(room->hits);
	g_free(room->pairs.at);
	g_free(room->sort.at);
	g_free(room->sets.at);
	g_free(room->chains.at);
	g_free(room->set_bits);
	g_free(room);
}

static inline void
add_number(struct numbers *numbers, guint32 number)
{
	if (numbers->n == numbers->room) {
		numbers->room = 2 * numbers->room + 64;
		numbers->at = g_renew(guint32, numbers->at, numbers->room);
	}
	numbers->at[numbers->n++] = number;
}

static inline void
add_pair(struct pairs *pairs, guint32 number, guint32 value)
{
	if (pairs->n == pairs->room) {
		pairs->room = 2 * pairs->room + 64;
		pairs->at = g_renew(struct pair, pairs->at, pairs->room);
	}
	pairs->at[pairs->n++] = (struct pair){number, value};
}

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
sort_pairs(struct pair *pairs, guint n, guint32 limit, struct pairs *room)
{
	struct pair *from = pairs, *to;

	if (n <= FEW_PAIRS) {
		insert_pairs(pairs, n);
		return;
	}
	if (room->room < n) {
		room->room = 2 * n;
		room->at = g_renew(struct pair, room->at, room->room);
	}
	to = room->at;
	for (guint shift = 0; shift < 32 && limit >> shift > 0; shift += 8) {
		guint starts[257] = {0};
		struct pair *swap = from;

		for (guint i = 0; i < n; i++)
			starts[(from[i].number >> shift & 0xff) + 1]++;
		for (guint i = 1; i < 256; i++)
			starts[i] += starts[i - 1];
		for (guint i = 0; i < n; i++)
			to[starts[from[i].number >> shift & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != pairs)
		memcpy(pairs, from, n * sizeof *from);
}

/* The arrays of PRESENCE, in one block behind it. */
static struct presence *
presence_alloc(const struct lexicon *lexicon, guint members, guint hits, struct present_member **members_at, guint32 **hits_at)
{
	struct presence *presence = g_malloc(sizeof *presence + members * sizeof **members_at + hits * sizeof **hits_at);

	*presence = (struct presence){.lexicon = lexicon};
	presence->members = *members_at = (struct present_member *)(presence + 1);
	presence->hits = *hits_at = (guint32 *)(presence->members + members);
	return presence;
}

/* The members that ROOM's hits, sorted by member, are of, and between them those without a literal. */
static struct presence *
take_members(const struct lexicon *lexicon, const struct presence_room *room)
{
	const struct matcher_hit *hits = (const struct matcher_hit *)room->hits->data;
	const guint32 *origins = (const guint32 *)room->origins->data;
	guint n_hits = room->hits->len, loose = 0, n = 0, n_members = 0;
	struct present_member *members;
	guint32 *places;
	struct presence *presence = presence_alloc(lexicon, n_hits + lexicon->n_loose, n_hits, &members, &places);

	for (guint i = 0; i < n_hits; i++)
		__builtin_prefetch(&lexicon->members[hits[i].member]);
	for (guint first = 0, last; first < n_hits && hits[first].member < lexicon->n_members; first = last) {
		guint32 number = hits[first].member, begin = n;
		gboolean at_start = lexicon->members[number].at_start;

		__builtin_prefetch(&lexicon->uses[lexicon->members[number].first_use]);
		for (last = first; last < n_hits && hits[last].member == number; last++)
			if (at_start)
				places[n++] = origins[hits[last].at];
		while (loose < lexicon->n_loose && lexicon->loose[loose] < number)
			members[n_members++] = (struct present_member){lexicon->loose[loose++], 0, 0};
		members[n_members++] = (struct present_member){number, begin, n - begin};
	}
	while (loose < lexicon->n_loose)
		members[n_members++] = (struct present_member){lexicon->loose[loose++], 0, 0};
	presence->n_members = n_members;
	return presence;
}

static struct presence *
find_members(struct presence_room *room, const struct lexicon *lexicon, const struct matcher *matcher, const struct folded *folded, guint32 *bits)
{
	g_array_set_size(room->hits, 0);
	literal_plain_text(room->plain, folded->text, folded->length, room->origins);
	matcher_candidates(matcher, room->plain->str, room->plain->len, bits, room->hits);
	G_STATIC_ASSERT(sizeof(struct matcher_hit) == sizeof(struct pair) && offsetof(struct matcher_hit, member) == offsetof(struct pair, number));
	sort_pairs((struct pair *)room->hits->data, room->hits->len, lexicon->n_members, &room->sort);
	return take_members(lexicon, room);
}

static struct presence *
take_all_members(const struct lexicon *lexicon)
{
	struct present_member *members;
	guint32 *hits;
	struct presence *presence = presence_alloc(lexicon, lexicon->n_members, 0, &members, &hits);

	for (guint32 i = 0; i < lexicon->n_members; i++)
		members[i] = (struct present_member){i, 0, 0};
	presence->n_members = lexicon->n_members;
	return presence;
}

/* What follows from members: who holds what. */
struct spread {
	const struct lexicon *lexicon;
	guint32 *bits; /* of the rules */
	guint n_rules;
	struct presence_room *room;
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
	return (spread->room->set_bits[set / 32] >> set % 32 & 1) != 0;
}

static void
mark_set(struct spread *spread, guint32 set, guint32 child)
{
	if (set >= spread->lexicon->n_sets)
		return;
	if (!has_set(spread, set)) {
		add_number(&spread->room->sets, set);
		__builtin_prefetch(&spread->lexicon->sets[set]);
	}
	spread->room->set_bits[set / 32] |= 1u << set % 32;
	add_pair(&spread->room->pairs, set, child);
}

static void
spread_uses(struct spread *spread, guint32 child, guint32 first_use, guint32 n_uses)
{
	for (guint32 i = first_use; i < first_use + n_uses && i < spread->lexicon->n_uses; i++) {
		guint32 owner = spread->lexicon->uses[i], number = owner & LEXICON_NUMBER;

		if ((owner & LEXICON_SET) != 0)
			mark_set(spread, number, child);
		else if ((owner & LEXICON_CHAIN) != 0)
			add_number(&spread->room->chains, number);
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
mark_chains(const struct spread *spread)
{
	const struct lexicon *lexicon = spread->lexicon;
	const struct numbers *chains = &spread->room->chains;

	for (guint i = 0; i < chains->n; i++) {
		if (i + AHEAD < chains->n && chains->at[i + AHEAD] < lexicon->n_chains)
			__builtin_prefetch(&lexicon->chains[chains->at[i + AHEAD]]);
		if (chains->at[i] < lexicon->n_chains)
			mark_chain(spread, &lexicon->chains[chains->at[i]]);
	}
}

/* The sets of ROOM's pairs and what is present of them, in a block of their own. */
static void
take_sets(struct presence *presence, struct presence_room *room)
{
	const struct pairs *pairs = &room->pairs;
	struct present_set *sets = g_malloc(room->sets.n * sizeof *sets + pairs->n * sizeof(guint32));
	guint32 *children = (guint32 *)(sets + room->sets.n);
	guint n = 0;

	sort_pairs(pairs->at, pairs->n, presence->lexicon->n_sets, &room->sort);
	for (guint i = 0; i < pairs->n; i++) {
		if (i == 0 || pairs->at[i].number != pairs->at[i - 1].number)
			sets[n++] = (struct present_set){pairs->at[i].number, i, 0};
		sets[n - 1].n_children++;
		children[i] = pairs->at[i].value;
	}
	presence->sets = sets;
	presence->children = children;
	presence->n_sets = n;
}

static void
find_sets(struct presence *presence, struct presence_room *room, guint32 *bits, guint n_rules)
{
	const struct lexicon *lexicon = presence->lexicon;
	struct spread spread = {lexicon, bits, n_rules, room};

	if (room->set_bits == NULL)
		room->set_bits = g_new0(guint32, lexicon->n_sets / 32 + 1);
	room->sets.n = room->pairs.n = room->chains.n = 0;
	for (guint i = 0; i < presence->n_members; i++) {
		guint32 number = presence->members[i].member;

		spread_uses(&spread, number, lexicon->members[number].first_use, lexicon->members[number].n_uses);
	}
	/* sets that are found on the way are spread in their turn */
	for (guint i = 0; i < room->sets.n; i++) {
		guint32 set = room->sets.at[i];

		spread_uses(&spread, set | LEXICON_SET, lexicon->sets[set].first_use, lexicon->sets[set].n_uses);
	}
	mark_chains(&spread);
	take_sets(presence, room);
	for (guint i = 0; i < room->sets.n; i++)
		room->set_bits[room->sets.at[i] / 32] = 0;
}

struct presence *
presence_new(struct presence_room *given, const struct lexicon *lexicon, const struct matcher *matcher, const struct folded *folded, guint32 *bits,
    guint n_rules, gboolean everything)
{
	g_autoptr(PresenceRoom) own = given == NULL ? presence_room_new() : NULL;
	struct presence_room *room = given != NULL ? given : own;
	struct presence *presence;

	if (everything) {
		memset(bits, 0xff, (n_rules / 32 + 1) * sizeof *bits);
		presence = take_all_members(lexicon);
	} else {
		presence = find_members(room, lexicon, matcher, folded, bits);
	}
	find_sets(presence, room, bits, n_rules);
	return presence;
}

void
presence_free(struct presence *presence)
{
	if (presence == NULL)
		return;
	g_free((gpointer)presence->sets);
	g_free(presence);
}

guint
presence_member(const struct presence *presence, guint32 member)
{
	guint low = 0, high = presence->n_members;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (presence->members[middle].member < member)
			low = middle + 1;
		else
			high = middle;
	}
	return low < presence->n_members && presence->members[low].member == member ? low : G_MAXUINT;
}

guint
presence_set(const struct presence *presence, guint32 set)
{
	guint low = 0, high = presence->n_sets;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (presence->sets[middle].set < set)
			low = middle + 1;
		else
			high = middle;
	}
	return low < presence->n_sets && presence->sets[low].set == set ? low : G_MAXUINT;
}
