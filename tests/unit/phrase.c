/* Phrases: what they match, what is no phrase, and the literals they promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rules-fixture.h"
#include "rules/phrase.h"

/* PHRASE as written in TEXT as sent: the words that match, folded, or NULL. */
static char *
find(const char *phrase, const char *text)
{
	g_autofree char *rules = g_strdup_printf("[taxonomy t]\n[words door]\nword = door bell; lock\n[workstream w]\nkeyword = %s\n", phrase);
	g_autoptr(Ruleset) ruleset = ruleset_of(rules, NULL);
	g_autoptr(Record) record = message_of("", text);
	g_auto(Folded) folded = {NULL, 0, NULL};
	const struct record_evidence *piece;

	ruleset_classify(ruleset, record, NOW);
	if (record->evidence->len == 0)
		return NULL;
	piece = g_ptr_array_index(record->evidence, 0);
	text_fold(text + piece->offset, piece->length, &folded);
	return g_strdup(folded.text);
}

static void
assert_found(const char *phrase, const char *text, const char *words)
{
	g_autofree char *found = find(phrase, text);

	if (words == NULL)
		assert_null(found);
	else
		assert_string_equal(found != NULL ? found : "(nothing)", words);
}

/* A space is any white space, hyphen or line break; a plural is allowed on the last word. */
static void
test_spaces_and_plurals(void **state)
{
	assert_found("key signing key", "the Key-Signing\n keys roll", "Key-Signing\n keys");
	assert_found("root switch", "root switches", "root switches");
	assert_found("root server", "roots server", NULL);
	assert_found("root server", "root/server", NULL);
	assert_found("root server", "rootserver", NULL);
	assert_found("sign-up", "sign-\nup", "sign-\nup");
	assert_found("sign-up", "sign up", NULL);
}

static void
test_whole_words(void **state)
{
	assert_found("root", "grassroots root_x 1root", NULL);
	assert_found("root", "(root)", "root");
	assert_found("ICANN's own", "ICANN\u2019s own", "ICANN's own");
	assert_found(".eth", "name.eth", ".eth");
	assert_found(".eth", "name.ethics", NULL);
	assert_found("CVE-", "CVE-2019-1234", "CVE-");
	assert_found("3.18", "section 3.18 of", "3.18");
	assert_found("+1", "+1 to this", "+1");
	assert_found("+1", "+10", NULL);
	assert_found("C++", "in C++ code", "C++");
}

static void
test_asterisk(void **state)
{
	assert_found("certif* audit", "certification audits", "certification audits");
	assert_found("emerging technolog*", "Emerging technologies!", "Emerging technologies");
	assert_found("certif*", "certif", "certif");
	assert_found("вредоносн*", "Вредоносные программы", "Вредоносные");
}

/* CAPITALS are matched in capitals only; with a small letter anywhere in the word case is ignored. */
static void
test_capitals(void **state)
{
	assert_found("BIND", "bind", NULL);
	assert_found("BIND", "the BIND server", "BIND");
	assert_found("RSO", "RSOs", "RSOs");
	assert_found("C2 domain*", "c2 domains", NULL);
	assert_found("C2 domain*", "C2 Domains", "C2 Domains");
	assert_found("KIPu", "kipu", "kipu");
	assert_found("a plan", "A PLAN", "A PLAN");
	assert_found("5G", "5g", NULL);
}

static void
test_within(void **state)
{
	assert_found("password ~3 staff", "the password of our staff", "password of our staff");
	assert_found("password ~3 staff", "staff have a lost password", "staff have a lost password");
	assert_found("password ~3 staff", "password one two three four staff", NULL);
	assert_found("first team ~8 finish*", "what the first team didn't finish", "first team didn't finish");
	assert_found("根 ~4 服务器", "根区的服务器", "根区的服务器");
}

