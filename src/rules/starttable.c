#include "rules/starttable.h"

#include <string.h>

#include "rules/starts-private.h"

#define PLACES_MOST 262144 /* a longer text, or one in which everything can begin, is gone through pattern by pattern */

/* By part of a key: the slots that can begin so. */
struct masks {
	guint64 one[1 << BITS_1], two[1 << BITS_2], three[1 << BITS_3];
};

struct start_table {
	guint n;
	guint rules[START_SLOTS];
	guint64 at_word, at_line;
	struct masks *masks; /* made with the first slot: a single letter never needs them */
};

struct start_places {
	guint64 slots;
	guint32 first[START_SLOTS + 1]; /* of each slot's places */
	guint32 *at;                    /* by slot, each in the order of the text */
};

/* One beginning. */
struct hit {
	guint32 at, slot;
};

struct start_table *
start_table_new(void)
{
	return g_new0(struct start_table, 1);
}

void
start_table_free(struct start_table *table)
{
	if (table == NULL)
		return;
	g_free(table->masks);
	g_free(table);
}

static void
set_slot(guint64 *slots, guint n, const guint32 *bits, guint64 slot)
{
	for (guint i = 0; i < n; i++)
		if ((bits[i / 32] >> i % 32 & 1) != 0)
			slots[i] |= slot;
}

void
start_table_add(struct start_table *table, struct starts *starts, guint rule)
{
	guint64 slot;

	if (table->n == START_SLOTS)
		return;
	slot = G_GUINT64_CONSTANT(1) << table->n;
	if (table->masks == NULL)
		table->masks = g_new0(struct masks, 1);
	set_slot(table->masks->one, G_N_ELEMENTS(table->masks->one), starts->one, slot);
	set_slot(table->masks->two, G_N_ELEMENTS(table->masks->two), starts->two, slot);
	set_slot(table->masks->three, G_N_ELEMENTS(table->masks->three), starts->three, slot);
	table->at_word |= starts->at_word ? slot : 0;
	table->at_line |= starts->at_line ? slot : 0;
	table->rules[table->n++] = rule;
	starts->slot = table->n;
}

guint64
start_table_slots(const struct start_table *table, const guint32 *rules)
{
	guint64 slots = 0;

	for (guint i = 0; i < table->n; i++)
		slots |= (guint64)(rules[table->rules[i] / 32] >> table->rules[i] % 32 & 1) << i;
	return slots;
}

static guint64
slots_at(const struct masks *masks, guint32 key)
{
	return masks->three[key & ((1u << BITS_3) - 1)] | masks->two[key >> BITS_3 & ((1u << BITS_2) - 1)] |
	       masks->one[key >> (BITS_2 + BITS_3) & ((1u << BITS_1) - 1)];
}

/* FALSE when there are too many. */
static gboolean
find_hits(const struct start_table *table, guint64 slots, const guint32 *keys, const char *text, gsize length, GArray *hits)
{
	for (gsize at = 0; at < length; at++) {
		guint64 here = slots_at(table->masks, keys[at]) & slots & ~(keys[at] >= INSIDE_WORD ? table->at_word : 0);

		if (here == 0 || ((guchar)text[at] & 0xc0) == 0x80)
			continue;
		if ((here & table->at_line) != 0 && !starts_line(text, at))
			here &= ~table->at_line;
		for (; here != 0; here &= here - 1) {
			struct hit hit = {(guint32)at, (guint32)__builtin_ctzll(here)};

			g_array_append_val(hits, hit);
		}
		if (hits->len > PLACES_MOST)
			return FALSE;
	}
	return TRUE;
}

struct start_places *
start_table_find(const struct start_table *table, guint64 slots, const guint32 *keys, const char *text, gsize length)
{
	g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(struct hit));
	struct start_places *places;
	guint32 next[START_SLOTS];

	if (!find_hits(table, slots, keys, text, length, hits))
		return NULL;
	places = g_new0(struct start_places, 1);
	places->slots = slots;
	places->at = g_new(guint32, hits->len);
	for (guint i = 0; i < hits->len; i++)
		places->first[g_array_index(hits, struct hit, i).slot + 1]++;
	for (guint i = 0; i < START_SLOTS; i++) {
		places->first[i + 1] += places->first[i];
		next[i] = places->first[i];
	}
	for (guint i = 0; i < hits->len; i++) {
		const struct hit *hit = &g_array_index(hits, struct hit, i);

		places->at[next[hit->slot]++] = hit->at;
	}
	return places;
}

void
start_places_free(struct start_places *places)
{
	if (places == NULL)
		return;
	g_free(places->at);
	g_free(places);
}

gsize
start_places_next(const struct start_places *places, const struct starts *starts, gsize length, gsize at)
{
	guint slot = starts->slot - 1, low, high;

	if (starts->slot == 0 || (places->slots >> slot & 1) == 0)
		return G_MAXSIZE;
	low = places->first[slot];
	high = places->first[slot + 1];
	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (places->at[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < places->first[slot + 1] ? places->at[low] : length;
}
