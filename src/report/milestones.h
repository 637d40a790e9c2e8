/* Milestones: what was planned and what came of it, and what came in around each. The rules in force say which there are (postbag-rules(5)). */
#ifndef REPORT_MILESTONES_H
#define REPORT_MILESTONES_H

#include "archive/mailstore.h"
#include "find/activity.h"
#include "find/rows.h"
#include "intake/milestones.h"

struct milestones_options {
	const char *title, *workstream, *link; /* WORKSTREAM and LINK may be NULL */
	gint64 now;
	guint days; /* how long before each is looked at */
	GTimeZone *zone;
};
struct milestones;
/* Outside a transaction. POSTBAG_ERROR_USAGE for a workstream that does not exist. */
struct milestones *milestones_build(
    struct mailstore *store, struct index *index, const struct milestones_options *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void milestones_free(struct milestones *milestones);
typedef struct milestones Milestones;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Milestones, milestones_free)

/* Caller frees. */
char *milestones_print_text(const struct milestones *milestones);
char *milestones_print_html(const struct milestones *milestones);
char *milestones_print_csv(const struct milestones *milestones);
char *milestones_print_json(const struct milestones *milestones);

#endif
