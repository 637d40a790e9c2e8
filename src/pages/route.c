#include "pages/route.h"

#include "base/hash.h"
#include "base/limits.h"

#include <string.h>

#define NAME_BYTES 160 /* of an id as a file's name: with an ending and a hash far below the 255 of file systems */
#define SEGMENTS 4     /* of the longest path: workstream, its id, a month, a number */

/* TEXT[0, LENGTH) with its %XX read, and with PLUS a '+' as a space. NULL when it is not UTF-8 or has a control character or a broken %. */
static char *
decode(const char *text, gsize length, gboolean plus)
{
	g_autoptr(GString) out = g_string_sized_new(length);

	for (gsize i = 0; i < length; i++) {
		int high, low;

		if (text[i] != '%') {
			g_string_append_c(out, plus && text[i] == '+' ? ' ' : text[i]);
			continue;
		}
		if (length - i < 3 || (high = g_ascii_xdigit_value(text[i + 1])) < 0 || (low = g_ascii_xdigit_value(text[i + 2])) < 0)
			return NULL;
		g_string_append_c(out, (char)(high * 16 + low));
		i += 2;
	}
	if (!g_utf8_validate(out->str, out->len, NULL)) /* a NUL is not valid either */
		return NULL;
	for (gsize i = 0; i < out->len; i++)
		if (g_ascii_iscntrl(out->str[i]))
			return NULL;
	return g_strdup(out->str);
}

char *
route_escape(const char *text)
{
	return g_uri_escape_string(text, NULL, FALSE);
}

char *
route_name(const char *id)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct hash hash = hash_bytes(id, strlen(id));
	g_autofree char *sum = hash_base32(&hash, 20);

	if (strlen(id) > NAME_BYTES)
		return g_strdup_printf("%.*s~%s", NAME_BYTES / 2, id, sum); /* ids are ASCII */
	for (const char *at = id; *at != '\0'; at++) {
		gboolean ending = strcmp(at, ".html") == 0 || strcmp(at, ".json") == 0 || strcmp(at, ".atom") == 0;

		if (ending || (at == id && *at == '.') || *at == '/' || *at == '~' || g_ascii_iscntrl(*at))
			g_string_append_printf(out, "~%02X", (guint8)*at);
		else
			g_string_append_c(out, *at);
	}
	return g_strndup(out->str, out->len);
}

static void
refuse(struct route *route, const char *why)
{
	route->page = ROUTE_BAD;
	route->why = why;
}

/* A number of at most nine digits without a zero before it; 0: none. */
static guint
read_number(const char *text)
{
	gsize length = strspn(text, "0123456789");

	return length > 0 && length <= 9 && text[length] == '\0' && *text != '0' ? (guint)g_ascii_strtoull(text, NULL, 10) : 0;
}

static gboolean
read_month(const char *text, struct route *route)
{
	if (strlen(text) != 7 || strspn(text, "0123456789") != 4 || text[4] != '-' || strspn(text + 5, "0123456789") != 2)
		return FALSE;
	route->year = (guint)g_ascii_strtoull(text, NULL, 10);
	route->month = (guint)g_ascii_strtoull(text + 5, NULL, 10);
	return route->year >= 1 && route->month >= 1 && route->month <= 12;
}

/* "08-14", "12-12", "12-09h", "12-09h-2". */
static gboolean
is_leaf(const char *text)
{
	gsize length = strlen(text);

	if (length < 5 || strspn(text, "0123456789") != 2 || text[2] != '-' || strspn(text + 3, "0123456789") != 2)
		return FALSE;
	return length == 5 || (text[5] == 'h' && (length == 6 || (text[6] == '-' && length <= 13 && read_number(text + 7) > 1)));
}

