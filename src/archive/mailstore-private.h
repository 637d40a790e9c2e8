/* What mailstore.c and decisions.c share. */
#ifndef ARCHIVE_MAILSTORE_PRIVATE_H
#define ARCHIVE_MAILSTORE_PRIVATE_H

#include "archive/mailstore.h"

struct mailstore {
	struct db *db;
	char *folder, *uuid;
	gboolean at_end; /* LAST_SEQ and LAST_LINK hold: known since a transaction began */
	gint64 last_seq;
	guint8 last_link[16];
	GStringChunk *strings; /* of the struct entry given out last */
};

/* A row of table entry to be; what a type has no use for stays 0 or NULL. */
struct new_entry {
	const char *type;
	gint64 at, content, received;
	const char *source, *sender, *recipient, *rules, *action, *value, *note;
	GBytes *header;
	const struct hash *content_id;
};
gboolean mailstore_append(struct mailstore *store, const struct new_entry *entry, gint64 *seq, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
