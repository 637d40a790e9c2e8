#include "base/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"

static struct record *
sample(void)
{
	struct record *record = record_new();

	record->message_id = g_strdup("a@example.org");
	record->subject = g_strdup("Grüße");
	record->subject_base = g_strdup("Grüße");
	record->has_date = TRUE;
	record->date = 1549929600;
	record->date_zone = -60;
	record->kind = KIND_TEAM;
	record->kind_reason = g_strdup("team: address");
	record->held = TRUE;
	g_ptr_array_add(record->references, g_strdup("b@example.org"));
	record_add_address(record, ROLE_TO, NULL, "input@example.org");
	record_add_part(record, "1", "text/plain")->size = 12;
	record_add_passage(record, PASSAGE_SUBJECT, 0, "Grüße", -1);
	record_add_passage(record, PASSAGE_NEW, 0, "some words", -1);
	record_add_filing(record, TARGET_TOPIC, "bus.fares", "bus", TIER_SUGGESTED);
	struct record_evidence *evidence = record_add_evidence(record, TARGET_TOPIC, "bus.fares", TIER_SUGGESTED, "likely", "words", "bus.rules", 7);
	evidence->passage = 1;
	evidence->offset = 5;
	evidence->length = 5;
	evidence->words = g_strdup("words");
	record_add_remark(record, "charset repaired in part %d", 1);
	return record;
}

/* What the reader says arrives whole: every field of a record crosses the pipe unchanged. */
static void
test_there_and_back(void **state)
{
	g_autoptr(Record) record = sample(), back = NULL;
	g_autoptr(GBytes) bytes = record_to_bytes(record), again = NULL;
	g_autoptr(GError) error = NULL;

	back = record_from_bytes(bytes, &error);
	assert_null(error);
	assert_non_null(back);
	again = record_to_bytes(back);
	assert_true(g_bytes_equal(bytes, again));
	assert_string_equal(back->subject, "Grüße");
	assert_int_equal(back->date_zone, -60);
	assert_null(back->in_reply_to);
}

static void
assert_refused(struct record *record)
{
	g_autoptr(GBytes) bytes = record_to_bytes(record);
	g_autoptr(GError) error = NULL;
	g_autoptr(Record) back = record_from_bytes(bytes, &error);

	assert_null(back);
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA));
	record_free(record);
}

/* A taken-over reader cannot plant rows that point outside their text, unknown kinds, or control characters. */
static void
test_hostile(void **state)
{
	struct record *record = sample();

	((struct record_evidence *)record->evidence->pdata[0])->offset = 11;
	assert_refused(record);
	record = sample();
	((struct record_evidence *)record->evidence->pdata[0])->length = G_MAXUINT;
	assert_refused(record);
	record = sample();
	((struct record_evidence *)record->evidence->pdata[0])->passage = 2;
	assert_refused(record);
	record = sample();
	record->kind = 99;
	assert_refused(record);
	record = sample();
	g_free(record->subject);
	record->subject = g_strdup("a\033]0;b");
	assert_refused(record);
	record = sample();
	((struct record_passage *)record->passages->pdata[1])->part = 3;
	assert_refused(record);
	record = sample();
	((struct record_filing *)record->filings->pdata[0])->tier = TIER_HINT;
	assert_refused(record);
	record = sample();
	record_add_filing(record, TARGET_TOPIC, "bus.fares", "bus", TIER_FIRM);
	assert_refused(record);
	record = sample();
	g_ptr_array_set_size(record->passages, 0);
	g_ptr_array_set_size(record->evidence, 0);
	assert_refused(record);
}

/* Any change of any byte is either refused or still a well-formed record: no crash, whatever the bytes. */
static void
test_every_byte(void **state)
{
	g_autoptr(Record) record = sample();
	g_autoptr(GBytes) bytes = record_to_bytes(record);
	gsize size, refused = 0;
	const guint8 *data = g_bytes_get_data(bytes, &size);

	for (gsize i = 0; i < size; i++)
		for (int flip = 1; flip < 256; flip <<= 1) {
			g_autofree guint8 *copy = g_memdup2(data, size);
			g_autoptr(GBytes) changed = NULL;
			g_autoptr(GError) error = NULL;
			g_autoptr(Record) back = NULL;

			copy[i] ^= flip;
			changed = g_bytes_new(copy, size);
			back = record_from_bytes(changed, &error);
			assert_true((back == NULL) == (error != NULL));
			refused += back == NULL ? 1 : 0;
		}
	assert_true(refused > size);
}

static void
assert_bytes_refused(const guint8 *data, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Record) back = record_parse(data, size, &error);

	assert_null(back);
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA));
}

