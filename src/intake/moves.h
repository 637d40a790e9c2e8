/* What other rules would change: archived messages classified by two rulesets, from stored text, and compared. Nothing is written. */
#ifndef INTAKE_MOVES_H
#define INTAKE_MOVES_H

#include "archive/index.h"
#include "intake/reader.h"

struct move_target {
	enum record_target type;
	const char *id;
	const char *from, *to; /* tiers ("firm", "suggested"); NULL: not filed there */
};

struct move {
	const char *public_id, *subject; /* SUBJECT may be NULL */
	GPtrArray *targets;              /* of struct move_target, by type and id */
	const char *kind_from, *kind_to; /* both NULL when the kind stays */
};

struct move_total { /* of one target over all messages */
	enum record_target type;
	char *id;
	guint gone, come, tier; /* TIER: filed there before and after, but not as firmly or more firmly */
};

struct moves {
	guint messages, moved, unread, failed; /* UNREAD: never read; FAILED: the rules could not be asked */
	GPtrArray *totals;                     /* of struct move_total, by type and id */
};
void moves_clear(struct moves *moves);
typedef struct moves Moves;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Moves, moves_clear)

struct moves_query {
	struct reader *old; /* has the rules to begin with; NULL: as the index says that the rules filed a message when it came */
	struct reader *new;
	void (*take)(gpointer data, const struct move *move); /* each message that would move */
	void (*progress)(gpointer data, gint64 done);         /* or NULL */
	gpointer data;
};

/* Goes through all messages of INDEX. What a person decided (a topic filed or taken back, the kind) stays whatever the rules say, and is no move. */
gboolean moves_find(struct index *index, const struct moves_query *query, struct moves *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