/* "|" parts alternatives, each with its own borders, plural and asterisk; beside a "~" either side may have them. */
static void
test_choices(void **state)
{
	assert_found("camera | door bell|lock*", "two door-bells", "door-bells");
	assert_found("camera | door bell|lock*", "a locksmith", "locksmith");
	assert_found("camera | door bell", "a cameraman", NULL);
	assert_found("camera | lock ~3 name | server", "the locks ask their server", "locks ask their server");
	assert_found("camera | lock ~3 name | server", "names of a camera", "names of a camera");
	assert_found("camera | lock ~3 name | server", "a camera and a lock", NULL);
	assert_found("camera | lock ~3 name", "camera one two three four name", NULL);
	assert_found("锁 | 摄像头 ~8 域名 | 服务器", "门锁都去连那个服务器", "锁都去连那个服务器");
}

/* A list stands for each of its phrases. */
static void
test_lists(void **state)
{
	assert_found("<door>", "two door-bells", "door-bells");
	assert_found("camera | <door> ~3 name", "names of a lock", "names of a lock");
	assert_found("camera | <door> ~3 <door>", "a lock, a lock", "lock, a lock");
	assert_found("camera | <door> ~3 <door>", "a lock", NULL);
}

/* Each part of a chain near to the one before it, in either order, and no word in two parts. */
static void
test_chains(void **state)
{
	assert_found("cat ~2 dog ~1 hen", "a cat one two dog one hen", "cat one two dog one hen");
	assert_found("cat ~2 dog ~1 hen", "a hen one dog one two cat", "hen one dog one two cat");
	assert_found("cat ~2 dog ~1 hen", "a dog hen cat", "dog hen cat");
	assert_found("cat ~2 dog ~1 hen", "a dog cat hen", "dog cat hen");
	assert_found("cat ~2 dog ~1 hen", "a dog cat two hen", NULL);
	assert_found("cat ~2 dog ~1 hen", "cat dog; cat dog one two hen", NULL);
	assert_found("cat ~2 dog ~1 cat", "cat dog", NULL);
	assert_found("cat ~2 dog ~1 cat", "cat dog cat", "cat dog cat");
	assert_found("root | root server ~3 server", "root server", "root server");
	assert_found("root server ~3 server", "root server", NULL);
	assert_found("root ~9 dns", "root one root two dns", "root one root two dns");
	assert_found("cat ~1 dog ~1 cat ~1 dog ~1 cat ~1 dog ~1 cat ~1 dog", "dog cat dog cat dog cat dog cat", "dog cat dog cat dog cat dog cat");
}

/* How words are counted: those that begin between the parts; two characters of Han, Kana or Hangul are one. */
static void
test_distance(void **state)
{
	assert_found("cat ~1 dog", "cat it's dog", "cat it's dog");
	assert_found("cat ~1 dog", "cat well-known dog", NULL);
	assert_found("cat ~1 dog", "cat - * - 3.18 - dog", NULL);
	assert_found("cat ~2 dog", "cat - * - 3.18 - dog", "cat - * - 3.18 - dog");
	assert_found("cat ~1 dog", "cat's dog", "cat's dog");
	assert_found("攻击 ~2 服务器", "攻击一二三四服务器", "攻击一二三四服务器");
	assert_found("攻击 ~2 服务器", "攻击一二三四五服务器", NULL);
	assert_found("攻击 ~2 服务器", "攻击一,ICANN服务器", "攻击一,ICANN服务器");
	assert_found("攻击 ~2 服务器", "攻击一二,ICANN服务器", NULL);
	assert_found("攻击 ~1 服务器", "攻击 一。 - 服务器", "攻击 一。 - 服务器");
	assert_found("cat ~9 dog ~1 hen", "cat hen 一二 dog", "cat hen 一二 dog");
	assert_found("cat ~9 dog ~1 hen", "cat hen 一二三 dog", NULL);
	assert_found("攻击 ~1 DNS", "DNS一二攻击", "DNS一二攻击");
}

