#include "rules/matcher.h"

#include <string.h>

#include "rules/literal.h"

#define HEADS 8192
#define NONE G_MAXUINT32

struct entry {
	guint32 bytes;    /* offset of the literal in matcher->bytes */
	guint32 next;     /* entry of the same bucket, NONE at the end */
	guint32 rules;    /* first link */
	guint8 length;
	guint8 key;       /* offset in the literal of the three bytes it is found by */
	guint8 edges;
};

struct link {
	guint32 rule; /* twice its number, and one more when the literal is its second */
	guint32 next;
};

struct matcher {
	GByteArray *bytes;
	GArray *entries; /* of struct entry */
	GArray *links;   /* of struct link */
	GArray *always;  /* of guint32, rules */
	GArray *seconds; /* of guint32: bits of the rules that need a second literal */
	guint32 shorts;  /* first entry of two bytes */
	guint32 heads[HEADS];
	guint64 bitmap[65536 / 64];       /* by hash of three bytes */
	guint64 short_bitmap[65536 / 64]; /* by two bytes */
};

struct matcher *
matcher_new(void)
{
	struct matcher *matcher = g_new0(struct matcher, 1);

	matcher->bytes = g_byte_array_sized_new(32768);
	matcher->entries = g_array_sized_new(FALSE, FALSE, sizeof(struct entry), 2048);
	matcher->links = g_array_sized_new(FALSE, FALSE, sizeof(struct link), 2048);
	matcher->always = g_array_new(FALSE, FALSE, sizeof(guint32));
	matcher->seconds = g_array_new(FALSE, TRUE, sizeof(guint32));
	matcher->shorts = NONE;
	memset(matcher->heads, 0xff, sizeof matcher->heads);
	return matcher;
}

void
matcher_free(struct matcher *matcher)
{
	if (matcher == NULL)
		return;
	g_byte_array_unref(matcher->bytes);
	g_array_unref(matcher->entries);
	g_array_unref(matcher->links);
	g_array_unref(matcher->always);
	g_array_unref(matcher->seconds);
	g_free(matcher);
}

static guint
hash3(guint32 bytes)
{
	return (bytes * 0x9e3779b1u) >> 16;
}

static guint32
three_bytes(const guchar *p)
{
	return p[0] << 8 | p[1] << 16 | (guint32)p[2] << 24;
}

/* How rare a byte is in text, roughly: a literal is found by its rarest three bytes. */
static guint
rarity(guchar c)
{
	static const guint8 letters[26] = {2, 6, 4, 4, 1, 5, 6, 4, 2, 9, 8, 3, 5, 2, 2, 5, 9, 2, 2, 1, 4, 7, 6, 9, 5, 9};

	if (c >= 'a' && c <= 'z')
		return letters[c - 'a'];
	return c == ' ' ? 1 : c >= 0x80 ? 4 : 7;
}

