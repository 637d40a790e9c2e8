#include "rules/literal.h"

#include "base/sixteen.h"
#include "base/text.h"

/* What an ASCII character is in plain form. */
static inline char
plain_ascii(guchar c)
{
	c += (guchar)(c - 'A') < 26 ? 'a' - 'A' : 0;
	return c == '\t' || c == '\n' || c == '-' ? ' ' : (char)c;
}

/* The same of sixteen bytes at FOLDED, written to OUT, behind LAST. FALSE when they are not all ASCII, or a blank stands behind a blank: then what was written
 * does not count. */
static inline gboolean
copy_sixteen(char *out, char last, const char *folded)
{
	const sixteen bytes = sixteen_load(folded), high = bytes & 0x80;
	const sixteen blank = (sixteen)(bytes == ' ') | (sixteen)(bytes == '\t') | (sixteen)(bytes == '\n') | (sixteen)(bytes == '-');
	const guint64 low_blanks = sixteen_half(blank, 0), high_blanks = sixteen_half(blank, 8);
	const guint64 doubles = (low_blanks & low_blanks << 8) | (high_blanks & high_blanks << 8) | (high_blanks & low_blanks >> 56);

	sixteen_store(out, (sixteen_lower(bytes) & ~blank) | (blank & ' '));
	return !sixteen_any(high) && doubles == 0 && (last != ' ' || *out != ' ');
}

/* Bytes of ASCII at FOLDED, up to the first that is not or to LENGTH, in plain form behind OUT, where LAST stands; how many they became. */
static gsize
copy_plain(char *out, char last, const char *folded, gsize length, guint32 *origins, guint32 origin, gsize *used)
{
	gsize n = 0, i = 0;

	while (i < length && (guchar)folded[i] < 0x80) {
		gsize stop = MIN(length, i + SIXTEEN);

		if (i + SIXTEEN <= length && copy_sixteen(out + n, last, folded + i)) {
			for (guint j = 0; origins != NULL && j < SIXTEEN; j++)
				origins[n + j] = origin + i + j;
			i += SIXTEEN;
			n += SIXTEEN;
			last = out[n - 1];
			continue;
		}
		for (; i < stop && (guchar)folded[i] < 0x80; i++) {
			char c = plain_ascii(folded[i]);

			out[n] = c;
			if (origins != NULL)
				origins[n] = origin + i;
			n += c != ' ' || last != ' ';
			last = c;
		}
	}
	*used = i;
	return n;
}

/* ORIGINS, if not NULL, has room for half as many again as FOLDED has bytes: two become three at worst. */
static void
append_plain(GString *out, const char *folded, gsize length, guint32 *origins)
{
	gsize at = out->len;

	g_string_set_size(out, at + length);
	for (const char *p = folded, *end = folded + length; p < end;) {
		gsize used;

		at += copy_plain(out->str + at, at > 0 ? out->str[at - 1] : '\0', p, end - p, origins != NULL ? origins + at : NULL, p - folded, &used);
		p += used;
		if (p == end)
			break;

		/* the other case of a letter may take more bytes (U+023A: two, its small letter: three) */
		char bytes[6];
		gsize n = g_unichar_to_utf8(text_caseless(g_utf8_get_char(p)), bytes);
		const char *next = g_utf8_next_char(p);

		if (at + n + (end - next) > out->len)
			g_string_set_size(out, at + n + (end - next));
		for (gsize i = 0; i < n; i++) {
			if (origins != NULL)
				origins[at] = p - folded;
			out->str[at++] = bytes[i];
		}
		p = next;
	}
	g_string_truncate(out, at);
}

void
literal_append_plain(GString *out, const char *folded, gsize length)
{
	append_plain(out, folded, length, NULL);
}

void
literal_plain_text(GString *out, const char *folded, gsize length, GArray *origins)
{
	g_string_truncate(out, 0);
	g_array_set_size(origins, length + length / 2 + 1);
	append_plain(out, folded, length, (guint32 *)origins->data);
	g_array_set_size(origins, out->len);
}
