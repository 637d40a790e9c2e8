/* The heap of a process that lives for one message. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <glib.h>

/* Has the kernel put BYTES (at most 2 MB) of memory behind the heap at once, as one huge page where it gives those (madvise(2), MADV_HUGEPAGE): page by page, at
 * the first touch of each, it takes up to ten times as long. Where it cannot, it does not. */
void heap_fill(gsize bytes);

#endif
