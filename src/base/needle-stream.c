#include "base/needle-stream.h"

#include <string.h>

#define LANES 4       /* sums that are made beside each other: each waits for its own last letter */
#define LANE_LEAST 16 /* letters for which a lane is worth its start */

void
needle_stream_init(struct needle_stream *stream, const struct needles *needles)
{
	stream->needles = needles;
	stream->found = stream->skip_short = FALSE;
	stream->has_short = needles_are_short(needles);
	stream->letters[0] = NEEDLE_EDGE;
	stream->used = stream->looked = 1;
	stream->border = 0;
	stream->most = needles_are_wide(needles) ? 0x10ffff : NEEDLE_NARROW;
}

static gboolean
is_border(gunichar letter)
{
	return letter == ' ' || letter == NEEDLE_EDGE;
}

/* The LENGTH letters that end at END have the sum ROLL, which may be that of a needle. */
static void
confirm(struct needle_stream *stream, guint length, guint end, guint64 roll)
{
	const struct needles *needles = stream->needles;
	const gunichar *first = stream->letters + end + 1 - length;
	guint8 sum[NEEDLE_DIGEST_BYTES];
	gboolean made = FALSE;

	for (guint i = needles_first_with(needles, roll); i < needles->list->len && !stream->found; i++) {
		const struct needle *needle = &g_array_index(needles->list, struct needle, i);

		if (needle->roll != roll)
			return;
		if (needle->length != length || (needle->bounded && (stream->skip_short || !is_border(first[-1]) || !is_border(first[length]))))
			continue;
		if (!made)
			needles_digest(needles, first, length, sum);
		made = TRUE;
		stream->found = memcmp(sum, needle->digest, NEEDLE_DIGEST_BYTES) == 0;
	}
}

/* ROLL, of some letters, with LETTER behind them and without OLD before them; OUT: what OLD is taken away with. */
static inline guint64
roll_on(guint64 roll, guint64 base, guint64 out, gunichar old, gunichar letter)
{
	needle_wide product = (needle_wide)roll * base + (needle_wide)old * out + letter;
	guint64 sum = (guint64)(product & NEEDLE_PRIME) + (guint64)(product >> 61);

	sum = (sum & NEEDLE_PRIME) + (sum >> 61);
	return sum >= NEEDLE_PRIME ? sum - NEEDLE_PRIME : sum;
}

static inline gboolean
may_be(const struct needles *needles, guint64 roll)
{
	return (needles->filter[roll % NEEDLE_FILTER_BITS / 8] & 1 << roll % 8) != 0;
}

/* Ends in [FROM, TO) of needles of one length: FROM is LENGTH or more, because a border stands before all letters. */
static void
look_for(struct needle_stream *stream, const struct needle_length *length, guint from, guint to)
{
	const struct needles *needles = stream->needles;
	const gunichar *letters = stream->letters;
	const guint64 base = needles->base, out = NEEDLE_PRIME - needle_times(length->power, base);
	guint64 rolls[LANES] = {0};
	guint share = (to - from) / LANES, at = from;

	if (share >= LANE_LEAST) {
		for (guint lane = 0; lane < LANES; lane++)
			for (guint i = from + lane * share - length->length; i < from + lane * share; i++)
				rolls[lane] = roll_on(rolls[lane], base, 0, 0, letters[i]);
		for (guint i = from; i < from + share; i++) {
			guint may = 0;

#pragma GCC unroll 4
			for (guint lane = 0; lane < LANES; lane++) {
				guint end = i + lane * share;

				rolls[lane] = roll_on(rolls[lane], base, out, letters[end - length->length], letters[end]);
				may |= (guint)may_be(needles, rolls[lane]) << lane;
			}
			for (guint lane = 0; may >> lane != 0; lane++)
				if ((may >> lane & 1) != 0)
					confirm(stream, length->length, i + lane * share, rolls[lane]);
		}
		at = from + LANES * share;
	}
	rolls[0] = 0;
	for (guint i = at - length->length; i < at && at < to; i++)
		rolls[0] = roll_on(rolls[0], base, 0, 0, letters[i]);
	for (; at < to; at++) {
		rolls[0] = roll_on(rolls[0], base, out, letters[at - length->length], letters[at]);
		if (G_UNLIKELY(may_be(needles, rolls[0])))
			confirm(stream, length->length, at, rolls[0]);
	}
}

