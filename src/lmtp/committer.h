/*
 * Group commit: a thread that brings letters to disk. While one transaction is synced, letters queue up; the next takes all of them. A letter is answered for
 * only when it is on disk: in mail.db, or in the emergency spool when mail.db cannot take it.
 */
#ifndef LMTP_COMMITTER_H
#define LMTP_COMMITTER_H

#include "base/log.h"
#include "lmtp/session.h"

struct committer;

struct parcel {
	struct letter letter; /* in: its raw message is freed as soon as it is kept */
	gint64 received;      /* in: seconds since 1970 */
	gpointer owner;       /* the caller's own */
	enum outcome outcome; /* out */
	char id[64];          /* out: the public id, or "" */
};
void parcel_free(struct parcel *parcel);

/* Starts the thread. FOLDER and SPOOL must live on; nothing needs to exist yet. FD becomes readable (eventfd(2), not blocking) when parcels are done.
 * POSTBAG_ERROR_SYSTEM. */
struct committer *committer_new(const char *folder, const char *spool, enum log_level level, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes over PARCEL; never waits. */
void committer_put(struct committer *committer, struct parcel *parcel);
/* The next parcel that is done, or NULL; the caller owns it. */
struct parcel *committer_get(struct committer *committer);
/* Whether a parcel went into the spool since the last call. */
gboolean committer_has_spooled(struct committer *committer);
/* Brings what was put to its end, closes the archive and ends the thread. Parcels not got are freed. */
void committer_free(struct committer *committer);
typedef struct committer Committer;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Committer, committer_free)

#endif
