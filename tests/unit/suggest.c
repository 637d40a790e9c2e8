#include "rules/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules-fixture.h"

static void
count(struct suggest *suggest, enum suggest_class is, const char *text, const char *lang)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new();

	g_ptr_array_add(texts, (gpointer)text);
	suggest_count(suggest, is, texts, lang);
}

/* MISSED messages beside OTHERS, all in LANG. */
static struct suggest *
suggest_of(const char *const *missed, const char *const *others, const char *lang)
{
	struct suggest *suggest = suggest_new();

	for (guint i = 0; missed[i] != NULL; i++)
		suggest_add_candidates(suggest, missed[i]);
	for (guint i = 0; missed[i] != NULL; i++)
		count(suggest, SUGGEST_MISSED, missed[i], lang);
	for (guint i = 0; others[i] != NULL; i++)
		count(suggest, SUGGEST_OTHER, others[i], lang);
	return suggest;
}

/* "keyword:words 5/0; ...", best first. Caller frees. */
static char *
best_of(const struct suggest *suggest, const struct ruleset *ruleset, guint most)
{
	g_autoptr(GArray) best = suggest_best(suggest, ruleset, TARGET_TOPIC, "a.crane", most);
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < best->len; i++) {
		const struct suggestion *one = &g_array_index(best, struct suggestion, i);

		g_string_append_printf(out, "%s%s%s%s:%s %u/%u", i > 0 ? "; " : "", one->key, one->lang != NULL ? "." : "", one->lang != NULL ? one->lang : "",
		    one->words, one->in[SUGGEST_MISSED], one->in[SUGGEST_OTHER]);
	}
	return g_string_free(out, FALSE);
}

/* Dunning's measure: nothing where both are alike, symmetric, larger with more messages of the same shares, and its textbook value. */
static void
test_ratio(G_GNUC_UNUSED void **state)
{
	assert_float_equal(suggest_ratio(5, 10, 50, 100), 0, 1e-9);
	assert_float_equal(suggest_ratio(0, 10, 0, 100), 0, 1e-9);
	assert_float_equal(suggest_ratio(3, 0, 1, 10), 0, 1e-9);
	assert_float_equal(suggest_ratio(3, 11, 0, 20), 6.821, 0.001);
	assert_float_equal(suggest_ratio(3, 11, 1, 20), suggest_ratio(1, 20, 3, 11), 1e-9);
	assert_true(suggest_ratio(10, 20, 1, 100) > suggest_ratio(5, 10, 1, 100));
}

/* What luck can do: the binomial's tail, exact where few messages have a word. */
static void
test_chance(G_GNUC_UNUSED void **state)
{
	assert_float_equal(suggest_chance(0, 5, 10, 30), 1, 1e-6);
	assert_float_equal(suggest_chance(5, 5, 10, 30), 0.25 * 0.25 * 0.25 * 0.25 * 0.25, 1e-9);
	assert_float_equal(suggest_chance(2, 3, 10, 30), 3 * 0.25 * 0.25 * 0.75 + 0.25 * 0.25 * 0.25, 1e-9);
	assert_float_equal(suggest_chance(1, 1, 0, 30), 1, 1e-9);
	assert_true(suggest_chance(50, 60, 100, 20000) < 1e-50);
}

/* A word that two of a few missed messages happen to share is told from one that all of them have. */
static void
test_marked(G_GNUC_UNUSED void **state)
{
	g_autoptr(Suggest) suggest = suggest_new();
	g_autoptr(GArray) best = NULL;

	for (guint i = 0; i < 20; i++) {
		g_autofree char *text = g_strdup_printf("tackle, rare, message%c", 'a' + i);

		suggest_add_candidates(suggest, text);
	}
	for (guint i = 0; i < 2020; i++)
		count(suggest, i < 20 ? SUGGEST_MISSED : SUGGEST_OTHER, i < 2 ? "tackle, rare" : i < 20 ? "tackle" : "rope", NULL);
	best = suggest_best(suggest, NULL, TARGET_TOPIC, "a.crane", 0);
	assert_int_equal(best->len, 2);
	assert_string_equal(g_array_index(best, struct suggestion, 0).words, "tackle");
	assert_true(g_array_index(best, struct suggestion, 0).chance < SUGGEST_CHANCE);
	assert_string_equal(g_array_index(best, struct suggestion, 1).words, "rare");
	assert_true(g_array_index(best, struct suggestion, 1).chance >= SUGGEST_CHANCE);
}

