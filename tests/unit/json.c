#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Names and text come out in the order they went in, with null for what is absent. */
static void
one_line(void **state)
{
	g_autoptr(Json) object = json_new_object();
	struct json *list = json_new_array();
	g_autofree char *text = NULL;

	json_put_text(object, "zeta", "z");
	json_put_text(object, "alpha", NULL);
	json_put_number(object, "n", G_MININT64);
	json_put_boolean(object, "yes", TRUE);
	json_add_text(list, "a");
	json_add_number(list, 2);
	json_add(list, json_new_object());
	json_put(object, "list", list);
	text = json_print(object, FALSE);
	assert_string_equal(text, "{\"zeta\":\"z\",\"alpha\":null,\"n\":-9223372036854775808,\"yes\":true,\"list\":[\"a\",2,{}]}");
}

/* Text that is not UTF-8 is mended, not refused: a message's JSON never fails for what its sender wrote. */
static void
invalid_text(void **state)
{
	g_autoptr(Json) array = json_new_array();
	g_autofree char *text = NULL;

	json_add_text(array, "caf\xe9");
	json_add_text(array, "\xed\xa0\x80");
	text = json_print(array, FALSE);
	assert_true(g_utf8_validate(text, -1, NULL));
	assert_non_null(strstr(text, "caf\uFFFD"));
}

/* Nothing a sender wrote moves a terminal: controls of every kind leave as escapes that mean the same. */
static void
active_characters(void **state)
{
	g_autoptr(Json) array = json_new_array();
	g_autofree char *text = NULL;

	json_add_text(array, "\x1b[31m\x7f\xc2\x9b\u202e\u2028\u00e9\"\\\n");
	text = json_print(array, FALSE);
	assert_string_equal(text, "[\"\\u001B[31m\\u007F\\u009B\\u202E\\u2028\u00e9\\\"\\\\\\n\"]");
}

/* The indented form ends its last line. */
static void
indented(void **state)
{
	g_autoptr(Json) object = json_new_object();
	g_autofree char *text = NULL;

	json_put_number(object, "version", 1);
	text = json_print(object, TRUE);
	assert_string_equal(text, "{\n  \"version\": 1\n}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_line),
	    cmocka_unit_test(invalid_text),
	    cmocka_unit_test(active_characters),
	    cmocka_unit_test(indented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
