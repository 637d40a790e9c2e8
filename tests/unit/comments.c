/* The pure parts of the comment tables: initials and keys, quotes, names in whose name a letter is written, sections that a text names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/text.h"
#include "report/behalf.h"
#include "report/initials.h"
#include "report/mentions.h"
#include "report/quote.h"

struct pair {
	const char *given, *expected;
};

static void
expect(const char *got, const char *expected, const char *of)
{
	if (g_strcmp0(got, expected) != 0)
		fail_msg("of \"%s\": \"%s\", expected \"%s\"", of, got != NULL ? got : "(null)", expected != NULL ? expected : "(null)");
}

/* A key must be one that staff would have written themselves, in any writing. */
static void
test_person(void **state)
{
	static const struct pair names[] = {{"Jane Doe", "JD"}, {"Doe, Jane", "JD"}, {"jane doe", "JD"}, {"Jane van der Doe", "JD"}, {"Dr. Jane Doe", "JD"},
	    {"J. R. Doe", "JRD"}, {"Jean-Luc Élan", "JLÉ"}, {"Jane Doe (Ropes Ltd)", "JD"}, {"\"Jane Doe\"", "JD"}, {"Иван Примеров", "ИП"},
	    {"王小明", "王小明"}, {"例 太郎", "例太郎"}, {"سلمى مثال", "سم"}, {"A B C D E F", "ABCD"}, {"jane@example.org", "J"}, {"\x1b[31mJane\x1b[0m", "JM"},
	    {"\xff\xfe", "AE"}, {"", "AE"}, {"...", "AE"}};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *got = initials_of_person(names[i].given, "ada.example@example.net");

		if (strchr(names[i].given, 0x1b) != NULL)
			assert_true(initials_are_valid(got));
		else
			expect(got, names[i].expected, names[i].given);
	}
	g_autofree char *nobody = initials_of_person(NULL, NULL);
	expect(nobody, "X", "nobody");
}

static void
test_body(void **state)
{
	static const struct pair names[] = {{"SSAC", "SSAC"}, {"DNS-OARC", "DNS-OARC"}, {"Harbour Users Group", "HUG"}, {"Union of the Tug Masters", "UTM"},
	    {"Harbour Users (HUGS)", "HUGS"}, {"Harbour Users (of the town)", "HU"}, {"Ropes", "Ropes"}, {"Antidisestablishment", "Antidisestab"},
	    {"港口协会", "港口协会"}, {"", "X"}, {"-3 <b>", "3"}};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *got = initials_of_body(names[i].given);

		expect(got, names[i].expected, names[i].given);
	}
}

/* Two contributors with one key would make the tables worthless. */
static void
test_unique(void **state)
{
	g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	static const struct pair wanted[] = {{"JD", "JD"}, {"JD", "JD2"}, {"jd", "jd3"}, {"JD2", "JD22"}, {"BC", "BC"}};

	for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++) {
		g_autofree char *got = initials_take(taken, wanted[i].given);

		expect(got, wanted[i].expected, wanted[i].given);
	}
	assert_true(initials_are_valid("JD2") && initials_are_valid("DNS-OARC") && initials_are_valid("ИП") && initials_are_valid("none"));
	assert_false(
	    initials_are_valid("") || initials_are_valid("J D") || initials_are_valid("JD)(3") || initials_are_valid("-J") || initials_are_valid("J-"));
	assert_false(initials_are_valid("ABCDEFGHIJKLMNOPQ") || initials_are_valid("\xff"));
}