/* Where sentences end. */
static void
test_sentences(void **state)
{
	assert_found("cat ~s dog", "the cat, 3.5 years, saw a big\nbad dog", "cat, 3.5 years, saw a big\nbad dog");
	assert_found("cat ~s dog", "the cat. A dog", NULL);
	assert_found("cat ~s dog", "\"the cat.\" A dog", NULL);
	assert_found("cat ~s dog", "the cat? A dog! A dog and a cat", "dog and a cat");
	assert_found("cat ~s dog", "the cat; a dog: cat", NULL);
	assert_found("cat ~s dog", "the cat\n \t\na dog", NULL);
	assert_found("cat ~s dog", "قطة cat؟ dog", NULL);
	assert_found("攻击 ~s 服务器", "攻击。服务器", NULL);
	assert_found("攻击 ~s 服务器", "攻击！服务器", NULL);
	assert_found("攻击 ~s 服务器", "攻击，服务器", "攻击,服务器");
	assert_found("cat ~s dog ~2 hen", "cat one two three four dog. hen", "cat one two three four dog. hen");
	for (guint n = 60; n <= 61; n++) {
		g_autoptr(GString) text = g_string_new("cat ");

		for (guint i = 0; i < n; i++)
			g_string_append(text, "a ");
		g_string_append(text, "dog");
		assert_found("cat ~s dog", text->str, n == 60 ? text->str : NULL);
	}
}

/* A phrase taken apart. */
static void
test_sides(void **state)
{
	struct phrase_side sides[PHRASE_SIDES_MOST];
	const char *cursor, *start, *end;
	g_autofree char *name = NULL;

	assert_int_equal(phrase_sides("camera", sides), 1);
	assert_int_equal(phrase_sides("camera ~8 name ~s a | b|<c> ~1 d", sides), 4);
	assert_int_equal(sides[1].within, 8);
	assert_int_equal(sides[2].within, PHRASE_SENTENCE);
	cursor = sides[2].start;
	assert_true(phrase_next_alternative(&sides[2], &cursor, &start, &end));
	assert_memory_equal(start, "a", end - start);
	assert_true(phrase_next_alternative(&sides[2], &cursor, &start, &end));
	assert_null(phrase_list_name(start, end));
	assert_true(phrase_next_alternative(&sides[2], &cursor, &start, &end));
	name = phrase_list_name(start, end);
	assert_string_equal(name, "c");
	assert_false(phrase_next_alternative(&sides[2], &cursor, &start, &end));
	assert_false(phrase_is_compound("user~name a<b <3 c> ~"));
}

/* Accents, dashes and letter forms make no difference. */
static void
test_folding(void **state)
{
	assert_found("Kecic", "KECIĆ", "KECIC");
	assert_found("première révision", "Premiere revision", "Premiere revision");
	assert_found("ещё", "еще", "еще");
	assert_found("ΣΑΣ", "ΣΑΣ", "ΣΑΣ");
	assert_found("σας", "ΣΑΣ", "ΣΑΣ");
}

/* Arabic words may carry one-letter words before them. */
static void
test_arabic(void **state)
{
	assert_found("ادارة المخاطر", "وإدارة المخاطر", "ادارة المخاطر");
	assert_found("امن المعلومات", "لأمن المعلومات", "امن المعلومات");
	assert_found("امن", "يامن", NULL);
}

/* Han, Kana and Hangul need no word boundary, and a space beside them is optional both ways. */
static void
test_cjk(void **state)
{
	assert_found("根服务器", "全部根服务器系统", "根服务器");
	assert_found("ICANN 内部安全", "关于ICANN内部安全的", "ICANN内部安全");
	assert_found("28项建议", "28 项建议", "28 项建议");
	assert_found("DNS", "使用DNS的", "DNS");
	assert_found("DNS", "使用DNSSEC的", NULL);
	assert_found("自動応答", "【自動応答】", "自動応答");
	assert_found("보안", "정보보안은", "보안");
}

