/* Text: what is done to Unicode before it is matched, indexed or shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/pattern.h"
#include "base/text.h"

static void
assert_fold(const char *text, const char *expected)
{
	g_auto(Folded) folded = {NULL, 0, NULL};

	text_fold(text, -1, &folded);
	assert_string_equal(folded.text, expected);
	assert_int_equal(folded.length, strlen(expected));
}

static void
assert_taken(char *got, const char *expected)
{
	assert_string_equal(got, expected);
	g_free(got);
}

/* Rules written without accents, dashes and curly quotes meet text that has them. */
static void
test_fold(void **state)
{
	assert_fold("plain text, 100 % ASCII\n\ttab", "plain text, 100 % ASCII\n\ttab");
	assert_fold("café Ünïcode Žarko Kecić Ångström", "cafe Unicode Zarko Kecic Angstrom");
	assert_fold("cafe\u0301", "cafe");
	assert_fold("ISO\u201127001 \u2013 \u2014 \u2212", "ISO-27001 - - -");
	assert_fold("\u2018it\u2019s\u201d \u201cquoted\u201d", "'it's\" \"quoted\"");
	assert_fold("in\u00adforma\u200btion \ufeffsecurity\u202e", "information security");
	assert_fold("a\u00a0b\u2003c\u3000d\re\vf", "a b c d e f");
	assert_fold("\uff29\uff33\uff2f\u3000\uff12\uff17\uff10\uff10\uff11", "ISO 27001");
	assert_fold("\ufb01le\u2026 \u2460", "file... 1");
}

/* Greek, Cyrillic and Arabic fold as the rule language says. */
static void
test_fold_scripts(void **state)
{
	assert_fold("ёлка Йод", "елка Иод");
	assert_fold("Άλφα", "Αλφα");
	assert_fold("أمن إدارة آخر مُحَمَّد مـــد على", "امن ادارة اخر محمد مد علي");
}

/* Kana and Hangul written apart are composed; Han stays. */
static void
test_fold_composes(void **state)
{
	assert_fold("か\u3099", "が");
	assert_fold("\uff76\uff9e", "ガ");
	assert_fold("\u1112\u1161\u11ab", "한");
	assert_fold("信息安全", "信息安全");
	assert_fold("がぎ한국", "がぎ한국");
}

/* Evidence points at the sender's bytes, wherever folding changed the length. */
static void
test_fold_map(void **state)
{
	static const char text[] = "x\u00ady\u2014\ufb01 é!";
	g_auto(Folded) folded = {NULL, 0, NULL};

	text_fold(text, -1, &folded);
	assert_string_equal(folded.text, "xy-fi e!");
	assert_non_null(folded.map);
	assert_int_equal(folded_origin(&folded, 0), 0);
	assert_int_equal(folded_origin(&folded, 1), 3);
	assert_int_equal(folded_origin(&folded, 2), 4);
	assert_int_equal(folded_origin(&folded, 3), 7);
	assert_int_equal(folded_origin(&folded, 4), 7);
	assert_int_equal(folded_origin(&folded, 5), 10);
	assert_int_equal(folded_origin(&folded, 6), 11);
	assert_int_equal(folded_origin(&folded, 7), 13);
	assert_int_equal(folded_origin(&folded, folded.length), strlen(text));
}

/* Text that folding leaves alone has no map: ASCII and plain Han, Cyrillic and so on. */
static void
test_fold_identical(void **state)
{
	static const char *const texts[] = {"", "plain", "信息安全管理", "безопасность", "امن", "한국어"};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_auto(Folded) folded = {NULL, 0, NULL};

		text_fold(texts[i], -1, &folded);
		assert_string_equal(folded.text, texts[i]);
		assert_null(folded.map);
	}
}

