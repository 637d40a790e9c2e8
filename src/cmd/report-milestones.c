#include <stdio.h>

#include "cmd/report.h"
#include "report/milestones.h"

#define DAYS_BEFORE 14 /* people prepare for two weeks */
#define DAYS_MOST 366

gboolean
report_milestones(struct app *app, const struct report_request *request, struct archive *archive, GError **error)
{
	const struct milestones_options options = {.title = app->conf->title != NULL ? app->conf->title : "Public input",
	    .workstream = request->workstream,
	    .link = request->link,
	    .now = app->now,
	    .days = request->days > 0 ? (guint)request->days : DAYS_BEFORE,
	    .zone = app->zone};
	g_autoptr(Milestones) milestones = NULL;
	g_autofree char *text = NULL;

	if (request->days < 0 || request->days > DAYS_MOST)
		return app_usage(error, "report milestones: --days %d: expected 1 to %d", request->days, DAYS_MOST);
	if (request->has_window)
		return app_usage(error, "report milestones: it is about all milestones, and has no window of time");
	milestones = milestones_build(archive->store, archive->index, &options, error);
	if (milestones == NULL)
		return FALSE;
	text = app->format == FORMAT_JSON   ? milestones_print_json(milestones)
	       : app->format == FORMAT_HTML ? milestones_print_html(milestones)
	       : app->format == FORMAT_CSV  ? milestones_print_csv(milestones)
	                                    : milestones_print_text(milestones);
	fputs(text, stdout);
	return TRUE;
}
