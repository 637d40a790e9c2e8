#include "mail/message-compose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
	    .text = " indented\n>quoted\nFrom here\ntrailing   \nГлавное",
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
	static const char inner_text[] = "Ein Brief über Züge, und eine sehr lange Zeile: 0123456789012345678901234567890123456789012345678901234567890123456789";
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_injection),
	    cmocka_unit_test(test_enclosed),
	};

	message_init();
	zone = g_time_zone_new_utc();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
