/* The furniture of letters in ten languages: earlier messages without quote marks, attribution lines, what telephones, lawyers and gateways add. */
#include "mail/passages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define ANSWER "What I say about it is new.\n"
#define EARLIER "This was said before.\nAnd this as well.\n"

static const struct passage_hints answer = {.reply = TRUE}, fresh = {.reply = FALSE};

static const char *const blocks[] = {
    "Von: Anna Berg <anna@example.org>\nGesendet: Mittwoch, 6. Februar 2019 14:05\nAn: Review <input@example.net>\nBetreff: Frage",
    "De : Anna Berg <anna@example.org>\nEnvoyé : mercredi 6 février 2019 14:05\nÀ : Review <input@example.net>\nObjet : Question",
    "De: Anna Berg <anna@example.org>\nEnviado el: miércoles, 6 de febrero de 2019 14:05\nPara: Review <input@example.net>\nAsunto: Pregunta",
    "De: Anna Berg <anna@example.org>\nEnviada em: quarta-feira, 6 de fevereiro de 2019 14:05\nPara: Review <input@example.net>\nAssunto: Pergunta",
    "De: Anna Berg <anna@example.org>\nEnviado: 6 de fevereiro de 2019 14:05\nPara: Review <input@example.net>\nAssunto: Pergunta",
    "От: Anna Berg <anna@example.org>\nОтправлено: 6 февраля 2019 г. 14:05\nКому: Review <input@example.net>\nТема: Вопрос",
    "发件人: Anna Berg <anna@example.org>\n发送时间: 2019年2月6日 14:05\n收件人: Review <input@example.net>\n主题: 问题",
    "寄件者: Anna Berg <anna@example.org>\n寄件日期: 2019年2月6日 14:05\n收件者: Review <input@example.net>\n主旨: 問題",
    "差出人: Anna Berg <anna@example.org>\n送信日時: 2019年2月6日 14:05\n宛先: Review <input@example.net>\n件名: 質問",
    "من: Anna Berg <anna@example.org>\nتاريخ الإرسال: الأربعاء، 6 فبراير 2019 14:05\nإلى: Review <input@example.net>\nالموضوع: سؤال",
    "Da: Anna Berg <anna@example.org>\nInviato: mercoledì 6 febbraio 2019 14:05\nA: Review <input@example.net>\nOggetto: Domanda",
    "Van: Anna Berg <anna@example.org>\nVerzonden: woensdag 6 februari 2019 14:05\nAan: Review <input@example.net>\nOnderwerp: Vraag",
    "From: Anna Berg <anna@example.org>\nSent: Wednesday, February 6, 2019 2:05 PM\nTo: Review <input@example.net>\nSubject: Question",
};

static const char *const attributions[] = {
    "On Wed, Feb 6, 2019 at 2:05 PM Anna Berg <anna@example.org> wrote:",
    "On 6 Feb 2019, at 14:05, Anna Berg\n<anna@example.org> wrote:",
    "On 06/02/2019 14:05, Anna Berg via Input wrote:",
    "Am 06.02.2019 um 14:05 schrieb Anna Berg:",
    "Am Mi., 6. Feb. 2019 um 14:05 Uhr schrieb Anna Berg <\nanna@example.org>:",
    "Le mer. 6 févr. 2019 à 14:05, Anna Berg <anna@example.org> a écrit :",
    "Le 06/02/2019 à 14:05, Anna Berg\na écrit :",
    "El mié., 6 feb. 2019 a las 14:05, Anna Berg (<anna@example.org>) escribió:",
    "El 06/02/2019 a las 14:05, Anna Berg escribió:",
    "Em qua., 6 de fev. de 2019 às 14:05, Anna Berg <anna@example.org> escreveu:",
    "ср, 6 февр. 2019 г. в 14:05, Anna Berg <anna@example.org>:",
    "06.02.2019 14:05, Anna Berg пишет:",
    "6 февраля 2019 г., 14:05, Anna Berg <anna@example.org> написал(а):",
    "Anna Berg <anna@example.org> 于2019年2月6日周三 下午2:05写道：",
    "在 2019-02-06 14:05:11，\"Anna Berg\" <anna@example.org> 写道：",
    "Anna Berg <anna@example.org> 於 2019年2月6日 週三 下午2:05寫道：",
    "2019年2月6日(水) 14:05 Anna Berg <anna@example.org>:",
    "2019/02/06 14:05、Anna Berg <anna@example.org>のメール:",
    "في الأربعاء، 6 فبراير 2019 في 2:05 م تمت كتابة ما يلي بواسطة Anna Berg <anna@example.org>:",
    "كتب Anna Berg <anna@example.org> في 6 فبراير 2019:",
    "Il giorno mer 6 feb 2019 alle ore 14:05 Anna Berg <anna@example.org> ha scritto:",
    "Op wo 6 feb. 2019 om 14:05 schreef Anna Berg <anna@example.org>:",
};

