#include "mail/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "mail/message.h"

static char *
text_of(const char *data, gsize length, gsize limit, gboolean *cut)
{
	g_autofree guint8 *exact = g_memdup2(data, length); /* reading past the end shall be seen */
	char *why, *text = document_text(exact, length, limit, cut, &why);

	return text != NULL ? text : why;
}

static void
check_rtf(const char *rtf, const char *expected)
{
	gboolean cut;
	g_autofree char *text = text_of(rtf, strlen(rtf), 1000, &cut);

	assert_string_equal(text, expected);
	assert_false(cut);
}

/* What word processors write: code pages by document and by font, \u with and without what stands in for it, surrogates, destinations that are no text. */
static void
test_rtf(void **state)
{
	check_rtf("{\\rtf1\\ansi Plain\\par text}", "Plain\ntext");
	check_rtf("{\\rtf1\\ansi\\ansicpg1250 \\'9e}", "ž");
	check_rtf("{\\rtf1{\\fonttbl{\\f0\\fcharset0 A;}{\\f7\\fcharset204 B;}}\\f7\\'ef\\f0\\'e9}", "пé");
	check_rtf("{\\rtf1\\uc1 \\u8364?5}", "€5");
	check_rtf("{\\rtf1\\uc2 \\u8364\\'80\\'805}", "€5");
	check_rtf("{\\rtf1\\uc0\\u-10179\\u-8704 !}", "😀!");
	check_rtf("{\\rtf1\\u-10179?x}", "x"); /* half a pair is nothing */
	check_rtf("{\\rtf1{\\*\\unknown gone}{\\info{\\title gone}}{\\field{\\*\\fldinst gone}{\\fldrslt here}}}", "here");
	check_rtf("{\\rtf1 a\\bin5 }}}}}b\\emdash c\\~d\\{e\\}}", "ab—c d{e}");
	check_rtf("{\\rtf1 }", "no text in it");
	check_rtf("{\\rtf1 open {and }}} closed too often", "open and  closed too often");
}

/* Limits: the depth of groups, and the text, which is cut between characters. */
static void
test_rtf_limits(void **state)
{
	g_autoptr(GString) deep = g_string_new("{\\rtf1 ");
	g_autofree char *why = NULL, *text = NULL;
	gboolean cut;

	for (int i = 0; i < LIMIT_RTF_DEPTH + 1; i++)
		g_string_append(deep, "{a");
	why = text_of(deep->str, deep->len, 1000, &cut);
	assert_string_equal(why, "over the limit of 500 groups in one another");
	text = text_of("{\\rtf1 ab\\u8364?\\u8364?\\u8364?}", 32, 6, &cut);
	assert_true(cut);
	assert_string_equal(text, "ab€");
}

/* The kind is told by the content; what is cut short at any byte is judged without reading past its end. */
static void
test_kinds(void **state)
{
	static const struct {
		const char *data;
		gsize length;
		enum document_kind kind;
	} all[] = {
	    {"junk\n%PDF-1.7\n", 14, DOCUMENT_PDF},
	    {"{\\rtf1}", 7, DOCUMENT_RTF},
	    {"\x78\x9f\x3e\x22xxxx", 8, DOCUMENT_TNEF},
	    {"PK\3\4 and no more", 16, DOCUMENT_UNKNOWN},
	    {"PK\3\4 word/document.xml", 21, DOCUMENT_WORD},
	    {"plain text", 10, DOCUMENT_UNKNOWN},
	    {"", 0, DOCUMENT_UNKNOWN},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
		g_autofree guint8 *exact = g_memdup2(all[i].data, all[i].length);

		assert_int_equal(document_kind(exact, all[i].length), all[i].kind);
		for (gsize n = 0; n < all[i].length; n++) {
			g_autofree guint8 *part = g_memdup2(all[i].data, n);

			(void)document_kind(part, n);
		}
	}
}

/* Directories that point anywhere are damage, never a read beyond the bytes. */
static void
test_bad_directory(void **state)
{
	guint8 bytes[200] = "PK\3\4";
	const gsize end = sizeof bytes - 22;
	guint32 seed = 1;

	memcpy(bytes + 20, "word/document.xml", 17);
	memcpy(bytes + end, "PK\5\6", 4);
	bytes[end + 10] = 1;
	for (int i = 0; i < 20000; i++) {
		g_autofree guint8 *exact = NULL;
		g_autofree char *text = NULL, *why = NULL;
		gboolean cut;

		for (gsize at = end + 12; at < end + 20; at++)
			bytes[at] = (guint8)((seed = seed * 1103515245 + 12345) >> 16) & (i % 3 == 0 ? 0xff : at % 4 < 1 ? 0x7f : 0);
		memcpy(bytes + bytes[end + 16] % 100, "PK\1\2", 4);
		exact = g_memdup2(bytes, sizeof bytes);
		text = document_text(exact, sizeof bytes, 1000, &cut, &why);
		assert_null(text);
		assert_non_null(why);
	}
}

/* A record made with converted texts has them as passages, in the place of the part, and what is missing says why. */
static void
test_with_texts(void **state)
{
	static const char mail[] =
	    "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nbody\n--b\nContent-Type: application/pdf; name=a.pdf\n\n%PDF-1.4\n"
	    "--b\nContent-Type: application/x; name=b\n\n{\\rtf1 x}\n--b--\n";
	g_autoptr(Record) before = message_read((const guint8 *)mail, strlen(mail)), after = NULL;
	g_autoptr(GVariant) texts = g_variant_ref_sink(g_variant_new_parsed("[('2', 'from the PDF', ''), ('3', '', 'damaged'), ('9', 'no such part', '')]"));
	const struct record_part *part;
	const struct record_passage *last;

	part = before->parts->pdata[1];
	assert_string_equal(part->remark, REMARK_WAITING_PDF);
	part = before->parts->pdata[2];
	assert_string_equal(part->remark, REMARK_WAITING);
	after = message_read_with((const guint8 *)mail, strlen(mail), texts);
	part = after->parts->pdata[1];
	assert_true(part->read);
	assert_null(part->remark);
	part = after->parts->pdata[2];
	assert_false(part->read);
	assert_string_equal(part->remark, "damaged");
	for (guint i = 0; i < after->passages->len; i++) {
		last = after->passages->pdata[i];
		if (last->kind == PASSAGE_ATTACHMENT)
			assert_string_equal(last->text, "from the PDF");
		assert_null(strstr(last->text, "no such part"));
	}
	assert_int_equal(after->passages->len, before->passages->len + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rtf),
	    cmocka_unit_test(test_rtf_limits),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_bad_directory),
	    cmocka_unit_test(test_with_texts),
	};

	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
