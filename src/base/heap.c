#include "base/heap.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((gsize)2 * 1024 * 1024)
#define AHEAD (256 * 1024) /* larger than anything that was freed by then: it comes from behind the heap's end */

#if defined(MADV_POPULATE_WRITE) && !defined(__SANITIZE_ADDRESS__)
/* Moves the end of the heap's use to the start of a huge page that nothing was written to, with SIZE bytes behind it, and returns that; 0: the heap is not one
 * piece. What malloc notes of its pieces stands in front of them. */
static gsize
align_end(gsize size)
{
	gpointer room = malloc(AHEAD), gap, rest;
	gsize end = (gsize)room, start = (end + AHEAD + HUGE_PAGE) & ~(HUGE_PAGE - 1);

	if (room == NULL)
		return 0;
	free(room);
	gap = malloc(start - end - sizeof(gsize)); /* address space alone: it is never used, and never freed */
	rest = malloc(size);
	if ((gsize)gap != end || (gsize)rest != start) {
		free(gap);
		start = 0;
	}
	free(rest);
	return start;
}
#endif

void
heap_fill(gsize bytes)
{
#if defined(MADV_POPULATE_WRITE) && !defined(__SANITIZE_ADDRESS__)
	gsize start;

	/* From the heap and not beside it, and left to it when it is freed. */
	mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
	start = align_end(2 * HUGE_PAGE);
	if (start == 0)
		return;
	madvise((gpointer)start, HUGE_PAGE, MADV_HUGEPAGE);
	madvise((gpointer)start, bytes, MADV_POPULATE_WRITE);
#endif
}
