#include "pages/private.h"

#include "base/clock.h"
#include "base/limits.h"

#include <string.h>

#define WEEK_UNITS 10 /* of the drawing's width */
#define BAR_UNITS 8
#define HEIGHT 100
#define SMALL_HEIGHT 24

struct remembered {
	gint64 numbers[CHART_WEEKS];
};

/* What was counted of KEY, or room for it; *FOUND tells which. What is remembered is forgotten after a while, and when the index changes; but where counting
 * reads every letter it may be as old as that. */
static struct remembered *
recall(struct page *page, const char *key, gboolean *found)
{
	struct page_archive *archive = page->archive;
	gint64 age = page->request->now - archive->remembered, version = 0;
	gboolean changed = pages_counts_quickly(&page->audience) && (!pages_version(page->index, &version, NULL) || version != archive->version);
	struct remembered *memory;

	if (age < 0 || age >= page->site->memory || changed) {
		g_hash_table_remove_all(archive->memory);
		archive->remembered = page->request->now;
		archive->version = version;
	}
	memory = g_hash_table_lookup(archive->memory, key);
	*found = memory != NULL;
	if (memory != NULL)
		return memory;
	if (g_hash_table_size(archive->memory) >= LIMIT_PAGE_REMEMBERED)
		g_hash_table_remove_all(archive->memory);
	memory = g_new0(struct remembered, 1);
	g_hash_table_insert(archive->memory, g_strdup(key), memory);
	return memory;
}

static void
forget(struct page *page, const char *key)
{
	g_hash_table_remove(page->archive->memory, key);
}

/* The week that a chart ends with: this one, or the last that anything was written in when that was long ago. */
static gboolean
last_week(struct page *page, struct time_window *out, GError **error)
{
	gint64 newest = 0;
	struct time_window now = clock_week(page->request->now, 0, page->site->zone);

	if (!pages_newest(page->index, &page->audience, &newest, error))
		return FALSE;
	*out = newest != 0 && newest < clock_before(now, CHART_WEEKS / 2, page->site->zone).from ? clock_week(newest, 0, page->site->zone) : now;
	return TRUE;
}

gboolean
chart_load(struct page *page, const struct place *place, struct chart *out, GError **error)
{
	g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autofree char *key =
	    g_strdup_printf("%s %s", place != NULL && place->type != NULL ? place->type : "", place != NULL && place->id != NULL ? place->id : "");
	struct time_window last;
	struct remembered *memory;
	gboolean found;

	*out = (struct chart){0};
	if (!last_week(page, &last, error))
		return FALSE;
	for (guint i = 0; i < CHART_WEEKS; i++)
		out->from[i] = clock_before(last, CHART_WEEKS - 1 - (int)i, page->site->zone).from;
	out->from[CHART_WEEKS] = last.to;
	g_array_append_vals(edges, out->from, CHART_WEEKS + 1);
	memory = recall(page, key, &found);
	if (!found && !pages_weeks(page->index, &page->audience, place, edges, memory->numbers, error)) {
		forget(page, key);
		return FALSE;
	}
	for (guint i = 0; i < CHART_WEEKS; i++) {
		out->counts[i] = memory->numbers[i];
		out->total += out->counts[i];
		out->most = MAX(out->most, out->counts[i]);
	}
	return TRUE;
}

gboolean
chart_total(struct page *page, gint64 *out, GError **error)
{
	gboolean found;
	struct remembered *memory = recall(page, "total", &found);

	if (!found && !pages_count(page->index, &page->audience, NULL, NULL, LIMIT_PAGE_COUNTED, &memory->numbers[0], error)) {
		forget(page, "total");
		return FALSE;
	}
	*out = memory->numbers[0];
	return TRUE;
}

/* A round number not below MOST, for the scale. */
static gint64
scale_of(gint64 most)
{
	static const int steps[] = {1, 2, 4, 5, 10};
	gint64 unit = 1;

	for (;;) {
		for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
			if (steps[i] * unit >= most)
				return MAX(steps[i] * unit, 2);
		unit *= 10;
	}
}

static void
add_bars(struct page *page, const struct chart *chart, gint64 most, guint height, gboolean titles)
{
	for (guint i = 0; i < CHART_WEEKS; i++) {
		guint bar = most > 0 ? (guint)(chart->counts[i] * height / most) : 0;

		if (chart->counts[i] > 0 && bar < 2)
			bar = 2;
		if (bar == 0)
			continue;
		markup_format(&page->markup, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\">", i * WEEK_UNITS + 1, height - bar, BAR_UNITS, bar);
		if (titles) {
			g_autofree char *date = clock_format(chart->from[i], page->site->zone, "%-d %b %Y");

			markup_format(&page->markup, "<title>week of %s: %" G_GINT64_FORMAT "</title>", date, chart->counts[i]);
		}
		markup_add(&page->markup, "</rect>");
	}
}