static const char *const separators[] = {
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Mensagem original-----",
    "-----Исходное сообщение-----",
    "-----原始邮件-----",
    "-----元のメッセージ-----",
    "-----الرسالة الأصلية-----",
    "------- Original Message -------",
    "----- Mensaje original -----",
    "---- Am Mi, 06 Feb 2019 14:05:11 +0100 Anna Berg schrieb ----",
    "------------------ 原始邮件 ------------------",
    "-------- Message d'origine --------",
    "-------- Ursprüngliche Nachricht --------",
    "-------- Mensagem Original --------",
    "-------- Original message --------",
};

static const char *const mobiles[] = {
    "Sent from my iPhone",
    "Envoyé de mon iPhone",
    "Von meinem iPhone gesendet",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Отправлено с iPhone",
    "发自我的iPhone",
    "iPhoneから送信",
    "أُرسلت من الـ iPhone",
    "أُرسلت من هاتفي",
    "Get Outlook for Android",
    "Obtenir Outlook pour Android",
    "Outlook für Android herunterladen",
    "Obtener Outlook para Android",
    "Obter o Outlook para Android",
    "Gesendet von Outlook für Android",
    "从 Outlook Android 获取",
    "Sent with Proton Mail secure email.",
    "从我的 iPhone 发送",
};

static const char *const disclaimers[] = {
    "This e-mail and any attachments are confidential and intended solely for the addressee. If you are not the intended recipient, please delete it.",
    "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, vernichten Sie diese Mail.",
    "Ce message et ses pièces jointes sont confidentiels et destinés exclusivement au destinataire. Si vous l'avez reçu par erreur, merci de le détruire.",
    "Este mensaje y sus adjuntos son confidenciales y van dirigidos exclusivamente a su destinatario. Si lo recibió por error, bórrelo.",
    "Esta mensagem e seus anexos são confidenciais e destinados exclusivamente ao destinatário. Se a recebeu por engano, apague-a.",
    "Данное сообщение и вложения к нему являются конфиденциальными и предназначены исключительно адресату. Если вы получили его по ошибке, удалите его.",
    "本邮件及其附件含有保密信息，仅限于发送给上述收件人。如果您错收了本邮件，请立即删除。",
    "本メールには機密情報が含まれている場合があります。誤って受信された場合は、削除してください。",
    "このメールおよび添付ファイルは、宛先の方のみを対象とした秘密情報を含みます。",
    "هذه الرسالة ومرفقاتها سرية وموجهة فقط إلى المرسل إليه. إذا استلمتها عن طريق الخطأ فيرجى حذفها.",
    "إخلاء مسؤولية: هذا البريد الإلكتروني سري ومخصص للمستلم فقط.",
    "Questo messaggio è riservato e destinato esclusivamente ai destinatari. Se ricevuto per errore, cancellatelo.",
};

static const char *const banners[] = {
    "CAUTION: This email originated from outside of the organization. Do not click links or open attachments.",
    "ACHTUNG: Diese E-Mail stammt von einem externen Absender. Klicken Sie nicht auf Links.",
    "ATTENTION : ce courriel provient de l'extérieur. Ne cliquez pas sur les liens.",
    "PRECAUCIÓN: Este correo proviene de un remitente externo. No haga clic en los enlaces.",
    "ATENÇÃO: Este e-mail veio de fora da organização. Não clique em links nem abra anexos.",
    "CUIDADO: remetente externo. Não clique em links.",
    "ВНИМАНИЕ: Это письмо пришло из внешнего источника. Не переходите по ссылкам.",
    "警告：此邮件来自外部发件人。请勿点击链接或打开附件。",
    "外部邮件：请谨慎点击链接。",
    "【注意】このメールは社外から送信されています。リンクをクリックしないでください。",
    "تحذير: هذه الرسالة واردة من خارج المؤسسة. لا تنقر على الروابط.",
};

