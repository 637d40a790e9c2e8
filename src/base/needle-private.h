/* What the needle-*.c share: the set itself, what of a character is compared, a pass over characters that tells where, and forms of text. */
#ifndef BASE_NEEDLE_PRIVATE_H
#define BASE_NEEDLE_PRIVATE_H

#include "base/needle.h"

#define NEEDLE_LONGEST 256 /* letters in one piece: a power of two */
#define NEEDLE_KEY_BYTES 32
#define NEEDLE_DIGEST_BYTES 16
#define NEEDLE_FILTER_BITS 65536
#define NEEDLE_PRIME ((G_GUINT64_CONSTANT(1) << 61) - 1)

struct needle {
	guint length;
	gboolean bounded; /* as whole words only */
	gboolean wide;    /* letters beyond those that UTF-16 writes with a NUL */
	guint64 roll;
	guint8 digest[NEEDLE_DIGEST_BYTES];
};

struct needle_length {
	guint length;
	guint64 power; /* base to the LENGTH - 1 */
};

struct needle_folds;
struct needles {
	guint8 key[NEEDLE_KEY_BYTES];
	guint64 base;
	GArray *list;                          /* of struct needle, by roll */
	guint8 filter[NEEDLE_FILTER_BITS / 8]; /* a bit for each roll's last bits: most letters end no needle */
	GArray *lengths;                       /* of struct needle_length: each once */
	guint shortest, longest;               /* of the lengths */
	struct needle_folds *folds;
};

__extension__ typedef unsigned __int128 needle_wide;

static inline guint64
needle_times(guint64 a, guint64 b)
{
	needle_wide product = (needle_wide)a * b;
	guint64 sum = (guint64)(product & NEEDLE_PRIME) + (guint64)(product >> 61);

	return sum >= NEEDLE_PRIME ? sum - NEEDLE_PRIME : sum;
}

static inline guint64
needle_plus(guint64 a, guint64 b)
{
	guint64 sum = a + b;

	return sum >= NEEDLE_PRIME ? sum - NEEDLE_PRIME : sum;
}

/* Where the needles with this ROLL begin in the list, or would. */
guint needles_first_with(const struct needles *needles, guint64 roll);
void needles_digest(const struct needles *needles, const gunichar *letters, guint length, guint8 out[NEEDLE_DIGEST_BYTES]);
/* Is any of them in letters that UTF-16 writes without a NUL? */
gboolean needles_are_wide(const struct needles *needles);

/* --- what is compared of a character */

/* Appends to OUT what C is compared as: 0 for a space, nothing for what nobody sees. How many: at most 18. */
guint needle_fold(gunichar c, gunichar out[G_UNICHAR_MAX_DECOMPOSITION_LENGTH]);

#define NEEDLE_FOLD_NOTHING 0xffffffffU
#define NEEDLE_FOLD_MANY 0xfffffffeU /* ask needle_fold */
#define NEEDLE_FOLD_WIDE 0xfffffffdU /* the same, and all of them are beyond NEEDLE_NARROW */
#define NEEDLE_NARROW 0xffU          /* the last letter that UTF-16 writes with a NUL */

/* The same of the first plane in pages of 256 characters, made when they are met: the letter itself, ' ' for a space, or one of the above. The first page is
 * always there. Not for two threads at once. */
struct needle_folds {
	guint32 *pages[256];
	gint8 base64[256]; /* as needle_base64 */
};
struct needle_folds *needle_folds_new(void);
void needle_folds_free(struct needle_folds *folds);
const guint32 *needle_folds_page(struct needle_folds *folds, guint page);

/* --- a pass that tells where */

struct needle_pass;
struct needle_pass *needle_pass_new(const struct needles *needles, GArray *found /* of struct needle_range */);
/* C stood at [FROM, TO). */
void needle_pass_put(struct needle_pass *pass, gunichar c, gsize from, gsize to);
/* What is found is in the array; frees PASS. */
void needle_pass_end(struct needle_pass *pass);

/* --- what text may be written as (needle-form.c) */

/* The character at AT: UTF-8 where it is, else the byte's own in Latin-1; *LENGTH bytes. */
gunichar needle_character(const guint8 *at, gsize left, gsize *length);
/* The entity at AT, an '&', or 0. RFC-less: HTML wants the ';', and browsers do without. */
gunichar needle_entity(const guint8 *at, gsize left, gsize *length);
/* Of the tag at AT, a '<'; 0: it is none. */
gsize needle_tag(const guint8 *at, gsize left);
/* Behind the line end, and the quote marks of the next line, of a word that is divided at AT, its hyphen; or AT. */
gsize needle_behind_division(const guint8 *data, gsize length, gsize at);
/* Over line ends, quote marks and indentation, as mail wraps base64: where it goes on behind AT, or AT. */
gsize needle_over_line_end(const guint8 *data, gsize length, gsize at);
/* 0 to 63, or -1 for what is none of base64; both alphabets. */
gint8 needle_base64(guint8 c);

#endif