/* Folding what is folded changes nothing, and maps never go backwards. */
static void
test_fold_is_stable(void **state)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(1);

	for (int i = 0; i < 3000; i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		g_auto(Folded) once = {NULL, 0, NULL}, twice = {NULL, 0, NULL};

		for (int j = g_rand_int_range(random, 0, 12); j > 0; j--) {
			gunichar c = g_rand_boolean(random) ? g_rand_int_range(random, 1, 0x3100) : g_rand_int_range(random, 1, 0x1fbff);

			if (g_unichar_validate(c))
				g_string_append_unichar(text, c);
		}
		text_fold(text->str, text->len, &once);
		assert_true(g_utf8_validate(once.text, once.length, NULL));
		text_fold(once.text, -1, &twice);
		assert_string_equal(once.text, twice.text);
		for (gsize at = 0; at < once.length; at++)
			assert_true(folded_origin(&once, at) <= folded_origin(&once, at + 1));
		assert_int_equal(folded_origin(&once, once.length), text->len);
	}
}

static void
test_fold_key(void **state)
{
	assert_taken(text_fold_key("  Žarko \n KECIĆ "), "zarko kecic");
	assert_taken(text_fold_key("ΣΑΣ"), "σασ");
	assert_taken(text_fold_key(""), "");
}

/* What PCRE2 takes as the same letter must be the same letter here, or the prefilter would lose matches. */
static void
test_caseless_agrees_with_pcre2(void **state)
{
	for (gunichar c = 0x80; c < 0x1ea00; c++) {
		char from[7] = "", to[7] = "", expression[24];
		gunichar other = text_caseless(c);

		if (!g_unichar_validate(c) || (!g_unichar_isupper(c) && !g_unichar_islower(c)))
			continue;
		g_unichar_to_utf8(c, from);
		g_snprintf(expression, sizeof expression, "[\\x{%x}]", c);
		g_autoptr(Pattern) pattern = pattern_new(expression, TRUE, NULL, NULL);
		gunichar cases[] = {g_unichar_toupper(c), g_unichar_tolower(c), g_unichar_totitle(c)};

		for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
			struct pattern_span span;
			gsize length = g_unichar_to_utf8(cases[i], to);

			if (pattern_match(pattern, to, length, 0, &span, 1) == PATTERN_MATCH)
				assert_int_equal(text_caseless(cases[i]), other);
		}
	}
	assert_int_equal(text_caseless(0x212a), 'k');
	assert_int_equal(text_caseless(0x017f), 's');
	assert_int_equal(text_caseless(0x03c2), 0x03c3);
}

/* The words that are stored and those that are asked for come from here; a change needs a new TEXT_INDEX_VERSION. */
static void
test_index_words(void **state)
{
	assert_taken(text_index_words("The KSK roll-over, don't panic: 3.1.2", -1), "the ksk roll over don t panic 3 1 2");
	assert_taken(text_index_words("信息安全", -1), "信息 息安 安全");
	assert_taken(text_index_words("根 DNS域名", -1), "根 dns 域名");
	assert_taken(text_index_words("Café ИНЦИДЕНТ", -1), "cafe инцидент");
	assert_taken(text_index_words("Maßnahme STRAẞE", -1), "massnahme strasse");
	assert_taken(text_index_words("한국어 자유", -1), "한국 국어 자유");
	assert_taken(text_index_words("abc def", 3), "abc");
	assert_taken(text_index_words("... -- !", -1), "");
}

/* Lines of ASCII take a shorter way to the same words and keys as others: a soft hyphen, which folding drops, sends a line the long way. */
static void
test_lines_of_ascii(void **state)
{
	static const char *const lines[] = {"", " ", "Plain Words, 3 of them!", "x", "\ttabs\fand\vsigns\r", "don't -- 'quote'", "café in the middle",
	    "信息安全 and more", "\u0301mark first", "END.", "@[`{ between the letters"};
	const gsize n = G_N_ELEMENTS(lines);

	for (gsize i = 0; i < n * n * n; i++) {
		const char *one = lines[i % n], *two = lines[i / n % n], *three = lines[i / n / n];
		g_autofree char *text = g_strjoin("\n", one, two, three, NULL);
		g_autofree char *other = g_strjoin("\u00ad\n", one, two, three, "\u00ad", NULL);
		g_autofree char *words = text_index_words(other, -1), *key = text_fold_key(other);
		g_autofree char *part = text_fold_key_of(text, strlen(one)), *first = text_fold_key(one);

		assert_taken(text_index_words(text, -1), words);
		assert_taken(text_fold_key(text), key);
		assert_string_equal(part, first);
		assert_int_equal(text_count_words(text), text_count_words(one) + text_count_words(two) + text_count_words(three));
	}
	assert_int_equal(text_ascii_length("sixteen letters!\u00e9", 18), 16);
	assert_int_equal(text_ascii_length("abcé", 3), 3);
	assert_int_equal(text_ascii_length("1234567\u00e9", 9), 7);
}

