/* Words that would find what the rules missed, and words that would keep them from what they found wrongly, from the archive's stored text: for rules suggest.
 */
#ifndef INTAKE_PROPOSE_H
#define INTAKE_PROPOSE_H

#include "archive/index.h"
#include "rules/suggest.h"

struct proposal {
	const char *key;              /* "keyword", "likely", "hint" or "not" */
	char *words, *lang;           /* LANG NULL: none, or none in particular */
	guint missed, belong, others; /* messages that have it: missed ones; of the target, these included; others. Of "not": OTHERS are those filed wrongly */
	guint precision;              /* of a hundred messages that have it, how many it would be right for */
	gboolean chance;              /* so many words were tried that it may be chance */
	double ratio;                 /* 0 of "not" */
	char *example, *example_id;   /* a sentence and the public id of its message; may be NULL */
};

struct proposals {                           /* for one target */
	guint missed, belong, wrong, others; /* messages: missed by the rules; there in effect, these included; filed there wrongly; all that are not there */
	GPtrArray *list;                     /* of struct proposal, the "not"s last */
};
void proposals_clear(struct proposals *proposals);
typedef struct proposals Proposals;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Proposals, proposals_clear)

struct propose_query {
	enum record_target type; /* topic, workstream or kind */
	const char *id;
	const struct ruleset *ruleset; /* what it has already is not proposed */
	GHashTable *only;              /* the messages that are looked at (gint64 *), NULL: all */
	guint most;                    /* proposals of each kind, 0: all */
};
gboolean propose(struct index *index, const struct propose_query *query, struct proposals *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
