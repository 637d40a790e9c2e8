/* Rule files: what is read, and for every mistake the line and column a person is sent to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "rules-fixture.h"

#define HEADING "[taxonomy t]\n[workstream w]\n"

static void
assert_error_of(const char *text, const char *second, gboolean check, const char *expected)
{
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
	g_autoptr(GError) error = NULL;
	g_autoptr(Ruleset) ruleset = NULL;

	g_ptr_array_add(sources, rule_source_new("d/f", text, -1));
	if (second != NULL)
		g_ptr_array_add(sources, rule_source_new("g", second, -1));
	ruleset = ruleset_new(sources, &error);
	if (check) {
		assert_non_null(ruleset);
		assert_false(ruleset_check(ruleset, &error));
	} else {
		assert_null(ruleset);
	}
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA));
	if (!g_str_has_prefix(error->message, expected))
		assert_string_equal(error->message, expected);
}

/* Sections: unknown ones, wrong or missing names, doubles. */
static void
test_section_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {"", "d/f:1:1: expected [taxonomy ID] as the first section"},
	    {"\n[topic x]\n", "d/f:2:1: expected [taxonomy ID] as the first section"},
	    {"[taxonomy]\n", "d/f:1:1: expected an id"},
	    {"[taxonomy A]\n", "d/f:1:1: expected an id"},
	    {"[taxonomy a]\n[taxonomy b]\n", "d/f:2:1: a second [taxonomy]; a file has one, first"},
	    {"[taxonomy a]\n[topci x]\n", "d/f:2:1: unknown section [topci]; did you mean \"topic\"?"},
	    {"[taxonomy a]\n[zebra]\n", "d/f:2:1: unknown section [zebra]; expected one of taxonomy, workstream,"},
	    {"[taxonomy a]\n[workstream]\n", "d/f:2:1: expected a name, as in [workstream NAME]"},
	    {"[taxonomy a]\n[workstream W]\n", "d/f:2:1: \"W\" is no id; expected small letters, digits, dots and hyphens"},
	    {"[taxonomy a]\n[group a b]\n", "d/f:2:1: \"a b\" is no id; expected letters, digits, dots and hyphens"},
	    {HEADING "[workstream w]\n", "d/f:3:1: the id \"w\" stands in this file already"},
	    {HEADING "[topic w.a]\n[topic w.a]\n", "d/f:4:1: the id \"w.a\" stands in this file already"},
	    {HEADING "[group G]\n[group G]\n", "d/f:4:1: the id \"G\" stands in this file already"},
	    {HEADING "[topic w.r3]\n[series w.r]\nrange = 1-5\n", "d/f:4:1: the id \"w.r3\" stands in this file already"},
	    {HEADING "[topic x.a]\n", "d/f:3:1: \"x.a\" belongs to workstream \"x\", and there is no [workstream x]"},
	    {HEADING "[topic a]\n", "d/f:3:1: \"a\" belongs to no workstream; expected \"workstream = ID\""},
	    {HEADING "[series x.r]\nrange = 1-2\n", "d/f:3:1: \"x.r\" belongs to workstream \"x\", and there is no [workstream x]"},
	    {HEADING "[kind odd]\n", "d/f:3:1: no such kind; expected one of team, auto, bounce, spam, admin, announcement"},
	    {HEADING "[milestone M]\n[milestone M]\n", "d/f:4:1: the milestone \"M\" stands in the rules already"},
	    {HEADING "[document m]\n[document m]\n", "d/f:4:1: the document \"m\" stands in the rules already"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_error_of(cases[i].text, NULL, FALSE, cases[i].error);
}