static void
add_numbers(struct page *page, const struct chart *chart)
{
	for (guint i = 0; i < CHART_WEEKS; i++)
		markup_format(&page->markup, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", chart->counts[i]);
}

/* When MILESTONE was, or was to be, in the weeks of CHART; 0: not in these. */
static gint64
moment_in(const struct site_milestone *milestone, const struct chart *chart)
{
	gint64 at = milestone->actual_from != 0 ? milestone->actual_from : milestone->planned_from;

	return at >= chart->from[0] && at < chart->from[CHART_WEEKS] ? at : 0;
}

/* As lines through the drawing. */
static void
add_milestones(struct page *page, const struct chart *chart)
{
	for (guint i = 0; page->site->milestones != NULL && i < page->site->milestones->len; i++) {
		const struct site_milestone *milestone = g_ptr_array_index(page->site->milestones, i);
		gint64 at = moment_in(milestone, chart), width = chart->from[CHART_WEEKS] - chart->from[0];

		if (at == 0)
			continue;
		markup_format(&page->markup, "<path class=\"milestone\" d=\"M%" G_GINT64_FORMAT " 0V%u\"><title>",
		    (at - chart->from[0]) * CHART_WEEKS * WEEK_UNITS / width, HEIGHT);
		markup_line(&page->markup, milestone->title, 100);
		markup_add(&page->markup, "</title></path>");
	}
}

/* What the lines are, for those who cannot point at them. */
static void
name_milestones(struct page *page, const struct chart *chart)
{
	guint shown = 0;

	for (guint i = 0; page->site->milestones != NULL && i < page->site->milestones->len; i++) {
		const struct site_milestone *milestone = g_ptr_array_index(page->site->milestones, i);
		g_autofree char *path = markup_place("milestone", milestone->id);

		if (moment_in(milestone, chart) == 0)
			continue;
		markup_add(&page->markup, shown++ == 0 ? "<p class=\"quiet\">Dashed: <a" : " \u00b7 <a");
		markup_href(&page->markup, path, "");
		markup_add(&page->markup, ">");
		markup_isolated(&page->markup, milestone->title, 60);
		markup_add(&page->markup, "</a>");
	}
	markup_add(&page->markup, shown > 0 ? "</p>\n" : "");
}

/* No letters stand in the drawing itself, which is stretched to the room that there is. */
void
chart_add(struct page *page, const struct chart *chart, const char *what)
{
	gint64 scale = scale_of(chart->most);

	markup_add(&page->markup, "<figure class=\"chart\">\n<figcaption>");
	markup_own(&page->markup, what);
	markup_add(&page->markup, ", the week that began on ");
	markup_date(&page->markup, chart->from[0]);
	markup_add(&page->markup, " to that of ");
	markup_date(&page->markup, chart->from[CHART_WEEKS - 1]);
	markup_add(&page->markup, "</figcaption>\n<div class=\"plot\">\n");
	markup_format(&page->markup,
	    "<p class=\"scale\" aria-hidden=\"true\"><span>%" G_GINT64_FORMAT "</span><span>%" G_GINT64_FORMAT "</span><span>0</span></p>\n", scale, scale / 2);
	markup_format(&page->markup, "<svg viewBox=\"0 0 %u %u\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"", CHART_WEEKS * WEEK_UNITS, HEIGHT);
	markup_own(&page->markup, what);
	markup_add(&page->markup, ": ");
	add_numbers(page, chart);
	markup_format(&page->markup, "\"><path class=\"grid\" d=\"M0 .5H%u M0 50H%u M0 99.5H%u\"/>", CHART_WEEKS * WEEK_UNITS, CHART_WEEKS * WEEK_UNITS,
	    CHART_WEEKS * WEEK_UNITS);
	add_bars(page, chart, scale, HEIGHT, TRUE);
	add_milestones(page, chart);
	markup_add(&page->markup, "</svg>\n</div>\n");
	name_milestones(page, chart);
	markup_add(&page->markup, "</figure>\n");
}

void
chart_small(struct page *page, const struct chart *chart, gint64 most, const char *colour)
{
	markup_format(&page->markup, "<svg class=\"small %s\" viewBox=\"0 0 %u %u\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"by week: ", colour,
	    CHART_WEEKS * WEEK_UNITS, SMALL_HEIGHT);
	add_numbers(page, chart);
	markup_format(&page->markup, "\"><path class=\"grid\" d=\"M0 %u.5H%u\"/>", SMALL_HEIGHT - 1, CHART_WEEKS * WEEK_UNITS);
	add_bars(page, chart, most, SMALL_HEIGHT, FALSE);
	markup_add(&page->markup, "</svg>");
}

struct json *
chart_json(const struct chart *chart)
{
	struct json *weeks = json_new_array();

	for (guint i = 0; i < CHART_WEEKS; i++) {
		struct json *week = json_new_object();

		json_time(week, "from", chart->from[i]);
		json_put_number(week, "letters", chart->counts[i]);
		json_add(weeks, week);
	}
	return weeks;
}
