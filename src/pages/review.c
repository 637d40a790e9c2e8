#include "pages/private.h"

#include "find/decisions.h"
#include "report/decided.h"

#define SHOWN 50

static void
add_state(struct page *page, const char *id, const char *heading, const GPtrArray *rows, const char *none, const char *query)
{
	struct markup *markup = &page->markup;
	g_autofree char *path = markup_path(page->site, "/search", "");

	markup_format(markup, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, heading);
	if (rows->len == 0)
		markup_format(markup, "<p class=\"quiet\">%s</p>\n", none);
	else
		markup_add(markup, "<ol class=\"list\">\n");
	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);
		const char *why = row->held != NULL ? row->held : row->unread;
		struct markup extra = {NULL, page->site};
		g_autofree char *text = NULL;

		if (why != NULL) {
			extra.out = g_string_new("<p class=\"note held\">");
			markup_line(&extra, why, 300);
			markup_add(&extra, "</p>\n");
			text = g_string_free(extra.out, FALSE);
		}
		listing_item(page, row, 3, text);
	}
	markup_add(markup, rows->len > 0 ? "</ol>\n" : "");
	if (rows->len == SHOWN && query != NULL) {
		markup_add(markup, "<p class=\"further\"><a href=\"");
		markup_own(markup, path);
		markup_format(markup, "?q=%s\">All of them</a></p>\n", query);
	}
	markup_add(markup, "</section>\n");
}

static void
add_decisions(struct page *page, const GPtrArray *decisions)
{
	struct markup *markup = &page->markup;

	markup_add(markup, "<section class=\"history\" aria-labelledby=\"decisions\">\n<h2 id=\"decisions\">What people did last</h2>\n");
	markup_add(markup, decisions->len > 0 ? "<ol>\n" : "<p class=\"quiet\">Nothing yet.</p>\n");
	for (guint i = decisions->len; i > 0; i--) {
		const struct decision_row *row = g_ptr_array_index(decisions, i - 1);
		g_autofree char *words = decision_words(row, NULL, 200);
		g_autofree char *path = row->public_id != NULL ? g_strconcat("/message/", row->public_id, NULL) : NULL;

		markup_add(markup, "<li>");
		markup_moment(markup, row->at);
		markup_add(markup, " <b><bdi>");
		markup_line(markup, row->who != NULL ? row->who : "someone", 60);
		markup_add(markup, "</bdi></b> <bdi>");
		markup_line(markup, words, 200);
		markup_add(markup, "</bdi>");
		if (path != NULL) {
			markup_add(markup, " <a class=\"id\"");
			markup_href(markup, path, "");
			markup_add(markup, ">");
			markup_line(markup, row->public_id, 64);
			markup_add(markup, "</a>");
		}
		markup_add(markup, "</li>\n");
	}
	markup_add(markup, decisions->len > 0 ? "</ol>\n</section>\n" : "</section>\n");
}

/* Nothing of it is for the public, which does not even learn that it is there. */
gboolean
page_review(struct page *page, GError **error)
{
	static const enum pages_state states[] = {PAGES_HELD, PAGES_UNREAD, PAGES_SUGGESTED};
	g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
	g_autoptr(GPtrArray) decisions = NULL;

	if (page->site->view != PAGE_STAFF)
		return page_missing(page);
	for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
		g_autoptr(GArray) numbers = pages_in_state(page->index, states[i], SHOWN, error);
		GPtrArray *rows = numbers != NULL ? page_rows(page, numbers, FALSE, error) : NULL;

		if (rows == NULL)
			return FALSE;
		g_ptr_array_add(lists, rows);
	}
	decisions = decisions_last(page->index, SHOWN, error);
	if (decisions == NULL)
		return FALSE;
	if (page->json != NULL) {
		json_rows(page, "held", g_ptr_array_index(lists, 0));
		json_rows(page, "unread", g_ptr_array_index(lists, 1));
		json_rows(page, "suggested", g_ptr_array_index(lists, 2));
		json_put(page->json, "decisions", decisions_to_json(decisions));
		return TRUE;
	}
	frame_begin(page, "To review", NULL);
	markup_add(&page->markup,
	    "<div class=\"intro\"><h1>To review</h1>\n<p class=\"quiet\">Decisions are made with postbag(1): assign, release, hold, answered.</p></div>\n");
	add_state(page, "held", "Held", g_ptr_array_index(lists, 0), "Nothing is held.", "is:held");
	add_state(page, "unread", "Not read", g_ptr_array_index(lists, 1), "Every letter was read.", "is:unread");
	add_state(page, "suggested", "Filed only as a suggestion", g_ptr_array_index(lists, 2), "Nothing is only suggested.", "is:suggested");
	add_decisions(page, decisions);
	frame_end(page);
	return TRUE;
}
