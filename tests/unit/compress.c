#include "base/compress.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What is compressed comes back, whatever its length, in one thread and in another. */
static gpointer
round_trips(gpointer unused)
{
	static const gsize lengths[] = {0, 1, 100, 19000, 300000, 1048576};
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);

	for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
		g_autofree guint8 *data = g_malloc(lengths[i] + 1);
		g_autoptr(GBytes) packed = NULL;
		g_autoptr(GBytes) back = NULL;

		for (gsize j = 0; j < lengths[i]; j++)
			data[j] = "abcdefgh"[g_rand_int_range(rand, 0, 8)];
		packed = compress_bytes(data, lengths[i]);
		back = decompress_bytes(g_bytes_get_data(packed, NULL), g_bytes_get_size(packed), lengths[i], NULL);
		assert_non_null(back);
		assert_int_equal(g_bytes_get_size(back), lengths[i]);
		if (lengths[i] > 0)
			assert_memory_equal(g_bytes_get_data(back, NULL), data, lengths[i]);
	}
	return NULL;
}

static void
test_round_trips(void **state)
{
	round_trips(NULL);
	g_thread_join(g_thread_new("other", round_trips, NULL));
}

/* The index is equal when made again: the same bytes always compress to the same bytes, whatever came before. */
static void
test_repeatable(void **state)
{
	static const char text[] = "the same text the same text the same text";
	g_autoptr(GBytes) first = compress_bytes(text, sizeof(text));
	g_autoptr(GBytes) other = compress_bytes("another", 7);
	g_autoptr(GBytes) second = compress_bytes(text, sizeof(text));

	assert_true(g_bytes_equal(first, second));
	assert_false(g_bytes_equal(first, other));
}

/* Damage and bombs are errors, never a crash or a huge allocation. */
static void
test_hostile(void **state)
{
	g_autofree guint8 *zeros = g_malloc0(1 << 20);
	g_autoptr(GBytes) packed = compress_bytes(zeros, 1 << 20);
	g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
	gsize length = g_bytes_get_size(packed);
	g_autoptr(GError) error = NULL;

	assert_null(decompress_bytes(copy, length, (1 << 20) - 1, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
	g_clear_error(&error);
	assert_null(decompress_bytes(copy, length - 1, 1 << 20, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
	g_clear_error(&error);
	assert_null(decompress_bytes("no frame at all", 15, 1 << 20, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
	g_clear_error(&error);
	assert_null(decompress_bytes(copy, 0, 1 << 20, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trips),
	    cmocka_unit_test(test_repeatable),
	    cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
