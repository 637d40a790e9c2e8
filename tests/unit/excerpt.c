#include "find/excerpt.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* A record whose passages are the subject "Subject" and TEXT of KIND. */
static struct record *
with_passage(enum record_passage_kind kind, const char *text)
{
	struct record *record = record_new();

	record_add_passage(record, PASSAGE_SUBJECT, 0, "Subject", -1);
	record_add_passage(record, kind, 0, text, -1);
	return record;
}

/* The excerpt with its spans in [ ]. Caller frees. */
static char *
marked(const struct record *record, const char *words, guint columns)
{
	g_auto(GStrv) list = g_strsplit(words, "|", -1);
	g_autoptr(Excerpt) excerpt = excerpt_new(record->passages, (const char *const *)list, columns);
	GString *out;
	guint at = 0;

	if (excerpt == NULL)
		return NULL;
	assert_true(text_columns(excerpt->text) <= columns);
	out = g_string_new(NULL);
	for (guint i = 0; i < excerpt->spans->len; i++) {
		const struct excerpt_span *span = &g_array_index(excerpt->spans, struct excerpt_span, i);

		g_string_append_len(out, excerpt->text + at, span->offset - at);
		g_string_append_printf(out, "[%.*s]", (int)span->length, excerpt->text + span->offset);
		at = span->offset + span->length;
	}
	g_string_append(out, excerpt->text + at);
	return g_string_free(out, FALSE);
}

static void
expect(const char *text, const char *words, guint columns, const char *expected)
{
	g_autoptr(Record) record = with_passage(PASSAGE_NEW, text);
	g_autofree char *got = marked(record, words, columns);

	if (expected == NULL)
		assert_null(got);
	else
		assert_string_equal(got, expected);
}

/* Words match whole, without letter case and accents, as they do in the search index. */
static void
words(void **state)
{
	expect("The root zone is signed.", "ROOT", 60, "The [root] zone is signed.");
	expect("La s\u00e9curit\u00e9 du syst\u00e8me", "securite", 60, "La [s\u00e9curit\u00e9] du syst\u00e8me");
	expect("uprooted trees", "root", 60, NULL);
	expect("uprooted roots", "root*", 60, "uprooted [roots]");
	expect("nothing here", "root", 60, NULL);
}

/* A phrase matches over line breaks, hyphens and punctuation. */
static void
phrases(void **state)
{
	expect("the key\n  roll-over plan", "key roll over", 60, "the [key roll-over] plan");
	expect("two-factor login", "two factor", 60, "[two-factor] login");
	expect("key and roll", "key roll", 60, NULL);
}

/* Han text has no spaces: a word matches anywhere, and lines are cut between characters, not bytes. */
static void
chinese(void **state)
{
	g_autofree char *got = NULL;
	g_autoptr(Record) record = NULL;
	GString *text = g_string_new(NULL);

	expect("\u6839\u670d\u52a1\u5668\u7684\u5b89\u5168\u95ee\u9898", "\u5b89\u5168", 60, "\u6839\u670d\u52a1\u5668\u7684[\u5b89\u5168]\u95ee\u9898");
	for (int i = 0; i < 50; i++)
		g_string_append(text, "\u4e00\u4e8c\u4e09");
	g_string_append(text, "\u5b89\u5168");
	for (int i = 0; i < 50; i++)
		g_string_append(text, "\u4e00\u4e8c\u4e09");
	record = with_passage(PASSAGE_NEW, text->str);
	got = marked(record, "\u5b89\u5168", 40);
	g_string_free(text, TRUE);
	assert_non_null(strstr(got, "[\u5b89\u5168]"));
	assert_true(g_utf8_validate(got, -1, NULL));
	assert_true(g_str_has_prefix(got, "\u2026"));
	assert_true(g_str_has_suffix(got, "\u2026"));
}

/* Of many places the one where most of the words meet is shown, cut at words. */
static void
best_place(void **state)
{
	expect(
	    "The zone was mentioned once at the very beginning of this letter, which then goes on about other things, until the root zone signing ceremony is "
	    "described in every detail that anyone could wish for.",
	    "zone|root", 50, "\u2026until the [root] [zone] signing ceremony is\u2026");
}

/* The author's own words come before quoted ones, and a match in both shows the former. */
static void
own_words_first(void **state)
{
	g_autoptr(Record) record = with_passage(PASSAGE_QUOTED, "the root zone, quoted");
	g_autoptr(Excerpt) excerpt = NULL;
	const char *const words[] = {"root", NULL};

	record_add_passage(record, PASSAGE_NEW, 0, "my root zone", -1);
	excerpt = excerpt_new(record->passages, words, 60);
	assert_int_equal(excerpt->kind, PASSAGE_NEW);
	assert_string_equal(excerpt->text, "my root zone");
}

/* What a sender wrote cannot move the terminal, and the marks still stand at the right bytes. */
static void
escaped(void **state)
{
	g_autoptr(Record) record = with_passage(PASSAGE_NEW, "a\x1b[2J\u202e root");
	g_autofree char *got = marked(record, "root", 60);

	assert_string_equal(got, "a\\x1b[2J\\u202e [root]");
}

/* A text made to be slow is not: matches at every letter, gaps without end. */
static void
hostile(void **state)
{
	g_autofree char *many = g_strnfill(400000, 'a');
	GString *gap = g_string_new("key");

	for (int i = 1; i < 400000; i += 2)
		many[i] = ' ';
	for (int i = 0; i < 200000; i++)
		g_string_append_c(gap, '.');
	g_string_append(gap, "roll");
	{
		g_autoptr(Record) record = with_passage(PASSAGE_NEW, many);
		g_autofree char *got = marked(record, "a", 40);

		assert_non_null(got);
	}
	{
		g_autoptr(Record) record = with_passage(PASSAGE_NEW, gap->str);

		assert_null(marked(record, "key roll", 40));
	}
	g_string_free(gap, TRUE);
	expect("anything", "!!!", 40, NULL);
	expect("anything", "", 40, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words),
	    cmocka_unit_test(phrases),
	    cmocka_unit_test(chinese),
	    cmocka_unit_test(best_place),
	    cmocka_unit_test(own_words_first),
	    cmocka_unit_test(escaped),
	    cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
