/* What starts.c makes of an expression, for starttable.c, which looks for many at once, and starts-stored.c. */
#ifndef RULES_STARTS_PRIVATE_H
#define RULES_STARTS_PRIVATE_H

#include "rules/starts.h"

/* Bits of a key, by the number of characters that they tell of. */
#define BITS_1 8
#define BITS_2 9
#define BITS_3 13
#define INSIDE_WORD (1u << 31)

struct starts {
	gboolean at_word;                  /* never inside a word */
	gboolean at_line;                  /* only where a line or the text begins */
	guint32 first[(1 << BITS_1) / 32]; /* first characters of all; not in the bytes of starts-stored.c */
	guint32 one[(1 << BITS_1) / 32], two[(1 << BITS_2) / 32], three[(1 << BITS_3) / 32];
};

static inline void
starts_set(guint32 *bits, guint32 bit)
{
	bits[bit / 32] |= 1u << bit % 32;
}

static inline gboolean
starts_has(const guint32 *bits, guint32 bit)
{
	return (bits[bit / 32] >> bit % 32 & 1) != 0;
}

/* Whether a line may begin at AT: behind what some build of PCRE2 takes for the end of one. */
static inline gboolean
starts_line(const char *text, gsize at)
{
	return at == 0 || (guchar)text[at - 1] < ' ' || (guchar)text[at - 1] >= 0x80;
}

#endif