/* Entries: unknown keys, suffixes, operators, empty and wrong values. */
static void
test_entry_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {HEADING "keywrod = a\n", "d/f:3:1: unknown key \"keywrod\" in [workstream]; did you mean \"keyword\"?"},
	    {HEADING "range = 1-2\n", "d/f:3:1: unknown key \"range\" in [workstream]; expected one of keyword,"},
	    {HEADING "title.fr = a\n", "d/f:3:1: \"title\" takes nothing after a dot"},
	    {HEADING "keyword.9 = a\n", "d/f:3:1: \".9\" after \"keyword\"; expected a language"},
	    {HEADING "keyword < 9\n", "d/f:3:1: expected \"keyword = ...\""},
	    {HEADING "keyword =\n", "d/f:3:10: \"keyword\" has no value"},
	    {HEADING "since = 2019-13-01\n", "d/f:3:9: there is no day 2019-13-01"},
	    {HEADING "until = soon\n", "d/f:3:9: \"soon\" is not a date"},
	    {HEADING "since = 2019-01-02\nuntil = 2019-01-02\n", "d/f:4:9: until is not after since"},
	    {HEADING "maps = A\n", "d/f:3:8: \"A\" is no id"},
	    {HEADING "accept = (2019-02-31) x\n", "d/f:3:11: there is no day 2019-02-31"},
	    {HEADING "accept = (2019-02-01)\n", "d/f:3:10: expected a text to try"},
	    {HEADING "[topic w.a]\nworkstream = W W\n", "d/f:4:14: expected the id of a workstream"},
	    {HEADING "[intent i]\nwords = 5\n", "d/f:4:9: expected \"<\" or \">\""},
	    {HEADING "[intent i]\nwords < few\n", "d/f:4:9: expected a number of words"},
	    {HEADING "[intent i]\nattachment = maybe\n", "d/f:4:14: \"maybe\" is neither yes nor no"},
	    {HEADING "[intent i]\nhold = 1\n", "d/f:4:8: \"1\" is neither yes nor no"},
	    {HEADING "[kind spam]\nheader = X-Spam\n", "d/f:4:10: expected \"Name: phrase\""},
	    {HEADING "[kind spam]\nheader = A: b; X: *\n", "d/f:4:19: \"*\" stands at the end of a word only"},
	    {HEADING "[milestone m]\nplanned = 2019-01-01..2018-01-01\n", "d/f:4:11: the second date is before the first"},
	    {HEADING "[milestone m]\nplanned = 2019-01-01..2018\n", "d/f:4:23: \"2018\" is not a date"},
	    {HEADING "[document d]\nsection = - x\n", "d/f:4:11: expected a number and a title"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_error_of(cases[i].text, NULL, FALSE, cases[i].error);
}

/* Phrases: the column is the sender's character, in the right line of a continued list and behind folded letters. */
static void
test_phrase_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {HEADING "keyword = a; b*c\n", "d/f:3:15: \"*\" stands at the end of a word only"},
	    {HEADING "keyword = a;\n  é; ﬁ…*é\n", "d/f:4:8: \"*\" stands at the end of a word only"},
	    {HEADING "keyword = a ~8\n", "d/f:3:13: \"~\" needs words after it"},
	    {HEADING "keyword = ~8 a\n", "d/f:3:11: \"~\" needs words before it"},
	    {HEADING "keyword = a ~80 b\n", "d/f:3:13: expected \"~\" and a number of words from 1 to 50"},
	    {HEADING "keyword = a ~8 b ~8\n", "d/f:3:18: \"~\" needs words after it"},
	    {HEADING "keyword = a; é | b <c>\n", "d/f:3:20: a list stands alone"},
	    {HEADING "keyword = \u00ad\n", "d/f:3:11: an empty phrase"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_error_of(cases[i].text, NULL, FALSE, cases[i].error);
}

#define LISTS "[words one]\nword = a; b\n"

