/* The quick search finds what the plain one does, no less and no more. */
#include "needle-plain.h"

#include "base/needle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 4000

/* What texts are put together from: words that needles are made of, and what stands in, between and around them in mail. */
static const char *const bits[] = {"Quaggarine", "quagg", "arine", "Ann", "ann", "li", "Müller", "Mu\xcc\x88ller", "straße", "M\xfcller", "оле", "андр", "山田",
    "ｑｕａｇｇ", "½", "\xbc", "ﷺ", "\xc2\xad", "\xe2\x80\x8b", "a", "e", "7", "2018", " ", " ", " ", "\n", "\n> ", "\r\n", "-\n", "-\n> ", "=\n", "=\r\n", "=",
    "=3D", "=41", "=20", "=0A", "=C3=BC", "=2D\n", "=3C", "%41", "%20", "%C3", "%BC", "%00", "%3C", "<b>", "</b>", "<", ">", "<!--", "-->", "&", "&amp;",
    "&uuml;", "&#97;", "&#x61;", "&#64976;", "&shy;", "\xc3", "\xbc", "\xff", "\xe2\x80", "+", "/", "_", "-", ".", ",", "!", "AAAA", "QUFB", "kernel/time",
    "\t", ">"};
static const char *const words[] = {"quaggarine", "Quagg arine", "arine Ann", "Ann", "li", "Müller", "Müller Ann 2018", "straße", "олеандр", "山田", "a e 7",
    "1 4", "quagga rine li ann Müller straße 2018 a e"};

static void
append_utf16(GByteArray *out, const char *text, gboolean big)
{
	for (; *text != '\0'; text = *text & 0x80 && g_utf8_validate(text, -1, NULL) ? g_utf8_next_char(text) : text + 1) {
		gunichar c = *text & 0x80 && g_utf8_validate(text, -1, NULL) ? g_utf8_get_char(text) : (guint8)*text;
		const guint8 bytes[2] = {(guint8)(big ? c >> 8 : c), (guint8)(big ? c : c >> 8)};

		g_byte_array_append(out, bytes, 2);
	}
}

static void
append_bits(GByteArray *out, GRand *rand, guint n)
{
	while (n-- > 0) {
		const char *bit = g_rand_int_range(rand, 0, 3) == 0 ? words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))]
		                                                    : bits[g_rand_int_range(rand, 0, G_N_ELEMENTS(bits))];
		guint8 byte = (guint8)g_rand_int(rand);

		switch (g_rand_int_range(rand, 0, 60)) {
		case 0:
			g_byte_array_append(out, &byte, 1);
			break;
		case 1:
			append_utf16(out, bit, FALSE);
			break;
		case 2:
			append_utf16(out, bit, TRUE);
			break;
		default:
			g_byte_array_append(out, (const guint8 *)bit, (guint)strlen(bit));
		}
	}
}

/* What is in OUT, as base64 in lines, behind some letters, as it stands or with its signs as quoted-printable has them. */
static void
wrap_base64(GByteArray *out, GRand *rand)
{
	static const char *const breaks[] = {"", "", "\n", "\r\n", "\n> ", "\n  ", "=\n", "=0A"};
	g_autofree char *plain = g_base64_encode(out->data, out->len);
	const char *line_end = breaks[g_rand_int_range(rand, 0, G_N_ELEMENTS(breaks))];
	gsize length = strlen(plain), width = (gsize)g_rand_int_range(rand, 3, 76);

	g_byte_array_set_size(out, 0);
	append_bits(out, rand, (guint)g_rand_int_range(rand, 0, 3));
	for (gsize at = 0; at < length; at += width) {
		g_byte_array_append(out, (const guint8 *)plain + at, (guint)MIN(width, length - at));
		g_byte_array_append(out, (const guint8 *)line_end, (guint)strlen(line_end));
	}
	append_bits(out, rand, (guint)g_rand_int_range(rand, 0, 3));
}

/* Each second byte, or so, as SIGN and two digits. */
static void
wrap_hex(GByteArray *out, GRand *rand, char sign)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < out->len; i++)
		if (g_rand_int_range(rand, 0, 4) == 0)
			g_string_append_printf(text, "%c%02X", sign, out->data[i]);
		else
			g_string_append_c(text, (char)out->data[i]);
	g_byte_array_set_size(out, 0);
	g_byte_array_append(out, (const guint8 *)text->str, (guint)text->len);
}

static void
make_text(GByteArray *out, GRand *rand)
{
	g_byte_array_set_size(out, 0);
	append_bits(out, rand, (guint)g_rand_int_range(rand, 0, g_rand_int_range(rand, 0, 20) == 0 ? 1500 : 30));
	for (guint i = 0; i < 3; i++)
		switch (g_rand_int_range(rand, 0, 9)) {
		case 0:
			wrap_base64(out, rand);
			break;
		case 1:
			wrap_hex(out, rand, '=');
			break;
		case 2:
			wrap_hex(out, rand, '%');
			break;
		default:
			break;
		}
}

static void
test_same(void **state)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(20190213);
	g_autoptr(GByteArray) text = g_byte_array_new();
	guint found = 0;

	for (guint round = 0; round < ROUNDS; round++) {
		g_autoptr(Needles) needles = needles_new();

		for (gint i = g_rand_int_range(rand, 1, 4); i > 0; i--)
			assert_true(needles_add(needles, words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))]));
		make_text(text, rand);
		gboolean plain = text->len > 0 && plain_in_bytes(needles, text->data, text->len), quick = needles_in_bytes(needles, text->data, text->len);
		if (plain != quick) {
			g_autofree char *escaped = g_strescape((const char *)text->data, NULL);

			fail_msg("round %u: %s, and it %s: %.*s", round, quick ? "found" : "not found", plain ? "is there" : "is not",
			    (int)MIN(text->len, 2000), escaped);
		}
		found += plain;
	}
	/* neither is the exception */
	assert_in_range(found, ROUNDS / 5, ROUNDS / 5 * 4);
}

/* Long needles, and words far apart, where what is looked at begins and ends. */
static void
test_long_needles(void **state)
{
	g_autoptr(GString) phrase = g_string_new(NULL);
	g_autoptr(Needles) needles = needles_new();

	for (guint i = 0; i < 40; i++)
		g_string_append_printf(phrase, "w%u ", i);
	assert_true(needles_add(needles, phrase->str));
	for (guint lead = 0; lead < 9000; lead += 997) {
		g_autoptr(GString) text = g_string_new(NULL);

		for (guint i = 0; i < lead; i++)
			g_string_append_c(text, "ab c<&="[i % 7]);
		g_string_append_printf(text, " %s", phrase->str);
		assert_true(needles_in_bytes(needles, (const guint8 *)text->str, text->len));
		text->str[text->len - 2] = '!';
		assert_false(needles_in_bytes(needles, (const guint8 *)text->str, text->len));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_long_needles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
