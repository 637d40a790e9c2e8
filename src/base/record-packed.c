#include "base/record.h"

#include <string.h>

#include "base/error.h"

/* The length of what was found, that, the passages. */
GBytes *
record_pack_stored(GBytes *found, GBytes *passages)
{
	gsize found_length, passages_length;
	gconstpointer found_data = g_bytes_get_data(found, &found_length), passages_data = g_bytes_get_data(passages, &passages_length);
	guint32 head = (guint32)found_length;
	GByteArray *bytes = g_byte_array_sized_new((guint)(sizeof head + found_length + passages_length));

	g_byte_array_append(bytes, (const guint8 *)&head, sizeof head);
	g_byte_array_append(bytes, found_data, (guint)found_length);
	g_byte_array_append(bytes, passages_data, (guint)passages_length);
	return g_byte_array_free_to_bytes(bytes);
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
	found = g_bytes_new(bytes + sizeof head, head);
	passages = g_bytes_new(bytes + sizeof head + head, length - sizeof head - head);
	return record_from_stored(found, passages, error);
}