/* Lists of words: where they may stand, what they may hold, and the place of what is wrong. */
static void
test_list_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {HEADING "[words]\nword = a\n", "d/f:3:1: expected a name, as in [words NAME]"},
	    {HEADING "[words One]\nword = a\n", "d/f:3:1: \"One\" is no id"},
	    {HEADING "[words o.ne]\nword = a\n", "d/f:3:1: expected a name of small letters, digits and hyphens"},
	    {HEADING "[words one]\n", "d/f:3:1: the list \"one\" has no words"},
	    {HEADING LISTS LISTS, "d/f:5:1: the list \"one\" stands in line 3 already"},
	    {HEADING LISTS "keyword = a\n", "d/f:5:1: unknown key \"keyword\" in [words]; expected one of word, note"},
	    {HEADING "[words one]\nword = a; b ~8 c\n", "d/f:4:13: a list's words have neither"},
	    {HEADING "[words one]\nword = a;\n  é | c\n", "d/f:5:5: a list's words have neither"},
	    {HEADING "[words one]\nword = a; <one>\n", "d/f:4:11: the list \"one\" begins in line 3; a list stands above"},
	    {HEADING "[words one]\nword = a; b <one>\n", "d/f:4:13: a list stands alone"},
	    {HEADING "[words one]\nword = a; b*c\n", "d/f:4:12: \"*\" stands at the end of a word only"},
	    {HEADING "keyword = x; y ~8 <one> | z\n" LISTS, "d/f:3:19: the list \"one\" begins in line 4; a list stands above"},
	    {HEADING LISTS "[topic w.a]\nkeyword = é ~8 <two>\n", "d/f:6:16: no list \"two\" in this file; expected one of one"},
	    {HEADING LISTS "[topic w.a]\nkeyword = é ~8 <something-else>\n", "d/f:6:16: no list \"something-else\" in this file; expected one of one"},
	    {HEADING "keyword = <two>\n", "d/f:3:11: no list \"two\" in this file; expected [words two] above"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_error_of(cases[i].text, NULL, FALSE, cases[i].error);
	assert_error_of(HEADING LISTS "[topic w.a]\nkeyword = <one>\n", "[taxonomy u]\nfollows = t\n[workstream v]\nkeyword = <one>\n", FALSE,
	    "g:4:11: no list \"one\" in this file");
}

/* A list that no phrase takes is told, and is no error; one that another list takes counts as taken. */
static void
test_unused_lists(void **state)
{
	g_autoptr(Ruleset) ruleset =
	    ruleset_of(HEADING LISTS "[words two]\nword = c\n[words three]\nword = <one>\n[words four]\nword = d\n[topic w.a]\nkeyword = <four>\n", NULL);
	const GPtrArray *warnings = ruleset_warnings(ruleset);

	assert_int_equal(warnings->len, 2);
	assert_string_equal(g_ptr_array_index(warnings, 0), "rules/one.rules:5:1: no phrase takes the list \"two\"; write <two> in one, or remove the list");
	assert_true(g_str_has_prefix(g_ptr_array_index(warnings, 1), "rules/one.rules:7:1: no phrase takes the list \"three\""));
}

static void
test_series_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {HEADING "[series w.r]\n", "d/f:3:1: the series \"w.r\" has no range"},
	    {HEADING "[series w.r]\nrange = 5-1\n", "d/f:4:9: expected the first and the last number"},
	    {HEADING "[series w.r]\nrange = 1-2000\n", "d/f:4:9: expected the first and the last number"},
	    {HEADING "[series w.r]\nrange = 1-5\nrange = 1-5\n", "d/f:5:9: the series has a range already"},
	    {HEADING "[series w.r]\nrange = 1-5\n[series w.r]\nrange = 1-6\n", "d/f:6:9: the series has a range already"},
	    {HEADING "[series w.r]\nrange = 1-5\ntitle = a\ntitle = b\n", "d/f:6:9: the series has a title already"},
	    {HEADING "[series w.r]\nrange = 1-5\nitem.6 = x\n", "d/f:5:1: item.6 is outside the range 1-5"},
	    {HEADING "[series w.r]\nrange = 1-5\nitem.2 = x\nitem.2 = y\n", "d/f:6:1: item.2 has a title already"},
	    {HEADING "[series w.r]\nrange = 1-5\nitem = x\n", "d/f:5:1: expected a number after \"item\""},
	    {HEADING "[series w.r]\nrange = 1-5\nlikely = x\n", "d/f:5:1: expected a number after \"likely\""},
	    {HEADING "[series w.r]\nrange = 1-5\nlikely.en = x\n", "d/f:5:1: \".en\" after \"likely\"; expected a number"},
	    {HEADING "[series w.r]\nrange = 1-5\nnumber = x\n", "d/f:5:1: expected a language after \"number\""},
	    {HEADING "[series w.r]\nrange = 1-5\npattern = /x/\n", "d/f:5:11: a series' pattern has {list} once"},
	    {HEADING "[series w.r]\nrange = 1-5\npattern = /{list}{list}/\n", "d/f:5:11: a series' pattern has {list} once"},
	    {HEADING "[topic w.a]\npattern = /x{list}/\n", "d/f:4:11: {list} has a meaning in [series] only"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_error_of(cases[i].text, NULL, FALSE, cases[i].error);
}

