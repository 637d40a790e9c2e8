#include "mail/passages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "time-fixture.h"

/* What SPLIT says, as letters: New, Quoted, Forwarded, Signature, fOoter. The spans must be the whole text without gaps. */
static char *
letters(const char *text, const struct passage_hints *hints)
{
	g_autoptr(GArray) spans = passages_split(text, strlen(text), hints, 100);
	GString *out = g_string_new(NULL);
	gsize at = 0;

	for (guint i = 0; i < spans->len; i++) {
		const struct passage_span *span = &g_array_index(spans, struct passage_span, i);

		assert_int_equal(span->start, at);
		at += span->length;
		g_string_append_c(out, span->kind == PASSAGE_NEW         ? 'N'
		                       : span->kind == PASSAGE_QUOTED    ? 'Q'
		                       : span->kind == PASSAGE_FORWARDED ? 'F'
		                       : span->kind == PASSAGE_SIGNATURE ? 'S'
		                                                         : 'O');
	}
	assert_int_equal(at, strlen(text));
	return g_string_free(out, FALSE);
}

static const struct passage_hints answer = {.reply = TRUE}, forwarding = {.forward = TRUE}, by_ann = {.author = "Ann Lee"};

struct example {
	const char *text;
	const struct passage_hints *hints;
	const char *letters;
};

static void
check(const struct example *examples, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		g_autofree char *got = letters(examples[i].text, examples[i].hints);

		if (strcmp(got, examples[i].letters) != 0)
			print_error("%s\n", examples[i].text);
		assert_string_equal(got, examples[i].letters);
	}
}

/* Quote marks tell an answer from what it answers, wherever the answer stands. */
static void
test_quotes(void **state)
{
	static const struct example examples[] = {
	    {"", NULL, ""},
	    {"\n\n", NULL, "N"},
	    {"hello\n", NULL, "N"},
	    {"On Mon, 1 Jan 2018 at 10:00, Bo <bo@example.org> wrote:\n\n> old\n\nnew\n", &answer, "QN"},
	    {"new\n\n> old\n> > older\n\nmore\n> again\nend", NULL, "NQNQN"},
	    {"Bo wrote:\n> old\nnew\n", NULL, "QN"},
	    {"> only\n", NULL, "Q"},
	    {"one\n>From here on\ntwo\n", NULL, "N"},
	};

	check(examples, G_N_ELEMENTS(examples));
}

/* Attribution lines belong to the quotation in every language and when they are wrapped; an author's own colon does not. */
static void
test_attributions(void **state)
{
	static const struct example examples[] = {
	    {"yes\n\nOn Mon, 1 Jan 2018 at 10:00, A Very Long Name\n<long.name@example.org>\nwrote:\n\n> old\n", &answer, "NQ"},
	    {"oui\n\nLe lun. 1 janv. 2018 à 10:00, Bo <bo@example.org> a\nécrit :\n> vieux\n", &answer, "NQ"},
	    {"ja\n\nAm 01.01.2018 um 10:00 schrieb Bo Beispiel:\n> alt\n", &answer, "NQ"},
	    {"sí\n\nEl 1/1/2018 10:00, Bo escribió:\n> viejo\n", &answer, "NQ"},
	    {"sim\n\nEm 1 de jan de 2018 10:00, Bo escreveu:\n> velho\n", &answer, "NQ"},
	    {"sì\n\nIl giorno lun 1 gen 2018 alle 10:00 Bo ha scritto:\n> vecchio\n", &answer, "NQ"},
	    {"ja\n\nOp ma 1 jan. 2018 om 10:00 schreef Bo:\n> oud\n", &answer, "NQ"},
	    {"да\n\n1 января 2018 г., 10:00, Bo <bo@example.org> написал:\n> старое\n", &answer, "NQ"},
	    {"はい\n\n2018年1月1日(月) 10:00 Bo <bo@example.org>:\n> 古い\n", &answer, "NQ"},
	    {"好\n\nBo <bo@example.org> 于2018年1月1日周一 上午10:00写道：\n> 旧\n", &answer, "NQ"},
	    {"نعم\n\nفي الاثنين، 1 يناير 2018 10:00 كتب Bo <bo@example.org>:\n> قديم\n", &answer, "NQ"},
	    {"The charter says this:\n> We shall measure.\nI agree.\n", NULL, "NQN"},
	    {"new\n\nOn Mon, 1 Jan 2018 at 10:00, Bo <bo@example.org> wrote:\n\nold without marks\n", &answer, "NQ"},
	    {"new\n\nOn Mon, 1 Jan 2018 at 10:00, Bo <bo@example.org> wrote:\n\nno answer, so unsure\n", NULL, "N"},
	    {"On 1 Jan 2018 we wrote:\n\nWe wrote this ourselves.\n", &answer, "N"},
	};

	check(examples, G_N_ELEMENTS(examples));
}

