/* Bytes of a sender among which words are looked for that were taken out: the quick search says what the plain one says. The first line is the words. */
#include "../unit/needle-plain.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	g_autoptr(Needles) needles = needles_new();

	if (end == NULL || size > 4096)
		return 0;
	g_autofree char *words = g_strndup((const char *)data, (gsize)(end - data));
	g_auto(GStrv) each = g_strsplit(words, ";", 4);
	for (guint i = 0; each[i] != NULL; i++)
		(void)needles_add(needles, each[i]);
	size -= (size_t)(end + 1 - data);
	if (needles_count(needles) > 0 && size > 0 && plain_in_bytes(needles, end + 1, size) != needles_in_bytes(needles, end + 1, size))
		abort();
	return 0;
}
