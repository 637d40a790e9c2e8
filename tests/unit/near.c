/* Where phrases match: members against regular expressions, chains against trying everything, and the bounds on hostile text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "phrase-reference.h"
#include "rules-fixture.h"
#include "rules/finds.h"
#include "rules/member.h"
#include "rules/near.h"
#include "rules/rulefile.h"

static const char *const words[] = {"root", "server", "Root", "ROOT", "servers", "key", "keys", "Café", "C2", "a", "s", "es", "信息", "安全", "信", "한국",
    "テスト", "أمن", "وأمن", "امن", "ولامن", ".eth", "CVE-", "-x", "sign-up", "it's", "ΣΑς", "DNS", "内部DNS安全", "DNS安全", "+1", "3.18", "हिन्दी", "_a", "е"};
static const char *const joints[] = {
    " ", " ", " ", " ", " ", "-", "\n", " - ", "", ".", ". ", ", ", "! ", "?\" ", "。", "\n\n", "\n \t\n", "; ", "؟ ", "_", "'", "s ", "es ", "ing "};

static const char *
pick(GRand *random, const char *const *list, gsize n)
{
	return list[g_rand_int_range(random, 0, n)];
}

#define PICK(list) pick(random, list, G_N_ELEMENTS(list))
/* Of a few words taken by FROM, so that texts and phrases meet. */
#define PICK_WORD(from) (from)[g_rand_int_range(random, 0, FEW)]
#define FEW 5

static void
take_few(GRand *random, const char **few)
{
	for (guint i = 0; i < FEW; i++)
		few[i] = PICK(words);
}

static char *
folded(const char *text)
{
	g_auto(Folded) out = {NULL, 0, NULL};

	text_fold(text, -1, &out);
	return g_strdup(out.text);
}

static char *
random_text(GRand *random, const char **few, int most)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (int i = g_rand_int_range(random, 1, most); i > 0; i--) {
		g_string_append(text, PICK_WORD(few));
		g_string_append(text, PICK(joints));
	}
	return folded(text->str);
}

static void
append_member(GString *out, GRand *random, const char **few)
{
	for (int i = g_rand_int_range(random, 0, 3) == 0 ? g_rand_int_range(random, 1, 4) : 1; i > 0; i--) {
		g_string_append(out, PICK_WORD(few));
		if (g_rand_int_range(random, 0, 4) == 0)
			g_string_append_c(out, '*');
		if (i > 1)
			g_string_append_c(out, ' ');
	}
}

/* A member matches at a place when its expression does, and ends where that does. */
static void
test_members(void **state)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(20181116);
	guint found = 0;

	for (int i = 0; i < 1500; i++) {
		g_autoptr(GString) phrase = g_string_new(NULL);
		g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(struct reference_place));
		g_autofree char *member = NULL, *text = NULL;
		const char *few[FEW];
		guint n = 0;

		take_few(random, few);
		text = random_text(random, few, 25);
		append_member(phrase, random, few);
		member = folded(phrase->str);
		reference_find(member, text, places);
		for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
			gsize end = member_match(member, member + strlen(member), text, strlen(text), p - text);
			const struct reference_place *place = n < places->len ? &g_array_index(places, struct reference_place, n) : NULL;

			if ((end > 0) != (place != NULL && place->start == (gsize)(p - text)) || (end > 0 && end != place->end)) {
				print_error("\"%s\" at %zu of \"%s\"\n", member, p - text, text);
				fail();
			}
			n += end > 0;
		}
		found += n;
	}
	assert_true(found > 500);
}

