/* What a pattern has to pass before it is tried: nothing that can match is turned away, and most of what cannot is. */
#include "rules/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pattern.h"
#include "rules/series.h"

static const char *const expressions[] = {
    "\\bwhen\\b[^?]{0,20}\\?",
    "(?<=[\\s\\S]{5})\\b(?:you|your|the team)\\b",
    "\\bfoo|bar",
    "[?؟](?![\"'])",
    "(?-i:R)(?=\\d{1,2}\\b)\\d+",
    "\\d{1,3}+(?!\\w)",
    "(?:no|nr)?\\.?\\s*+\\d",
    "(?:a|b)?c{2}d*e",
    "x{0,2}y+z",
    "[a-e]{2}[^x]",
    "[\\d#-]\\s?[ab]",
    "\\s+now",
    "(?:вы|ваш\\w{0,3})\\b",
    "第 ?\\d",
    "(?>he|hen)s",
    "(?|one|(t)wo)",
    "(?i)to(?=o)",
    "(?m)^\\s*now$",
    "^(?:now|no)\\z",
    "(?<name>ab|ba)c?(?&name)",
    "\\{\\{\\s*\\w+|%%?a",
    "ca(?:|b|c)d",
    "caf\\S",
    "\\p{Lu}o",
    "(?:(?:(?:n)o)w)",
    "when|",
    "\\x61b|\\x{442}",
    "no\\b(?!w)",
    "(?-i:[^N])o(?-i)w",
    "[^\\Wb]\\B[\\W_]?",
    "(?<!\\w)no(?!\\w)\\s{2,}?[^\\d\\s]",
    "(?:\\w+\\s+){0,2}now\\b[^.]{0,40}?\\bno\\b",
    "[^\\W\\p{Han}]{4}",
    "(?:a|)*b",
    "\\w+\\W+\\w\\z",
    "[]#-]+\\D|[\\x{2028}\\x{85}٩-٩]",
};

static const char *const pieces[] = {"when", "you", "your", "the team", "foo", "bar", "?", "؟", "R", "r", "9", "12", "٩", "no", "nr", ".", " ", "\n", " ", "a",
    "b", "c", "cc", "d", "e", "x", "y", "z", "#", "-", "now", "Now", "вы", "ВАШ", "т", "第", "hens", "two", "too", "{{", "%", "A", "O", "_", "ninth", "NINTH",
    "nine", "third", "and", "№", "\xc2\x85", "\xe2\x80\xa8", "]", "K", "s", "é"};

/* Wherever PATTERN matches, GATE lets through; *PASSED and *MATCHED count, of *TRIED places. */
static void
assert_lets_through(struct pattern *pattern, GBytes *gate, const char *expression, const char *text, guint *passed, guint *matched, guint *tried)
{
	gsize length = strlen(text);
	g_autofree guint8 *codes = gate_codes(text, length);

	for (gsize at = 0; at <= length; at++) {
		struct pattern_span span;
		gboolean matches, admitted;

		if (((guchar)text[at] & 0xc0) == 0x80)
			continue;
		matches = pattern_match_here(pattern, text, length, at, &span, 1) == PATTERN_MATCH;
		admitted = gate_admits(g_bytes_get_data(gate, NULL), codes, length, at);
		if (matches && !admitted)
			fail_msg("/%s/ in \"%s\" at %zu", expression, text, at);
		*passed += admitted;
		*matched += matches;
		++*tried;
	}
}

static void
assert_sound(GBytes *gate)
{
	gsize length;
	gconstpointer data = g_bytes_get_data(gate, &length);

	assert_int_equal(length % 8, 0);
	assert_true(gate_is_sound(data, length));
	for (gsize part = 0; part < length; part += 8)
		assert_false(gate_is_sound(data, part));
}

static void
try_expression(const char *expression, guint *passed, guint *matched, guint *tried)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(7);
	g_autoptr(Pattern) pattern = pattern_new(expression, TRUE, NULL, NULL);
	g_autoptr(GBytes) gate = gate_new(expression);

	assert_non_null(pattern);
	if (gate == NULL)
		fail_msg("/%s/ has no gate", expression);
	assert_sound(gate);
	for (guint i = 0; i < 200; i++) {
		g_autoptr(GString) text = g_string_new(NULL);

		for (guint n = g_rand_int_range(random, 0, 14); n > 0; n--)
			g_string_append_printf(text, "%s%s", pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))], g_rand_boolean(random) ? " " : "");
		assert_lets_through(pattern, gate, expression, text->str, passed, matched, tried);
	}
}

