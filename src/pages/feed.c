#include "pages/private.h"

#include "base/clock.h"

#include <string.h>

#define ENTRIES 40

/* The whole address of a page where the site knows its own, else its path. */
static void
add_address(struct page *page, const char *path, const char *ending)
{
	g_autofree char *whole = markup_path(page->site, path, ending);

	if (page->site->address != NULL)
		markup_own(&page->markup, page->site->address);
	markup_own(&page->markup, whole);
}

/* A name for the feed or a letter that stays when the site moves (RFC 4287 section 4.2.6): the letter's id is made of its content. */
static void
add_id(struct page *page, const char *what, const char *id)
{
	markup_format(&page->markup, "<id>urn:postbag:%s:", what);
	markup_own(&page->markup, id);
	markup_add(&page->markup, "</id>\n");
}

static void
add_moment(struct page *page, const char *element, gint64 t)
{
	g_autofree char *iso = clock_iso(t);

	markup_format(&page->markup, "<%s>%s</%s>\n", element, iso, element);
}

static void
add_categories(struct page *page, const struct message_row *row)
{
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		markup_add(&page->markup, "<category term=\"");
		markup_text(&page->markup, filing->id);
		markup_format(&page->markup, "\" scheme=\"urn:postbag:%s\"/>\n", filing->type);
	}
}

static void
add_entry(struct page *page, const struct message_row *row)
{
	struct markup *markup = &page->markup;
	g_autofree char *path = g_strconcat("/message/", row->public_id, NULL);
	const char *name = row->author_name != NULL && *row->author_name != '\0' ? row->author_name : row->author_address;

	markup_add(markup, "<entry>\n");
	add_id(page, "message", row->public_id);
	markup_add(markup, "<title>");
	markup_line(markup, message_row_subject(row), 200);
	markup_add(markup, "</title>\n");
	add_moment(page, "published", row->date_effective);
	add_moment(page, "updated", row->received);
	markup_add(markup, "<author><name>");
	markup_line(markup, name != NULL && *name != '\0' ? name : "(no author)", 80);
	markup_add(markup, "</name></author>\n<link rel=\"alternate\" type=\"text/html\" href=\"");
	add_address(page, path, "");
	markup_add(markup, "\"/>\n");
	add_categories(page, row);
	if (row->gist != NULL && *row->gist != '\0') {
		markup_add(markup, "<summary type=\"text\">");
		markup_line(markup, row->gist, 400);
		markup_add(markup, "</summary>\n");
	}
	markup_add(markup, "</entry>\n");
}

static void
add_feed(struct page *page, const char *title, const char *base, const GPtrArray *rows)
{
	struct markup *markup = &page->markup;
	gint64 updated = 0;

	for (guint i = 0; i < rows->len; i++)
		updated = MAX(updated, ((const struct message_row *)g_ptr_array_index(rows, i))->received);
	markup_add(markup, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	add_id(page, "feed", base);
	markup_add(markup, "<title>");
	markup_line(markup, page->site->title, 100);
	if (title != NULL) {
		markup_add(markup, ": ");
		markup_line(markup, title, 200);
	}
	markup_add(markup, "</title>\n");
	add_moment(page, "updated", updated);
	markup_add(markup, "<link rel=\"self\" type=\"application/atom+xml\" href=\"");
	add_address(page, base, ".atom");
	markup_add(markup, "\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"");
	add_address(page, base, "");
	markup_add(markup, "\"/>\n");
	for (guint i = 0; i < rows->len; i++)
		add_entry(page, g_ptr_array_index(rows, i));
	markup_add(markup, "</feed>\n");
}

gboolean
page_feed(struct page *page, GError **error)
{
	const struct place place = {page->route->type, page->route->id};
	const struct target *target = place.id != NULL ? targets_find(page->targets, place.type, place.id) : NULL;
	g_autofree char *base = markup_place(place.type, place.id);
	g_autoptr(GArray) numbers = NULL;
	g_autoptr(GPtrArray) rows = NULL;

	page->type = "application/atom+xml; charset=utf-8";
	if (place.id != NULL && target == NULL) {
		page_sentence(page, 404, "Not found", "There is no such feed.");
		return TRUE;
	}
	numbers = place.type == NULL ? pages_arrived(page->index, &page->audience, ENTRIES, error)
	                             : pages_list(page->index, &page->audience, &place, NULL, TRUE, 0, ENTRIES, error);
	rows = numbers != NULL ? page_rows(page, numbers, FALSE, error) : NULL;
	if (rows == NULL)
		return FALSE;
	add_feed(page, target != NULL ? target->title : place.type != NULL ? "Filed under no workstream" : NULL, base, rows);
	return TRUE;
}
