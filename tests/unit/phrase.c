/* Phrases: what they match, what is no phrase, and the literals they promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/pattern.h"
#include "base/text.h"
#include "rules/phrase.h"

/* PHRASE as written in TEXT as sent: the words that match, or NULL. */
static char *
find(const char *phrase, const char *text)
{
	g_auto(Folded) folded_phrase = {NULL, 0, NULL}, folded = {NULL, 0, NULL};
	g_autofree char *expression = NULL;
	g_autoptr(Pattern) pattern = NULL;
	g_autoptr(GError) error = NULL;
	struct pattern_span span;
	const char *message;
	gsize offset;

	text_fold(phrase, -1, &folded_phrase);
	text_fold(text, -1, &folded);
	assert_true(phrase_check(folded_phrase.text, &offset, &message));
	expression = phrase_expression(folded_phrase.text);
	pattern = pattern_new(expression, TRUE, NULL, &error);
	assert_null(error);
	if (pattern_match(pattern, folded.text, folded.length, 0, &span, 1) != PATTERN_MATCH)
		return NULL;
	return g_strndup(folded.text + span.start, span.end - span.start);
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

/* The literals of alternatives: one of each side must stand in a text. */
static void
test_alternatives(void **state)
{
	g_autoptr(GPtrArray) first = g_ptr_array_new_with_free_func(g_free), second = g_ptr_array_new_with_free_func(g_free);

	assert_false(phrase_alternatives("camera ~8 name", first, second));
	assert_true(phrase_alternatives("camera | door bell ~8 name|server", first, second));
	assert_int_equal(first->len, 2);
	assert_string_equal(g_strstrip(g_ptr_array_index(first, 1)), "door bell");
	assert_int_equal(second->len, 2);
	assert_string_equal(g_strstrip(g_ptr_array_index(second, 1)), "server");
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
	    {"a ~8 b ~8 c", 7},
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
assert_literals(const char *phrase, const char *first, guint edges, const char *second)
{
	g_autoptr(GString) one = g_string_new(NULL), two = g_string_new(NULL);
	struct phrase_literal a = {one, 0}, b = {two, 0};

	assert_int_equal(phrase_literals(phrase, &a, &b), first == NULL ? 0 : second == NULL ? 1 : 2);
	if (first != NULL) {
		assert_string_equal(one->str, first);
		assert_int_equal(a.edges, edges);
	}
	if (second != NULL)
		assert_string_equal(two->str, second);
}

static void
test_literals(void **state)
{
	const guint whole = LITERAL_WORD_BEFORE | LITERAL_WORD_AFTER | LITERAL_PLURAL;

	assert_literals("Root  Server", "root server", whole, NULL);
	assert_literals("L-root", "l root", whole, NULL);
	assert_literals("certif* audit", "certif", LITERAL_WORD_BEFORE, "audit");
	assert_literals("one ~8 longest words", "longest words", whole, "one");
	assert_literals(".eth", ".eth", LITERAL_WORD_AFTER | LITERAL_PLURAL, NULL);
	assert_literals("CVE-", "cve ", LITERAL_WORD_BEFORE, NULL);
	assert_literals("C2", "c2", whole, NULL);
	assert_literals("?", NULL, 0, NULL);
	assert_literals("内部DNS安全", "内部", 0, "安全");
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
	    cmocka_unit_test(test_alternatives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
