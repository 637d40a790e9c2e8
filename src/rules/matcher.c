#include "rules/matcher.h"

#include <string.h>

#include "rules/literal.h"

#define NONE G_MAXUINT32

/* Literals of LONG_KEY bytes and more are found by the rarest LONG_KEY of them, shorter ones by all. */
#define LONG_KEY 6
#define LONG_HEADS 15  /* bits */
#define LONG_BITMAP 13 /* bits, of words of 64: each key has two bits of one word */
#define SHORT_HEADS 12
#define SHORT_BITMAP 14
#define SHORT_BEGINS 13
#define SHORT_LEAST 2
#define SHORT_LENGTHS (LONG_KEY - SHORT_LEAST)

struct entry {
	guint64 head;   /* the first bytes of the literal, as LITTLE_ENDIAN has them: most that only share a hash differ in them */
	guint32 bytes;  /* offset of the literal in matcher->bytes */
	guint32 next;   /* entry of the same bucket, NONE at the end */
	guint32 owners; /* first link; with LONE the owner itself */
	guint8 length;
	guint8 key; /* offset in the literal of the bytes it is found by */
	guint8 edges;
	guint8 unused;
};
#define LONE (1u << 31)

/* What a literal is to its owner. */
enum role { ROLE_FIRST, ROLE_SECOND /* of a rule */, ROLE_MEMBER };
#define ROLE_BITS 2

struct link {
	guint32 owner; /* the number of a rule or member, shifted by ROLE_BITS, and the role */
	guint32 next;
};

/* The head of a matcher's bytes; the arrays follow in this order, each begun at a multiple of 8. */
struct packed_matcher {
	guint32 bytes, entries, links, always, seconds; /* elements */
	guint32 unused;
	guint32 heads[(1 << LONG_HEADS) + (1 << SHORT_HEADS)]; /* first entries, by hash: the long ones, then the short ones */
	guint64 pairs[65536 / 64];                             /* literals of two bytes */
	guint8 short_lengths[2][1 << SHORT_BEGINS]; /* by hash of three bytes, bits: how long those are that begin so; those that may stand inside of a word,
	                                               all */
	guint64 short_bitmaps[SHORT_LENGTHS][(1 << SHORT_BITMAP) / 64]; /* by length and hash */
	guint64 long_bitmap[1 << LONG_BITMAP];
};

/* What a text is looked up in: a matcher's own arrays, or bytes that were packed before. */
struct tables {
	const struct packed_matcher *head;
	const guint8 *bytes;
	const struct entry *entries;
	const struct link *links;
	const guint32 *always, *seconds;
	guint n_always, n_seconds;
};

struct matcher {
	struct tables packed; /* made by matcher_from_bytes: then nothing can be added and the rest is NULL */
	struct packed_matcher *head;
	GByteArray *bytes;
	GArray *entries; /* of struct entry */
	GArray *links;   /* of struct link */
	GArray *always;  /* of guint32, rules */
	GArray *seconds; /* of guint32: bits of the rules that need a second literal */
};

struct matcher *
matcher_new(void)
{
	struct matcher *matcher = g_new0(struct matcher, 1);

	matcher->head = g_new0(struct packed_matcher, 1);
	matcher->bytes = g_byte_array_sized_new(32768);
	matcher->entries = g_array_sized_new(FALSE, FALSE, sizeof(struct entry), 2048);
	matcher->links = g_array_sized_new(FALSE, FALSE, sizeof(struct link), 2048);
	matcher->always = g_array_new(FALSE, FALSE, sizeof(guint32));
	matcher->seconds = g_array_new(FALSE, TRUE, sizeof(guint32));
	memset(matcher->head->heads, 0xff, sizeof matcher->head->heads);
	return matcher;
}

void
matcher_free(struct matcher *matcher)
{
	if (matcher == NULL)
		return;
	g_clear_pointer(&matcher->bytes, g_byte_array_unref);
	g_clear_pointer(&matcher->entries, g_array_unref);
	g_clear_pointer(&matcher->links, g_array_unref);
	g_clear_pointer(&matcher->always, g_array_unref);
	g_clear_pointer(&matcher->seconds, g_array_unref);
	g_free(matcher->head);
	g_free(matcher);
}

static struct tables
tables_of(const struct matcher *matcher)
{
	if (matcher->packed.head != NULL)
		return matcher->packed;
	return (struct tables){matcher->head, matcher->bytes->data, (const struct entry *)matcher->entries->data, (const struct link *)matcher->links->data,
	    (const guint32 *)matcher->always->data, (const guint32 *)matcher->seconds->data, matcher->always->len, matcher->seconds->len};
}

