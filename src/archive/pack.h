/* Packing: older messages of mail.db in blocks, each verified before its own copy goes. */
#ifndef ARCHIVE_PACK_H
#define ARCHIVE_PACK_H

#include "archive/mailstore.h"

struct packing {
	gint64 before;   /* only messages whose last delivery was received before this time */
	gboolean dry;    /* nothing is written */
	gint64 last;     /* messages up to this one have been looked at; 0 at the start */
	gint64 messages; /* packed (dry: that would be), and what they took and take now, bytes */
	gint64 blocks, raw, loose, packed;
	GPtrArray *damaged; /* of char *: why a message stays as it is */
};
void packing_init(struct packing *packing, gint64 before, gboolean dry);
void packing_clear(struct packing *packing);
typedef struct packing Packing;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Packing, packing_clear)

/*
 * The next block, in one transaction of its own: killed at any moment each message is there, in one place. *MORE FALSE: there are not enough messages for
 * another one. What changes meanwhile (redacted, mended) is left to the next run. POSTBAG_ERROR_TEMPORARY when the archive is busy for longer than
 * mailstore_open's wait.
 */
gboolean pack_next(struct mailstore *store, struct packing *packing, gboolean *more, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Gives back free space when that is more than a sixteenth of the file: VACUUM, with the queue of writers kept out (deliveries that cannot wait so long go into
 * the spool). *ROOM gets the bytes that are missing on the file system for it, 0: it was done or there was no need to; *FREED the bytes given back.
 */
gboolean pack_shrink(struct mailstore *store, gint64 *freed, gint64 *room, GError **error) G_GNUC_WARN_UNUSED_RESULT;

struct pack_state {
	gint64 blocks, messages, raw, packed; /* messages in blocks, their bytes, and those of the blocks */
	gint64 file, unused;                  /* bytes of mail.db and of its free pages */
};
gboolean pack_look(struct mailstore *store, struct pack_state *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Within a transaction: when CONTENT is in a block, all messages of the block are as they were before it was packed, and the block is gone.
 * POSTBAG_ERROR_DAMAGED when it cannot be unpacked. */
gboolean mailstore_loosen(struct mailstore *store, gint64 content, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* mailstore_loosen in a transaction of its own, so that a longer one that is to follow has less to do. */
gboolean mailstore_loosen_now(struct mailstore *store, gint64 content, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* mailstore_loosen, but from a damaged block CONTENT is taken without its bytes: they are about to be written again. */
gboolean mailstore_take_out(struct mailstore *store, gint64 content, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
