/* Numbers over the whole archive, for status. */
#ifndef FIND_TOTALS_H
#define FIND_TOTALS_H

#include "archive/index.h"

struct totals {
	gint64 messages, deliveries, unread, held, unfiled, unanswered;
};
gboolean totals_load(struct index *index, struct totals *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
