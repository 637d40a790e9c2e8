#include "pages/private.h"

#include "base/clock.h"
#include "base/limits.h"

#include <string.h>

#define NEWEST 50

static const struct {
	const char *type, *one, *many;
} kinds[] = {
    {"workstream", "Workstream", "Workstreams"},
    {"topic", "Topic", "Topics"},
    {"group", "Group", "Groups"},
    {"intent", "Intent", "Intents"},
    {"region", "Region", "Regions"},
};

static gsize
kind_of(const char *type)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_strcmp0(kinds[i].type, type) == 0)
			return i;
	return 0;
}

struct listed {
	struct place place;
	const struct target *target; /* or NULL */
	const char *title;
	struct time_window window; /* of a month */
	gboolean month;
	GPtrArray *rows;
	gint64 count;         /* of the month */
	const GArray *leaves; /* of a month among files */
	guint leaf;           /* the number of the one that is shown; leaves->len: the list of them */
};

/* Of a month in files, which has pieces in the place of numbered pages; a piece that there is not has no letters. */
static gboolean
load_leaf(struct page *page, struct listed *listed, GError **error)
{
	g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GArray) numbers = NULL;
	struct time_window window;
	const struct page_leaf *leaf;
	const char *name = page->route->leaf != NULL ? page->route->leaf : "";

	listed->leaves = page_leaves(page->archive, page->site, &listed->place, page->route->year, page->route->month, page->request->now, error);
	if (listed->leaves == NULL)
		return FALSE;
	while (listed->leaf < listed->leaves->len && strcmp(g_array_index(listed->leaves, struct page_leaf, listed->leaf).name, name) != 0)
		listed->leaf++;
	for (guint i = 0; i < listed->leaves->len; i++)
		listed->count += g_array_index(listed->leaves, struct page_leaf, i).count;
	if (listed->leaf < listed->leaves->len && page->route->number == 1) {
		leaf = &g_array_index(listed->leaves, struct page_leaf, listed->leaf);
		window = (struct time_window){leaf->from, leaf->to};
		numbers = pages_list(page->index, &page->audience, &listed->place, &window, FALSE, leaf->skip, leaf->count, error);
		if (numbers == NULL)
			return FALSE;
	}
	listed->rows = page_rows(page, numbers != NULL ? numbers : none, FALSE, error);
	return listed->rows != NULL;
}

/* Is it the page of a month that leads to its pieces? */
static gboolean
is_list(const struct page *page, const struct listed *listed)
{
	return listed->leaves != NULL && page->route->leaf == NULL && page->route->number == 1 && page_leaves_split(listed->leaves);
}

static gboolean
load_rows(struct page *page, struct listed *listed, GError **error)
{
	if (listed->month && page->site->fixed)
		return load_leaf(page, listed, error);
	guint skip = listed->month ? (page->route->number - 1) * LIMIT_PAGE_MONTH : 0;
	g_autoptr(GArray) numbers = pages_list(page->index, &page->audience, &listed->place, listed->month ? &listed->window : NULL, !listed->month, skip,
	    listed->month ? LIMIT_PAGE_MONTH : NEWEST, error);

	return numbers != NULL && (listed->rows = page_rows(page, numbers, FALSE, error)) != NULL &&
	       (!listed->month || pages_count(page->index, &page->audience, &listed->place, &listed->window, LIMIT_PAGE_COUNTED, &listed->count, error));
}

static void
set_month(struct page *page, struct listed *listed)
{
	g_autoptr(GDateTime) first = NULL;

	listed->month = page->route->year != 0;
	if (!listed->month)
		return;
	first = g_date_time_new(page->site->zone, (gint)page->route->year, (gint)page->route->month, 15, 12, 0, 0);
	listed->window = clock_month(first != NULL ? g_date_time_to_unix(first) : 0, 0, page->site->zone);
}

/* Among files each month has its letters as a mailbox too. */
static void
add_mbox(struct page *page)
{
	g_autofree char *path = g_strdup_printf("/mbox/%04u-%02u", page->route->year, page->route->month);

	markup_add(&page->markup, " \u00b7 <a");
	markup_href(&page->markup, path, ".mbox.gz");
	markup_add(&page->markup, ">The month as a mailbox for mail programs</a>");
}