/* Up to 8 of LENGTH bytes, the first the lowest, zeros behind the last. */
static guint64
eight_bytes(const guchar *p, gsize length)
{
	guint64 bytes = 0;

	if (length >= sizeof bytes)
		memcpy(&bytes, p, sizeof bytes);
	else
		memcpy(&bytes, p, length);
	return GUINT64_FROM_LE(bytes);
}

/* Of the first SIZE of 8 bytes; its upper bits are the best. */
static guint64
hash_of(guint64 bytes, guint size)
{
	return (bytes << (64 - 8 * size)) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
}

static guint
long_head(guint64 hash)
{
	return hash >> (64 - LONG_HEADS);
}

static guint
short_head(guint64 hash)
{
	return (1u << LONG_HEADS) + (hash >> (64 - SHORT_HEADS));
}

/* A key's bits in its word of the bitmap. */
static guint64
long_bits(guint64 hash)
{
	return G_GUINT64_CONSTANT(1) << (hash >> (58 - LONG_BITMAP) & 63) | G_GUINT64_CONSTANT(1) << (hash >> (52 - LONG_BITMAP) & 63);
}

/* How rare a byte is in text, roughly: a literal is found by its rarest bytes. */
static guint
rarity(guchar c)
{
	static const guint8 letters[26] = {2, 6, 4, 4, 1, 5, 6, 4, 2, 9, 8, 3, 5, 2, 2, 5, 9, 2, 2, 1, 4, 7, 6, 9, 5, 9};

	if (c >= 'a' && c <= 'z')
		return letters[c - 'a'];
	return c == ' ' ? 1 : c >= 0x80 ? 4 : 7;
}

/* The offset of the rarest SIZE bytes. */
static guint
best_key(const guchar *literal, gsize length, gsize size)
{
	guint best = 0, most = 0;

	for (gsize i = 0; i + size <= length; i++) {
		guint sum = 0;

		for (gsize j = i; j < i + size; j++)
			sum += rarity(literal[j]);
		if (sum > most) {
			most = sum;
			best = i;
		}
	}
	return best;
}

static struct entry *
entry_at(const struct matcher *matcher, guint32 index)
{
	return &g_array_index(matcher->entries, struct entry, index);
}

/* The entry for this literal in the list from HEAD on, made when it is not there. */
static guint32
find_entry(struct matcher *matcher, guint32 *head, const char *literal, gsize length, guint edges, guint key)
{
	struct entry entry = {.head = eight_bytes((const guchar *)literal, length),
	    .length = length,
	    .edges = edges,
	    .key = key,
	    .next = *head,
	    .owners = NONE,
	    .bytes = matcher->bytes->len};

	for (guint32 i = *head; i != NONE; i = entry_at(matcher, i)->next) {
		const struct entry *old = entry_at(matcher, i);

		if (old->length == length && old->edges == edges && memcmp(matcher->bytes->data + old->bytes, literal, length) == 0)
			return i;
	}
	g_byte_array_append(matcher->bytes, (const guint8 *)literal, length);
	g_array_append_val(matcher->entries, entry);
	*head = matcher->entries->len - 1;
	return *head;
}

static void
add_link(struct matcher *matcher, guint32 number, enum role role, const char *literal, gsize length, guint edges)
{
	const guchar *p = (const guchar *)literal;
	struct link link = {.owner = number << ROLE_BITS | role};
	guint32 index;

	if (length >= LONG_KEY) {
		guint key = best_key(p, length, LONG_KEY);
		guint64 hash = hash_of(eight_bytes(p + key, length - key), LONG_KEY);

		matcher->head->long_bitmap[hash >> (64 - LONG_BITMAP)] |= long_bits(hash);
		index = find_entry(matcher, &matcher->head->heads[long_head(hash)], literal, length, edges, key);
	} else {
		guint64 hash = hash_of(eight_bytes(p, length), length), bit = hash >> (64 - SHORT_BITMAP);
		guint begin = hash_of(eight_bytes(p, length), 3) >> (64 - SHORT_BEGINS), pair = p[0] | p[1] << 8;

		if (length == SHORT_LEAST)
			matcher->head->pairs[pair / 64] |= G_GUINT64_CONSTANT(1) << pair % 64;
		for (guint i = (edges & LITERAL_WORD_BEFORE) != 0; i < 2 && length > SHORT_LEAST; i++)
			matcher->head->short_lengths[i][begin] |= 1u << (length - SHORT_LEAST);
		matcher->head->short_bitmaps[length - SHORT_LEAST][bit / 64] |= G_GUINT64_CONSTANT(1) << bit % 64;
		index = find_entry(matcher, &matcher->head->heads[short_head(hash)], literal, length, edges, 0);
	}
	link.next = entry_at(matcher, index)->owners;
	entry_at(matcher, index)->owners = matcher->links->len;
	g_array_append_val(matcher->links, link);
}

