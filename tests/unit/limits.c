#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

static void
repeat(GString *out, const char *text, guint times)
{
	for (guint i = 0; i < times; i++)
		g_string_append(out, text);
}

static void
make_header_bytes(GString *out)
{
	for (guint i = 0; i < 9; i++) {
		g_string_append(out, "X-A: ");
		repeat(out, "abcdefgh", LIMIT_HEADER_BYTES / 64);
		g_string_append(out, "\n");
	}
	g_string_append(out, "Subject: late\n\nText.\n");
}

static void
make_header_fields(GString *out)
{
	repeat(out, "X-A: b\n", LIMIT_HEADER_FIELDS + 1);
	g_string_append(out, "\nText.\n");
}

static void
make_header_line(GString *out)
{
	g_string_append(out, "X-A: ");
	repeat(out, "abcdefgh", LIMIT_HEADER_LINE / 8 + 1);
	g_string_append(out, "\n\nText.\n");
}

static void
make_addresses(GString *out)
{
	g_string_append(out, "To: ");
	for (guint i = 0; i <= LIMIT_ADDRESSES; i++)
		g_string_append_printf(out, "%sa%u@example.org", i > 0 ? ",\n " : "", i);
	g_string_append(out, "\n\nText.\n");
}

static void
make_references(GString *out)
{
	g_string_append(out, "References:");
	for (guint i = 0; i <= LIMIT_REFERENCES; i++)
		g_string_append_printf(out, "\n <%u@example.org>", i);
	g_string_append(out, "\n\nText.\n");
}

static void
make_subject(GString *out)
{
	g_string_append(out, "Subject: ");
	repeat(out, "fares ", LIMIT_SUBJECT / 6 + 2);
	g_string_append(out, "\n\nText.\n");
}

static void
make_parameters(GString *out)
{
	g_string_append(out, "Content-Type: multipart/mixed; boundary=b");
	repeat(out, "; a=b", LIMIT_PARAMETERS + 1);
	g_string_append(out, "\n\n--b\n\nText.\n--b--\n");
}

static void
make_parameter_name(GString *out)
{
	g_string_append(out, "Content-Type: multipart/mixed; ");
	repeat(out, "p", LIMIT_PARAMETER_NAME + 7);
	g_string_append(out, "=\"\xc3\xa4\"; boundary=b\n\n--b\n\nText.\n--b--\n");
}

static void
make_groups(GString *out)
{
	g_string_append(out, "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nFrom: ");
	repeat(out, "a:", LIMIT_ADDRESS_NESTING + 10);
	g_string_append(out, "\n\nText.\n--b--\n");
}

static void
make_part_header(GString *out)
{
	g_string_append(out, "Content-Type: multipart/mixed; boundary=b\n\n--b\n");
	repeat(out, "X-A: b\n", LIMIT_HEADER_FIELDS + 1);
	g_string_append(out, "\nText.\n--b--\n");
}

static void
make_parts(GString *out)
{
	g_string_append(out, "Content-Type: multipart/mixed; boundary=b\n\n");
	repeat(out, "--b\n\nText.\n", LIMIT_PARTS + 1);
	g_string_append(out, "--b--\n");
}

