/*
 * Table passages of index.db: what was read of each message, compressed. Letters that come one after the other have much in common (who writes to whom,
 * headers, words), so a row holds several of them, which are neighbours by their numbers: a third less than row by row, and no half-empty pages. It is named by
 * its first message, and no message of another row stands between its own. What is added waits for the commit, so that a transaction's letters share rows; a
 * delivery makes a row of its own, which texts_gather later joins with its neighbours. What is read may be damaged, so nothing in it is believed.
 */
#ifndef ARCHIVE_TEXTS_H
#define ARCHIVE_TEXTS_H

#include "archive/db.h"

struct text {
	gint64 message;
	GBytes *passages; /* record_passages_to_bytes */
	GBytes *found;    /* record_found_to_bytes */
};

struct texts;
struct texts *texts_new(struct db *db);
void texts_free(struct texts *texts);

/* Takes over the references. Within a transaction; there is none of MESSAGE yet. */
gboolean texts_add(struct texts *texts, gint64 message, GBytes *passages, GBytes *found, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* MESSAGE's; *PASSAGES is NULL when there is none. FOUND may be NULL. Caller unrefs. POSTBAG_ERROR_DAMAGED. */
gboolean texts_get(struct texts *texts, gint64 message, GBytes **passages, GBytes **found, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean texts_remove(struct texts *texts, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes what waits; and drops it. */
gboolean texts_flush(struct texts *texts, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void texts_forget(struct texts *texts);
/* Which of the newest rows are to be joined, by their first messages (gint64), oldest first; empty when nothing is to be done. */
GArray *texts_loose(struct db *db, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Within a transaction: these rows' texts wait for the commit as if they came anew. */
gboolean texts_gather(struct texts *texts, const GArray *loose, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For who goes through a file, with or without its index: all rows, and what the one at hand holds (of struct text, freed with the array). What cannot be taken
 * apart is NULL; a row that does not even say what it holds gives the message that it is named by. */
#define TEXTS_ALL "SELECT message, members, passages, found FROM passages ORDER BY message"
GPtrArray *texts_of_row(struct stmt *stmt);
/* Makes table temp.text (message, passages, found) of all of them. */
gboolean texts_lay_out(struct db *db, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct texts Texts;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Texts, texts_free)

#endif
