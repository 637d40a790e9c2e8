/* A block: messages one behind the other, compressed together (table block of mail.db). What it was read from may be damaged, so nothing in it is believed. */
#ifndef ARCHIVE_BLOCK_H
#define ARCHIVE_BLOCK_H

#include <glib.h>

/* PLAIN, of 1 to LIMIT_BLOCK_BYTES bytes, as it is kept. */
GBytes *block_pack(const GByteArray *plain) G_GNUC_WARN_UNUSED_RESULT;

/* The SIZE bytes that PACKED was made of. POSTBAG_ERROR_DAMAGED when it is something else; POSTBAG_ERROR_TEMPORARY without memory. */
GBytes *block_unpack(gconstpointer packed, gsize length, gint64 size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SIZE bytes of BLOCK from OFFSET on. POSTBAG_ERROR_DAMAGED when it has no such bytes. */
GBytes *block_slice(GBytes *block, gint64 offset, gint64 size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
