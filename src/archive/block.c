#include "archive/block.h"

#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

GBytes *
block_pack(const GByteArray *plain)
{
	return compress_bytes_hard(plain->data, plain->len);
}

GBytes *
block_unpack(gconstpointer packed, gsize length, gint64 size, GError **error)
{
	g_autoptr(GBytes) bytes = NULL;

	if (packed == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "it is not there");
		return NULL;
	}
	if ((bytes = decompress_bytes(packed, length, LIMIT_BLOCK_BYTES, error)) == NULL)
		return NULL;
	if (size < 0 || (guint64)size != g_bytes_get_size(bytes)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "it has %" G_GSIZE_FORMAT " bytes instead of %" G_GINT64_FORMAT,
		    g_bytes_get_size(bytes), size);
		return NULL;
	}
	return g_steal_pointer(&bytes);
}

GBytes *
block_slice(GBytes *block, gint64 offset, gint64 size, GError **error)
{
	gint64 length = (gint64)g_bytes_get_size(block);

	if (offset >= 0 && size >= 0 && offset <= length && size <= length - offset)
		return g_bytes_new_from_bytes(block, (gsize)offset, (gsize)size);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "it has no %" G_GINT64_FORMAT " bytes from %" G_GINT64_FORMAT " on", size, offset);
	return NULL;
}
