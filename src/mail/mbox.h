/* mbox files (RFC 4155, mboxrd and mboxo), plain or gzip (zlib), as a stream of raw messages. */
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

#include <glib.h>

struct mbox;
/* Called with DATA before FD, a pipe above all, is waited for. FALSE ends the reading: MBOX_ERROR. */
typedef gboolean (*mbox_idle)(gpointer data, GError **error);
/* FD is read to its end and stays the caller's; gzip is recognised by its bytes. IDLE may be NULL. */
struct mbox *mbox_open(int fd, mbox_idle idle, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void mbox_free(struct mbox *mbox);

enum mbox_result { MBOX_MESSAGE, MBOX_END, MBOX_ERROR };
/*
 * The next message without its "From " line; ">From " and ">>From " lines (mboxrd) lose one '>' . A separator is a "From " line with
 * a date at the start of the file or after an empty line, whose next line looks like a header field; anything else is text. *RECEIVED gets the
 * date of the From_ line, or 0. *OFFSET gets the byte where the message began in the (uncompressed) file. A message over LIMIT_RAW_SIZE or a damaged gzip
 * stream is MBOX_ERROR.
 */
enum mbox_result mbox_next(struct mbox *mbox, GBytes **message, gint64 *received, gint64 *offset, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Bytes read so far of the file as it is on disk, for a progress bar. */
gint64 mbox_position(const struct mbox *mbox);

/* TRUE when DATA begins as an mbox does ("From " and a date). */
gboolean mbox_looks_like(const guint8 *data, gsize length);

#endif
