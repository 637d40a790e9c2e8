#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct record *
read_mail(const char *text)
{
	return message_read((const guint8 *)text, strlen(text));
}

struct example {
	const char *header;
	enum record_kind kind;
	const char *reason;
};

/* Fields that settle the kind, and those that everybody's mail has and that settle nothing. */
static void
test_fields(void **state)
{
	static const struct example examples[] = {
	    {"Auto-Submitted: auto-replied (vacation)", KIND_AUTO, "Auto-Submitted: auto-replied (vacation)"},
	    {"Auto-Submitted: auto-generated", KIND_AUTO, "Auto-Submitted: auto-generated"},
	    {"Auto-Submitted: no", KIND_INPUT, NULL},
	    {"X-Autoreply: yes", KIND_AUTO, "X-Autoreply: yes"},
	    {"X-Autoreply: no", KIND_INPUT, NULL},
	    {"X-Auto-Response-Suppress: All", KIND_INPUT, NULL},
	    {"Precedence: list", KIND_INPUT, NULL},
	    {"Precedence: bulk", KIND_INPUT, NULL},
	    {"Precedence: auto_reply", KIND_AUTO, "Precedence: auto_reply"},
	    {"X-List-Administrivia: yes", KIND_ADMIN, "X-List-Administrivia: yes"},
	    {"X-Spam-Flag: YES", KIND_INPUT, NULL},
	    {"Return-Path: <>", KIND_INPUT, NULL},
	    {"Subject: unsubscribe", KIND_ADMIN, "a list command: unsubscribe"},
	    {"Subject: unsubscribe from what?", KIND_INPUT, NULL},
	    {"Subject: Re: confirm 0123456789abcdef0123456789abcdef01234567", KIND_ADMIN, "a list command: confirm"},
	    {"Content-Type: text/calendar; method=REQUEST", KIND_INPUT, NULL},
	    {"Content-Type: text/calendar", KIND_INPUT, NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autofree char *text = g_strdup_printf("From: a@example.org\n%s\n\ntext\n", examples[i].header);
		g_autoptr(Record) record = read_mail(text);

		assert_int_equal(record->kind, examples[i].kind);
		assert_int_equal(g_strcmp0(record->kind_reason, examples[i].reason), 0);
	}
}

static const struct record_address *
failed(const struct record *record)
{
	const struct record_address *found = NULL;

	for (guint i = 0; i < record->addresses->len; i++) {
		const struct record_address *address = record->addresses->pdata[i];

		if (address->role == ROLE_FAILED) {
			assert_null(found);
			found = address;
		}
	}
	return found;
}

/* A delivery report names who did not get the message; what it encloses is no new text. */
static void
test_delivery_report(void **state)
{
	g_autoptr(Record) record = read_mail("From: MAILER-DAEMON@mx.example.org\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
	                                     "--b\n\nCould not deliver.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
	                                     "Original-Recipient: rfc822;list@Example.com\nFinal-Recipient: rfc822; Bo@Example.com\nAction: failed\n\n"
	                                     "Final-Recipient: rfc822; fine@example.com\nAction: delivered\n\n"
	                                     "--b\nContent-Type: message/rfc822\n\nFrom: a@example.org\nSubject: old\n\nold text\n--b--\n");
	const struct record_passage *last = record->passages->pdata[record->passages->len - 1];

	assert_int_equal(record->kind, KIND_BOUNCE);
	assert_non_null(failed(record));
	assert_int_equal(g_ascii_strcasecmp(failed(record)->address, "list@example.com"), 0);
	assert_int_equal(last->kind, PASSAGE_ENCLOSED);
	assert_string_equal(last->text, "old text");
}

/* Servers without delivery reports still bounce. */
static void
test_plain_bounce(void **state)
{
	g_autoptr(Record) daemon = read_mail("Return-Path: <>\nFrom: MAILER-DAEMON <mailer-daemon@example.org>\nSubject: failure\n\nno such user\n");
	g_autoptr(Record) exim = read_mail("From: x@example.org\nX-Failed-Recipients: bo@example.com\n\nno such user\n");
	g_autoptr(Record) master = read_mail("From: postmaster@example.org\nSubject: our view\n\nA comment.\n");

	assert_int_equal(daemon->kind, KIND_BOUNCE);
	assert_int_equal(exim->kind, KIND_BOUNCE);
	assert_string_equal(failed(exim)->address, "bo@example.com");
	assert_int_equal(master->kind, KIND_INPUT);
}

/* A read receipt comes back as a bounce does; one that says that nobody will read the message names the recipient as failed. */
static void
test_receipt(void **state)
{
	static const char head[] = "From: a@example.org\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
	                           "--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; bo@example.com\n";
	g_autofree char *seen = g_strconcat(head, "Disposition: manual-action/MDN-sent-manually; displayed\n--b--\n", NULL);
	g_autofree char *unseen = g_strconcat(head, "Disposition: automatic-action/MDN-sent-automatically; deleted\n--b--\n", NULL);
	g_autoptr(Record) displayed = read_mail(seen), deleted = read_mail(unseen);

	assert_int_equal(displayed->kind, KIND_BOUNCE);
	assert_string_equal(displayed->kind_reason, "read receipt (RFC 8098)");
	assert_null(failed(displayed));
	assert_int_equal(deleted->kind, KIND_BOUNCE);
	assert_string_equal(failed(deleted)->address, "bo@example.com");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_delivery_report),
	    cmocka_unit_test(test_plain_bounce),
	    cmocka_unit_test(test_receipt),
	};

	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
