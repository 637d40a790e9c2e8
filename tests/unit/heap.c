#include "base/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define FILLED (512 * 1024)
#define ASKED (128 * 1024)

static gboolean
kernel_fills(void)
{
#if defined(MADV_POPULATE_WRITE) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
	gsize page = (gsize)sysconf(_SC_PAGESIZE);
	gpointer room = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return room != MAP_FAILED && madvise(room, page, MADV_POPULATE_WRITE) == 0;
#else
	return FALSE;
#endif
}

/* What is allocated next lies in memory that is there already, all of it, and can be used, freed and enlarged as any other. */
static void
test_next_is_there(void **state)
{
	gsize page = (gsize)sysconf(_SC_PAGESIZE), first;
	unsigned char there[ASKED / 512] = {0};
	guint8 *small, *large;

	heap_fill(FILLED);
	small = malloc(ASKED);
	assert_non_null(small);
	first = ((gsize)small + page - 1) & ~(page - 1);
	if (kernel_fills()) {
		assert_int_equal(mincore((gpointer)first, ASKED - page, there), 0);
		for (gsize i = 0; i < (ASKED - page) / page; i++)
			assert_int_equal(there[i] & 1, 1);
	} else
		print_message("not tried: memory that is there ahead, which this kernel, C library or build does not do\n");
	memset(small, 1, ASKED);
	large = realloc(small, (gsize)6 * 1024 * 1024);
	assert_non_null(large);
	assert_int_equal(large[ASKED - 1], 1);
	memset(large, 2, (gsize)6 * 1024 * 1024);
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_next_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
