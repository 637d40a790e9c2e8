#include "rules/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules-fixture.h"

static const char base[] = "[taxonomy t]\ntitle = T\n\n"
                           "[workstream a]\ntitle = A\n[workstream b]\ntitle = B\n\n"
                           "[topic a.crane]\nkeyword = gantry crane\nlikely = lifting gear ~4 rope*\nhint = hook; steel cable\nnot = origami crane\n\n"
                           "[topic a.wall]\nkeyword = quay wall\npattern = /wall[- ]?stones?/\n\n"
                           "[topic b.silt]\nkeyword = dredging\n\n"
                           "[series b.point]\nworkstream = b\nrange = 1-9\npattern = /\\bpoints?\\s+{list}/\n\n"
                           "[mask boiler]\nkeyword = this harbour is a safe harbour\n\n"
                           "[kind auto]\nsubject = out of the office\n\n"
                           "[kind spam]\nheader = X-Spam: yes\n\n"
                           "[intent question]\npattern = /\\?/\n\n"
                           "[intent short]\nwords < 5\n\n"
                           "[group Pilots]\nkeyword = pilots' guild\naddress = *@pilots.example.org\n\n"
                           "[region Elsewhere]\notherwise = yes\n\n"
                           "[words lamp]\nword = beacon; lantern\n[words light]\nword = <lamp>; fire\n"
                           "[topic b.lamp]\nlikely = <light> ~4 oil | gas\nhint = <lamp>; gas\n";

static const char *const texts[] = {
    "The gantry crane fell over the quay wall.",
    "The origami crane is nice, the gantry crane is not.",
    "Lifting gear, and not one good rope.",
    "A hook and a steel cable.",
    "Points 3, 4 and 7 speak of dredging.",
    "This harbour is a safe harbour, said the guild.",
    "When is the dredging?",
    "On behalf of the pilots' guild we ask for wallstones.",
    "Nothing of it.",
    "A lighthouse and a ferry.",
    "The lighthouse, this harbour is a safe harbour, a ferry.",
    "A lantern burns oil, a flame burns gas.",
    "A flame burns oil.",
};

/* Each replaces one piece of the rules by another. */
struct edit {
	const char *what, *by;
};

static const struct edit words[] = {
    {"keyword = gantry crane", "keyword = gantry crane; lighthouse"},
    {"keyword = gantry crane", "keyword = lighthouse ~3 ferry"},
    {"hint = hook; steel cable\n", ""},
    {"not = origami crane", "not = origami crane; crane fell"},
    {"keyword = quay wall\n", "keyword = quay wall\nkeyword.de = Kaimauer\n"},
    {"/wall[- ]?stones?/", "/wall[- ]?papers?/"},
    {"[topic b.silt]\nkeyword = dredging\n\n", ""},
    {"[topic b.silt]", "[topic b.ferry]\nkeyword = ferry\n\n[topic b.silt]"},
    {"/\\bpoints?\\s+{list}/", "/\\bitems?\\s+{list}/"},
    {"this harbour is a safe harbour", "harbour is a safe harbour"},
    {"subject = out of the office", "subject = out of the office; away"},
    {"pattern = /\\?/", "pattern = /\\?|we ask/"},
    {"keyword = pilots' guild", "keyword = pilots' guild; guild"},
    {"word = beacon", "word = beacon; flame"},
    {"word = beacon; lantern", "word = beacon"},
    {"word = <lamp>; fire", "word = fire; flame"},
    {"word = beacon; lantern", "word = lantern; beacon"},
    {"[words light]", "[words spare]\nword = ferry\n[words light]"},
    {"~4 oil", "~1 oil"},
    {"[taxonomy t]", "# a line more\n[taxonomy t]"},
    {"title = T\n", "title = another\n"},
    {"[topic a.wall]\n", "[topic a.wall]\nsince = 2019-01-01\n"},
    {"range = 1-9", "range = 1-8"},
};

