#include "pages/private.h"

#include "base/clock.h"
#include "base/limits.h"
#include "find/lists.h"

#include <string.h>

#define SHOWN 8 /* new letters, and of those that await an answer */

struct overview {
	struct chart all;
	GArray *charts;         /* of struct chart, one for each of WORKSTREAMS */
	GPtrArray *workstreams; /* of struct target, not owned */
	GPtrArray *fresh, *awaiting;
	gint64 total, n_awaiting;
};

static void
overview_clear(struct overview *overview)
{
	g_clear_pointer(&overview->charts, g_array_unref);
	g_clear_pointer(&overview->workstreams, g_ptr_array_unref);
	g_clear_pointer(&overview->fresh, g_ptr_array_unref);
	g_clear_pointer(&overview->awaiting, g_ptr_array_unref);
}

typedef struct overview Overview;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Overview, overview_clear)

static gboolean
load_workstreams(struct page *page, struct overview *overview, GError **error)
{
	overview->charts = g_array_new(FALSE, FALSE, sizeof(struct chart));
	overview->workstreams = g_ptr_array_new();
	for (guint i = 0; i < page->targets->len; i++) {
		struct target *target = g_ptr_array_index(page->targets, i);
		struct place place = {"workstream", target->id};
		struct chart chart;

		if (strcmp(target->type, "workstream") != 0)
			continue;
		if (!chart_load(page, &place, &chart, error))
			return FALSE;
		if (!target->current && chart.total == 0)
			continue;
		g_array_append_val(overview->charts, chart);
		g_ptr_array_add(overview->workstreams, target);
	}
	return TRUE;
}

static gboolean
load(struct page *page, struct overview *overview, GError **error)
{
	g_autoptr(GArray) fresh = NULL, awaiting = NULL;

	return chart_load(page, NULL, &overview->all, error) && chart_total(page, &overview->total, error) && load_workstreams(page, overview, error) &&
	       (fresh = pages_arrived(page->index, &page->audience, SHOWN, error)) != NULL &&
	       (overview->fresh = page_rows(page, fresh, FALSE, error)) != NULL &&
	       (awaiting = pages_awaiting(page->index, &page->audience, NULL, SHOWN, &overview->n_awaiting, error)) != NULL &&
	       (overview->awaiting = page_rows(page, awaiting, FALSE, error)) != NULL;
}

static void
add_figures(struct page *page, const struct overview *overview)
{
	struct markup *markup = &page->markup;

	markup_add(markup, "<ul class=\"figures\">\n<li><b>");
	page_number(page, overview->total);
	markup_add(markup, overview->total == LIMIT_PAGE_COUNTED ? " or more</b> " : "</b> ");
	markup_add(markup, overview->total == 1 ? "letter in the archive</li>\n<li><b>" : "letters in the archive</li>\n<li><b>");
	page_number(page, overview->all.counts[CHART_WEEKS - 1]);
	markup_add(markup, "</b> in the week of ");
	markup_date(markup, overview->all.from[CHART_WEEKS - 1]);
	markup_add(markup, "</li>\n<li><b>");
	page_number(page, overview->n_awaiting);
	markup_add(markup, overview->n_awaiting == LIST_COUNTED ? " or more</b> await an answer</li>\n</ul>\n"
	                   : overview->n_awaiting == 1          ? "</b> awaits an answer</li>\n</ul>\n"
	                                                        : "</b> await an answer</li>\n</ul>\n");
}

static void
add_workstream(struct page *page, const struct target *target, const struct chart *chart, gint64 most)
{
	struct markup *markup = &page->markup;
	g_autofree char *path = markup_place("workstream", target->id);
	gint64 now = chart->counts[CHART_WEEKS - 1], before = chart->counts[CHART_WEEKS - 2];

	markup_format(markup, "<tr>\n<th scope=\"row\"><a class=\"stream %s\"", listing_colour(page, "workstream", target->id));
	markup_href(markup, path, "");
	markup_add(markup, "><span class=\"id\">");
	markup_isolated(markup, target->id, 24);
	markup_add(markup, "</span> ");
	markup_isolated(markup, target->title, 120);
	markup_add(markup, "</a></th>\n<td class=\"bars\">");
	chart_small(page, chart, most, listing_colour(page, "workstream", target->id));
	markup_add(markup, "</td>\n<td class=\"n\">");
	page_number(page, now);
	if (now != before) {
		markup_format(markup, " <span class=\"change\">%s", now > before ? "+" : "\u2212");
		page_number(page, now > before ? now - before : before - now);
		markup_add(markup, "</span>");
	}
	markup_add(markup, "</td>\n<td class=\"n\">");
	page_number(page, chart->total);
	markup_add(markup, "</td>\n</tr>\n");
}