/* A quote is whole sentences, of one paragraph, with the words that were found in it. */
static void
test_quote(void **state)
{
	static const char text[] =
	    "Dear all,\n\nThe first sentence is long enough to stand by itself, for it has more than eighty columns in it. Dr. Who asks why the "
	    "U.S. Navy took No. 3,\nand whether it brings it back to us before the winter comes; I do not.\n\nEnd.\n";
	gsize at = strstr(text, "Navy") - text;
	g_autofree char *around = quote_around(text, at, 4), *first = quote_first(text, 0), *end = quote_around(text, strstr(text, "End") - text, 3);

	expect(around, "Dr. Who asks why the U.S. Navy took No. 3, and whether it brings it back to us before the winter comes; I do not.", "Navy");
	expect(first, "The first sentence is long enough to stand by itself, for it has more than eighty columns in it.", "the first");
	expect(end, "End.", "End");
	assert_null(quote_around("", 0, 0));
	assert_null(quote_around(" \n\n ", 9, 9));
}

/* Short sentences get their neighbour, lists stay apart, a sentence without end is cut around what was found, and nobody's text crashes it. */
static void
test_quote_bounds(void **state)
{
	g_autofree char *list = quote_around("- one gantry\n- two cranes\n", 0, 3), *shorter = quote_around("No. We do not agree.", 0, 2);
	g_autofree char *words = g_strnfill(9000, 'a'), *han = quote_around("这是第一句。这是第二句。", 0, 3);

	expect(list, "one gantry - two cranes", "a list");
	expect(shorter, "No. We do not agree.", "a short one");
	expect(han, "这是第一句。这是第二句。", "Han");
	for (gsize i = 40; i < 9000; i += 41)
		words[i] = ' ';
	memcpy(words + 5000, " here ", 6);
	g_autofree char *cut = quote_around(words, 5001, 4), *whole = g_strnfill(9000, 'a'), *one = quote_around(whole, 4000, 3);
	assert_non_null(strstr(cut, " here "));
	assert_true(g_str_has_prefix(cut, "\u2026 ") && g_str_has_suffix(cut, "\u2026"));
	assert_true(text_columns(cut) <= QUOTE_COLUMNS + 4 && text_columns(one) <= QUOTE_COLUMNS + 4);
	for (gsize i = 0; i < 60; i++) {
		g_autofree char *any = quote_around("a\n\n\n b. \xe2\x80\xa2 c! \n d?\n\n\xe3\x80\x82", i, i);

		assert_true(any == NULL || g_utf8_validate(any, -1, NULL));
	}
}

/* A chosen quote is found again whatever white space stands in it, and only where it is. */
static void
test_quote_key(void **state)
{
	g_autofree char *key = quote_key(" the  fish\n swim "), *other = quote_key("the fish"), *none = quote_key(" \n");
	g_autofree char *found = quote_find("Here the fish\nswim, there not.", key), *not = quote_find("Here the fish sink.", key);
	g_autofree char *again = quote_find("the the fish swim", key);

	expect(found, "the fish swim", "a key");
	expect(again, "the fish swim", "a key");
	assert_null(not );
	assert_null(none);
	assert_string_not_equal(key, other);
	assert_int_equal(quote_key_length(key), 11);
	assert_int_equal(quote_key_length("12"), 0);
	assert_null(quote_find("text", "5 zz"));
	assert_null(strstr(key, "fish"));
}