/* What comes behind a place: nothing, a month, a month and a number or a piece of it. */
static gboolean
read_list(char **rest, struct route *route)
{
	if (rest[0] == NULL)
		return TRUE;
	if (!read_month(rest[0], route))
		return FALSE;
	if (rest[1] == NULL)
		return TRUE;
	if (is_leaf(rest[1])) {
		route->leaf = g_strdup(rest[1]);
		return rest[2] == NULL;
	}
	route->number = read_number(rest[1]);
	return route->number > 1 && rest[2] == NULL;
}

static const char *const filings[] = {"workstream", "topic", "group", "intent", "region"};
static const char *const lists[] = {"workstreams", "topics", "groups", "intents", "regions"};

static gboolean
read_place(char **segments, struct route *route)
{
	for (gsize i = 0; i < G_N_ELEMENTS(filings); i++) {
		if (strcmp(segments[0], filings[i]) == 0 && segments[1] != NULL && *segments[1] != '\0') {
			route->page = ROUTE_PLACE;
			route->type = filings[i];
			route->id = g_strdup(segments[1]);
			return read_list(segments + 2, route);
		}
		if (strcmp(segments[0], lists[i]) == 0 && segments[1] == NULL) {
			route->page = ROUTE_PLACES;
			route->type = filings[i];
			return TRUE;
		}
	}
	route->page = ROUTE_PLACE;
	route->type = strcmp(segments[0], "unfiled") == 0 ? "unfiled" : NULL;
	return (route->type != NULL || strcmp(segments[0], "all") == 0) && read_list(segments + 1, route);
}

/* A message's address: small letters and digits, as base/hash makes them. */
static gboolean
read_id(const char *text, struct route *route)
{
	gsize length = text != NULL ? strspn(text, "abcdefghijklmnopqrstuvwxyz234567") : 0;

	if (length < 8 || length > 64 || text[length] != '\0')
		return FALSE;
	route->id = g_strdup(text);
	return TRUE;
}

static const struct {
	const char *name;
	enum route_page page;
	enum { ID_NONE, ID_MESSAGE, ID_PART } id;
} names[] = {
    {"message", ROUTE_MESSAGE, ID_MESSAGE},
    {"thread", ROUTE_THREAD, ID_MESSAGE},
    {"campaign", ROUTE_CAMPAIGN, ID_MESSAGE},
    {"attachment", ROUTE_ATTACHMENT, ID_PART},
    {"milestones", ROUTE_MILESTONE, ID_NONE},
    {"search", ROUTE_SEARCH, ID_NONE},
    {"review", ROUTE_REVIEW, ID_NONE},
    {"about", ROUTE_ABOUT, ID_NONE},
    {"index", ROUTE_OVERVIEW, ID_NONE},
    {"style.css", ROUTE_STYLE, ID_NONE},
    {"robots.txt", ROUTE_ROBOTS, ID_NONE},
    {"icon.svg", ROUTE_ICON, ID_NONE},
};

/* FALSE: no such page. */
static gboolean
read_segments(char **segments, struct route *route)
{
	if (segments[0] == NULL) {
		route->page = ROUTE_OVERVIEW;
		return TRUE;
	}
	if (strcmp(segments[0], "milestone") == 0 && segments[1] != NULL && segments[2] == NULL) {
		route->page = ROUTE_MILESTONE;
		route->id = g_strdup(segments[1]);
		return TRUE;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(segments[0], names[i].name) != 0)
			continue;
		route->page = names[i].page;
		if (names[i].id == ID_NONE)
			return segments[1] == NULL;
		if (!read_id(segments[1], route))
			return FALSE;
		if (names[i].id == ID_MESSAGE)
			return segments[2] == NULL;
		if (segments[2] == NULL || strspn(segments[2], "0123456789.") != strlen(segments[2]) || strlen(segments[2]) > 64 || *segments[2] == '\0')
			return FALSE;
		route->part = g_strdup(segments[2]);
		return segments[3] == NULL;
	}
	return read_place(segments, route);
}

static const struct {
	const char *ending;
	enum route_format format;
} endings[] = {{".json", FORMAT_JSON}, {".atom", FORMAT_ATOM}, {".html", FORMAT_HTML}};

