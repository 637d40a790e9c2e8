#include "pages/private.h"

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

char *
page_id(const GPtrArray *targets, const char *type, const char *name)
{
	for (guint i = 0; strchr(name, '~') != NULL && i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);
		g_autofree char *written = strcmp(target->type, type) == 0 ? route_name(target->id) : NULL;

		if (g_strcmp0(written, name) == 0)
			return g_strdup(target->id);
	}
	return g_strdup(name);
}
