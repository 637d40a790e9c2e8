/* The parts of `postbag check` that need more than the archive's two files. */
#ifndef CMD_CHECKS_H
#define CMD_CHECKS_H

#include "archive/check.h"
#include "cmd/app.h"
#include "intake/reader.h"

/* The configured rule files and their own tests. */
void check_configured_rules(const struct app *app, struct findings *findings);
/* What subscriptions name against the rules in force (INDEX; NULL: not looked at), and what [mail] names against the machine. */
void check_subscriptions(const struct app *app, struct index *index, struct findings *findings);
/* Whether each [query NAME] of the configuration can be asked. */
void check_saved_queries(const struct app *app, struct index *index, struct findings *findings);
/* Every ruleset in mail.db: whole, under its own hash, understood; and rules.cache against the one in force. */
gboolean check_kept_rules(struct mailstore *store, struct findings *findings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the configured SPOOL is on the archive FOLDER's file system. */
void check_device(const char *spool, const char *folder, struct findings *findings);
/* One spool, SPOOL, of the archive FOLDER. */
void check_spool(const char *spool, const char *folder, gint64 now, struct findings *findings);
/* Makes an index of its own from STORE, as far as INDEX has followed, and compares all tables. In $TMPDIR, from where it goes again. READER was started before
 * any file was open. */
gboolean check_derived(
    struct app *app, struct index *index, struct mailstore *store, struct reader *reader, struct findings *findings, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
