#include "base/needle-private.h"

#include "base/hash.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define KEY_BYTES 32
#define DIGEST_BYTES 16
#define SAMPLE_LETTERS 24 /* that no two people write alike by chance */
#define PIECE_LETTERS 200
#define FILTER_BITS 65536
#define PRIME ((G_GUINT64_CONSTANT(1) << 61) - 1)

struct needle {
	guint length;
	gboolean bounded; /* as whole words only */
	gboolean wide;    /* letters beyond those that UTF-16 writes with a NUL */
	guint64 roll;
	guint8 digest[DIGEST_BYTES];
};

struct needles {
	guint8 key[KEY_BYTES];
	guint64 base;
	GArray *list;                   /* of struct needle, by roll */
	guint8 filter[FILTER_BITS / 8]; /* a bit for each roll's last bits: most letters end no needle */
	GArray *lengths;                /* of struct length: each once */
};

struct length {
	guint length;
	guint64 power; /* base to the LENGTH - 1 */
};

__extension__ typedef unsigned __int128 wide;

static guint64
times(guint64 a, guint64 b)
{
	wide product = (wide)a * b;
	guint64 sum = (guint64)(product & PRIME) + (guint64)(product >> 61);

	return sum >= PRIME ? sum - PRIME : sum;
}

static guint64
plus(guint64 a, guint64 b)
{
	guint64 sum = a + b;

	return sum >= PRIME ? sum - PRIME : sum;
}

static struct needles *
with_key(const guint8 key[KEY_BYTES])
{
	struct needles *needles = g_new0(struct needles, 1);

	memcpy(needles->key, key, KEY_BYTES);
	memcpy(&needles->base, key, sizeof needles->base);
	needles->base = GUINT64_FROM_LE(needles->base) % (PRIME - 65536) + 65536;
	needles->list = g_array_new(FALSE, TRUE, sizeof(struct needle));
	needles->lengths = g_array_new(FALSE, TRUE, sizeof(struct length));
	return needles;
}

struct needles *
needles_new(void)
{
	guint8 key[KEY_BYTES];

	while (getrandom(key, sizeof key, 0) != (gssize)sizeof key)
		if (errno != EINTR)
			g_error("no random numbers: %s", g_strerror(errno));
	return with_key(key);
}

struct needles *
needles_new_like(const struct needles *other)
{
	return with_key(other->key);
}

void
needles_free(struct needles *needles)
{
	if (needles == NULL)
		return;
	g_array_unref(needles->list);
	g_array_unref(needles->lengths);
	g_free(needles);
}

guint
needles_count(const struct needles *needles)
{
	return needles->list->len;
}

gboolean
needles_are_wide(const struct needles *needles)
{
	for (guint i = 0; i < needles->list->len; i++)
		if (g_array_index(needles->list, struct needle, i).wide)
			return TRUE;
	return FALSE;
}

static void
digest(const struct needles *needles, const gunichar *letters, guint length, guint8 out[DIGEST_BYTES])
{
	g_autoptr(GByteArray) bytes = g_byte_array_sized_new(KEY_BYTES + 4 * length);
	struct hash hash;

	g_byte_array_append(bytes, needles->key, KEY_BYTES);
	for (guint i = 0; i < length; i++) {
		guint32 letter = GUINT32_TO_LE(letters[i]);

		g_byte_array_append(bytes, (const guint8 *)&letter, sizeof letter);
	}
	hash = hash_bytes(bytes->data, bytes->len);
	memcpy(out, hash.bytes, DIGEST_BYTES);
}

static void
add_length(struct needles *needles, guint length)
{
	struct length one = {length, 1};

	for (guint i = 0; i < needles->lengths->len; i++)
		if (g_array_index(needles->lengths, struct length, i).length == length)
			return;
	for (guint i = 1; i < length; i++)
		one.power = times(one.power, needles->base);
	g_array_append_val(needles->lengths, one);
}