/* Checks all matches of PHRASE in TEXT, both folded; returns how many there are. */
static guint
compare_matches(const char *phrase, const char *text)
{
	g_autofree char *rules = g_strdup_printf("[taxonomy t]\n[workstream w]\nkeyword = %s\n", phrase), *copy = g_strdup(text);
	g_autoptr(Ruleset) ruleset = ruleset_of(rules, NULL);
	g_autoptr(GArray) expected = reference_matches(phrase, text);
	struct folded folded = {copy, strlen(copy), NULL};
	guint32 bits[1] = {0};
	struct presence *presence = presence_new(NULL, ruleset->lexicon, ruleset->matcher, &folded, bits, 1, FALSE);
	struct finds *finds = finds_new(presence, text, folded.length);
	struct pattern_span span;
	gsize start = 0;
	guint n = 0;
	gboolean same = TRUE;

	while (same && bits[0] != 0 && finds_next(finds, ruleset_rule(ruleset, 0)->sought, &start, &span) == PATTERN_MATCH) {
		const struct reference_place *place = n < expected->len ? &g_array_index(expected, struct reference_place, n) : NULL;

		same = place != NULL && place->start == span.start && place->end == span.end;
		n++;
	}
	if (!same || n != expected->len) {
		print_error("\"%s\" in \"%s\": match %u of %u\n", phrase, text, n, expected->len);
		fail();
	}
	finds_free(finds);
	presence_free(presence);
	return n;
}

/* What is found by literals and merged is what is found by trying every way to choose the parts. */
static void
test_chains(void **state)
{
	static const char *const gaps[] = {" ~1 ", " ~2 ", " ~3 ", " ~9 ", " ~s ", " | ", " | ", " | "};
	g_autoptr(GRand) random = g_rand_new_with_seed(20190408);
	guint found = 0;

	for (int i = 0; i < 1500; i++) {
		g_autoptr(GString) phrase = g_string_new(NULL);
		g_autofree char *whole = NULL, *text = NULL;
		const char *few[FEW];

		take_few(random, few);
		text = random_text(random, few, 30);
		for (int j = g_rand_int_range(random, 1, 7); j > 0; j--) {
			append_member(phrase, random, few);
			if (j > 1)
				g_string_append(phrase, PICK(gaps));
		}
		whole = folded(phrase->str);
		found += compare_matches(whole, text);
	}
	assert_true(found > 500);
}

/* A text made of nothing but a phrase's words is given up, said so, and in good time. */
static void
test_bounds(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of("[taxonomy t]\n[workstream w]\nlikely = cat | dog ~50 cat | dog ~50 cat | dog ~50 cat | dog ~50 hen\nkeyword = end\n", NULL);
	g_autoptr(GString) text = g_string_new("hen ");
	g_autoptr(Record) record = NULL;
	gboolean told = FALSE;

	for (guint i = 0; i < 300; i++)
		g_string_append(text, ". ");
	for (guint i = 0; i < 60; i++)
		g_string_append(text, "x ");
	for (guint i = 0; i < 20000; i++)
		g_string_append(text, "cat dog ");
	g_string_append(text, "the end");
	record = message_of("", text->str);
	ruleset_classify(ruleset, record, NOW);
	for (guint i = 0; i < record->remarks->len; i++)
		told |= strstr(g_ptr_array_index(record->remarks, i), "one.rules:3") != NULL;
	assert_true(told);
	assert_int_equal(record->filings->len, 1);
}

/* The number of places noted is bounded, too; phrases without "~" are found beyond it. */
static void
test_places(void **state)
{
	g_autoptr(GString) rules = g_string_new("[taxonomy t]\n[words a]\nword = cat; dog*\n[workstream w]\nkeyword = the end\n");
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(Ruleset) ruleset = NULL;
	g_autoptr(Record) record = NULL;

	for (guint i = 0; i < 40; i++)
		g_string_append_printf(rules, "likely = <a> | bird%u ~5 fox\n", i);
	for (guint i = 0; i < 60000; i++)
		g_string_append(text, "cat ");
	g_string_append(text, "fox, the end");
	ruleset = ruleset_of(rules->str, NULL);
	record = message_of("", text->str);
	ruleset_classify(ruleset, record, NOW);
	assert_int_equal(record->filings->len, 1);
	assert_true(record->evidence->len >= 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_chains),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
