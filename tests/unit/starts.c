/* Where patterns can begin: what is passed over could not have matched. */
#include "rules/starts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pattern.h"
#include "rules/series.h"
#include "rules/starttable.h"

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
    "(?m)^\\s*now",
    "^(?:now|no)",
    "(?<name>ab|ba)c?",
    "\\{\\{\\s*\\w+|%%?a",
    "ca(?:|b|c)d",
    "caf\\S",
    "a(?#b)c",
    "\\p{Lu}o",
    "(?:(?:(?:n)o)w)",
    "when|",
    "(a)\\1",
    "\\x61b",
    "\\Qab\\E",
    "(?(?=a)ab|ba)",
    "[[:alpha:]]b",
    "no\\b(?!w)",
};

static const char *const pieces[] = {"when", "you", "your", "the team", "foo", "bar", "?", "؟", "R", "r", "9", "12", "٩", "no", "nr", ".", " ", "\n", " ", "a",
    "b", "c", "cc", "d", "e", "x", "y", "z", "#", "-", "now", "Now", "вы", "ВАШ", "第", "hens", "two", "too", "{{", "%", "A", "O", "_", "ninth", "NINTH",
    "nine", "third", "and"};

/* As they are kept beside a compiled pattern; cut anywhere they are none, and no harm. */
static struct starts *
packed_and_unpacked(struct starts *starts)
{
	g_autoptr(GBytes) bytes = starts_to_bytes(starts);
	gsize length;
	gconstpointer data = g_bytes_get_data(bytes, &length);
	struct starts *again = starts_from_bytes(data, length);

	assert_int_equal(length % 8, 0);
	assert_int_equal(again != NULL, starts != NULL);
	for (gsize part = 0; part + 8 < length; part += 2)
		starts_free(starts_from_bytes(data, part));
	starts_free(starts);
	return again;
}

static void
assert_same_matches(struct pattern *pattern, const struct starts *starts, const char *expression, const char *text)
{
	gsize length = strlen(text);
	g_autofree guint32 *keys = starts_keys(text, length);

	for (gsize start = 0; start <= length; start++) {
		struct pattern_span one, other = {G_MAXSIZE, G_MAXSIZE};
		enum pattern_result wanted, got = PATTERN_NO_MATCH;

		if (((guchar)text[start] & 0xc0) == 0x80)
			continue;
		wanted = pattern_match(pattern, text, length, start, &one, 1);
		for (gsize at = start; got == PATTERN_NO_MATCH && (at = starts_next(starts, keys, text, length, at)) < length; at++)
			got = pattern_match_here(pattern, text, length, at, &other, 1);
		if (wanted != got || (wanted == PATTERN_MATCH && (one.start != other.start || one.end != other.end)))
			fail_msg("/%s/ in \"%s\" from %zu", expression, text, start);
	}
}

static void
assert_same_in_any_text(const char *expression, guint *known, guint *matched)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(7);
	g_autoptr(Pattern) pattern = pattern_new(expression, TRUE, NULL, NULL);
	struct starts *starts = starts_new(expression);

	assert_non_null(pattern);
	*known += starts != NULL;
	starts = packed_and_unpacked(starts);
	for (guint i = 0; i < 200 && starts != NULL; i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		struct pattern_span span;

		for (guint n = g_rand_int_range(random, 0, 14); n > 0; n--)
			g_string_append_printf(text, "%s%s", pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))], g_rand_boolean(random) ? " " : "");
		assert_same_matches(pattern, starts, expression, text->str);
		*matched += pattern_match(pattern, text->str, text->len, 0, &span, 1) == PATTERN_MATCH;
	}
	starts_free(starts);
}

/* From wherever it is looked for, a pattern matches at the places that PCRE2 alone finds. */
static void
test_same_matches(void **state)
{
	guint known = 0, matched = 0;

	(void)state;
	for (gsize i = 0; i < G_N_ELEMENTS(expressions); i++)
		assert_same_in_any_text(expressions[i], &known, &matched);
	assert_int_equal(known, 25);
	assert_true(matched > 200);
}

/* The same at the head of a list of numbers, with words for them. */
static void
test_lists(void **state)
{
	static const char *const words[] = {"one", "nine", "ninth", "third", "ваш", "九", "ninth nine"};
	struct rule_series series = {.first = 1, .last = 28, .words = g_ptr_array_new(), .languages = g_ptr_array_new()};
	guint known = 0, matched = 0;

	(void)state;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		g_ptr_array_add(series.words, (gpointer)words[i]);
	for (guint i = 0; i < 3; i++) {
		g_autofree char *expression = series_expression(&series, i == 0 ? "{list}" : i == 1 ? "\\b{list}\\s*now" : "no ?{list}");

		assert_same_in_any_text(expression, &known, &matched);
	}
	assert_int_equal(known, 3);
	assert_true(matched > 40);
	g_ptr_array_unref(series.words);
	g_ptr_array_unref(series.languages);
}

