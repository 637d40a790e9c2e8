#include "intake/reader.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"

static GBytes *
message(int number)
{
	char *text = g_strdup_printf("From: a@example.org\nSubject: number %d\n\nThe fares are too high.\n", number);

	return g_bytes_new_take(text, strlen(text));
}

static GVariant *
rules(const char *text)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
	g_variant_builder_add(&builder, "(ss)", "bus.rules", text);
	return g_variant_builder_end(&builder);
}

static const char good[] = "[taxonomy bus]\ntitle = Buses\n\n[workstream w]\ntitle = Money\n\n[topic w.fares]\ntitle = Fares\nkeyword = fares\n";

/* Many messages in flight come back in order, each filed: the pipe does not lock up when both sides have much to say. */
static void
test_in_order(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autoptr(GPtrArray) targets = NULL;

	assert_non_null(reader);
	reader_set_rules(reader, rules(good));
	targets = reader_rules_targets(reader, NULL);
	assert_non_null(targets);
	for (int i = 0; i < 500; i++) {
		g_autoptr(GBytes) bytes = message(i);

		reader_submit(reader, i, bytes, 0);
	}
	for (int i = 0; i < 500; i++) {
		g_auto(Reading) reading = {0};
		g_autofree char *subject = g_strdup_printf("number %d", i);

		assert_true(reader_collect(reader, -1, &reading));
		assert_int_equal(reading.tag, i);
		assert_non_null(reading.record);
		assert_string_equal(reading.record->subject, subject);
		assert_non_null(record_find_filing(reading.record, TARGET_TOPIC, "w.fares"));
	}
	assert_int_equal(reader_pending(reader), 0);
}

/* A rule file that does not parse is refused with its place, and the reader goes on without. */
static void
test_bad_rules(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_ONE, NULL, NULL);
	g_autoptr(GError) error = NULL;
	g_auto(Reading) reading = {0};
	g_autoptr(GBytes) bytes = message(1);

	reader_set_rules(reader, rules("[taxonomy bus]\ntitle = Buses\n\n[topic\n"));
	assert_null(reader_rules_targets(reader, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA));
	assert_non_null(strstr(error->message, "bus.rules:4:"));
	reader_submit(reader, 7, bytes, 0);
	assert_true(reader_collect(reader, -1, &reading));
	assert_non_null(reading.record);
}

/* The first child of this process or of the nursery whose parent is PARENT. */
static int
find_child(int parent)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", parent, parent), *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) ? atoi(text) : 0;
}

/* Each message has a process of its own, and a queue of them comes back in order, each filed. */
static void
test_each(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_EACH, NULL, NULL);
	int nursery = find_child(getpid()), last = 0;

	reader_set_rules(reader, rules(good));
	for (int i = 0; i < 20; i++) {
		g_autoptr(GBytes) bytes = message(i);

		reader_submit(reader, i, bytes, 0);
	}
	for (int i = 0; i < 20; i++) {
		g_auto(Reading) reading = {0};
		int worker = find_child(nursery);

		assert_int_not_equal(worker, last);
		last = worker;
		assert_true(reader_collect(reader, -1, &reading));
		assert_int_equal(reading.tag, i);
		assert_non_null(reading.record);
		assert_non_null(record_find_filing(reading.record, TARGET_TOPIC, "w.fares"));
	}
}

/* A reader that dies costs one message its record; the next one is read by its replacement. */
static void
test_death(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	int worker = find_child(find_child(getpid()));

	assert_true(worker > 0);
	kill(worker, SIGKILL);
	for (int i = 0; i < 3; i++) {
		g_autoptr(GBytes) bytes = message(i);

		reader_submit(reader, i, bytes, 0);
	}
	for (int i = 0; i < 3; i++) {
		g_auto(Reading) reading = {0};

		assert_true(reader_collect(reader, -1, &reading));
		assert_int_equal(reading.tag, i);
		if (i == 0) {
			assert_null(reading.record);
			assert_non_null(reading.unread);
		} else
			assert_non_null(reading.record);
	}
}

/* A delivery's reader that dies is not replaced: the delivery ends with an unread message and says so. */
static void
test_death_of_one(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_ONE, NULL, NULL);
	g_autoptr(GBytes) bytes = message(1);
	g_auto(Reading) reading = {0};

	kill(find_child(getpid()), SIGKILL);
	reader_submit(reader, 1, bytes, 0);
	assert_true(reader_collect(reader, -1, &reading));
	assert_null(reading.record);
	assert_non_null(strstr(reading.unread, "reader"));
	assert_false(reader_is_alive(reader));
}

/* A part comes back decoded, and one that is not there is an error. */
static void
test_part(void **state)
{
	static const char text[] = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: application/octet-stream\n"
	                           "Content-Transfer-Encoding: base64\n\nAAEC\n--b--\n";
	g_autoptr(Reader) reader = reader_new(READER_ONE, NULL, NULL);
	g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof text - 1), part = NULL, none = NULL;
	g_autofree char *type = NULL, *no_type = NULL;
	g_autoptr(GError) error = NULL;

	part = reader_part(reader, bytes, "2", &type, &error);
	assert_non_null(part);
	assert_int_equal(g_bytes_get_size(part), 3);
	assert_memory_equal(g_bytes_get_data(part, NULL), "\0\1\2", 3);
	assert_string_equal(type, "application/octet-stream");
	none = reader_part(reader, bytes, "9", &no_type, &error);
	assert_null(none);
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_in_order),
	    cmocka_unit_test(test_bad_rules),
	    cmocka_unit_test(test_each),
	    cmocka_unit_test(test_death),
	    cmocka_unit_test(test_death_of_one),
	    cmocka_unit_test(test_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
