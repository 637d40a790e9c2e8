#include "lmtp/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "lmtp/dots.h"
#include "lmtp/envelope.h"

#define HELLO "LHLO me\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n"

struct talk {
	gsize memory;
	struct session_policy policy;
	GPtrArray *allowed;
	struct session *session;
	GString *replies;
	GString *text; /* of the last letter */
	guint letters;
	enum outcome outcome;
};

static int
setup(void **state)
{
	struct talk *talk = g_new0(struct talk, 1);

	talk->allowed = g_ptr_array_new_with_free_func(g_free);
	talk->policy = (struct session_policy){
	    .host = "host.example", .recipients = talk->allowed, .memory = &talk->memory, .memory_most = LIMIT_LMTP_MEMORY, .level = LOG_QUIET};
	talk->session = session_new(&talk->policy);
	talk->replies = g_string_new(NULL);
	talk->text = g_string_new(NULL);
	*state = talk;
	return 0;
}

static int
teardown(void **state)
{
	struct talk *talk = *state;

	session_free(talk->session);
	g_string_free(talk->replies, TRUE);
	g_string_free(talk->text, TRUE);
	g_ptr_array_unref(talk->allowed);
	/* what a session took it gives back */
	assert_int_equal(talk->memory, 0);
	g_free(talk);
	return 0;
}

static void
drain(struct talk *talk)
{
	GByteArray *output = session_output(talk->session);

	g_string_append_len(talk->replies, (const char *)output->data, output->len);
	g_byte_array_set_size(output, 0);
}

