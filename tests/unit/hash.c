#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The hash is SHA-256: the published examples of FIPS 180-4. */
static void
test_known_answers(void **state)
{
	static const struct {
		const char *text, *hex;
	} answers[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(answers); i++) {
		struct hash hash = hash_bytes(answers[i].text, strlen(answers[i].text));
		g_autofree char *hex = hash_hex(&hash);

		assert_string_equal(hex, answers[i].hex);
	}
}

/* A hash in pieces, copied half-way, is the hash of the whole. */
static void
test_pieces_and_copies(void **state)
{
	struct hasher *first = hasher_new(), *second, *third = hasher_new();
	struct hash a, b, c, whole = hash_bytes("hello world", 11);

	hasher_add(first, "hello", 5);
	second = hasher_copy(first);
	hasher_add(third, "something else", 14);
	hasher_assign(third, first);
	hasher_add(first, " world", 6);
	hasher_add(second, " wor", 4);
	hasher_add(second, "ld", 2);
	hasher_add(third, " world", 6);
	a = hasher_finish(first);
	b = hasher_finish(second);
	c = hasher_finish(third);
	assert_memory_equal(&a, &whole, sizeof(whole));
	assert_memory_equal(&b, &whole, sizeof(whole));
	assert_memory_equal(&c, &whole, sizeof(whole));
}

/* Public ids are RFC 4648 base32 in lower case, and a shorter one begins a longer one. */
static void
test_base32(void **state)
{
	struct hash hash = {{'f', 'o', 'o', 'b', 'a', 'r'}};
	g_autofree char *text = hash_base32(&hash, 9);
	g_autofree char *whole = NULL;

	assert_string_equal(text, "mzxw6ytbo");
	memset(hash.bytes, 0xff, sizeof(hash.bytes));
	whole = hash_base32(&hash, HASH_BASE32_MAX);
	assert_int_equal(strlen(whole), HASH_BASE32_MAX);
	assert_int_equal(strspn(whole, "7"), HASH_BASE32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_answers),
	    cmocka_unit_test(test_pieces_and_copies),
	    cmocka_unit_test(test_base32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
