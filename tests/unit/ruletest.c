/* accept and reject lines: what passes, what fails, and what is said about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rules-fixture.h"

static void
note(gpointer data, gboolean passed, const char *file, guint line, const char *id, gboolean accept, const char *text, const char *got)
{
	g_string_append_printf(data, "%s %s:%u %s %s: %s -> %s\n", passed ? "ok" : "not ok", file, line, accept ? "accept" : "reject", id, text, got);
}

static void
assert_tests(const char *rules, const char *second, guint failed, const char *expected)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(rules, second);
	g_autoptr(GString) said = g_string_new(NULL);

	assert_int_equal(ruleset_test(ruleset, note, said), failed);
	assert_string_equal(said->str, expected);
	assert_int_equal(ruleset_test(ruleset, NULL, NULL), failed);
}

/* Both outcomes of both keys, with what the text was filed as. */
static void
test_outcomes(void **state)
{
	assert_tests(
	    "[taxonomy t]\n[workstream w]\n[topic w.a]\nkeyword = alpha\nlikely = beta\naccept = beta\naccept.fr = gamma\nreject = alpha\nreject = gamma\n",
	    NULL, 2,
	    "ok rules/one.rules:6 accept w.a: beta -> w (suggested); w.a (suggested)\n"
	    "not ok rules/one.rules:7 accept w.a: gamma -> nothing\n"
	    "not ok rules/one.rules:8 reject w.a: alpha -> w; w.a\n"
	    "ok rules/one.rules:9 reject w.a: gamma -> nothing\n");
}

/* Series by item and for any; kinds by subject and text; groups by their voice. */
static void
test_other_sections(void **state)
{
	assert_tests("[taxonomy t]\n[workstream w]\n[series w.r]\nrange = 1-9\npattern = /rec {list}/\naccept = rec 3\naccept.3 = rec 3\nreject.4 = rec "
	             "3\nreject = rec\n"
	             "[kind auto]\nsubject = away\naccept = Away until May\nreject = here\n[voice]\nkeyword = for\n[group G]\nkeyword = SSAC\naccept = I speak "
	             "for the SSAC\n"
	             "reject = the SSAC\n[intent i]\nkeyword = please\naccept = please\n",
	    NULL, 0,
	    "ok rules/one.rules:6 accept w.r: rec 3 -> w; w.r3\n"
	    "ok rules/one.rules:7 accept w.r3: rec 3 -> w; w.r3\n"
	    "ok rules/one.rules:8 reject w.r4: rec 3 -> w; w.r3\n"
	    "ok rules/one.rules:9 reject w.r: rec -> nothing\n"
	    "ok rules/one.rules:12 accept auto: Away until May -> kind auto (auto: subject \"away\" (one.rules:11))\n"
	    "ok rules/one.rules:13 reject auto: here -> kind input (no sign of anything else)\n"
	    "ok rules/one.rules:18 accept G: I speak for the SSAC -> G\n"
	    "ok rules/one.rules:19 reject G: the SSAC -> nothing\n"
	    "ok rules/one.rules:22 accept i: please -> i\n");
}

/* The day of a test: given, before until, since, or one on which the taxonomy is in force. */
static void
test_days(void **state)
{
	assert_tests("[taxonomy old]\n[workstream a]\nkeyword = alpha\naccept = alpha\n[topic a.u]\nkeyword = alpha\nuntil = 2015-01-01\naccept = alpha\n"
	             "reject = (2015-01-01) alpha\n[topic a.s]\nkeyword = alpha\nsince = 2016-01-01\naccept = alpha\n",
	    "[taxonomy new]\nfollows = old\nsince = 2018-01-01\n[workstream w]\nkeyword = alpha\naccept = alpha\naccept = (2010-01-01) alpha\n", 0,
	    "ok rules/two.rules:6 accept w: alpha -> w\n"
	    "ok rules/two.rules:7 accept w: alpha -> w; a; a.u\n"
	    "ok rules/one.rules:4 accept a: alpha -> w; a; a.s\n"
	    "ok rules/one.rules:8 accept a.u: alpha -> w; a; a.u\n"
	    "ok rules/one.rules:9 reject a.u: alpha -> w; a\n"
	    "ok rules/one.rules:13 accept a.s: alpha -> w; a; a.s\n");
}

/* A text that is no input is filed nowhere, and the report says why. */
static void
test_kind_in_the_way(void **state)
{
	assert_tests("[taxonomy t]\n[workstream w]\nkeyword = alpha\naccept = alpha, unsubscribe\n[kind admin]\nkeyword = unsubscribe\n", NULL, 1,
	    "not ok rules/one.rules:4 accept w: alpha, unsubscribe -> kind admin (admin: keyword \"unsubscribe\" (one.rules:6))\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_outcomes),
	    cmocka_unit_test(test_other_sections),
	    cmocka_unit_test(test_days),
	    cmocka_unit_test(test_kind_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