/* Where the needles with this ROLL begin, or would. */
static guint
first_with(const struct needles *needles, guint64 roll)
{
	guint low = 0, high = needles->list->len;

	while (low < high) {
		guint middle = (low + high) / 2;

		if (g_array_index(needles->list, struct needle, middle).roll < roll)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
add_needle(struct needles *needles, const struct needle *needle)
{
	guint at = first_with(needles, needle->roll);

	for (guint i = at; i < needles->list->len && g_array_index(needles->list, struct needle, i).roll == needle->roll; i++)
		if (memcmp(&g_array_index(needles->list, struct needle, i).digest, needle->digest, DIGEST_BYTES) == 0)
			return;
	g_array_insert_vals(needles->list, at, needle, 1);
	needles->filter[needle->roll % FILTER_BITS / 8] |= (guint8)(1 << needle->roll % 8);
	add_length(needles, needle->length);
}

gboolean
needles_merge(struct needles *needles, const struct needles *other)
{
	if (memcmp(needles->key, other->key, KEY_BYTES) != 0)
		return FALSE;
	for (guint i = 0; i < other->list->len; i++)
		add_needle(needles, &g_array_index(other->list, struct needle, i));
	return TRUE;
}

static void
add_letters(struct needles *needles, const gunichar *letters, guint length)
{
	struct needle needle = {.length = length, .bounded = length < NEEDLE_LOOSE};

	for (guint i = 0; i < length; i++) {
		needle.roll = plus(times(needle.roll, needles->base), letters[i]);
		needle.wide = needle.wide || letters[i] > 0xff;
		if (text_is_cjk(letters[i]))
			needle.bounded = FALSE;
	}
	digest(needles, letters, length, needle.digest);
	add_needle(needles, &needle);
}

/* --- letters: what of a character is compared */

/* Appends to OUT what C is compared as: 0 for a space, nothing for what nobody sees. At most 18. */
static guint
fold(gunichar c, gunichar out[G_UNICHAR_MAX_DECOMPOSITION_LENGTH])
{
	gsize n, kept = 0;

	if (c < 0x80) {
		out[0] = g_ascii_isalnum((char)c) ? (gunichar)g_ascii_tolower((char)c) : 0;
		return 1;
	}
	n = g_unichar_fully_decompose(c, TRUE, out, G_UNICHAR_MAX_DECOMPOSITION_LENGTH);
	for (gsize i = 0; i < n; i++) {
		GUnicodeType type = g_unichar_type(out[i]);

		if (type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK || type == G_UNICODE_FORMAT)
			continue;
		out[kept++] = g_unichar_isalnum(out[i]) || g_unichar_ismark(out[i]) ? text_caseless(g_unichar_tolower(out[i])) : 0;
	}
	return (guint)kept;
}

static GArray *
letters_of(const char *words)
{
	GArray *letters = g_array_new(FALSE, FALSE, sizeof(gunichar));
	g_autofree char *valid = g_utf8_make_valid(words, -1);
	gunichar folded[G_UNICHAR_MAX_DECOMPOSITION_LENGTH], space = ' ';
	gboolean gap = FALSE;

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		guint n = fold(g_utf8_get_char(at), folded);

		for (guint i = 0; i < n; i++) {
			if (folded[i] == 0) {
				gap = letters->len > 0;
				continue;
			}
			if (gap)
				g_array_append_val(letters, space);
			gap = FALSE;
			g_array_append_val(letters, folded[i]);
		}
	}
	return letters;
}

gboolean
needles_add(struct needles *needles, const char *words)
{
	g_autoptr(GArray) letters = letters_of(words);
	const gunichar *at = (const gunichar *)letters->data;
	guint left = letters->len;

	if (left == 0)
		return FALSE;
	while (left > 0) {
		guint length = left;

		if (left > NEEDLE_LONGEST) {
			for (length = PIECE_LETTERS; length > PIECE_LETTERS / 2 && at[length] != ' '; length--)
				;
			if (at[length] != ' ')
				length = PIECE_LETTERS;
		}
		add_letters(needles, at, length);
		at += length;
		left -= length;
		if (left > 0 && *at == ' ') {
			at++;
			left--;
		}
	}
	return TRUE;
}

gboolean
needles_add_sample(struct needles *needles, const char *line)
{
	g_autoptr(GArray) letters = letters_of(line);
	guint start = letters->len < SAMPLE_LETTERS ? 0 : (letters->len - SAMPLE_LETTERS) / 2;
	const gunichar *at = (const gunichar *)letters->data;

	if (letters->len < SAMPLE_LETTERS)
		return FALSE;
	if (at[start] == ' ')
		start += start + SAMPLE_LETTERS < letters->len ? 1 : -1;
	if (at[start + SAMPLE_LETTERS - 1] == ' ')
		start -= start > 0 ? 1 : 0;
	if (at[start] == ' ' || at[start + SAMPLE_LETTERS - 1] == ' ')
		return FALSE;
	add_letters(needles, at + start, SAMPLE_LETTERS);
	return TRUE;
}

/* --- as a line: key, then "length:flags:roll:digest" each */

static void
append_hex(GString *out, const guint8 *bytes, gsize length)
{
	for (gsize i = 0; i < length; i++)
		g_string_append_printf(out, "%02x", bytes[i]);
}

static gboolean
read_hex(const char *text, guint8 *out, gsize length)
{
	if (strlen(text) != 2 * length)
		return FALSE;
	for (gsize i = 0; i < length; i++) {
		int high = g_ascii_xdigit_value(text[2 * i]), low = g_ascii_xdigit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return FALSE;
		out[i] = (guint8)(high * 16 + low);
	}
	return TRUE;
}

char *
needles_to_text(const struct needles *needles)
{
	GString *out = g_string_new(NULL);

	append_hex(out, needles->key, KEY_BYTES);
	for (guint i = 0; i < needles->list->len; i++) {
		const struct needle *needle = &g_array_index(needles->list, struct needle, i);

		g_string_append_printf(out, " %u:%d:%" G_GINT64_MODIFIER "x:", needle->length, needle->bounded + 2 * needle->wide, needle->roll);
		append_hex(out, needle->digest, DIGEST_BYTES);
	}
	return g_string_free(out, FALSE);
}

static gboolean
read_needle(const char *text, struct needle *out)
{
	g_auto(GStrv) fields = g_strsplit(text, ":", 5);
	guint64 length, flags, roll;

	if (g_strv_length(fields) != 4 || !g_ascii_string_to_unsigned(fields[0], 10, 1, NEEDLE_LONGEST, &length, NULL) ||
	    !g_ascii_string_to_unsigned(fields[1], 10, 0, 3, &flags, NULL) || !g_ascii_string_to_unsigned(fields[2], 16, 0, PRIME, &roll, NULL) ||
	    !read_hex(fields[3], out->digest, DIGEST_BYTES))
		return FALSE;
	out->length = (guint)length;
	out->bounded = (flags & 1) != 0;
	out->wide = (flags & 2) != 0;
	out->roll = roll;
	return TRUE;
}

struct needles *
needles_from_text(const char *text)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	g_autoptr(Needles) needles = NULL;
	guint8 key[KEY_BYTES];

	if (words[0] == NULL || !read_hex(words[0], key, KEY_BYTES))
		return NULL;
	needles = with_key(key);
	for (guint i = 1; words[i] != NULL; i++) {
		struct needle needle = {0};

		if (!read_needle(words[i], &needle))
			return NULL;
		add_needle(needles, &needle);
	}
	return g_steal_pointer(&needles);
}

