#include "intake/reader-private.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compress.h"
#include "base/error.h"
#include "base/limits.h"
#include "mail/message.h"

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

/* The first child of PARENT, awaited for a while. */
static int
find_child(int parent)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", parent, parent);

	for (int i = 0; i < 1000; i++) {
		g_autofree char *text = NULL;

		if (g_file_get_contents(path, &text, NULL, NULL) && atoi(text) > 0)
			return atoi(text);
		g_usleep(10000);
	}
	return 0;
}

/* In place of reading: answers each message with a record that tells the process. */
static void
tell_process(int fd)
{
	struct frame frame;

	while (read(fd, &frame, sizeof frame) == (gssize)sizeof frame) {
		g_autofree char *data = g_malloc(frame.length), *mail = g_strdup_printf("Subject: %d\n\nText.\n", (int)getpid());
		g_autoptr(Record) record = message_read((const guint8 *)mail, strlen(mail));
		g_autoptr(GBytes) bytes = NULL;

		for (gsize done = 0; done < frame.length;)
			done += (gsize)read(fd, data + done, frame.length - done);
		bytes = record_to_bytes(record);
		frame = (struct frame){.type = FRAME_RECORD, .length = (guint32)g_bytes_get_size(bytes)};
		if (write(fd, &frame, sizeof frame) < 0 || write(fd, g_bytes_get_data(bytes, NULL), frame.length) < 0)
			break;
	}
	_exit(0);
}

/* How many processes twenty messages were read in. */
static guint
count_processes(enum reader_life life)
{
	struct worker worker = {.planted = tell_process};
	g_autoptr(Reader) reader = reader_new_planted(life, &worker, 60 * G_USEC_PER_SEC, NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (int i = 0; i < 20; i++) {
		g_autoptr(GBytes) bytes = message(i);

		reader_submit(reader, i, bytes, 0);
	}
	for (int i = 0; i < 20; i++) {
		g_auto(Reading) reading = {0};

		assert_true(reader_collect(reader, -1, &reading));
		assert_int_equal(reading.tag, i);
		assert_non_null(reading.record);
		g_hash_table_add(seen, g_strdup(reading.record->subject));
	}
	return g_hash_table_size(seen);
}

/* Only an import's messages share a process. */
static void
test_processes(void **state)
{
	assert_int_equal(count_processes(READER_FEW), 20);
	assert_int_equal(count_processes(READER_EACH), 20);
	assert_int_equal(count_processes(READER_MANY), 1);
}

/* However many messages wait at once, no process serves more than a batch of them, and they come back in order. */
static void
test_batch(void **state)
{
	const int n = LIMIT_READER_BATCH + 20;
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	int nursery = find_child(getpid()), first = find_child(nursery);

	for (int i = 0; i < n; i++) {
		g_autoptr(GBytes) bytes = message(i);

		reader_submit(reader, i, bytes, 0);
	}
	for (int i = 0; i < n; i++) {
		g_auto(Reading) reading = {0};

		assert_true(reader_collect(reader, -1, &reading));
		assert_int_equal(reading.tag, i);
		assert_non_null(reading.record);
	}
	assert_true(first > 0);
	assert_int_not_equal(find_child(nursery), first);
}

/* Each message has a process of its own, and a queue of them comes back in order, each filed by the rules that the first process was given. */
static void
test_each(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_EACH, NULL, NULL);

	reader_set_rules(reader, rules(good));
	for (int i = 0; i < 20; i++) {
		g_autoptr(GBytes) bytes = message(i);

		reader_submit(reader, i, bytes, 0);
	}
	for (int i = 0; i < 20; i++) {
		g_auto(Reading) reading = {0};

		if (i == 10)
			reader_set_rules(reader, rules(good));
		assert_true(reader_collect(reader, -1, &reading));
		assert_int_equal(reading.tag, i);
		assert_non_null(reading.record);
		assert_non_null(record_find_filing(reading.record, TARGET_TOPIC, "w.fares"));
	}
}

