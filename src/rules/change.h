/*
 * What changed from one ruleset to another, so that messages filed by the first need not all be asked again: a rule that only one of the two has changes the
 * filing of none in which it cannot match.
 */
#ifndef RULES_CHANGE_H
#define RULES_CHANGE_H

#include "rules/ruleset.h"

struct change;

/* From BEFORE to AFTER. NULL: they differ in more than words (sections, conditions, rosters, mappings), and every message has to be asked. */
struct change *change_new(const struct ruleset *before, const struct ruleset *after);
void change_free(struct change *change);
typedef struct change Change;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Change, change_free)

/* No rule came or went: every message is filed as before. */
gboolean change_is_empty(const struct change *change);
/* FALSE when RECORD, which was classified by the ruleset before (without a limit met), is surely filed by the one after as it was then, but for the lines that
 * its evidence names. The record is settled for it. */
gboolean change_touches(const struct change *change, struct record *record);

/* Whether anything that both rulesets have stands on another line now; and where what stood on LINE of the file with the base name FILE stands. */
gboolean change_moves_lines(const struct change *change);
guint change_line_now(const struct change *change, const char *file, guint line);

#endif
