#include "mail/message.h"
#include "mail/parts.h"

#include "base/error.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "time-fixture.h"

#define TEXT "Content-Type: text/plain; charset=us-ascii\n\n"

static struct record *
read_mail(const char *text)
{
	return message_read((const guint8 *)text, strlen(text));
}

static struct record *
read_file(const char *name)
{
	const char *folder = getenv("srcdir");
	g_autofree char *path = g_build_filename(folder != NULL ? folder : ".", "tests", "mail", name, NULL), *text = NULL;
	gsize length;

	assert_true(g_file_get_contents(path, &text, &length, NULL));
	return message_read((const guint8 *)text, length);
}

/* The text of the passages of KIND, joined. */
static char *
text_of(const struct record *record, enum record_passage_kind kind)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < record->passages->len; i++) {
		const struct record_passage *passage = record->passages->pdata[i];

		if (passage->kind == kind)
			g_string_append(out, passage->text);
	}
	return g_string_free(out, FALSE);
}

static void
check_text(const struct record *record, enum record_passage_kind kind, const char *text)
{
	g_autofree char *got = text_of(record, kind);

	assert_string_equal(got, text);
}

static gboolean
has_remark(const struct record *record, const char *words)
{
	for (guint i = 0; i < record->remarks->len; i++)
		if (strstr(record->remarks->pdata[i], words) != NULL)
			return TRUE;
	return FALSE;
}

static const struct record_part *
part(const struct record *record, guint i)
{
	assert_true(i < record->parts->len);
	return record->parts->pdata[i];
}

