/* mail.db: truth and decisions. Bytes are kept, never looked at. */
#ifndef ARCHIVE_MAILSTORE_H
#define ARCHIVE_MAILSTORE_H

#include "archive/db.h"
#include "base/rawmessage.h"

struct mailstore;

/* Makes FOLDER (mode 2770) with mail.db and index.db (0660) and the lock files; an existing archive is left as it is (returns TRUE with *MADE FALSE). */
gboolean mailstore_create(const char *folder, gboolean *made, GError **error) G_GNUC_WARN_UNUSED_RESULT;
struct mailstore *mailstore_open(const char *folder, enum db_mode mode, guint wait_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For one that comes to few pages twice: it keeps fewer of them in memory. */
gboolean mailstore_save_memory(struct mailstore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void mailstore_close(struct mailstore *store);
void mailstore_leave(struct mailstore *store); /* as db_leave */
typedef struct mailstore Mailstore;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mailstore, mailstore_close)

const char *mailstore_uuid(const struct mailstore *store);
const char *mailstore_folder(const struct mailstore *store);

gboolean mailstore_begin(struct mailstore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean mailstore_commit(struct mailstore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT; /* on disk when it returns TRUE */
void mailstore_rollback(struct mailstore *store);
/* Within a transaction: what was committed before it is on disk when TRUE, whatever became of the commit that wrote it. To be asked before the only other copy
 * of a message is removed because the archive has it already. POSTBAG_ERROR_TEMPORARY. */
gboolean mailstore_settle(struct mailstore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* From here on messages that are added, but for long ones, are packed together with those that come before and after them in the same transaction. For imports:
 * no delivery waits for them, and their mail stands somewhere else until they end. */
void mailstore_gather(struct mailstore *store);

struct delivery {
	gint64 received;
	gint64 at;             /* when it is entered; 0: the same as received */
	const char *source;    /* "deliver", "import", "sweep" */
	const char *sender;    /* envelope, or NULL */
	const char *recipient; /* envelope, or NULL */
};
struct kept {
	gint64 seq;
	gint64 content;
	char public_id[64];
	gboolean again; /* the content was there already */
};
/* One delivery, within a transaction. With ONCE (imports) nothing is added when the content is there already: *OUT tells the earlier delivery, again TRUE, seq
 * 0. */
gboolean mailstore_add(struct mailstore *store, const struct raw_message *raw, const struct delivery *delivery, gboolean once, struct kept *out,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether anything was taken out of CONTENT. What comes of it again is counted, and nothing else is kept of it. */
gboolean mailstore_is_redacted(struct mailstore *store, gint64 content, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What is kept of RAW's content, within a transaction: WHOLE; MENDED: its bytes were damaged, RAW has those that were first delivered, and they are written
 * again; DAMAGED: RAW is another copy of the same content, whose bytes are not those. Redacted content counts as whole, and unknown content too. */
enum mailstore_bytes { MAILSTORE_WHOLE, MAILSTORE_MENDED, MAILSTORE_DAMAGED };
gboolean mailstore_mend(struct mailstore *store, const struct raw_message *raw, enum mailstore_bytes *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The rule files in force: the newest rules entry (adding the same set again adds nothing). Array of struct { name, text } as GVariant a(ss); HASH is
 * rule_sources_hash. mailstore_get_rules gives NULL without error when there is none, POSTBAG_ERROR_NO_INPUT when HASH was never in force.
 */
gboolean mailstore_add_rules(struct mailstore *store, const char *hash, GVariant *files, gint64 at, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GVariant *mailstore_get_rules(struct mailstore *store, const char *hash /* NULL: in force now */, char **found_hash, GError **error);

/* An entry that applies the rules in force to all that was delivered before it. Within a transaction. POSTBAG_ERROR_CONFIG when no rules are in force. */
gboolean mailstore_add_reclassify(struct mailstore *store, gint64 at, gint64 *seq, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A decision on the message CONTENT (0: on none). See mail.sql for actions. Within a transaction. POSTBAG_ERROR_USAGE for an unknown action, a missing value or
 * an unknown kind. */
gboolean mailstore_add_decision(struct mailstore *store, gint64 content, gint64 at, const char *who, const char *action, const char *value, const char *note,
    gint64 *seq, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes back the last decision on CONTENT that is not taken back yet, whoever made it: a decision of its own, 'undo', whose value is the other's seq. *TAKEN
 * tells which (caller clears). Within a transaction. POSTBAG_ERROR_NO_INPUT when none is left. An undo is never taken back itself: decide anew. */
struct taken_back {
	gint64 seq, at;
	char *who, *action, *value; /* who and value may be NULL */
};
void taken_back_clear(struct taken_back *taken);
typedef struct taken_back TakenBack;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TakenBack, taken_back_clear)
gboolean mailstore_add_undo(struct mailstore *store, gint64 content, gint64 at, const char *who, const char *note, struct taken_back *taken, gint64 *seq,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The entries after SEQ, oldest first. FALSE from next at the end (no error) or on failure (error set). Strings live until the next call. PUBLIC_ID is "gone-"
 * and the content's number where a damaged mail.db has an entry without its content; NULL in an entry that is about no message. */
struct entry {
	gint64 seq, at, content, received;
	const char *type, *public_id, *source, *sender, *recipient, *rules, *action, *value, *note;
	guint8 link[16];
	gint64 size;
	gboolean again; /* delivery: an earlier entry delivered the same content */
};
/* Whether such an entry was made after SINCE, up to UNTIL. */
gboolean mailstore_reclassified(struct mailstore *store, gint64 since, gint64 until, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether ENTRY is one of mailstore_add_reclassify. */
gboolean entry_is_reclassify(const struct entry *entry);
gboolean mailstore_next(struct mailstore *store, gint64 after, struct entry *out, GError **error);
/* Since when there are entries after SEQ, at least: the clock of the first of them that has one. 0: none has, because an import enters mail under the time at
 * which its list server got it. */
gboolean mailstore_since(struct mailstore *store, gint64 seq, gint64 *since, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The link of entry SEQ; FALSE without error when there is no such entry. */
gboolean mailstore_link(struct mailstore *store, gint64 seq, guint8 link[16], GError **error);
gboolean mailstore_last(struct mailstore *store, gint64 *seq, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The raw bytes as first delivered, whole or at most LIMIT bytes (0: whole); verified against raw_hash when whole. NULL with POSTBAG_ERROR_DAMAGED, or
 * POSTBAG_ERROR_NO_INPUT when redacted or unknown. */
GBytes *mailstore_read(struct mailstore *store, gint64 content, gsize limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes the whole raw message to FD chunk by chunk. */
gboolean mailstore_write_raw(struct mailstore *store, gint64 content, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#define NO_SUCH_ID "no message has an id that begins with '%s'; postbag query lists ids"
/* The message whose public id begins with PREFIX (any case). POSTBAG_ERROR_NO_INPUT when none or (naming some) several. */
gboolean mailstore_resolve(struct mailstore *store, const char *prefix, gint64 *content, char **public_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The truth's side of a ledger: deliveries received in [from, to). */
gboolean mailstore_count(struct mailstore *store, gint64 from, gint64 to, gint64 *deliveries, gint64 *contents, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of the entries (AFTER, UPTO]. */
gboolean mailstore_count_entries(struct mailstore *store, gint64 after, gint64 upto, gint64 *deliveries, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The hash of the rules in force, NULL when there are none: cheaper than the rules. */
gboolean mailstore_get_rules_hash(struct mailstore *store, char **hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The hashes of all rules that were ever in force: of char *. */
GPtrArray *mailstore_list_rules(struct mailstore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether RAW was delivered by DELIVERY's source before: at that very second with that envelope (one that is empty is as one that is not there), or, when its
 * received is 0, at any time with any. */
gboolean mailstore_has_delivery(
    struct mailstore *store, const struct raw_message *raw, const struct delivery *delivery, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* When CONTENT was first received. */
gboolean mailstore_received(struct mailstore *store, gint64 content, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
