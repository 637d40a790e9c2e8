/* What tables say before PCRE2 is asked: over random expressions and texts, nothing that PCRE2 finds is passed over. */
#include "base/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "rules/gate-private.h"
#include "rules/gate.h"
#include "rules/compiled.h"
#include "rules/phrase.h"
#include "rules/ruleset.h"
#include "rules/starttable.h"

#define EXPRESSIONS 2500 /* POSTBAG_ROUNDS in the environment says another number */
#define TEXTS 12
#define RULESETS 40
#define SLOW 160

/* Letters with more than two forms, with one form in ASCII, with none; digits, spaces, marks and ends of lines of other scripts. */
static const char *const characters[] = {"a", "a", "b", "b", "c", "A", "B", "k", "s", "i", "I", "0", "7", "_", "-", " ", " ", "\n", "\t", ".", ",", "'", "\r",
    "\v", "é", "É", "ß", "ẞ", "ſ", "K", "Å", "å", "ς", "σ", "Σ", "θ", "ϑ", "ϴ", "µ", "μ", "İ", "ı", "ǅ", "ǆ", "в", "ᲀ", "й", "Й", "ω", "Ω", "ͅ", "ι", "第",
    "九", "٩", "ა", "Ა", "Ꭰ", "ꭰ", "\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8", "\xcc\x81", "א", "ª", "²", "Ⅷ", "ⅷ", "Ⓐ", "ⓐ", "😀", "\x01", "\x7f", "‿"};

static const char *const escapes[] = {"\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\h", "\\H", "\\v", "\\V", "\\p{L}", "\\P{Lu}", "\\p{Ll}", "\\pN", "\\x61",
    "\\x{e9}", "\\x{17f}", "\\n", "\\t", "\\-", "\\.", "\\_", "\\x{2028}", "\\e", "\\a", "\\f", "\\r", "\\'"};

static const char *const places[] = {"\\b", "\\B", "^", "$", "\\A", "\\z", "\\Z", "(?!\\w)", "(?<!\\w)", "(?<!" PHRASE_WORD ")", "(?!" PHRASE_WORD ")",
    "(?<=a)", "(?<!b)", "(?<=[\\s\\S]{2})", "(?i)", "(?-i)", "(?m)", "(?s)", "(?m-s)"};

static const char *const openings[] = {"(?:", "(", "(?>", "(?|", "(?=", "(?!", "(?i:", "(?-i:", "(?s-i:", "(?:", "(?:"};

static const char *const repeats[] = {"?", "*", "+", "{2}", "{1,}", "{0,3}", "{2,5}", "{0}", "{1,4}", "{0,1}", "{4,9}"};

struct author {
	GRand *random;
	GString *out;
	guint names, depth;
};

#define ANY(random, array) ((array)[g_rand_int_range(random, 0, G_N_ELEMENTS(array))])

static guint
choose(const struct author *author, guint n)
{
	return (guint)g_rand_int_range(author->random, 0, (gint32)n);
}

static void
write_character(struct author *author)
{
	const char *character = ANY(author->random, characters);

	g_string_append_printf(author->out, "%s%s", strchr(".-^$|()[]{}*+?\\", *character) != NULL ? "\\" : "", character);
}

static void
write_class(struct author *author)
{
	static const char *const ranges[] = {
	    "a-c", "A-C", "Z-b", "0-9", "a-z", "À-ö", "α-ω", "\\x{400}-\\x{4ff}", " -\\x{90}", "א-ת", "-a", "^", "\\]", "𐀀-😀", "Ꭰ-Ᏽ", "\\--0"};

	g_string_append(author->out, choose(author, 3) == 0 ? "[^" : "[");
	if (choose(author, 12) == 0)
		g_string_append_c(author->out, ']');
	for (guint n = 1 + choose(author, 3); n > 0; n--) {
		guint kind = choose(author, 6);

		if (kind == 0)
			g_string_append(author->out, ANY(author->random, escapes));
		else if (kind == 1)
			g_string_append(author->out, ANY(author->random, ranges));
		else
			write_character(author);
	}
	g_string_append(author->out, choose(author, 12) == 0 ? "-]" : "]");
}

static void write_choice(struct author *author);

