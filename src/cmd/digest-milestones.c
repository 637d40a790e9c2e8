#include "cmd/digest-milestones.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "intake/keep.h"
#include "intake/milestones.h"

static gboolean
unknown(const char *command, const GPtrArray *milestones, const char *id, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();
	g_autofree char *shown = text_escape(id, FALSE), *list = NULL;
	const char *nearest;

	for (guint i = 0; i < milestones->len; i++)
		g_ptr_array_add(ids, ((const struct milestone *)g_ptr_array_index(milestones, i))->id);
	g_ptr_array_add(ids, NULL);
	nearest = text_nearest(id, (const char *const *)ids->pdata);
	list = g_strjoinv(", ", (char **)ids->pdata);
	if (milestones->len == 0)
		return app_usage(error, "%s: unknown milestone '%s'; the rules in force have no [milestone ...]", command, shown);
	if (nearest == NULL)
		return app_usage(error, "%s: unknown milestone '%s'; the rules have %s", command, shown, list);
	return app_usage(error, "%s: unknown milestone '%s'; did you mean '%s'? (the rules have %s)", command, shown, nearest, list);
}

static char *
label_of(const struct milestone *const ends[2], const struct time_window *window, GTimeZone *zone)
{
	g_autofree char *from = clock_format(window->from, zone, "%Y-%m-%d"), *to = clock_format(window->to - 1, zone, "%Y-%m-%d");

	return g_strdup_printf("%s%s to %s%s: %s to %s", ends[0]->id, ends[0]->actual_from == 0 ? " (planned)" : "", ends[1]->id,
	    ends[1]->actual_from == 0 ? " (planned)" : "", from, to);
}

static gboolean
wrong_order(const char *command, const struct milestone *const ends[2], const struct time_window *window, GTimeZone *zone, GError **error)
{
	g_autofree char *first = clock_format(window->from - 1, zone, "%Y-%m-%d"), *second = clock_format(window->to - 1, zone, "%Y-%m-%d");

	return app_usage(error, "%s: %s (until %s) is not before %s (until %s)%s", command, ends[0]->id, first, ends[1]->id, second,
	    window->from > window->to ? "; turn them about" : "");
}

gboolean
digest_milestones_find(const struct app *app, struct archive *archive, const char *command, const char *first, const char *second, struct time_window *out,
    char **label, GError **error)
{
	g_auto(GStrv) names = second != NULL ? NULL : g_strsplit(first, strstr(first, "..") != NULL ? ".." : " to ", 2);
	const char *const ids[] = {second != NULL ? first : g_strstrip(names[0]), second != NULL ? second : names[1] != NULL ? g_strstrip(names[1]) : NULL};
	g_autoptr(Ruleset) ruleset = NULL;
	g_autoptr(GPtrArray) milestones = NULL;
	const struct milestone *ends[2];

	if (ids[1] == NULL || *ids[1] == '\0')
		return app_usage(error, "%s: --between takes two milestones, as --between %s LATER", command, *ids[0] != '\0' ? ids[0] : "EARLIER");
	if ((ruleset = keep_load_ruleset(archive->store, error)) == NULL)
		return FALSE;
	milestones = milestones_of(ruleset, app->now, app->zone);
	for (int i = 0; i < 2; i++) {
		ends[i] = milestones_find(milestones, ids[i]);
		if (ends[i] == NULL)
			return unknown(command, milestones, ids[i], error);
		if (ends[i]->day_to == 0)
			return app_usage(error, "%s: the milestone '%s' has no date in the rules", command, ends[i]->id);
	}
	*out = (struct time_window){ends[0]->to, ends[1]->to};
	if (out->from >= out->to)
		return wrong_order(command, ends, out, app->zone, error);
	if (out->from > app->now)
		return app_usage(error, "%s: %s is not over yet", command, ends[0]->id);
	*label = label_of(ends, out, app->zone);
	return TRUE;
}
