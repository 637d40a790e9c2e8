#include "base/needle.h"

#include "base/limits.h"
#include "mail/message.h"
#include "mail/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct needles *
needles_of(const char *words)
{
	struct needles *needles = needles_new();

	assert_true(needles_add(needles, words));
	return needles;
}

static gboolean
finds(const char *words, const char *text)
{
	g_autoptr(Needles) needles = needles_of(words);

	return needles_in_bytes(needles, (const guint8 *)text, strlen(text));
}

/* What people mean by the same words is the same; what they do not is not. */
static void
test_same_words(void **state)
{
	assert_true(finds("Jörg Müller", "JORG  muller"));
	assert_true(finds("tarquin vellichor", "Tarquin\n> Vellichor"));
	assert_true(finds("tarquin vellichor", "tar\xc2\xadquin, Vel\xe2\x80\x8blichor"));
	assert_true(finds("zoe@example.com", "mailto:ZOE@Example.COM?x"));
	assert_true(finds("oleander", "preoleanders"));
	assert_true(finds("山田", "私は山田です"));
	assert_true(finds("Ann", "Dear Ann, hello"));
	assert_true(finds("Ann", "ann"));
	assert_false(finds("Ann", "Annual"));
	assert_false(finds("Ann", "Joann"));
	assert_false(finds("tarquin vellichor", "tarquinvellichor"));
	assert_false(finds("oleander", "oleande"));
	g_autoptr(Needles) none = needles_new();
	assert_false(needles_add(none, " ... \n"));
	assert_false(needles_in_bytes(none, (const guint8 *)"x", 1));
}

/* Whatever they are encoded in, they are found; each form alone. */
static void
test_encodings(void **state)
{
	static const char *const forms[] = {"Quagg=61rine", "Quag=\ngarine", "Quag=\r\ngarine", "%51uagg%61rine", "Qua<b>gga</b>rine",
	    "Qua<b>ggarine < x <!-- y", "Quagga&#114;ine", "Quagg&#x61;rine", "UXVhZ2dhcmluZQ==", "AFF1YWdnYXJpbmU=", "AABRdWFnZ2FyaW5l", "xxxUXVhZ2dhcmluZQ",
	    "UXVhZ2\n dhcm\r\n> luZQ==", "=55XVhZ2dhcmluZQ=3D=3D", "Quagga-\n> rine", "Quag-\r\ngarine"};
	static const guint8 wide[] = "Q\0u\0a\0g\0g\0a\0r\0i\0n\0e\0", big[] = "x\0Q\0u\0a\0g\0g\0a\0r\0i\0n\0e";
	g_autoptr(Needles) needles = needles_of("quaggarine");

	for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
		if (!needles_in_bytes(needles, (const guint8 *)forms[i], strlen(forms[i])))
			fail_msg("not found in %s", forms[i]);
	assert_true(needles_in_bytes(needles, wide, sizeof wide - 1));
	assert_true(needles_in_bytes(needles, big, sizeof big - 1));
	g_autofree char *wide64 = g_base64_encode(wide, sizeof wide - 1);
	assert_true(needles_in_bytes(needles, (const guint8 *)wide64, strlen(wide64)));
	assert_false(finds("quaggarine", "quagga -\nrine") || finds("quaggarine", "quagga-\n-- \nrine"));
	assert_true(finds("café", "caf\xe9") && finds("café", "caf=E9") && finds("café", "caf=C3=A9") && finds("café", "caf&eacute;"));
}

/* What is stored knows the words again and does not have them; another key makes other digests. */
static void
test_text(void **state)
{
	g_autoptr(Needles) needles = needles_of("quaggarine");
	g_autoptr(Needles) others = needles_of("quaggarine");
	g_autofree char *text = needles_to_text(needles), *other = needles_to_text(others);
	g_autoptr(Needles) again = needles_from_text(text);

	assert_non_null(again);
	assert_true(needles_in_text(again, "the Quaggarine"));
	assert_null(strstr(text, "uagg"));
	assert_string_not_equal(text, other);
	assert_false(needles_merge(again, others));
	assert_null(needles_from_text(""));
	assert_null(needles_from_text("00"));
	text[70] = 'x';
	assert_null(needles_from_text(text));
}

