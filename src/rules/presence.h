/* What of a lexicon stands in one text, as far as literals tell: the members, the sets that hold them, and so the rules that can match. */
#ifndef RULES_PRESENCE_H
#define RULES_PRESENCE_H

#include "base/text.h"
#include "rules/lexicon.h"

struct present_member {
	guint32 member;
	guint32 first_hit, n_hits; /* bytes of the folded text where it may begin; none: anywhere */
};

struct present_set {
	guint32 set;
	guint32 first_child, n_children; /* what of it is present */
};

struct presence {
	const struct lexicon *lexicon;
	const struct present_member *members; /* by member */
	const struct present_set *sets;       /* by set */
	const guint32 *hits;
	const guint32 *children; /* members and sets (with LEXICON_SET) */
	guint n_members, n_sets;
};

/* Room to work in, for one text after the other. */
struct presence_room;
struct presence_room *presence_room_new(void);
void presence_room_free(struct presence_room *room);
typedef struct presence_room PresenceRoom;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PresenceRoom, presence_room_free)

/* BITS, as in matcher_candidates, gets the bits of the rules that can match FOLDED. EVERYTHING: as if all that is sought could stand anywhere. ROOM: of the
 * same lexicon's texts before, or NULL. */
struct presence *presence_new(struct presence_room *room, const struct lexicon *lexicon, const struct matcher *matcher, const struct folded *folded,
    guint32 *bits, guint n_rules, gboolean everything);
void presence_free(struct presence *presence);

/* The index of MEMBER in presence->members, of SET in presence->sets; G_MAXUINT: it is not present. */
guint presence_member(const struct presence *presence, guint32 member);
guint presence_set(const struct presence *presence, guint32 set);

#endif
