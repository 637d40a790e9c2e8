#include "mail/message-compose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/link.h"
#include "mail/message.h"

static GTimeZone *zone;

static char *
compose(const struct outgoing *outgoing)
{
	g_autoptr(GBytes) bytes = message_compose(outgoing);
	gsize length, line = 0;
	const char *data = g_bytes_get_data(bytes, &length);

	for (gsize i = 0; i < length; i++) {
		line = data[i] == '\n' ? 0 : line + 1;
		assert_true((guchar)data[i] < 128 && data[i] != '\r' && data[i] != '\0' && line <= 998);
	}
	return g_strndup(data, length);
}

static struct record *
read_back(const char *text)
{
	return message_read((const guint8 *)text, strlen(text));
}

/* What was put in comes out again: headers, text and HTML, in any script. */
static void
test_headers(void **state)
{
	struct outgoing outgoing = {.from_name = "Öffentliche Eingaben",
	    .from = "digest@example.org",
	    .to = "reader@example.net",
	    .subject = "第三期 · Tuesday",
	    .message_id = "issue-3@example.org",
	    .list_id = "Input <input.example.org>",
	    .date = 1550041200,
	    .zone = zone,
	    .automatic = TRUE,
	    .text = " indented\n>quoted\nFrom here\ntrailing   \nThere is a café at the corner of the street",
	    .html = "<p>Главное</p>"};
	g_autofree char *text = compose(&outgoing), *again = compose(&outgoing);
	g_autoptr(Record) record = read_back(text);

	assert_string_equal(text, again);
	assert_string_equal(record->subject, "第三期 · Tuesday");
	assert_string_equal(record->author_name, "Öffentliche Eingaben");
	assert_string_equal(record->author_address, "digest@example.org");
	assert_string_equal(record->message_id, "issue-3@example.org");
	assert_non_null(strstr(text, "Date: Wed, 13 Feb 2019 07:00:00 +0000\n"));
	assert_non_null(strstr(text, "\nAuto-Submitted: auto-generated\n"));
	assert_non_null(strstr(text, "\nList-Id: Input <input.example.org>\n"));
	assert_non_null(strstr(text, "\nTo: reader@example.net\n"));
	assert_non_null(strstr(text, "\nMIME-Version: 1.0\n"));
	assert_non_null(strstr(text, "multipart/alternative"));
	assert_non_null(strstr(text, "format=flowed"));
	assert_non_null(strstr(text, "\n  indented\n >quoted\n From here\ntrailing\n"));
}

/* Nothing that a sender wrote becomes a header field or a part of its own. */
static void
test_injection(void **state)
{
	struct outgoing outgoing = {.from = "digest@example.org",
	    .to = "reader@example.net",
	    .subject = "Hello\r\nBcc: everybody@example.org\r\n\r\nbody\x01\x1b[31m\xe2\x80\xa8",
	    .from_name = "A\nX-Mine: yes",
	    .list_id = "a\r\nX-Mine: yes",
	    .message_id = "a@example.org",
	    .date = 0,
	    .zone = zone,
	    .text = "--=_boundary--\n.\nFrom x",
	    .html = "x"};
	g_autofree char *text = compose(&outgoing);

	assert_null(strstr(text, "\nBcc:"));
	assert_null(strstr(text, "\nX-Mine:"));
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\x01'));
}

/* Messages inside of a message are as they were, whatever they hold. */
static void
test_enclosed(void **state)
{
	static const char inner_text[] =
	    "Ein Brief über Züge, und eine sehr lange Zeile: 0123456789012345678901234567890123456789012345678901234567890123456789";
	struct outgoing inner = {
	    .from_name = "Bo", .from = "bo@example.com", .subject = "Züge", .message_id = "letter@example.com", .date = 5, .zone = zone, .text = inner_text};
	g_autoptr(GBytes) bytes = message_compose(&inner);
	g_autoptr(GPtrArray) enclosed = g_ptr_array_new();
	struct outgoing outgoing = {
	    .from = "digest@example.org", .to = "a@example.org", .subject = "s", .message_id = "m@example.org", .date = 9, .zone = zone, .text = "t"};
	g_autofree char *text = NULL;
	g_autoptr(Record) record = NULL;
	gboolean found = FALSE;

	g_ptr_array_add(enclosed, bytes);
	g_ptr_array_add(enclosed, bytes);
	outgoing.enclosed = enclosed;
	text = compose(&outgoing);
	assert_non_null(strstr(text, "multipart/digest"));
	record = read_back(text);
	for (guint i = 0; i < record->passages->len; i++)
		found = found || strstr(((struct record_passage *)record->passages->pdata[i])->text, "Ein Brief über Züge") != NULL;
	assert_true(found);
}