/* A long text is found piece by piece, and samples stand for lines. */
static void
test_long(void **state)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(Needles) samples = needles_new();

	for (guint i = 0; i < 300; i++)
		g_string_append_printf(text, "word%u ", i);
	g_autoptr(Needles) needles = needles_of(text->str);
	g_autofree char *left = needles_replace(needles, NEEDLE_PLAIN, text->str, text->len, "-", NULL);
	assert_true(needles_count(needles) > 5);
	assert_null(strstr(left, "word"));
	assert_false(needles_add_sample(samples, "too short"));
	assert_true(needles_add_sample(samples, "this line is long enough to be nobody else's"));
	assert_true(needles_in_text(samples, "> this line is long enough to be nobody else's"));
}

static void
assert_redacted(const char *message, const char *words, const char *stays)
{
	g_autoptr(GString) report = g_string_new(NULL);
	struct redact_wish wish = {.needles = needles_of(words), .notice = "This part was removed."};
	g_autoptr(GByteArray) out = message_redact((const guint8 *)message, strlen(message), &wish, report, NULL);
	g_autoptr(Record) record = NULL;

	assert_non_null(out);
	assert_true(report->len > 0);
	assert_false(needles_in_text(wish.needles, report->str));
	assert_false(needles_in_bytes(wish.needles, out->data, out->len));
	record = message_read(out->data, out->len);
	g_autoptr(GBytes) bytes = record_to_bytes(record);
	gsize length;
	const guint8 *data = g_bytes_get_data(bytes, &length);
	assert_false(needles_in_bytes(wish.needles, data, length));
	if (stays != NULL)
		assert_non_null(memmem(data, length, stays, strlen(stays)));
	needles_free(wish.needles);
}

/* Words go from every corner of a message, and what is beside them stays. */
static void
test_message(void **state)
{
	assert_redacted("Subject: no body of oleander", "oleander", "no body");
	assert_redacted("oleander alone", "oleander", NULL);
	assert_redacted("\n\noleander and rose\n", "oleander", "rose");
	assert_redacted("From : oleander <a@b.example>\n\nrose\n", "oleander", "rose");
	assert_redacted("Subject: a\r\n\r\nrose\r\noleander\r\n", "oleander", "rose");
	assert_redacted("Subject: a\r\rrose and oleander\r", "oleander", "rose");
	assert_redacted("Oleander: x\nSubject: rose\n\n", "oleander", "rose");
	assert_redacted("Content-Type: multipart/mixed; boundary=oleander\n\n--oleander\n\nrose\n--oleander--\n", "oleander", NULL);
	assert_redacted("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nrose\n--x\n\noleander\n--x--\n", "oleander", "rose");
	assert_redacted("Content-Type: multipart/mixed; boundary=x\n\nonly a preamble of oleander\n", "oleander", NULL);
	assert_redacted(
	    "Content-Type: multipart/signed; boundary=x\n\n--x\n\noleander\n--x\nContent-Type: application/pgp-signature\n\nsig\n--x--\n", "oleander", NULL);
	assert_redacted("Content-Type: text/html\n\n<p title=\"ole&#97;nder\">rose o<i>lean</i>der</p>\n", "oleander", "rose");
	assert_redacted("Subject: =?utf-8?Q?ole?=\n =?utf-8?B?YW5kZXI=?= rose\n\n", "oleander", "rose");
	assert_redacted("Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\nAG8AbABlAGEAbgBkAGUAcg==\n", "oleander", NULL);
	assert_redacted("Subject: removed rose\n\nremoved [removed]\n", "removed", "rose");
}

/* A wish crosses into the reader and back. */
static void
test_wish(void **state)
{
	const char *const parts[] = {"1.2", "3", NULL};
	struct redact_wish wish = {.needles = needles_of("x'\"\n\\oleander"), .parts = (GStrv)parts, .address = TRUE, .notice = "It's \"gone\"."}, back = {0};
	g_autofree char *text = redact_wish_to_text(&wish);

	assert_true(redact_wish_from_text(text, &back));
	assert_string_equal(back.notice, wish.notice);
	assert_string_equal(back.parts[1], "3");
	assert_true(back.address && !back.whole_body);
	assert_int_equal(needles_count(back.needles), 1);
	redact_wish_clear(&back);
	assert_false(redact_wish_from_text("nonsense", &back));
	needles_free(wish.needles);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same_words),
	    cmocka_unit_test(test_encodings),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_message),
	    cmocka_unit_test(test_wish),
	};

	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