/* Gates of expressions of every kind let through what matches, and not much more. */
static void
test_lets_through(void **state)
{
	guint passed = 0, matched = 0, tried = 0;

	(void)state;
	for (gsize i = 0; i < G_N_ELEMENTS(expressions); i++)
		try_expression(expressions[i], &passed, &matched, &tried);
	assert_true(matched > 5000);
	assert_true(passed < 2 * matched);
}

/* The same of lists of numbers, with words for them. */
static void
test_lists(void **state)
{
	static const char *const words[] = {"one", "nine", "ninth", "third", "ваш", "九", "ninth nine"};
	struct rule_series series = {.first = 1, .last = 28, .words = g_ptr_array_new(), .languages = g_ptr_array_new()};
	guint passed = 0, matched = 0, tried = 0;

	(void)state;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		g_ptr_array_add(series.words, (gpointer)words[i]);
	for (guint i = 0; i < 3; i++) {
		g_autofree char *expression = series_expression(&series, i == 0 ? "{list}" : i == 1 ? "\\b{list}\\s*now" : "no ?{list}");

		try_expression(expression, &passed, &matched, &tried);
	}
	assert_true(matched > 80);
	assert_true(passed < 4 * matched);
	g_ptr_array_unref(series.words);
	g_ptr_array_unref(series.languages);
}

/* Too many ways to know them all: beyond those known, and far along a text, everything is let through. */
static void
test_too_much(void **state)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(3);
	g_autoptr(GString) expression = g_string_new("\\b(?:");
	guint passed = 0, matched = 0, tried = 0;

	(void)state;
	for (guint i = 0; i < 400; i++) {
		for (guint n = 0; n < 7; n++)
			g_string_append_c(expression, (char)g_rand_int_range(random, 'a', 'k'));
		g_string_append_c(expression, '|');
	}
	g_string_append(expression, "nine)\\b.*and|no");
	try_expression(expression->str, &passed, &matched, &tried);
	assert_true(matched > 20);

	g_autofree char *far = g_strnfill(5000, 'a');
	g_autoptr(Pattern) pattern = pattern_new("a{0,9}.*9", TRUE, NULL, NULL);
	g_autoptr(GBytes) gate = gate_new("a{0,9}.*9");
	g_autofree guint8 *codes = gate_codes(far, 5000);

	assert_true(gate_admits(g_bytes_get_data(gate, NULL), codes, 5000, 0));
	assert_false(gate_admits(g_bytes_get_data(gate, NULL), codes, 5000, 4990));
	memcpy(far + 4000, "9", 1);
	matched = 0;
	assert_lets_through(pattern, gate, "a{0,9}.*9", far, &passed, &matched, &tried);
	assert_int_equal(matched, 4001);
}

/* What is not understood has no gate. */
static void
test_unknown(void **state)
{
	static const char *const unknown[] = {"(a)\\1", "\\Qab\\E", "(?(?=a)ab|ba)", "[[:alpha:]]b", "(?x) a b", "(*ANYCRLF)ab", "a\\Kb", "\\Gab", "ab{",
	    "(?R)?a", "a(?#b)c", "a{,3}b", "(?&name)(?<name>a)", "(?'name'a)", "(?^:a)", "a\\Nb", "\\X", "(?<name>a(?&name)?b)", "(a", "a)", "[a", "\\", "*a",
	    "a**", "(?U)a+", "(?1)(a)", "(?<name>a)(?&name", "\\x", "\\p", "[a-", "(?", "(?<"};

	(void)state;
	for (gsize i = 0; i < G_N_ELEMENTS(unknown); i++) {
		g_autoptr(GBytes) gate = gate_new(unknown[i]);

		if (gate != NULL)
			fail_msg("/%s/", unknown[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lets_through),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_too_much),
	    cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