/* A table's lines stay apart, a paragraph's are joined again, a signature keeps its mark, and nothing looks like the header of a message to come. */
static void
test_flowed(void **state)
{
	static const char table[] = "ws1  3\n  ws2  4\n\nSubject: x\nFrom: y\n-- \nsigned";
	struct outgoing outgoing = {.from = "a@example.org", .subject = "s", .message_id = "m@example.org", .zone = zone, .text = table};
	g_autofree char *lines = compose(&outgoing), *paragraph = NULL;
	g_autoptr(Record) record = NULL;

	assert_non_null(strstr(lines, "\nContent-Transfer-Encoding: 7bit\n"));
	assert_non_null(strstr(lines, "\n\nws1  3\n   ws2  4\n\n Subject: x\n From: y\n-- \nsigned"));
	outgoing.prose = TRUE;
	outgoing.text = "One long paragraph that goes on and on, with words enough that no single line of seventy-two columns holds all of it at once.\n"
	                "https://example.org/a-word-that-is-longer-than-any-line-has-columns-0123456789-0123456789-0123456789\nshort";
	paragraph = compose(&outgoing);
	for (char **line = g_strsplit(paragraph, "\n", -1), **at = line; line != NULL; line = NULL) {
		for (; *at != NULL; at++)
			assert_true(strlen(*at) <= 78 || g_str_has_prefix(*at, "https://"));
		g_strfreev(line);
	}
	record = read_back(paragraph);
	assert_non_null(strstr(((struct record_passage *)record->passages->pdata[1])->text, outgoing.text));
}

/* Bytes that make a mail three times as long as it need be are not chosen; in base64 lines of text end in CR LF (RFC 2046 section 4.1.1). */
static void
test_encodings(void **state)
{
	struct outgoing outgoing = {.from = "a@example.org", .subject = "s", .message_id = "m@example.org", .zone = zone};
	g_autofree char *mostly = NULL, *hardly = NULL, *long_line = g_strnfill(5000, 'x'), *whole = NULL;

	outgoing.text = "Many words in this one, and one with a dot above: \u00e9. That is all that there is to it.";
	mostly = compose(&outgoing);
	assert_non_null(strstr(mostly, "quoted-printable"));
	assert_non_null(strstr(mostly, "=C3=A9"));
	outgoing.text = "\u0413\u043b\n\u0432\u043d\u043e\u0435";
	hardly = compose(&outgoing);
	assert_non_null(strstr(hardly, "Content-Transfer-Encoding: base64\n\n0JPQuw0K0LLQvdC+0LU="));
	outgoing.text = long_line;
	whole = compose(&outgoing);
	assert_non_null(strstr(whole, "quoted-printable"));
}

/* Fields of an enclosed letter, and the note before the digest, whatever is in them. */
static void
test_fields(void **state)
{
	const struct outgoing_header headers[] = {{"Postbag-Id", "4f2kq7m5\r\nBcc: x@example.org"}, {"Keywords", "caf\u00e9"}, {NULL, NULL}};
	struct outgoing_address addresses[] = {{"Bo \"<b>\"\nBcc: y@example.org", "bo@example.com"}, {NULL, "cy@example.com"}};
	g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof *addresses);
	struct outgoing outgoing = {.from = "a@example.org",
	    .subject = "s",
	    .message_id = "m@example.org",
	    .zone = zone,
	    .headers = headers,
	    .tos = list,
	    .ccs = list,
	    .text = "t",
	    .note = "not enclosed"};
	g_autofree char *text = NULL;
	g_autoptr(Record) record = NULL;

	g_array_append_vals(list, addresses, G_N_ELEMENTS(addresses));
	text = compose(&outgoing);
	record = read_back(text);
	assert_null(strstr(text, "\nBcc:"));
	assert_non_null(strstr(text, "\nPostbag-Id: 4f2kq7m5"));
	assert_non_null(strstr(text, "cy@example.com\n"));
	assert_non_null(strstr(text, "\nCc: "));
	assert_non_null(strstr(text, "multipart/mixed"));
	assert_non_null(strstr(text, "\n\nnot enclosed\n"));
	assert_int_equal(record->addresses->len, 5);
}

/* A template of links that would end an attribute, hide the host or name another scheme is refused. */
static void
test_links(void **state)
{
	static const char *const bad[] = {"", "mail.example.org/{id}", "javascript:{id}", "https://", "https://{id}", "https:///{id}", "https://example.org/",
	    "https://example.org/{id}\"", "https://example.org/{id}>", "https://example.org/ {id}", "https://example.org/\u00e9{id}"};
	const char *why = NULL;

	assert_true(link_check("https://mail.example.org/m/{id}?a=b&c", &why));
	assert_true(link_check("http://localhost:8080/{id}", &why));
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		why = NULL;
		assert_false(link_check(bad[i], &why));
		assert_non_null(why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_injection),
	    cmocka_unit_test(test_enclosed),
	    cmocka_unit_test(test_flowed),
	    cmocka_unit_test(test_encodings),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_links),
	};

	message_init();
	zone = g_time_zone_new_utc();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