/* --- a pass */

struct needle_pass {
	const struct needles *needles;
	GArray *found;
	gboolean any, gap, skip_short;
	gsize count; /* letters so far, spaces between words among them */
	gunichar letters[NEEDLE_LONGEST];
	gsize from[NEEDLE_LONGEST], to[NEEDLE_LONGEST];
	guint64 *rolls;  /* of each length */
	GArray *waiting; /* of struct needle_range: bounded, and right if a space comes next */
	gsize gap_from, gap_to;
};

struct needle_pass *
needle_pass_new(const struct needles *needles, GArray *found)
{
	struct needle_pass *pass = g_new(struct needle_pass, 1);

	pass->needles = needles;
	pass->found = found;
	pass->any = pass->gap = pass->skip_short = FALSE;
	pass->count = 0;
	pass->rolls = g_new0(guint64, needles->lengths->len + 1);
	pass->waiting = g_array_new(FALSE, FALSE, sizeof(struct needle_range));
	return pass;
}

static void
take(struct needle_pass *pass, const struct needle_range *range)
{
	pass->any = TRUE;
	if (pass->found != NULL)
		g_array_append_vals(pass->found, range, 1);
}

/* The last LENGTH letters are those of a needle as far as the sum tells. */
static void
confirm(struct needle_pass *pass, guint length, guint64 roll)
{
	gunichar letters[NEEDLE_LONGEST];
	guint8 sum[DIGEST_BYTES];
	gboolean made = FALSE;

	for (guint i = first_with(pass->needles, roll); i < pass->needles->list->len; i++) {
		const struct needle *needle = &g_array_index(pass->needles->list, struct needle, i);
		gsize first = pass->count - length;
		struct needle_range range = {pass->from[first % NEEDLE_LONGEST], pass->to[(pass->count - 1) % NEEDLE_LONGEST]};

		if (needle->roll != roll)
			return;
		if (needle->length != length)
			continue;
		for (guint n = 0; !made && n < length; n++)
			letters[n] = pass->letters[(first + n) % NEEDLE_LONGEST];
		if (!made)
			digest(pass->needles, letters, length, sum);
		made = TRUE;
		if (memcmp(sum, needle->digest, DIGEST_BYTES) != 0)
			continue;
		if (!needle->bounded)
			take(pass, &range);
		else if (pass->skip_short)
			continue;
		else if (first == 0 || pass->letters[(first - 1) % NEEDLE_LONGEST] == ' ')
			g_array_append_val(pass->waiting, range);
	}
}