/* "8\u201314 February 2019", "12 February 2019, 09:00 to 10:00". Caller frees. */
static char *
leaf_title(const struct page *page, const struct page_leaf *leaf, gboolean year)
{
	GTimeZone *zone = page->site->zone;
	g_autofree char *from = clock_format(leaf->from, zone, year ? "%-d %B %Y" : "%-d %B"),
	                *to = clock_format(leaf->to - 1, zone, year ? "%-d %B %Y" : "%-d %B");
	g_autofree char *day = clock_format(leaf->from, zone, "%-d"), *hour = clock_format(leaf->from, zone, "%H:%M");
	g_autofree char *end = clock_format(leaf->to, zone, "%H:%M");

	if (strchr(leaf->name, 'h') == NULL)
		return strcmp(from, to) == 0 ? g_steal_pointer(&from) : g_strdup_printf("%s\u2013%s", day, to);
	return leaf->skip == 0 ? g_strdup_printf("%s, %s to %s", from, hour, end)
	                       : g_strdup_printf("%s, %s to %s, page %u", from, hour, end, leaf->skip / LIMIT_PAGE_MONTH + 1);
}

static char *
leaf_path(const struct page *page, const struct listed *listed, const struct page_leaf *leaf)
{
	g_autofree char *base = markup_place(listed->place.type, listed->place.id);

	return g_strdup_printf("%s/%04u-%02u/%s", base, page->route->year, page->route->month, leaf->name);
}

/* A line for each week or day; a day of hours has them in its line. */
static void
add_leaves(struct page *page, const struct listed *listed)
{
	g_autofree char *before = NULL;

	markup_add(&page->markup, "<div class=\"months\">\n<dl>\n");
	for (guint i = 0; i < listed->leaves->len; i++) {
		const struct page_leaf *leaf = &g_array_index(listed->leaves, struct page_leaf, i);
		gboolean hour = strchr(leaf->name, 'h') != NULL;
		g_autofree char *day = hour ? clock_format(leaf->from, page->site->zone, "%-d %B") : leaf_title(page, leaf, FALSE);
		g_autofree char *clock = clock_format(leaf->from, page->site->zone, "%H:%M");
		g_autofree char *path = leaf_path(page, listed, leaf);

		if (g_strcmp0(day, before) != 0)
			markup_format(&page->markup, "%s<dt>%s</dt><dd>", before != NULL ? "</dd>\n" : "", day);
		markup_add(&page->markup, "<span><a");
		markup_href(&page->markup, path, "");
		if (!hour)
			markup_format(
			    &page->markup, ">%u letter%s<span class=\"hidden\"> of %s</span></a></span> ", leaf->count, leaf->count == 1 ? "" : "s", day);
		else if (leaf->skip == 0)
			markup_format(
			    &page->markup, "><span class=\"hidden\">%s, </span>%s</a> <span class=\"quiet\">%u</span></span> ", day, clock, leaf->count);
		else
			markup_format(&page->markup, "><span class=\"hidden\">%s, %s, </span>page %u</a> <span class=\"quiet\">%u</span></span> ", day, clock,
			    leaf->skip / LIMIT_PAGE_MONTH + 1, leaf->count);
		g_free(before);
		before = g_steal_pointer(&day);
	}
	markup_add(&page->markup, "</dd>\n</dl>\n</div>\n");
}

/* From one piece of the month to those beside it, and to the month. */
static void
add_beside(struct page *page, const struct listed *listed)
{
	static const char *const relations[] = {"prev", "next"}, *const labels[] = {"Earlier", "Later"};
	g_autofree char *base = markup_place(listed->place.type, listed->place.id);
	g_autofree char *month = g_strdup_printf("%s/%04u-%02u", base, page->route->year, page->route->month);
	g_autofree char *name = clock_format(listed->window.from, page->site->zone, "%B %Y");

	markup_add(&page->markup, "<nav class=\"turn\" aria-label=\"This month\">\n");
	for (guint i = 0; i < 2; i++) {
		guint at = i == 0 ? listed->leaf - 1 : listed->leaf + 1; /* far beyond the last where there is none before */

		if (at < listed->leaves->len) {
			const struct page_leaf *leaf = &g_array_index(listed->leaves, struct page_leaf, at);
			g_autofree char *title = leaf_title(page, leaf, FALSE), *path = leaf_path(page, listed, leaf);

			markup_format(&page->markup, "<a rel=\"%s\"", relations[i]);
			markup_href(&page->markup, path, "");
			markup_format(&page->markup, "><span class=\"label\">%s</span> %s</a>\n", labels[i], title);
		}
		if (i == 0) {
			markup_add(&page->markup, "<a rel=\"up\"");
			markup_href(&page->markup, month, "");
			markup_format(&page->markup, "><span class=\"label\">All of</span> %s</a>\n", name);
		}
	}
	markup_add(&page->markup, "</nav>\n");
}

