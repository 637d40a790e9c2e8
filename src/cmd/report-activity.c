#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "cmd/report.h"
#include "intake/sweep.h"
#include "report/activity.h"

static gboolean
check_by(const char *by, GError **error)
{
	g_autofree char *all = g_strjoinv(", ", (char **)activity_ways);

	return by == NULL || g_strv_contains(activity_ways, by) || app_usage(error, "report activity: --by %s: expected %s", by, all);
}

gboolean
report_activity(struct app *app, const struct report_request *request, struct archive *archive, GError **error)
{
	struct activity_options options = {.window = request->window,
	    .title = app->conf->title != NULL ? app->conf->title : "Public input",
	    .workstream = request->workstream,
	    .link = request->link,
	    .label = request->label,
	    .by = request->by,
	    .zone = app->zone};
	g_autoptr(GPtrArray) spools = app_spools(app, mailstore_folder(archive->store));
	g_autoptr(Activity) activity = NULL;
	g_autofree char *text = NULL;
	guint spooled;

	if (!check_by(request->by, error) || !sweep_waiting(archive->store, spools, options.window.from, options.window.to, &spooled, error))
		return FALSE;
	options.spooled = spooled;
	activity = activity_build(archive->store, archive->index, &options, error);
	if (activity == NULL)
		return FALSE;
	text = app->format == FORMAT_JSON   ? activity_print_json(activity)
	       : app->format == FORMAT_HTML ? activity_print_html(activity)
	       : app->format == FORMAT_CSV  ? activity_print_csv(activity)
	                                    : activity_print_text(activity);
	fputs(text, stdout);
	if (activity_difference(activity) == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_RECONCILE,
	    "the report does not reconcile: %" G_GINT64_FORMAT "; postbag sweep, or postbag rebuild, makes the index whole", activity_difference(activity));
	return FALSE;
}
