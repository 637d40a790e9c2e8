/* What was planned of a review and what came of it, as a rule file tells: plain data for those who never see rules. */
#ifndef BASE_SITE_MILESTONE_H
#define BASE_SITE_MILESTONE_H

#include <glib.h>

struct site_milestone {
	char *id, *title;                                        /* never NULL */
	gint64 planned_from, planned_to, actual_from, actual_to; /* 0: not given; _to exclusive */
};
void site_milestone_free(struct site_milestone *milestone);

#endif
