/*
 * What phrases are made of. A member is one alternative in its plain order, and stands here once however many rules have it; a set is a side of a phrase, or a
 * list of words: members and other sets; a chain is a phrase with "~": sides that have to be near to one another. All are known by numbers, so that the lexicon
 * lies in a compiled ruleset as it is used.
 */
#ifndef RULES_LEXICON_H
#define RULES_LEXICON_H

#include "rules/matcher.h"
#include "rules/phrase.h"

/* What a number is of, where it may be of several things. */
#define LEXICON_SET (1u << 31)
#define LEXICON_CHAIN (1u << 30)
#define LEXICON_NUMBER (LEXICON_CHAIN - 1)
#define LEXICON_DEPTH_MOST 16 /* sets within sets */
#define LEXICON_NONE G_MAXUINT32

struct lexicon_member {
	guint32 text; /* see lexicon_text */
	guint32 first_use;
	guint32 n_uses : 31;
	guint32 at_start : 1; /* the matcher's hits are where it begins; else they say only that it may stand somewhere */
};

struct lexicon_set {
	guint32 first_use, n_uses;
};

struct lexicon_side {
	guint32 set;    /* its bare number */
	guint32 within; /* as in struct phrase_side */
};

struct lexicon_chain {
	guint32 rule, first_side, n_sides;
};

struct lexicon_draft;

struct lexicon {
	const struct lexicon_member *members;
	const struct lexicon_set *sets;
	const struct lexicon_side *sides;
	const struct lexicon_chain *chains;
	const guint32 *uses;  /* of members and sets: rules that one matches, sets that hold it, chains that have no match without it */
	const guint32 *loose; /* members without a literal: they can stand in any text */
	guint n_members, n_sets, n_sides, n_chains, n_uses, n_loose;
	const char *strings; /* where texts stand in a compiled ruleset, else NULL */
	gsize strings_length;
	struct lexicon_draft *draft; /* while it is made, and where it lies then; NULL in a compiled ruleset */
};

struct lexicon *lexicon_new(void);
void lexicon_free(struct lexicon *lexicon);

/* The member from START to END, folded, which has passed phrase_check, is a single alternative and outlives the lexicon; its literal goes to MATCHER when it is
 * new. */
guint32 lexicon_add_member(struct lexicon *lexicon, struct matcher *matcher, const char *start, const char *end);
/* The set of CHILDREN, members and sets (with LEXICON_SET); one that was made before when it is the same. With LEXICON_SET; LEXICON_NONE: too deep. */
guint32 lexicon_add_set(struct lexicon *lexicon, GArray *children);
/* RULE matches where CHILD, a member or set, is found. */
void lexicon_add_rule(struct lexicon *lexicon, guint32 rule, guint32 child);
/* The number, with LEXICON_CHAIN, of the chain of SIDES that RULE matches. */
guint32 lexicon_add_chain(struct lexicon *lexicon, guint32 rule, const struct lexicon_side *sides, guint n);
/* After the last was added and before anything is sought. */
void lexicon_seal(struct lexicon *lexicon);

/* What each set holds, for lexicon_expand: GArrays of guint32, by set. */
GPtrArray *lexicon_children(const struct lexicon *lexicon);
/* SOUGHT, a member, set or chain, as a phrase without lists. Caller frees. */
char *lexicon_expand(const struct lexicon *lexicon, const GPtrArray *children, guint32 sought);

/* MEMBER's phrase, NUL-terminated. */
const char *lexicon_text(const struct lexicon *lexicon, guint32 member);

#endif
