#include <stdio.h>

#include "cmd/report.h"
#include "report/weekly.h"

const char *const report_weekly_tables[] = {"letters", "numbers", "awaiting", "topics", NULL};

gboolean
report_weekly(struct app *app, const struct report_request *request, struct archive *archive, GError **error)
{
	const struct weekly_options options = {.window = request->window,
	    .title = app->conf->title != NULL ? app->conf->title : "Public input",
	    .workstream = request->workstream,
	    .link = request->link,
	    .zone = app->zone};
	g_autoptr(Weekly) weekly = NULL;
	g_autofree char *text = NULL;

	if (request->has_window && !request->given.is_weekly)
		return app_usage(error, "report weekly: it is about a week: --weekly=2019-02-12 names the one that has that day");
	weekly = weekly_build(archive->store, archive->index, &options, error);
	if (weekly == NULL)
		return FALSE;
	text = app->format == FORMAT_JSON   ? weekly_print_json(weekly)
	       : app->format == FORMAT_HTML ? weekly_print_html(weekly)
	       : app->format == FORMAT_CSV  ? weekly_print_csv(weekly, request->table)
	                                    : weekly_print_text(weekly);
	fputs(text, stdout);
	return TRUE;
}
