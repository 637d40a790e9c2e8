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

/* How many characters the letter C behind "**" stands for, 0 for no such letter. */
static guint
run_length(char c)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = c != '\0' ? strchr(letters, c) : NULL;

	return at != NULL ? (guint)(at - letters) + 2 : 0;
}

/* What the Base64 (RFC 4648 section 5) at TEXT says, as UTF-8, or NULL. */
static char *
decode_base64(const char *text, gsize length)
{
	g_autofree char *copy = g_strndup(text, length + (4 - length % 4) % 4);
	gsize size;
	char *out;

	for (gsize i = length; i < length + (4 - length % 4) % 4; i++)
		copy[i] = '=';
	g_strdelimit(copy, "-", '+');
	g_strdelimit(copy, "_", '/');
	out = (char *)g_base64_decode(copy, &size);
	out = g_realloc(out, size + 1);
	out[size] = '\0';
	if (strlen(out) == size && g_utf8_validate(out, (gssize)size, NULL))
		return out;
	g_free(out);
	return NULL;
}

/* Takes up to N characters from *KEPT. */
static void
take(GString *out, const char **kept, guint n)
{
	for (; n > 0 && **kept != '\0'; n--) {
		const char *next = g_utf8_next_char(*kept);

		if ((guint8) * *kept >= ' ')
			g_string_append_len(out, *kept, next - *kept);
		*kept = next;
	}
}

/* URL Defense v3 keeps the link between two double underscores, and behind it, in Base64, the characters for which '*' stands, or "**" and a letter for a row.
 */
static char *
unwrap_v3(const char *link, gsize length)
{
	const char *start = g_strstr_len(link, (gssize)length, "/v3/__"), *stop, *end = link + length, *mark, *kept;
	g_autofree char *bytes = NULL;
	GString *out;

	if (start == NULL)
		return NULL;
	start += 6;
	stop = g_strstr_len(start, end - start, "__;");
	if (stop == NULL)
		return NULL;
	mark = g_strstr_len(stop, end - stop, "!!");
	bytes = mark != NULL ? decode_base64(stop + 3, (gsize)(mark - stop) - 3) : NULL;
	if (bytes == NULL)
		return g_strndup(start, (gsize)(stop - start));
	out = g_string_new(NULL);
	kept = bytes;
	while (start < stop) {
		guint run = stop - start > 2 && start[0] == '*' && start[1] == '*' ? run_length(start[2]) : 0;

		if (*start != '*')
			g_string_append_c(out, *start);
		else
			take(out, &kept, run > 0 ? run : 1);
		start += run > 0 ? 3 : 1;
	}
	return g_string_free(out, FALSE);
}

/* Sophos keeps the link in Base64. */
static char *
unwrap_base64(const char *link, gsize length)
{
	g_autofree char *value = query_value(link, length, "u=");

	return value != NULL ? decode_base64(value, strlen(value)) : NULL;
}

/* Cisco's ends in the link, escaped. */
static char *
unwrap_path(const char *link, gsize length)
{
	const char *start = g_strstr_len(link, (gssize)length, "/http%3A%2F%2F");

	if (start == NULL)
		start = g_strstr_len(link, (gssize)length, "/https%3A%2F%2F");
	return start != NULL ? unescape(start + 1, length - (gsize)(start + 1 - link)) : NULL;
}

static const struct wrapper {
	const char *host, *name; /* NAME: the query parameter that holds the link */
	char *(*unwrap)(const char *link, gsize length);
} wrappers[] = {
    {".safelinks.protection.", "url=", NULL},
    {"urldefense.com/v3/", NULL, unwrap_v3},
    {"urldefense.us/v3/", NULL, unwrap_v3},
    {"urldefense.proofpoint.com/v2/", NULL, unwrap_v2},
    {"urldefense.com/v2/", NULL, unwrap_v2},
    {"urldefense.us/v2/", NULL, unwrap_v2},
    {"urldefense.proofpoint.com/", "u=", NULL},
    {"linkprotect.cudasvc.com/url", "a=", NULL},
    {"protection.sophos.com", NULL, unwrap_base64},
    {"secure-web.cisco.com/", NULL, unwrap_path},
    {"trendmicro.com", "url=", NULL},
    {"www.google.com/url", "q=", NULL},
    {"www.google.com/url", "url=", NULL},
    {"www.youtube.com/redirect", "q=", NULL},
    {"l.facebook.com/l.php", "u=", NULL},
    {"www.linkedin.com/redir/redirect", "url=", NULL},
};

#define HOST_BYTES 80 /* of a link, in which its host stands */

/* The link in LINK, or NULL. One that only its gateway can tell (Mimecast's) stays. */
static char *
unwrap(const char *link, gsize length)
{
	char head[HOST_BYTES + 1] = {0};

	memcpy(head, link, MIN(length, HOST_BYTES));
	for (gsize i = 0; i < G_N_ELEMENTS(wrappers); i++) {
		const struct wrapper *wrapper = &wrappers[i];
		char *inner;

		if (strstr(head, wrapper->host) == NULL)
			continue;
		inner = wrapper->unwrap != NULL ? wrapper->unwrap(link, length) : query_value(link, length, wrapper->name);
		if (inner != NULL && (g_str_has_prefix(inner, "http") || g_str_has_prefix(inner, "mailto:") || g_str_has_prefix(inner, "ftp")))
			return inner;
		g_free(inner);
	}
	return NULL;
}

/* The next link between AT and END, or NULL. */
static const char *
next_link(const char *at, const char *end)
{
	while (at < end && (at = memchr(at, 'h', (gsize)(end - at))) != NULL) {
		if (end - at > 4 && memcmp(at, "http", 4) == 0)
			return at;
		at++;
	}
	return NULL;
}

char *
links_unwrap(const char *text)
{
	GString *out = NULL;
	const char *rest = text, *end = text + strlen(text);

	for (const char *link = next_link(text, end); link != NULL;) {
		gsize length = link_length(link);
		g_autofree char *inner = unwrap(link, length);

		if (inner != NULL) {
			if (out == NULL)
				out = g_string_sized_new((gsize)(end - text));
			g_string_append_len(out, rest, link - rest);
			g_string_append(out, inner);
			rest = link + length;
		}
		link = next_link(link + MAX(length, 4), end);
	}
	if (out == NULL)
		return NULL;
	g_string_append(out, rest);
	return g_string_free(out, FALSE);
}