/* Patterns: their form at once, their syntax when they are checked, with the column in the file. */
static void
test_pattern_errors(void **state)
{
	assert_error_of(HEADING "pattern = abc\n", NULL, FALSE, "d/f:3:11: expected one regular expression between slashes");
	assert_error_of(HEADING "pattern = //\n", NULL, FALSE, "d/f:3:11: expected one regular expression between slashes");
	assert_error_of(HEADING "pattern = /ab(c/\n", NULL, TRUE, "d/f:3:16: PCRE2 does not take this pattern: missing closing parenthesis");
	assert_error_of(HEADING "pattern = /é[z-a]/\n", NULL, TRUE, "d/f:3:16: PCRE2 does not take this pattern: range out of order");
	assert_error_of(HEADING "[series w.r]\nrange = 1-5\npattern = /rec {list}(/\n", NULL, TRUE, "d/f:5:23: PCRE2 does not take this pattern");
}

/* What is wrong between two files. */
static void
test_taxonomy_errors(void **state)
{
	assert_error_of("[taxonomy a]\n", "# twice\n[taxonomy a]\n", FALSE, "g:2:1: taxonomy \"a\" stands in d/f already");
	assert_error_of("[taxonomy a]\nfollows = b\n", "[taxonomy b]\nfollows = a\n", FALSE, "d/f:1:1: the taxonomies follow one another in a circle");
	assert_error_of("[taxonomy a]\nfollows = b\n[workstream w]\nmaps = v; x\n", "[taxonomy b]\n[workstream v]\n", FALSE,
	    "d/f:4:11: no workstream or topic \"x\" in another taxonomy");
}

static const struct rule_target *
target_at(const struct ruleset *ruleset, guint i)
{
	return g_ptr_array_index(ruleset_targets(ruleset), i);
}