/* "February 2019", "8\u201314 February 2019"; NULL: the newest of all months. Caller frees. */
static char *
time_title(const struct page *page, const struct listed *listed)
{
	if (page->route->leaf != NULL)
		return leaf_title(page, &g_array_index(listed->leaves, struct page_leaf, listed->leaf), TRUE);
	return listed->month ? clock_format(listed->window.from, page->site->zone, "%B %Y") : NULL;
}

/* "Cranes, February 2019, page 2": no two pages of a browser's history or a search engine's list are called the same. Caller frees. */
static char *
page_title(const struct page *page, const struct listed *listed)
{
	g_autofree char *time = time_title(page, listed);
	g_autofree char *number = page->route->number > 1 ? g_strdup_printf(", page %u", page->route->number) : g_strdup("");

	return g_strconcat(listed->title, time != NULL ? ", " : "", time != NULL ? time : "", number, NULL);
}

/* "Cranes", and above it what that is. */
static void
add_heading(struct page *page, const struct listed *listed)
{
	struct markup *markup = &page->markup;
	gboolean piece = page->route->leaf != NULL;
	g_autofree char *month = time_title(page, listed);
	g_autofree char *base = markup_place(listed->place.type, listed->place.id);

	markup_format(markup, "<div class=\"intro %s\">\n", listing_colour(page, listed->place.type, listed->place.id));
	if (listed->place.id != NULL) {
		const char *parent = listed->target != NULL ? listed->target->parent : NULL;
		g_autofree char *above = parent != NULL ? markup_place("workstream", parent) : NULL;

		markup_format(markup, "<p class=\"eyebrow\">%s ", kinds[kind_of(listed->place.type)].one);
		markup_isolated(markup, listed->place.id, 60);
		if (above != NULL) {
			markup_add(markup, " of <a");
			markup_href(markup, above, "");
			markup_add(markup, ">");
			markup_isolated(markup, parent, 60);
			markup_add(markup, "</a>");
		}
		markup_add(markup, "</p>\n");
	}
	markup_add(markup, "<h1>");
	markup_line(markup, listed->title, 200);
	if (month != NULL)
		markup_format(markup, ", %s", month);
	markup_add(markup, "</h1>\n");
	if (!listed->month) {
		markup_add(markup, "<p class=\"quiet\"><a");
		markup_href(markup, base, ".atom");
		markup_add(markup, " type=\"application/atom+xml\">Follow by feed</a></p>\n");
	}
	if (listed->target != NULL && !listed->target->current)
		markup_add(markup, "<p class=\"quiet\">No longer in use: earlier letters are still filed here.</p>\n");
	if (listed->month) {
		markup_add(markup, "<p class=\"quiet\">");
		page_number(page, piece ? listed->rows->len : listed->count);
		markup_add(markup, (piece ? listed->rows->len : listed->count) == 1 ? " letter, <a"
		                   : is_list(page, listed)                          ? " letters. <a"
		                                                                    : " letters, oldest first. <a");
		markup_href(markup, base, "");
		markup_add(markup, ">The newest of all months</a>");
		if (page->site->fixed && listed->place.type == NULL && !piece)
			add_mbox(page);
		markup_add(markup, "</p>\n");
	}
	markup_add(markup, "</div>\n");
}

/* A workstream's topics, in the order of the rule file. */
static void
add_topics(struct page *page, const char *workstream)
{
	gboolean begun = FALSE;

	for (guint i = 0; i < page->targets->len; i++) {
		const struct target *target = g_ptr_array_index(page->targets, i);

		if (strcmp(target->type, "topic") != 0 || g_strcmp0(target->parent, workstream) != 0 || !target->current)
			continue;
		if (!begun)
			markup_add(
			    &page->markup, "<section aria-labelledby=\"topics\" class=\"topics\">\n<h2 id=\"topics\">Topics</h2>\n<ul class=\"chips\">\n");
		begun = TRUE;
		listing_chip(page, "topic", target->id, FALSE);
	}
	if (begun)
		markup_add(&page->markup, "</ul>\n</section>\n");
}

