#include "base/localpart.h"

#include <string.h>

static gboolean
is_local(char c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$&'*+/=?^_`{|}~.-%", c) != NULL);
}

/* The '@' that begins at TEXT: itself, encoded, or a wide one; 0: none. */
static gsize
at_sign(const char *text)
{
	switch (*text) {
	case '@':
		return 1;
	case '%':
		return strncmp(text, "%40", 3) == 0 ? 3 : 0;
	case '\xef':
		return strncmp(text, "\uff20", 3) == 0 || strncmp(text, "\ufe6b", 3) == 0 ? 3 : 0;
	default:
		return 0;
	}
}

/* Where the local part that ends at END begins, not before LEAST. */
static gsize
local_start(const char *text, gsize least, gsize end)
{
	gsize start = end;

	if (end > least && text[end - 1] == '"') {
		for (start = end - 1; start > least && text[start - 1] != '"' && text[start - 1] != '\n'; start--)
			continue;
		return start > least && text[start - 1] == '"' ? start - 1 : end - 1;
	}
	while (start > least) {
		const char *before = g_utf8_prev_char(text + start);
		gunichar c = g_utf8_get_char(before);

		if (before < text + least || (c < 0x80 && !is_local((char)c)) ||
		    (c >= 0x80 && !g_unichar_isalnum(c) && !g_unichar_ismark(c) && !g_unichar_iszerowidth(c)))
			break;
		start = before - text;
	}
	return start;
}

static gsize
domain_end(const char *text, gsize start)
{
	const char *at = text + start;

	while (*at != '\0') {
		gunichar c = g_utf8_get_char_validated(at, -1);

		if (c == (gunichar)-1 || c == (gunichar)-2 || !(g_unichar_isalnum(c) || c == '.' || c == '-'))
			break;
		at = g_utf8_next_char(at);
	}
	return at - text;
}

GArray *
localparts_find(const char *text)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(struct localpart));
	gsize least = 0;

	if (strpbrk(text, "@%\xef") == NULL)
		return found;
	for (gsize i = 0; text[i] != '\0'; i++) {
		gsize sign = at_sign(text + i), start;
		gunichar next = sign > 0 ? g_utf8_get_char_validated(text + i + sign, -1) : 0;
		struct localpart part;

		if (sign == 0)
			continue;
		if (next == (gunichar)-1 || next == (gunichar)-2 || !(g_unichar_isalnum(next) || next == '[' || g_unichar_iszerowidth(next)))
			continue;
		start = local_start(text, least, i);
		if (start == i)
			continue;
		part = (struct localpart){start + (i - start > 1 && g_ascii_isalnum(text[start]) ? 1 : 0), i, start, domain_end(text, i + sign)};
		g_array_append_val(found, part);
		least = i + sign;
	}
	return found;
}

char *
localparts_hide(const char *text, GString *addresses)
{
	g_autoptr(GArray) found = localparts_find(text);
	GString *out;
	gsize at = 0;

	if (found->len == 0)
		return g_strdup(text);
	out = g_string_sized_new(strlen(text));
	for (guint i = 0; i < found->len; i++) {
		const struct localpart *part = &g_array_index(found, struct localpart, i);

		g_string_append_len(out, text + at, part->from - at);
		g_string_append(out, LOCALPART_HIDDEN);
		at = part->to;
		if (addresses == NULL)
			continue;
		g_string_append_len(addresses, text + part->begin, part->end - part->begin);
		g_string_append_c(addresses, '\n');
	}
	g_string_append(out, text + at);
	return g_string_free(out, FALSE);
}