static void
test_count_words(void **state)
{
	assert_int_equal(text_count_words(""), 0);
	assert_int_equal(text_count_words("+1"), 1);
	assert_int_equal(text_count_words("I don't agree, at all."), 5);
	assert_int_equal(text_count_words("信息安全"), 2);
	assert_int_equal(text_count_words("信息安全体 ok"), 4);
	assert_int_equal(text_count_words("한국어 자유"), 2);
}

/* Nothing from mail reaches a terminal with its control characters. */
static void
test_escape(void **state)
{
	assert_taken(text_escape("a\x1b[31mb\x7f\n\t", FALSE), "a\\x1b[31mb\\x7f\\x0a\t");
	assert_taken(text_escape("a\nb\r", TRUE), "a\nb\\x0d");
	assert_taken(text_escape("x\u202ey\u2028z\xc2\x9b", TRUE), "x\\u202ey\\u2028z\\x9b");
	assert_taken(text_escape("bad \xff\xc3", TRUE), "bad \\xff\\xc3");
	assert_taken(text_escape("é 信", TRUE), "é 信");
}

static void
test_clean(void **state)
{
	assert_taken(text_clean("a\r\nb\rc\x1b[1m\x01", -1), "a\nb\nc[1m");
	assert_taken(text_clean("a\0b\xff", 4), "ab\uFFFD");
	assert_taken(text_clean("a\xc2\x9b"
	                        "b",
	                 -1),
	    "ab");
	assert_taken(text_clean("\r\n", -1), "\n");
}

static void
test_columns_and_cut(void **state)
{
	assert_int_equal(text_columns("abc"), 3);
	assert_int_equal(text_columns("信息"), 4);
	assert_int_equal(text_columns("e\u0301"), 1);
	assert_taken(text_cut("short", 5), "short");
	assert_taken(text_cut("a longer text", 9), "a longer…");
	assert_taken(text_cut("a longer text", 8), "a longe…");
	assert_taken(text_cut("信息安全", 5), "信息…");
	assert_taken(text_cut("信息安全", 4), "信…");
	assert_taken(text_cut("abc", 1), "…");
	assert_taken(text_cut("abc", 0), "");
}

static void
test_wrap(void **state)
{
	assert_taken(text_wrap("one two three four", 9, ""), "one two\nthree\nfour");
	assert_taken(text_wrap("one two\n\nthree", 80, "> "), "> one two\n\n> three");
	assert_taken(text_wrap("averylongwordindeed x", 8, "  "), "  averylongwordindeed\n  x");
	assert_taken(text_wrap("信息安全，很好", 6, ""), "信息安\n全，很\n好");
}

static void
test_gist(void **state)
{
	assert_taken(text_gist("Dear all,\n\nwe  think this review is right. And more.", 80), "we think this review is right.");
	assert_taken(text_gist("Guten Tag!\nWir danken.\n", 80), "Wir danken.");
	assert_taken(text_gist("评审组各位专家：\n\n去年十月根区密钥轮换。", 80), "去年十月根区密钥轮换。");
	assert_taken(text_gist("Thank you,\n", 80), "Thank you,");
	assert_taken(text_gist("This line, though it ends in a comma, is far too long and has too many words to be a greeting,\nyes.", 120),
	    "This line, though it ends in a comma, is far too long and has too many words to be a greeting, yes.");
	assert_taken(text_gist("No end", 80), "No end");
	assert_taken(text_gist("A text that is longer than the line", 12), "A text that…");
	assert_taken(text_gist("", 12), "");
}

/* A first line of a thousand bytes and more is cut within no character: what was read behind it was no text (found by the address sanitizer). */
static void
test_long_greeting(void **state)
{
	static const char *const letters[] = {"\u0301", "\uff01", "\U0001f3d7"};

	for (gsize i = 0; i < G_N_ELEMENTS(letters); i++) {
		for (gsize before = 0; before < 4; before++) {
			g_autoptr(GString) text = g_string_new_len("eeee", (gssize)before);

			while (text->len < 3000)
				g_string_append(text, letters[i]);
			g_string_append(text, "\nThe gantry crane.");
			assert_true(text_behind_greeting(text->str) == text->str || *text_behind_greeting(text->str) == '\n');
		}
	}
}

