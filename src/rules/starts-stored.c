/* Starts as rules.cache keeps them. */
#include "rules/starts-private.h"

/* The three tables as lists: few of their bits are set. */
static void
append_bits(GArray *out, const guint32 *bits, guint n)
{
	guint place = out->len;
	guint16 count = 0;

	g_array_append_val(out, count);
	for (guint i = 0; i < n; i++) {
		guint16 bit = (guint16)i;

		if (starts_has(bits, i))
			g_array_append_val(out, bit);
	}
	g_array_index(out, guint16, place) = (guint16)(out->len - place - 1);
}

GBytes *
starts_to_bytes(const struct starts *starts)
{
	g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(guint16));
	guint16 value = 0;

	if (starts != NULL) {
		value = (guint16)((starts->at_word ? 1 : 0) | (starts->at_line ? 2 : 0));
		g_array_append_val(out, value);
		append_bits(out, starts->one, 1 << BITS_1);
		append_bits(out, starts->two, 1 << BITS_2);
		append_bits(out, starts->three, 1 << BITS_3);
	}
	for (value = 0; out->len % 4 != 0;)
		g_array_append_val(out, value);
	return g_bytes_new(out->data, out->len * sizeof value);
}

/* Past a list; NULL when it is not one. */
static const guint16 *
take_bits(const guint16 *from, const guint16 *end, guint32 *bits, guint n)
{
	guint16 count = from < end ? *from++ : G_MAXUINT16;

	if (end - from < count)
		return NULL;
	for (; count > 0; count--, from++) {
		if (*from >= n)
			return NULL;
		starts_set(bits, *from);
	}
	return from;
}

struct starts *
starts_from_bytes(gconstpointer data, gsize length)
{
	const guint16 *from = data, *end = from + length / sizeof *from;
	struct starts *starts;

	if (from == end)
		return NULL;
	starts = g_new0(struct starts, 1);
	starts->at_word = (*from & 1) != 0;
	starts->at_line = (*from++ & 2) != 0;
	from = take_bits(from, end, starts->one, 1 << BITS_1);
	from = from != NULL ? take_bits(from, end, starts->two, 1 << BITS_2) : NULL;
	from = from != NULL ? take_bits(from, end, starts->three, 1 << BITS_3) : NULL;
	if (from == NULL)
		g_clear_pointer(&starts, g_free);
	return starts;
}