static void
make_nesting(GString *out)
{
	for (guint i = 0; i <= LIMIT_NESTING; i++)
		g_string_append_printf(out, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
	g_string_append(out, "\nText.\n");
}

static void
make_enclosed(GString *out)
{
	repeat(out, "Content-Type: message/rfc822\n\n", LIMIT_NESTING + 1);
	g_string_append(out, "Subject: x\n\nText.\n");
}

static void
make_boundaries(GString *out)
{
	g_string_append(out, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (guint i = 0; i < 11; i++) {
		g_string_append(out, "--b\nContent-Type: multipart/mixed");
		for (guint j = 0; j < 100; j++)
			g_string_append_printf(out, "; boundary=c%u.%u", i, j);
		g_string_append(out, "\n\nText.\n");
	}
	g_string_append(out, "--b--\n");
}

static void
make_comparisons(GString *out)
{
	g_string_append(out, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (guint i = 0; i < 10; i++) {
		g_string_append(out, "--b\nContent-Type: multipart/mixed");
		for (guint j = 0; j < 100; j++)
			g_string_append_printf(out, "; boundary=c%u.%u", i, j);
		g_string_append(out, "\n\nText.\n");
	}
	repeat(out, "--x\n", LIMIT_BOUNDARY_COMPARISONS / 1000 + 1);
}

static void
make_text(GString *out)
{
	g_string_append(out, "Subject: x\n\n");
	repeat(out, "The fares are much too high for us.\n", LIMIT_TEXT_BYTES / 36 + 2);
}

static void
make_html(GString *out)
{
	g_string_append(out, "Content-Type: text/html\n\n");
	repeat(out, "<p></p><!-- nothing at all to be read -->\n", LIMIT_HTML_BYTES / 42 + 2);
}

static void
make_html_depth(GString *out)
{
	g_string_append(out, "Content-Type: text/html\n\n");
	repeat(out, "<div>", LIMIT_HTML_DEPTH + 1);
	g_string_append(out, "Text.\n");
}

static void
make_html_attributes(GString *out)
{
	g_string_append(out, "Content-Type: text/html\n\n<p");
	for (guint i = 0; i <= LIMIT_HTML_ATTRIBUTES; i++)
		g_string_append_printf(out, " a%u=b", i);
	g_string_append(out, ">Text.\n");
}

static void
make_passages(GString *out)
{
	g_string_append(out, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n");
	for (guint i = 0; i < 10; i++) {
		g_string_append(out, "--b\n\n");
		repeat(out, "> The fares are too high.\n\nThey are not.\n\n", LIMIT_PASSAGES / 4);
	}
	g_string_append(out, "--b--\n");
}

static void
make_bytes(GString *out)
{
	g_string_append(out, "Subject: x\n\n");
	g_string_set_size(out, LIMIT_READ_BYTES + 1);
	memset(out->str + 12, 'a', out->len - 12);
}

/* The name and number of each limit on reading, as a remark has to tell them. */
static const struct {
	const char *limit;
	void (*make)(GString *out);
	const char *words;
	gint number;
} cases[] = {
    {"LIMIT_HEADER_BYTES", make_header_bytes, "bytes", LIMIT_HEADER_BYTES},
    {"LIMIT_HEADER_FIELDS", make_header_fields, "fields", LIMIT_HEADER_FIELDS},
    {"LIMIT_HEADER_LINE", make_header_line, "header field over the limit", LIMIT_HEADER_LINE},
    {"LIMIT_ADDRESSES", make_addresses, "addresses", LIMIT_ADDRESSES},
    {"LIMIT_REFERENCES", make_references, "references", LIMIT_REFERENCES},
    {"LIMIT_SUBJECT", make_subject, "subject is over the limit", LIMIT_SUBJECT},
    {"LIMIT_PARAMETERS", make_parameters, "parameters", LIMIT_PARAMETERS},
    {"LIMIT_PARAMETER_NAME", make_parameter_name, "parameter's name", LIMIT_PARAMETER_NAME},
    {"LIMIT_ADDRESS_NESTING", make_groups, "groups of addresses", LIMIT_ADDRESS_NESTING},
    {"LIMIT_HEADER_FIELDS of a part", make_part_header, "the header of a part is over the limit", LIMIT_HEADER_FIELDS},
    {"LIMIT_PARTS", make_parts, "parts", LIMIT_PARTS},
    {"LIMIT_NESTING", make_nesting, "levels of nested parts", LIMIT_NESTING},
    {"LIMIT_NESTING of messages", make_enclosed, "levels of nested parts", LIMIT_NESTING},
    {"LIMIT_BOUNDARIES", make_boundaries, "declared boundaries", LIMIT_BOUNDARIES},
    {"LIMIT_BOUNDARY_COMPARISONS", make_comparisons, "comparisons of lines", LIMIT_BOUNDARY_COMPARISONS},
    {"LIMIT_TEXT_BYTES", make_text, "bytes of text", LIMIT_TEXT_BYTES},
    {"LIMIT_HTML_BYTES", make_html, "bytes of HTML", LIMIT_HTML_BYTES},
    {"LIMIT_HTML_DEPTH", make_html_depth, "levels", LIMIT_HTML_DEPTH},
    {"LIMIT_HTML_ATTRIBUTES", make_html_attributes, "attributes", LIMIT_HTML_ATTRIBUTES},
    {"LIMIT_PASSAGES", make_passages, "passages", LIMIT_PASSAGES},
    {"LIMIT_READ_BYTES", make_bytes, "over the limit of", LIMIT_READ_BYTES},
};

static gboolean
is_told(const struct record *record, const char *words, gint number)
{
	g_autofree char *digits = g_strdup_printf("%d", number);

	for (guint i = 0; i < record->remarks->len; i++) {
		const char *remark = g_ptr_array_index(record->remarks, i);

		if (strstr(remark, words) != NULL && strstr(remark, digits) != NULL)
			return TRUE;
	}
	return FALSE;
}

/* A message just over a limit is read, within seconds, and its record says which limit. */
static void
test_each_limit_is_told(void **state)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) mail = g_string_new("From: a@example.org\nMIME-Version: 1.0\n");
		g_autoptr(Record) record = NULL;
		gint64 begin = g_get_monotonic_time();

		cases[i].make(mail);
		record = message_read((const guint8 *)mail->str, mail->len);
		if (!is_told(record, cases[i].words, cases[i].number))
			fail_msg("%s: not told (of %u remarks: %s)", cases[i].limit, record->remarks->len,
			    record->remarks->len > 0 ? (const char *)g_ptr_array_index(record->remarks, 0) : "");
		if (g_get_monotonic_time() - begin > LIMIT_READER_SECONDS * G_USEC_PER_SEC)
			fail_msg("%s: a message over it is not read in a reader's time", cases[i].limit);
	}
}

/* An ordinary message has no remark. */
static void
test_no_limit(void **state)
{
	static const char mail[] = "From: a@example.org\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\nText.\n";
	g_autoptr(Record) record = message_read((const guint8 *)mail, sizeof mail - 1);

	assert_int_equal(record->remarks->len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_limit_is_told),
	    cmocka_unit_test(test_no_limit),
	};

	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
