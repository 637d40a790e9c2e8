#include "pages/private.h"

#include "base/clock.h"
#include "base/limits.h"

#include <string.h>

/* Paths once each, in the order in which they were found: the strings are LIST's. */
struct paths {
	GPtrArray *list;
	GHashTable *seen;
};

static void
add(struct paths *paths, char *path)
{
	if (g_hash_table_contains(paths->seen, path)) {
		g_free(path);
		return;
	}
	g_hash_table_add(paths->seen, path);
	g_ptr_array_add(paths->list, path);
}

static struct paths
paths_new(void)
{
	return (struct paths){g_ptr_array_new_with_free_func(g_free), g_hash_table_new(g_str_hash, g_str_equal)};
}

/* PLACE's own page, and the month of a message of DATE: all of the month's pages, for a new letter moves those behind it. */
static gboolean
add_place(struct paths *paths, struct index *index, const struct page_site *site, const struct audience *audience, const struct place *place, gint64 date,
    GError **error)
{
	struct time_window month = clock_month(date, 0, site->zone);
	g_autofree char *base = markup_place(place->type, place->id);
	g_autofree char *name = clock_format(date, site->zone, "%Y-%m");
	gint64 count = 0;

	if (!pages_count(index, audience, place, &month, LIMIT_PAGE_COUNTED, &count, error))
		return FALSE;
	add(paths, g_strdup(base));
	add(paths, g_strconcat(base, "/", name, NULL));
	for (guint i = 2; (gint64)(i - 1) * LIMIT_PAGE_MONTH < count; i++)
		add(paths, g_strdup_printf("%s/%s/%u", base, name, i));
	return TRUE;
}

static gboolean
is_place(const char *type)
{
	static const char *const types[] = {"workstream", "topic", "group", "intent", "region", NULL};

	return g_strv_contains(types, type);
}

static gboolean
add_milestones(struct paths *paths, const struct page_site *site)
{
	for (guint i = 0; site->milestones != NULL && i < site->milestones->len; i++)
		add(paths, markup_place("milestone", ((const struct site_milestone *)g_ptr_array_index(site->milestones, i))->id));
	return TRUE;
}

/* The pages of those that stand beside ROW in its thread and its campaign name it. */
static gboolean
add_kin(struct paths *paths, struct index *index, const struct audience *audience, const struct message_row *row, GError **error)
{
	g_autoptr(GArray) thread = pages_thread(index, audience, row->thread, LIMIT_PAGE_THREAD, error);
	g_autoptr(GArray) campaign = thread != NULL ? pages_campaign(index, audience, row->campaign, LIMIT_PAGE_CAMPAIGN, error) : NULL;
	const GArray *const both[] = {thread, campaign};
	static const char *const pages[] = {"/thread/", "/campaign/"};

	if (campaign == NULL)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(both); i++) {
		for (guint j = 0; j < both[i]->len && both[i]->len > 1; j++) {
			g_autoptr(MessageRow) other = message_row_load(index, g_array_index(both[i], gint64, j), FALSE, error);

			if (other == NULL)
				return FALSE;
			add(paths, g_strconcat("/message/", other->public_id, NULL));
			add(paths, g_strconcat(pages[i], other->public_id, NULL));
		}
	}
	return TRUE;
}

GPtrArray *
page_paths_of(struct index *index, const struct page_site *site, gint64 message, gint64 now, GError **error)
{
	struct audience audience = page_audience(site, now);
	struct paths paths = paths_new();
	g_autoptr(GHashTable) seen = paths.seen;
	g_autoptr(GPtrArray) list = paths.list;
	g_autoptr(MessageRow) row = message_row_load(index, message, FALSE, error);
	static const struct place all = {NULL, NULL}, unfiled = {"unfiled", NULL};

	if (row == NULL)
		return NULL;
	add(&paths, g_strdup("/"));
	add(&paths, g_strconcat("/message/", row->public_id, NULL));
	add(&paths, g_strconcat("/thread/", row->public_id, NULL));
	if (!add_kin(&paths, index, &audience, row, error) || !add_place(&paths, index, site, &audience, &all, row->date_effective, error) ||
	    !add_place(&paths, index, site, &audience, &unfiled, row->date_effective, error))
		return NULL;
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		const struct place place = {filing->type, filing->id};

		if (is_place(filing->type) && !add_place(&paths, index, site, &audience, &place, row->date_effective, error))
			return NULL;
	}
	return add_milestones(&paths, site) ? g_steal_pointer(&list) : NULL;
}

GPtrArray *
page_paths_always(struct index *index, const struct page_site *site, gint64 now, GError **error)
{
	static const char *const fixed[] = {"/", "/style.css", "/icon.svg", "/robots.txt", "/about", "/all", "/unfiled", "/workstreams", "/topics", "/groups",
	    "/intents", "/regions", "/milestones"};
	g_autoptr(GPtrArray) targets = targets_load(index, error);
	struct paths paths = paths_new();
	g_autoptr(GHashTable) seen = paths.seen;
	g_autoptr(GPtrArray) list = paths.list;

	if (targets == NULL)
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
		add(&paths, g_strdup(fixed[i]));
	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);

		if (is_place(target->type))
			add(&paths, markup_place(target->type, target->id));
	}
	return add_milestones(&paths, site) ? g_steal_pointer(&list) : NULL;
}