static void
write_group(struct author *author)
{
	guint kind = choose(author, 14);

	if (kind == 0 && author->names > 0) {
		g_string_append_printf(author->out, "(?&n%u)", choose(author, author->names));
		return;
	}
	if (kind <= 1)
		g_string_append_printf(author->out, "(?<n%u>", author->names++);
	else
		g_string_append(author->out, ANY(author->random, openings));
	author->depth++;
	write_choice(author);
	author->depth--;
	g_string_append_c(author->out, ')');
}

static void
write_row(struct author *author)
{
	for (guint n = choose(author, 8) == 0 ? 0 : 1 + choose(author, author->depth == 0 ? 4 : 3); n > 0; n--) {
		guint kind = choose(author, 20);

		if (kind < 9) {
			write_character(author);
		} else if (kind < 11) {
			g_string_append(author->out, ANY(author->random, escapes));
		} else if (kind < 13) {
			write_class(author);
		} else if (kind < 14) {
			g_string_append_c(author->out, '.');
		} else if (kind < 16) {
			g_string_append(author->out, ANY(author->random, places));
			continue;
		} else if (author->depth < 4) {
			write_group(author);
		}
		if (choose(author, 4) == 0)
			g_string_append_printf(author->out, "%s%s", ANY(author->random, repeats),
			    choose(author, 3) == 0   ? "?"
			    : choose(author, 3) == 0 ? "+"
			                             : "");
	}
}

static void
write_choice(struct author *author)
{
	write_row(author);
	while (choose(author, author->depth == 0 ? 5 : 3) == 0) {
		g_string_append_c(author->out, '|');
		write_row(author);
	}
}

/* TEXT as rules and what they are compared with are: folded. Takes it. */
static GString *
fold(GString *text)
{
	g_auto(Folded) folded = {NULL, 0, NULL};

	text_fold(text->str, -1, &folded);
	g_string_free(text, TRUE);
	return g_string_new_len(folded.text, (gssize)folded.length);
}

/* Of the characters of EXPRESSION itself as much as of others. */
static GString *
write_text(GRand *random, const char *expression)
{
	GString *text = g_string_new(NULL);
	glong n_written = g_utf8_strlen(expression, -1);

	for (guint n = g_rand_int_range(random, 0, 10); n > 0; n--)
		if (g_rand_boolean(random) && n_written > 0)
			g_string_append_unichar(text, g_utf8_get_char(g_utf8_offset_to_pointer(expression, g_rand_int_range(random, 0, n_written))));
		else
			g_string_append(text, ANY(random, characters));
	return fold(text);
}

struct tally {
	guint expressions, gates, tables, matches, refused;
};

/* TEXT's matches of PATTERN, by the GATE, by STARTS, and by the TABLE that has them as SLOT. */
static void
assert_nothing_lost(struct pattern *pattern, const char *expression, GBytes *gate, const struct starts *starts, const struct start_table *table, guint slot,
    const GString *text, struct tally *tally)
{
	g_autofree guint8 *codes = gate_codes(text->str, text->len);
	g_autofree guint32 *keys = starts_keys(text->str, text->len);
	guint32 rules[1] = {1};
	struct start_slots asked;
	struct start_places *found = start_table_slots(table, rules, &asked) ? start_table_find(table, &asked, text->str, text->len) : NULL;

	for (gsize at = 0; at <= text->len; at++) {
		struct pattern_span span;
		gboolean matches;

		if (((guchar)text->str[at] & 0xc0) == 0x80)
			continue;
		matches = pattern_match_here(pattern, text->str, text->len, at, &span, 1) == PATTERN_MATCH;
		tally->matches += matches;
		if (gate != NULL && !gate_admits(g_bytes_get_data(gate, NULL), codes, text->len, at)) {
			tally->refused++;
			if (matches)
				fail_msg("gate of /%s/ in \"%s\" at %zu", expression, text->str, at);
		}
		if (matches && starts != NULL && starts_next(starts, keys, text->str, text->len, at) != at)
			fail_msg("starts of /%s/ in \"%s\" at %zu", expression, text->str, at);
		if (matches && found != NULL && *start_places_from(found, slot, at) != at)
			fail_msg("table of /%s/ in \"%s\" at %zu", expression, text->str, at);
	}
	start_places_free(found);
}

