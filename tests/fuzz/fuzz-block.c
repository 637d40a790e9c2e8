/* Any bytes stand for a block in a damaged file: they become the bytes that were asked for or an error, within the limit. */
#include "archive/block.h"
#include "base/limits.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) block = NULL, slice = NULL;
	g_autoptr(GError) error = NULL, reason = NULL;
	gint64 numbers[3];

	if (size < sizeof numbers)
		return 0;
	memcpy(numbers, data, sizeof numbers);
	block = block_unpack(data + sizeof numbers, size - sizeof numbers, numbers[0], &error);
	if ((block == NULL) == (error == NULL))
		abort();
	if (block == NULL)
		return 0;
	if ((gint64)g_bytes_get_size(block) != numbers[0] || numbers[0] > LIMIT_BLOCK_BYTES)
		abort();
	slice = block_slice(block, numbers[1], numbers[2], &reason);
	if ((slice == NULL) == (reason == NULL) || (slice != NULL && (gint64)g_bytes_get_size(slice) != numbers[2]))
		abort();
	return 0;
}