/* A reader that dies costs one message its record; the next one is read by its replacement. */
static void
check_death(enum reader_life life)
{
	g_autoptr(Reader) reader = reader_new(life, NULL, NULL);
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
			assert_non_null(strstr(reading.unread, "reader"));
		} else
			assert_non_null(reading.record);
	}
	assert_true(reader_is_alive(reader));
}

static void
test_death(void **state)
{
	check_death(READER_FEW);
	check_death(READER_MANY);
	check_death(READER_EACH);
}

/* A delivery's only process is not replaced: its message is unread, says so, and nothing waits for ever. */
static void
test_death_of_one(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_ONE, NULL, NULL);

	kill(find_child(getpid()), SIGKILL);
	for (int i = 0; i < 2; i++) {
		g_autoptr(GBytes) bytes = message(i);
		g_auto(Reading) reading = {0};

		reader_submit(reader, i, bytes, 0);
		assert_true(reader_collect(reader, -1, &reading));
		assert_null(reading.record);
		assert_non_null(strstr(reading.unread, "reader"));
		assert_false(reader_is_alive(reader));
	}
}

/* Without the process that forks there are no more readers: what waits is unread, and nobody waits for ever. */
static void
test_no_nursery(void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_FEW, NULL, NULL);

	kill(find_child(getpid()), SIGKILL);
	for (int i = 0; i < 2; i++) {
		g_autoptr(GBytes) bytes = message(i);
		g_auto(Reading) reading = {0};

		reader_submit(reader, i, bytes, 0);
		assert_true(reader_collect(reader, -1, &reading));
		if (i == 0) /* its process may have been there already */
			continue;
		assert_null(reading.record);
		assert_non_null(strstr(reading.unread, "reader"));
	}
	assert_false(reader_is_alive(reader));
}

