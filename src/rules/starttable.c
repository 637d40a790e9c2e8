#include "rules/starttable.h"

#include <string.h>

#include "rules/starts-private.h"

#define PLACES_MOST 262144 /* a longer text, or one in which everything can begin, is gone through pattern by pattern */

/* A table's bytes: by part of a key, the slots that can begin so. */
struct form {
	guint64 n;
	guint32 rules[START_SLOTS];
	struct start_slots at_word, at_line;
	struct start_slots first[1 << BITS_1]; /* whatever follows */
	struct start_slots one[1 << BITS_1], two[1 << BITS_2], three[1 << BITS_3];
};

struct start_table {
	const struct form *form; /* NULL: there is no slot yet; a single letter never needs one */
	struct form *own;        /* the same when it was made here */
};

struct start_places {
	struct start_slots slots;
	guint32 first[START_SLOTS + 1]; /* of each slot's places */
	guint32 *at;                    /* by slot, of those asked, each in the order of the text, with G_MAXUINT32 behind the last */
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
	g_free(table->own);
	g_free(table);
}

static void
set_slot(struct start_slots *slots, guint n, const guint32 *bits, guint slot)
{
	for (guint i = 0; i < n; i++)
		if (starts_has(bits, i))
			slots[i].bits[slot / 64] |= G_GUINT64_CONSTANT(1) << slot % 64;
}

guint
start_table_add(struct start_table *table, const struct starts *starts, guint rule)
{
	struct form *form;
	guint64 bit;
	guint slot;

	if (table->own == NULL && table->form == NULL)
		table->form = table->own = g_new0(struct form, 1);
	form = table->own;
	if (form == NULL || form->n == START_SLOTS)
		return 0;
	slot = form->n++;
	bit = G_GUINT64_CONSTANT(1) << slot % 64;
	set_slot(form->first, G_N_ELEMENTS(form->first), starts->first, slot);
	set_slot(form->one, G_N_ELEMENTS(form->one), starts->one, slot);
	set_slot(form->two, G_N_ELEMENTS(form->two), starts->two, slot);
	set_slot(form->three, G_N_ELEMENTS(form->three), starts->three, slot);
	form->at_word.bits[slot / 64] |= starts->at_word ? bit : 0;
	form->at_line.bits[slot / 64] |= starts->at_line ? bit : 0;
	form->rules[slot] = rule;
	return slot + 1;
}

GBytes *
start_table_to_bytes(const struct start_table *table)
{
	G_STATIC_ASSERT(sizeof(struct form) % 8 == 0);
	return g_bytes_new(table->form, table->form != NULL ? sizeof *table->form : 0);
}

struct start_table *
start_table_from_bytes(gconstpointer data, gsize length, guint n_rules)
{
	const struct form *form = data;
	struct start_table *table;

	if (length != 0 && (length != sizeof *form || (guintptr)data % 8 != 0 || form->n > START_SLOTS))
		return NULL;
	for (guint i = 0; length != 0 && i < form->n; i++)
		if (form->rules[i] >= n_rules)
			return NULL;
	table = start_table_new();
	table->form = length != 0 ? form : NULL;
	return table;
}

gboolean
start_table_slots(const struct start_table *table, const guint32 *rules, struct start_slots *slots)
{
	const struct form *form = table->form;
	gboolean some = FALSE;

	memset(slots, 0, sizeof *slots);
	for (guint i = 0; form != NULL && i < form->n; i++) {
		guint64 bit = rules[form->rules[i] / 32] >> form->rules[i] % 32 & 1;

		slots->bits[i / 64] |= bit << i % 64;
		some = some || bit != 0;
	}
	return some;
}

/* Beginnings as they are found: the slot in the lower bits, the place above. */
struct hits {
	guint64 *at;
	gsize n, room;
	guint64 few[256]; /* where AT points until there are more */
};
#define HIT_BITS 8

static void
add_hits(struct hits *hits, guint64 here, guint word, gsize at)
{
	if (hits->n + 64 > hits->room) {
		hits->room = 2 * hits->room + 256;
		hits->at = hits->at != hits->few ? g_renew(guint64, hits->at, hits->room) : memcpy(g_new(guint64, hits->room), hits->few, sizeof hits->few);
	}
	for (; here != 0; here &= here - 1)
		hits->at[hits->n++] = (guint64)at << HIT_BITS | (word * 64 + (guint)__builtin_ctzll(here));
}

