#include "base/needle-private.h"

#include <string.h>

struct needle_pass {
	const struct needles *needles;
	GArray *found;
	gboolean gap;
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
	pass->gap = FALSE;
	pass->count = 0;
	pass->rolls = g_new0(guint64, needles->lengths->len + 1);
	pass->waiting = g_array_new(FALSE, FALSE, sizeof(struct needle_range));
	return pass;
}

/* The last LENGTH letters are those of a needle as far as the sum tells. */
static void
confirm(struct needle_pass *pass, guint length, guint64 roll)
{
	gunichar letters[NEEDLE_LONGEST];
	guint8 sum[NEEDLE_DIGEST_BYTES];
	gboolean made = FALSE;

	for (guint i = needles_first_with(pass->needles, roll); i < pass->needles->list->len; i++) {
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
			needles_digest(pass->needles, letters, length, sum);
		made = TRUE;
		if (memcmp(sum, needle->digest, NEEDLE_DIGEST_BYTES) != 0)
			continue;
		if (!needle->bounded)
			g_array_append_val(pass->found, range);
		else if (first == 0 || pass->letters[(first - 1) % NEEDLE_LONGEST] == ' ')
			g_array_append_val(pass->waiting, range);
	}
}

static void
settle_waiting(struct needle_pass *pass, gboolean right)
{
	for (guint i = 0; right && i < pass->waiting->len; i++)
		g_array_append_val(pass->found, g_array_index(pass->waiting, struct needle_range, i));
	g_array_set_size(pass->waiting, 0);
}

static void
put_letter(struct needle_pass *pass, gunichar letter, gsize from, gsize to)
{
	const struct needles *needles = pass->needles;

	if (pass->waiting->len > 0)
		settle_waiting(pass, letter == ' ');
	for (guint i = 0; i < needles->lengths->len; i++) {
		const struct needle_length *length = &g_array_index(needles->lengths, struct needle_length, i);

		if (pass->count >= length->length) {
			gunichar old = pass->letters[(pass->count - length->length) % NEEDLE_LONGEST];

			pass->rolls[i] = needle_plus(pass->rolls[i], NEEDLE_PRIME - needle_times(old, length->power));
		}
		pass->rolls[i] = needle_plus(needle_times(pass->rolls[i], needles->base), letter);
	}
	pass->letters[pass->count % NEEDLE_LONGEST] = letter;
	pass->from[pass->count % NEEDLE_LONGEST] = from;
	pass->to[pass->count % NEEDLE_LONGEST] = to;
	pass->count++;
	for (guint i = 0; i < needles->lengths->len; i++) {
		const struct needle_length *length = &g_array_index(needles->lengths, struct needle_length, i);

		guint64 roll = pass->rolls[i];

		if (pass->count >= length->length && (needles->filter[roll % NEEDLE_FILTER_BITS / 8] & 1 << roll % 8) != 0)
			confirm(pass, length->length, roll);
	}
}

void
needle_pass_put(struct needle_pass *pass, gunichar c, gsize from, gsize to)
{
	gunichar folded[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
	guint n = needle_fold(c, folded);

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
}

void
needle_pass_end(struct needle_pass *pass)
{
	settle_waiting(pass, TRUE);
	g_array_unref(pass->waiting);
	g_free(pass->rolls);
	g_free(pass);
}