/* Looks at all ends but the last letter, of which it is not known what follows, and keeps what may be the beginning of more. */
static void
look(struct needle_stream *stream)
{
	const struct needles *needles = stream->needles;
	guint to = stream->used - 1, keep;

	for (guint i = 0; i < needles->lengths->len && !stream->found; i++) {
		const struct needle_length *length = &g_array_index(needles->lengths, struct needle_length, i);
		guint from = MAX(stream->looked, length->length);

		if (from < to)
			look_for(stream, length, from, to);
	}
	keep = MIN(stream->used, needles->longest + 2);
	memmove(stream->letters, stream->letters + stream->used - keep, keep * sizeof(gunichar));
	stream->border = stream->border != G_MAXUINT && stream->border >= stream->used - keep ? stream->border - (stream->used - keep) : G_MAXUINT;
	stream->used = keep;
	stream->looked = keep - 1;
}

gboolean
needle_stream_end(struct needle_stream *stream)
{
	look(stream);
	return stream->found;
}

void
needle_stream_skip(struct needle_stream *stream, gboolean skip)
{
	if (skip == stream->skip_short || !stream->has_short)
		return;
	look(stream);
	stream->skip_short = skip;
}

/* Room for MARGIN letters, at least. */
static inline void
make_room(struct needle_stream *stream)
{
	if (stream->used + NEEDLE_STREAM_MARGIN > G_N_ELEMENTS(stream->letters))
		look(stream);
}

static inline gboolean
is_end(gunichar letter)
{
	return letter == NEEDLE_EDGE || letter == NEEDLE_CUT;
}

/* One behind the other stay, the first for the words before and the second for those behind. */
static void
put_border(struct needle_stream *stream, gunichar border)
{
	gunichar *letters = stream->letters;

	if (stream->border != G_MAXUINT && stream->used - stream->border <= stream->needles->shortest) {
		stream->used = stream->border + 1;
		stream->looked = MIN(stream->looked, stream->used);
	}
	if (letters[stream->used - 1] == border)
		return;
	if (stream->used > 1 && is_end(letters[stream->used - 1]) && is_end(letters[stream->used - 2]))
		stream->used--;
	stream->border = stream->used;
	letters[stream->used++] = border;
}

/* One letter, in a stream that has room. */
static inline void
put_letter(struct needle_stream *stream, gunichar letter)
{
	if (letter > stream->most)
		put_border(stream, NEEDLE_CUT);
	else if (letter != ' ' || stream->letters[stream->used - 1] != ' ')
		stream->letters[stream->used++] = letter;
}

void
needle_stream_border(struct needle_stream *stream, gunichar border)
{
	make_room(stream);
	put_border(stream, border);
}

