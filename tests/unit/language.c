#include "mail/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "mail/language-words.h"

/* One sentence or two are enough to tell the languages the rules have words for; too little is left open. */
static void
test_languages(void **state)
{
	static const struct {
		const char *text, *code;
	} examples[] = {
	    {"We think that the report should say what it will cost and who pays for it.", "en"},
	    {"Nous pensons que le rapport est bon, mais il ne dit pas ce que cela coûte.", "fr"},
	    {"Creemos que el informe es bueno, pero no dice lo que va a costar para los usuarios.", "es"},
	    {"Achamos que o relatório é bom, mas não diz quanto vai custar para os usuários da rede.", "pt"},
	    {"Wir denken, dass der Bericht gut ist, aber er sagt nicht, was es kostet und wer zahlt.", "de"},
	    {"Pensiamo che il rapporto sia buono ma non dice quanto costa, e questo è della massima importanza.", "it"},
	    {"Wij denken dat het rapport goed is, maar het zegt niet wat het kost en wie dit betaalt.", "nl"},
	    {"Мы думаем, что отчет хороший, но в нем не сказано, сколько это будет стоить.", "ru"},
	    {"Ми думаємо, що звіт добрий, але в ньому не сказано, скільки це буде коштувати.", "uk"},
	    {"نعتقد أن التقرير جيد ولكن لم يذكر من الذي سوف يدفع", "ar"},
	    {"ما فکر می کنیم که این گزارش خوب است و باید با دقت خوانده شود", "fa"},
	    {"我们认为这份报告很好，但是没有说明费用。", "zh"},
	    {"この報告書は良いと思いますが、費用については書かれていません。", "ja"},
	    {"우리는 이 보고서가 좋다고 생각합니다.", "ko"},
	    {"ISO 27001", NULL},
	    {"", NULL},
	    {"12345 !!! 678", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autofree char *code = language_guess(examples[i].text, strlen(examples[i].text));

		if (g_strcmp0(code, examples[i].code) != 0)
			print_error("%s: %s\n", examples[i].text, code);
		assert_int_equal(g_strcmp0(code, examples[i].code), 0);
	}
}

/* A text cut within a character is still read. */
static void
test_cut(void **state)
{
	g_autoptr(GString) text = g_string_new("x");
	g_autofree char *code = NULL;

	while (text->len < 3 * LANGUAGE_ENOUGH)
		g_string_append(text, "они пишут, что это не так и что мы ");
	code = language_guess(text->str, text->len);
	assert_string_equal(code, "ru");
}

/* A word is looked up by halves: the table has to be in order, and each word once. */
static void
test_words_in_order(void **state)
{
	for (gsize i = 1; i < G_N_ELEMENTS(common_words); i++) {
		assert_true(strcmp(common_words[i - 1].word, common_words[i].word) < 0);
		assert_in_range(common_words[i].languages, 1, (1u << N_LANGUAGES) - 1);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_languages),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_words_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
