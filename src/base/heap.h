/* The heap of a process that lives for one message. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <glib.h>

/* Has the kernel put BYTES of memory behind the heap at once: page by page, at the first touch of each, it takes five times as long. Where it cannot, it does
 * not. */
void heap_fill(gsize bytes);

#endif
