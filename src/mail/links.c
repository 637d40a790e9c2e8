#include "mail/links.h"

#include <string.h>

/* What ends a link in text. */
static gsize
link_length(const char *link)
{
	return strcspn(link, " \t\r\n<>\"[]|");
}

static char *
unescape(const char *text, gsize length)
{
	GString *out = g_string_sized_new(length + 1);

	for (gsize i = 0; i < length; i++) {
		if (text[i] == '%' && i + 2 < length && g_ascii_isxdigit(text[i + 1]) && g_ascii_isxdigit(text[i + 2])) {
			g_string_append_c(out, (char)(g_ascii_xdigit_value(text[i + 1]) * 16 + g_ascii_xdigit_value(text[i + 2])));
			i += 2;
		} else {
			g_string_append_c(out, text[i]);
		}
	}
	for (char *c = out->str; *c != '\0'; c++)
		if ((guint8)*c < ' ')
			*c = '_';
	if (!g_utf8_validate_len(out->str, out->len, NULL))
		return g_string_free(out, TRUE);
	return g_string_free(out, FALSE);
}

/* The value of query parameter NAME ("url=") of LINK, decoded, or NULL. */
static char *
query_value(const char *link, gsize length, const char *name)
{
	const char *query = memchr(link, '?', length), *end = link + length;
	gsize size = strlen(name);

	while (query != NULL && (gsize)(end - query) > size + 1) {
		const char *stop;

		query++;
		if (g_str_has_prefix(query, "amp;"))
			query += 4;
		stop = memchr(query, '&', (gsize)(end - query));
		if ((gsize)(end - query) > size && strncmp(query, name, size) == 0)
			return unescape(query + size, (gsize)((stop != NULL ? stop : end) - query) - size);
		query = stop;
	}
	return NULL;
}

/* URL Defense v2 writes '-' for '%' and '_' for '/'. */
static char *
unwrap_v2(const char *link, gsize length)
{
	g_autofree char *value = query_value(link, length, "u=");

	if (value == NULL)
		return NULL;
	for (char *c = value; *c != '\0'; c++)
		*c = *c == '-' ? '%' : *c == '_' ? '/' : *c;
	return unescape(value, strlen(value));
}

/* URL Defense v3 keeps the link between two double underscores; a '*' stands for bytes kept elsewhere and is left. */
static char *
unwrap_v3(const char *link, gsize length)
{
	const char *start = g_strstr_len(link, (gssize)length, "/v3/__"), *stop;

	if (start == NULL)
		return NULL;
	start += 6;
	stop = g_strstr_len(start, (gssize)(length - (gsize)(start - link)), "__;");
	return stop != NULL ? g_strndup(start, (gsize)(stop - start)) : NULL;
}

static char *
unwrap(const char *link, gsize length)
{
	if (g_strstr_len(link, (gssize)MIN(length, 80), ".safelinks.protection.") != NULL)
		return query_value(link, length, "url=");
	if (g_strstr_len(link, (gssize)MIN(length, 60), "urldefense") == NULL)
		return NULL;
	if (g_strstr_len(link, (gssize)length, "/v3/__") != NULL)
		return unwrap_v3(link, length);
	return g_strstr_len(link, (gssize)length, "/v2/") != NULL ? unwrap_v2(link, length) : query_value(link, length, "u=");
}

char *
links_unwrap(const char *text)
{
	GString *out;

	if (strstr(text, "urldefense") == NULL && strstr(text, ".safelinks.protection.") == NULL)
		return NULL;
	out = g_string_sized_new(strlen(text));
	while (*text != '\0') {
		const char *link = strstr(text, "http");
		g_autofree char *inner = NULL;
		gsize length;

		if (link == NULL)
			break;
		g_string_append_len(out, text, link - text);
		length = link_length(link);
		inner = unwrap(link, length);
		if (inner != NULL)
			g_string_append(out, inner);
		else
			g_string_append_len(out, link, (gssize)length);
		text = link + length;
	}
	g_string_append(out, text);
	return g_string_free(out, FALSE);
}