/* What of READY can begin at AT, where a character of CODE stands whose successor begins at NEXT. */
static struct start_slots
slots_at(const struct form *form, const struct start_slots *ready, const char *text, gsize length, gunichar code, gsize next)
{
	gunichar second = next < length ? starts_code_at(text, next, &next) : 0;
	gunichar third = next < length ? starts_code_at(text, next, &next) : 0;
	const struct start_slots *one = &form->one[starts_part_1(code)], *two = &form->two[starts_part_2(code, second)];
	const struct start_slots *three = &form->three[starts_part_3(code, second, third)];
	struct start_slots slots;

#pragma GCC unroll 3
	for (guint i = 0; i < START_WORDS; i++)
		slots.bits[i] = ready->bits[i] & (one->bits[i] | two->bits[i] | three->bits[i]);
	return slots;
}

static gboolean
is_word_byte(guchar c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* FALSE when there are too many. */
static gboolean
find_hits(const struct form *form, const struct start_slots *slots, const char *text, gsize length, struct hits *hits)
{
	struct start_slots ready[2]; /* at any place, and inside of words */
	gboolean in_word = FALSE;

	for (guint i = 0; i < START_WORDS; i++) {
		ready[0].bits[i] = slots->bits[i];
		ready[1].bits[i] = slots->bits[i] & ~form->at_word.bits[i];
	}
	for (gsize at = 0, next; at < length; at = next) {
		gunichar code = starts_code_at(text, at, &next);
		const struct start_slots *first = &form->first[starts_part_1(code)], *here;
		gboolean word = is_word_byte(text[at]);
		struct start_slots can;
		guint64 any = 0;

		here = &ready[word && in_word];
		in_word = word;
#pragma GCC unroll 3
		for (guint i = 0; i < START_WORDS; i++)
			any |= can.bits[i] = here->bits[i] & first->bits[i];
		if (any == 0)
			continue;
		can = slots_at(form, &can, text, length, code, next);
		for (guint i = 0; (can.bits[0] | can.bits[1] | can.bits[2]) != 0 && i < START_WORDS; i++) {
			guint64 found = can.bits[i];

			if ((found & form->at_line.bits[i]) != 0 && !starts_line(text, at))
				found &= ~form->at_line.bits[i];
			if (found != 0)
				add_hits(hits, found, i, at);
		}
		if (hits->n > PLACES_MOST)
			return FALSE;
	}
	return TRUE;
}

static void
hits_clear(struct hits *hits)
{
	if (hits->at != hits->few)
		g_free(hits->at);
}

static gboolean
has_slot(const struct start_slots *slots, guint slot)
{
	return (slots->bits[slot / 64] >> slot % 64 & 1) != 0;
}

struct start_places *
start_table_find(const struct start_table *table, const struct start_slots *slots, const char *text, gsize length)
{
	struct start_places *places;
	struct hits hits;
	guint32 next[START_SLOTS];

	G_STATIC_ASSERT(START_SLOTS <= 1 << HIT_BITS);
	hits.at = hits.few;
	hits.n = 0;
	hits.room = G_N_ELEMENTS(hits.few);
	if (!find_hits(table->form, slots, text, length, &hits)) {
		hits_clear(&hits);
		return NULL;
	}
	places = g_new0(struct start_places, 1);
	places->slots = *slots;
	for (gsize i = 0; i < hits.n; i++)
		places->first[hits.at[i] % (1 << HIT_BITS) + 1]++;
	for (guint i = 0; i < START_SLOTS; i++) {
		places->first[i + 1] += places->first[i] + has_slot(slots, i);
		next[i] = places->first[i];
	}
	places->at = g_new(guint32, places->first[START_SLOTS] + 1);
	for (guint i = 0; i < START_SLOTS; i++)
		if (has_slot(slots, i))
			places->at[places->first[i + 1] - 1] = G_MAXUINT32;
	for (gsize i = 0; i < hits.n; i++)
		places->at[next[hits.at[i] % (1 << HIT_BITS)]++] = hits.at[i] >> HIT_BITS;
	hits_clear(&hits);
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

const guint32 *
start_places_from(const struct start_places *places, guint slot, gsize at)
{
	guint low, high;

	if (slot == 0 || slot > START_SLOTS || !has_slot(&places->slots, slot - 1))
		return NULL;
	low = places->first[slot - 1];
	high = places->first[slot] - 1;
	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (places->at[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return &places->at[low];
}
