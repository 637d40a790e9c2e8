/* Which time a digest or a report is about: what the options of `postbag digest` and `postbag report` say. */
#ifndef CMD_DIGEST_WINDOW_H
#define CMD_DIGEST_WINDOW_H

#include "cmd/app.h"
#include "report/digest.h"

enum window_fallback { WINDOW_DAY, WINDOW_WEEK, WINDOW_ALL }; /* when no option says: yesterday, the week that is over, all up to now */

struct digest_window { /* what the options ask for; NULL: not given */
	char *daily, *weekly, *monthly, *since, *until, *between, *issue;
	gboolean is_daily, is_weekly, is_monthly; /* these may be given without a date */
	const char *command;                      /* "digest", "report": named in errors */
	enum window_fallback fallback;
	const char *second; /* the milestone behind that of --between, when it stands as an argument */
	char *late;         /* found: what the span borrows */
};
void digest_window_clear(struct digest_window *window);

/* Reads a date and whether there is one into WINDOW, for the option NAME ("--daily"). */
void digest_window_read(struct digest_window *window, const char *name, const char *value);

/* Does an option say which time? */
gboolean digest_window_is_given(const struct digest_window *window);

/* What WINDOW stands for in *OUT, which WINDOW must outlive, and in *LABEL its name where it has one. POSTBAG_ERROR_USAGE, POSTBAG_ERROR_NO_INPUT. */
gboolean digest_window_find(
    struct digest_window *window, struct app *app, struct archive *archive, struct span *out, char **label, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