static void
answer(struct talk *talk)
{
	struct letter letter = {0};
	g_autoptr(GBytes) bytes = NULL;

	session_take(talk->session, &letter);
	bytes = raw_message_read(letter.raw, 0, G_MAXSIZE, NULL);
	g_string_truncate(talk->text, 0);
	g_string_append_len(talk->text, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	talk->letters++;
	session_answer(talk->session, talk->outcome, "abcdefghijklmnop");
	letter_clear(&letter);
}

/* What is answered to DATA: the last reply's beginning. */
static const char *
say_bytes(struct talk *talk, const char *data, gsize length)
{
	const char *last;

	while (length > 0 && session_state(talk->session) != SESSION_ENDS) {
		gsize taken = session_add(talk->session, (const guint8 *)data, length);

		data += taken;
		length -= taken;
		if (session_state(talk->session) == SESSION_WAITS)
			answer(talk);
		drain(talk);
	}
	if (talk->replies->len == 0)
		return "";
	last = talk->replies->str + talk->replies->len - 2;
	while (last > talk->replies->str && last[-1] != '\n')
		last--;
	return last;
}

static const char *
say(struct talk *talk, const char *text)
{
	return say_bytes(talk, text, strlen(text));
}

static void
check(struct talk *talk, const char *text, const char *begin)
{
	const char *reply = say(talk, text);

	if (!g_str_has_prefix(reply, begin))
		fail_msg("%s is answered %s, expected %s", text, reply, begin);
}

/* Each command, and each thing that can be wrong with it, has its code: RFC 2033, RFC 5321, RFC 3463. */
static void
test_replies(void **state)
{
	static const char *const table[][2] = {
	    {"MAIL FROM:<a@example.org>\r\n", "503 5.5.1 LHLO"},
	    {"HELO me\r\n", "500 5.5.1 this is LMTP"},
	    {"EHLO me\r\n", "500 5.5.1 this is LMTP"},
	    {"LHLO\r\n", "501 5.5.4"},
	    {"lhlo me\r\n", "250 SMTPUTF8"},
	    {"NOOP\r\n", "250 2.0.0"},
	    {"NOOP what ever\r\n", "250 2.0.0"},
	    {"VRFY <b@example.net>\r\n", "252 2.0.0"},
	    {"VRFY\r\n", "501 5.5.4"},
	    {"HELP\r\n", "214 2.0.0"},
	    {"RSET\r\n", "250 2.0.0"},
	    {"RSET now\r\n", "501 5.5.4"},
	    {"EXPN list\r\n", "502 5.5.1"},
	    {"BDAT 3 LAST\r\n", "502 5.5.1"},
	    {"RCPT TO:<b@example.net>\r\n", "503 5.5.1 MAIL"},
	    {"DATA\r\n", "503 5.5.1 MAIL"},
	    {"MAIL FROM:<a@example.org> SIZE=12 BODY=8BITMIME SMTPUTF8\r\n", "250 2.1.0"},
	    {"MAIL FROM:<a@example.org>\r\n", "503 5.5.1 MAIL was said"},
	    {"DATA\r\n", "503 5.5.1 there is no recipient"},
	    {"RCPT TO:<>\r\n", "501 5.1.3"},
	    {"RCPT TO:<b@example.net> NOTIFY=NEVER\r\n", "555 5.5.4"},
	    {"RCPT TO:<Postmaster>\r\n", "250 2.1.5"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		check(*state, table[i][0], table[i][1]);
	check(*state, "QUIT\r\n", "221 2.0.0");
	assert_int_equal(session_state(((struct talk *)*state)->session), SESSION_ENDS);
}

/* What stands behind MAIL FROM is understood as RFC 5321 writes it, and refused where it is anything else. */
static void
test_mail(void **state)
{
	static const char *const table[][2] = {
	    {"MAIL FROM:<>\r\n", "250 2.1.0"},
	    {"mail from: <a@example.org>  \r\n", "250 2.1.0"},
	    {"MAIL FROM:<@relay.example,@other.example:a@example.org>\r\n", "250 2.1.0"},
	    {"MAIL FROM:<\"a > b \\\" c\"@example.org>\r\n", "250 2.1.0"},
	    {"MAIL FROM:<a@example.org> BODY=7bit\r\n", "250 2.1.0"},
	    {"MAIL FROM:<gr\303\274n@example.org> SMTPUTF8\r\n", "250 2.1.0"},
	    {"MAIL FROM:<a@example.org> SIZE=99999999999999999999\r\n", "250 2.1.0"},
	    {"MAIL FROM:<gr\303\274n@example.org>\r\n", "553 5.6.7"},
	    {"MAIL FROM:<gr\374n@example.org> SMTPUTF8\r\n", "500 5.5.2"},
	    {"MAIL\r\n", "501 5.5.4"},
	    {"MAIL TO:<a@example.org>\r\n", "501 5.5.2"},
	    {"MAIL FROM:a@example.org\r\n", "501 5.1.7"},
	    {"MAIL FROM:<a@example.org\r\n", "501 5.1.7"},
	    {"MAIL FROM:<a@example.org>x\r\n", "501 5.1.7"},
	    {"MAIL FROM:<a b@example.org>\r\n", "501 5.1.7"},
	    {"MAIL FROM:<@relay.example>\r\n", "501 5.1.7"},
	    {"MAIL FROM:<a@example.org> SIZE=\r\n", "501 5.5.4"},
	    {"MAIL FROM:<a@example.org> SIZE=-1\r\n", "501 5.5.4"},
	    {"MAIL FROM:<a@example.org> SIZE=1 SIZE=1\r\n", "501 5.5.4"},
	    {"MAIL FROM:<a@example.org> BODY=BINARYMIME\r\n", "501 5.5.4"},
	    {"MAIL FROM:<a@example.org> SMTPUTF8=yes\r\n", "501 5.5.4"},
	    {"MAIL FROM:<a@example.org> RET=HDRS\r\n", "555 5.5.4"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		check(*state, "LHLO me\r\n", "250 SMTPUTF8");
		check(*state, table[i][0], table[i][1]);
		check(*state, "RSET\r\n", "250 2.0.0");
	}
}

/* A line that is none is refused as a whole, so that nothing behind a bare LF becomes a command. */
static void
test_lines(void **state)
{
	g_autofree char *long_line = g_strnfill(LIMIT_LMTP_LINE + 1000, 'x'), *fitting = g_strnfill(LIMIT_LMTP_LINE - 7, 'x');
	g_autofree char *noop = g_strdup_printf("NOOP %s\r\n", fitting);
	struct talk *talk = *state;

	check(talk, "NOOP\nRSET\nQUIT\r\n", "500 5.5.2 a line ends");
	check(talk, "NOOP\r\n", "250");
	check(talk, "NOOP\rRSET\r\n", "500 5.5.2 a control");
	check(talk, "NO\tOP\r\n", "500 5.5.2 a control");
	assert_true(g_str_has_prefix(say_bytes(talk, "NOOP\0\r\n", 7), "500 5.5.2 a control"));
	check(talk, "\r\n", "500 5.5.1");
	check(talk, noop, "250");
	g_string_truncate(talk->replies, 0);
	check(talk, long_line, "500 5.5.2 the line is too long");
	check(talk, "QUIT\r\nNOOP\r\n", "250");
	/* one reply for the long line, one for what follows */
	assert_null(strstr(talk->replies->str, "221"));
}

/* Only CR LF "." CR LF ends a message, and dots that were doubled are single again; every other byte stays. */
static void
test_dots(void **state)
{
	static const struct {
		const char *sent, *kept;
	} table[] = {
	    {"a\r\n.\r\n", "a\r\n"},
	    {".\r\n", ""},
	    {"..\r\n...a\r\n.b\r\n.\r\n", ".\r\n..a\r\nb\r\n"},
	    {"a\n.\nQUIT\r\n.\r\n", "a\n.\nQUIT\r\n"},
	    {"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n"},
	    {"a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n"},
	    {"a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n"},
	    {"a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n"},
	    {"a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n"},
	    {"a\r\r\n.\r\n", "a\r\r\n"},
	    {"\r\n.\r\n", "\r\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		struct talk *talk = *state;
		guint letters = talk->letters;

		check(talk, HELLO, "354");
		check(talk, table[i].sent, "250 2.0.0 kept");
		assert_int_equal(talk->letters, letters + 1);
		assert_string_equal(talk->text->str, table[i].kept);
	}
}

static void
collect(gpointer user, const guint8 *data, gsize length)
{
	g_string_append_len(user, (const char *)data, length);
}

/* In pieces of any length the message is the same as by the rule's plain words applied to the whole of it. */
static void
test_dots_in_pieces(void **state)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	for (int round = 0; round < 3000; round++) {
		g_autoptr(GString) sent = g_string_new("\r\n"), got = g_string_new(NULL);
		struct dots dots = {0};
		gsize at = 2, length = g_rand_int_range(rand, 0, 40);

		for (gsize i = 0; i < length; i++)
			g_string_append_c(sent, "\r\n.x"[g_rand_int_range(rand, 0, 4)]);
		g_string_append(sent, "\r\n.\r\n");
		while (at < sent->len && !dots.end) {
			gsize piece = g_rand_int_range(rand, 1, 6);

			at += dots_add(&dots, (guint8 *)sent->str + at, MIN(piece, sent->len - at), collect, got);
		}
		assert_true(dots.end);

		g_autofree char *whole = g_strndup(sent->str, strstr(sent->str, "\r\n.\r\n") + 2 - sent->str);
		g_auto(GStrv) lines = g_strsplit(whole, "\r\n.", -1);
		g_autofree char *expected = g_strjoinv("\r\n", lines);
		assert_string_equal(got->str, expected + 2);
		assert_int_equal(at, strlen(whole) + 3);
	}
}

/* Each recipient gets its own answer, whatever became of the one delivery. */
static void
test_answers(void **state)
{
	static const char *const answers[] = {"250 2.0.0 kept as abcdefghijklmnop\r\n", "250 2.0.0 kept as abcdefghijklmnop, which had come before\r\n",
	    "250 2.0.0 kept in the spool\r\n", "452 4.3.1 no room for the message: try again\r\n", "451 4.3.0 not kept: try again\r\n"};

	for (guint i = 0; i < G_N_ELEMENTS(answers); i++) {
		struct talk *talk = *state;
		g_autofree char *three = g_strconcat(answers[i], answers[i], answers[i], NULL);

		talk->outcome = i;
		check(talk, "LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.net>\r\nRCPT TO:<c@example.net>\r\nRCPT TO:<d@example.net>\r\nDATA\r\n", "354");
		g_string_truncate(talk->replies, 0);
		check(talk, "text\r\n.\r\n", answers[i]);
		assert_string_equal(talk->replies->str, three);
		check(talk, "NOOP\r\n", "250");
	}
}

/* A message over the limit is read to its end and refused for good; the connection goes on. */
static void
test_size(void **state)
{
	struct talk *talk = *state;

	talk->policy.size = 10;
	check(talk, "LHLO me\r\nMAIL FROM:<a@example.org> SIZE=11\r\n", "552 5.3.4");
	check(talk, HELLO, "354");
	check(talk, "123456789012\r\n.\r\n", "552 5.3.4");
	check(talk, HELLO, "354");
	check(talk, "12345678\r\n.\r\n", "250 2.0.0 kept");
	assert_non_null(strstr(talk->replies->str, "250-SIZE 10\r\n"));
	assert_int_equal(talk->letters, 1);
}

/* A client that talks nonsense, or never sends a message, does not hold a connection for ever. */
static void
test_patience(void **state)
{
	struct talk *talk = *state;

	for (int i = 0; i < LIMIT_LMTP_ERRORS - 1; i++)
		check(talk, "NONSENSE\r\n", "500");
	check(talk, "NONSENSE\r\n", "421 4.7.0 too many errors");
	session_free(talk->session);
	talk->session = session_new(&talk->policy);
	for (int i = 0; i < LIMIT_LMTP_COMMANDS; i++)
		check(talk, "NOOP\r\n", "250");
	check(talk, "NOOP\r\n", "421 4.7.0 too many commands");
}

/* A thousand recipients, and not one more at a time. */
static void
test_recipients(void **state)
{
	struct talk *talk = *state;

	check(talk, "LHLO me\r\nMAIL FROM:<>\r\n", "250");
	for (int i = 0; i < LIMIT_LMTP_RECIPIENTS; i++)
		check(talk, "RCPT TO:<b@example.net>\r\n", "250 2.1.5");
	check(talk, "RCPT TO:<b@example.net>\r\n", "452 4.5.3");
	check(talk, "DATA\r\n", "354");
}

/* The list of recipients knows addresses and domains, in any case. */
static void
test_allowed(void **state)
{
	struct talk *talk = *state;

	assert_true(envelope_is_allowed("any@example.org", talk->allowed));
	g_ptr_array_add(talk->allowed, g_strdup("Input@Example.org"));
	g_ptr_array_add(talk->allowed, g_strdup("@example.net"));
	assert_true(envelope_is_allowed("input@example.ORG", talk->allowed));
	assert_true(envelope_is_allowed("x@Example.net", talk->allowed));
	assert_false(envelope_is_allowed("x@example.org", talk->allowed));
	assert_false(envelope_is_allowed("x@sub.example.net", talk->allowed));
	check(talk, "LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<x@example.org>\r\n", "550 5.1.1");
}

/* While memory is short a message goes to a file, and is the same message. */
static void
test_memory(void **state)
{
	struct talk *talk = *state;
	g_autoptr(GString) text = g_string_new(NULL);

	talk->policy.memory_most = 1000;
	while (text->len < 3 * LIMIT_LMTP_INPUT)
		g_string_append_printf(text, "line %zu\r\n", text->len);
	check(talk, HELLO, "354");
	for (gsize at = 0; at < text->len; at += 5000) {
		say_bytes(talk, text->str + at, MIN(5000, text->len - at));
		assert_true(talk->memory <= 2 * LIMIT_LMTP_INPUT + 2 * 1024 * 1024);
	}
	check(talk, ".\r\n", "250 2.0.0 kept");
	assert_string_equal(talk->text->str, text->str);
}

/* A server that stops answers first for the message it has. */
static void
test_end(void **state)
{
	struct talk *talk = *state;
	struct letter letter = {0};

	check(talk, HELLO, "354");
	session_add(talk->session, (const guint8 *)"a\r\n.\r\n", 6);
	assert_int_equal(session_state(talk->session), SESSION_WAITS);
	session_end(talk->session, "4.3.2 the server stops");
	assert_int_equal(session_state(talk->session), SESSION_WAITS);
	session_take(talk->session, &letter);
	letter_clear(&letter);
	g_string_truncate(talk->replies, 0);
	session_answer(talk->session, OUTCOME_SPOOLED, NULL);
	drain(talk);
	assert_string_equal(talk->replies->str, "250 2.0.0 kept in the spool\r\n421 4.3.2 the server stops\r\n");
	assert_int_equal(session_state(talk->session), SESSION_ENDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_replies, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mail, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_dots, setup, teardown),
	    cmocka_unit_test(test_dots_in_pieces),
	    cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_size, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_patience, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_recipients, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_allowed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