static const char *const kept[] = {
    "From: the very start newword mattered.\nWe said so.",
    "Newword. On Wednesday we wrote:\nnothing came.",
    "Newword\n\nConfidential data were leaked newword in 2016 and the intended recipient never knew.",
    "To: the team. Subject: matters. newword",
    "Outlook for the year: more of the same.",
    "Сообщение об атаке пришло ночью, и никто не ответил.",
    "注意：密钥即将轮换，请各位提前测试。",
    "تحذير: المفتاح الجديد لم يصل إلى خوادمنا بعد.",
};

/* Whether BYTES of TEXT, found by their words, are of KIND. */
static gboolean
words_are(const char *text, const struct passage_hints *hints, const char *words, enum record_passage_kind kind)
{
	g_autoptr(GArray) spans = passages_split(text, strlen(text), hints, 100);
	gsize at = strstr(text, words) - text, start = 0;

	for (guint i = 0; i < spans->len; i++) {
		const struct passage_span *span = &g_array_index(spans, struct passage_span, i);

		if (at >= start && at < start + span->length)
			return span->kind == kind;
		start += span->length;
	}
	return FALSE;
}

static void
assert_words(const char *text, const struct passage_hints *hints, const char *words, enum record_passage_kind kind)
{
	if (!words_are(text, hints, words, kind))
		fail_msg("\"%s\" is of another kind in:\n%s", words, text);
}

/* Outlook's and others' blocks of fields, bare and below a rule: all below them was said before. */
static void
test_blocks(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++)
		for (guint form = 0; form < 2; form++) {
			g_autofree char *text =
			    g_strconcat(ANSWER "\n", form == 1 ? "________________________________\n" : "", blocks[i], "\n\n" EARLIER, NULL);

			assert_words(text, &answer, "What I say", PASSAGE_NEW);
			assert_words(text, &answer, "This was said", PASSAGE_QUOTED);
			assert_words(text, &answer, "And this", PASSAGE_QUOTED);
		}
}

/* Attribution lines, wrapped ones too, above quoted lines; answers between them are new. */
static void
test_attributions(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(attributions); i++) {
		g_autofree char *top = g_strconcat(ANSWER "\n", attributions[i], "\n\n> This was said before.\n", NULL);
		g_autofree char *between = g_strconcat(attributions[i], "\n> This was said before.\n" ANSWER "> And this as well.\nA second answer.\n", NULL);
		g_autofree char *name = g_strndup(attributions[i], 6);

		assert_words(top, &answer, "What I say", PASSAGE_NEW);
		assert_words(top, &answer, name, PASSAGE_QUOTED);
		assert_words(top, &answer, "This was said", PASSAGE_QUOTED);
		assert_words(between, &answer, "What I say", PASSAGE_NEW);
		assert_words(between, &answer, "A second", PASSAGE_NEW);
		assert_words(between, &answer, "And this", PASSAGE_QUOTED);
	}
}

/* "-----Original Message-----" and its kin. */
static void
test_separators(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(separators); i++) {
		g_autofree char *text = g_strconcat(ANSWER "\n", separators[i], "\n" EARLIER, NULL);

		assert_words(text, &answer, "What I say", PASSAGE_NEW);
		assert_words(text, &answer, "This was said", PASSAGE_QUOTED);
	}
}

/* What telephones and programs put below a letter, and what lawyers do. */
static void
test_below(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(mobiles); i++) {
		g_autofree char *text = g_strconcat(ANSWER "\n", mobiles[i], "\n", NULL);

		assert_words(text, &fresh, "What I say", PASSAGE_NEW);
		if (words_are(text, &fresh, mobiles[i], PASSAGE_NEW))
			fail_msg("new text: %s", mobiles[i]);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(disclaimers); i++) {
		g_autofree char *text = g_strconcat(ANSWER "\nBo Berg\n\n", disclaimers[i], "\n", NULL);

		assert_words(text, &fresh, "What I say", PASSAGE_NEW);
		assert_words(text, &fresh, disclaimers[i], PASSAGE_FOOTER);
	}
}

/* What gateways put above it. */
static void
test_banners(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(banners); i++) {
		g_autofree char *text = g_strconcat(banners[i], "\n\n" ANSWER, NULL);

		assert_words(text, &fresh, "What I say", PASSAGE_NEW);
		assert_words(text, &fresh, banners[i], PASSAGE_FOOTER);
	}
}

/* When unsure, nothing is stripped. */
static void
test_kept(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kept); i++) {
		g_autofree char *text = g_strconcat(kept[i], "\n", NULL);

		assert_words(text, &fresh, kept[i], PASSAGE_NEW);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_attributions),
	    cmocka_unit_test(test_separators),
	    cmocka_unit_test(test_below),
	    cmocka_unit_test(test_banners),
	    cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