/* Subjects as people read them: joined words, split characters, raw bytes, no control characters. */
static void
test_subjects(void **state)
{
	static const struct {
		const char *header, *subject, *base;
	} examples[] = {
	    {"Subject: plain", "plain", "plain"},
	    {"Subject: =?UTF-8?B?SGVsbG8=?= =?UTF-8?B?IHdvcmxk?=", "Hello world", "Hello world"},
	    {"Subject: =?utf-8?q?Pr=C3?=\n =?utf-8?q?=BCfung?= x", "Prüfung x", "Prüfung x"},
	    {"Subject: =?iso-8859-1?Q?caf=E9?= =?utf-8?Q?_=E2=82=AC?=", "café €", "café €"},
	    {"Subject: a =?us-ascii*en?Q?b?= =?x?Q?c", "a b =?x?Q?c", "a b =?x?Q?c"},
	    {"Subject: caf\xe9", "café", "café"},
	    {"Subject: Re: [List] AW: Fwd: x", "Re: [List] AW: Fwd: x", "x"},
	    {"Subject: [EXTERNAL] Re[2]: [a] [b] x", "[EXTERNAL] Re[2]: [a] [b] x", "[b] x"},
	    {"Subject: 回复：主题", "回复：主题", "主题"},
	    {"Subject: Ответ: тема", "Ответ: тема", "тема"},
	    {"Subject: رد: موضوع", "رد: موضوع", "موضوع"},
	    {"Subject: Regarding: this", "Regarding: this", "Regarding: this"},
	    {"Subject: [all of it]", "[all of it]", "[all of it]"},
	    {"Subject: a\n b\n\tc", "a b c", "a b c"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autofree char *text = g_strdup_printf("From: a@example.org\n%s\n\nx\n", examples[i].header);
		g_autoptr(Record) record = read_mail(text);

		assert_string_equal(record->subject, examples[i].subject);
		assert_string_equal(record->subject_base, examples[i].base);
		check_text(record, PASSAGE_SUBJECT, examples[i].base);
	}
}

/* Addresses as people type them. */
static void
test_addresses(void **state)
{
	static const struct {
		const char *value, *name, *address;
	} examples[] = {
	    {"a@Example.ORG", NULL, "a@example.org"},
	    {"Ann Lee <a@example.org>", "Ann Lee", "a@example.org"},
	    {"\"Lee, Ann\" <a@example.org>", "Lee, Ann", "a@example.org"},
	    {"Lee, Ann <a@example.org>", "Lee, Ann", "a@example.org"},
	    {"a@example.org (Ann \\) Lee)", "Ann ) Lee", "a@example.org"},
	    {"=?utf-8?Q?J=C3=BCrgen=2C_x?= <a@example.org>", "Jürgen, x", "a@example.org"},
	    {"\"=?utf-8?B?SsO8cmdlbg==?=\" <a@example.org>", "Jürgen", "a@example.org"},
	    {"group: a@example.org, b@example.org;", NULL, "a@example.org"},
	    {"<@x.org,@y.org:a@example.org>", NULL, "a@example.org"},
	    {"Ann <a@example.org", "Ann", "a@example.org"},
	    {"'Ann' <a@example.org>", "Ann", "a@example.org"},
	    {"mailto:a@example.org", NULL, "a@example.org"},
	    {"the lady next door", "the lady next door", ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autofree char *text = g_strdup_printf("From: %s\n\nx\n", examples[i].value);
		g_autoptr(Record) record = read_mail(text);
		const struct record_address *address;

		assert_true(record->addresses->len >= 1);
		address = record->addresses->pdata[0];
		assert_int_equal(g_strcmp0(address->name, examples[i].name), 0);
		assert_string_equal(address->address, examples[i].address);
	}
}

/* The author behind a list's From, and nobody else's address for an ordinary message. */
static void
test_authors(void **state)
{
	static const struct {
		const char *header, *name, *address, *reason;
	} examples[] = {
	    {"From: Ann <ann@example.org>\nReply-To: office@example.org", "Ann", "ann@example.org", "From"},
	    {"From: Ann <ann@example.org>\nReply-To: office@example.org\nList-Post: <mailto:list@example.com>", "Ann", "ann@example.org", "From"},
	    {"From: Ann Lee via List <list@example.com>\nReply-To: Ann Lee <ann@example.org>\nList-Post: <mailto:list@example.com>", "Ann Lee",
	        "ann@example.org", "Reply-To: the From is the list's"},
	    {"From: 'Ann Lee' via Group <group@example.com>\nReply-To: group@example.com\nX-Original-From: Ann Lee <ann@example.org>\nList-ID: "
	     "<group.example.com>",
	        "Ann Lee", "ann@example.org", "X-Original-From: the From is the list's"},
	    {"From: Ann Lee via List <list@example.com>\nReply-To: list@example.com\nCc: Ann Lee <ann@example.org>\nList-Id: L <list.example.com>", "Ann Lee",
	        "ann@example.org", "Cc: the From is the list's"},
	    {"From: Ann Lee via List <list@example.com>\nList-Id: <list.example.com>", "Ann Lee", "list@example.com",
	        "From: rewritten by the list, which does not tell the author's address"},
	    {"From: Ann <ann=40example.org@dmarc.example.com>", "Ann", "ann@example.org", "From: unwrapped from the list's rewriting"},
	    {"From: ann at example.org (Ann Lee)", "Ann Lee", "ann@example.org", "From: written out by an archive"},
	    {"From: Ann Lee <ann at example.org>", "Ann Lee", "ann@example.org", "From: written out by an archive"},
	    {"From: \"Clerk at the Town Hall\" <clerk@example.org>", "Clerk at the Town Hall", "clerk@example.org", "From"},
	    {"Sender: ann@example.org", NULL, "ann@example.org", "Sender: no From"},
	    {"Subject: x", NULL, NULL, NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autofree char *text = g_strdup_printf("%s\n\nx\n", examples[i].header);
		g_autoptr(Record) record = read_mail(text);

		assert_int_equal(g_strcmp0(record->author_name, examples[i].name), 0);
		assert_int_equal(g_strcmp0(record->author_address, examples[i].address), 0);
		assert_int_equal(g_strcmp0(record->author_reason, examples[i].reason), 0);
	}
}

/* Ids, dates and what else threads and days are made of. */
static void
test_fields(void **state)
{
	g_autoptr(Record) record =
	    read_mail("Received: by x; Tue, 2 Jan 2018 00:00:05 +0000\nReceived: by y; Mon, 1 Jan 2018 00:00:00 +0000\nMessage-ID: <1@x>\nMessage-ID: <2@x>\n"
	              "In-Reply-To: <3@x> (Bo's message)\nReferences: <4@x>\n <5@x>\nDate: Tue, 2 Jan 2018 01:00:00 +0100\nOrganization: ACME\nList-Id: A list "
	              "<l.example.org>\n\nx\n");
	g_autoptr(Record) none = read_mail("Date: yesterday\nMessage-ID: bare@example.org\n\nx\n");

	assert_string_equal(record->message_id, "1@x");
	assert_true(has_remark(record, "more than one Message-ID"));
	assert_string_equal(record->in_reply_to, "3@x");
	assert_int_equal(record->references->len, 3);
	assert_string_equal(record->references->pdata[0], "4@x");
	assert_string_equal(record->references->pdata[2], "3@x");
	assert_true(record->has_date);
	assert_int_equal(record->date, 1514851200);
	assert_int_equal(record->date_zone, 60);
	assert_int_equal(record->date_received, 1514851205);
	assert_string_equal(record->organization, "ACME");
	assert_string_equal(record->list_id, "l.example.org");
	assert_int_equal(record->headers->len, 9);
	assert_false(none->has_date);
	assert_string_equal(none->message_id, "bare@example.org");
}

/* Text in the charset it is in, whatever was declared, and said so. */
static void
test_charsets(void **state)
{
	static const struct {
		const char *label, *bytes, *text;
		enum record_charset state;
	} examples[] = {
	    {"utf-8", "caf\xc3\xa9 \xe2\x82\xac", "café €", CHARSET_DECLARED},
	    {"iso-8859-1", "caf\xe9 \x80", "café €", CHARSET_DECLARED},
	    {"iso-8859-1", "caf\xc3\xa9", "café", CHARSET_REPAIRED},
	    {"us-ascii", "caf\xc3\xa9", "café", CHARSET_REPAIRED},
	    {"utf-8", "caf\xe9", "café", CHARSET_REPAIRED},
	    {"utf-8", "\xc3\xa9\xc3\xa9\xff", "éé\xef\xbf\xbd", CHARSET_REPAIRED},
	    {"gb2312", "\xe9\x46", "镕", CHARSET_DECLARED},
	    {"koi8-r", "\xf4\xc5\xd3\xd4", "Тест", CHARSET_DECLARED},
	    {"iso-2022-jp", "\x1b$B$\"\x1b(B", "あ", CHARSET_DECLARED},
	    {"x-nothing", "caf\xe9", "café", CHARSET_GUESSED},
	    {"utf-7", "+ADw-script+AD4-", "+ADw-script+AD4-", CHARSET_GUESSED},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autofree char *text = g_strdup_printf("Content-Type: text/plain; charset=%s\n\n%s", examples[i].label, examples[i].bytes);
		g_autoptr(Record) record = NULL;

		message_prepare((const guint8 *)text, strlen(text));
		record = read_mail(text);
		check_text(record, PASSAGE_NEW, examples[i].text);
		assert_int_equal(part(record, 0)->charset_state, examples[i].state);
		assert_int_equal(has_remark(record, "charset"), examples[i].state != CHARSET_DECLARED);
	}
}

/* Of alternatives one is read: the plain one, unless it says nothing. */
static void
test_alternatives(void **state)
{
	static const char mail[] =
	    "Content-Type: multipart/alternative; boundary=b\n\n--b\n" TEXT "%s\n--b\nContent-Type: text/html\n\n<p>rich text</p>%s\n--b--\n";
	g_autofree char *padding = g_strnfill(4000, 'x');
	g_autofree char *both = g_strdup_printf(mail, "plain text", ""), *empty = g_strdup_printf(mail, " ", "");
	g_autofree char *excuse = g_strdup_printf(mail, "Your mail program does not support HTML.", ""), *stub = g_strdup_printf(mail, "See", padding);
	g_autoptr(Record) plain = read_mail(both), blank = read_mail(empty), sorry = read_mail(excuse), rich = read_mail(stub);

	check_text(plain, PASSAGE_NEW, "plain text");
	assert_false(part(plain, 1)->attachment);
	assert_false(part(plain, 1)->read);
	check_text(blank, PASSAGE_NEW, "rich text\n");
	check_text(sorry, PASSAGE_NEW, "rich text\n");
	assert_true(part(rich, 1)->read);
}

/* Base64 of any make - padding within, lines of any length, noise - gives the bytes that GLib's decoder gives, which takes one character at a time. */
static void
test_base64(G_GNUC_UNUSED void **state)
{
	static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/ABCDEFGHIJKLMNOP=\n\r\n -";
	guint32 random = 7;

	for (guint round = 0; round < 20000; round++) {
		char text[96];
		guchar expected[96];
		struct part one = {.raw = (const guint8 *)text, .length = round % sizeof text, .encoding = ENCODING_BASE64};
		g_autoptr(GByteArray) got = NULL;
		int carried = 0;
		guint save = 0;
		gint64 size;
		gsize bytes;

		for (gsize i = 0; i < one.length; i++) {
			random = random * 1664525 + 1013904223;
			text[i] = signs[(random >> 12) % (round % 3 == 0 ? 64 : sizeof signs - 1)];
		}
		bytes = g_base64_decode_step(text, one.length, expected, &carried, &save);
		got = part_decode(&one, sizeof text, &size);
		assert_in_range(got->len, bytes, bytes + 2); /* and what a padding left out holds */
		assert_int_equal(size, got->len);
		assert_memory_equal(got->data, expected, bytes);
	}
}

/* Attachments are listed, text ones read; the list's own part below one is text; signatures are listed. */
static void
test_attachments(void **state)
{
	g_autoptr(Record) record = read_mail(
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/signed; boundary=c\n\n--c\n" TEXT "body\n"
	    "--c\nContent-Type: application/pgp-signature\n\nxx\n--c--\n--b\nContent-Type: text/csv; name=\"=?utf-8?Q?=C3=A4.csv?=\"\n\n1;2\n"
	    "--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"a.pdf\"\nContent-Transfer-Encoding: base64\n\nVkk=\nUlVTISE=\n"
	    "--b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nx\n"
	    "--b\n" TEXT "_______________________________________________\nA mailing list\nlist@example.org\n--b--\n");

	check_text(record, PASSAGE_NEW, "body");
	check_text(record, PASSAGE_ATTACHMENT, "1;2");
	check_text(record, PASSAGE_FILENAME, "ä.csva.pdfwinmail.dat");
	check_text(record, PASSAGE_FOOTER, "_______________________________________________\nA mailing list\nlist@example.org");
	assert_int_equal(record->parts->len, 6);
	assert_string_equal(part(record, 0)->number, "1.1");
	assert_string_equal(part(record, 1)->number, "1.2");
	assert_true(part(record, 1)->attachment);
	assert_string_equal(part(record, 3)->number, "3");
	assert_int_equal(part(record, 3)->size, 7);
	assert_false(part(record, 3)->read);
	assert_non_null(part(record, 4)->remark);
}

/* Enclosed messages count as forwarded, with who wrote them and when; encrypted ones say why they are not read. */
static void
test_enclosed(void **state)
{
	g_autoptr(Record) record =
	    read_mail("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n--b\nContent-Type: message/rfc822\n\n"
	              "From: Bo <bo@example.org>\nSubject: =?utf-8?Q?=C3=A9?=\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nold\n--c--\n--b--\n");
	g_autoptr(Record) secret = read_mail("Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
	                                     "--b\nContent-Type: application/octet-stream\n\nxx\n--b--\n");

	check_text(record, PASSAGE_NEW, "see");
	check_text(record, PASSAGE_FORWARDED, "From: Bo <bo@example.org>\nSubject: é\nold");
	assert_string_equal(part(record, 1)->type, "message/rfc822");
	assert_string_equal(part(record, 2)->number, "2.1");
	assert_string_equal(part(secret, 1)->remark, "encrypted");
}

/* Mail with broken framing is read as far as it goes. */
static void
test_broken(void **state)
{
	g_autoptr(Record) no_blank = read_mail("From: a@example.org\nSubject: x\nThis is the body.\n");
	g_autoptr(Record) no_header = read_mail("Hello there,\n\nthis is all.\n");
	g_autoptr(Record) mbox = read_mail("From a Mon Jan  1 00:00:00 2018\nSubject: x\n\ny\n");
	g_autoptr(Record) stray = read_mail("Subject: x\na line without sense\nTo: b@example.org\n\ny\n");
	g_autoptr(Record) mac = read_mail("Subject: x\r\rtwo\rlines\r");
	g_autoptr(Record) open = read_mail("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nnever closed");
	g_autoptr(Record) bare = read_mail("Content-Type: multipart/mixed; boundary=b\n\nno part at all\n");
	g_autoptr(Record) empty = message_read(NULL, 0);

	check_text(no_blank, PASSAGE_NEW, "This is the body.\n");
	assert_true(has_remark(no_blank, "no empty line"));
	check_text(no_header, PASSAGE_NEW, "Hello there,\n\nthis is all.\n");
	assert_string_equal(mbox->subject, "x");
	assert_string_equal(stray->subject, "x");
	assert_int_equal(stray->addresses->len, 1);
	check_text(mac, PASSAGE_NEW, "two\nlines\n");
	check_text(open, PASSAGE_NEW, "never closed");
	check_text(bare, PASSAGE_NEW, "no part at all\n");
	check_text(empty, PASSAGE_NEW, "");
}

static char *
repeat(const char *start, const char *piece, guint n, const char *end)
{
	GString *out = g_string_new(start);

	for (guint i = 0; i < n; i++)
		g_string_append(out, piece);
	g_string_append(out, end);
	return g_string_free(out, FALSE);
}

/* What crashes, loops or swells GMime stays outside of it, in enclosed messages as well, with a remark. */
static void
test_limits(void **state)
{
	g_autofree char *groups = repeat("From: ", "a:", 60000, "\n\nx\n");
	g_autofree char *inner = repeat("Content-Type: message/rfc822\n\nFrom: ", "a:", 30000, "\n\ninner\n");
	g_autofree char *parts = repeat("Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n", 3000, "");
	g_autofree char *nested = repeat("", "Content-Type: message/rfc822\n\n", 3000, "x\n");
	g_autofree char *fields = repeat("", "X: y\n", 5000, "\nbody\n");
	g_autofree char *name = repeat("Content-Type: multipart/mixed; ", "K", 72, "=\"\xd1\x9c\"; boundary=b\n\n--b\n\nx\n--b--\n");
	g_autofree char *to = repeat("To: x@example.org", ",\n a@example.org", 3000, "\n\nx\n");
	g_autofree char *text = repeat("\n", "word ", LIMIT_TEXT_BYTES / 4, "\n");
	g_autoptr(Record) r1 = read_mail(groups), r2 = read_mail(inner), r3 = read_mail(parts), r4 = read_mail(nested), r5 = read_mail(fields),
	                  r6 = read_mail(name), r7 = read_mail(to), r8 = read_mail(text);

	assert_true(has_remark(r1, "header field over the limit"));
	assert_true(has_remark(r2, "disarmed"));
	assert_true(has_remark(r3, "parts"));
	assert_true(r3->parts->len <= LIMIT_PARTS);
	assert_true(has_remark(r4, "levels"));
	assert_int_equal(r5->headers->len, LIMIT_HEADER_FIELDS);
	check_text(r5, PASSAGE_NEW, "body\n");
	assert_true(has_remark(r6, "disarmed"));
	check_text(r6, PASSAGE_NEW, "x");
	assert_int_equal(r7->addresses->len, LIMIT_ADDRESSES);
	assert_non_null(part(r8, 0)->remark);
	assert_true(r8->words > 1000);
}

/* The bytes of one part, by its IMAP number. */
static void
test_part(void **state)
{
	static const char mail[] =
	    "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAEC\n--b--\n";
	g_autoptr(GError) error = NULL;
	g_autofree char *type = NULL;
	g_autoptr(GBytes) bytes = message_part((const guint8 *)mail, strlen(mail), "2", &type, &error);

	assert_non_null(bytes);
	assert_string_equal(type, "image/png");
	assert_int_equal(g_bytes_get_size(bytes), 3);
	assert_memory_equal(g_bytes_get_data(bytes, NULL), "\0\1\2", 3);
	assert_null(message_part((const guint8 *)mail, strlen(mail), "3", &type, &error));
	assert_true(g_error_matches(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT));
}

/* Every sample message is read, and its record survives the pipe. */
static void
test_samples(void **state)
{
	const char *folder = getenv("srcdir");
	g_autofree char *path = g_build_filename(folder != NULL ? folder : ".", "tests", "mail", NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;
	guint seen = 0;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autoptr(Record) record = NULL, again = NULL;
		g_autoptr(GBytes) bytes = NULL;

		if (!g_str_has_suffix(name, ".eml"))
			continue;
		record = read_file(name);
		bytes = record_to_bytes(record);
		again = record_from_bytes(bytes, NULL);
		assert_non_null(again);
		assert_int_equal(again->passages->len, record->passages->len);
		seen++;
	}
	if (seen == 0)
		skip();
}

/* Oddities of real mail, each in a sample of its own. */
static void
test_oddities(void **state)
{
	static const struct {
		const char *file;
		enum record_passage_kind kind;
		const char *text;
	} examples[] = {
	    {"alternative-with-empty-plain.eml", PASSAGE_NEW, "Only the HTML speaks of data escrow.\n"},
	    {"attribution-japanese.eml", PASSAGE_NEW, "賛成です。\n\n"},
	    {"base64-inner-padding.eml", PASSAGE_NEW, "First piece. Second piece.\n"},
	    {"boundary-missing.eml", PASSAGE_NEW, "Hello."},
	    {"encoded-word-split.eml", PASSAGE_SUBJECT, "Prüfung"},
	    {"filename-path-traversal.eml", PASSAGE_FILENAME, "../../etc/passwd"},
	    {"html-blockquote.eml", PASSAGE_NEW, "I disagree, kindly.\n\n"},
	    {"outlook-reply.eml", PASSAGE_NEW, "We agree with the first point.\n\nKind regards,\nAda\n\n"},
	    {"rfc2047-two-base64-words.eml", PASSAGE_SUBJECT, "Überprüfung der Wurzelzone"},
	    {"signature-no-delimiter.eml", PASSAGE_NEW, "Could the draft be read aloud once?\n\nKind regards,\n\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autoptr(Record) record = read_file(examples[i].file);

		check_text(record, examples[i].kind, examples[i].text);
	}
}

static void
read_once(const char *text, gsize length)
{
	g_autoptr(Record) record = message_read((const guint8 *)text, length);

	assert_non_null(record);
}

/* A message is read in a time that grows with its length alone, whatever its lines are and whatever undoes their wrapping. */
static void
test_time(void **state)
{
	static const struct {
		const char *start, *piece;
	} examples[] = {
	    {"From: a@b\n\n", "\n"},
	    {"From: a@b\n\nx\n", "\r"},
	    {"From: a@b\n\nx\n", "\r\n"},
	    {"From: a@b\n\n", "From \n"},
	    {"From \n", "From \n"},
	    {"From: a@b\n\nurldefense ", "http"},
#ifndef __SANITIZE_ADDRESS__ /* whose strstr() measures the whole text each time */
	    {"From: a@b\n\nurldefense ", "http://urldefense/v3/__ "},
	    {"From: a@b\n\n", "https://urldefense/?a&a&a&a&a&a&a&a&"},
#endif
	    {"Content-Type: text/plain; format=flowed\n\n", "> a \n>> \n"},
	    {"Content-Type: text/enriched\n\n", "<a"},
	    {"Content-Type: text/enriched\n\n", "<!-- "},
	    {"Content-Type: text/enriched\n\n", "<script>"},
	    {"Content-Type: text/enriched\n\n", "&#1"},
	    {"Content-Transfer-Encoding: quoted-printable\n\n", "= "},
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "\n"},
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "--\n"},
	    {"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "Content-Type: x\n"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++)
		check_time(read_once, examples[i].start, examples[i].piece, 2);
}

/* Nor with what stands in a header: raw bytes and blanks in fields as long as the limit lets them be. */
static void
test_header_time(void **state)
{
	g_autofree char *plain = filled("Subject: ", "w ", 60000), *raw = filled("Subject: ", "\xe9 ", 60000), *blanks = filled("Subject: \xe9", " ", 60000);
	g_autofree char *inner = g_strconcat(blanks, "\xe9\n", NULL);
	const char *const fields[] = {raw, inner};
	double most = 20 * MAX(seconds_of(read_once, plain, strlen(plain)), 0.025);

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		assert_true(seconds_of(read_once, fields[i], strlen(fields[i])) <= most);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_subjects),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_authors),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_charsets),
	    cmocka_unit_test(test_alternatives),
	    cmocka_unit_test(test_base64),
	    cmocka_unit_test(test_attachments),
	    cmocka_unit_test(test_enclosed),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_part),
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_oddities),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_header_time),
	};

	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
