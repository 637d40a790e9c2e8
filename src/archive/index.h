/* index.db: records -> rows, and the second pass over rows (threads, variants). Follows mail.db; never wrong, at most behind. */
#ifndef ARCHIVE_INDEX_H
#define ARCHIVE_INDEX_H

#include "archive/db.h"
#include "archive/mailstore.h"
#include "base/record.h"

struct index;

struct index *index_open(const char *folder, enum db_mode mode, guint wait_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void index_close(struct index *index);
void index_leave(struct index *index); /* as db_leave */
/* Prepares what adding a letter takes: a third of its time in a process that adds one. */
void index_prepare_soon(struct index *index);
typedef struct index Index;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Index, index_close)
struct db *index_db(struct index *index); /* for find/ only */

gboolean index_begin(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean index_commit(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void index_rollback(struct index *index);
gboolean index_awaited(struct index *index); /* as db_awaited */

struct index_position {
	char uuid[40];
	gint64 seq;
	guint8 link[16];
	char rules[72]; /* "" : none */
	int words_version;
	gint64 refiled; /* the entry after SEQ applies rules to what came before: it is done up to this message, 0: not begun */
};
gboolean index_position(struct index *index, struct index_position *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether what the index followed is STORE's own history: same archive, same link at its position, same search words. When not (another mail.db, or an older
 * one put back from a backup) nothing in it may be shown, and the next that catches up makes it anew. One that follows nothing yet is right. */
gboolean index_follows(struct index *index, struct mailstore *store, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Empties every table and starts at seq 0 for the archive UUID; in a transaction of its own unless one is open. An index that follows nothing yet (uuid "")
 * needs it first. */
gboolean index_reset(struct index *index, const char *uuid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Each applies one entry of mail.db and moves the position to it; within a transaction. Table follow and the search index are written by the commit. */
gboolean index_apply_delivery(struct index *index, const struct entry *entry, const struct record *record /* NULL: unread, or content known */,
    const char *unread /* why, or NULL */, const char *rules, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/*
 * What of a record's rows takes no look at the others: words, keys and paragraphs, a third of what adding it takes. So it can be made before the transaction
 * for which others wait. index_apply_read is index_apply_delivery of what was read, with the WORK of RECORD, which is used up.
 */
struct index_work;
struct index_work *index_work_new(const struct record *record);
void index_work_free(struct index_work *work);
typedef struct index_work IndexWork;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexWork, index_work_free)
gboolean index_apply_read(struct index *index, const struct entry *entry, const struct record *record, struct index_work *work, const char *rules,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* TARGETS: of struct index_target (the same fields as rules/ruleset.h's rule_target; archive/ does not know rules/). */
struct index_target {
	const char *type, *id, *title, *parent, *taxonomy, *route;
	gboolean current, hold;
	guint position;
};
gboolean index_apply_rules(struct index *index, const struct entry *entry, const GPtrArray *targets, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean index_apply_decision(struct index *index, const struct entry *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean index_apply_other(struct index *index, const struct entry *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A message that was unread is read now (rebuild --unread): its rows are replaced, decisions applied again. */
gboolean index_replace(
    struct index *index, gint64 message, const struct record *record, const char *unread, const char *rules, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Rules applied to what came before. index_stored gives what the rows have of MESSAGE for the reader (record_pack_stored), and when it was received; NULL
 * without an error when there is none (it is unread). index_refile takes what another classification said of it (record_said_parse): filings, evidence,
 * kind, hold and the rules' remarks are replaced, decisions applied again; *MOVED: it is filed otherwise than before. index_refile_failed leaves the message as
 * it is, with a remark. Which ruleset it was is noted by index_set_refiled for all of them.
 */
GBytes *index_stored(struct index *index, gint64 message, gint64 *received, GError **error);
gboolean index_refile(struct index *index, gint64 message, const struct record *record, gboolean *moved, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean index_refile_failed(struct index *index, gint64 message, const char *why, GError **error) G_GNUC_WARN_UNUSED_RESULT;
struct index_refilable {
	gint64 message;
	gboolean read;
	gboolean done, based; /* the ruleset in question filed it; BASE did */
	gboolean limited;     /* rules met a limit on it, or were not asked: another time they may say something else */
	gboolean names_line;  /* the reason of its kind names a line of a rule file, or may do so below a person's */
};
/* At most MOST messages after the one with the number AFTER, in the order of their numbers: of struct index_refilable. */
GArray *index_refilable(struct index *index, gint64 after, guint most, const char *rules, const char *base, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The ruleset other than RULES that filed most of these. NULL without an error: none. Caller frees. */
char *index_rules_after(struct index *index, gint64 after, guint most, const char *rules, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where a line of a rule file stands now. */
typedef guint (*index_line_now)(gpointer data, const char *file, guint line);
/* MESSAGE's evidence names other lines. */
gboolean index_move_lines(struct index *index, gint64 message, index_line_now now, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* At most MOST messages after the one with the number AFTER, in the order of their numbers: of gint64. */
GArray *index_messages(struct index *index, gint64 after, guint most, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Notes, in the transaction, that a reclassification by RULES has come to MESSAGE. */
gboolean index_set_refiled(struct index *index, gint64 message, const char *rules, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What is left of a message of which nothing is: its record. VALUE: that of the decision 'redact', which says of what kind it was and whether it was held. */
struct record *index_tombstone(const char *value);
/* Notes that MESSAGE has SIZE bytes now. */
gboolean index_set_size(struct index *index, gint64 message, gint64 size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* 48 bits of TEXT's SHA-256, by which table thread_of has Message-IDs and table message its letters' own: found by them, compared by their bytes. */
gint64 index_hash(const char *text);

/* The words of deleted messages leave the search index: it is merged into one piece. Not within a transaction. */
gboolean index_tidy_search(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/*
 * A step of what index_tidy_search does whole, where pieces of the search index have become many: a question looks into each. A thousand pages are written, in
 * some 50 ms. *MORE: there may be more to do. Not within a transaction.
 */
gboolean index_merge_search(struct index *index, gboolean *more, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All of its steps, when more than a quarter of the letters, FRESH of them, are new: what a large import leaves in many pieces becomes one. */
gboolean index_join_search(struct index *index, gint64 fresh, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A step of what brings letters that were delivered one by one together in rows, as an import writes them (archive/texts.h): a few MB. As index_merge_search.
 */
gboolean index_gather_texts(struct index *index, gboolean *more, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The number of MESSAGE's part N, as passages name it; NULL without an error when there is none. Caller frees. */
char *index_part_number(struct index *index, gint64 message, guint n, GError **error);
/* The same for its type. */
char *index_part_type(struct index *index, gint64 message, guint n, GError **error);
/* Attachments of MESSAGE of which nobody knows the text: "2 (application/pdf)" each. */
GStrv index_unknown_parts(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Other messages that are copies of MESSAGE, or of which it is one: of gint64. */
GArray *index_copies(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How MESSAGE stands, for a tombstone's value: "all spam", "all input held". Caller frees. */
char *index_tombstone_value(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a digest may tell of MESSAGE: its subject, author and gist, those that are there. In *ALONE what it tells of a letter of a campaign without its id: the
 * author; NULL where it is in none. Caller frees. */
GStrv index_told(struct index *index, gint64 message, GStrv *alone, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* At most MOST messages of KIND received before BEFORE that nobody would miss, oldest first: not held, redacted, decided on (but for that kind) nor answered to
 * by mail that stays. Of gint64. */
GArray *index_due(struct index *index, const char *kind, gint64 before, guint most, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Has this message a row already? */
gboolean index_knows(struct index *index, gint64 message, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The hash of the ruleset in force when MESSAGE came, unread or not. NULL without an error: there was none. Caller frees. */
char *index_rules_of(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Messages marked unread: of gint64. */
GArray *index_unread(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Messages of which a part waits for a converter (REMARK_WAITING): of gint64. PDF: those too of which only parts for the program for PDFs wait. */
GArray *index_waiting(struct index *index, gboolean pdf, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The numbers of these parts of MESSAGE; empty when none waits. Caller frees. */
GStrv index_waiting_parts(struct index *index, gint64 message, gboolean pdf, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether others of its attachments were converted, or could not be: a record that has the text of those that wait alone would be without theirs. */
gboolean index_has_converted(struct index *index, gint64 message, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Why MESSAGE is unread; NULL with an error when there is no such message, "" when it was read. Caller frees. */
char *index_unread_reason(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The stored passages of MESSAGE (none when it is unread). */
GPtrArray *index_passages(struct index *index, gint64 message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Every table as sorted text lines named by public ids, free of all that depends on the order in which entries came: equal for equal indexes. */
gboolean index_dump(struct index *index, GString *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
