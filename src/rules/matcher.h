/*
 * The literal prefilter: which of some thousand rules can match a text at all, and where the phrases can stand. A hash of some bytes at a time asks
 * a bitmap, then a table, then compares the whole literal. What it lets through is looked at closely by others; what it stops cannot match.
 */
#ifndef RULES_MATCHER_H
#define RULES_MATCHER_H

#include <glib.h>

struct matcher;
struct matcher *matcher_new(void);
void matcher_free(struct matcher *matcher);
typedef struct matcher Matcher;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Matcher, matcher_free)

/* Where a literal of matcher_add_member stands. */
struct matcher_hit {
	guint32 member, at; /* byte of the text where the literal begins */
};

/* RULE can match only a text whose plain form (rules/literal.h) holds LITERAL, LITERAL_LEAST to LITERAL_MOST bytes, with EDGES. A rule may be
 * added with several literals: any of them makes it a candidate. */
void matcher_add(struct matcher *matcher, guint rule, const char *literal, gsize length, guint edges);
/* RULE needs this literal too, or another added by this function, beside (one of) those of matcher_add. */
void matcher_add_second(struct matcher *matcher, guint rule, const char *literal, gsize length, guint edges);
/* RULE is always a candidate. */
void matcher_add_always(struct matcher *matcher, guint rule);

/* MEMBER, numbered apart from rules, can stand only where this literal does. */
void matcher_add_member(struct matcher *matcher, guint member, const char *literal, gsize length, guint edges);

/*
 * Sets the bits of the candidates in BITS, an array of 32-bit words that has room for every rule added, and appends to HITS (of struct matcher_hit) every place
 * of a member's literal, those of one member in the order of the text. PLAIN is the text's plain form.
 */
void matcher_candidates(const struct matcher *matcher, const char *plain, gsize length, guint32 *bits, GArray *hits);

/* As one block of bytes and back, for rules/compiled: from this program on this machine only. NULL when they are not whole. The bytes are not copied: they
 * begin at a multiple of 8 and must outlive the matcher. */
GBytes *matcher_to_bytes(const struct matcher *matcher);
struct matcher *matcher_from_bytes(gconstpointer data, gsize length);
/* Changes when the form of the bytes does. */
gsize matcher_form_size(void);

#endif
