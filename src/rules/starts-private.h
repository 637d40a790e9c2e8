/* What starts.c makes of an expression, for starttable.c, which looks for many at once, and starts-stored.c. */
#ifndef RULES_STARTS_PRIVATE_H
#define RULES_STARTS_PRIVATE_H

#include "rules/starts.h"

/* Bits of a key, by the number of characters that they tell of. */
#define BITS_1 8
#define BITS_2 9
#define BITS_3 11
#define INSIDE_WORD (1u << 31)

struct starts {
	gboolean at_word;                  /* never inside a word */
	gboolean at_line;                  /* only where a line or the text begins */
	guint32 first[(1 << BITS_1) / 32]; /* first characters of all, and first two of what begins with three; not in the bytes of starts-stored.c */
	guint32 both[(1 << BITS_2) / 32];
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

/* Characters that an expression may mean at once are one: cases, white space, digits of any script. C is not ASCII. */
gunichar starts_foreign_code(gunichar c);

static inline gunichar
starts_code(gunichar c)
{
	if (c >= 0x80)
		return starts_foreign_code(c);
	if (c >= 'A' && c <= 'Z')
		return c + ('a' - 'A');
	if (c >= '0' && c <= '9')
		return '0';
	return c >= '\t' && c <= '\r' ? ' ' : c;
}

/* The code of the character at AT, a beginning of one below LENGTH; *NEXT is behind it. */
static inline gunichar
starts_code_at(const char *text, gsize at, gsize *next)
{
	guchar c = text[at];

	*next = c < 0x80 ? at + 1 : (gsize)(g_utf8_next_char(text + at) - text);
	return starts_code(c < 0x80 ? c : g_utf8_get_char(text + at));
}

/* A key's three parts: of the first character, of the first two, of all three. */
static inline guint32
starts_part_1(gunichar code)
{
	/* Han characters often stand alone, and must not be taken for letters. */
	return code < 0x80 ? code : 0x80 | code * 0x9e3779b1u >> (32 - BITS_1 + 1);
}

static inline guint32
starts_part_2(gunichar first, gunichar second)
{
	return (first * 0x9e3779b1u + second * 0x85ebca77u) >> (32 - BITS_2);
}

static inline guint32
starts_part_3(gunichar first, gunichar second, gunichar third)
{
	return (first * 0x9e3779b1u + second * 0x85ebca77u + third * 0xc2b2ae3du) >> (32 - BITS_3);
}

/* Whether a line may begin at AT: behind what some build of PCRE2 takes for the end of one. */
static inline gboolean
starts_line(const char *text, gsize at)
{
	return at == 0 || (guchar)text[at - 1] < ' ' || (guchar)text[at - 1] >= 0x80;
}

#endif
