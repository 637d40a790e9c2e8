#include "base/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "mail/message.h"
#include "rules/ruleset.h"

#define NOW 1550048400
#define ROUNDS 12 /* of random rules */

static struct ruleset *
ruleset_of(const char *text)
{
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autoptr(GError) error = NULL;
	struct ruleset *ruleset;

	g_ptr_array_add(sources, rule_source_new("one.rules", text, -1));
	ruleset = ruleset_new(sources, &error);
	if (ruleset == NULL)
		fail_msg("%s\n%s", error->message, text);
	return ruleset;
}

static char *
path_of(const char *name)
{
	const char *srcdir = g_getenv("srcdir");

	return g_build_filename(srcdir != NULL ? srcdir : ".", name, NULL);
}

static struct ruleset *
shipped(const char *name)
{
	g_autofree char *path = path_of(name), *text = NULL;

	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return ruleset_of(text);
}

/* The bytes of all mail in the folder NAME. */
static void
add_mail(GPtrArray *mail, const char *name)
{
	g_autofree char *folder = path_of(name);
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *file;

	assert_non_null(dir);
	while ((file = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, file, NULL), *text = NULL;
		gsize length;

		if (g_str_has_suffix(file, ".eml") && g_file_get_contents(path, &text, &length, NULL))
			g_ptr_array_add(mail, g_bytes_new_take(g_steal_pointer(&text), length));
	}
	g_dir_close(dir);
}

static struct record *
read_mail(GBytes *bytes)
{
	gsize length;
	const guint8 *data = g_bytes_get_data(bytes, &length);

	return message_read(data, length);
}

/* RECORD as the index stores it and gives it back. */
static struct record *
stored(const struct record *record)
{
	g_autoptr(GBytes) found = record_found_to_bytes(record), passages = record_passages_to_bytes(record->passages);
	g_autoptr(GError) error = NULL;
	struct record *back = record_from_stored(found, passages, &error);

	if (back == NULL)
		fail_msg("%s", error->message);
	return back;
}

/* Classified by FIRST (NULL: no rules) when it came, stored, and classified by SECOND: byte by byte what the reader says that has SECOND from the start. */
static void
check_same(GBytes *bytes, const struct ruleset *first, const struct ruleset *second)
{
	g_autoptr(Record) direct = read_mail(bytes), came = read_mail(bytes), back = NULL;
	g_autoptr(GBytes) expected = NULL, got = NULL;

	ruleset_classify(second, direct, NOW);
	if (first != NULL)
		ruleset_classify(first, came, NOW);
	else
		record_settle_found(came);
	back = stored(came);
	assert_int_equal(back->filings->len, 0);
	assert_int_equal(back->evidence->len, 0);
	ruleset_classify(second, back, NOW);
	expected = record_to_bytes(direct);
	got = record_to_bytes(back);
	if (!g_bytes_equal(expected, got))
		fail_msg("not the same: %s (%s) and %s (%s), %u and %u pieces of evidence", direct->message_id, direct->kind_reason, back->message_id,
		    back->kind_reason, direct->evidence->len, back->evidence->len);
}

/* Everything that rules look at is stored: the shipped rules say of a stored message what they say of the message as it came, whatever filed it before. */
static void
test_shipped(void **state)
{
	const GPtrArray *mail = *state;
	g_autoptr(Ruleset) newer = shipped("filters/ssr2-2018.rules"), older = shipped("filters/ssr2-2017.rules");

	for (guint i = 0; i < mail->len; i++) {
		check_same(g_ptr_array_index(mail, i), older, newer);
		check_same(g_ptr_array_index(mail, i), newer, older);
		check_same(g_ptr_array_index(mail, i), NULL, newer);
	}
}

/* Some word of some mail's text, at least three ASCII letters long. */
static char *
random_word(const GPtrArray *mail, GRand *rand)
{
	for (;;) {
		gsize length, at, end;
		const char *data = g_bytes_get_data(g_ptr_array_index(mail, g_rand_int_range(rand, 0, (gint)mail->len)), &length);

		if (length == 0)
			continue;
		at = g_rand_int_range(rand, 0, (gint)length);
		while (at > 0 && g_ascii_isalpha(data[at - 1]))
			at--;
		for (end = at; end < length && g_ascii_isalpha(data[end]);)
			end++;
		if (end - at >= 3 && end - at < 30)
			return g_ascii_strdown(data + at, (gssize)(end - at));
	}
}

