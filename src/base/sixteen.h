/* Sixteen bytes of text at once: what most text is made of is looked at so, and the rest character by character. */
#ifndef BASE_SIXTEEN_H
#define BASE_SIXTEEN_H

#include <glib.h>
#include <string.h>

#define SIXTEEN 16 /* bytes */

/* Comparing two gives 0xff where it holds, 0 elsewhere. */
typedef guint8 sixteen __attribute__((vector_size(SIXTEEN)));

static inline sixteen
sixteen_load(gconstpointer from)
{
	sixteen bytes;

	memcpy(&bytes, from, SIXTEEN);
	return bytes;
}

static inline void
sixteen_store(gpointer to, sixteen bytes)
{
	memcpy(to, &bytes, SIXTEEN);
}

/* The eight bytes FROM on, the first the lowest. */
static inline guint64
sixteen_half(sixteen bytes, guint from)
{
	guint64 half;

	memcpy(&half, (const guint8 *)&bytes + from, sizeof half);
	return GUINT64_FROM_LE(half);
}

/* Whether a bit is set in any of BYTES. */
static inline gboolean
sixteen_any(sixteen bytes)
{
	return (sixteen_half(bytes, 0) | sixteen_half(bytes, 8)) != 0;
}

/* 0xff where a byte is FIRST, or one of the COUNT - 1 behind it. */
static inline sixteen
sixteen_range(sixteen bytes, guint8 first, guint8 count)
{
	return (sixteen)(bytes - first < count);
}

/* Capitals of ASCII as small letters. */
static inline sixteen
sixteen_lower(sixteen bytes)
{
	return bytes + (sixteen_range(bytes, 'A', 26) & 32);
}

#endif