/* Takes the ending that tells the format from the last segment. */
static void
read_format(char *last, struct route *route)
{
	for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
		if (!g_str_has_suffix(last, endings[i].ending) || strlen(last) == strlen(endings[i].ending))
			continue;
		last[strlen(last) - strlen(endings[i].ending)] = '\0';
		route->format = endings[i].format;
		return;
	}
}

static gboolean
has_format(const struct route *route)
{
	switch (route->page) {
	case ROUTE_STYLE:
	case ROUTE_ROBOTS:
	case ROUTE_ICON:
	case ROUTE_ATTACHMENT:
		return route->format == FORMAT_HTML;
	case ROUTE_PLACE:
		return route->format != FORMAT_ATOM || (route->year == 0 && route->number == 1);
	default:
		return route->format != FORMAT_ATOM;
	}
}

static void
read_path(const char *path, gsize length, struct route *route)
{
	char *segments[SEGMENTS + 2] = {NULL};
	guint n = 0;
	gsize at = 1;
	gboolean slash = length > 1 && path[length - 1] == '/';

	length -= slash;
	while (at < length && n <= SEGMENTS) {
		gsize end = at;

		while (end < length && path[end] != '/')
			end++;
		segments[n] = decode(path + at, end - at, FALSE);
		if (segments[n] == NULL)
			refuse(route, "the address is not written as addresses are");
		else if (*segments[n] == '\0' || strchr(segments[n], '/') != NULL || segments[n][strspn(segments[n], ".")] == '\0')
			refuse(route, "the address leads nowhere"); /* empty, an encoded '/', "." or ".." */
		n++;
		if (route->page == ROUTE_BAD)
			break;
		at = end + 1;
	}
	if (route->page != ROUTE_BAD && n > 0)
		read_format(segments[n - 1], route);
	if (route->page != ROUTE_BAD && (n > SEGMENTS || !read_segments(segments, route) || !has_format(route)))
		route->page = ROUTE_NONE;
	if (route->page != ROUTE_BAD && route->page != ROUTE_NONE && slash)
		route->moved = g_strndup(path, length);
	for (guint i = 0; i < n; i++)
		g_free(segments[i]);
}

static void
read_query(const char *query, struct route *route)
{
	while (*query != '\0') {
		gsize length = strcspn(query, "&"), name = MIN(strcspn(query, "="), length);
		gboolean words = name == 1 && *query == 'q', page = name == 4 && memcmp(query, "page", 4) == 0;
		g_autofree char *value = words || page ? decode(query + MIN(name + 1, length), length - MIN(name + 1, length), TRUE) : NULL;

		if ((words || page) && value == NULL) {
			refuse(route, "what is asked for is not written as queries are");
			return;
		}
		if (words && route->query == NULL)
			route->query = g_steal_pointer(&value);
		else if (page && (route->number = read_number(value)) == 0) {
			refuse(route, "there is no page of that number");
			return;
		}
		query += length + (query[length] == '&');
	}
}

void
route_parse(const char *target, struct route *out)
{
	gsize length = strcspn(target, "?");

	*out = (struct route){.number = 1};
	if (strlen(target) > LIMIT_PAGE_TARGET)
		refuse(out, "the address is too long");
	else if (*target != '/' || strchr(target, '#') != NULL)
		refuse(out, "the address is not written as addresses are");
	if (out->page == ROUTE_BAD)
		return;
	read_path(target, length, out);
	if (out->page == ROUTE_SEARCH && target[length] == '?')
		read_query(target + length + 1, out);
	if (out->page == ROUTE_SEARCH && out->query == NULL)
		out->query = g_strdup("");
}

void
route_clear(struct route *route)
{
	g_clear_pointer(&route->id, g_free);
	g_clear_pointer(&route->part, g_free);
	g_clear_pointer(&route->leaf, g_free);
	g_clear_pointer(&route->query, g_free);
	g_clear_pointer(&route->moved, g_free);
}
