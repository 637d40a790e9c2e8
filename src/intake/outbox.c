#include "intake/outbox.h"

#include <sys/socket.h>

#define PIECE_BYTES (64 * 1024) /* of a message in a file, read at a time */
#define PIECES_AT_ONCE 16       /* then the caller looks at the clock */

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

/* The bytes of the first piece that are not written yet, or the first of them. */
static GBytes *
next_bytes(const struct outbox *outbox, GError **error)
{
	const struct piece *piece = outbox->pieces.head->data;

	if (piece->bytes != NULL)
		return g_bytes_new_from_bytes(piece->bytes, outbox->done, piece->length - outbox->done);
	return raw_message_read(piece->raw, (gint64)outbox->done, MIN(PIECE_BYTES, piece->length - outbox->done), error);
}

gboolean
outbox_write(struct outbox *outbox, int fd, GError **error)
{
	for (int i = 0; i < PIECES_AT_ONCE && !outbox_is_empty(outbox); i++) {
		const struct piece *piece = outbox->pieces.head->data;
		g_autoptr(GBytes) bytes = next_bytes(outbox, error);
		gssize n;

		if (bytes == NULL)
			return FALSE;
		n = send(fd, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n <= 0)
			return TRUE;
		outbox->done += (gsize)n;
		if (outbox->done == piece->length) {
			piece_free(g_queue_pop_head(&outbox->pieces));
			outbox->done = 0;
		}
	}
	return TRUE;
}