static void
put_many(struct needle_stream *stream, gunichar c)
{
	gunichar folded[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
	guint n = needle_fold(c, folded);

	for (guint i = 0; i < n; i++)
		put_letter(stream, folded[i] == 0 ? ' ' : folded[i]);
}

static inline void
put_character(struct needle_stream *stream, gunichar c)
{
	const guint32 *page = NULL;
	guint32 letter = NEEDLE_FOLD_MANY;

	if (c < 0x10000 && (page = stream->needles->folds->pages[c >> 8]) == NULL)
		page = needle_folds_page(stream->needles->folds, c >> 8);
	if (page != NULL)
		letter = page[c & 0xff];
	if (letter < NEEDLE_FOLD_WIDE || (letter == NEEDLE_FOLD_WIDE && stream->most == NEEDLE_NARROW))
		put_letter(stream, letter);
	else if (letter != NEEDLE_FOLD_NOTHING)
		put_many(stream, c);
}

void
needle_stream_put(struct needle_stream *stream, gunichar c)
{
	make_room(stream);
	put_character(stream, c);
}

static inline gboolean
is_tail(guint8 byte)
{
	return (byte & 0xc0) == 0x80;
}

/* As needle_character. */
static inline gunichar
character(const guint8 *at, gsize left, gsize *length)
{
	*length = 1;
	if (*at < 0xc2 || *at > 0xf4 || left < 2 || !is_tail(at[1]))
		return *at;
	if (*at > 0xdf)
		return needle_character(at, left, length);
	*length = 2;
	return (gunichar)(*at & 0x1f) << 6 | (at[1] & 0x3f);
}

/* Bytes in [AT, STOP), one behind them there too, as long as each is one letter whatever is behind it; where that ends. */
static gsize
put_simple(struct needle_stream *stream, const guint8 *data, gsize at, gsize stop)
{
	const guint32 *first = stream->needles->folds->pages[0];
	gunichar *out = stream->letters + stream->used, last = out[-1];

	for (; at < stop; at++) {
		gunichar letter = first[data[at]];

		/* no && here: where bytes are random no branch can be foretold */
		if (((data[at] >= 0xc2) & is_tail(data[at + 1])) | (letter > NEEDLE_NARROW))
			break;
		*out = letter;
		out += (letter != ' ') | (last != ' ');
		last = letter;
	}
	stream->used = (guint)(out - stream->letters);
	return at;
}

void
needle_stream_put_text(struct needle_stream *stream, const guint8 *data, gsize length, gsize from, gsize to)
{
	for (gsize at = from, n; at < to && !stream->found; at += n) {
		make_room(stream);
		/* room is left for the character at which that ends */
		at = put_simple(stream, data, at, MIN(MIN(to, length - 1), at + G_N_ELEMENTS(stream->letters) - stream->used - NEEDLE_STREAM_MARGIN + 1));
		n = 0;
		if (at < to)
			put_character(stream, character(data + at, length - at, &n));
	}
}

/* Two bytes each in [AT, STOP), as long as each is one letter, or one of no needle between others of which there are too few; where that ends. */
static gsize
put_simple_utf16(struct needle_stream *stream, const guint8 *data, gsize at, gsize stop, gboolean big)
{
	guint32 *const *pages = stream->needles->folds->pages;
	gunichar *out = stream->letters + stream->used, *border = stream->border != G_MAXUINT ? stream->letters + stream->border : NULL;
	const gsize shortest = stream->needles->shortest;

	for (; at < stop; at += 2) {
		const guint32 *page = pages[data[at + !big]];
		gunichar letter = page != NULL ? page[data[at + big]] : NEEDLE_FOLD_MANY;

		if (letter <= stream->most) {
			*out = letter;
			out += (letter != ' ') | (out[-1] != ' ');
			continue;
		}
		if (letter > NEEDLE_FOLD_WIDE || border == NULL || *border != NEEDLE_CUT || (gsize)(out - border) > shortest)
			break;
		out = border + 1;
		stream->looked = MIN(stream->looked, (guint)(out - stream->letters));
	}
	stream->used = (guint)(out - stream->letters);
	return at;
}

void
needle_stream_put_utf16(struct needle_stream *stream, const guint8 *data, gsize length, gsize start, gboolean big)
{
	for (gsize at = start; at + 1 < length && !stream->found; at += 2) {
		gsize room;
		gunichar c;

		make_room(stream);
		room = G_N_ELEMENTS(stream->letters) - stream->used - NEEDLE_STREAM_MARGIN + 1;
		at = put_simple_utf16(stream, data, at, at + 2 * room < length ? at + 2 * room : length - 1, big);
		if (at + 1 >= length)
			break;
		c = big ? (gunichar)data[at] << 8 | data[at + 1] : (gunichar)data[at + 1] << 8 | data[at];
		put_character(stream, c == 0 || (c >= 0xd800 && c < 0xe000) ? ' ' : c);
	}
}
