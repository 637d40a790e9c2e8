/* Bytes -> mail.db, or the emergency spool: what makes the answer "kept" true. */
#ifndef INTAKE_KEEP_H
#define INTAKE_KEEP_H

#include "archive/mailstore.h"
#include "base/rawmessage.h"

/* The rules in force become FILES (a(ss)) with HASH, in the transaction that is open, unless they are already. */
gboolean keep_rules(struct mailstore *store, const char *hash, GVariant *files, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Rule files at PATHS as an array of struct rule_source (named by path, so that errors name the file); NULL with the file's error. */
GPtrArray *keep_load_sources(const GPtrArray *paths, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Rule files at PATHS as a(ss) of base name and text, and their hash; NULL with the file's error. */
GVariant *keep_load_rules(const GPtrArray *paths, char **hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the rule files at PATHS are whole and right; POSTBAG_ERROR_DATA with file:line:column. */
gboolean keep_check_rules(const GPtrArray *paths, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
