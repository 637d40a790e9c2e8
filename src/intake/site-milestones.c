#include "intake/site-milestones.h"

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

GPtrArray *
site_milestones(const struct conf *conf, GError **error)
{
	g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)site_milestone_free);
	g_autofree char *hash = NULL;
	g_autoptr(GError) failure = NULL;
	g_autoptr(GPtrArray) sources = site_rules(conf, &hash, &failure);
	g_autoptr(Ruleset) ruleset = sources != NULL ? ruleset_new(sources, &failure) : NULL;
	const GPtrArray *found = ruleset != NULL ? ruleset_milestones(ruleset) : NULL;

	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return NULL;
	}
	for (guint i = 0; found != NULL && i < found->len; i++) {
		const struct rule_milestone *one = g_ptr_array_index(found, i);
		struct site_milestone *milestone = g_new0(struct site_milestone, 1);

		milestone->id = g_strdup(one->id);
		milestone->title = g_strdup(one->title);
		milestone->planned_from = one->planned_from;
		milestone->planned_to = one->planned_to;
		milestone->actual_from = one->actual_from;
		milestone->actual_to = one->actual_to;
		g_ptr_array_add(out, milestone);
	}
	g_ptr_array_sort(out, by_date);
	return g_steal_pointer(&out);
}
