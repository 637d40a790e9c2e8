#include "base/localpart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *text, *hidden, *addresses;
} cases[] = {
    {"", "", ""},
    {"no address at all, 100%, a @ sign", "no address at all, 100%, a @ sign", ""},
    {"ada.lovelace@example.net", "a\u2026@example.net", "ada.lovelace@example.net\n"},
    {"write to <ada@example.net>, or to b@c.example.", "write to <a\u2026@example.net>, or to \u2026@c.example.", "ada@example.net\nb@c.example.\n"},
    {"mailto:ada%40example.net", "mailto:a\u2026%40example.net", "ada%40example.net\n"},
    {"\"ada love\"@example.net", "\u2026@example.net", "\"ada love\"@example.net\n"},
    {"ada\uff20example.net", "a\u2026\uff20example.net", "ada\uff20example.net\n"},
    {"\u043a\u0442\u043e@example.net", "\u2026@example.net", "\u043a\u0442\u043e@example.net\n"},
    {"a1@b@c.example", "a\u2026@\u2026@c.example", "a1@b\nb@c.example\n"},
};

/* The public is shown, and finds, a first letter and the domain; the whole goes where staff look. */
static void
test_hide(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) addresses = g_string_new(NULL);
		g_autofree char *hidden = localparts_hide(cases[i].text, addresses);
		g_autofree char *same = localparts_hide(cases[i].text, NULL);

		assert_string_equal(hidden, cases[i].hidden);
		assert_string_equal(same, hidden);
		assert_string_equal(addresses->str, cases[i].addresses);
	}
}

/* Spans are in order and apart, whatever a sender writes: each costs the text's length once. */
static void
test_many(void **state)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GArray) found = NULL;

	for (int i = 0; i < 20000; i++)
		g_string_append(text, "aa@");
	g_string_append(text, "b");
	found = localparts_find(text->str);
	assert_int_equal(found->len, 20000);
	for (guint i = 1; i < found->len; i++) {
		const struct localpart *before = &g_array_index(found, struct localpart, i - 1), *part = &g_array_index(found, struct localpart, i);

		assert_true(before->to < part->from && part->from <= part->to && part->to < part->end);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_hide), cmocka_unit_test(test_many)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
