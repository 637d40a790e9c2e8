#include "pages/private.h"

#include <string.h>

#define LOGO                                                                                                                                                   \
	"<svg class=\"mark\" viewBox=\"0 0 24 24\" width=\"24\" height=\"24\" aria-hidden=\"true\" focusable=\"false\"><path d=\"M3 6.5h18v11H3z\"/>"          \
	"<path d=\"m3 6.5 9 6.5 9-6.5\"/></svg>"

static void
add_link(struct page *page, const char *path, const char *text, gboolean here)
{
	markup_add(&page->markup, "<li><a");
	markup_href(&page->markup, path, "");
	markup_add(&page->markup, here ? " aria-current=\"page\">" : ">");
	markup_add(&page->markup, text);
	markup_add(&page->markup, "</a></li>\n");
}

/* The address of what is shown, with its ending taken for the page's own. Caller frees. */
static char *
own_path(const struct page *page)
{
	gsize length = strcspn(page->request->target, "?");
	g_autofree char *path = g_strndup(page->request->target, length);

	return g_str_has_suffix(path, ".html") ? g_strndup(path, length - 5) : g_steal_pointer(&path);
}

static void
add_navigation(struct page *page)
{
	const struct route *route = page->route;
	gboolean everything = route->page == ROUTE_PLACE && route->type == NULL;

	markup_add(&page->markup, "<nav aria-label=\"Archive\"><ul>\n");
	add_link(page, "/", "Overview", route->page == ROUTE_OVERVIEW && page->status == 200);
	add_link(page, "/all", "Letters", everything && route->year == 0);
	add_link(page, "/workstreams", "Workstreams", route->page == ROUTE_PLACES && g_strcmp0(route->type, "workstream") == 0);
	add_link(page, "/topics", "Topics", route->page == ROUTE_PLACES && g_strcmp0(route->type, "topic") == 0);
	add_link(page, "/groups", "Groups", route->page == ROUTE_PLACES && g_strcmp0(route->type, "group") == 0);
	if (page->site->milestones != NULL && page->site->milestones->len > 0)
		add_link(page, "/milestones", "Milestones", route->page == ROUTE_MILESTONE && route->id == NULL);
	if (page->site->view == PAGE_STAFF)
		add_link(page, "/review", "To review", route->page == ROUTE_REVIEW);
	markup_add(&page->markup, "</ul></nav>\n");
}

static void
add_search(struct page *page)
{
	g_autofree char *action = markup_path(page->site, "/search", "");

	markup_add(&page->markup, "<form role=\"search\" method=\"get\" action=\"");
	markup_own(&page->markup, action);
	markup_add(&page->markup,
	    "\"><label class=\"hidden\" for=\"q\">Search the letters</label>"
	    "<input type=\"search\" id=\"q\" name=\"q\" placeholder=\"Search the letters\" maxlength=\"1000\" dir=\"auto\" autocomplete=\"off\" value=\"");
	markup_own(&page->markup, page->route->query != NULL ? page->route->query : "");
	markup_add(&page->markup, "\"><button type=\"submit\">Search</button></form>\n");
}

static void
add_alternate(struct page *page, const char *type, const char *path, const char *ending)
{
	markup_format(&page->markup, "<link rel=\"alternate\" type=\"%s\"", type);
	markup_href(&page->markup, path, ending);
	markup_add(&page->markup, ">\n");
}

static gboolean
is_found(const struct page *page)
{
	return page->status == 200 && page->route->page > ROUTE_BAD;
}

static void
add_head(struct page *page, const char *title, const char *feed)
{
	g_autofree char *own = own_path(page);

	markup_add(&page->markup, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	/* among files nobody can be sure of headers; a frame around the page is the one thing that only these can forbid */
	if (page->site->fixed)
		markup_add(&page->markup,
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"" PAGE_POLICY "\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
	markup_add(&page->markup, "<title>");
	markup_line(&page->markup, title, 120);
	if (strcmp(title, page->site->title) != 0) {
		markup_add(&page->markup, " \u00b7 ");
		markup_line(&page->markup, page->site->title, 60);
	}
	markup_add(&page->markup, "</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
	if (page->site->view == PAGE_STAFF || page->route->page == ROUTE_SEARCH || !is_found(page))
		markup_add(&page->markup, "<meta name=\"robots\" content=\"noindex, nofollow\">\n");
	markup_add(&page->markup, "<link rel=\"stylesheet\" href=\"");
	markup_own(&page->markup, page->site->prefix);
	markup_add(&page->markup, page->site->fixed ? "/style.css" : "/style.css?");
	markup_add(&page->markup, page->site->fixed ? "" : page_style_sum());
	markup_add(&page->markup, "\">\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"");
	markup_own(&page->markup, page->site->prefix);
	markup_add(&page->markup, "/icon.svg\">\n");
	if (feed != NULL)
		add_alternate(page, "application/atom+xml", feed, ".atom");
	if (is_found(page) && page->route->page != ROUTE_SEARCH)
		add_alternate(page, "application/json", own, ".json");
	markup_add(&page->markup, "</head>\n");
}

void
frame_begin(struct page *page, const char *title, const char *feed)
{
	add_head(page, title, feed);
	markup_add(&page->markup, page->site->view == PAGE_STAFF ? "<body class=\"staff\">\n" : "<body>\n");
	markup_add(&page->markup, "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header class=\"top\">\n<div class=\"wrap\">\n<a class=\"name\"");
	markup_href(&page->markup, "/", "");
	markup_add(&page->markup, ">" LOGO "<span>");
	markup_line(&page->markup, page->site->title, 60);
	markup_add(&page->markup, "</span></a>\n");
	if (page->site->view == PAGE_STAFF)
		markup_add(&page->markup, "<p class=\"view\">Staff view: not for the public</p>\n");
	add_navigation(page);
	if (!page->site->fixed)
		add_search(page);
	markup_add(&page->markup, "</div>\n</header>\n<main id=\"main\" class=\"wrap\" tabindex=\"-1\">\n");
}

void
frame_end(struct page *page)
{
	g_autofree char *own = own_path(page);
	g_autofree char *zone = g_strdup(g_time_zone_get_identifier(page->site->zone));

	markup_add(&page->markup, "</main>\n<footer class=\"bottom\">\n<div class=\"wrap\">\n<ul>\n");
	add_link(page, "/about", "About this archive", page->route->page == ROUTE_ABOUT);
	if (is_found(page) && page->route->page != ROUTE_ABOUT) {
		const char *query = page->route->page == ROUTE_SEARCH ? strchr(page->request->target, '?') : NULL;

		markup_add(&page->markup, "<li><a");
		if (query == NULL)
			markup_href(&page->markup, own, ".json");
		else {
			g_autofree char *path = markup_path(page->site, "/search", ".json");

			markup_add(&page->markup, " href=\"");
			markup_own(&page->markup, path);
			markup_own(&page->markup, query);
			markup_add(&page->markup, "\"");
		}
		markup_add(&page->markup, ">This page as JSON</a></li>\n");
	}
	markup_add(&page->markup, "<li><a");
	markup_href(&page->markup, "/all", ".atom");
	markup_add(&page->markup, ">Feed of all letters</a></li>\n</ul>\n<p>Times are in ");
	markup_line(&page->markup, zone, 40);
	markup_add(&page->markup, ".</p>\n</div>\n</footer>\n</body>\n</html>\n");
}
