/* The literal prefilter: what it finds, and that it never changes a result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rules-fixture.h"
#include "rules/literal.h"
#include "rules/matcher.h"
#include "rules/required.h"

static guint32
candidates(const struct matcher *matcher, const char *plain)
{
	g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(struct matcher_hit));
	guint32 bits = 0;

	matcher_candidates(matcher, plain, strlen(plain), &bits, hits);
	assert_int_equal(hits->len, 0);
	return bits;
}

static void
test_candidates(void **state)
{
	const guint word = LITERAL_WORD_BEFORE | LITERAL_WORD_AFTER;
	g_autoptr(Matcher) matcher = matcher_new();

	matcher_add(matcher, 0, "root server", 11, word | LITERAL_PLURAL);
	matcher_add(matcher, 1, "root", 4, 0);
	matcher_add(matcher, 2, "c2", 2, word);
	matcher_add(matcher, 3, "abc", 3, 0);
	matcher_add(matcher, 3, "xyz", 3, 0);
	matcher_add(matcher, 4, "root server", 11, word | LITERAL_PLURAL);
	matcher_add(matcher, 5, "root", 4, 0);
	matcher_add_second(matcher, 5, "abc", 3, 0);
	matcher_add_always(matcher, 6);
	assert_int_equal(candidates(matcher, ""), 1 << 6);
	assert_int_equal(candidates(matcher, "the root servers"), 1 << 0 | 1 << 1 | 1 << 4 | 1 << 6);
	assert_int_equal(candidates(matcher, "root serverses"), 1 << 1 | 1 << 6);
	assert_int_equal(candidates(matcher, "grassroot servers"), 1 << 1 | 1 << 6);
	assert_int_equal(candidates(matcher, "c2"), 1 << 2 | 1 << 6);
	assert_int_equal(candidates(matcher, "c2x"), 1 << 6);
	assert_int_equal(candidates(matcher, "xyz"), 1 << 3 | 1 << 6);
	assert_int_equal(candidates(matcher, "abc root"), 1 << 1 | 1 << 3 | 1 << 5 | 1 << 6);
}

/* Members are found wherever their literal stands, with the word borders it asks for. */
static void
test_members(void **state)
{
	const guint word = LITERAL_WORD_BEFORE | LITERAL_WORD_AFTER;
	static const struct matcher_hit expected[] = {{7, 0}, {7, 9}, {3, 9}, {7, 18}};
	static const char text[] = "root ro, root 3 x root";
	g_autoptr(Matcher) matcher = matcher_new();
	g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(struct matcher_hit));
	guint32 bits = 0;

	matcher_add(matcher, 1, "ro", 2, word);
	matcher_add_member(matcher, 7, "root", 4, word);
	matcher_add_member(matcher, 3, "root 3", 6, word);
	matcher_add_member(matcher, 4, "oot", 3, word);
	matcher_candidates(matcher, text, strlen(text), &bits, hits);
	assert_int_equal(bits, 1 << 1);
	assert_int_equal(hits->len, G_N_ELEMENTS(expected));
	for (guint i = 0, found; i < hits->len; i++) {
		found = 0;
		for (gsize j = 0; j < G_N_ELEMENTS(expected); j++)
			found += memcmp(&g_array_index(hits, struct matcher_hit, i), &expected[j], sizeof expected[j]) == 0;
		assert_int_equal(found, 1);
	}
}

static gboolean
is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* Hits of LITERAL, with borders as EDGES has them, found at one place after the other; those in HITS are the same. */
static void
assert_all_hits(const GArray *hits, guint32 member, const char *literal, guint edges, const char *text)
{
	guint expected = 0, got = 0;

	for (const char *at = strstr(text, literal); at != NULL; at = strstr(at + 1, literal)) {
		const char *behind = at + strlen(literal);

		if (((edges & LITERAL_WORD_BEFORE) != 0 && at > text && is_word(at[-1])) || ((edges & LITERAL_WORD_AFTER) != 0 && is_word(*behind)))
			continue;
		expected++;
	}
	for (guint i = 0; i < hits->len; i++) {
		const struct matcher_hit *hit = &g_array_index(hits, struct matcher_hit, i);

		if (hit->member != member)
			continue;
		assert_memory_equal(text + hit->at, literal, strlen(literal));
		got++;
	}
	if (got != expected)
		fail_msg("\"%s\" (%u) in \"%s\": %u of %u", literal, edges, text, got, expected);
}

