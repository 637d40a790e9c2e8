/* A subscription's issues: what was sent of the archive, to whom, and how that ended. Entries of type 'issue' in mail.db, and rows that follow them. */
#ifndef ARCHIVE_ISSUES_H
#define ARCHIVE_ISSUES_H

#include "archive/index.h"
#include "archive/mailstore.h"

/* One issue covers the entries (after, upto] of mail.db: every delivery and decision stands in exactly one issue of a subscription. */
struct issue {
	gint64 seq;    /* its own entry */
	gint64 at;     /* when it was made */
	gint64 number; /* 1, 2, 3... of its subscription */
	gint64 after, upto;
	gint64 due;       /* the moment it was due */
	gboolean skipped; /* nothing came in, and it was not sent for that */
	char *subscription, *message_id;
	char *unread; /* numbers of the messages that it told nobody could read, with a comma between; NULL: none */
};
void issue_free(struct issue *issue);
typedef struct issue Issue;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Issue, issue_free)

/* What became of one issue on its way to one recipient, as entries tell it: "waiting" when it was made; "sending" before the first byte goes out; then "sent",
 * "deferred", "refused" or "unknown" (carrier/outcome.h); "again" when somebody asks for it once more; "given-up" after too long a time. */
struct issue_step {
	gint64 seq, at;
	char *recipient, *state, *words;
	guint tries;  /* of "sending" so far, since the last "again" */
	guint doubts; /* of these that another followed, though their end is not known */
};
/* Is something left to do? */
gboolean issue_step_is_open(const struct issue_step *step);
/* How many tries may have arrived, though nobody knows. */
guint issue_step_doubts(const struct issue_step *step);

/* An entry for a new issue and its MESSAGE (LF, without To; NULL when it is skipped), which is kept for the next try and for --resend. Within a transaction of
 * STORE. */
gboolean issues_add(struct mailstore *store, const struct issue *issue, GBytes *message, gint64 *seq, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* An entry for a step of ISSUE; WORDS may be NULL. Within a transaction. */
gboolean issues_add_step(struct mailstore *store, gint64 issue, const char *subscription, const char *recipient, const char *state, const char *words,
    gint64 at, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The message of ISSUE. POSTBAG_ERROR_NO_INPUT when it was skipped or redacted. */
GBytes *issues_message(struct mailstore *store, gint64 issue, GError **error);

/* A SUBSCRIPTION's newest issue, skipped ones too; NULL without error when there is none. */
struct issue *issues_last(struct index *index, const char *subscription, GError **error);
/* The newest that was not skipped; NULL without error when there is none. */
struct issue *issues_last_made(struct index *index, const char *subscription, GError **error);
/* SUBSCRIPTION's issue NUMBER; NULL without error. */
struct issue *issues_find(struct index *index, const char *subscription, gint64 number, GError **error);
/* Of struct issue, newest first, at most LIMIT (0: all); of all subscriptions when SUBSCRIPTION is NULL. */
GPtrArray *issues_list(struct index *index, const char *subscription, guint limit, GError **error);
/* The last step of ISSUE for each recipient that has one: of struct issue_step. */
GPtrArray *issues_steps(struct index *index, gint64 issue, GError **error);
/* Where a first issue begins that is to have everything received since T: the entry before it. */
gboolean issues_begin(struct index *index, gint64 t, gint64 *after, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Issues of all subscriptions, those that are no more included, oldest first, on whose way to somebody something is left to do: of struct issue. */
GPtrArray *issues_open(struct index *index, GError **error);
/* The newest issue of SUBSCRIPTION that went out to somebody, and when it last did; both 0 when none has. */
gboolean issues_last_sent(struct index *index, const char *subscription, gint64 *number, gint64 *at, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After an archive was put back from a backup: an entry "unknown" for whatever is open in it, which may have been sent since. INDEX follows STORE to its end.
 */
gboolean issues_doubt_open(struct mailstore *store, struct index *index, gint64 at, guint *doubted, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The index follows ENTRY, of type 'issue'. */
gboolean issues_follow(struct index *index, const struct entry *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