void
matcher_add(struct matcher *matcher, guint rule, const char *literal, gsize length, guint edges)
{
	add_link(matcher, rule, ROLE_FIRST, literal, length, edges);
}

void
matcher_add_second(struct matcher *matcher, guint rule, const char *literal, gsize length, guint edges)
{
	if (matcher->seconds->len <= rule / 32)
		g_array_set_size(matcher->seconds, rule / 32 + 1);
	g_array_index(matcher->seconds, guint32, rule / 32) |= 1u << rule % 32;
	add_link(matcher, rule, ROLE_SECOND, literal, length, edges);
}

void
matcher_add_member(struct matcher *matcher, guint member, const char *literal, gsize length, guint edges)
{
	add_link(matcher, member, ROLE_MEMBER, literal, length, edges);
}

void
matcher_add_always(struct matcher *matcher, guint rule)
{
	g_array_append_val(matcher->always, rule);
}

static const guint8 word_bytes[256] = {['0' ... '9'] = TRUE, ['A' ... 'Z'] = TRUE, ['_'] = TRUE, ['a' ... 'z'] = TRUE};

static gboolean
is_word_byte(guchar c)
{
	return word_bytes[c];
}

/* Whether what stands beside the literal lets the rule match. Other scripts' word characters are left to PCRE2. */
static gboolean
edges_hold(const struct entry *entry, const guchar *text, gsize length, gsize start)
{
	gsize end = start + entry->length;

	if ((entry->edges & LITERAL_WORD_BEFORE) != 0 && start > 0 && is_word_byte(text[start - 1]))
		return FALSE;
	if ((entry->edges & LITERAL_WORD_AFTER) == 0 || end == length || !is_word_byte(text[end]))
		return TRUE;
	if ((entry->edges & LITERAL_PLURAL) == 0)
		return FALSE;
	end += text[end] == 'e';
	return end < length && text[end] == 's' && (end + 1 == length || !is_word_byte(text[end + 1]));
}

/* What was found: bits of the rules' first and second literals, and places of members. */
struct found {
	guint32 *bits[2];
	GArray *hits;
	struct matcher_hit few[64]; /* on their way there */
	guint n_few;
};

static void
add_hit(struct found *found, guint32 member, gsize at)
{
	if (found->n_few == G_N_ELEMENTS(found->few)) {
		g_array_append_vals(found->hits, found->few, found->n_few);
		found->n_few = 0;
	}
	found->few[found->n_few++] = (struct matcher_hit){member, at};
}

static void
mark_owner(guint32 owner, gsize start, struct found *found)
{
	guint32 number = owner >> ROLE_BITS;
	enum role role = owner & ((1u << ROLE_BITS) - 1);

	if (role == ROLE_MEMBER)
		add_hit(found, number, start);
	else
		found->bits[role][number / 32] |= 1u << number % 32;
}

static void
mark(const struct tables *tables, const struct entry *entry, gsize start, struct found *found)
{
	if ((entry->owners & LONE) != 0) {
		mark_owner(entry->owners & ~LONE, start, found);
		return;
	}
	for (guint32 i = entry->owners; i != NONE; i = tables->links[i].next)
		mark_owner(tables->links[i].owner, start, found);
}

/* Marks the rules of the literals in the list from ENTRY on that stand at AT, where their key bytes were seen. */
static void
try_entries(const struct tables *tables, guint32 index, const guchar *text, gsize length, gsize at, struct found *found)
{
	for (; index != NONE; index = tables->entries[index].next) {
		const struct entry *entry = &tables->entries[index];
		gsize start = at - entry->key, size = entry->length;

		if (entry->key > at || size > length - start)
			continue;
		if (((eight_bytes(text + start, length - start) ^ entry->head) << (size < 8 ? 64 - 8 * size : 0)) != 0)
			continue;
		if (size > 8 && memcmp(tables->bytes + entry->bytes + 8, text + start + 8, size - 8) != 0)
			continue;
		if (edges_hold(entry, text, length, start))
			mark(tables, entry, start, found);
	}
}