static void
add_turning(struct page *page, const struct listed *listed)
{
	g_autofree char *base = markup_place(listed->place.type, listed->place.id);
	guint pages = (guint)((listed->count + LIMIT_PAGE_MONTH - 1) / LIMIT_PAGE_MONTH);

	if (page->route->leaf != NULL)
		add_beside(page, listed);
	if (!listed->month || page->site->fixed || pages < 2)
		return;
	markup_add(&page->markup, "<nav class=\"turn\" aria-label=\"Pages of this month\">\n");
	for (guint i = 1; i <= pages; i++) {
		g_autofree char *path = i == 1 ? g_strdup_printf("%s/%04u-%02u", base, page->route->year, page->route->month)
		                               : g_strdup_printf("%s/%04u-%02u/%u", base, page->route->year, page->route->month, i);

		markup_add(&page->markup, "<a");
		markup_href(&page->markup, path, "");
		markup_format(&page->markup, "%s><span class=\"hidden\">Page </span>%u</a>\n", i == page->route->number ? " aria-current=\"page\"" : "", i);
	}
	markup_add(&page->markup, "</nav>\n");
}

static gboolean
add_place(struct page *page, const struct listed *listed, GError **error)
{
	g_autofree char *base = markup_place(listed->place.type, listed->place.id);
	g_autofree char *title = page_title(page, listed);
	struct chart chart;

	frame_begin(page, title, base);
	add_heading(page, listed);
	if (!listed->month && g_strcmp0(listed->place.type, "unfiled") != 0) {
		if (!chart_load(page, &listed->place, &chart, error))
			return FALSE;
		markup_format(&page->markup, "<div class=\"of %s\">\n", listing_colour(page, listed->place.type, listed->place.id));
		chart_add(page, &chart, "Letters by week");
		markup_add(&page->markup, "</div>\n");
	}
	if (!listed->month && g_strcmp0(listed->place.type, "workstream") == 0)
		add_topics(page, listed->place.id);
	markup_add(&page->markup, "<section aria-labelledby=\"letters\">\n");
	markup_format(&page->markup, "<h2 id=\"letters\">%s</h2>\n", listed->month ? "Letters" : listed->rows->len == NEWEST ? "The newest 50" : "Letters");
	if (is_list(page, listed))
		add_leaves(page, listed);
	else if (listed->rows->len > 0)
		listing_add(page, listed->rows, 3);
	else
		markup_add(&page->markup, "<p class=\"quiet\">Nothing here.</p>\n");
	add_turning(page, listed);
	markup_add(&page->markup, "</section>\n");
	if (!(page->site->fixed && listed->month) && !listing_months(page, &listed->place, listed->month ? listed->window.from : G_MININT64, error))
		return FALSE;
	frame_end(page);
	return TRUE;
}

static void
put_leaves(struct page *page, const struct listed *listed)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < listed->leaves->len; i++) {
		const struct page_leaf *leaf = &g_array_index(listed->leaves, struct page_leaf, i);
		struct json *object = json_new_object();

		json_put_text(object, "page", leaf->name);
		json_time(object, "from", leaf->from);
		json_time(object, "to", leaf->to);
		json_put_number(object, "count", leaf->count);
		json_add(list, object);
	}
	json_put(page->json, "pages", list);
}

static void
put_place(struct page *page, const struct listed *listed)
{
	json_put_text(page->json, "type", listed->place.type);
	json_put_text(page->json, "id", listed->place.id);
	json_text(page, page->json, "title", listed->title);
	if (listed->month) {
		const struct page_leaf *leaf = page->route->leaf != NULL ? &g_array_index(listed->leaves, struct page_leaf, listed->leaf) : NULL;

		json_time(page->json, "from", leaf != NULL ? leaf->from : listed->window.from);
		json_time(page->json, "to", leaf != NULL ? leaf->to : listed->window.to);
		json_put_number(page->json, "count", page->route->leaf != NULL ? listed->rows->len : listed->count);
		if (page->route->leaf != NULL)
			json_put_text(page->json, "page", page->route->leaf);
		else
			json_put_number(page->json, "page", page->route->number);
	}
	if (is_list(page, listed))
		put_leaves(page, listed);
	else
		json_rows(page, "letters", listed->rows);
}