static void
try_expression(GRand *random, const char *expression, struct tally *tally)
{
	g_autoptr(Pattern) pattern = pattern_new(expression, TRUE, NULL, NULL);
	g_autoptr(GBytes) gate = pattern != NULL ? gate_new(expression) : NULL;
	struct start_table *table = start_table_new();
	struct starts *starts = pattern != NULL ? starts_new(expression) : NULL;
	guint slot = starts != NULL ? start_table_add(table, starts, 0) : 0;

	if (gate != NULL)
		assert_true(gate_is_sound(g_bytes_get_data(gate, NULL), g_bytes_get_size(gate)));
	tally->expressions += pattern != NULL;
	tally->gates += gate != NULL;
	tally->tables += starts != NULL;
	for (guint i = 0; i < TEXTS && (gate != NULL || starts != NULL); i++) {
		g_autoptr(GString) text = write_text(random, expression);

		assert_nothing_lost(pattern, expression, gate, starts, table, slot, text, tally);
	}
	starts_free(starts);
	start_table_free(table);
}

/* What PCRE2 finds at a place, gates, beginnings and their table let through. */
static void
test_random_expressions(void **state)
{
	const char *rounds = g_getenv("POSTBAG_ROUNDS"), *seed = g_getenv("POSTBAG_SEED");
	g_autoptr(GRand) random = g_rand_new_with_seed(seed != NULL ? (guint32)atoi(seed) : 11);
	struct tally tally = {0};

	(void)state;
	for (guint i = rounds != NULL ? (guint)atoi(rounds) : EXPRESSIONS; i > 0; i--) {
		struct author author = {.random = random, .out = g_string_new(NULL)};
		g_autoptr(GString) expression = NULL;

		write_choice(&author);
		expression = fold(author.out);
		try_expression(random, expression->str, &tally);
	}
	print_message(
	    "%u expressions, %u gates, %u beginnings, %u matches, %u refused\n", tally.expressions, tally.gates, tally.tables, tally.matches, tally.refused);
	assert_true(tally.expressions > 1000);
	assert_true(tally.gates > tally.expressions / 2);
	assert_true(tally.tables > tally.expressions / 20);
	assert_true(tally.matches > tally.expressions);
	assert_true(tally.refused > tally.matches);
}

/* Of the characters that texts can hold, all that have something to do with cases. */
static GString *
write_letters(void)
{
	g_autoptr(Pattern) cased = pattern_new("[\\p{L}\\p{M}\\p{N}\\p{S}]", TRUE, NULL, NULL);
	GString *all = g_string_new(NULL);

	for (gunichar c = 1; c < 0x20000; c++) {
		g_autoptr(GString) text = g_string_new(NULL);
		struct pattern_span span;

		if (!g_unichar_validate(c) || (c >= 0x250 && g_unichar_toupper(c) == c && g_unichar_tolower(c) == c))
			continue;
		g_string_append_unichar(text, c);
		text = fold(g_steal_pointer(&text));
		if (g_utf8_get_char(text->str) == c && pattern_match_here(cased, text->str, text->len, 0, &span, 1) == PATTERN_MATCH)
			g_string_append_unichar(all, c);
	}
	g_string_append_unichar(all, 0x0345); /* texts have none, expressions may */
	return all;
}

/* "[^C]" is let through at all of LETTERS that it matches. */
static void
assert_others_let_through(gunichar c, const GString *letters)
{
	g_autofree char *expression = g_strdup_printf("[^\\x{%x}]", c);
	g_autofree guint8 *codes = gate_codes(letters->str, letters->len);
	g_autoptr(Pattern) pattern = pattern_new(expression, TRUE, NULL, NULL);
	g_autoptr(GBytes) gate = gate_new(expression);
	struct pattern_span span;

	for (gsize at = 0; at < letters->len; at++)
		if (((guchar)letters->str[at] & 0xc0) != 0x80 && pattern_match_here(pattern, letters->str, letters->len, at, &span, 1) == PATTERN_MATCH &&
		    !gate_admits(g_bytes_get_data(gate, NULL), codes, letters->len, at))
			fail_msg("/%s/ and U+%04X", expression, g_utf8_get_char(letters->str + at));
}

/* Letters that PCRE2 takes for one another have one code, and others than those are not taken for one of ASCII: "[^i]" is a dotless one, too. */
static void
test_letters(void **state)
{
	g_autoptr(GString) letters = write_letters();

	(void)state;
	assert_true(g_utf8_strlen(letters->str, -1) > 1000);
	for (const char *p = letters->str; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		g_autofree char *expression = g_strdup_printf("\\x{%x}", c);
		g_autoptr(Pattern) pattern = pattern_new(expression, TRUE, NULL, NULL);
		struct pattern_span span;

		for (gsize at = 0; pattern_match(pattern, letters->str, letters->len, at, &span, 1) == PATTERN_MATCH; at = span.end)
			if (gate_code(g_utf8_get_char(letters->str + span.start)) != gate_code(c))
				fail_msg("U+%04X and U+%04X", c, g_utf8_get_char(letters->str + span.start));
		if (c < 0x80)
			assert_others_let_through(c, letters);
	}
}