/* A part comes back decoded, and one that is not there is an error. */
static void
test_part(void **state)
{
	static const char text[] = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: application/octet-stream\n"
	                           "Content-Transfer-Encoding: base64\n\nAAEC\n--b--\n";
	g_autoptr(Reader) reader = reader_new(READER_FEW, NULL, NULL);
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

/* What was asked before is not answered any more, in whatever state it was; what is asked from then on is. */
static void
check_forget(enum reader_life life)
{
	g_autoptr(Reader) reader = reader_new(life, NULL, NULL);
	g_auto(Reading) reading = {0};
	g_autoptr(GBytes) last = message(7);

	reader_set_rules(reader, rules(good));
	for (int i = 0; i < 5; i++) {
		g_autoptr(GBytes) bytes = message(i);

		reader_submit(reader, i, bytes, 0);
	}
	assert_true(reader_collect(reader, -1, &reading));
	reading_clear(&reading);
	reader_forget(reader);
	assert_int_equal(reader_pending(reader), 0);
	assert_false(reader_collect(reader, 0, &reading));
	reader_submit(reader, 2, last, 0);
	assert_true(reader_collect(reader, -1, &reading));
	assert_int_equal(reading.tag, 2);
	assert_non_null(reading.record);
	assert_string_equal(reading.record->subject, "number 7");
	assert_non_null(record_find_filing(reading.record, TARGET_TOPIC, "w.fares"));
	assert_true(reader_is_alive(reader));
}

static void
test_forget(void **state)
{
	check_forget(READER_FEW);
	check_forget(READER_EACH);
	check_forget(READER_MANY);
}

/* A message as the index has it. */
static GBytes *
stored_message(void)
{
	g_autoptr(GBytes) passages = NULL, found = NULL;
	g_autoptr(Record) record = record_new();

	record_add_passage(record, PASSAGE_SUBJECT, 0, "number 3", -1);
	record_add_passage(record, PASSAGE_NEW, 0, "The fares are too high.", -1);
	record_settle_found(record);
	passages = record_passages_to_bytes(record->passages);
	found = record_found_to_bytes(record);
	return record_pack_stored(found, passages);
}

/* Stored messages: what rules say of them, that they say the same as others did, and that what is stored is damaged. */
static void
test_stored(G_GNUC_UNUSED void **state)
{
	g_autoptr(Reader) reader = reader_new(READER_MANY, NULL, NULL);
	g_autofree char *other = g_strconcat(good, "[topic w.ferry]\nkeyword = ferry\n", NULL);
	g_autoptr(GBytes) packed = stored_message(), damaged = g_bytes_new_from_bytes(packed, 0, g_bytes_get_size(packed) / 2);
	g_autoptr(GPtrArray) targets = NULL;
	g_auto(Reading) whole = {0}, based = {0}, cut = {0}, baseless = {0};

	reader_set_rules(reader, rules(other));
	targets = reader_rules_targets(reader, NULL);
	assert_non_null(targets);
	reader_submit_stored(reader, 0, packed, 0, TRUE);
	assert_true(reader_collect(reader, -1, &baseless));
	assert_non_null(baseless.record);
	reader_set_base(reader, rules(good));
	reader_submit_stored(reader, 1, packed, 0, FALSE);
	reader_submit_stored(reader, 2, packed, 0, TRUE);
	reader_submit_stored(reader, 3, damaged, 0, TRUE);
	assert_true(reader_collect(reader, -1, &whole) && reader_collect(reader, -1, &based) && reader_collect(reader, -1, &cut));
	assert_non_null(whole.record);
	assert_false(whole.same);
	assert_non_null(record_find_filing(whole.record, TARGET_TOPIC, "w.fares"));
	assert_int_equal(whole.record->passages->len, 0);
	assert_true(based.same);
	assert_null(based.record);
	assert_null(based.unread);
	assert_false(cut.same);
	assert_string_equal(cut.unread, "what the index stores of it is damaged");
}

/* In place of reading: says of each message that it is filed as before. */
static void
tell_same(int fd)
{
	struct frame frame;

	while (read(fd, &frame, sizeof frame) == (gssize)sizeof frame) {
		g_autofree char *data = g_malloc(frame.length + 1);

		for (gsize done = 0; done < frame.length;)
			done += (gsize)read(fd, data + done, frame.length - done);
		frame = (struct frame){.type = FRAME_SAME};
		if (write(fd, &frame, sizeof frame) < 0)
			break;
	}
	_exit(0);
}

/* Only of a message that was given with a base can a process say that: of any other it is no answer. */
static void
test_same_unasked(G_GNUC_UNUSED void **state)
{
	struct worker worker = {.planted = tell_same};
	g_autoptr(Reader) reader = reader_new_planted(READER_MANY, &worker, 60 * G_USEC_PER_SEC, NULL);
	g_autoptr(GBytes) packed = stored_message(), mail = message(1);
	g_auto(Reading) stored = {0}, raw = {0};

	reader_submit_stored(reader, 1, packed, 0, FALSE);
	reader_submit(reader, 2, mail, 0);
	assert_true(reader_collect(reader, -1, &stored) && reader_collect(reader, -1, &raw));
	assert_false(stored.same || raw.same);
	assert_string_equal(stored.unread, "the reader's answer is not one");
	assert_string_equal(raw.unread, "the reader's answer is not one");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_in_order),
	    cmocka_unit_test(test_bad_rules),
	    cmocka_unit_test(test_each),
	    cmocka_unit_test(test_processes),
	    cmocka_unit_test(test_batch),
	    cmocka_unit_test(test_death),
	    cmocka_unit_test(test_death_of_one),
	    cmocka_unit_test(test_no_nursery),
	    cmocka_unit_test(test_part),
	    cmocka_unit_test(test_forget),
	    cmocka_unit_test(test_stored),
	    cmocka_unit_test(test_same_unasked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