/* What is no phrase, and the byte that is wrong. */
static void
test_check(void **state)
{
	static const struct {
		const char *phrase;
		gsize offset;
	} wrong[] = {
	    {"", 0},
	    {"  ", 0},
	    {"*", 0},
	    {"a* *b", 3},
	    {"*ab", 0},
	    {"a*b", 1},
	    {"a**", 1},
	    {"~8 b", 0},
	    {"a ~8", 2},
	    {"a ~0 b", 2},
	    {"a ~99 b", 2},
	    {"a ~x b", 2},
	    {"a ~8 b ~8", 7},
	    {"a ~1 b ~1 c ~1 d ~1 e ~1 f ~1 g ~1 h ~1 i", 37},
	    {"a ~sb b", 2},
	    {"a <b>", 2},
	    {"<b> a", 0},
	    {"<b>* ~8 a", 0},
	    {"<B> ~8 a", 0},
	    {"<-> ~8 a", 0},
	    {"a ~ b", 2},
	    {"| a", 0},
	    {"a |", 2},
	    {"a || b", 3},
	    {"a | ~8 b", 4},
	    {"a ~8 | b", 5},
	};
	const char *message;
	gsize offset;

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		assert_false(phrase_check(wrong[i].phrase, &offset, &message));
		assert_int_equal(offset, wrong[i].offset);
		assert_non_null(message);
	}
	assert_true(phrase_check("a ~50 b* c", &offset, &message));
	assert_true(phrase_check("user~name", &offset, &message) || offset == 4);
}

static void
assert_literal(const char *phrase, const char *expected, guint edges, gboolean at_start)
{
	g_autoptr(GString) text = g_string_new(NULL);
	struct phrase_literal literal = {.text = text};

	assert_int_equal(phrase_literal(phrase, &literal), expected != NULL);
	if (expected == NULL)
		return;
	assert_string_equal(text->str, expected);
	assert_int_equal(literal.edges, edges);
	assert_int_equal(literal.at_start, at_start);
}

/* The literal that a phrase is found by: where it begins, unless that is too short. */
static void
test_literals(void **state)
{
	const guint whole = LITERAL_WORD_BEFORE | LITERAL_WORD_AFTER | LITERAL_PLURAL;

	assert_literal("Root  Server", "root server", whole, TRUE);
	assert_literal("L-root", "l root", whole, TRUE);
	assert_literal("certif* auditors", "certif", LITERAL_WORD_BEFORE, TRUE);
	assert_literal("cer* auditors", "auditors", LITERAL_WORD_AFTER | LITERAL_PLURAL, FALSE);
	assert_literal(".eth", ".eth", LITERAL_WORD_AFTER | LITERAL_PLURAL, TRUE);
	assert_literal("-eth", " eth", LITERAL_WORD_AFTER | LITERAL_PLURAL, FALSE);
	assert_literal("CVE-", "cve ", LITERAL_WORD_BEFORE, TRUE);
	assert_literal("C2", "c2", whole, TRUE);
	assert_literal("?", NULL, 0, FALSE);
	assert_literal("内部DNS安全", "内部", 0, TRUE);
	assert_literal("DNS安全性", "安全性", 0, FALSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_spaces_and_plurals),
	    cmocka_unit_test(test_whole_words),
	    cmocka_unit_test(test_asterisk),
	    cmocka_unit_test(test_capitals),
	    cmocka_unit_test(test_within),
	    cmocka_unit_test(test_folding),
	    cmocka_unit_test(test_arabic),
	    cmocka_unit_test(test_cjk),
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_literals),
	    cmocka_unit_test(test_choices),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_chains),
	    cmocka_unit_test(test_distance),
	    cmocka_unit_test(test_sentences),
	    cmocka_unit_test(test_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
