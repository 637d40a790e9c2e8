#include "cmd/report.h"

const char *const report_comments_tables[] = {"contributors", "comments", NULL};

gboolean
report_comments(struct app *app, const struct report_request *request, struct archive *archive, GError **error)
{
	return app_usage(error, "report comments: not there yet");
}
