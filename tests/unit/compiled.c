#include "rules/compiled.h"
#include "rules/compiledform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/hash.h"

static struct ruleset *
load(const char *name)
{
	const char *srcdir = g_getenv("srcdir");
	g_autofree char *path = g_build_filename(srcdir != NULL ? srcdir : ".", name, NULL), *text = NULL;
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	gsize length;

	assert_true(g_file_get_contents(path, &text, &length, NULL));
	g_ptr_array_add(sources, rule_source_new(path, text, length));
	return ruleset_new(sources, NULL);
}

static GBytes *
classify(const struct ruleset *ruleset, const char *subject, const char *text)
{
	g_autoptr(Record) record = record_new();

	record->subject = g_strdup(subject);
	record->subject_base = g_strdup(subject);
	record_add_passage(record, PASSAGE_SUBJECT, 0, subject, -1);
	record_add_passage(record, PASSAGE_NEW, 0, text, -1);
	record->words = 100;
	ruleset_classify(ruleset, record, 1549929600);
	return record_to_bytes(record);
}

/* The compiled form files exactly as the rule files do: every accept and reject line of the shipped rules is filed by both alike. */
static void
compare(const char *name)
{
	g_autoptr(Ruleset) read = load(name), compiled = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autofree char *hash = NULL, *text = NULL, *path = g_build_filename(g_getenv("srcdir") != NULL ? g_getenv("srcdir") : ".", name, NULL);
	guint compared = 0;

	assert_non_null(read);
	bytes = ruleset_to_bytes(read);
	compiled = ruleset_from_bytes(bytes, NULL);
	assert_non_null(compiled);
	hash = ruleset_bytes_hash(bytes);
	assert_string_equal(hash, ruleset_hash(read));
	assert_string_equal(ruleset_hash(compiled), ruleset_hash(read));
	assert_int_equal(ruleset_targets(compiled)->len, ruleset_targets(read)->len);
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++)
		if (g_str_has_prefix(*line, "accept") || g_str_has_prefix(*line, "reject")) {
			g_autoptr(GBytes) one = classify(read, "a question", strchr(*line, '=') + 1),
			                  other = classify(compiled, "a question", strchr(*line, '=') + 1);

			assert_true(g_bytes_equal(one, other));
			compared++;
		}
	assert_true(compared > 20);
}

static void
test_shipped(void **state)
{
	compare("filters/ssr2-2018.rules");
	compare("filters/ssr2-2017.rules");
	compare("tests/filing/bus-timetable.rules");
}

/* Lists, chains and phrases without a literal are found in the bytes as in the rules they were made of. */
static void
test_lists(void **state)
{
	static const char rules[] =
	    "[taxonomy t]\n[words one]\nword = cat; 猫; wild cat*\n[words two]\nword = <one>; dog; ?\n[workstream w]\nkeyword = <one> ~3 <two> | hen "
	    "~s end\n[topic w.a]\nlikely = ? | fox\nhint = <two>; ?; É\nnot = cat ~2 dog\n[intent i]\nlikely = hen; cat\n";
	static const char *const texts[] = {"a cat and a dog. End", "the 猫,wild cats at the end!", "é, dog?", "fox", "hen cat dog hen end", ""};
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autoptr(Ruleset) read = NULL, compiled = NULL;
	g_autoptr(GBytes) bytes = NULL;

	g_ptr_array_add(sources, rule_source_new("lists", rules, -1));
	read = ruleset_new(sources, NULL);
	assert_non_null(read);
	bytes = ruleset_to_bytes(read);
	compiled = ruleset_from_bytes(bytes, NULL);
	assert_non_null(compiled);
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GBytes) one = classify(read, "x", texts[i]), other = classify(compiled, "x", texts[i]);

		assert_true(g_bytes_equal(one, other));
	}
}

