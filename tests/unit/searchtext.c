/* Text as the search index stores it: words, runs, signs, and the way back to the original. */
#include "base/text-search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
stored(const char *text, const char *expected)
{
	g_autofree char *got = text_search_words(text, -1, FALSE, NULL);

	assert_string_equal(got, expected);
}

static void
asked(const char *text, const char *expected, gboolean expected_open)
{
	gboolean open;
	g_autofree char *got = text_search_words(text, -1, TRUE, &open);

	assert_string_equal(got, expected);
	assert_int_equal(open, expected_open);
}

/* A change of what is stored must raise TEXT_INDEX_VERSION: an index with other words finds nothing. */
static void
stored_words(void **state)
{
	assert_int_equal(TEXT_INDEX_VERSION, 3);
	stored("The KSK roll-over, don't panic: 3.1.2", "the ksk roll over don t panic 3 1 2");
	stored("信息安全", "信息 息安 安全 全");
	stored("使用DNS域名", "使用 用 dns 域名 名");
	stored("图", "图");
	stored("根\n服\n\n务", "根服 服 务");
	stored("보안은", "보안 안은 은");
	stored("ม้าน้ำ", "ม้า าน\u0e4d\u0e49 น\u0e4d\u0e49า า");
	stored("a👍🏽b 🇫🇷🇩🇪", "a 👍 b 🇫🇷 🇩🇪");
	stored("ソフト・ウェア", "ソフ フト ト ウェ ェア ア");
	stored("... -- !", "");
	stored("", "");
}

/* What is asked for leaves open how a run goes on, and a lone character asks for all that begins with it. */
static void
asked_words(void **state)
{
	asked("信息安全", "信息 息安 安全", FALSE);
	asked("安", "安", TRUE);
	asked("使用DNS", "使用 用 dns", FALSE);
	asked("dns 安", "dns 安", TRUE);
	asked("安!", "安", TRUE);
	asked("plan", "plan", FALSE);
}

/* Each folded byte leads back to a character's beginning in the original, in order. */
static void
way_back(void **state)
{
	static const char *const texts[] = {
	    "plain", "Ærø ﬁx ß", "Мой моӣ и\u0306", "น\u0e49\u0e4dา", "हिन्दी क\u093c", "अवന\u0d7b", "a\u200bb", "㌔ 👍🏽 x", "ﷺ"};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_auto(Folded) folded = {NULL, 0, NULL};
		gsize before = 0;

		text_search_fold(texts[i], -1, &folded);
		assert_true(g_utf8_validate(folded.text, (gssize)folded.length, NULL));
		assert_int_equal(strlen(folded.text), folded.length);
		for (gsize at = 0; at <= folded.length; at++) {
			gsize origin = folded_origin(&folded, at);

			assert_true(origin >= before && origin <= strlen(texts[i]));
			assert_true(((guchar)texts[i][origin] & 0xc0) != 0x80 || folded.map == NULL);
			before = origin;
		}
	}
}

/* Folding twice changes nothing more, so that words of the index can be folded again. */
static void
settled(void **state)
{
	static const char *const texts[] = {"Straße ÆRØ", "ΟΔΟΣ", "Ещё мой", "إدارة ٢٠١٩", "हिन्दी", "น้ำ", "ｻｰﾊﾞｰ", "അവൻ"};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *once = text_search_words(texts[i], -1, FALSE, NULL);
		g_auto(Folded) folded = {NULL, 0, NULL};

		text_search_fold(once, -1, &folded);
		assert_string_equal(folded.text, once);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stored_words),
	    cmocka_unit_test(asked_words),
	    cmocka_unit_test(way_back),
	    cmocka_unit_test(settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
