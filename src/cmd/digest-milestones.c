#include "cmd/digest-milestones.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "rules/ruleset.h"

#define DAY (24 * 60 * 60)

static struct ruleset *
load_rules(struct mailstore *store, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *hash = NULL;
	g_autoptr(GVariant) files = mailstore_get_rules(store, NULL, &hash, &reason);
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return NULL;
	}
	for (gsize i = 0; files != NULL && i < g_variant_n_children(files); i++) {
		const char *name, *text;

		g_variant_get_child(files, i, "(&s&s)", &name, &text);
		g_ptr_array_add(sources, rule_source_new(name, text, -1));
	}
	return ruleset_new(sources, error);
}

static const struct rule_milestone *
find(const GPtrArray *milestones, const char *id)
{
	for (guint i = 0; i < milestones->len; i++) {
		const struct rule_milestone *milestone = g_ptr_array_index(milestones, i);

		if (g_ascii_strcasecmp(milestone->id, id) == 0)
			return milestone;
	}
	return NULL;
}

static gboolean
unknown(const GPtrArray *milestones, const char *id, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();
	g_autofree char *shown = text_escape(id, FALSE), *list = NULL;
	const char *nearest;

	for (guint i = 0; i < milestones->len; i++)
		g_ptr_array_add(ids, ((const struct rule_milestone *)g_ptr_array_index(milestones, i))->id);
	g_ptr_array_add(ids, NULL);
	nearest = text_nearest(id, (const char *const *)ids->pdata);
	list = g_strjoinv(", ", (char **)ids->pdata);
	if (milestones->len == 0)
		return app_usage(error, "digest: unknown milestone '%s'; the rules in force have no [milestone ...]", shown);
	if (nearest == NULL)
		return app_usage(error, "digest: unknown milestone '%s'; the rules have %s", shown, list);
	return app_usage(error, "digest: unknown milestone '%s'; did you mean '%s'? (the rules have %s)", shown, nearest, list);
}

/* The first moment after the last day of MILESTONE: its days are civil days, here those of ZONE. */
static gboolean
end_of(const struct rule_milestone *milestone, const struct app *app, gint64 *out, GError **error)
{
	gint64 to = milestone->actual_to != 0 ? milestone->actual_to : milestone->planned_to;
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *last = clock_format(to - DAY, utc, "%Y-%m-%d");
	struct time_window day;

	if (to == 0)
		return app_usage(error, "digest: the milestone '%s' has no date in the rules", milestone->id);
	if (!clock_parse(last, app->now, app->zone, &day, error))
		return FALSE;
	*out = day.to;
	return TRUE;
}

static char *
label_of(const struct rule_milestone *const ends[2], const struct time_window *window, GTimeZone *zone)
{
	g_autofree char *from = clock_format(window->from, zone, "%Y-%m-%d"), *to = clock_format(window->to - 1, zone, "%Y-%m-%d");

	return g_strdup_printf("%s%s to %s%s: %s to %s", ends[0]->id, ends[0]->actual_to == 0 ? " (planned)" : "", ends[1]->id,
	    ends[1]->actual_to == 0 ? " (planned)" : "", from, to);
}

static gboolean
wrong_order(const struct rule_milestone *const ends[2], const struct time_window *window, GTimeZone *zone, GError **error)
{
	g_autofree char *first = clock_format(window->from - 1, zone, "%Y-%m-%d"), *second = clock_format(window->to - 1, zone, "%Y-%m-%d");

	return app_usage(error, "digest: %s (until %s) is not before %s (until %s)%s", ends[0]->id, first, ends[1]->id, second,
	    window->from > window->to ? "; turn them about" : "");
}

gboolean
digest_milestones_find(
    const struct app *app, struct archive *archive, const char *first, const char *second, struct time_window *out, char **label, GError **error)
{
	g_auto(GStrv) names = second != NULL ? NULL : g_strsplit(first, strstr(first, "..") != NULL ? ".." : " to ", 2);
	const char *const ids[] = {second != NULL ? first : g_strstrip(names[0]), second != NULL ? second : names[1] != NULL ? g_strstrip(names[1]) : NULL};
	g_autoptr(Ruleset) ruleset = NULL;
	const struct rule_milestone *ends[2];
	gint64 ended[2];

	if (ids[1] == NULL || *ids[1] == '\0')
		return app_usage(error, "digest: --between takes two milestones, as --between %s LATER", *ids[0] != '\0' ? ids[0] : "EARLIER");
	ruleset = load_rules(archive->store, error);
	if (ruleset == NULL)
		return FALSE;
	for (int i = 0; i < 2; i++) {
		ends[i] = find(ruleset_milestones(ruleset), ids[i]);
		if (ends[i] == NULL)
			return unknown(ruleset_milestones(ruleset), ids[i], error);
		if (!end_of(ends[i], app, &ended[i], error))
			return FALSE;
	}
	*out = (struct time_window){ended[0], ended[1]};
	if (ended[0] >= ended[1])
		return wrong_order(ends, out, app->zone, error);
	if (ended[0] > app->now)
		return app_usage(error, "digest: %s is not over yet", ends[0]->id);
	*label = label_of(ends, out, app->zone);
	return TRUE;
}
