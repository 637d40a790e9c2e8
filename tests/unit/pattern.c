/* Regular expressions: groups, errors, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "base/pattern.h"

static void
test_match_and_groups(void **state)
{
	g_autoptr(Pattern) pattern = pattern_new("(a+)(x)?(?<word>b)", TRUE, NULL, NULL);
	struct pattern_span spans[4];

	assert_int_equal(pattern_match(pattern, "..AAb..", 7, 0, spans, 4), PATTERN_MATCH);
	assert_int_equal(spans[0].start, 2);
	assert_int_equal(spans[0].end, 5);
	assert_int_equal(spans[1].end, 4);
	assert_true(spans[2].start == G_MAXSIZE);
	assert_int_equal(pattern_group(pattern, "word"), 3);
	assert_int_equal(spans[3].start, 4);
	assert_int_equal(pattern_group(pattern, "none"), -1);
	assert_int_equal(pattern_match(pattern, "..AAb..", 7, 5, spans, 4), PATTERN_NO_MATCH);
}

/* (?-i:) and case, in other scripts too. */
static void
test_case(void **state)
{
	g_autoptr(Pattern) any = pattern_new("ΣЖ", TRUE, NULL, NULL), one = pattern_new("(?-i:DoT)", TRUE, NULL, NULL);
	struct pattern_span span;

	assert_int_equal(pattern_match(any, "ςж", strlen("ςж"), 0, &span, 1), PATTERN_MATCH);
	assert_int_equal(pattern_match(one, "DoT", 3, 0, &span, 1), PATTERN_MATCH);
	assert_int_equal(pattern_match(one, "dot", 3, 0, &span, 1), PATTERN_NO_MATCH);
}

/* A mistake is reported with the byte where it is; bytes within characters are not matched. */
static void
test_errors(void **state)
{
	g_autoptr(GError) error = NULL, bytes = NULL;
	gsize offset = 0;

	assert_null(pattern_new("ab(c", TRUE, &offset, &error));
	assert_int_equal(offset, 4);
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA));
	assert_null(pattern_new("\\C", TRUE, &offset, &bytes));
}

/* An expression that would try for ever gives up and says so. */
static void
test_limit(void **state)
{
	g_autoptr(Pattern) pattern = pattern_new("(a+)+$", TRUE, NULL, NULL);
	g_autofree char *text = g_strnfill(60, 'a');
	struct pattern_span span;

	text[59] = 'b';
	for (int i = 0; i < 3; i++)
		assert_int_equal(pattern_match(pattern, text, 60, 0, &span, 1), PATTERN_LIMIT);
}

/* A long run of turns keeps its place on the heap, not on a small stack. */
static void
test_deep_text(void **state)
{
	g_autoptr(Pattern) pattern = pattern_new("(?:a|b(?:c)?)+z", TRUE, NULL, NULL);
	g_autofree char *text = g_strnfill(100000, 'b');
	struct pattern_span span;

	for (int i = 0; i < 4; i++)
		assert_int_not_equal(pattern_match(pattern, text, 100000, 99000 - i, &span, 1), PATTERN_MATCH);
	text[99999] = 'z';
	assert_int_equal(pattern_match(pattern, text, 100000, 99000, &span, 1), PATTERN_MATCH);
}

/* Whether a pattern gives up on a text does not depend on what was searched before: a rebuilt index says what the first one said. */
static void
test_same_whatever_came_before(void **state)
{
	const char *expression = "(?:a|aa)+q|zebra";
	g_autoptr(Pattern) used = pattern_new(expression, TRUE, NULL, NULL);
	g_autofree char *before = g_strnfill(1024 * 1024, '.');
	struct pattern_span span;
	guint results[PATTERN_LIMIT + 1] = {0};

	for (int i = 0; i < 4; i++)
		assert_int_equal(pattern_match(used, before, 1024 * 1024, 0, &span, 1), PATTERN_NO_MATCH);
	for (guint i = 0; i < 300; i++) {
		g_autoptr(Pattern) fresh = pattern_new(expression, TRUE, NULL, NULL);
		g_autofree char *run = g_strnfill(1 + i / 6, 'a');
		g_autofree char *text = g_strconcat(run, i % 3 == 0 ? "" : i % 3 == 1 ? " zebra" : "q", NULL);
		enum pattern_result result = pattern_match(fresh, text, strlen(text), 0, &span, 1);

		assert_int_equal(pattern_match(used, text, strlen(text), 0, &span, 1), result);
		results[result]++;
	}
	assert_true(results[PATTERN_NO_MATCH] > 0 && results[PATTERN_MATCH] > 0 && results[PATTERN_LIMIT] > 0);
}

