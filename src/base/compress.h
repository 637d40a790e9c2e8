/* zstd (RFC 8878): the only includer of zstd. */
#ifndef BASE_COMPRESS_H
#define BASE_COMPRESS_H

#include <glib.h>

GBytes *compress_bytes(gconstpointer data, gsize length);      /* level 2 */
GBytes *compress_bytes_hard(gconstpointer data, gsize length); /* level 12, at a tenth of the speed: for what is written once and kept */
/* POSTBAG_ERROR_DAMAGED when DATA is not a zstd frame or would be longer than LIMIT bytes. */
GBytes *decompress_bytes(gconstpointer data, gsize length, gsize limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