/* Blocks without quote marks are quoted in answers and forwarded else. */
static void
test_blocks(void **state)
{
	static const char outlook[] =
	    "yes\n\n________________________________\nFrom: Bo <bo@example.org>\nSent: Monday, 1 January 2018 10:00\nTo: Ann\nSubject: RE: Test\n\nold text\n";
	static const struct example examples[] = {
	    {outlook, &answer, "NQ"},
	    {outlook, &forwarding, "NF"},
	    {outlook, NULL, "NF"},
	    {"ja\n\nVon: Bo\nGesendet: Montag, 1. Januar 2018\nAn: Ann\nBetreff: Test\n\nalt\n", &answer, "NQ"},
	    {"oui\n\nDe : Bo\nEnvoyé : lundi 1 janvier 2018\nÀ : Ann\nObjet : Test\n\nvieux\n", &answer, "NQ"},
	    {"yes\n\n-----Original Message-----\nFrom: Bo\n\nold\n", &answer, "NQ"},
	    {"ja\n\n-----Ursprüngliche Nachricht-----\nVon: Bo\n\nalt\n", &answer, "NQ"},
	    {"see below\n\n---------- Forwarded message ---------\nFrom: Bo <bo@example.org>\nSubject: Test\n\nits text\n", NULL, "NF"},
	    {"see below\n\nBegin forwarded message:\n\n> From: Bo\n> its text\n", &answer, "NF"},
	    {"From: the desk of Ann\nwe think that all is well\n", NULL, "N"},
	    {"I come from:\nFrom: Berlin\nto be read\n", &answer, "N"},
	};

	check(examples, G_N_ELEMENTS(examples));
}

/* Signatures: the delimiter, what is nearly one near the end, a telephone's line, the author's name; and not a rule in the middle of a text. */
static void
test_signatures(void **state)
{
	static const struct example examples[] = {
	    {"text\n-- \nAnn Lee\nACME\n", NULL, "NS"},
	    {"text\n--\nAnn Lee\nACME\n", NULL, "NS"},
	    {"text\n-- \nAnn\n\nOn 1 Jan 2018, Bo wrote:\n> old\n", &answer, "NSQ"},
	    {"one\n--\nThis line is far too long for a signature, and goes on and on and on, as text in a letter does.\ntwo\n", NULL, "N"},
	    {"text\n\nSent from my iPhone\n", NULL, "NS"},
	    {"text\n\nSent from my iPhone\n\nOn 1 Jan 2018, at 10:00, Bo <bo@example.org> wrote:\n\n> old\n", &answer, "NSQ"},
	    {"texte\n\nEnvoyé de mon iPhone\n", NULL, "NS"},
	    {"Text\n\nVon meinem iPhone gesendet\n", NULL, "NS"},
	    {"Sent from my office was the letter\nthat you ask about.\n", NULL, "N"},
	    {"text\n\nKind regards,\nAnn Lee\nHead of Something\nACME\n", &by_ann, "NS"},
	    {"text\n\nAnn Lee\n", &by_ann, "N"},
	    {"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\ntext\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n", NULL, "SNS"},
	};

	check(examples, G_N_ELEMENTS(examples));
}

/* Footers of lists, notices of lawyers and banners of gateways are nobody's comment; a rule in a text is not one. */
static void
test_footers(void **state)
{
	static const struct example examples[] = {
	    {"text\n_______________________________________________\nA mailing list\nlist@example.org\nhttps://example.org/listinfo/list\n", NULL, "NO"},
	    {"text\n-- \nAnn\n_______________________________________________\nA mailing list\nlist@example.org\n", NULL, "NSO"},
	    {"> old\n\n-- \nYou received this message because you are subscribed to the Google Groups \"x\" group.\n", NULL, "QO"},
	    {"text\n\nThis e-mail and any attachments are confidential and intended solely for the use of the addressee.\n", NULL, "NO"},
	    {"CAUTION: This email originated from outside of the organization. Do not click links.\n\ntext\n", NULL, "ON"},
	    {"This e-mail is confidential to nobody.\n", NULL, "N"},
	    {"one\n____________________________\ntwo\nthree\n", NULL, "N"},
	    {"mine\n-------------- next part --------------\nAn HTML attachment was scrubbed...\nURL: <https://lists.example.org/a.html>\n", NULL, "NO"},
	    {"mine\n-------------- n\u00e4chster Teil --------------\nEin Dateianhang wurde abgetrennt...\nName: a.pdf\nURL : <https://lists.example.org/a.pdf>\n"
	     "mine\n",
	        NULL, "NON"},
	    {"mine\n-------------- next part --------------\nWhat follows is mine too...\nNot a field, see https://example.org\n", NULL, "NO"},
	    {"mine\n-------------- next part --------------\nWhat follows is mine too...\nand here I go on\nURL: https://example.org\n", NULL, "N"},
	    {"see\n\nbegin 644 a.txt\n#0V%T\n`\nend\n\nbye\n", NULL, "NON"},
	};

	check(examples, G_N_ELEMENTS(examples));
}

