/* Why a message is filed as it is: pieces of evidence gathered, put in order, held to the limit, and written to the record. */
#ifndef RULES_EVIDENCE_H
#define RULES_EVIDENCE_H

#include "rules/search.h"

struct evidence;
struct evidence *evidence_new(const struct search *search);
void evidence_free(struct evidence *evidence);
typedef struct evidence Evidence;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Evidence, evidence_free)

/* What a piece speaks for. Pieces stand in the record by ORDER, then passage, then offset. */
struct evidence_for {
	enum record_target type;
	const char *id;
	guint order;
};
#define EVIDENCE_ORDER_KIND 0
#define EVIDENCE_ORDER_TARGET(position) ((position) + 1)
#define EVIDENCE_ORDER_MASK G_MAXUINT

void evidence_add_match(struct evidence *evidence, const struct evidence_for *what, enum record_tier tier, const struct match *match);

/* What was found in no passage: an address, a condition, a mapping. RULE is what the file says, WORDS what met it (or NULL). */
/* What was added for WHAT so far is of TIER at best. */
void evidence_lower(struct evidence *evidence, const struct evidence_for *what, enum record_tier tier);

void evidence_add_fact(struct evidence *evidence, const struct evidence_for *what, enum record_tier tier, const char *key, const char *rule, guint file,
    guint line, const char *words);

/* A rule as evidence names it: of long lists of alternatives the first of each side, the file and line lead to the whole of it. Caller frees. */
char *evidence_rule(const char *text);

/* Writes all to the search's record, at most LIMIT_EVIDENCE: past it the later pieces of whatever has most go first. */
void evidence_write(struct evidence *evidence);

#endif
