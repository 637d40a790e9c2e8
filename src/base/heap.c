#include "base/heap.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE ((gsize)4096)

void
heap_fill(gsize bytes)
{
#if defined(MADV_POPULATE_WRITE) && !defined(__SANITIZE_ADDRESS__)
	guint8 *room;

	/* From the heap and not beside it, and left to it when it is freed. */
	mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
	room = malloc(bytes);
	if (room == NULL)
		return;
	madvise((gpointer)(((gsize)room + PAGE - 1) & ~(PAGE - 1)), bytes - PAGE, MADV_POPULATE_WRITE);
	free(room);
#endif
}
