/* Rules that met a limit, by what their messages' remarks say: for status. */
#ifndef FIND_LIMITED_H
#define FIND_LIMITED_H

#include "archive/index.h"

struct limited_rule {
	char *rule; /* "file:line" */
	guint messages;
};

/* Of struct limited_rule, those with most messages first; NULL with an error. */
GPtrArray *limited_load(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