/* What is surely a part of a word, or surely none, is that to PCRE2, too. */
static void
test_words(void **state)
{
	g_autoptr(Pattern) word = pattern_new("\\w", TRUE, NULL, NULL);

	(void)state;
	for (gunichar c = 1; c < 0x20000; c++) {
		enum gate_kind kind = gate_kind_of(gate_code(c));
		struct pattern_span span;
		char text[7] = "";

		if (!g_unichar_validate(c) || kind == KIND_DOUBTFUL || c == 0x0345) /* in no text */
			continue;
		if ((pattern_match_here(word, text, (gsize)g_unichar_to_utf8(c, text), 0, &span, 1) == PATTERN_MATCH) != (kind == KIND_WORD))
			fail_msg("U+%04X is of kind %d", c, kind);
	}
}

/* Phrases, near ones, lists of words and random expressions, some of which no pattern of a rule may be. */
static char *
write_rules(GRand *random)
{
	static const char *const phrases[] = {"now", "a ~2 b", "k* ~s c; s-a", "<one> ~8 <two> | c", "<one> ~1 a ~3 <two>", "?; 九", "in* a"};
	static const char *const keys[] = {"likely", "keyword", "hint", "not"};
	g_autoptr(GString) rules = g_string_new("[taxonomy t]\n[words one]\nword = a; b a; ς*\n[words two]\nword = k; <one>; 7\n[workstream w]\nkeyword = i\n");
	g_autoptr(GString) made =
	    g_string_new("[mask]\npattern = /\\bs{2}\\b|\\b[^a-zı]k\\b/\n[series w.rec]\nrange = 1-20\nnumber.en = a; b\npattern = /\\bs? *{list}/\n");

	for (guint i = 0; i < 6; i++) {
		g_string_append_printf(made, "[topic w.t%u]\n", i);
		for (guint n = g_rand_int_range(random, 1, 4); n > 0; n--) {
			struct author author = {.random = random, .out = g_string_new(NULL)};
			g_autofree char *lines = NULL;

			write_choice(&author);
			g_strdelimit(author.out->str, "\n\r\v\f/", ' ');
			lines = g_strdup_printf("%s[topic w.x]\npattern = /%s/\n", rules->str, author.out->str);
			g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
			g_ptr_array_add(sources, rule_source_new("one", lines, -1));
			g_autoptr(Ruleset) ruleset = ruleset_new(sources, NULL);
			if (ruleset != NULL && ruleset_check(ruleset, NULL))
				g_string_append_printf(made, "pattern = /%s/\n", author.out->str);
			g_string_free(author.out, TRUE);
		}
		g_string_append_printf(made, "%s = %s\n", ANY(random, keys), ANY(random, phrases));
	}
	g_string_append(rules, made->str);
	return g_string_free(g_steal_pointer(&rules), FALSE);
}

static char *
classify(const struct ruleset *ruleset, const char *text, gboolean unfiltered, guint *found)
{
	g_autoptr(Record) record = record_new();
	GString *all = g_string_new(NULL);

	record_add_passage(record, PASSAGE_SUBJECT, 0, "", 0);
	record_add_passage(record, PASSAGE_NEW, 0, text, -1);
	record->words = 100;
	if (unfiltered)
		ruleset_classify_unfiltered(ruleset, record, 1550000000);
	else
		ruleset_classify(ruleset, record, 1550000000);
	*found += record->evidence->len;
	for (guint i = 0; i < record->evidence->len; i++) {
		const struct record_evidence *evidence = g_ptr_array_index(record->evidence, i);

		g_string_append_printf(all, "%u %s %u %s %s %u %d %u+%u %s\n", evidence->type, evidence->id, evidence->tier, evidence->key, evidence->rule,
		    evidence->line, evidence->passage, evidence->offset, evidence->length, evidence->words);
	}
	for (guint i = 0; i < record->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(record->filings, i);

		g_string_append_printf(all, "%u %s %u\n", filing->type, filing->id, filing->tier);
	}
	for (guint i = 0; i < record->remarks->len; i++)
		g_string_append_printf(all, "%s\n", (const char *)g_ptr_array_index(record->remarks, i));
	return g_string_free(all, FALSE);
}

