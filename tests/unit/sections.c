/* The one file syntax: sections, entries, lists, and where errors point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/sections.h"

static GPtrArray *
parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *sections = sections_parse("f", text, strlen(text), &error);

	assert_null(error);
	assert_non_null(sections);
	return sections;
}

static void
assert_error(const char *text, gsize length, const char *expected)
{
	g_autoptr(GError) error = NULL;

	assert_null(sections_parse("f", text, length, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA));
	assert_true(g_str_has_prefix(error->message, expected));
}

static const struct section_entry *
entry_at(const GPtrArray *sections, guint section, guint entry)
{
	return g_ptr_array_index(((struct section *)g_ptr_array_index(sections, section))->entries, entry);
}

/* Keys, suffixes, operators, values, comments and their places. */
static void
test_parse(void **state)
{
	g_autoptr(GPtrArray) sections =
	    parse("\xef\xbb\xbf# note\r\n[topic ws2.isms]\r\nkeyword.fr =  SMSI ; é \r\n\r\nwords < 60\n  # remark\nitem.9=x\n[voice]\n");
	const struct section *first = g_ptr_array_index(sections, 0), *second = g_ptr_array_index(sections, 1);
	const struct section_entry *entry = entry_at(sections, 0, 0);

	assert_int_equal(sections->len, 2);
	assert_string_equal(first->type, "topic");
	assert_string_equal(first->name, "ws2.isms");
	assert_int_equal(first->line, 2);
	assert_int_equal(first->entries->len, 3);
	assert_string_equal(entry->key, "keyword");
	assert_string_equal(entry->suffix, "fr");
	assert_string_equal(entry->value, "SMSI ; é");
	assert_int_equal(entry->operator, '=');
	assert_int_equal(entry->line, 3);
	assert_int_equal(entry->column, 15);
	assert_int_equal(entry_at(sections, 0, 1)->operator, '<');
	assert_null(entry_at(sections, 0, 1)->suffix);
	assert_string_equal(entry_at(sections, 0, 2)->suffix, "9");
	assert_string_equal(second->type, "voice");
	assert_null(second->name);
}

/* A continued value is one value, and its items keep their own lines and columns. */
static void
test_continuation(void **state)
{
	g_autoptr(GPtrArray) sections = parse("[a]\nk = é one;\n\ttwo; three\n# between\n   four\nlast =\n  x\n");
	const struct section_entry *entry = entry_at(sections, 0, 0);
	static const guint places[][2] = {{2, 5}, {3, 2}, {3, 7}};
	struct section_item item = {0};
	gsize cursor = 0;
	guint line, column;

	assert_string_equal(entry->value, "é one; two; three four");
	for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
		assert_true(section_entry_next(entry, &cursor, &item));
		assert_int_equal(item.line, places[i][0]);
		assert_int_equal(item.column, places[i][1]);
	}
	assert_false(section_entry_next(entry, &cursor, &item));
	section_entry_place(entry, strlen(entry->value) - 4, &line, &column);
	assert_int_equal(line, 5);
	assert_int_equal(column, 4);
	assert_string_equal(entry_at(sections, 0, 1)->value, "x");
	assert_int_equal(entry_at(sections, 0, 1)->line, 6);
}

static void
test_list(void **state)
{
	g_autoptr(GPtrArray) sections = parse("[a]\nk = ; one ;; two\\; and ; é ;\n");
	g_autoptr(GArray) columns = NULL;
	g_autoptr(GPtrArray) list = section_entry_list(entry_at(sections, 0, 0), &columns);

	assert_int_equal(list->len, 3);
	assert_string_equal(g_ptr_array_index(list, 0), "one");
	assert_string_equal(g_ptr_array_index(list, 1), "two; and");
	assert_string_equal(g_ptr_array_index(list, 2), "é");
	assert_int_equal(g_array_index(columns, guint, 0), 7);
	assert_int_equal(g_array_index(columns, guint, 1), 14);
	assert_int_equal(g_array_index(columns, guint, 2), 26);
}

/* Every way a file can be wrong says where, in characters. */
static void
test_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {"k = v\n", "f:1:1: an entry before the first section"},
	    {"[a]\nk v\n", "f:2:3: expected \"key = value\""},
	    {"[a]\n= v\n", "f:2:1: expected \"key = value\""},
	    {"[a]\né = v\n", "f:2:1: expected \"key = value\""},
	    {"[a]\nk. = v\n", "f:2:2: expected a word on both sides of the dot"},
	    {"[a]\n.k = v\n", "f:2:1: expected a word on both sides of the dot"},
	    {"[a\n", "f:1:3: no \"]\" ends"},
	    {"[é] x\n", "f:1:5: words after \"]\""},
	    {"[ ]\n", "f:1:3: a section without a type"},
	    {"[a]\n  v\n", "f:2:3: a line that begins with white space"},
	    {"  v\n", "f:1:3: a line that begins with white space"},
	    {"[a]\nk = é\x01\n", "f:2:6: a control character"},
	    {"[a]\nk = é\xff\n", "f:2:6: a byte that is not UTF-8"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_error(cases[i].text, strlen(cases[i].text), cases[i].error);
	assert_error("[a]\n\nk\0", 7, "f:3:2: a NUL byte");
}

/* A value has a limit, so that no file makes a rule of megabytes. */
static void
test_long_value(void **state)
{
	g_autoptr(GString) text = g_string_new("[a]\nk = v\n");

	for (int i = 0; i < LIMIT_SECTIONS_LINE / 10 + 10; i++)
		g_string_append(text, " 123456789\n");
	assert_error(text->str, text->len, "f:");
}

static void
test_dates_and_booleans(void **state)
{
	g_autoptr(GPtrArray) sections = parse("[a]\na = 2019-02-12\nb = 2019-02-30\nc = 12 Feb\nd = yes\ne = perhaps\n");
	gint64 date = 0;
	gboolean yes = FALSE;
	g_autoptr(GError) first = NULL, second = NULL, third = NULL;

	assert_true(section_entry_date("f", entry_at(sections, 0, 0), &date, NULL));
	assert_true(date == G_GINT64_CONSTANT(1549929600));
	assert_false(section_entry_date("f", entry_at(sections, 0, 1), &date, &first));
	assert_string_equal(first->message, "f:3:5: there is no day 2019-02-30; expected YYYY-MM-DD");
	assert_false(section_entry_date("f", entry_at(sections, 0, 2), &date, &second));
	assert_string_equal(second->message, "f:4:5: \"12 Feb\" is not a date; expected YYYY-MM-DD");
	assert_true(section_entry_boolean("f", entry_at(sections, 0, 3), &yes, NULL));
	assert_true(yes);
	assert_false(section_entry_boolean("f", entry_at(sections, 0, 4), &yes, &third));
	assert_string_equal(third->message, "f:6:5: \"perhaps\" is neither yes nor no");
}

static void
test_empty(void **state)
{
	g_autoptr(GPtrArray) none = parse(""), comment = parse("# only\n"), no_end = parse("[a]\nk = v");

	assert_int_equal(none->len, 0);
	assert_int_equal(comment->len, 0);
	assert_string_equal(entry_at(no_end, 0, 0)->value, "v");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_continuation),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_long_value),
	    cmocka_unit_test(test_dates_and_booleans),
	    cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
