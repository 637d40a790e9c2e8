/* What mailstore.c and decisions.c share. */
#ifndef ARCHIVE_MAILSTORE_PRIVATE_H
#define ARCHIVE_MAILSTORE_PRIVATE_H

#include "archive/mailstore.h"

#define MAILSTORE_LINK 16 /* bytes of an entry's link */

/* A block as it was unpacked last: who reads on finds the next message in it. Blocks never change, and their numbers never come again. */
struct unpacked {
	gint64 block; /* 0: none */
	GBytes *bytes;
};
/* Messages of this transaction whose block is not written yet (mailstore-gather.c). */
struct gathering {
	gint64 block;      /* its number; 0: none was begun */
	GByteArray *plain; /* its messages one behind the other; NULL: messages are not gathered */
};

#define MAILSTORE_UNPACKED 2 /* where a few of a block's messages were packed anew elsewhere, two are read in turn */

struct mailstore {
	struct db *db;
	char *folder, *uuid;
	gboolean at_end; /* LAST_SEQ and LAST_LINK hold: known since a transaction began */
	gint64 last_seq;
	guint8 last_link[MAILSTORE_LINK];
	GStringChunk *strings; /* of the struct entry given out last */
	struct unpacked unpacked[MAILSTORE_UNPACKED];
	guint oldest_unpacked; /* the next one to be replaced */
	struct gathering gathering;
};

/* FOLDER with mode 2770, and its parents; one that is there stays as it is. */
gboolean mailstore_make_folder(const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The number of RAW's content, 0: not there; *SAME_BYTES: the bytes first delivered are RAW's. */
gboolean mailstore_find(
    struct mailstore *store, const struct raw_message *raw, gint64 *content, gboolean *same_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The chunks of RAW after the first. */
gboolean mailstore_add_chunks(struct mailstore *store, gint64 content, const struct raw_message *raw, gint64 chunks, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads CONTENT whole; errors as in mailstore_read. */
gboolean mailstore_verify(struct mailstore *store, gint64 content, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* mailstore-gather.c: where BYTES, a whole message, go within a transaction: into *BLOCK from *OFFSET on; 0: into a row of their own. */
gboolean mailstore_gather_bytes(struct mailstore *store, GBytes *bytes, gint64 *block, gint64 *offset, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes what was gathered: before a commit, and before blocks are read by others than mailstore_read. */
gboolean mailstore_end_block(struct mailstore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What was gathered of BLOCK, if that is the one; else NULL. */
GBytes *mailstore_gathered(const struct mailstore *store, gint64 block) G_GNUC_WARN_UNUSED_RESULT;
/* After a transaction that failed: numbers of blocks that it wrote are given to others. */
void mailstore_forget_blocks(struct mailstore *store);

/* pack-loose.c: the bytes of BLOCK, read anew; the message of POSTBAG_ERROR_DAMAGED has no remedy yet. */
GBytes *mailstore_read_block(struct mailstore *store, gint64 block, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* BLOCK goes, if no message is in it. Within a transaction. */
gboolean mailstore_drop_block(struct mailstore *store, gint64 block, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A row of table entry to be; what a type has no use for stays 0 or NULL. */
struct new_entry {
	const char *type;
	gint64 at, content, received;
	const char *source, *sender, *recipient, *rules, *action, *value, *note;
	GBytes *header;
	const struct hash *content_id;
};
/* The link of ENTRY after the one BEFORE it (zeros for the first). */
void mailstore_entry_link(const guint8 before[MAILSTORE_LINK], const struct new_entry *entry, guint8 link[MAILSTORE_LINK]);
gboolean mailstore_append(struct mailstore *store, const struct new_entry *entry, gint64 *seq, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* redaction.c: runs SQL with the one parameter :content; the bytes of CONTENT are RAW's from now on (NULL: none). */
gboolean mailstore_run_on(struct mailstore *store, const char *sql, gint64 content, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean mailstore_replace_bytes(struct mailstore *store, gint64 content, GBytes *raw, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