gboolean
page_place(struct page *page, GError **error)
{
	struct listed listed = {.place = {page->route->type, page->route->id}};
	gboolean made = FALSE;

	if (listed.place.id != NULL) {
		listed.target = targets_find(page->targets, listed.place.type, listed.place.id);
		if (listed.target == NULL)
			return page_missing(page);
	}
	listed.title = listed.target != NULL ? listed.target->title : listed.place.type == NULL ? "All letters" : "Filed under no workstream";
	set_month(page, &listed);
	if (!load_rows(page, &listed, error))
		return FALSE;
	if (listed.month && ((listed.rows->len == 0 && !is_list(page, &listed)) || (page->route->leaf != NULL && !page->site->fixed)))
		made = page_missing(page);
	else if (page->json != NULL) {
		put_place(page, &listed);
		made = TRUE;
	} else
		made = add_place(page, &listed, error);
	g_ptr_array_unref(listed.rows);
	return made;
}

/* --- all workstreams, topics, groups ... */

static void
add_target(struct page *page, const struct target *target)
{
	g_autofree char *path = markup_place(target->type, target->id);

	markup_format(&page->markup, "<li class=\"%s\"><a", listing_colour(page, target->type, target->id));
	markup_href(&page->markup, path, "");
	markup_add(&page->markup, "><span class=\"id\">");
	markup_isolated(&page->markup, target->id, 60);
	markup_add(&page->markup, "</span> ");
	markup_isolated(&page->markup, target->title, 200);
	markup_add(&page->markup, "</a></li>\n");
}

/* Those of TYPE under PARENT (NULL: any), CURRENT ones or the others; their number. */
static guint
add_targets(struct page *page, const char *type, const char *parent, gboolean by_parent, gboolean current, const char *heading, guint level)
{
	guint n = 0;

	for (guint i = 0; i < page->targets->len; i++) {
		const struct target *target = g_ptr_array_index(page->targets, i);

		if (strcmp(target->type, type) != 0 || !target->current != !current || (by_parent && g_strcmp0(target->parent, parent) != 0))
			continue;
		if (n == 0 && heading != NULL) {
			markup_format(&page->markup, "<h%u>", level);
			markup_line(&page->markup, heading, 200);
			markup_format(&page->markup, "</h%u>\n", level);
		}
		markup_add(&page->markup, n == 0 ? "<ul class=\"index\">\n" : "");
		add_target(page, target);
		n++;
	}
	markup_add(&page->markup, n > 0 ? "</ul>\n" : "");
	return n;
}

static void
add_topics_by_workstream(struct page *page)
{
	for (guint i = 0; i < page->targets->len; i++) {
		const struct target *target = g_ptr_array_index(page->targets, i);

		if (strcmp(target->type, "workstream") == 0 && target->current)
			add_targets(page, "topic", target->id, TRUE, TRUE, target->title, 2);
	}
	add_targets(page, "topic", NULL, TRUE, TRUE, "Of no workstream", 2);
}

gboolean
page_places(struct page *page, GError **error)
{
	gsize kind = kind_of(page->route->type);
	guint n = 0;

	if (page->json != NULL) {
		struct json *list = json_new_array();

		for (guint i = 0; i < page->targets->len; i++) {
			const struct target *target = g_ptr_array_index(page->targets, i);
			struct json *object;

			if (strcmp(target->type, page->route->type) != 0)
				continue;
			object = json_new_object();
			json_text(page, object, "id", target->id);
			json_text(page, object, "title", target->title);
			json_text(page, object, "parent", target->parent);
			json_put_boolean(object, "current", target->current);
			json_add(list, object);
		}
		json_put(page->json, "places", list);
		return TRUE;
	}
	frame_begin(page, kinds[kind].many, "/all");
	markup_format(&page->markup, "<div class=\"intro\"><h1>%s</h1></div>\n", kinds[kind].many);
	if (strcmp(page->route->type, "topic") == 0)
		add_topics_by_workstream(page);
	else
		n = add_targets(page, page->route->type, NULL, FALSE, TRUE, NULL, 2);
	if (strcmp(page->route->type, "workstream") == 0) {
		g_autofree char *unfiled = markup_path(page->site, "/unfiled", "");

		markup_add(&page->markup, "<ul class=\"index\"><li class=\"w0\"><a href=\"");
		markup_own(&page->markup, unfiled);
		markup_add(&page->markup, "\">Filed under no workstream</a></li></ul>\n");
	} else if (n == 0 && strcmp(page->route->type, "topic") != 0)
		markup_add(&page->markup, "<p class=\"quiet\">The rules name none.</p>\n");
	add_targets(page, page->route->type, NULL, FALSE, FALSE, "Of earlier rules", 2);
	frame_end(page);
	return TRUE;
}