/* A name that is not one would stand in the table of organizations. */
static void
test_behalf(void **state)
{
	static const struct {
		const char *text, *phrase, *name;
		gboolean one_capital;
	} cases[] = {
	    {"On behalf of the Harbour Users Group I submit this.", "On behalf of", "Harbour Users Group", FALSE},
	    {"On behalf of the Union of the Tug Masters, we submit this.", "On behalf of", "Union of the Tug Masters", FALSE},
	    {"on behalf of all the members of our club we say Hello", "on behalf of", NULL, FALSE},
	    {"On behalf of our members. The Harbour is silent.", "On behalf of", NULL, FALSE},
	    {"Au nom de la Fédération des ports de pêche, je vous écris.", "Au nom de la Fédération", "Fédération des ports de pêche", TRUE},
	    {"On behalf of Ropes & Sons we ask", "On behalf of", "Ropes & Sons", FALSE},
	    {"On behalf of\nthe Harbour\nUsers", "On behalf of", "Harbour Users", FALSE},
	    {"我谨代表协会提出以下意见。", "我谨代表协会", NULL, TRUE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gsize at = 0;
		g_autofree char *name =
		    behalf_name(cases[i].text, strstr(cases[i].text, cases[i].phrase) - cases[i].text, strlen(cases[i].phrase), cases[i].one_capital, &at);

		expect(name, cases[i].name, cases[i].text);
		if (name != NULL)
			assert_memory_equal(cases[i].text + at, name, 3);
	}
}

static GPtrArray *
make_sections(void)
{
	GPtrArray *sections = g_ptr_array_new();

	for (const char *const *section = (const char *const[]){"1 Quays", "1.1 Cranes", "1.2 Lights", "1.3 Ropes", "2 Water", "10 Fish", NULL};
	     *section != NULL; section++)
		g_ptr_array_add(sections, (gpointer)*section);
	return sections;
}

static char *
mentioned(const struct mentions *mentions, const char *text)
{
	g_autoptr(GPtrArray) found = mentions_find(mentions, text);
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < found->len; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? " " : "", ((struct mention *)g_ptr_array_index(found, i))->section);
	return g_string_free(out, FALSE);
}

/* A section in a key is a statement about what somebody commented on: of another text's sections nothing may be taken. */
static void
test_mentions(void **state)
{
	g_autoptr(GPtrArray) sections = make_sections();
	const struct mentions_document document = {"plan", "Draft plan for the harbour", 0, sections, NULL};
	g_autoptr(Mentions) mentions = mentions_new(&document);
	static const struct pair cases[] = {{"In section 1.2 you say", "1.2"}, {"Sections 1.1, 1.3 and 2 are right", "1.1 1.3 2"},
	    {"sections 1.1-1.3", "1.1 1.2 1.3"}, {"see \u00a7 2.", "2"}, {"sec. 10:", "10"}, {"Section 1.2.7 goes further", "1.2.7"}, {"section 7", ""},
	    {"section 2 of the contract", ""}, {"section 2 of the draft plan", "2"}, {"section 2 of your text", "2"}, {"the Bylaws Section 2", ""},
	    {"RFC 2119, section 2", ""}, {"Re: Section 2", "2"}, {"the Plan section 2", "2"}, {"intersection 2", ""}, {"section two", ""}, {"section 2nd", ""},
	    {"", ""}};

	assert_non_null(mentions);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = mentioned(mentions, cases[i].given);

		expect(got, cases[i].expected, cases[i].given);
	}
	expect(mentions_title(mentions, "1.2.7"), "Lights", "1.2.7");
	assert_null(mentions_title(mentions, "7"));
	assert_true(
	    mentions_compare("1.2", "1.10") < 0 && mentions_compare("2", "10") < 0 && mentions_compare("3.1", "3") > 0 && mentions_compare("a", "a") == 0);
}

/* What stands before a number is the rule file's to say; a document without sections has none to be named. */
static void
test_refer(void **state)
{
	g_autoptr(GPtrArray) sections = make_sections();
	g_autoptr(GPtrArray) refer = g_ptr_array_new();
	const struct mentions_document document = {"plan", "Draft plan for the harbour", 0, sections, refer};
	g_autofree char *got = NULL;

	g_ptr_array_add(refer, (gpointer) "rec. no.");
	g_ptr_array_add(refer, (gpointer) "(rec");
	g_autoptr(Mentions) mentions = mentions_new(&document);
	assert_non_null(mentions);
	got = mentioned(mentions, "Rec.  No. 2 and section 1.1 and (rec 10)");
	expect(got, "2 10", "refer");
	g_ptr_array_set_size(sections, 0);
	assert_null(mentions_new(&document));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_person), cmocka_unit_test(test_body), cmocka_unit_test(test_unique),
	    cmocka_unit_test(test_quote), cmocka_unit_test(test_quote_bounds), cmocka_unit_test(test_quote_key), cmocka_unit_test(test_behalf),
	    cmocka_unit_test(test_mentions), cmocka_unit_test(test_refer)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
