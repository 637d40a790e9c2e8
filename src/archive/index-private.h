/* What the files of index.db share: one struct, and small steps used in several of them. */
#ifndef ARCHIVE_INDEX_PRIVATE_H
#define ARCHIVE_INDEX_PRIVATE_H

#include "archive/index.h"
#include "archive/sketch.h"
#include "archive/texts.h"
#include "base/hash.h"

struct index {
	struct db *db;
	gboolean moved; /* POSITION is ahead of table follow, until the commit */
	struct index_position position;
	GPtrArray *words; /* of struct search_words: rows of table search that wait for the commit */
	gsize words_bytes;
	struct settle *settle; /* settle.c; NULL: no rows were written yet */
	struct texts *texts;
	GHashTable *clauses;             /* clauses.c; NULL: none were asked for in this transaction */
	GHashTable *numbers;             /* numbers.c; likewise */
	struct letter_keys *letter_keys; /* letter-keys.c; NULL: none wait for the commit */
	GHashTable *turned;              /* hashes (gint64) of paragraphs that were learned or unlearned: their letters are settled at the commit; NULL: none */
};

/* What a message is called; the rest of its row comes from its record. */
struct index_message {
	gint64 message, first_seq, received, size;
	const char *public_id;
};

struct index_work {
	struct search_words *words; /* NULL: they went where they wait for the commit */
	GArray *paragraphs;         /* of struct paragraph */
	char *gist;
	struct sketch sketch;
	struct hash variant_key; /* when HAS_VARIANT_KEY */
	gboolean has_variant_key;
};

/* Runs SQL with the one parameter :message. */
gboolean index_run(struct index *index, const char *sql, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first column of the first row of SQL (parameter :message), FALLBACK when there is none or it is NULL. */
gboolean index_get(struct index *index, const char *sql, gint64 message, gint64 fallback, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first column of all rows of SQL (parameter :message), so that rows can be changed while going through them: of gint64. */
GArray *index_list(struct index *index, const char *sql, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* index-message.c. WORK: of RECORD, or NULL. KEPT: the thread that the message is in already, 0: it joins those it names. */
gboolean index_add_message(struct index *index, const struct index_message *message, const struct record *record, struct index_work *work, const char *unread,
    const char *rules, gint64 kept, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes the message out, to be added anew with RECORD. It stays in its thread, *KEPT, when it names there what it names now, and leaves it otherwise: 0. */
gboolean index_remove_message(struct index *index, gint64 message, const struct record *record, gint64 *kept, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a classification said, as rows; and as columns: remarks a line each (caller frees) and why it is held, NULL for none. */
gboolean index_add_filings(struct index *index, gint64 message, gint64 date, const struct record *record, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean index_add_evidence(struct index *index, gint64 message, const struct record *record, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *index_join_remarks(const struct record *record);
const char *index_held(const struct record *record);
/* The first sentence of the new text, or SUBJECT_BASE. Caller frees. */
char *index_make_gist(const GPtrArray *passages, const char *subject_base);
/* Equal for copies of one message; FALSE without the two things that a copy keeps. TEXT: index_new_text. */
gboolean index_make_variant_key(const struct record *record, const char *text, struct hash *out);
/* An earlier delivery of a known message came later. */
gboolean index_set_received(struct index *index, gint64 message, gint64 received, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The author's own new text, folded for comparison. Caller frees. */
char *index_new_text(const GPtrArray *passages);

/*
 * index-search.c. FTS5 writes out what it has gathered at every savepoint, and SQLite makes one for each statement that changes several rows: so
 * the rows of table search wait until all else of a transaction is written. index_flush_search writes them, index_forget_search drops them.
 */
gboolean index_flush_search(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void index_forget_search(struct index *index);
gboolean index_add_search(struct index *index, gint64 message, struct index_work *work, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What stands in the columns of table search for RECORD. */
struct search_words *index_search_words_new(const struct record *record);
void index_search_words_free(gpointer words);
gboolean index_remove_search(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* clauses.c: the number of what EVIDENCE has in common with that of other messages, which is entered if it is new; and what was learned of numbers is dropped.
 */
gboolean clauses_number(struct index *index, const struct record_evidence *evidence, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void clauses_forget(struct index *index);

/*
 * numbers.c: the number of what many rows say alike, which is entered if it is new: of a person by address and name (NULL: none), of a ruleset by its hash (words)
 * (OTHER is NULL). They are found by a hash, and compared by their bytes. Numbers stay until numbers_tidy (in a transaction) takes out what nobody uses any
 * more: before what was redacted is gone.
 */
enum numbered_in { NUMBERED_PERSON, NUMBERED_RULESET, N_NUMBERED };
gboolean numbers_get(struct index *index, enum numbered_in in, const char *one, const char *other, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void numbers_forget(struct index *index);
gboolean numbers_tidy(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* index-decisions.c: what people decided on a message so far, applied to its rows as the rules left them. */
gboolean index_apply_decisions(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ENTRY is a decision: what it takes back, if it is an 'undo', is marked. */
gboolean index_mark_undone(struct index *index, const struct entry *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A person took ID, or the workstream it belongs to, back from this message. */
gboolean index_is_unfiled(struct index *index, gint64 message, const char *id, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
