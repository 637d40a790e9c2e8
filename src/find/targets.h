/* What messages can be filed under, as the index knows it from the rule files: ids, titles, addresses. */
#ifndef FIND_TARGETS_H
#define FIND_TARGETS_H

#include "archive/index.h"

struct target {
	char *type, *id, *title, *parent, *taxonomy, *route; /* parent, taxonomy and route may be NULL */
	gboolean current;
	gint64 position;
};

/* All targets, those in force first, in the order of the rule files. Array of struct target that frees its elements. */
GPtrArray *targets_load(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The target of that type and id, or NULL. */
const struct target *targets_find(const GPtrArray *targets, const char *type, const char *id);
/* Is there one, or nothing asked for (ID NULL)? POSTBAG_ERROR_USAGE with the nearest one. */
gboolean targets_check(const GPtrArray *targets, const char *type, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