void
needle_pass_skip_short(struct needle_pass *pass)
{
	pass->skip_short = TRUE;
}

gboolean
needles_are_short(const struct needles *needles)
{
	for (guint i = 0; i < needles->list->len; i++)
		if (g_array_index(needles->list, struct needle, i).bounded)
			return TRUE;
	return FALSE;
}

static void
settle_waiting(struct needle_pass *pass, gboolean right)
{
	for (guint i = 0; right && i < pass->waiting->len; i++)
		take(pass, &g_array_index(pass->waiting, struct needle_range, i));
	g_array_set_size(pass->waiting, 0);
}

static void
put_letter(struct needle_pass *pass, gunichar letter, gsize from, gsize to)
{
	const struct needles *needles = pass->needles;

	if (pass->waiting->len > 0)
		settle_waiting(pass, letter == ' ');
	for (guint i = 0; i < needles->lengths->len; i++) {
		const struct length *length = &g_array_index(needles->lengths, struct length, i);

		if (pass->count >= length->length) {
			gunichar old = pass->letters[(pass->count - length->length) % NEEDLE_LONGEST];

			pass->rolls[i] = plus(pass->rolls[i], PRIME - times(old, length->power));
		}
		pass->rolls[i] = plus(times(pass->rolls[i], needles->base), letter);
	}
	pass->letters[pass->count % NEEDLE_LONGEST] = letter;
	pass->from[pass->count % NEEDLE_LONGEST] = from;
	pass->to[pass->count % NEEDLE_LONGEST] = to;
	pass->count++;
	for (guint i = 0; i < needles->lengths->len; i++) {
		const struct length *length = &g_array_index(needles->lengths, struct length, i);

		guint64 roll = pass->rolls[i];

		if (pass->count >= length->length && (needles->filter[roll % FILTER_BITS / 8] & 1 << roll % 8) != 0)
			confirm(pass, length->length, roll);
	}
}

gboolean
needle_pass_put(struct needle_pass *pass, gunichar c, gsize from, gsize to)
{
	gunichar folded[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
	guint n = fold(c, folded);

	for (guint i = 0; i < n; i++) {
		if (folded[i] == 0) {
			if (!pass->gap)
				pass->gap_from = from;
			pass->gap_to = to;
			pass->gap = TRUE;
			if (pass->waiting->len > 0)
				settle_waiting(pass, TRUE);
			continue;
		}
		if (pass->gap && pass->count > 0)
			put_letter(pass, ' ', pass->gap_from, pass->gap_to);
		pass->gap = FALSE;
		put_letter(pass, folded[i], from, to);
	}
	return !pass->any || pass->found != NULL;
}

gboolean
needle_pass_end(struct needle_pass *pass)
{
	gboolean any;

	settle_waiting(pass, TRUE);
	any = pass->any;
	g_array_unref(pass->waiting);
	g_free(pass->rolls);
	g_free(pass);
	return any;
}
