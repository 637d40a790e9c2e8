#include "base/record.h"

#include <string.h>

#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"

/* The length of what was found, that, the passages. */
GBytes *
record_pack_stored(gconstpointer found, gsize found_length, gconstpointer passages, gsize passages_length)
{
	guint32 head = (guint32)found_length;
	gsize size = sizeof head + found_length + passages_length;
	guint8 *bytes = g_malloc(size);

	memcpy(bytes, &head, sizeof head);
	memcpy(bytes + sizeof head, found, found_length);
	memcpy(bytes + sizeof head + found_length, passages, passages_length);
	return g_bytes_new_take(bytes, size);
}

struct record *
record_unpack_stored(gconstpointer data, gsize length, GError **error)
{
	const guint8 *bytes = data;
	g_autoptr(GBytes) found = NULL, passages = NULL;
	guint32 head = 0;

	if (length >= sizeof head)
		memcpy(&head, bytes, sizeof head);
	if (length < sizeof head || head > length - sizeof head) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "a stored message is cut short");
		return NULL;
	}
	if ((found = decompress_bytes(bytes + sizeof head, head, LIMIT_RECORD_BYTES, error)) == NULL ||
	    (passages = decompress_bytes(bytes + sizeof head + head, length - sizeof head - head, LIMIT_RECORD_BYTES, error)) == NULL)
		return NULL;
	return record_from_stored(found, passages, error);
}
