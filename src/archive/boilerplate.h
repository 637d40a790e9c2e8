/*
 * Boilerplate that no table of words knows, learned because it repeats (doc/schema.md): part of the second pass, independent of the order of arrival. A
 * transaction that takes letters in or out ends with all letters whose paragraphs are boilerplate by that, or are no more.
 */
#ifndef ARCHIVE_BOILERPLATE_H
#define ARCHIVE_BOILERPLATE_H

#include "archive/index.h"

/* A message's rows are all there, or are about to go. */
gboolean boilerplate_add(struct index *index, gint64 message, const GArray *paragraphs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean boilerplate_remove(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Its date is another one. */
gboolean boilerplate_redate(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* At the end of a transaction: the letters of what was learned or unlearned in it, each once. */
gboolean boilerplate_settle_turned(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* boilerplate-apply.c. What the rules say of MESSAGE stands in its rows, without people's decisions: what rests on boilerplate alone is set aside. */
gboolean boilerplate_settle(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The rules' rows as the rules left them, for a comparison or a new classification; *ANY: boilerplate_settle has to follow (by index_apply_decisions). */
gboolean boilerplate_lift(struct index *index, gint64 message, gboolean *any, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After a change of rules: all letters of which a hold was set aside. */
gboolean boilerplate_settle_all(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* boilerplate-ask.c */
struct boilerplate { /* a paragraph of one letter that is boilerplate */
	guint passage, offset, length;
	gint64 letters;    /* in which it stands, within its scope */
	char *kind, *name; /* 'author', 'domain', 'list' or 'all', and which */
	char *place;       /* head or foot */
	char *public_id;   /* of one letter, when listed */
	char *text;        /* when listed */
};
/* What is boilerplate in MESSAGE, in the order of the text; all that was learned, each once, most letters first. Of struct boilerplate, freed with the array.
 */
GPtrArray *boilerplate_of(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *boilerplate_list(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean boilerplate_count(struct index *index, gint64 *count, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "stands in 14 letters of example.org". Caller frees; not escaped. */
char *boilerplate_words(const struct boilerplate *boilerplate);

#endif