static void
add_workstreams(struct page *page, const struct overview *overview)
{
	gint64 most = 1;

	if (overview->workstreams->len == 0)
		return;
	for (guint i = 0; i < overview->charts->len; i++)
		most = MAX(most, g_array_index(overview->charts, struct chart, i).most);
	markup_add(&page->markup, "<section aria-labelledby=\"workstreams\">\n<h2 id=\"workstreams\">By workstream</h2>\n<div class=\"scroll\" role=\"group\" "
	                          "aria-labelledby=\"workstreams\" tabindex=\"0\">\n<table class=\"streams\">\n<thead><tr><th scope=\"col\">Workstream</th>");
	markup_format(&page->markup,
	    "<th scope=\"col\">%d weeks</th><th scope=\"col\" class=\"n\">Newest week</th><th scope=\"col\" class=\"n\">In %d "
	    "weeks</th></tr></thead>\n<tbody>\n",
	    CHART_WEEKS, CHART_WEEKS);
	for (guint i = 0; i < overview->workstreams->len; i++)
		add_workstream(page, g_ptr_array_index(overview->workstreams, i), &g_array_index(overview->charts, struct chart, i), most);
	markup_add(&page->markup, "</tbody>\n</table>\n</div>\n</section>\n");
}

static void
add_list(struct page *page, const char *id, const char *heading, const GPtrArray *rows, const char *none, const char *more_path, const char *more)
{
	markup_format(&page->markup, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, heading);
	if (rows->len == 0)
		markup_format(&page->markup, "<p class=\"quiet\">%s</p>\n", none);
	else
		listing_add(page, rows, 3);
	if (more_path != NULL) {
		markup_add(&page->markup, "<p class=\"further\"><a href=\"");
		markup_own(&page->markup, more_path);
		markup_format(&page->markup, "\">%s</a></p>\n", more);
	}
	markup_add(&page->markup, "</section>\n");
}

static gboolean
add_html(struct page *page, const struct overview *overview, GError **error)
{
	static const struct place all = {NULL, NULL};
	g_autofree char *letters = markup_path(page->site, "/all", "");
	g_autofree char *search = markup_path(page->site, "/search", "");
	g_autofree char *unanswered = g_strconcat(search, "?q=is:unanswered", NULL);

	frame_begin(page, page->site->title, "/all");
	markup_add(&page->markup, "<div class=\"intro\">\n<h1>What came in</h1>\n");
	add_figures(page, overview);
	markup_add(&page->markup, "</div>\n");
	chart_add(page, &overview->all, "Letters by week");
	add_workstreams(page, overview);
	markup_add(&page->markup, "<div class=\"two\">\n");
	add_list(page, "new", "New", overview->fresh, "Nothing has come in yet.", letters, "All letters");
	add_list(page, "awaiting", "Awaiting an answer, oldest first", overview->awaiting, "Nobody waits for an answer.",
	    page->site->fixed || overview->n_awaiting <= SHOWN ? NULL : unanswered, "All that await an answer");
	markup_add(&page->markup, "</div>\n");
	if (!listing_months(page, &all, 0, error))
		return FALSE;
	frame_end(page);
	return TRUE;
}

gboolean
page_overview(struct page *page, GError **error)
{
	g_auto(Overview) overview = {0};
	struct json *list;

	if (!load(page, &overview, error))
		return FALSE;
	if (page->json == NULL)
		return add_html(page, &overview, error);
	json_text(page, page->json, "title", page->site->title);
	json_put_number(page->json, "letters", overview.total);
	json_put_number(page->json, "awaiting", overview.n_awaiting);
	json_put(page->json, "weeks", chart_json(&overview.all));
	list = json_new_array();
	for (guint i = 0; i < overview.workstreams->len; i++) {
		const struct target *target = g_ptr_array_index(overview.workstreams, i);
		struct json *object = json_new_object();

		json_text(page, object, "id", target->id);
		json_text(page, object, "title", target->title);
		json_put(object, "weeks", chart_json(&g_array_index(overview.charts, struct chart, i)));
		json_add(list, object);
	}
	json_put(page->json, "workstreams", list);
	json_rows(page, "new", overview.fresh);
	json_rows(page, "awaiting_an_answer", overview.awaiting);
	return TRUE;
}
