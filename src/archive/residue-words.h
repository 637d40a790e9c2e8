/* The words that the search index has of each message, in their order. */
#ifndef ARCHIVE_RESIDUE_WORDS_H
#define ARCHIVE_RESIDUE_WORDS_H

#include "archive/db.h"

typedef void (*residue_words_of)(gpointer data, gint64 message, const char *words);

/* Message by message: all its words, those of a column behind those of another, columns by name. The index has them word by word: they are sorted here, over a
 * temporary file in which there are numbers only. DB: index.db. */
gboolean residue_words(struct db *db, residue_words_of call, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
