#include "pages/private.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/limits.h"

#include <string.h>

#define DAY 86400

static const struct {
	const char *name, *value;
} safety[] = {
    {"Content-Security-Policy", PAGE_POLICY "; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

struct page_archive *
page_archive_new(struct index *index, page_part_read part, gpointer data)
{
	struct page_archive *archive = g_new0(struct page_archive, 1);

	archive->index = index;
	archive->part = part;
	archive->part_data = data;
	archive->memory = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	archive->leaves = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
	return archive;
}

void
page_archive_free(struct page_archive *archive)
{
	g_hash_table_unref(archive->memory);
	g_hash_table_unref(archive->leaves);
	g_free(archive);
}

struct audience
page_audience(const struct page_site *site, gint64 now)
{
	struct audience audience = {site->view == PAGE_STAFF, G_MAXINT64};

	if (site->when == PAGE_DAY_LATER)
		audience.before = now - DAY;
	else if (site->when == PAGE_RELEASED)
		audience.before = G_MININT64;
	return audience;
}

static void
clear_header(gpointer data)
{
	g_free(((struct page_header *)data)->value);
}

static GArray *
headers_new(void)
{
	GArray *headers = g_array_new(FALSE, FALSE, sizeof(struct page_header));

	g_array_set_clear_func(headers, clear_header);
	return headers;
}

void
page_add_header(struct page *page, const char *name, const char *value)
{
	struct page_header header = {name, g_strdup(value)};

	g_array_append_val(page->headers, header);
}

void
page_response_clear(struct page_response *response)
{
	g_clear_pointer(&response->headers, g_array_unref);
	g_clear_pointer(&response->body, g_bytes_unref);
	g_clear_error(&response->trouble);
}

const char *
page_header(const struct page_response *response, const char *name)
{
	for (guint i = 0; i < response->headers->len; i++) {
		const struct page_header *header = &g_array_index(response->headers, struct page_header, i);

		if (g_ascii_strcasecmp(header->name, name) == 0)
			return header->value;
	}
	return NULL;
}

void
page_sentence(struct page *page, guint status, const char *heading, const char *sentence)
{
	page->status = status;
	g_string_truncate(page->markup.out, 0);
	if (page->route->format == FORMAT_JSON) {
		g_clear_pointer(&page->json, json_free);
		page->json = json_new_object();
		json_put_number(page->json, "status", status);
		json_put_text(page->json, "error", sentence);
		return;
	}
	page->type = "text/html; charset=utf-8";
	frame_begin(page, heading, NULL);
	markup_add(&page->markup, "<div class=\"notice\">\n<h1>");
	markup_own(&page->markup, heading);
	markup_add(&page->markup, "</h1>\n<p>");
	markup_own(&page->markup, sentence);
	markup_add(&page->markup, "</p>\n</div>\n");
	frame_end(page);
}

gboolean
page_missing(struct page *page)
{
	page_sentence(page, 404, "Not found", "There is no such page in this archive.");
	return TRUE;
}

static gboolean (*const makers[])(struct page *, GError **) = {
    [ROUTE_OVERVIEW] = page_overview,
    [ROUTE_PLACE] = page_place,
    [ROUTE_PLACES] = page_places,
    [ROUTE_MILESTONE] = page_milestone,
    [ROUTE_MESSAGE] = page_message,
    [ROUTE_ATTACHMENT] = page_attachment,
    [ROUTE_THREAD] = page_thread,
    [ROUTE_CAMPAIGN] = page_campaign,
    [ROUTE_SEARCH] = page_search,
    [ROUTE_REVIEW] = page_review,
    [ROUTE_ABOUT] = page_about,
    [ROUTE_STYLE] = page_style,
    [ROUTE_ROBOTS] = page_robots,
    [ROUTE_ICON] = page_icon,
};

static gboolean
make(struct page *page, GError **error)
{
	const struct route *route = page->route;

	if (route->page == ROUTE_NONE)
		return page_missing(page);
	if (route->format == FORMAT_JSON) {
		page->type = "application/json";
		page->json = json_new_object();
	}
	if (route->format == FORMAT_ATOM)
		return page_feed(page, error);
	return makers[route->page](page, error);
}

/* In one view of the index, however it changes meanwhile: a view of its own, or that of whoever makes several pages in one. */
static gboolean
make_in_view(struct page *page, struct route *route, GError **error)
{
	struct db *db = index_db(page->index);
	gboolean own = !db_in_transaction(db), made;

	db_set_deadline(db, page->site->deadline_ms);
	if (own && !index_begin(page->index, error))
		return FALSE;
	page->targets = targets_load(page->index, error);
	if (page->targets != NULL && route->id != NULL && route->type != NULL) {
		g_autofree char *name = route->id;

		route->id = page_id(page->targets, route->type, name);
	}
	made = page->targets != NULL && make(page, error);
	if (own)
		index_rollback(page->index);
	db_set_deadline(db, 0);
	return made;
}

static gboolean
is_allowed(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void
make_any(struct page *page, struct route *route, GError **error)
{
	if (!is_allowed(page->request->method)) {
		page_sentence(page, 405, "Not allowed", "The archive can only be read.");
		page_add_header(page, "Allow", "GET, HEAD");
	} else if (page->route->page == ROUTE_BAD)
		page_sentence(page, 400, "Not understood", page->route->why);
	else if (page->route->moved != NULL) {
		g_autofree char *place = g_strconcat(page->site->prefix, page->route->moved, NULL);

		page_sentence(page, 301, "Moved", "The page stands at the address without a slash at its end.");
		page_add_header(page, "Location", place);
	} else if (!make_in_view(page, route, error)) {
		gboolean busy = error != NULL && g_error_matches(*error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY);

		g_clear_pointer(&page->json, json_free);
		g_clear_pointer(&page->bytes, g_bytes_unref);
		page_sentence(page, busy ? 503 : 500, busy ? "Too much to do" : "Something is wrong",
		    busy ? "That took longer than a page may take. Ask for less, or try again in a while." : "The archive cannot be read just now.");
		if (busy)
			page_add_header(page, "Retry-After", "10");
	}
}

/* RFC 9110 section 13.1.2: any of a list, compared weakly. */
static gboolean
matches(const char *given, const char *etag)
{
	gsize length = strlen(etag);

	if (given == NULL)
		return FALSE;
	if (strcmp(given, "*") == 0)
		return TRUE;
	for (const char *at = given; (at = strstr(at, etag)) != NULL; at += length)
		if (at[length] == '\0' || at[length] == ',' || at[length] == ' ')
			return TRUE;
	return FALSE;
}

/* What stands around the body: its sum, how long it may be kept, what may be done with it. */
static void
finish(struct page *page, struct page_response *out)
{
	gsize length;
	gconstpointer data = g_bytes_get_data(page->bytes, &length);
	struct hash hash = hash_bytes(data, length);
	g_autofree char *sum = hash_base32(&hash, 16);
	g_autofree char *etag = g_strdup_printf("\"%s\"", sum);

	for (gsize i = 0; i < G_N_ELEMENTS(safety); i++)
		page_add_header(page, safety[i].name, safety[i].value);
	if (page->status >= 400)
		page_add_header(page, "Cache-Control", "no-store");
	else if (page->site->view == PAGE_STAFF && !page->lasting)
		page_add_header(page, "Cache-Control", "private, no-cache");
	else
		page_add_header(page, "Cache-Control", page->lasting ? "public, max-age=86400" : "public, max-age=60");
	if (page->site->view == PAGE_STAFF)
		page_add_header(page, "X-Robots-Tag", "noindex, nofollow");
	if (page->status == 200) {
		page_add_header(page, "ETag", etag);
		if (matches(page->request->if_none_match, etag)) {
			page->status = 304;
			g_bytes_unref(page->bytes);
			page->bytes = g_bytes_new_static("", 0);
			page->type = NULL;
		}
	}
	out->status = page->status;
	out->type = page->type;
	out->headers = page->headers;
	out->body = page->bytes;
}

static void
page_init(struct page *page, const struct page_site *site, const struct page_request *request, const struct route *route)
{
	page->site = site;
	page->request = request;
	page->route = route;
	page->audience = page_audience(site, request->now);
	page->markup = (struct markup){g_string_sized_new(16384), site};
	page->status = 200;
	page->type = "text/html; charset=utf-8";
	page->headers = headers_new();
}

static void
page_end(struct page *page, struct page_response *out)
{
	g_autofree char *json = page->json != NULL ? json_print(page->json, TRUE) : NULL;

	if (page->json != NULL && page->bytes == NULL)
		page->bytes = g_bytes_new_take(g_steal_pointer(&json), strlen(json));
	if (page->bytes == NULL)
		page->bytes = g_string_free_to_bytes(page->markup.out);
	else
		g_string_free(page->markup.out, TRUE);
	finish(page, out);
	g_clear_pointer(&page->json, json_free);
	g_clear_pointer(&page->targets, g_ptr_array_unref);
}

void
page_respond(struct page_archive *archive, const struct page_site *site, const struct page_request *request, struct page_response *out)
{
	g_auto(Route) route = {0};
	struct page page = {.archive = archive, .index = archive->index};

	*out = (struct page_response){0};
	route_parse(request->target, &route);
	page_init(&page, site, request, &route);
	make_any(&page, &route, &out->trouble);
	page_end(&page, out);
}

void
page_refuse(const struct page_site *site, guint status, const char *sentence, struct page_response *out)
{
	const struct page_request request = {.method = "GET", .target = "/"};
	const struct route route = {.page = ROUTE_NONE};
	struct page page = {0};

	*out = (struct page_response){0};
	page_init(&page, site, &request, &route);
	page_sentence(&page, status, status >= 500 ? "Something is wrong" : "Not understood", sentence);
	page_end(&page, out);
}
