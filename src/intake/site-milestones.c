#include "intake/site-milestones.h"

#include "intake/keep.h"
#include "intake/site.h"
#include "rules/ruleset.h"

#include <string.h>

static gint64
begin_of(const struct site_milestone *milestone)
{
	return milestone->actual_from != 0 ? milestone->actual_from : milestone->planned_from;
}

static gint
by_date(gconstpointer a, gconstpointer b)
{
	const struct site_milestone *left = *(const struct site_milestone *const *)a, *right = *(const struct site_milestone *const *)b;

	return begin_of(left) != begin_of(right) ? (begin_of(left) < begin_of(right) ? -1 : 1) : strcmp(left->id, right->id);
}

/* The configured rules; broken ones are no reason to forget what the last good ones said, which STORE (or NULL) keeps. *ERROR is set where they are broken and
 * something is returned all the same. */
static struct ruleset *
load_rules(const struct conf *conf, struct mailstore *store, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *hash = NULL;
	g_autoptr(GPtrArray) sources = site_rules(conf, &hash, &reason);
	g_autoptr(Ruleset) ruleset = sources != NULL ? ruleset_new(sources, &reason) : NULL;

	if (reason == NULL)
		return g_steal_pointer(&ruleset);
	ruleset = store != NULL ? keep_load_ruleset(store, NULL) : NULL;
	g_propagate_error(error, g_steal_pointer(&reason));
	return g_steal_pointer(&ruleset);
}

/* The title of the current taxonomy. Caller frees. */
static char *
title_of(const struct ruleset *ruleset)
{
	const GPtrArray *taxonomies = ruleset_taxonomies(ruleset);
	const char *tab = taxonomies->len > 0 ? strchr(g_ptr_array_index(taxonomies, 0), '\t') : NULL;

	return tab != NULL && tab[1] != '\0' ? g_strdup(tab + 1) : NULL;
}

gboolean
site_milestones(const struct conf *conf, struct mailstore *store, GPtrArray **out, char **title, GError **error)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)site_milestone_free);
	g_autoptr(GError) reason = NULL;
	g_autoptr(Ruleset) ruleset = load_rules(conf, store, &reason);
	const GPtrArray *found = ruleset != NULL ? ruleset_milestones(ruleset) : NULL;

	*title = ruleset != NULL ? title_of(ruleset) : NULL;
	for (guint i = 0; found != NULL && i < found->len; i++) {
		const struct rule_milestone *one = g_ptr_array_index(found, i);
		struct site_milestone *milestone = g_new0(struct site_milestone, 1);

		milestone->id = g_strdup(one->id);
		milestone->title = g_strdup(one->title);
		milestone->planned_from = one->planned_from;
		milestone->planned_to = one->planned_to;
		milestone->actual_from = one->actual_from;
		milestone->actual_to = one->actual_to;
		g_ptr_array_add(list, milestone);
	}
	g_ptr_array_sort(list, by_date);
	*out = reason == NULL || ruleset != NULL ? g_steal_pointer(&list) : NULL;
	if (reason == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

char *
site_title(const struct conf *conf, const char *of_rules, const char *folder)
{
	g_autofree char *name = g_path_get_basename(folder);

	return g_strdup(conf->web.title != NULL ? conf->web.title : conf->title != NULL ? conf->title : of_rules != NULL ? of_rules : name);
}
