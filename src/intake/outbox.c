#include "intake/outbox.h"

#include <sys/socket.h>

#define PIECE_BYTES (64 * 1024) /* of a message in a file, read at a time */
#define PIECES_AT_ONCE 16       /* in one call */
#define CALLS_AT_ONCE 16        /* then the caller looks at the clock */

struct piece {
	GBytes *bytes; /* or NULL */
	struct raw_message *raw;
	gsize length;
};

static void
piece_free(gpointer data)
{
	struct piece *piece = data;

	g_clear_pointer(&piece->bytes, g_bytes_unref);
	g_clear_pointer(&piece->raw, raw_message_free);
	g_free(piece);
}

void
outbox_init(struct outbox *outbox)
{
	g_queue_init(&outbox->pieces);
	outbox->done = 0;
}

void
outbox_clear(struct outbox *outbox)
{
	g_queue_clear_full(&outbox->pieces, piece_free);
	outbox->done = 0;
}

gboolean
outbox_is_empty(const struct outbox *outbox)
{
	return outbox->pieces.length == 0;
}

static void
add(struct outbox *outbox, GBytes *bytes, struct raw_message *raw, gsize length)
{
	struct piece *piece;

	if (length == 0)
		return;
	piece = g_new0(struct piece, 1);
	piece->bytes = bytes != NULL ? g_bytes_ref(bytes) : NULL;
	piece->raw = raw != NULL ? raw_message_ref(raw) : NULL;
	piece->length = length;
	g_queue_push_tail(&outbox->pieces, piece);
}

void
outbox_add(struct outbox *outbox, GBytes *bytes)
{
	add(outbox, bytes, NULL, g_bytes_get_size(bytes));
}

void
outbox_add_raw(struct outbox *outbox, struct raw_message *raw, gsize length)
{
	add(outbox, NULL, raw, length);
}

/* The next bytes of a message in a file, of the piece at the front. */
static gssize
send_raw(const struct outbox *outbox, int fd, GError **error)
{
	const struct piece *piece = outbox->pieces.head->data;
	g_autoptr(GBytes) bytes = raw_message_read(piece->raw, (gint64)outbox->done, MIN(PIECE_BYTES, piece->length - outbox->done), error);
	gssize n;

	if (bytes == NULL)
		return -1;
	n = send(fd, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
	return MAX(n, 0);
}

/* The pieces at the front that are in memory, in one call: each by itself would wake the reader for its first bytes. */
static gssize
send_bytes(const struct outbox *outbox, int fd)
{
	struct iovec vectors[PIECES_AT_ONCE];
	struct msghdr message = {.msg_iov = vectors};
	gsize skipped = outbox->done;
	gssize n;

	for (const GList *link = outbox->pieces.head; link != NULL && message.msg_iovlen < G_N_ELEMENTS(vectors); link = link->next) {
		const struct piece *piece = link->data;

		if (piece->bytes == NULL)
			break;
		vectors[message.msg_iovlen].iov_base = (guint8 *)g_bytes_get_data(piece->bytes, NULL) + skipped;
		vectors[message.msg_iovlen++].iov_len = piece->length - skipped;
		skipped = 0;
	}
	n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	return MAX(n, 0);
}

/* SENT bytes more are written. */
static void
forget_sent(struct outbox *outbox, gsize sent)
{
	outbox->done += sent;
	while (outbox->pieces.head != NULL && outbox->done >= ((const struct piece *)outbox->pieces.head->data)->length) {
		struct piece *piece = g_queue_pop_head(&outbox->pieces);

		outbox->done -= piece->length;
		piece_free(piece);
	}
}

gboolean
outbox_write(struct outbox *outbox, int fd, GError **error)
{
	for (int i = 0; i < CALLS_AT_ONCE && !outbox_is_empty(outbox); i++) {
		const struct piece *piece = outbox->pieces.head->data;
		gssize n = piece->bytes != NULL ? send_bytes(outbox, fd) : send_raw(outbox, fd, error);

		if (n < 0)
			return FALSE;
		if (n == 0)
			return TRUE;
		forget_sent(outbox, (gsize)n);
	}
	return TRUE;
}