static guint
best_key(const guchar *literal, gsize length)
{
	guint best = 0, most = 0;

	for (gsize i = 0; i + 3 <= length; i++) {
		guint sum = rarity(literal[i]) + rarity(literal[i + 1]) + rarity(literal[i + 2]);

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
	struct entry entry = {.length = length, .edges = edges, .key = key, .next = *head, .rules = NONE, .bytes = matcher->bytes->len};

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
add_link(struct matcher *matcher, guint32 rule, const char *literal, gsize length, guint edges)
{
	const guchar *p = (const guchar *)literal;
	struct link link = {.rule = rule};
	guint32 index;

	if (length < 3) {
		guint pair = p[0] | p[1] << 8;

		matcher->short_bitmap[pair >> 6] |= G_GUINT64_CONSTANT(1) << (pair & 63);
		index = find_entry(matcher, &matcher->shorts, literal, length, edges, 0);
	} else {
		guint key = best_key(p, length), hash = hash3(three_bytes(p + key));

		matcher->bitmap[hash >> 6] |= G_GUINT64_CONSTANT(1) << (hash & 63);
		index = find_entry(matcher, &matcher->heads[hash % HEADS], literal, length, edges, key);
	}
	link.next = entry_at(matcher, index)->rules;
	entry_at(matcher, index)->rules = matcher->links->len;
	g_array_append_val(matcher->links, link);
}

void
matcher_add(struct matcher *matcher, guint rule, const char *literal, gsize length, guint edges)
{
	add_link(matcher, 2 * rule, literal, length, edges);
}

void
matcher_add_second(struct matcher *matcher, guint rule, const char *literal, gsize length, guint edges)
{
	if (matcher->seconds->len <= rule / 32)
		g_array_set_size(matcher->seconds, rule / 32 + 1);
	g_array_index(matcher->seconds, guint32, rule / 32) |= 1u << rule % 32;
	add_link(matcher, 2 * rule + 1, literal, length, edges);
}

void
matcher_add_always(struct matcher *matcher, guint rule)
{
	g_array_append_val(matcher->always, rule);
}

static gboolean
is_word_byte(guchar c)
{
	return g_ascii_isalnum(c) || c == '_';
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

/* What was found of the rules' first and second literals. */
struct found {
	guint32 *bits[2];
};

static void
mark(const struct matcher *matcher, const struct entry *entry, const struct found *found)
{
	for (guint32 i = entry->rules; i != NONE;) {
		const struct link *link = &g_array_index(matcher->links, struct link, i);

		found->bits[link->rule % 2][link->rule / 64] |= 1u << link->rule / 2 % 32;
		i = link->next;
	}
}

/* Marks the rules of the literals in the list from ENTRY on that stand at AT, where their key bytes were seen. */
static void
try_entries(const struct matcher *matcher, guint32 index, const guchar *text, gsize length, gsize at, const struct found *found)
{
	for (; index != NONE; index = entry_at(matcher, index)->next) {
		const struct entry *entry = entry_at(matcher, index);

		if (entry->key > at || at - entry->key + entry->length > length)
			continue;
		if (memcmp(matcher->bytes->data + entry->bytes, text + at - entry->key, entry->length) != 0)
			continue;
		if (edges_hold(entry, text, length, at - entry->key))
			mark(matcher, entry, found);
	}
}

static void
find_shorts(const struct matcher *matcher, const guchar *text, gsize length, const struct found *found)
{
	for (gsize i = 0; i + 2 <= length; i++) {
		guint pair = text[i] | text[i + 1] << 8;

		if ((matcher->short_bitmap[pair >> 6] >> (pair & 63) & 1) != 0)
			try_entries(matcher, matcher->shorts, text, length, i, found);
	}
}

void
matcher_candidates(const struct matcher *matcher, const char *plain, gsize length, guint32 *bits)
{
	const guchar *text = (const guchar *)plain;
	guint32 bytes = length >= 2 ? (guint32)text[0] << 16 | (guint32)text[1] << 24 : 0;
	const guint32 *needed = (const guint32 *)matcher->seconds->data;
	g_autofree guint32 *seconds = g_new0(guint32, matcher->seconds->len + 1);
	struct found found = {{bits, seconds}};

	for (guint i = 0; i < matcher->always->len; i++) {
		guint32 rule = g_array_index(matcher->always, guint32, i);

		bits[rule / 32] |= 1u << rule % 32;
	}
	if (matcher->shorts != NONE)
		find_shorts(matcher, text, length, &found);
	for (gsize i = 2; i < length; i++) {
		bytes = bytes >> 8 | (guint32)text[i] << 24;

		guint hash = hash3(bytes & 0xffffff00u);

		if ((matcher->bitmap[hash >> 6] >> (hash & 63) & 1) != 0)
			try_entries(matcher, matcher->heads[hash % HEADS], text, length, i - 2, &found);
	}
	for (guint i = 0; i < matcher->seconds->len; i++)
		bits[i] &= seconds[i] | ~needed[i];
}

/* The head of the bytes; the arrays follow in this order, each begun at a multiple of 8. */
struct packed_matcher {
	guint32 bytes, entries, links, always, seconds; /* elements */
	guint32 shorts;
	guint32 heads[HEADS];
	guint64 bitmap[65536 / 64], short_bitmap[65536 / 64];
};

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

GBytes *
matcher_to_bytes(const struct matcher *matcher)
{
	GByteArray *out = g_byte_array_new();
	g_autofree struct packed_matcher *head = g_new0(struct packed_matcher, 1);

	head->bytes = matcher->bytes->len;
	head->entries = matcher->entries->len;
	head->links = matcher->links->len;
	head->always = matcher->always->len;
	head->seconds = matcher->seconds->len;
	head->shorts = matcher->shorts;
	memcpy(head->heads, matcher->heads, sizeof head->heads);
	memcpy(head->bitmap, matcher->bitmap, sizeof head->bitmap);
	memcpy(head->short_bitmap, matcher->short_bitmap, sizeof head->short_bitmap);
	pack_array(out, head, sizeof *head);
	pack_array(out, matcher->bytes->data, matcher->bytes->len);
	pack_array(out, matcher->entries->data, matcher->entries->len * sizeof(struct entry));
	pack_array(out, matcher->links->data, matcher->links->len * sizeof(struct link));
	pack_array(out, matcher->always->data, matcher->always->len * sizeof(guint32));
	pack_array(out, matcher->seconds->data, matcher->seconds->len * sizeof(guint32));
	return g_byte_array_free_to_bytes(out);
}

/* The next N elements of SIZE bytes at *DATA, which moves on; FALSE when there are not that many. */
static gboolean
unpack_array(const guint8 **data, const guint8 *end, GArray *array, gsize n, gsize size)
{
	if (n > (gsize)(end - *data) / size)
		return FALSE;
	g_array_append_vals(array, *data, n);
	*data += MIN((gsize)(end - *data), (n * size + 7) & ~(gsize)7);
	return TRUE;
}

struct matcher *
matcher_from_bytes(gconstpointer data, gsize length)
{
	g_autofree struct packed_matcher *head = g_new(struct packed_matcher, 1);
	const guint8 *p = (const guint8 *)data + ((sizeof *head + 7) & ~(gsize)7), *end = (const guint8 *)data + length;
	g_autoptr(Matcher) matcher = NULL;

	if (length < sizeof *head)
		return NULL;
	memcpy(head, data, sizeof *head);
	matcher = matcher_new();
	if (head->bytes > (gsize)(end - p))
		return NULL;
	g_byte_array_append(matcher->bytes, p, head->bytes);
	p += MIN((gsize)(end - p), ((gsize)head->bytes + 7) & ~(gsize)7);
	if (!unpack_array(&p, end, matcher->entries, head->entries, sizeof(struct entry)) || !unpack_array(&p, end, matcher->links, head->links, sizeof(struct link)) ||
	    !unpack_array(&p, end, matcher->always, head->always, sizeof(guint32)) || !unpack_array(&p, end, matcher->seconds, head->seconds, sizeof(guint32)))
		return NULL;
	matcher->shorts = head->shorts;
	memcpy(matcher->heads, head->heads, sizeof matcher->heads);
	memcpy(matcher->bitmap, head->bitmap, sizeof matcher->bitmap);
	memcpy(matcher->short_bitmap, head->short_bitmap, sizeof matcher->short_bitmap);
	return g_steal_pointer(&matcher);
}