/* A record that ends early, goes on behind its end, says that it has more than any record, or writes a number in a way of its own is none. */
static void
test_numbers(G_GNUC_UNUSED void **state)
{
	g_autoptr(Record) record = sample();
	g_autoptr(GBytes) bytes = record_to_bytes(record);
	gsize size;
	const guint8 *data = g_bytes_get_data(bytes, &size);
	const guint8 many[] = {'r', 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0, 0, 0, 0};
	const guint8 endless[] = {'r', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	g_autofree guint8 *longer = g_malloc0(size + 2);

	assert_bytes_refused(NULL, 0);
	for (gsize i = 0; i < size; i++)
		assert_bytes_refused(data, i);
	memcpy(longer, data, size);
	assert_bytes_refused(longer, size + 1);
	longer[1] |= 0x80; /* the number of references in two bytes, the second of which is zero */
	longer[2] = 0;
	memcpy(longer + 3, data + 2, size - 2);
	assert_bytes_refused(longer, size + 1);
	assert_bytes_refused(many, sizeof many);
	assert_bytes_refused(endless, sizeof endless);
}

static struct record *
parsed(const struct record *record)
{
	g_autoptr(GBytes) bytes = record_to_bytes(record);

	return record_from_bytes(bytes, NULL);
}

/* Each count at its limit is taken, and one more is not: what a record can make the parent allocate is bounded. */
static void
test_counts(G_GNUC_UNUSED void **state)
{
	g_autoptr(Record) record = sample(), back = NULL;

	while (record->remarks->len < LIMIT_REMARKS)
		record_add_remark(record, "one more");
	while (record->parts->len < LIMIT_PARTS + 100)
		record_add_part(record, "1", "text/plain");
	while (record->addresses->len < LIMIT_ADDRESSES + 100)
		record_add_address(record, ROLE_TO, "A", "a@example.org");
	while (record->references->len < 2 * LIMIT_REFERENCES)
		g_ptr_array_add(record->references, g_strdup("c@example.org"));
	while (record->passages->len < LIMIT_PASSAGES + LIMIT_PARTS + 100)
		record_add_passage(record, PASSAGE_NEW, 599, "x", -1);
	while (record->evidence->len < LIMIT_EVIDENCE + 100)
		record_add_evidence(record, TARGET_TOPIC, "bus", TIER_FIRM, "keyword", "bus", "bus.rules", 1);
	back = parsed(record);
	assert_non_null(back);
	assert_int_equal(back->passages->len, LIMIT_PASSAGES + LIMIT_PARTS + 100);
	assert_int_equal(((const struct record_passage *)back->passages->pdata[2000])->part, 599);
	for (guint i = 0; i < 6; i++) {
		GPtrArray *const arrays[] = {record->remarks, record->parts, record->addresses, record->references, record->passages, record->evidence};

		g_ptr_array_add(arrays[i], g_ptr_array_index(arrays[i], 0));
		assert_null(parsed(record));
		arrays[i]->len--;
	}
}

/* What is not UTF-8 is told as GLib tells it, wherever in a word of eight bytes it stands; control characters are told besides. */
static void
test_utf8(G_GNUC_UNUSED void **state)
{
	static const guint8 bytes[] = {0x00, 0x09, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef,
	    0xf0, 0xf1, 0xf4, 0xf5, 0xff};
	char text[24];
	guint32 random = 1;

	for (guint i = 0; i < 300000; i++) {
		gsize length = i % sizeof text;
		gboolean valid, plain = TRUE;

		memset(text, 'a', sizeof text);
		for (guint j = 0; j < 4 && length > 0; j++) {
			random = random * 1664525 + 1013904223;
			text[((random >> 8) % 6 + j + (i % 5) * 3) % length] = (char)bytes[(random >> 16) % sizeof bytes];
		}
		valid = g_utf8_validate_len(text, length, NULL);
		for (gsize j = 0; j < length; j++)
			plain = plain && ((guchar)text[j] >= 0x20 || text[j] == '\t' || text[j] == '\n') && text[j] != 0x7f;
		assert_int_equal(utf8_is_valid(text, length), valid);
		assert_int_equal(utf8_is_plain(text, length), valid && plain);
	}
	assert_true(utf8_is_plain("gr\xc3\xbc\xc3\x9f, \xe2\x82\xac \xf0\x9f\x9a\x8c\n", 17));
}

/* Passages stored beside the index come back as they were. */
static void
test_passages(void **state)
{
	g_autoptr(Record) record = sample();
	g_autoptr(GBytes) bytes = record_passages_to_bytes(record->passages);
	g_autoptr(GPtrArray) passages = record_passages_from_bytes(bytes, NULL);

	assert_non_null(passages);
	assert_int_equal(passages->len, 2);
	assert_string_equal(((struct record_passage *)passages->pdata[1])->text, "some words");
}

static struct record *
said_from(GBytes *bytes)
{
	return record_said_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), NULL);
}

/* What a classification said crosses without the passages; evidence that lies outside them is found out before it is stored beside them. */
static void
test_said(G_GNUC_UNUSED void **state)
{
	g_autoptr(Record) record = sample(), back = NULL;
	g_autoptr(GBytes) bytes = record_said_to_bytes(record), again = NULL, whole = record_to_bytes(record);
	struct record_evidence *evidence;

	back = said_from(bytes);
	assert_non_null(back);
	again = record_said_to_bytes(back);
	assert_true(g_bytes_equal(bytes, again));
	assert_int_equal(back->passages->len, 0);
	assert_int_equal(back->kind, KIND_TEAM);
	assert_true(back->held);
	assert_int_equal(back->remarks->len, 1);
	assert_true(record_fits(back, record->passages));
	evidence = g_ptr_array_index(back->evidence, 0);
	evidence->length = 6;
	assert_false(record_fits(back, record->passages));
	evidence->length = 5;
	evidence->passage = 2;
	assert_false(record_fits(back, record->passages));
	evidence->passage = -1;
	assert_true(record_fits(back, record->passages));
	assert_null(said_from(whole));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_every_byte),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_utf8),
	    cmocka_unit_test(test_passages),
	    cmocka_unit_test(test_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
