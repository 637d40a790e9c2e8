#include "pages/private.h"

#include "base/clock.h"
#include "base/limits.h"

#include <string.h>

#define DAY 86400
#define AROUND 14 /* days before a milestone that are shown with it */

/* A day or the days from FROM up to TO. */
static void
add_span(struct page *page, gint64 from, gint64 to)
{
	markup_date(&page->markup, from);
	if (to <= from + DAY + 7200) /* of a day of 25 hours too */
		return;
	markup_add(&page->markup, "\u2013");
	markup_date(&page->markup, to - 1);
}

static gint64
begin_of(const struct site_milestone *milestone)
{
	return milestone->actual_from != 0 ? milestone->actual_from : milestone->planned_from;
}

static void
add_dates(struct page *page, const struct site_milestone *milestone)
{
	if (milestone->actual_from != 0)
		add_span(page, milestone->actual_from, milestone->actual_to);
	if (milestone->planned_from == 0)
		return;
	markup_add(&page->markup, milestone->actual_from != 0 ? " <span class=\"quiet\">(planned " : "<span class=\"quiet\">planned ");
	add_span(page, milestone->planned_from, milestone->planned_to);
	markup_add(&page->markup, milestone->actual_from != 0 ? ")</span>" : "</span>");
}

static void
add_item(struct page *page, const struct site_milestone *milestone)
{
	g_autofree char *path = markup_place("milestone", milestone->id);
	gboolean ahead = begin_of(milestone) > page->request->now;

	markup_format(&page->markup, "<li%s><p class=\"when\">", ahead ? " class=\"ahead\"" : "");
	add_dates(page, milestone);
	markup_add(&page->markup, "</p><p><a");
	markup_href(&page->markup, path, "");
	markup_add(&page->markup, ">");
	markup_isolated(&page->markup, milestone->title, 200);
	markup_add(&page->markup, "</a></p></li>\n");
}

static struct json *
to_json(struct page *page, const struct site_milestone *milestone)
{
	struct json *object = json_new_object();

	json_text(page, object, "id", milestone->id);
	json_text(page, object, "title", milestone->title);
	json_time(object, "planned_from", milestone->planned_from);
	json_time(object, "planned_to", milestone->planned_to);
	json_time(object, "from", milestone->actual_from);
	json_time(object, "to", milestone->actual_to);
	return object;
}

static gboolean
add_all(struct page *page)
{
	const GPtrArray *milestones = page->site->milestones;

	if (page->json != NULL) {
		struct json *list = json_new_array();

		for (guint i = 0; milestones != NULL && i < milestones->len; i++)
			json_add(list, to_json(page, g_ptr_array_index(milestones, i)));
		json_put(page->json, "milestones", list);
		return TRUE;
	}
	frame_begin(page, "Milestones", NULL);
	markup_add(&page->markup, "<div class=\"intro\"><h1>Milestones</h1>\n<p class=\"quiet\">What was planned, and what came of it. Each leads to the "
	                          "letters of its time.</p></div>\n");
	if (milestones == NULL || milestones->len == 0)
		markup_add(&page->markup, "<p class=\"quiet\">The rules name none.</p>\n");
	else {
		markup_add(&page->markup, "<ol class=\"line\">\n");
		for (guint i = 0; i < milestones->len; i++)
			add_item(page, g_ptr_array_index(milestones, i));
		markup_add(&page->markup, "</ol>\n");
	}
	frame_end(page);
	return TRUE;
}

/* From two weeks before it to its end. */
struct time_window
page_milestone_window(const struct site_milestone *milestone)
{
	return (struct time_window){begin_of(milestone) - AROUND * DAY, milestone->actual_from != 0 ? milestone->actual_to : milestone->planned_to};
}

static gboolean
add_one(struct page *page, const struct site_milestone *milestone, const struct site_milestone *before, const struct site_milestone *after, GError **error)
{
	struct time_window window = page_milestone_window(milestone);
	static const struct place all = {NULL, NULL};
	g_autoptr(GArray) numbers = pages_list(page->index, &page->audience, &all, &window, TRUE, 0, LIMIT_PAGE_MONTH, error);
	g_autoptr(GPtrArray) rows = numbers != NULL ? page_rows(page, numbers, FALSE, error) : NULL;
	const struct site_milestone *const beside[] = {before, after};

	if (rows == NULL)
		return FALSE;
	if (page->json != NULL) {
		json_put(page->json, "milestone", to_json(page, milestone));
		json_rows(page, "letters", rows);
		return TRUE;
	}
	frame_begin(page, milestone->title, NULL);
	markup_add(&page->markup, "<div class=\"intro\">\n<p class=\"eyebrow\">Milestone, ");
	add_dates(page, milestone);
	markup_add(&page->markup, "</p>\n<h1>");
	markup_line(&page->markup, milestone->title, 200);
	markup_add(&page->markup, "</h1>\n</div>\n<section aria-labelledby=\"letters\">\n");
	markup_format(&page->markup, "<h2 id=\"letters\">%s</h2>\n",
	    rows->len == LIMIT_PAGE_MONTH ? "The last letters until then" : "Letters of the two weeks before and of its days");
	if (rows->len > 0)
		listing_add(page, rows, 3);
	else
		markup_add(&page->markup, "<p class=\"quiet\">Nobody wrote then.</p>\n");
	markup_add(&page->markup, "</section>\n<nav class=\"turn\" aria-label=\"Milestones\">\n");
	for (guint i = 0; i < G_N_ELEMENTS(beside); i++) {
		g_autofree char *path = beside[i] != NULL ? markup_place("milestone", beside[i]->id) : NULL;

		if (path == NULL)
			continue;
		markup_add(&page->markup, "<a");
		markup_href(&page->markup, path, "");
		markup_add(&page->markup, i == 0 ? ">Before: " : ">After: ");
		markup_isolated(&page->markup, beside[i]->title, 60);
		markup_add(&page->markup, "</a>\n");
	}
	markup_add(&page->markup, "</nav>\n");
	frame_end(page);
	return TRUE;
}

gboolean
page_milestone(struct page *page, GError **error)
{
	const GPtrArray *milestones = page->site->milestones;

	if (page->route->id == NULL)
		return add_all(page);
	for (guint i = 0; milestones != NULL && i < milestones->len; i++) {
		const struct site_milestone *milestone = g_ptr_array_index(milestones, i);

		g_autofree char *name = route_name(milestone->id);

		if (strcmp(name, page->route->id) == 0)
			return add_one(page, milestone, i > 0 ? g_ptr_array_index(milestones, i - 1) : NULL,
			    i + 1 < milestones->len ? g_ptr_array_index(milestones, i + 1) : NULL, error);
	}
	return page_missing(page);
}
