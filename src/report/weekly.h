/* What a rapporteur reads out in the week's call: numbers, the letters worth telling of, what awaits an answer and what got one. */
#ifndef REPORT_WEEKLY_H
#define REPORT_WEEKLY_H

#include "archive/mailstore.h"
#include "base/clock.h"
#include "find/rows.h"

struct weekly_options {
	struct time_window window; /* a week */
	const char *title;
	const char *workstream, *link; /* or NULL */
	GTimeZone *zone;
};
struct weekly;
/* Outside a transaction. POSTBAG_ERROR_USAGE for a workstream that does not exist. */
struct weekly *weekly_build(struct mailstore *store, struct index *index, const struct weekly_options *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weekly_free(struct weekly *weekly);
typedef struct weekly Weekly;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Weekly, weekly_free)

/* Caller frees, as all that follow. TABLE: "letters" (NULL too), "numbers", "awaiting" or "topics". */
char *weekly_print_text(const struct weekly *weekly);
char *weekly_print_html(const struct weekly *weekly);
char *weekly_print_csv(const struct weekly *weekly, const char *table);
char *weekly_print_json(const struct weekly *weekly);

#endif
