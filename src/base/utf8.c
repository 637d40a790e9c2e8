#include "base/utf8.h"

#include <string.h>

#define EACH(byte) (G_GUINT64_CONSTANT(0x0101010101010101) * (byte))

/* One of the eight bytes at P is not ASCII, or less than LEAST (a NUL at the least): where a byte is, the subtraction borrows. */
static inline gboolean
has_other(const guchar *p, guint8 least)
{
	guint64 word;

	memcpy(&word, p, sizeof word);
	return ((word | (word - EACH(least))) & EACH(0x80)) != 0;
}

static inline gboolean
has_delete(const guchar *p)
{
	guint64 word;

	memcpy(&word, p, sizeof word);
	return ((word + EACH(1)) & EACH(0x80)) != 0;
}

static inline gboolean
continues(guchar c)
{
	return (c & 0xc0) == 0x80;
}

/* Bytes of the character that begins at P, of LEFT; 0: it is none (RFC 3629 section 4). */
static gsize
character_length(const guchar *p, gsize left)
{
	guchar c = *p;

	if (c < 0x80)
		return c != '\0' ? 1 : 0;
	if (c < 0xc2 || c > 0xf4 || left < 2 || !continues(p[1]))
		return 0;
	if (c < 0xe0)
		return 2;
	if (left < 3 || !continues(p[2]))
		return 0;
	if (c < 0xf0)
		return (c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) ? 0 : 3;
	if (left < 4 || !continues(p[3]))
		return 0;
	return (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f) ? 0 : 4;
}

gboolean
utf8_is_valid(const char *text, gsize length)
{
	const guchar *p = (const guchar *)text, *end = p + length;

	while (p < end) {
		gsize n = 8;

		if (end - p < 8 || has_other(p, 1))
			n = character_length(p, (gsize)(end - p));
		if (n == 0)
			return FALSE;
		p += n;
	}
	return TRUE;
}

gboolean
utf8_is_plain(const char *text, gsize length)
{
	const guchar *p = (const guchar *)text, *end = p + length;

	while (p < end) {
		gsize n = 8;

		if (end - p < 8 || has_other(p, 0x20) || has_delete(p)) {
			if ((*p < 0x20 && *p != '\t' && *p != '\n') || *p == 0x7f)
				return FALSE;
			n = character_length(p, (gsize)(end - p));
		}
		if (n == 0)
			return FALSE;
		p += n;
	}
	return TRUE;
}