/* Bytes of another program, cut off, or nonsense are refused, and nothing is read beyond them. */
static void
test_refused(void **state)
{
	g_autoptr(Ruleset) read = load("tests/filing/bus-timetable.rules");
	g_autoptr(GBytes) bytes = ruleset_to_bytes(read);
	gsize size = g_bytes_get_size(bytes);

	for (gsize length = 0; length < size; length += MAX(1, size / 500)) {
		g_autoptr(GBytes) cut = g_bytes_new(g_bytes_get_data(bytes, NULL), length);
		g_autoptr(GError) error = NULL;
		g_autoptr(Ruleset) made = ruleset_from_bytes(cut, &error);

		assert_null(made);
		assert_non_null(error);
	}
}

/* A flipped bit is noticed by who asks for the hash, or, in a compiled pattern, by who needs the pattern: it is compiled again, and finds the same. */
static void
test_flipped(void **state)
{
	static const char text[] = "The third item of the list is late: why was the 4th dropped, and does item 5 stand?";
	g_autoptr(Ruleset) read = load("tests/filing/bus-timetable.rules");
	g_autoptr(GBytes) bytes = ruleset_to_bytes(read), right = classify(read, "x", text);
	gsize size;
	guint8 *copy = g_memdup2(g_bytes_get_data(bytes, &size), g_bytes_get_size(bytes));
	guint noticed = 0, harmless = 0;

	for (gsize at = 0; at < size; at += at < 512 ? 1 : MAX(1, size / 997)) {
		copy[at] ^= 0x10;
		g_autoptr(GBytes) flipped = g_bytes_new(copy, size);
		g_autofree char *hash = ruleset_bytes_hash(flipped);

		if (hash == NULL) {
			noticed++;
		} else {
			g_autoptr(Ruleset) made = ruleset_from_bytes(flipped, NULL);
			g_autoptr(GBytes) found = classify(made, "x", text);

			assert_string_equal(hash, ruleset_hash(read));
			assert_true(g_bytes_equal(found, right));
			harmless++;
		}
		copy[at] ^= 0x10;
	}
	assert_true(noticed > 600);
	assert_true(harmless > 10);
	g_free(copy);
}

#define FORM "postbag ruleset 11 "
#define FORM_SUM G_GUINT64_CONSTANT(0x9846a1bc3925a6f2)

/* A program that takes another's rules.cache for its own files nothing: what changes anything in it takes another number in compiled_stamp, and both here. */
static void
test_form(void **state)
{
	static const char text[] = "[taxonomy port-2024]\ntitle = Port\nsince = 2024-03-01\n\n[mask]\nkeyword = horse power\n\n"
	                           "[workstream quay]\ntitle = Quay\nkeyword = gantry crane; mooring ~8 fee; quay*\nhint = stable\nnot = quay street\n"
	                           "pattern = /\\b(?:first|second)\\s+berth\\b/\npattern = /[^.?!]{3,200}\\?/\n\n"
	                           "[topic quay.horse]\ntitle = Horses\nlikely = a cart\nkeyword = m\xc3\xa9hari\n\n[team]\naddress = a@example.org\n";
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autoptr(Ruleset) ruleset = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GError) error = NULL;
	const struct packed_head *head;
	char stamp[sizeof head->stamp] = "";

	(void)state;
	if (PCRE2_MAJOR != 10 || PCRE2_MINOR != 42 || sizeof(gpointer) != 8 || G_BYTE_ORDER != G_LITTLE_ENDIAN)
		skip(); /* where patterns stand depends on them */
	g_ptr_array_add(sources, rule_source_new("port.rules", text, strlen(text)));
	ruleset = ruleset_new(sources, &error);
	if (ruleset == NULL)
		fail_msg("%s", error->message);
	bytes = ruleset_to_bytes(ruleset);
	head = g_bytes_get_data(bytes, NULL);
	compiled_stamp(stamp, sizeof stamp);
	assert_true(g_str_has_prefix(stamp, FORM));
	assert_int_equal(hash_quick(head + 1, head->blocks[BLOCK_PATTERNS].at - sizeof *head), FORM_SUM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_shipped),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_flipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