/* Where keys were seen: looked up many at a time, for what they lead to is in no near cache and comes in the meantime. */
struct trial {
	guint32 head; /* in the head's heads, then the entry that stands there */
	guint32 at;
};
#define TRIALS 64

static void
try_all(const struct tables *tables, struct trial *trials, guint n, const guchar *text, gsize length, struct found *found)
{
	for (guint i = 0; i < n; i++) {
		trials[i].head = tables->head->heads[trials[i].head];
		__builtin_prefetch(&tables->entries[trials[i].head != NONE ? trials[i].head : 0]);
	}
	for (guint i = 0; i < n; i++)
		try_entries(tables, trials[i].head, text, length, trials[i].at, found);
}

/* A pass over a text. */
struct scan {
	const struct tables *tables;
	const guchar *text;
	gsize length;
	gboolean inside; /* of a word, before the place at work */
	guint n;
	struct trial trials[TRIALS + 1 + SHORT_LENGTHS];
	struct found *found;
};

/* The keys that stand at AT, where BYTES are. */
static G_ALWAYS_INLINE inline void
find_keys(struct scan *scan, guint64 bytes, guint32 at)
{
	const struct packed_matcher *head = scan->tables->head;
	guint64 hash = hash_of(bytes, LONG_KEY), bits = long_bits(hash);
	guint lengths = head->short_lengths[!scan->inside][hash_of(bytes, 3) >> (64 - SHORT_BEGINS)], pair = bytes & 0xffff;

	scan->inside = word_bytes[bytes & 0xff];
	if ((head->long_bitmap[hash >> (64 - LONG_BITMAP)] & bits) == bits)
		scan->trials[scan->n++] = (struct trial){long_head(hash), at};
	for (lengths |= head->pairs[pair / 64] >> pair % 64 & 1; lengths != 0; lengths &= lengths - 1) {
		guint i = (guint)__builtin_ctz(lengths);
		guint64 bit;

		hash = hash_of(bytes, SHORT_LEAST + i);
		bit = hash >> (64 - SHORT_BITMAP);
		scan->trials[scan->n] = (struct trial){short_head(hash), at};
		scan->n += head->short_bitmaps[i][bit / 64] >> bit % 64 & 1;
	}
	if (scan->n >= TRIALS) {
		try_all(scan->tables, scan->trials, scan->n, scan->text, scan->length, scan->found);
		scan->n = 0;
	}
}

static void
find_literals(const struct tables *tables, const guchar *text, gsize length, struct found *found)
{
	struct scan scan;
	gsize at = 0;

	scan.tables = tables;
	scan.text = text;
	scan.length = length;
	scan.inside = FALSE;
	scan.n = 0;
	scan.found = found;
	for (; at + sizeof(guint64) <= length; at++)
		find_keys(&scan, eight_bytes(text + at, sizeof(guint64)), at);
	for (; at + SHORT_LEAST <= length; at++)
		find_keys(&scan, eight_bytes(text + at, length - at), at);
	try_all(tables, scan.trials, scan.n, text, length, found);
}

void
matcher_candidates(const struct matcher *matcher, const char *plain, gsize length, guint32 *bits, GArray *hits)
{
	const struct tables tables = tables_of(matcher);
	guint32 few[512];
	g_autofree guint32 *many = tables.n_seconds > G_N_ELEMENTS(few) ? g_new(guint32, tables.n_seconds) : NULL;
	guint32 *seconds = many != NULL ? many : few;
	struct found found = {.bits = {bits, seconds}, .hits = hits};

	memset(seconds, 0, tables.n_seconds * sizeof *seconds);
	for (guint i = 0; i < tables.n_always; i++)
		bits[tables.always[i] / 32] |= 1u << tables.always[i] % 32;
	find_literals(&tables, (const guchar *)plain, length, &found);
	g_array_append_vals(hits, found.few, found.n_few);
	for (guint i = 0; i < tables.n_seconds; i++)
		bits[i] &= seconds[i] | ~tables.seconds[i];
}

gsize
matcher_form_size(void)
{
	return sizeof(struct packed_matcher) + sizeof(struct entry) + sizeof(struct link);
}

