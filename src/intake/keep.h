/* Rule files on their way into mail.db: read, packed, put in force. */
#ifndef INTAKE_KEEP_H
#define INTAKE_KEEP_H

#include "archive/mailstore.h"
#include "rules/ruleset.h"

/* Rule files at PATHS as an array of struct rule_source (named by path, so that errors name the file); NULL with the file's error. */
GPtrArray *keep_load_sources(const GPtrArray *paths, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SOURCES as a(ss) of base name and text, as mail.db and the reader take them; POSTBAG_ERROR_DATA when one is not UTF-8. And back. */
GVariant *keep_pack_rules(const GPtrArray *sources, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *keep_unpack_rules(GVariant *files);
/* The rules in force in STORE, one that files nothing when there are none; NULL with their error. */
struct ruleset *keep_load_ruleset(struct mailstore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether SOURCES are whole and right, every pattern compiled; POSTBAG_ERROR_DATA with file:line:column. */
gboolean keep_check_rules(const GPtrArray *sources, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* FILES (a(ss)) with HASH are the rules in force from now on, unless they are already, and so is the cache: a transaction of its own. */
gboolean keep_rules(struct mailstore *store, const char *hash, GVariant *files, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Bytes that others than root may still use on the file system of FOLDER; -1 when that cannot be told. */
gint64 keep_free_bytes(const char *folder);
/* Whether a message of SIZE bytes and LIMIT_ROOM fit there: SQLite's shared memory dies of a full disk (SIGBUS) instead of saying so, so that what might not
 * fit is not tried. POSTBAG_ERROR_TEMPORARY. */
gboolean keep_check_room(const char *folder, gint64 size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the archive's own bytes of RAW's content, which STORE has already, are whole now, so that this copy is not needed; within a transaction. Says so on
 * standard error when they were mended by it. POSTBAG_ERROR_DAMAGED when they are not whole and this copy cannot mend them. */
gboolean keep_check_known(struct mailstore *store, const struct raw_message *raw, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether FAILURE, of a message that did not fit into FOLDER, is no reason to leave smaller ones: false when not even an empty one would fit. */
gboolean keep_others_may_fit(const char *folder, const GError *failure);

#endif
