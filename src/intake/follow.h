/*
 * The index catches up with the truth: one routine for the delivery just kept, a crash, a dead reader, and a rebuild from nothing.
 */
#ifndef INTAKE_FOLLOW_H
#define INTAKE_FOLLOW_H

#include "archive/index.h"
#include "archive/mailstore.h"
#include "intake/reader.h"

struct follow;

/* STORE, INDEX and READER stay the caller's and must live on. INDEX must be open for writing. READER may have served others before, and may serve others
 * afterwards: what it was given and has not answered goes with the follow. */
struct follow *follow_new(struct mailstore *store, struct index *index, struct reader *reader);
void follow_free(struct follow *follow);
typedef struct follow Follow;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Follow, follow_free)

/* Another reader that shares the work where rules are applied to all messages. Stays the caller's and must live on. */
void follow_add_reader(struct follow *follow, struct reader *reader);

/* Documents of what is read from here on are converted beside the reading, and come in with their messages. Where that takes too long, and for those that wait
 * from before, follow_read_documents is still to be called in the end. */
void follow_convert_ahead(struct follow *follow);

/* A reading already at hand (of the delivery just kept), made with the ruleset HASH (NULL: none). Taken over: READING is cleared. */
void follow_offer(struct follow *follow, gint64 content, struct reading *reading, const char *hash);

/* Hands RAW, which the entry SEQ brought, to the reader ahead of time, with the rules in force at the end of what was followed: its answer is awaited when the
 * entry is applied. For imports, which keep and read at the same time. */
gboolean follow_submit(struct follow *follow, gint64 seq, gint64 content, GBytes *raw, gint64 received, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* SUPPLY (NULL: none) is called with DATA again and again while a batch is applied, and may call follow_submit, so that the reader is not idle meanwhile. */
typedef gboolean (*follow_supply)(gpointer data, GError **error);
void follow_set_supply(struct follow *follow, follow_supply supply, gpointer data);
/* Takes what the reader has answered and gives it what it has room for, without waiting. */
void follow_tend(struct follow *follow);
/* Waits until what was handed to the reader up to the entry SEQ is answered, and its documents are converted (LIMIT_DESK_AHEAD_MS): before a transaction, so
 * that nobody waits for converters. */
void follow_get_ready(struct follow *follow, gint64 seq);
/* Another process has followed up to the entry SEQ: what was read of it is held no more, once the reader has it out of its hands. follow_catch_up sees to it
 * too. */
void follow_forget_known(struct follow *follow, gint64 seq);

struct follow_limits {
	guint entries;                                            /* at most so many entries, 0: all */
	guint ms;                                                 /* at most so long, 0: no limit */
	gboolean whole;                                           /* rules are applied to all messages without a look at what changed in them */
	gboolean large;                                           /* a transaction goes on over several batches while nobody else waits for it */
	gboolean stay;                                            /* and stays open at the end, for the next call or follow_end */
	gboolean brief;                                           /* an entry that applies rules to all messages is left to others, and what is after it too */
	void (*progress)(gpointer data, gint64 seq, gint64 last); /* after each batch, or NULL */
	void (*refiled)(gpointer data, guint messages, guint moved); /* so many more got other rules, and so many of them are filed otherwise for it; or NULL */
	gpointer data;
};
/* Applies the entries that the index has not followed, oldest first. *LEFT gets how many remain. An index of another archive, of another history or of
 * other search words is emptied and made again. A message is never marked unread because no process could be started: it is left, and without a time limit
 * that is POSTBAG_ERROR_TEMPORARY. */
gboolean follow_catch_up(struct follow *follow, const struct follow_limits *limits, gint64 *left, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Ends the transaction that a call before left open, if any. */
gboolean follow_end(struct follow *follow, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Empties the index, so that the next catching up makes it anew. */
gboolean follow_reset(struct follow *follow, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads the unread messages again; *READ and *STILL count the outcome. */
gboolean follow_read_unread(struct follow *follow, guint *read, guint *still, GError **error) G_GNUC_WARN_UNUSED_RESULT;

struct follow_documents {
	guint read;       /* messages read anew with the text of their attachments */
	guint failed;     /* attachments among them that gave no text */
	gboolean hurried; /* a limit of time was met */
};
/* Has the attachments that wait for a converter converted (intake/convert.h) and reads their messages anew, each in a transaction of its own, so that nobody
 * waits for a converter. Those for which this machine has no program go on waiting. ONLY: the messages wanted (of gint64), NULL: all. Doing it again does
 * nothing. */
gboolean follow_read_documents(struct follow *follow, const GArray *only, struct follow_documents *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