/* What can begin with anything, or is not understood, is looked for everywhere. */
static void
test_unknown(void **state)
{
	static const char *const unknown[] = {"\\w+a", "a*", "(?:a|)", ".b", "[^a]b", "(?<=a)", "(a)\\1", "\\x61b", "\\Qab\\E", "(?(?=a)ab|ba)", "[[:alpha:]]b",
	    "(?x) a b", "(*ANYCRLF)ab", "a\\Kb", "\\Gab", "[a-z]", "ab{", "(?R)?a"};

	(void)state;
	for (gsize i = 0; i < G_N_ELEMENTS(unknown); i++)
		if (starts_new(unknown[i]) != NULL)
			fail_msg("/%s/", unknown[i]);
}

/* The table says NEXT where STARTS alone may say less: it knows first characters besides hashes of more. Between the two, nothing matches. */
static void
assert_passes_over_nothing(struct pattern *pattern, const struct starts *starts, const guint32 *keys, const GString *text, gsize at, gsize next)
{
	struct pattern_span span;

	for (at = starts_next(starts, keys, text->str, text->len, at); at < next; at = starts_next(starts, keys, text->str, text->len, at + 1))
		assert_int_equal(pattern_match_here(pattern, text->str, text->len, at, &span, 1), PATTERN_NO_MATCH);
	assert_int_equal(at, next);
}

/* All at once, they can begin where each alone can, and as well from their bytes; those whose rules are not asked for are not looked for. */
static void
test_table(void **state)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(7);
	struct starts *starts[G_N_ELEMENTS(expressions)];
	struct pattern *patterns[G_N_ELEMENTS(expressions)];
	guint slots[G_N_ELEMENTS(expressions)] = {0}, found = 0;
	struct start_table *made = start_table_new(), *tables[2] = {made};
	guint32 rules[G_N_ELEMENTS(expressions) / 32 + 1] = {0};
	g_autoptr(GBytes) bytes = NULL;
	struct start_slots asked;
	gsize size;

	(void)state;
	assert_false(start_table_slots(made, rules, &asked));
	for (guint i = 0; i < G_N_ELEMENTS(expressions); i++) {
		starts[i] = starts_new(expressions[i]);
		patterns[i] = pattern_new(expressions[i], TRUE, NULL, NULL);
		/* some in each word of the slots */
		for (guint n = 0; starts[i] != NULL && n < 6; n++)
			slots[i] = start_table_add(made, starts[i], i);
		rules[i / 32] |= (guint32)(i % 5 != 0) << i % 32;
	}
	bytes = start_table_to_bytes(made);
	gconstpointer data = g_bytes_get_data(bytes, &size);
	tables[1] = start_table_from_bytes(data, size, G_N_ELEMENTS(expressions));
	assert_non_null(tables[1]);
	assert_null(start_table_from_bytes(data, size - 8, G_N_ELEMENTS(expressions)));
	assert_null(start_table_from_bytes(data, size, 7)); /* it is of more rules than there are */
	for (guint round = 0; round < 200; round++) {
		const struct start_table *table = tables[round % 2];
		g_autoptr(GString) text = g_string_new(NULL);
		g_autofree guint32 *keys = NULL;
		struct start_places *places;

		for (guint n = g_rand_int_range(random, 0, 40); n > 0; n--)
			g_string_append_printf(text, "%s%s", pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))], g_rand_boolean(random) ? " " : "");
		keys = starts_keys(text->str, text->len);
		assert_true(start_table_slots(table, rules, &asked));
		places = start_table_find(table, &asked, text->str, text->len);
		for (guint i = 0; i < G_N_ELEMENTS(expressions); i++)
			for (gsize at = 0; starts[i] != NULL && at <= text->len; at++) {
				const guint32 *next = start_places_from(places, slots[i], at);

				assert_int_equal(next != NULL, i % 5 != 0);
				if (next != NULL)
					assert_passes_over_nothing(patterns[i], starts[i], keys, text, at, MIN(*next, text->len));
				found += next != NULL && *next < text->len;
			}
		assert_null(start_places_from(places, 0, 0));
		start_places_free(places);
	}
	assert_true(found > 1000);
	while (start_table_add(made, starts[0], 0) != 0)
		continue;
	assert_int_equal(start_table_add(tables[1], starts[0], 0), 0);
	for (guint i = 0; i < G_N_ELEMENTS(expressions); i++) {
		starts_free(starts[i]);
		pattern_free(patterns[i]);
	}
	start_table_free(tables[1]);
	start_table_free(made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_matches),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
