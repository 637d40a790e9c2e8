/* [query NAME] of postbag.conf(5): queries that are kept under a name, for "saved:NAME". */
#ifndef BASE_CONF_QUERY_H
#define BASE_CONF_QUERY_H

#include "base/sections.h"

struct saved_query {
	char *name;
	char *text;  /* postbag-query(7), not yet looked at; NULL until its entry was read */
	char *title; /* or NULL */
	char *file;
	guint line; /* of the section */
	struct section_break *breaks;
	guint n_breaks;
};

struct saved_query *saved_query_new(const char *name, const char *file, guint line);
void saved_query_free(struct saved_query *saved);
/* One entry of such a section. POSTBAG_ERROR_DATA with file:line:column. */
gboolean saved_query_entry(struct saved_query *saved, const struct section_entry *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What has to be there when all entries were read. */
gboolean saved_query_finish(const struct saved_query *saved, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "FILE:LINE:COLUMN" of the text's character COLUMN, from 1. Caller frees. */
char *saved_query_place(const struct saved_query *saved, guint column);
/* That of QUERIES (of struct saved_query, may be NULL) called NAME, or NULL. */
const struct saved_query *saved_query_find(const GPtrArray *queries, const char *name);

#endif
