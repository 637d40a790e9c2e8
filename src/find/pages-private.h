/* Who may see a message, as conditions on its row. */
#ifndef FIND_PAGES_PRIVATE_H
#define FIND_PAGES_PRIVATE_H

#include "find/pages.h"

/* A message with the alias M that nobody but staff sees, so that what says the same says too much. */
#define SECRET(M) "(" M ".held IS NOT NULL OR " M ".kind = 'spam' OR " M ".redacted IS 'whole')"
#define RELEASED(M) "EXISTS (SELECT 1 FROM decision AS v WHERE v.message = " M ".message AND v.action = 'release' AND v.undone IS NULL)"
/* The message with the alias M may be seen by :staff, or by the public up to :before. A list's copy of what is held says the same as that, and so does the
 * original of a copy that is held. */
#define VISIBLE(M)                                                                                                                                             \
	"(:staff OR (" M ".held IS NULL AND " M ".unread IS NULL AND " M ".kind NOT IN ('spam', 'bounce', 'auto') AND " M ".hushed = 0 AND (" M                \
	".received <= :before OR " RELEASED(M) ") AND (" M ".copy_of IS NULL OR NOT EXISTS (SELECT 1 FROM message AS o WHERE o.message = " M                   \
	                                       ".copy_of AND " SECRET("o") "))))"
/* It stands in lists: of machines, held, unread and redacted mail nobody wants to read there, and a copy is the same once more. */
#define LISTED(M) "(" M ".listed AND (:staff OR " M ".received <= :before OR " RELEASED(M) "))"

void pages_bind(struct stmt *stmt, const struct audience *audience);
/* The first column of all rows: of gint64. Takes STMT, which may be NULL. */
GArray *pages_numbers(struct stmt *stmt, GError **error);
/* The one number of the one row; *OUT is 0 when there is none. Takes STMT, which may be NULL. */
gboolean pages_number(struct stmt *stmt, gint64 *out, GError **error);

/* pages-tally.c */
enum pages_reach { REACH_ALL, REACH_MOST, REACH_FEW }; /* of what is listed AUDIENCE sees all, all but what came of late, or what a person released */
enum pages_reach pages_reach(const struct audience *audience);
/* How many messages, or with LETTERS how many of the kind input, are listed in PLACE (no place of the type "unfiled") in WINDOW, for whom REACH_ALL holds. */
gboolean pages_tally(
    struct index *index, const struct place *place, const struct time_window *window, gboolean letters, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The effective dates of those among them that AUDIENCE does not see yet, in their order: of gint64. */
GArray *pages_late(struct index *index, const struct audience *audience, const struct place *place, const struct time_window *window, gboolean letters,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