static const struct edit more_than_words[] = {
    {"[workstream b]", "[workstream c]\ntitle = C\n[workstream b]"},
    {"words < 5", "words < 6"},
    {"pattern = /\\?/", "pattern = /\\?/\nhold = yes"},
    {"address = *@pilots.example.org", "address = *@guild.example.org"},
    {"X-Spam: yes", "X-Spam: no"},
    {"[intent short]\nwords < 5\n", "[intent short]\nwords < 5\nkeyword = briefly\n"},
    {"otherwise = yes\n", "otherwise = yes\nkeyword = ferry\n"},
    {"[kind auto]", "[kind admin]\nsubject = list settings\n\n[kind auto]"},
};

static char *
edited(const char *text, const struct edit *edit)
{
	g_auto(GStrv) pieces = g_strsplit(text, edit->what, 2);

	assert_non_null(pieces[1]);
	return g_strjoin(edit->by, pieces[0], pieces[1], NULL);
}

/* What RULESET says of TEXT, with the lines of CHANGE's later ruleset where CHANGE is given. */
static char *
said_of(const struct ruleset *ruleset, const char *text, const struct change *change)
{
	g_autoptr(Record) record = message_of("on the harbour", text);
	g_autofree char *filings = NULL, *evidence = NULL;

	ruleset_classify(ruleset, record, NOW);
	for (guint i = 0; change != NULL && i < record->evidence->len; i++) {
		struct record_evidence *piece = g_ptr_array_index(record->evidence, i);

		piece->line = change_line_now(change, piece->file, piece->line);
	}
	filings = filings_of(record);
	evidence = evidence_of(record);
	return g_strdup_printf("%s %s %d\n%s", kind_name(record->kind), filings, record->held, evidence);
}

/* Counts the messages that need not be asked again, every one of which must be filed as before. */
static guint
count_untouched(const struct ruleset *before, const struct ruleset *after, const char *const *messages, guint n)
{
	g_autoptr(Change) change = change_new(before, after);
	guint untouched = 0;

	assert_non_null(change);
	for (guint i = 0; i < n; i++) {
		g_autoptr(Record) record = message_of("on the harbour", messages[i]);
		g_autofree char *old = NULL, *new = NULL;

		if (!change_is_empty(change) && change_touches(change, record))
			continue;
		old = said_of(before, messages[i], change);
		new = said_of(after, messages[i], NULL);
		assert_string_equal(old, new);
		untouched++;
	}
	return untouched;
}

/* A message that no changed rule touches is filed as before, whichever words changed and whichever way. */
static void
test_words(G_GNUC_UNUSED void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(base, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autofree char *text = edited(base, &words[i]);
		g_autoptr(Ruleset) other = ruleset_of(text, NULL);

		assert_true(count_untouched(ruleset, other, texts, G_N_ELEMENTS(texts)) > 2);
		assert_true(count_untouched(other, ruleset, texts, G_N_ELEMENTS(texts)) > 2);
	}
}

/* What is touched is found: each of these changes what is said of the text beside it. */
static void
test_touched(G_GNUC_UNUSED void **state)
{
	static const struct {
		guint edit, text;
	} cases[] = {{0, 9}, {2, 3}, {3, 0}, {5, 7}, {6, 4}, {7, 9}, {8, 4}, {9, 5}, {12, 5}, {13, 12}, {14, 11}, {15, 11}, {18, 11}};
	g_autoptr(Ruleset) ruleset = ruleset_of(base, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = edited(base, &words[cases[i].edit]);
		g_autoptr(Ruleset) other = ruleset_of(text, NULL);
		g_autoptr(Change) change = change_new(ruleset, other);
		g_autoptr(Record) record = message_of("on the harbour", texts[cases[i].text]);

		assert_true(change_touches(change, record));
	}
}