/* A ruleset as rules.cache has it, with its gates and its table of beginnings, finds what PCRE2 alone finds. */
static void
test_rulesets(void **state)
{
	const char *rounds = g_getenv("POSTBAG_ROUNDS"), *seed = g_getenv("POSTBAG_SEED");
	g_autoptr(GRand) random = g_rand_new_with_seed(seed != NULL ? (guint32)atoi(seed) : 12);
	guint found = 0, ignored = 0;

	(void)state;
	for (guint i = rounds != NULL ? (guint)atoi(rounds) / 100 : RULESETS; i > 0; i--) {
		g_autofree char *rules = write_rules(random);
		g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);
		g_autoptr(GError) error = NULL;
		g_autoptr(Ruleset) ruleset = NULL, compiled = NULL;
		g_autoptr(GBytes) bytes = NULL;

		g_ptr_array_add(sources, rule_source_new("random", rules, -1));
		ruleset = ruleset_new(sources, &error);
		if (ruleset == NULL)
			fail_msg("%s\n%s", error->message, rules);
		bytes = ruleset_to_bytes(ruleset);
		compiled = ruleset_from_bytes(bytes, NULL);
		assert_non_null(compiled);
		for (guint j = 0; j < 30; j++) {
			g_autoptr(GString) text = g_string_new(NULL);
			g_autofree char *with = NULL, *without = NULL;

			for (guint n = g_rand_int_range(random, 0, 40); n > 0; n--)
				g_string_append_printf(text, "%s%s", ANY(random, characters), g_rand_int_range(random, 0, 4) == 0 ? " " : "");
			with = classify(compiled, text->str, FALSE, &found);
			without = classify(ruleset, text->str, TRUE, &ignored);
			if (strstr(without, "the match limit was met") != NULL) /* where a gate is shut, PCRE2 does not give up */
				continue;
			if (strcmp(with, without) != 0)
				fprintf(stderr, "rules:\n%s\ntext:\n%s\nwith:\n%s\nwithout:\n%s\n", rules, text->str, with, without);
			assert_true(strcmp(with, without) == 0);
		}
	}
	print_message("%u found\n", found);
	assert_true(found > 1000);
}

/* The first N of patterns that may begin anywhere, and have to be tried everywhere. */
static struct ruleset *
slow_rules(guint n)
{
	g_autoptr(GString) rules = g_string_new("[taxonomy t]\n[workstream w]\nkeyword = nothing\n[topic w.a]\n");
	g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func((GDestroyNotify)rule_source_free);

	for (guint i = 0; i < n; i++)
		g_string_append_printf(rules, "pattern = /[a-z]+ [a-z]+ [a-z]+ ?[a-z ]{2,30}x%u[^a-z]/\n", 100 + i);
	g_ptr_array_add(sources, rule_source_new("slow", rules->str, -1));
	return ruleset_new(sources, NULL);
}

static double
seconds_of(const struct ruleset *ruleset, const char *text, char **found)
{
	gint64 start = g_get_monotonic_time();
	guint n = 0;

	*found = classify(ruleset, text, FALSE, &n);
	return (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

/* The clock is asked behind each search of a whole text: a hostile letter has its two seconds, and what one pattern takes. */
static void
test_time(void **state)
{
	g_autoptr(Ruleset) one = slow_rules(1), many = slow_rules(SLOW);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *ignored = NULL, *found = NULL;
	double single, all;

	(void)state;
	while (text->len < 200000) {
		for (guint i = 0; i < SLOW; i++)
			g_string_append_printf(text, "9x%u ", 100 + i);
		for (guint i = 0; i < 40; i++)
			g_string_append(text, "\nabcdef ghi jklm nop qrstu vwx yz abcdef ghi jklm nop qrstu vwx y");
		g_string_append_c(text, '\n');
	}
	single = seconds_of(one, text->str, &ignored);
	all = seconds_of(many, text->str, &found);
	print_message("one pattern %.3f s, %d patterns %.3f s\n", single, SLOW, all);
	assert_null(strstr(ignored, "cut short"));
	assert_non_null(strstr(found, "cut short"));
	assert_true(all < LIMIT_MATCH_MILLISECONDS / 1000.0 + 8 * single);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random_expressions),
	    cmocka_unit_test(test_rulesets),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_letters),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