static void
pack_array(GByteArray *out, gconstpointer data, gsize length)
{
	static const guint8 zeros[8];

	g_byte_array_append(out, data, length);
	g_byte_array_append(out, zeros, -out->len & 7);
}

/* Appends OWNERS, a list of links of MATCHER; what an entry has for them there. */
static guint32
order_owners(const struct matcher *matcher, guint32 owners, struct matcher *out)
{
	guint32 first = out->links->len;

	if (g_array_index(matcher->links, struct link, owners).next == NONE)
		return g_array_index(matcher->links, struct link, owners).owner | LONE;
	while (owners != NONE) {
		struct link link = g_array_index(matcher->links, struct link, owners);

		owners = link.next;
		link.next = owners != NONE ? out->links->len + 1 : NONE;
		g_array_append_val(out->links, link);
	}
	return first;
}

/* Appends what LIST of MATCHER leads to, one beside the other; its first entry's place there. */
static guint32
order_list(const struct matcher *matcher, guint32 list, struct matcher *out)
{
	guint32 first = list != NONE ? out->entries->len : NONE;

	while (list != NONE) {
		struct entry entry = *entry_at(matcher, list);

		list = entry.next;
		g_byte_array_append(out->bytes, matcher->bytes->data + entry.bytes, entry.length);
		entry.bytes = out->bytes->len - entry.length;
		entry.next = list != NONE ? out->entries->len + 1 : NONE;
		entry.owners = order_owners(matcher, entry.owners, out);
		g_array_append_val(out->entries, entry);
	}
	return first;
}

/* A fresh process finds nothing of these tables in its caches: what is looked at together stands together. */
static struct matcher *
in_order(const struct matcher *matcher)
{
	struct matcher *out = matcher_new();

	*out->head = *matcher->head;
	for (guint i = 0; i < G_N_ELEMENTS(out->head->heads); i++)
		out->head->heads[i] = order_list(matcher, matcher->head->heads[i], out);
	g_array_append_vals(out->always, matcher->always->data, matcher->always->len);
	g_array_append_vals(out->seconds, matcher->seconds->data, matcher->seconds->len);
	return out;
}

GBytes *
matcher_to_bytes(const struct matcher *made)
{
	g_autoptr(Matcher) matcher = in_order(made);
	GByteArray *out = g_byte_array_new();

	matcher->head->bytes = matcher->bytes->len;
	matcher->head->entries = matcher->entries->len;
	matcher->head->links = matcher->links->len;
	matcher->head->always = matcher->always->len;
	matcher->head->seconds = matcher->seconds->len;
	pack_array(out, matcher->head, sizeof *matcher->head);
	pack_array(out, matcher->bytes->data, matcher->bytes->len);
	pack_array(out, matcher->entries->data, matcher->entries->len * sizeof(struct entry));
	pack_array(out, matcher->links->data, matcher->links->len * sizeof(struct link));
	pack_array(out, matcher->always->data, matcher->always->len * sizeof(guint32));
	pack_array(out, matcher->seconds->data, matcher->seconds->len * sizeof(guint32));
	return g_byte_array_free_to_bytes(out);
}

/* The N elements of SIZE bytes at *AT of LENGTH bytes of DATA; *AT moves behind them, beyond LENGTH when there are not that many. */
static gconstpointer
take_array(const guint8 *data, gsize length, gsize *at, gsize n, gsize size)
{
	const guint8 *array = data + MIN(*at, length);

	*at = *at > length || n > (length - *at) / size ? G_MAXSIZE : (*at + n * size + 7) & ~(gsize)7;
	return array;
}

struct matcher *
matcher_from_bytes(gconstpointer data, gsize length)
{
	const struct packed_matcher *head = data;
	g_autoptr(Matcher) matcher = g_new0(struct matcher, 1);
	struct tables *tables = &matcher->packed;
	gsize at = sizeof *head;

	if (length < sizeof *head || (guintptr)data % 8 != 0)
		return NULL;
	tables->head = head;
	tables->bytes = take_array(data, length, &at, head->bytes, 1);
	tables->entries = take_array(data, length, &at, head->entries, sizeof(struct entry));
	tables->links = take_array(data, length, &at, head->links, sizeof(struct link));
	tables->always = take_array(data, length, &at, tables->n_always = head->always, sizeof(guint32));
	tables->seconds = take_array(data, length, &at, tables->n_seconds = head->seconds, sizeof(guint32));
	return at <= length ? g_steal_pointer(&matcher) : NULL;
}