/* Words that only come near to one another where a mask has taken what stood between are no reason to leave a message alone. */
static void
test_masked(G_GNUC_UNUSED void **state)
{
	g_autofree char *text = edited(base, &words[1]);
	g_autoptr(Ruleset) ruleset = ruleset_of(base, NULL), other = ruleset_of(text, NULL);
	g_autoptr(Change) change = change_new(ruleset, other);
	g_autoptr(Record) near = message_of("", texts[10]), far = message_of("", "A lighthouse, and much later, one day, a ferry.");

	assert_true(change_touches(change, near));
	assert_false(change_touches(change, far));
}

/* Conditions, rosters, header fields, workstreams: then every message is asked. */
static void
test_more_than_words(G_GNUC_UNUSED void **state)
{
	g_autoptr(Ruleset) ruleset = ruleset_of(base, NULL), second = ruleset_of(base, "[taxonomy u]\ntitle = U\n");

	assert_null(change_new(ruleset, second));
	for (gsize i = 0; i < G_N_ELEMENTS(more_than_words); i++) {
		g_autofree char *text = edited(base, &more_than_words[i]);
		g_autoptr(Ruleset) other = ruleset_of(text, NULL);

		assert_null(change_new(ruleset, other));
		assert_null(change_new(other, ruleset));
	}
}

/* A comment changes no rule, and moves lines; two rules of one line that part leave open which of them evidence means. */
static void
test_lines(G_GNUC_UNUSED void **state)
{
	g_autofree char *moved = edited(base, &(struct edit){"[topic a.wall]", "# walls\n[topic a.wall]"});
	g_autofree char *parted = edited(base, &(struct edit){"hint = hook; steel cable", "hint = hook\nhint = steel cable"});
	g_autoptr(Ruleset) ruleset = ruleset_of(base, NULL), same = ruleset_of(base, NULL), other = ruleset_of(moved, NULL), third = ruleset_of(parted, NULL);
	g_autoptr(Change) none = change_new(ruleset, same), change = change_new(ruleset, other);

	assert_true(change_is_empty(none));
	assert_false(change_moves_lines(none));
	assert_true(change_is_empty(change));
	assert_true(change_moves_lines(change));
	assert_int_equal(change_line_now(change, "one.rules", 10), 10);
	assert_int_equal(change_line_now(change, "one.rules", 16), 17);
	assert_int_equal(change_line_now(change, "two.rules", 16), 16);
	assert_null(change_new(ruleset, third));
}

/* The same for the shipped rules and all the sentences in them, with one topic's words after another left out. */
static void
test_shipped(G_GNUC_UNUSED void **state)
{
	g_autofree char *path = g_build_filename(g_getenv("srcdir") != NULL ? g_getenv("srcdir") : ".", "filters/ssr2-2018.rules", NULL), *text = NULL;
	g_autoptr(GPtrArray) sentences = g_ptr_array_new();
	g_autoptr(Ruleset) ruleset = NULL;
	guint tried = 0, untouched = 0, n = 0;

	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	ruleset = ruleset_of(text, NULL);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++)
		if ((g_str_has_prefix(lines[i], "accept") || g_str_has_prefix(lines[i], "reject")) && n++ % 8 == 0)
			g_ptr_array_add(sentences, strchr(lines[i], '=') + 1);
	assert_true(sentences->len > 50);
	for (guint i = 0, found = 0; lines[i] != NULL; i++) {
		g_autofree char *other_text = NULL, *line = lines[i];
		g_autoptr(Ruleset) other = NULL;

		if (!g_str_has_prefix(line, "likely.") || (lines[i + 1] != NULL && *lines[i + 1] == ' ') || found++ % 20 != 0) {
			(void)g_steal_pointer(&line);
			continue;
		}
		lines[i] = g_strdup("");
		other_text = g_strjoinv("\n", lines);
		other = ruleset_of(other_text, NULL);
		untouched += count_untouched(ruleset, other, (const char *const *)sentences->pdata, sentences->len);
		tried++;
		g_free(lines[i]);
		lines[i] = g_steal_pointer(&line);
	}
	assert_true(tried > 1);
	assert_true(untouched > tried * sentences->len / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_touched),
	    cmocka_unit_test(test_masked),
	    cmocka_unit_test(test_more_than_words),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_shipped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
