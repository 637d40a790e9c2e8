#include "rules/literal.h"

#include "base/text.h"

/* What an ASCII character is in plain form. */
static char
plain_ascii(guchar c)
{
	if (c >= 'A' && c <= 'Z')
		return c + ('a' - 'A');
	return c == '\t' || c == '\n' || c == '-' ? ' ' : c;
}

/* ORIGINS, if not NULL, has room for half as many again as FOLDED has bytes: two become three at worst. */
static void
append_plain(GString *out, const char *folded, gsize length, guint32 *origins)
{
	gsize at = out->len;
	char last = at > 0 ? out->str[at - 1] : '\0';

	g_string_set_size(out, at + length);
	for (const char *p = folded, *end = folded + length; p < end;) {
		if ((guchar)*p < 0x80) {
			char c = plain_ascii(*p);

			if (c != ' ' || last != ' ') {
				if (origins != NULL)
					origins[at] = p - folded;
				out->str[at++] = c;
			}
			last = c;
			p++;
			continue;
		}

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
		last = bytes[n - 1];
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
