#include "rules/starttable.h"

#include <string.h>

#include "rules/starts-private.h"

#define PLACES_MOST 262144 /* a longer text, or one in which everything can begin, is gone through pattern by pattern */

/* A table's bytes: by part of a key, the slots that can begin so. */
struct form {
	guint64 n;
	guint32 rules[START_SLOTS];
	struct start_slots at_word, at_line;
	struct start_slots first[1 << BITS_1], both[1 << BITS_2]; /* whatever follows; both: of those that tell a third */
	struct start_slots one[1 << BITS_1], two[1 << BITS_2], three[1 << BITS_3];
};

struct start_table {
	const struct form *form; /* NULL: there is no slot yet; a single letter never needs one */
	struct form *own;        /* the same when it was made here */
};

/* A slot's places. */
struct start_range {
	guint32 first, end; /* behind the last one */
};

struct start_places {
	struct start_slots slots;
	struct start_range ranges[START_SLOTS]; /* of the slots that were asked, no others */
	guint32 *at;                            /* each slot's in the order of the text, with G_MAXUINT32 behind the last */
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
	set_slot(form->both, G_N_ELEMENTS(form->both), starts->both, slot);
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

static gboolean
is_word_byte(guchar c)
{
	return g_ascii_isalnum(c) || c == '_';
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

/* What may begin depends on what stands before. */
enum spot { SPOT_LINE, SPOT_MIDDLE, SPOT_INSIDE /* of a word */, N_SPOTS };

/* What begins a match, asked once for each character of ASCII, and for two by what both are known by: most begin nothing. */
enum {
	ASKED = 1,
	IS_WORD = 2, /* the character is one of a word's */
	BEGINS = 4,  /* something begins so at the start of a line; the next two bits: elsewhere, inside of words */
	ALONE = 32,  /* the same, whatever stands behind the character */
	IS_INSIDE = BEGINS << SPOT_INSIDE,
};

/* A pass over a text. */
struct pass {
	const struct form *form;
	const char *text;
	gsize length;
	struct start_slots ready[N_SPOTS]; /* what is looked for there */
	struct {
		guint8 flags, code;
	} ones[0x80];
	guint8 twos[1 << BITS_2]; /* by starts_part_2 */
	struct hits *hits;
};

/* Of SLOTS, those that begin in one way: BEGINS and its neighbours, or FIRST of three such bits. */
static guint8
ask(const struct pass *pass, const struct start_slots *slots, guint8 first)
{
	guint8 flags = 0;

	for (guint spot = 0; spot < N_SPOTS; spot++) {
		guint64 any = 0;

		for (guint i = 0; i < START_WORDS; i++)
			any |= pass->ready[spot].bits[i] & slots->bits[i];
		flags |= any != 0 ? first << spot : 0;
	}
	return flags;
}

/* What is known of C, of ASCII. */
static inline guint8
ask_one(struct pass *pass, guchar c)
{
	if (G_UNLIKELY(pass->ones[c].flags == 0)) {
		const guint8 code = starts_code(c);

		pass->ones[c].code = code;
		pass->ones[c].flags = ASKED | (is_word_byte(c) ? IS_WORD : 0) | ask(pass, &pass->form->first[starts_part_1(code)], BEGINS) |
		                      ask(pass, &pass->form->one[starts_part_1(code)], ALONE);
	}
	return pass->ones[c].flags;
}

/* Whether anything can begin at AT, where C of ASCII stands of which FLAGS are known. */
static inline gboolean
begins_here(struct pass *pass, gsize at, guchar c, guint8 flags, enum spot spot)
{
	guint32 part;
	guchar second;

	if ((flags & BEGINS << spot) == 0)
		return FALSE;
	if ((flags & ALONE << spot) != 0 || at + 1 >= pass->length)
		return TRUE;
	second = pass->text[at + 1];
	if (second >= 0x80)
		return TRUE;
	ask_one(pass, second);
	part = starts_part_2(pass->ones[c].code, pass->ones[second].code);
	if (G_UNLIKELY(pass->twos[part] == 0))
		pass->twos[part] = ASKED | ask(pass, &pass->form->both[part], BEGINS) | ask(pass, &pass->form->two[part], BEGINS);
	return (pass->twos[part] & BEGINS << spot) != 0;
}

/* Adds what of READY begins at AT, with a character of CODE before NEXT. */
static void
find_here(struct pass *pass, const struct start_slots *ready, gsize at, gunichar code, gsize next)
{
	const struct form *form = pass->form;
	gunichar second = next < pass->length ? starts_code_at(pass->text, next, &next) : 0;
	gunichar third = next < pass->length ? starts_code_at(pass->text, next, &next) : 0;
	const struct start_slots *one = &form->one[starts_part_1(code)], *two = &form->two[starts_part_2(code, second)];
	const struct start_slots *three = &form->three[starts_part_3(code, second, third)], *first = &form->first[starts_part_1(code)];

#pragma GCC unroll 3
	for (guint i = 0; i < START_WORDS; i++) {
		guint64 found = ready->bits[i] & first->bits[i] & (one->bits[i] | two->bits[i] | three->bits[i]);

		if (found != 0)
			add_hits(pass->hits, found, i, at);
	}
}

/* FALSE when there are too many. */
static gboolean
find_hits(const struct form *form, const struct start_slots *slots, const char *text, gsize length, struct hits *hits)
{
	struct pass pass = {.form = form, .text = text, .length = length, .hits = hits};
	guint8 before = 0; /* flags of the character before */

	for (guint i = 0; i < START_WORDS; i++) {
		pass.ready[SPOT_LINE].bits[i] = slots->bits[i];
		pass.ready[SPOT_MIDDLE].bits[i] = slots->bits[i] & ~form->at_line.bits[i];
		pass.ready[SPOT_INSIDE].bits[i] = slots->bits[i] & ~form->at_line.bits[i] & ~form->at_word.bits[i];
	}
	for (gsize at = 0, next; at < length && hits->n <= PLACES_MOST; at = next) {
		guchar c;
		enum spot spot;
		guint8 flags = 0;

		/* inside of words, which most text is, hardly anything begins */
		while ((c = text[at]) < 0x80 && ((flags = pass.ones[c].flags) & (IS_WORD | IS_INSIDE)) == IS_WORD && (before & IS_WORD) != 0 && at + 1 < length)
			at++;
		spot = starts_line(text, at) ? SPOT_LINE : SPOT_MIDDLE;
		if (c >= 0x80) {
			gunichar code = starts_code_at(text, at, &next);

			before = 0;
			find_here(&pass, &pass.ready[spot], at, code, next);
			continue;
		}
		next = at + 1;
		flags = ask_one(&pass, c);
		spot = (before & flags & IS_WORD) != 0 ? SPOT_INSIDE : spot;
		before = flags;
		if (begins_here(&pass, at, c, flags, spot))
			find_here(&pass, &pass.ready[spot], at, pass.ones[c].code, next);
	}
	return hits->n <= PLACES_MOST;
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
	guint32 counts[START_SLOTS] = {0}, n = 0;

	G_STATIC_ASSERT(START_SLOTS <= 1 << HIT_BITS);
	hits.at = hits.few;
	hits.n = 0;
	hits.room = G_N_ELEMENTS(hits.few);
	if (!find_hits(table->form, slots, text, length, &hits)) {
		hits_clear(&hits);
		return NULL;
	}
	places = g_new(struct start_places, 1);
	places->slots = *slots;
	places->at = g_new(guint32, hits.n + START_SLOTS);
	for (gsize i = 0; i < hits.n; i++)
		counts[hits.at[i] % (1 << HIT_BITS)]++;
	for (guint i = 0; i < START_WORDS; i++)
		for (guint64 bits = slots->bits[i]; bits != 0; bits &= bits - 1) {
			guint slot = i * 64 + (guint)__builtin_ctzll(bits);

			places->ranges[slot] = (struct start_range){n, n};
			n += counts[slot];
			places->at[n++] = G_MAXUINT32;
		}
	for (gsize i = 0; i < hits.n; i++)
		places->at[places->ranges[hits.at[i] % (1 << HIT_BITS)].end++] = hits.at[i] >> HIT_BITS;
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
	low = places->ranges[slot - 1].first;
	high = places->ranges[slot - 1].end;
	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (places->at[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return &places->at[low];
}