/* Past the limit nothing is stripped and nothing lost. */
static void
test_limit(void **state)
{
	static const char text[] = "a\n> b\nc\n> d\ne\n";
	g_autoptr(GArray) spans = passages_split(text, strlen(text), NULL, 3);
	const struct passage_span *last = &g_array_index(spans, struct passage_span, 2);

	assert_int_equal(spans->len, 3);
	assert_int_equal(last->kind, PASSAGE_NEW);
	assert_int_equal(last->start + last->length, strlen(text));
}

/* Quote marks of every depth go, the text behind them stays as it is. */
static void
test_unquote(void **state)
{
	g_autofree char *text = passages_unquote("On x, y wrote:\n> a\n>> b\n> > c\n>d\n>\n>  e > f\n", 45);

	assert_string_equal(text, "On x, y wrote:\na\nb\nc\nd\n\n e > f\n");
}

/* RFC 3676: soft breaks join within one depth, the delimiter never joins, DelSp takes the blank away. */
static void
test_unflow(void **state)
{
	g_autofree char *flowed = passages_unflow("one \ntwo\n> a \n> b\n>> c \n> d\n-- \nAnn\n", 37, FALSE);
	g_autofree char *joined = passages_unflow("coor \ndination\n stuffed\n >kept\n", 31, TRUE);

	assert_string_equal(flowed, "one two\n> a b\n>> c \n> d\n-- \nAnn\n");
	assert_string_equal(joined, "coordination\nstuffed\n >kept\n");
}

static void
split(const char *text, gsize length)
{
	static const struct passage_hints hints = {.reply = TRUE, .author = "Ann Lee"};
	g_autoptr(GArray) spans = passages_split(text, length, &hints, 2000);
	g_autofree char *plain = passages_unquote(text, length), *flowed = passages_unflow(text, length, FALSE);

	assert_true(spans->len > 0 && plain != NULL && flowed != NULL);
}

/* No sender has a look forward or back repeated from every line: time grows with the length of a text alone. */
static void
test_time(void **state)
{
	static const struct {
		const char *start, *piece;
		guint line; /* bytes of an ordinary line */
	} examples[] = {
	    {"", "\n", 2},
	    {"x\n", "\n", 2},
	    {"", ">", 70},
	    {"", ">\n", 2},
	    {"", "> a\nb\n", 3},
	    {"", ">From x\n", 8},
	    {"x\n", "-\n", 2},
	    {"x\n", "--\n", 3},
	    {"x\n", "--\n\n\n\n\n\n\n\n\n", 2},
	    {"x\n", "-- \n", 4},
	    {"x\n", "Ann Lee\n", 8},
	    {"x\n", "on 1:\n", 6},
	    {"x\n", "on 1:\n>\n", 4},
	    {"x\n", "on 1:\na:\nb:\nc:\n>\n", 4},
	    {"x\n", "on 1:\n\n\n\n\n\n\n\n\n", 2},
	    {"x\n", "on 1 wro wro wro wro wro wro wro wro wro wro wro wro wro wro wro wro wro wro wro wro wro wro:\n", 95},
	    {"x\n", "____________________\n", 21},
	    {"x\n", "____________________\nlists.\n", 14},
	    {"x\n", "____________________\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", 2},
	    {"x\n", "_", 70},
	    {"x\n", "From:\n", 6},
	    {"x\n", "From:x\na:\na:\na:\n", 4},
	    {"x\n", "-----a-----\n", 12},
	    {"x\n", "-----BEGIN PGP SIGNED MESSAGE-----\n", 35},
	    {"x\n", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", 37},
	    {"x\n", "-----\n", 6},
	    {"x\n", "LA> x wrote:\n\nLA> y\n", 9},
	    {"x\n", ">>> \"A\" == wrote\nA> \n", 9},
	    {"x\n", "-------------- next part --------------\n", 40},
	    {"x\n", "____________________\na: 2019\nb: 2019\nc: 2019\nd: 2019\n", 8},
	    {"x\n", "2019 10:00 <a@b>\na:\n", 9},
	    {"x\n", "this mail\n\n", 6},
	    {"x\n", "http://x/mailman/listinfo/\n", 27},
	    {"x\n", "begin 644 a.txt\n#0V%T\n", 11},
	    {"x\n", "caution\n\n", 4},
	    {"x\n-- \n", "a\n", 2},
	    {"x\n-- \n", "notice:\n", 8},
	    {"x\n-- \n", "ce mail in in not not\n", 22},
	    {"x\n", "word ", 70},
	    {"x\n", " ", 70},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++)
		check_time(split, examples[i].start, examples[i].piece, examples[i].line);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_quotes),
	    cmocka_unit_test(test_attributions),
	    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_signatures),
	    cmocka_unit_test(test_footers),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_unquote),
	    cmocka_unit_test(test_unflow),
	    cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