/* Targets, milestones and documents as the rest of the house sees them; the taxonomy in force comes first. */
static void
test_targets(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of("[taxonomy old]\ntitle = Old\n[workstream a]\n",
	    "[taxonomy new]\ntitle = New\nfollows = old\nsince = 2018-01-01\n[workstream w]\ntitle = Work\nrapporteur = r@example.org\n"
	    "[topic w.a]\n[topic odd]\nworkstream = w\n[series w.r]\nrange = 2-3\ntitle = Item {n}\nitem.3 = Third\n[intent i]\nroute = s@example.org\nhold = "
	    "yes\n"
	    "[milestone M1]\ntitle = First\nplanned = 2019-01-01..2019-01-03\nactual = 2019-02-01\n[document d]\npublished = 2019-01-01\nsection = 3.1 "
	    "A\nsection = 3.2 B; C\nrefer = Rec.; point\nrefer.fr = article\n");
	const struct rule_milestone *milestone = g_ptr_array_index(ruleset_milestones(ruleset), 0);
	const struct rule_document *document = g_ptr_array_index(ruleset_documents(ruleset), 0);

	assert_int_equal(ruleset_targets(ruleset)->len, 7);
	assert_string_equal(target_at(ruleset, 0)->title, "Work");
	assert_string_equal(target_at(ruleset, 0)->route, "r@example.org");
	assert_true(target_at(ruleset, 0)->current);
	assert_string_equal(target_at(ruleset, 1)->parent, "w");
	assert_string_equal(target_at(ruleset, 1)->title, "w.a");
	assert_string_equal(target_at(ruleset, 2)->parent, "w");
	assert_string_equal(target_at(ruleset, 3)->id, "w.r2");
	assert_string_equal(target_at(ruleset, 3)->title, "Item 2");
	assert_string_equal(target_at(ruleset, 4)->title, "Third");
	assert_string_equal(target_at(ruleset, 4)->parent, "w");
	assert_true(target_at(ruleset, 5)->hold);
	assert_string_equal(target_at(ruleset, 6)->taxonomy, "old");
	assert_false(target_at(ruleset, 6)->current);
	assert_int_equal(target_at(ruleset, 6)->position, 6);
	assert_string_equal(g_ptr_array_index(ruleset_taxonomies(ruleset), 0), "new\tNew");
	assert_string_equal(g_ptr_array_index(ruleset_taxonomies(ruleset), 1), "old\tOld");
	assert_int_equal(milestone->planned_to - milestone->planned_from, 3 * 86400);
	assert_int_equal(milestone->actual_to - milestone->actual_from, 86400);
	assert_int_equal(document->sections->len, 2);
	assert_int_equal(document->refer->len, 3);
	assert_string_equal(g_ptr_array_index(document->refer, 0), "rec.");
	assert_string_equal(g_ptr_array_index(document->sections, 1), "3.2 B; C");
	assert_int_equal(strlen(ruleset_hash(ruleset)), 64);
}

/* Targets cross the reader's pipe whole; damaged bytes are refused. */
static void
test_target_bytes(void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of("[taxonomy t]\n[workstream w]\ntitle = É\n[topic w.a]\n[intent i]\nhold = yes\nroute = a@b\n", NULL);
	g_autoptr(GBytes) bytes = rule_targets_to_bytes(ruleset), half = NULL, none = g_bytes_new_static("", 0);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) targets = rule_targets_from_bytes(bytes, &error), broken = NULL, empty = rule_targets_from_bytes(none, NULL);
	const struct rule_target *intent;

	assert_null(error);
	assert_int_equal(targets->len, 3);
	intent = g_ptr_array_index(targets, 2);
	assert_string_equal(((struct rule_target *)g_ptr_array_index(targets, 0))->title, "É");
	assert_string_equal(((struct rule_target *)g_ptr_array_index(targets, 1))->parent, "w");
	assert_string_equal(intent->route, "a@b");
	assert_true(intent->hold);
	assert_int_equal(empty->len, 0);
	half = g_bytes_new_from_bytes(bytes, 0, g_bytes_get_size(bytes) - 5);
	broken = rule_targets_from_bytes(half, &error);
	assert_null(broken);
	assert_non_null(error);
}

/* Without rule files everything is input and nothing is filed. */
static void
test_no_files(void **state)
{
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	g_autoptr(Ruleset) ruleset = ruleset_new(none, NULL);
	g_autoptr(Record) record = message_of("", "anything");

	assert_non_null(ruleset);
	ruleset_classify(ruleset, record, NOW);
	assert_int_equal(record->filings->len, 0);
	assert_int_equal(record->kind, KIND_INPUT);
	assert_string_equal(record->kind_reason, "no sign of anything else");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_section_errors),
	    cmocka_unit_test(test_entry_errors),
	    cmocka_unit_test(test_phrase_errors),
	    cmocka_unit_test(test_list_errors),
	    cmocka_unit_test(test_unused_lists),
	    cmocka_unit_test(test_series_errors),
	    cmocka_unit_test(test_pattern_errors),
	    cmocka_unit_test(test_taxonomy_errors),
	    cmocka_unit_test(test_targets),
	    cmocka_unit_test(test_target_bytes),
	    cmocka_unit_test(test_no_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
