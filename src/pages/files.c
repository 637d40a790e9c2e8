#include "pages/private.h"

#include "base/hash.h"

#include <string.h>

static const char style[] =
#include "pages/style-css.inc"
    ;

static const char icon[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\"><rect width=\"24\" height=\"24\" rx=\"5\" fill=\"#20506b\"/>"
                           "<path d=\"M4 7.5h16v9.5H4zm0 0 8 6 8-6\" fill=\"none\" stroke=\"#fff\" stroke-width=\"1.6\" stroke-linejoin=\"round\"/></svg>\n";

const char *
page_style_sum(void)
{
	static char sum[20];
	static gsize known;

	if (g_once_init_enter(&known)) {
		struct hash hash = hash_bytes(style, strlen(style));
		g_autofree char *text = hash_base32(&hash, 8);

		g_strlcpy(sum, text, sizeof sum);
		g_once_init_leave(&known, 1);
	}
	return sum;
}

gboolean
page_style(struct page *page, GError **error)
{
	page->type = "text/css; charset=utf-8";
	page->bytes = g_bytes_new_static(style, strlen(style));
	page->lasting = TRUE;
	return TRUE;
}

gboolean
page_icon(struct page *page, GError **error)
{
	page->type = "image/svg+xml";
	page->bytes = g_bytes_new_static(icon, strlen(icon));
	page->lasting = TRUE;
	return TRUE;
}

/* Search makes a page for every question; attachments are no reading. */
gboolean
page_robots(struct page *page, GError **error)
{
	page->type = "text/plain; charset=utf-8";
	if (page->site->view == PAGE_STAFF)
		markup_add(&page->markup, "User-agent: *\nDisallow: /\n");
	else {
		markup_add(&page->markup, "User-agent: *\nDisallow: ");
		g_string_append(page->markup.out, page->site->prefix);
		markup_add(&page->markup, "/search\nDisallow: ");
		g_string_append(page->markup.out, page->site->prefix);
		markup_add(&page->markup, "/attachment/\n");
		if (page->site->fixed && page->site->address != NULL)
			g_string_append_printf(page->markup.out, "Sitemap: %s%s/sitemap.xml\n", page->site->address, page->site->prefix);
	}
	page->lasting = TRUE;
	return TRUE;
}

gboolean
page_about(struct page *page, GError **error)
{
	static const char *const when[] = {
	    [PAGE_RECEIVED] = "A letter stands here as soon as it has been received and read.",
	    [PAGE_DAY_LATER] = "A letter stands here a day after it was received, or as soon as a person released it.",
	    [PAGE_RELEASED] = "A letter stands here when a person has released it.",
	};
	struct markup *markup = &page->markup;

	if (page->json != NULL) {
		json_text(page, page->json, "title", page->site->title);
		json_put_text(page->json, "view", page->site->view == PAGE_STAFF ? "staff" : "public");
		return TRUE;
	}
	frame_begin(page, "About this archive", NULL);
	markup_add(markup,
	    "<div class=\"prose\">\n<h1>About this archive</h1>\n<p>Letters that the public sent in, filed by rules that people wrote and can change. "
	    "Each letter says why it is filed where it is, and shows the words that speak for it.</p>\n<p>");
	markup_add(markup, page->site->view == PAGE_STAFF ? "This is the view for staff: it shows everything." : when[page->site->when]);
	markup_add(markup, "</p>\n");
	if (page->site->view == PAGE_PUBLIC)
		markup_add(markup, "<p>What is held back, spam, and what machines wrote is not shown. Of addresses the name is left out. "
		                   "A letter that was removed leaves a note that it was there.</p>\n");
	markup_add(markup,
	    "<h2>For programs</h2>\n<p>Every page is there as JSON: its address with <code>.json</code> at the end. "
	    "Workstreams, topics and groups have an Atom feed: <code>.atom</code>. A letter\u2019s address is made from its content and stays.</p>\n");
	if (page->site->contact != NULL) {
		markup_add(markup, "<h2>Who to ask</h2>\n<p>About the archive, or to have something taken out of it: <a href=\"mailto:");
		markup_own(markup, page->site->contact);
		markup_add(markup, "\">");
		markup_own(markup, page->site->contact);
		markup_add(markup, "</a></p>\n");
	}
	markup_add(markup, "</div>\n");
	frame_end(page);
	return TRUE;
}
