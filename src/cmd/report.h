/* postbag report: what its reports share, and one function for each, in a file src/cmd/report-NAME.c of its own. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include "base/clock.h"
#include "cmd/app.h"
#include "cmd/digest-window.h"

struct report_request {                  /* what the options ask for; strings may be NULL */
	struct digest_window given;      /* which time */
	char *workstream, *table, *link; /* LINK is checked: an address with {id} */
	char *close, *document;          /* of the comments: a date or a milestone, and the document that they are about */
	char *by;                        /* activity: by what it counts */
	int days;                        /* milestones: how long before each; 0: not given */

	/* made by cmd_report before a report is called */
	struct time_window window; /* [from, to); FROM 0: from the beginning */
	char *label;               /* of the window; NULL: it has no name of its own */
	gboolean has_window;       /* an option asked for it; else it is the report's own: report_kind.fallback */
};

struct report_kind {
	const char *name;
	const char *summary;
	enum window_fallback fallback;
	const char *const *tables; /* what --table may name, NULL-terminated; NULL: it has no tables to choose from */
	/* Prints the report of REQUEST, from ARCHIVE, in app->format. FALSE with ERROR set when it failed. */
	gboolean (*run)(struct app *app, const struct report_request *request, struct archive *archive, GError **error);
};

gboolean report_comments(struct app *app, const struct report_request *request, struct archive *archive, GError **error);
extern const char *const report_comments_tables[];
gboolean report_weekly(struct app *app, const struct report_request *request, struct archive *archive, GError **error);
extern const char *const report_weekly_tables[];
gboolean report_activity(struct app *app, const struct report_request *request, struct archive *archive, GError **error);
gboolean report_milestones(struct app *app, const struct report_request *request, struct archive *archive, GError **error);

#endif
