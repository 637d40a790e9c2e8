#include "base/needle-private.h"

#include "base/hash.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define SAMPLE_LETTERS 24 /* that no two people write alike by chance */
#define PIECE_LETTERS 200

static struct needles *
with_key(const guint8 key[NEEDLE_KEY_BYTES])
{
	struct needles *needles = g_new0(struct needles, 1);

	memcpy(needles->key, key, NEEDLE_KEY_BYTES);
	memcpy(&needles->base, key, sizeof needles->base);
	needles->base = GUINT64_FROM_LE(needles->base) % (NEEDLE_PRIME - 65536) + 65536;
	needles->list = g_array_new(FALSE, TRUE, sizeof(struct needle));
	needles->lengths = g_array_new(FALSE, TRUE, sizeof(struct needle_length));
	needles->folds = needle_folds_new();
	return needles;
}

struct needles *
needles_new(void)
{
	guint8 key[NEEDLE_KEY_BYTES];

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
	needle_folds_free(needles->folds);
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

void
needles_digest(const struct needles *needles, const gunichar *letters, guint length, guint8 out[NEEDLE_DIGEST_BYTES])
{
	g_autoptr(GByteArray) bytes = g_byte_array_sized_new(NEEDLE_KEY_BYTES + 4 * length);
	struct hash hash;

	g_byte_array_append(bytes, needles->key, NEEDLE_KEY_BYTES);
	for (guint i = 0; i < length; i++) {
		guint32 letter = GUINT32_TO_LE(letters[i]);

		g_byte_array_append(bytes, (const guint8 *)&letter, sizeof letter);
	}
	hash = hash_bytes(bytes->data, bytes->len);
	memcpy(out, hash.bytes, NEEDLE_DIGEST_BYTES);
}

static void
add_length(struct needles *needles, guint length)
{
	struct needle_length one = {length, 1};

	for (guint i = 0; i < needles->lengths->len; i++)
		if (g_array_index(needles->lengths, struct needle_length, i).length == length)
			return;
	for (guint i = 1; i < length; i++)
		one.power = needle_times(one.power, needles->base);
	g_array_append_val(needles->lengths, one);
	needles->shortest = needles->longest > 0 ? MIN(needles->shortest, length) : length;
	needles->longest = MAX(needles->longest, length);
}

guint
needles_first_with(const struct needles *needles, guint64 roll)
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
	guint at = needles_first_with(needles, needle->roll);

	for (guint i = at; i < needles->list->len && g_array_index(needles->list, struct needle, i).roll == needle->roll; i++)
		if (memcmp(&g_array_index(needles->list, struct needle, i).digest, needle->digest, NEEDLE_DIGEST_BYTES) == 0)
			return;
	g_array_insert_vals(needles->list, at, needle, 1);
	needles->filter[needle->roll % NEEDLE_FILTER_BITS / 8] |= (guint8)(1 << needle->roll % 8);
	add_length(needles, needle->length);
}

gboolean
needles_merge(struct needles *needles, const struct needles *other)
{
	if (memcmp(needles->key, other->key, NEEDLE_KEY_BYTES) != 0)
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
		needle.roll = needle_plus(needle_times(needle.roll, needles->base), letters[i]);
		needle.wide = needle.wide || letters[i] > NEEDLE_NARROW;
		if (text_is_cjk(letters[i]))
			needle.bounded = FALSE;
	}
	needles_digest(needles, letters, length, needle.digest);
	add_needle(needles, &needle);
}

gboolean
needles_are_short(const struct needles *needles)
{
	for (guint i = 0; i < needles->list->len; i++)
		if (g_array_index(needles->list, struct needle, i).bounded)
			return TRUE;
	return FALSE;
}

/* --- letters */

static GArray *
letters_of(const char *words)
{
	GArray *letters = g_array_new(FALSE, FALSE, sizeof(gunichar));
	g_autofree char *valid = g_utf8_make_valid(words, -1);
	gunichar folded[G_UNICHAR_MAX_DECOMPOSITION_LENGTH], space = ' ';
	gboolean gap = FALSE;

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		guint n = needle_fold(g_utf8_get_char(at), folded);

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

	append_hex(out, needles->key, NEEDLE_KEY_BYTES);
	for (guint i = 0; i < needles->list->len; i++) {
		const struct needle *needle = &g_array_index(needles->list, struct needle, i);

		g_string_append_printf(out, " %u:%d:%" G_GINT64_MODIFIER "x:", needle->length, needle->bounded + 2 * needle->wide, needle->roll);
		append_hex(out, needle->digest, NEEDLE_DIGEST_BYTES);
	}
	return g_string_free(out, FALSE);
}

static gboolean
read_needle(const char *text, struct needle *out)
{
	g_auto(GStrv) fields = g_strsplit(text, ":", 5);
	guint64 length, flags, roll;

	if (g_strv_length(fields) != 4 || !g_ascii_string_to_unsigned(fields[0], 10, 1, NEEDLE_LONGEST, &length, NULL) ||
	    !g_ascii_string_to_unsigned(fields[1], 10, 0, 3, &flags, NULL) || !g_ascii_string_to_unsigned(fields[2], 16, 0, NEEDLE_PRIME, &roll, NULL) ||
	    !read_hex(fields[3], out->digest, NEEDLE_DIGEST_BYTES))
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
	guint8 key[NEEDLE_KEY_BYTES];

	if (words[0] == NULL || !read_hex(words[0], key, NEEDLE_KEY_BYTES))
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