/* A slip in a rule file or query gets a suggestion; another word gets none. */
static void
test_nearest(void **state)
{
	static const char *const words[] = {"keyword", "pattern", "hint", "not", NULL};

	assert_string_equal(text_nearest("keywrod", words), "keyword");
	assert_string_equal(text_nearest("patern", words), "pattern");
	assert_string_equal(text_nearest("KEYWORD", words), "keyword");
	assert_null(text_nearest("zebra", words));
	assert_null(text_nearest("", words));
}

/* Counts and times read as people say them. */
static void
test_count_and_duration(void **state)
{
	static const struct {
		gint64 seconds;
		const char *text;
	} times[] = {{-5, "0 minutes"}, {60, "1 minute"}, {7199, "119 minutes"}, {7200, "2 hours"}, {172799, "47 hours"}, {172800, "2 days"},
	    {1795272000, "20778 days"}};
	g_autofree char *none = text_count(0, "entry", "entries");
	g_autofree char *one = text_count(1, "entry", "entries");
	g_autofree char *two = text_count(2, "entry", "entries");

	(void)state;
	assert_string_equal(none, "0 entries");
	assert_string_equal(one, "1 entry");
	assert_string_equal(two, "2 entries");
	for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
		g_autofree char *text = text_duration(times[i].seconds);

		assert_string_equal(text, times[i].text);
	}
}

/* Words are the same wherever a text is begun to be looked at sixteen bytes at once. */
static void
test_count_words_anywhere(void **state)
{
	static const char *const pieces[] = {"word", " ", "a", "'", "it's", "\n", "0", "é", "信", "한", "’", "-", "_", "@", "[", "`", "{", "/", ":", "longer"};
	g_autoptr(GRand) random = g_rand_new_with_seed(7);

	for (guint i = 0; i < 3000; i++) {
		g_autoptr(GString) text = g_string_new(NULL), spread = g_string_new(NULL);

		for (guint n = g_rand_int_range(random, 0, 30); n > 0; n--)
			g_string_append(text, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
		for (guint n = g_rand_int_range(random, 0, 17); n > 0; n--)
			g_string_append_c(spread, ' ');
		g_string_append(spread, text->str);
		for (gsize cut = 0; cut <= spread->len; cut++) /* too short for sixteen, then not */
			if (cut == spread->len || ((guchar)spread->str[cut] & 0xc0) != 0x80) {
				guint words = 0, run = 0;
				gboolean inside = FALSE;

				for (const char *p = spread->str; p < spread->str + cut; p = g_utf8_next_char(p)) {
					gunichar c = g_utf8_get_char(p);
					gboolean word = g_unichar_isalnum(c) || (inside && (c == '\'' || c == 0x2019));

					if (c == 0x4fe1) {
						run++;
						inside = FALSE;
						continue;
					}
					words += (run + 1) / 2 + (word && !inside);
					run = 0;
					inside = word;
				}
				assert_int_equal(text_count_words_of(spread->str, cut), words + (run + 1) / 2);
			}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_fold_scripts),
	    cmocka_unit_test(test_fold_composes),
	    cmocka_unit_test(test_fold_map),
	    cmocka_unit_test(test_fold_identical),
	    cmocka_unit_test(test_fold_is_stable),
	    cmocka_unit_test(test_fold_key),
	    cmocka_unit_test(test_caseless_agrees_with_pcre2),
	    cmocka_unit_test(test_index_words),
	    cmocka_unit_test(test_lines_of_ascii),
	    cmocka_unit_test(test_count_words),
	    cmocka_unit_test(test_count_words_anywhere),
	    cmocka_unit_test(test_escape),
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_columns_and_cut),
	    cmocka_unit_test(test_wrap),
	    cmocka_unit_test(test_gist),
	    cmocka_unit_test(test_long_greeting),
	    cmocka_unit_test(test_nearest),
	    cmocka_unit_test(test_count_and_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
