/* Where phrases match in one text: what literals promised is looked at closely, once for each member, and what belongs together is put together. */
#ifndef RULES_FINDS_H
#define RULES_FINDS_H

#include "base/pattern.h"
#include "rules/presence.h"
#include "rules/starttable.h"

/* TEXT is the text that PRESENCE was made of, or a copy of it with parts overwritten; both outlive the finds. NULL: no phrases will be sought. */
struct finds;
struct finds *finds_new(const struct presence *presence, const char *text, gsize length);
void finds_free(struct finds *finds);
typedef struct finds Finds;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Finds, finds_free)

const char *finds_text(const struct finds *finds, gsize *length);
/* Where patterns begin is looked for at once for those of TABLE whose rules have their bits in CANDIDATES; both outlive the finds. */
void finds_use_table(struct finds *finds, const struct start_table *table, const guint32 *candidates);
/* Where the pattern in SLOT of the table can begin from byte AT on: places in their order, behind the last one G_MAXUINT32. NULL: that is not known. */
const guint32 *finds_in_slot(struct finds *finds, guint slot, gsize at);
/* starts_next in this text. */
gsize finds_next_start(struct finds *finds, const struct starts *starts, gsize at);
/* gate_admits in this text. */
gboolean finds_admits(struct finds *finds, gconstpointer gate, gsize at);

/*
 * The next match of SOUGHT, a member, set or chain by its number in the lexicon, from byte START on; *START moves behind it. PATTERN_LIMIT: it was too much
 * work (LIMIT_NEAR_STEPS, LIMIT_NEAR_PLACES).
 */
enum pattern_result finds_next(struct finds *finds, guint32 sought, gsize *start, struct pattern_span *span);

#endif