/* Of thousands of literals, short and long, each is found at each of its places, from a matcher as made and as packed. */
static void
test_all_places(void **state)
{
	static const char letters[] = "aabbcd e_\xc3";
	g_autoptr(GRand) random = g_rand_new_with_seed(5);
	g_autoptr(GPtrArray) literals = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(Matcher) matcher = matcher_new();

	for (guint32 i = 0; i < 3000; i++) {
		char *literal = g_malloc0(16);
		guint length = (guint)g_rand_int_range(random, LITERAL_LEAST, 15);

		for (guint j = 0; j < length; j++)
			literal[j] = letters[g_rand_int_range(random, 0, sizeof letters - 1)];
		g_ptr_array_add(literals, literal);
		matcher_add_member(matcher, i, literal, length, i % 4);
	}

	g_autoptr(GBytes) bytes = matcher_to_bytes(matcher);
	g_autoptr(Matcher) packed = matcher_from_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

	for (guint turn = 0; turn < 40; turn++) {
		g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(struct matcher_hit));
		g_autoptr(GArray) again = g_array_new(FALSE, FALSE, sizeof(struct matcher_hit));
		g_autoptr(GString) text = g_string_new(NULL);
		guint32 bits = 0;

		while (text->len < turn * 7)
			g_string_append(text, g_rand_boolean(random) ? g_ptr_array_index(literals, g_rand_int_range(random, 0, literals->len)) : " a");
		matcher_candidates(matcher, text->str, text->len, &bits, hits);
		matcher_candidates(packed, text->str, text->len, &bits, again);
		assert_int_equal(hits->len, again->len);
		for (guint32 i = 0; i < literals->len; i++) {
			assert_all_hits(hits, i, g_ptr_array_index(literals, i), i % 4, text->str);
			assert_all_hits(again, i, g_ptr_array_index(literals, i), i % 4, text->str);
		}
	}
}

