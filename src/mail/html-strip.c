#include "mail/html.h"

#include <string.h>

static const struct {
	const char *name;
	const char *text;
} entities[] = {
    {"nbsp;", " "},
    {"amp;", "&"},
    {"lt;", "<"},
    {"gt;", ">"},
    {"quot;", "\""},
    {"apos;", "'"},
    {"rsquo;", "\xe2\x80\x99"},
    {"ldquo;", "\xe2\x80\x9c"},
    {"rdquo;", "\xe2\x80\x9d"},
    {"ndash;", "\xe2\x80\x93"},
    {"mdash;", "\xe2\x80\x94"},
    {"eacute;", "\xc3\xa9"},
    {"uuml;", "\xc3\xbc"},
    {"ouml;", "\xc3\xb6"},
    {"auml;", "\xc3\xa4"},
    {"zwnj;", ""},
    {"shy;", ""},
};

static gboolean
is_tag(const char *at, const char *end, const char *name)
{
	gsize length = strlen(name);

	return (gsize)(end - at) > length && g_ascii_strncasecmp(at, name, length) == 0 && !g_ascii_isalnum(at[length]);
}

/* After the tag, comment, script or style that begins at AT. */
static const char *
skip_tag(const char *at, const char *end)
{
	static const char *const dropped[] = {"script", "style"};
	const char *close;

	if (end - at > 4 && memcmp(at, "<!--", 4) == 0) {
		close = g_strstr_len(at + 4, end - at - 4, "-->");
		return close != NULL ? close + 3 : end;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(dropped); i++) {
		if (!is_tag(at + 1, end, dropped[i]))
			continue;
		for (close = at + 1; (close = memchr(close, '<', (gsize)(end - close))) != NULL; close++)
			if (end - close > 2 && close[1] == '/' && is_tag(close + 2, end, dropped[i]))
				break;
		if (close == NULL)
			return end;
		at = close;
		break;
	}
	close = memchr(at, '>', (gsize)(end - at));
	return close != NULL ? close + 1 : end;
}

/* After the entity at AT, its text appended to OUT. */
static const char *
read_entity(const char *at, const char *end, GString *out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(entities); i++) {
		gsize length = strlen(entities[i].name);

		if ((gsize)(end - at) > length && memcmp(at + 1, entities[i].name, length) == 0) {
			g_string_append(out, entities[i].text);
			return at + 1 + length;
		}
	}
	if (end - at > 3 && at[1] == '#') {
		gboolean hex = (at[2] | 0x20) == 'x';
		char *stop;
		guint64 c = g_ascii_strtoull(at + 2 + hex, &stop, hex ? 16 : 10);

		if (stop > at + 2 && stop < end && c >= 32 && c < 0x110000 && g_unichar_validate((gunichar)c)) {
			g_string_append_unichar(out, (gunichar)c);
			return *stop == ';' ? stop + 1 : stop;
		}
	}
	g_string_append_c(out, '&');
	return at + 1;
}

static gboolean
breaks_line(const char *at, const char *end)
{
	static const char *const names[] = {"br", "p", "div", "tr", "li", "table", "blockquote", "h1", "h2", "h3"};

	at += 1 + (at + 1 < end && at[1] == '/');
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (is_tag(at, end, names[i]))
			return TRUE;
	return FALSE;
}

char *
html_strip(const char *html, gsize length)
{
	GString *out = g_string_sized_new(length / 4 + 16);
	const char *at = html, *end = html + length;

	while (at < end) {
		if (*at == '<' && at + 1 < end && (g_ascii_isalpha(at[1]) || at[1] == '/' || at[1] == '!' || at[1] == '?')) {
			if (breaks_line(at, end) && out->len > 0 && out->str[out->len - 1] != '\n')
				g_string_append_c(out, '\n');
			at = skip_tag(at, end);
		} else if (*at == '&') {
			at = read_entity(at, end, out);
		} else if (g_ascii_isspace(*at)) {
			if (out->len > 0 && out->str[out->len - 1] != ' ' && out->str[out->len - 1] != '\n')
				g_string_append_c(out, ' ');
			at++;
		} else {
			g_string_append_c(out, *at++);
		}
	}
	return g_string_free(out, FALSE);
}

gsize
html_visible(const char *html, gsize length)
{
	const char *at = html, *end = html + length;
	gsize visible = 0;

	while (at < end) {
		if (*at == '<') {
			at = skip_tag(at, end);
			continue;
		}
		if (*at == '&') {
			const char *stop = memchr(at, ';', (gsize)MIN(end - at, 8));

			visible += !(end - at > 5 && memcmp(at, "&nbsp", 5) == 0);
			at = stop != NULL ? stop + 1 : at + 1;
			continue;
		}
		visible += (guint8)*at > ' ' && ((guint8)*at & 0xc0) != 0x80;
		at++;
	}
	return visible;
}