/* Plurals are found by themselves: the singular is said, which finds both, where no plural of another sort would be maimed. */
static void
test_singular(G_GNUC_UNUSED void **state)
{
	static const char *const missed[] = {"lanterns. boxes. cities. perhaps", "lanterns. boxes. cities. glass", "lanterns. boxes. cities. cameras", NULL};
	static const char *const others[] = {"a", "b", "perhaps", "d", "glass", "f", "g", "h", "i", "j", "k", "l", NULL};
	g_autoptr(Suggest) suggest = suggest_of(missed, others, NULL);
	g_autofree char *best = best_of(suggest, NULL, 0);

	assert_string_equal(best, "likely:box 3/0; likely:cities 3/0; likely:lantern 3/0");
}

/* Words and phrases as rules see them: folded, joined by blanks, hyphens and a line's end, parted by all else. */
static void
test_fold(G_GNUC_UNUSED void **state)
{
	static const struct {
		const char *text, *folded;
	} cases[] = {
	    {"The Gantry-Crane,\nold", "the gantry crane\nold"},
	    {"one\ntwo\n\nthree", "one two\nthree"},
	    {"L'Été d'hier", "l'ete d'hier"},
	    {"a  -  b 'c'", "a b\nc\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *folded = suggest_fold(cases[i].text);

		assert_string_equal(folded, cases[i].folded);
	}
}

static const char *const others[] = {"the ferry is late and the pier is full", "who pays for the ferry", "the lighthouse is old", "a question on the pier",
    "nothing new in the harbour", "the ferry again", "I have a question", "who is the captain of the ferry", "old ropes", "the museum has an old ferry", NULL};

/* What sets the missed messages apart comes out, with plurals; what everybody says falls out, and a phrase that says no more than its word. */
static void
test_words(G_GNUC_UNUSED void **state)
{
	static const char *const missed[] = {"the hoisting tackle is old", "who pays for the hoisting tackles",
	    "a question on hoisting tackle, the tackle of the pier", "hoisting tackle again", "the captain and his hoisting tackle", NULL};
	g_autoptr(Suggest) suggest = suggest_of(missed, others, "en");
	g_autofree char *all = best_of(suggest, NULL, 0), *one = best_of(suggest, NULL, 1);

	assert_string_equal(all, "keyword.en:tackle 5/0; keyword.en:hoisting 5/0");
	assert_string_equal(one, "keyword.en:tackle 5/0");
	assert_int_equal(suggest_total(suggest, SUGGEST_MISSED), 5);
	assert_int_equal(suggest_total(suggest, SUGGEST_OTHER), 10);
}

/* A phrase whose words are everybody's is one; in writing without spaces what always stands together is joined. */
static void
test_phrases(G_GNUC_UNUSED void **state)
{
	static const char *const missed[] = {"the old ferry pier leaks", "is the old-ferry closed", "an Old\nFerry, a new ferry", "my old ferry", NULL};
	static const char *const apart[] = {"the old pier", "a ferry", "old ropes of the ferry", "the ferry is old", "who pays for the ferry", "an old man",
	    "a ferry, old and new", "the ferry", "old", NULL};
	static const char *const han[] = {"码头的起重机太旧了", "我们担心起重机会倒下来", "起重机的噪音很大", NULL};
	static const char *const han_others[] = {"灯塔太旧了", "我们担心灯塔会倒下来", "晚上的噪音很大", "码头很大", "机会很大", "渡轮", "灯塔", NULL};
	g_autoptr(Suggest) suggest = suggest_of(missed, apart, NULL), characters = suggest_of(han, han_others, "zh");
	g_autofree char *words = best_of(suggest, NULL, 0), *joined = best_of(characters, NULL, 0);

	assert_string_equal(words, "likely:old ferry 4/0");
	assert_string_equal(joined, "likely.zh:起重机 3/0");
}

/* Both kinds of writing beside one another: each keeps its own order. */
static void
test_mixed(G_GNUC_UNUSED void **state)
{
	static const char *const missed[] = {"une vieille grue 起重机", "une vieille grue, 起重机", "起重机 une vieille grue", NULL};
	g_autoptr(Suggest) suggest = suggest_of(missed, others, NULL);
	g_autofree char *best = best_of(suggest, NULL, 0);

	assert_string_equal(best, "likely:une 3/0; likely:grue 3/0; likely:vieille 3/0; likely:起重机 3/0");
}

/* One message's words are no ground for a rule; nor is what others have more often, nor what the topic has already, in capitals too. */
static void
test_left_out(G_GNUC_UNUSED void **state)
{
	static const char *const alone[] = {"the hoisting tackle", NULL};
	static const char *const known[] = {"the hoisting tackle", "hoisting tackle", "some hoisting tackle", "hoisting tackle, hoisting tackle", NULL};
	g_autoptr(Suggest) one = suggest_of(alone, others, "en"), four = suggest_of(known, others, "en"), none = suggest_of(alone + 1, others, "en");
	g_autoptr(Ruleset) ruleset = ruleset_of("[taxonomy t]\ntitle = T\n[workstream a]\ntitle = A\n[topic a.crane]\nlikely = tackle\nnot = paper crane\n"
	                                        "[topic a.other]\nkeyword = hoisting\n",
	    NULL),
	                   capitals = ruleset_of("[taxonomy t]\ntitle = T\n[workstream a]\ntitle = A\n[topic a.crane]\nkeyword = TACKLE; hoist*\n", NULL);
	g_autofree char *of_one = best_of(one, NULL, 0), *of_none = best_of(none, NULL, 0), *of_four = best_of(four, ruleset, 0),
	                *of_capitals = best_of(four, capitals, 0);

	assert_string_equal(of_one, "");
	assert_string_equal(of_none, "");
	assert_string_equal(of_four, "likely.en:hoisting 4/0");
	assert_string_equal(of_capitals, "");
	assert_true(suggest_is_known(ruleset, TARGET_TOPIC, "a.crane", TRUE, "paper crane"));
	assert_false(suggest_is_known(ruleset, TARGET_TOPIC, "a.crane", FALSE, "paper crane"));
}

/* As firmly as the precision allows: nine in ten are likely, a third a hint, less is nothing. */
static void
test_tiers(G_GNUC_UNUSED void **state)
{
	static const struct {
		guint missed, others;
		const char *expected;
	} cases[] = {{10, 0, "keyword:tackle 10/0"}, {10, 2, "likely:tackle 10/2"}, {10, 15, "hint:tackle 10/15"}, {10, 40, ""}, {4, 0, "likely:tackle 4/0"}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Suggest) suggest = suggest_new();
		g_autofree char *best = NULL;

		suggest_add_candidates(suggest, "tackle");
		for (guint n = 0; n < cases[i].missed; n++)
			count(suggest, SUGGEST_MISSED, "tackle", NULL);
		for (guint n = 0; n < 200; n++)
			count(suggest, SUGGEST_OTHER, n < cases[i].others ? "tackle" : "rope", NULL);
		best = best_of(suggest, NULL, 0);
		assert_string_equal(best, cases[i].expected);
	}
}

/* A sentence that has the words, on one line; none that is longer than a line of a rule file should be. */
static void
test_example(G_GNUC_UNUSED void **state)
{
	g_autofree char *rope = g_strnfill(300, 'x'), *line = g_strconcat("tackle ", rope, ". The tackle.", NULL);
	static const char text[] = "Dear all,\n\nWe saw it. The old\n   hoisting tackle\tfell! Good bye.";
	g_autofree char *found = suggest_example(text, "hoisting tackle"), *none = suggest_example(text, "oist"),
	                *han = suggest_example("好。起重机太旧了，对。完。", "起重机"), *short_one = suggest_example(line, "tackle");

	assert_string_equal(found, "The old hoisting tackle fell!");
	assert_null(none);
	assert_string_equal(han, "起重机太旧了，对。");
	assert_string_equal(short_one, "The tackle.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ratio),
	    cmocka_unit_test(test_chance),
	    cmocka_unit_test(test_marked),
	    cmocka_unit_test(test_singular),
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_phrases),
	    cmocka_unit_test(test_mixed),
	    cmocka_unit_test(test_left_out),
	    cmocka_unit_test(test_tiers),
	    cmocka_unit_test(test_example),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
