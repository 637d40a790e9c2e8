/* What `rules diff` and `reclassify --dry-run` share: rule files named in several ways, and moves printed as they are found. */
#ifndef CMD_MOVES_H
#define CMD_MOVES_H

#include "cmd/app.h"
#include "intake/moves.h"

/* The rule files that NAME stands for, as a(ss): "kept" those in force in STORE, "configured" the configuration's, else files joined by ','.
 * They are checked. NULL with POSTBAG_ERROR_USAGE, POSTBAG_ERROR_DATA. *HASH (may be NULL) names the set; caller frees. */
GVariant *moves_rules(struct app *app, struct mailstore *store, const char *name, char **hash, GError **error);
/* Hands them to READER and waits until it has them. */
gboolean moves_give_rules(struct reader *reader, GVariant *files, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Prints each message that would move, and the totals. OLD NULL: what the index says. */
gboolean moves_print(struct app *app, struct index *index, struct reader *old, struct reader *new, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `rules eval`: ARGV from the word eval's place on has rule files. */
gboolean rules_eval(struct app *app, int argc, char **argv, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `rules suggest`: WORDS are a topic, if the first has no colon, and a query. */
gboolean rules_suggest(struct app *app, char **words, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `rules boilerplate`: lists what was learned. */
gboolean rules_boilerplate(struct app *app, int argc, char **argv, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
