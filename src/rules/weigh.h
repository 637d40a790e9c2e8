/* Several topics at one place of a text: the ones that are only touched upon step back before the one that is spoken of. */
#ifndef RULES_WEIGH_H
#define RULES_WEIGH_H

#include "rules/rulefile.h"
#include "rules/search.h"

/* The words that speak for topics, as they are found. */
typedef struct weigh Weigh; /* for g_autoptr(Weigh) only */

struct weigh *weigh_new(const struct search *search);
void weigh_free(struct weigh *weigh);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Weigh, weigh_free)

/* MATCH, which is not masked and not in quoted text, speaks for TARGET. */
void weigh_add(struct weigh *weigh, guint target, const struct match *match);

/*
 * The topic that outweighs TARGET wherever words for it stand; G_MAXUINT when there is a place where TARGET holds its own, or no word for it.
 * Within WEIGH_NEAR bytes of folded text each different rule counts once, a hint half; the subject is near to everything.
 */
guint weigh_outweighed_by(const struct weigh *weigh, guint target);

/* What speaks for TARGET in the whole message: 2 for each different rule, 1 for a hint. */
guint weigh_total(const struct weigh *weigh, guint target);

#define WEIGH_LEAST 2 /* a topic that no more than this speaks for is a passing remark, where another is spoken of */
#define WEIGH_NEAR 400
#define WEIGH_MOST 1000 /* words: all are compared with all, and no letter of a person comes near it */

#endif
