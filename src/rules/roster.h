/* Rosters: whether a message's author belongs to the team, the staff or the board. */
#ifndef RULES_ROSTER_H
#define RULES_ROSTER_H

#include "rules/search.h"

struct roster_hit {
	const struct rule_section *section;
	const char *key;   /* "name", "address" or "domain" */
	const char *words; /* the author's name or address */
};

/* The first roster, in the order of the files, that the author is in on the search's day. */
gboolean roster_find(const struct search *search, struct roster_hit *hit);

/* The one of GLOBS (lower-case, "*" and "?") that KEY matches, an address folded for comparison or NULL; or NULL. */
const char *roster_glob_for(const GPtrArray *globs, const char *key);

#endif