/* The plain form of a part of a text is part of the text's plain form: what the prefilter stands on. */
static void
test_plain_form(void **state)
{
	static const struct {
		const char *text, *plain;
	} cases[] = {
	    {"Root\n\t- Server", "root server"},
	    {" - x", " x"},
	    {"ΣΑς", "σασ"},
	    {"\u023a-", "\u2c65 "},
	    {"", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		literal_append_plain(out, cases[i].text, strlen(cases[i].text));
		assert_string_equal(out->str, cases[i].plain);
	}
}

/* Each byte of the plain form knows where it comes from, where letters grow and blanks are run together too. */
static void
test_origins(void **state)
{
	static const char text[] = "A -\n\u023a\u023aΣ b";
	static const guint32 expected[] = {0, 1, 4, 4, 4, 6, 6, 6, 8, 8, 10, 11};
	g_autoptr(GString) plain = g_string_new(NULL);
	g_autoptr(GArray) origins = g_array_new(FALSE, FALSE, sizeof(guint32));

	literal_plain_text(plain, text, strlen(text), origins);
	assert_string_equal(plain->str, "a \u2c65\u2c65σ b");
	assert_int_equal(origins->len, plain->len);
	assert_memory_equal(origins->data, expected, sizeof expected);
}

/* The same in longer texts, which are gone through sixteen bytes at once where nothing is run together. */
static void
test_plain_blocks(void **state)
{
	static const char bytes[] = "aZ09 \t\n-_@[`{~";
	g_autoptr(GRand) random = g_rand_new_with_seed(3);
	g_autoptr(GString) plain = g_string_new(NULL);
	g_autoptr(GArray) origins = g_array_new(FALSE, FALSE, sizeof(guint32));

	for (guint i = 0; i < 2000; i++) {
		g_autoptr(GString) text = g_string_new(NULL), expected = g_string_new(NULL);
		g_autoptr(GArray) from = g_array_new(FALSE, FALSE, sizeof(guint32));

		for (guint n = g_rand_int_range(random, 0, 80); n > 0; n--) /* blanks are rare enough for blocks without two */
			g_string_append_c(text, bytes[g_rand_int_range(random, 0, i % 2 == 0 ? 4 : (gint32)sizeof bytes - 1)]);
		for (guint n = g_rand_int_range(random, 0, 3); n > 0 && text->len > 0; n--)
			text->str[g_rand_int_range(random, 0, text->len)] = ' ';
		for (guint32 j = 0; j < text->len; j++) {
			char c = g_ascii_tolower(text->str[j]);

			c = strchr("\t\n-", c) != NULL ? ' ' : c;
			if (c == ' ' && expected->len > 0 && expected->str[expected->len - 1] == ' ')
				continue;
			g_string_append_c(expected, c);
			g_array_append_val(from, j);
		}
		literal_plain_text(plain, text->str, text->len, origins);
		assert_string_equal(plain->str, expected->str);
		assert_int_equal(origins->len, from->len);
		if (from->len > 0)
			assert_memory_equal(origins->data, from->data, from->len * sizeof(guint32));
	}
}

static void
assert_required(const char *expression, const char *expected)
{
	g_autoptr(GPtrArray) second = NULL, literals = required_literals(expression, &second);
	g_autoptr(GString) all = g_string_new(NULL);

	for (guint i = 0; literals != NULL && i < literals->len; i++)
		g_string_append_printf(all, "%s%s", i > 0 ? "|" : "", (char *)g_ptr_array_index(literals, i));
	for (guint i = 0; second != NULL && i < second->len; i++)
		g_string_append_printf(all, "%s%s", i > 0 ? "|" : " & ", (char *)g_ptr_array_index(second, i));
	assert_string_equal(all->str, expected);
}

/* The literals read out of regular expressions: none where they cannot be known safely. */
static void
test_required(void **state)
{
	assert_required("\\bISO(?:\\/IEC)?[ -]*2700\\d\\b", "2700 & iso");
	assert_required("(?:alpha|beta|gamma) x", "alpha|beta|gamma");
	assert_required("foo|ba", "");
	assert_required("abcd?e", "abc");
	assert_required("abc+de", "abc");
	assert_required("\\brec\\.? \\d+ of (?:SSR|first)", "rec & ssr|first");
	assert_required("abc.(?:de)?.fgh", "abc & fgh");
	assert_required("(?:abc)*", "");
	assert_required("(?:abc){0,3}def", "def");
	assert_required("(?:abcd){2}", "abcd");
	assert_required("(?=secret)abc", "abc");
	assert_required("(?<!not )(?-i:DoT)", "dot");
	assert_required("(?x) a b c d", "");
	assert_required("[abc]def\\.ghi", "def.ghi");
	assert_required("[^?]{3,250}؟", "؟");
	assert_required("[¿]", "¿");
	assert_required("abc\\Qd*\\E", "");
	assert_required("abc\\x41", "");
	assert_required("abc{2|def", "");
	assert_required("Foo - bar", "foo bar");
	assert_required("(?<name>abcd)\\k<name>", "");
	assert_required("abc(", "");
	assert_required("[[:alpha:]]abc", "abc");
	assert_required("[]abc]xyz", "xyz");
}

static const char *const words[] = {
    "root",
    "server",
    "Root",
    "ROOT",
    "servers",
    "DNS",
    "dns",
    "key",
    "café",
    "Café",
    "C2",
    "x",
    "a",
    "I",
    "ISO",
    "27001",
    "9",
    "12",
    "Безопасность",
    "ёж",
    "Σας",
    "ΣΑΣ",
    "信息",
    "安全",
    "根服务器",
    "テスト",
    "한국",
    "أمن",
    "وأمن",
    "امن",
    ".eth",
    "CVE-",
    "sign-up",
    "it's",
    "straße",
    "ﬁle",
    "İstanbul",
    "\u212aey",
    "+1",
};
static const char *const joints[] = {
    " ", " ", " ", " ", "-", "\n", "  ", " - ", "", ".", ", ", "/", "\u00a0", "\u2014", "\u00ad", "s ", "es ", "ing ", "_", "'"};

static const char *
pick(GRand *random, const char *const *list, gsize n)
{
	return list[g_rand_int_range(random, 0, n)];
}

#define PICK(list) pick(random, list, G_N_ELEMENTS(list))

static void
append_words(GString *phrase, GRand *random)
{
	for (int i = g_rand_int_range(random, 0, 3) == 0 ? 2 : 1; i > 0; i--) {
		g_string_append(phrase, PICK(words));
		if (g_rand_int_range(random, 0, 4) == 0)
			g_string_append_c(phrase, '*');
		if (i > 1)
			g_string_append_c(phrase, ' ');
	}
}

/* Words, a list, alternatives, or a chain of these. */
static char *
random_phrase(GRand *random)
{
	static const char *const gaps[] = {" ~2 ", " ~8 ", " ~s ", " | ", " | "};
	GString *phrase = g_string_new(NULL);

	for (int i = g_rand_int_range(random, 0, 3) == 0 ? g_rand_int_range(random, 1, 5) : 1; i > 0; i--) {
		if (g_rand_int_range(random, 0, 6) == 0)
			g_string_append(phrase, g_rand_boolean(random) ? "<one>" : "<two>");
		else
			append_words(phrase, random);
		if (i > 1)
			g_string_append(phrase, PICK(gaps));
	}
	return g_string_free(phrase, FALSE);
}

static char *
random_pattern(GRand *random)
{
	static const char *const parts[] = {
	    "root",
	    "serv",
	    "(?:root|dns)",
	    "(?:key|x)?",
	    "\\b",
	    "\\s+",
	    "[a-z]",
	    "\\d+",
	    "27001",
	    "(?-i:DNS)",
	    "s?",
	    ".",
	    "[ -]",
	    "(?:ro)+",
	    "ot{1,2}",
	    "caf",
	    "信息",
	    "$",
	    "|",
	    "(?<!k)ey",
	    "\\.",
	    "(?:a|b|sign)",
	};
	GString *pattern = g_string_new("/");

	for (int i = g_rand_int_range(random, 1, 5); i > 0; i--)
		g_string_append(pattern, PICK(parts));
	g_string_append(pattern, "r?/");
	return g_string_free(pattern, FALSE);
}

static char *
random_text(GRand *random)
{
	GString *text = g_string_new(NULL);

	for (int i = g_rand_int_range(random, 0, 30); i > 0; i--) {
		g_string_append(text, PICK(words));
		g_string_append(text, PICK(joints));
	}
	return g_string_free(text, FALSE);
}

static char *
random_rules(GRand *random)
{
	static const char *const keys[] = {"keyword", "likely", "hint", "hint", "not"};
	GString *rules = g_string_new("[taxonomy t]\n[words one]\nword = x; ");

	append_words(rules, random);
	g_string_append(rules, "\n[words two]\nword = <one>; ");
	append_words(rules, random);
	g_string_append(rules, "; ");
	append_words(rules, random);
	g_string_append(rules, "\n[workstream w]\n[mask]\n");

	g_autofree char *mask = random_phrase(random), *voice = random_phrase(random), *group = random_phrase(random);

	g_string_append_printf(rules, "keyword = %s\n[voice]\nkeyword = %s\n[group G]\nkeyword = %s\n", mask, voice, group);
	g_string_append_printf(rules, "[series w.rec]\nrange = 1-20\nnumber.en = root; key\npattern = /%s *{list}/\n", g_rand_boolean(random) ? "server" : "");
	for (int i = 0; i < 8; i++) {
		g_string_append_printf(rules, "[%s %s%d]\n", i % 3 == 0 ? "intent" : "topic", i % 3 == 0 ? "i" : "w.t", i);
		for (int j = g_rand_int_range(random, 1, 5); j > 0; j--) {
			g_autofree char *value = g_rand_int_range(random, 0, 4) == 0 ? random_pattern(random) : random_phrase(random);
			g_string_append_printf(rules, "%s = %s\n", *value == '/' ? "pattern" : PICK(keys), value);
		}
	}
	return g_string_free(rules, FALSE);
}

static char *
all_of(const struct record *record)
{
	g_autofree char *filings = filings_of(record), *evidence = evidence_of(record);

	return g_strdup_printf("%s\n%s", filings, evidence);
}

/* The prefilter spares work and nothing else: random rules on random texts give the same with it and without. */
static void
test_same_without(void **state)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(20190212);
	guint found = 0;

	for (int i = 0; i < 150; i++) {
		g_autofree char *rules = random_rules(random);
		g_autoptr(Ruleset) ruleset = ruleset_of(rules, NULL);

		for (int j = 0; j < 20; j++) {
			g_autofree char *text = random_text(random), *with = NULL, *without = NULL;
			g_autoptr(Record) record = message_of("", text), other = message_of("", text);

			ruleset_classify(ruleset, record, NOW);
			ruleset_classify_unfiltered(ruleset, other, NOW);
			with = all_of(record);
			without = all_of(other);
			if (strcmp(with, without) != 0)
				print_error("rules:\n%s\ntext:\n%s\n", rules, text);
			assert_string_equal(with, without);
			found += record->evidence->len;
		}
	}
	assert_true(found > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_candidates),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_all_places),
	    cmocka_unit_test(test_plain_form),
	    cmocka_unit_test(test_origins),
	    cmocka_unit_test(test_plain_blocks),
	    cmocka_unit_test(test_required),
	    cmocka_unit_test(test_same_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