static void
add_words(GString *text, const char *key, const GPtrArray *mail, GRand *rand, guint n)
{
	for (guint i = 0; i < n; i++) {
		g_autofree char *word = random_word(mail, rand);

		g_string_append_printf(text, "%s%s", i == 0 ? key : "; ", word);
	}
	g_string_append_c(text, '\n');
}

static struct ruleset *
random_rules(const GPtrArray *mail, GRand *rand)
{
	static const char *const headers[] = {"To", "From", "Subject", "List-Id", "X-Mailer", "User-Agent", "Content-Type", "Received", "Message-ID"};
	g_autoptr(GString) text = g_string_new("[taxonomy t]\n[workstream w]\n");
	static const char *const kinds[] = {"spam", "auto", "bounce", "admin", "announcement"};

	for (guint i = 0; i < 6; i++) {
		g_string_append_printf(text, "[topic w.t%u]\n", i);
		add_words(text, "keyword = ", mail, rand, 4);
		add_words(text, "hint = ", mail, rand, 6);
		add_words(text, "not = ", mail, rand, 2);
	}
	g_string_append(text, "[intent long]\nwords > 40\n[intent with]\nattachment = yes\n[group g]\n");
	add_words(text, "keyword = ", mail, rand, 6);
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *word = random_word(mail, rand);

		g_string_append_printf(text, "[kind %s]\nheader = %s: %s\n", kinds[i], headers[g_rand_int_range(rand, 0, G_N_ELEMENTS(headers))], word);
		add_words(text, "subject = ", mail, rand, 2);
	}
	return ruleset_of(text->str);
}

/* The same holds for rules of any words, conditions and header fields. */
static void
test_random(void **state)
{
	const GPtrArray *mail = *state;
	g_autoptr(GRand) rand = g_rand_new_with_seed(2019);

	for (guint round = 0; round < ROUNDS; round++) {
		g_autoptr(Ruleset) first = random_rules(mail, rand), second = random_rules(mail, rand);

		for (guint i = 0; i < mail->len; i++)
			check_same(g_ptr_array_index(mail, i), round % 3 == 0 ? NULL : first, second);
	}
}

/* Header fields beyond the limit, and those of the way a message took, are seen by rules neither when it comes nor later. */
static void
test_limit(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of("[taxonomy t]\n[workstream w]\n[kind spam]\nheader = X-Late: yes\n[kind admin]\nheader = Received: yes\n"
	                                        "[kind announcement]\nheader = X-Early: yes\n");
	g_autoptr(GString) text = g_string_new("Received: yes\nDKIM-Signature: yes\nX-Early: yes\n");
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(Record) record = NULL;
	gsize kept = 0;

	for (guint i = 0; i < 20; i++) {
		g_autofree char *filler = g_strnfill(800, 'x');

		g_string_append_printf(text, "X-Filler: %s\n", filler);
	}
	g_string_append(text, "X-Late: yes\n\nText.\n");
	bytes = g_bytes_new(text->str, text->len);
	record = read_mail(bytes);
	ruleset_classify(ruleset, record, NOW);
	assert_int_equal(record->kind, KIND_ANNOUNCEMENT);
	for (guint i = 0; i < record->headers->len; i++) {
		const struct record_header *header = g_ptr_array_index(record->headers, i);

		kept += strlen(header->name) + strlen(header->value);
		assert_string_not_equal(header->name, "Received");
	}
	assert_in_range(kept, LIMIT_RULE_HEADERS / 2, LIMIT_RULE_HEADERS);
	check_same(bytes, NULL, ruleset);
	(void)state;
}

static int
set_up(void **state)
{
	GPtrArray *mail = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

	message_init();
	add_mail(mail, "contrib/samples");
	add_mail(mail, "tests/mail");
	*state = mail;
	return mail->len > 100 ? 0 : -1;
}

static int
tear_down(void **state)
{
	g_ptr_array_unref(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shipped),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
