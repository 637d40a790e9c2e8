/* Whether words that were taken out are anywhere still: every row of both databases unpacked, the search index's own words, and every byte of every file. */
#ifndef ARCHIVE_RESIDUE_H
#define ARCHIVE_RESIDUE_H

#include "archive/mailstore.h"
#include "base/needle.h"

struct residue_search {
	const char *folder;        /* the archive's */
	const char *const *others; /* folders beside it, ends with NULL: spools, folders of failures */
	const struct needles *needles;
	const GArray *redacted; /* of gint64: messages that must not have them */
};

struct residue {
	GPtrArray *places;  /* of char *: where they are though they must not be, and what to do */
	GPtrArray *remarks; /* of char *: where they are and may be: notes, rule files */
	GArray *quoting;    /* of gint64: other messages that have them */
};
void residue_init(struct residue *residue);
void residue_clear(struct residue *residue);
typedef struct residue Residue;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Residue, residue_clear)

/* Reads only. What other rows of the archive may hold as well cannot be told from what is left over in the same file: a file's own bytes count where no row has
 * them. */
gboolean residue_find(const struct residue_search *search, struct residue *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of FOLDER, into which pages were published: the names of the files that have the words, added to OUT. Packed mailboxes say what the pages say. */
gboolean residue_find_published(const char *folder, const struct needles *needles, GPtrArray *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
