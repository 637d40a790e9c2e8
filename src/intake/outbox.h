/* Bytes on their way to a reader process, which are never put together or copied: a message is as large as its sender likes. */
#ifndef INTAKE_OUTBOX_H
#define INTAKE_OUTBOX_H

#include "base/rawmessage.h"

struct outbox {
	GQueue pieces;
	gsize done; /* bytes of the first piece that are written */
};

void outbox_init(struct outbox *outbox);
void outbox_clear(struct outbox *outbox); /* empties it; it can be used on */
gboolean outbox_is_empty(const struct outbox *outbox);

/* Both take a reference. */
void outbox_add(struct outbox *outbox, GBytes *bytes);
/* The first LENGTH bytes of RAW, read when their turn comes. */
void outbox_add_raw(struct outbox *outbox, struct raw_message *raw, gsize length);

/* Writes to the socket FD what goes without a wait. A socket that takes nothing more is for reading to find out; FALSE with the reason when a message cannot
 * be read back. */
gboolean outbox_write(struct outbox *outbox, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