/* A compiled pattern that was put away finds what the one just compiled does, its named groups too, and gives up where that gives up. */
static void
test_put_away(void **state)
{
	static const char *const expressions[] = {"(a+)(x)?(?<word>b)", "ΣЖ|(?-i:DoT)", "(?:a|aa)+q|zebra", "\\b(?<=[\\s\\S]{3})(?:you|equipe)\\b[^.]{0,9}\\?"};
	static const char *const texts[] = {"..AAb..", "ςж dot DoT", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Well, équipe you there?"};

	for (gsize i = 0; i < G_N_ELEMENTS(expressions); i++) {
		g_autoptr(Pattern) made = pattern_new(expressions[i], TRUE, NULL, NULL);
		g_autoptr(GBytes) bytes = pattern_to_bytes(made);
		g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
		g_autoptr(Pattern) read = pattern_from_bytes(copy);

		assert_int_equal(g_bytes_get_size(bytes) % 8, 0);
		assert_non_null(read);
		assert_int_equal(pattern_group(read, "word"), pattern_group(made, "word"));
		for (gsize j = 0; j < G_N_ELEMENTS(texts); j++) {
			struct pattern_span one[4] = {0}, other[4] = {0};

			assert_int_equal(
			    pattern_match(made, texts[j], strlen(texts[j]), 0, one, 4), pattern_match(read, texts[j], strlen(texts[j]), 0, other, 4));
			assert_memory_equal(one, other, sizeof one);
		}
		copy[0] ^= 1; /* another PCRE2's */
		assert_null(pattern_from_bytes(copy));
	}
}

/* [\s\S], which is compiled as "any character", finds what it does when it is written so that nothing is changed in it. */
static void
test_any_character(void **state)
{
	static const char *const expressions[] = {"a[\\s\\S]b", "(?<=[\\S\\s]{3})b", "a[\\s\\S]*?b", "a[\\s\\S]{1,3}+b", "[\\s\\S]+", "a[\\s\\S]{2}?b",
	    "(a)[\\s\\S](b)", "[^]\\]a][\\s\\S]b", "[[:alpha:]][\\s\\S]\\[\\s\\S]", "\\[[\\s\\S]", "(?x)# [\n[^]x[\\s\\S]b]|c", "(?i)A[\\s\\S]?B|[\\s\\S]\\z"};
	static const char *const texts[] = {"", "a\nb", "aéb", "xa\n\nb b", "aab\nb", "a\\[s b", "a[ S]", "aaaaaaab", "信\n安b", "[\n"};

	for (gsize i = 0; i < G_N_ELEMENTS(expressions); i++) {
		g_auto(GStrv) parts = g_strsplit(expressions[i], "[\\s\\S]", -1), others = NULL;
		g_autofree char *joined = g_strjoinv("[\\S\\s\\d]", parts), *slow = NULL;
		g_autoptr(Pattern) quick = pattern_new(expressions[i], TRUE, NULL, NULL), known = NULL;

		others = g_strsplit(joined, "[\\S\\s]", -1);
		slow = g_strjoinv("[\\S\\s\\d]", others);
		known = pattern_new(slow, TRUE, NULL, NULL);
		assert_non_null(quick);
		assert_non_null(known);
		for (gsize j = 0; j < G_N_ELEMENTS(texts); j++) {
			struct pattern_span one[3] = {0}, other[3] = {0};

			assert_int_equal(
			    pattern_match(quick, texts[j], strlen(texts[j]), 0, one, 3), pattern_match(known, texts[j], strlen(texts[j]), 0, other, 3));
			assert_memory_equal(one, other, sizeof one);
		}
	}
}

/* An error behind [\s\S] is told where it stands in what was written. */
static void
test_any_character_errors(void **state)
{
	gsize offset = 0, plain = 0;
	g_autoptr(GError) error = NULL;

	assert_null(pattern_new("[\\s\\S]{2}(x", TRUE, &offset, &error));
	g_clear_error(&error);
	assert_null(pattern_new("[\\s\\d]{2}(x", TRUE, &plain, &error));
	assert_int_equal(offset, plain);
}

/* Two quantifiers behind [\s\S] are the error that they are behind any other class. */
static void
test_any_character_quantified_twice(void **state)
{
	static const char *const expressions[] = {"a[\\s\\S]*+?b", "[\\S\\s]{3}{2}", "(?x)[\\s\\S]?+ *", "[\\s\\S]**", "[\\s\\S]{2}\\E{3}"};

	for (gsize i = 0; i < G_N_ELEMENTS(expressions); i++) {
		g_autoptr(GError) error = NULL;

		assert_null(pattern_new(expressions[i], TRUE, NULL, &error));
		assert_non_null(error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_match_and_groups),
	    cmocka_unit_test(test_case),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_deep_text),
	    cmocka_unit_test(test_put_away),
	    cmocka_unit_test(test_same_whatever_came_before),
	    cmocka_unit_test(test_any_character),
	    cmocka_unit_test(test_any_character_errors),
	    cmocka_unit_test(test_any_character_quantified_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
