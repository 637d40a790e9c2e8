#include "base/rawmessage.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct raw_message *
from_text(const char *text, gssize length)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, length < 0 ? strlen(text) : (gsize)length);

	return raw_message_from_bytes(bytes);
}

static gboolean
same_content(const char *a, const char *b)
{
	g_autoptr(RawMessage) first = from_text(a, -1);
	g_autoptr(RawMessage) second = from_text(b, -1);

	return memcmp(raw_message_content(first), raw_message_content(second), sizeof(struct hash)) == 0;
}

struct feed {
	int fd;
	const guint8 *data;
	gsize length;
	GRand *rand;
};

/* Writes a pipe in pieces of random length, each of which the reader may get on its own. */
static gpointer
feed_run(gpointer data)
{
	struct feed *feed = data;

	while (feed->length > 0) {
		gsize piece = g_rand_int_range(feed->rand, 1, feed->length > 100000 ? 200000 : 40);
		gssize n = write(feed->fd, feed->data, MIN(feed->length, piece));

		assert_true(n > 0);
		feed->data += n;
		feed->length -= n;
		if (g_rand_int_range(feed->rand, 0, 3) == 0)
			g_thread_yield();
	}
	close(feed->fd);
	return NULL;
}

static struct raw_message *
through_pipe(const guint8 *data, gsize length, GRand *rand)
{
	struct raw_message *raw;
	struct feed feed = {.data = data, .length = length, .rand = rand};
	GThread *thread;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	feed.fd = fds[1];
	thread = g_thread_new("feed", feed_run, &feed);
	raw = raw_message_from_fd(fds[0], "/tmp", NULL);
	g_thread_join(thread);
	close(fds[0]);
	return raw;
}

static void
assert_same(const struct raw_message *a, const struct raw_message *b)
{
	gsize length_a, length_b;
	const guint8 *header_a = raw_message_header(a, &length_a), *header_b = raw_message_header(b, &length_b);

	assert_int_equal(raw_message_size(a), raw_message_size(b));
	assert_memory_equal(raw_message_hash(a), raw_message_hash(b), sizeof(struct hash));
	assert_memory_equal(raw_message_content(a), raw_message_content(b), sizeof(struct hash));
	assert_int_equal(length_a, length_b);
	if (length_a > 0)
		assert_memory_equal(header_a, header_b, length_a);
}

/* Whatever the bytes, and however they are cut on their way in, hashes and header are the same. */
static void
test_chunks_do_not_matter(void **state)
{
	static const char *const pieces[] = {
	    "\r",
	    "\n",
	    "\r\n",
	    "\r\n\r\n",
	    "\n\n",
	    " ",
	    "\t",
	    "\t \n",
	    "x",
	    "Received: a",
	    "From a@b Mon Jan 1 00:00:00 2019",
	    "Subject: s",
	    "X-Spam-Flag : y",
	    ":",
	    "Lines",
	    "\r\r",
	    "a longer piece of text that is no field at all",
	    "\0",
	};
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);

	for (guint i = 0; i < 3000; i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		g_autoptr(RawMessage) whole = NULL;
		g_autoptr(RawMessage) piped = NULL;

		for (guint j = g_rand_int_range(rand, 0, 60); j > 0; j--) {
			const char *piece = pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))];

			g_string_append_len(text, piece, MAX(1, strlen(piece)));
		}
		whole = from_text(text->str, text->len);
		piped = through_pipe((const guint8 *)text->str, text->len, rand);
		assert_same(whole, piped);
	}
}

/* A message that is spilled to a file is the same message, and its bytes come back. */
static void
test_spilled(void **state)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(3);
	gsize length = LIMIT_RAW_IN_MEMORY + 3000000;
	g_autofree guint8 *data = g_malloc(length);
	g_autoptr(RawMessage) whole = NULL;
	g_autoptr(RawMessage) piped = NULL;
	g_autoptr(GBytes) part = NULL;
	g_autoptr(GBytes) end = NULL;

	for (gsize i = 0; i < length; i++)
		data[i] = "ab \r\n\tcd"[i * 7 % 13 % 8];
	memcpy(data, "Subject: large\r\n\r\n", 18);
	memset(data + length - 100000, ' ', 100000);
	whole = from_text((const char *)data, length);
	piped = through_pipe(data, length, rand);
	assert_same(whole, piped);
	part = raw_message_read(piped, 1000, 5000000, NULL);
	assert_int_equal(g_bytes_get_size(part), 5000000);
	assert_memory_equal(g_bytes_get_data(part, NULL), data + 1000, 5000000);
	end = raw_message_read(piped, length - 10, 1000, NULL);
	assert_int_equal(g_bytes_get_size(end), 10);
}

/* What a delivery changes does not make another message. */
static void
test_same_message(void **state)
{
	const char *plain = "From: a@example.org\nSubject: s\n\nText\n\nmore\n";

	assert_true(same_content(plain, "From: a@example.org\r\nSubject: s\r\n\r\nText\r\n\r\nmore\r\n"));
	assert_true(same_content(plain, "From: a@example.org\rSubject: s\r\rText\r\rmore"));
	assert_true(same_content(plain, "From: a@example.org\nSubject: s\n\nText\n\nmore \t\n\n  \n\n"));
	assert_true(same_content(plain, "From a@example.org  Mon Feb 11 10:00:00 2019\nFrom: a@example.org\nSubject: s\n\nText\n\nmore\n"));
	assert_true(same_content(plain, "Return-Path: <a@example.org>\nReceived: from x\n\tby y;\n  Mon, 11 Feb 2019\nX-SPAM-Level: **\nFrom: "
	                                "a@example.org\nstatus: RO\nSubject: s\nDelivered-To : b\n\nText\n\nmore\n"));
	assert_true(same_content("Subject: s\n", "Subject: s\n\n\n"));
	assert_true(same_content("", "\n"));
}

/* What the sender changes does. */
static void
test_other_message(void **state)
{
	const char *plain = "From: a@example.org\nSubject: s\n\nText\n\nmore\n";

	assert_false(same_content(plain, "From: a@example.org\nSubject: s\n\nText\nmore\n"));
	assert_false(same_content(plain, "From: a@example.org\nSubject: s\n\nText \n\nmore\n"));
	assert_false(same_content(plain, "From: a@example.org\nSubject: s\n folded\n\nText\n\nmore\n"));
	assert_false(same_content(plain, "From: a@example.org\nSubject: s\n\nReceived: x\nText\n\nmore\n"));
	assert_false(same_content(plain, "From here on nothing is a header\nFrom: a@example.org\nSubject: s\n\nText\n\nmore\n"));
	assert_false(same_content(plain, "From: a@example.org\nX-Statuses: 1\nSubject: s\n\nText\n\nmore\n"));
	assert_false(same_content(plain, "From: a@example.org\nSubject: s\nReceivedX: 1\n\nText\n\nmore\n"));
}

/* The canonical form never changes without a new RAW_CANONICAL_VERSION: archives keep their ids. */
static void
test_known_content_id(void **state)
{
	g_autoptr(RawMessage) raw = from_text("Received: x\r\nSubject: s\r\n\r\nText  \r\n\r\n", -1);
	struct hash expected = hash_bytes("Subject: s\n\nText\n", 17);

	assert_int_equal(RAW_CANONICAL_VERSION, 1);
	assert_memory_equal(raw_message_content(raw), &expected, sizeof(expected));
}

/* The header ends before the first empty line, and at its limit when there is none. */
static void
test_header(void **state)
{
	g_autoptr(RawMessage) raw = from_text("A: 1\r\nB: 2\r\n\r\nbody", -1);
	g_autofree char *endless = g_strnfill(LIMIT_HEADER_CANONICAL + 5000, 'x');
	g_autoptr(RawMessage) long_one = from_text(endless, -1);
	gsize length;

	assert_memory_equal(raw_message_header(raw, &length), "A: 1\r\nB: 2\r\n", 12);
	assert_int_equal(length, 12);
	raw_message_header(long_one, &length);
	assert_int_equal(length, LIMIT_HEADER_CANONICAL);
}

/* Handed over in pieces, spilled or not, it is the same message. */
static void
test_intake(void **state)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(11);

	for (int round = 0; round < 200; round++) {
		g_autoptr(GString) text = g_string_new(round == 0 ? NULL : "Received: by x\r\nSubject: a\r\n\r\n");
		gsize length = round == 0 ? 0 : (gsize)g_rand_int_range(rand, 0, 3000), spill_at = g_rand_int_range(rand, 0, 3000);
		struct raw_intake *intake = raw_intake_new(NULL);
		g_autoptr(RawMessage) whole = NULL;
		g_autoptr(RawMessage) pieces = NULL;
		g_autoptr(GBytes) bytes = NULL;

		while (text->len < length)
			g_string_append_c(text, "ab \r\n"[g_rand_int_range(rand, 0, 5)]);
		for (gsize at = 0, piece; at < text->len; at += piece) {
			piece = g_rand_int_range(rand, 1, 100);
			piece = MIN(piece, text->len - at);
			assert_true(raw_intake_add(intake, text->str + at, piece, NULL));
			if (at <= spill_at && at + piece > spill_at)
				assert_true(raw_intake_spill(intake, NULL));
		}
		assert_int_equal(raw_intake_size(intake), text->len);
		assert_true(raw_intake_memory(intake) >= text->len || spill_at < text->len);
		whole = from_text(text->str, text->len);
		pieces = raw_intake_finish(intake);
		bytes = raw_message_read(pieces, 0, G_MAXSIZE, NULL);
		assert_int_equal(g_bytes_get_size(bytes), text->len);
		assert_memory_equal(g_bytes_get_data(bytes, NULL), text->str, text->len);
		assert_memory_equal(raw_message_content(pieces), raw_message_content(whole), sizeof(struct hash));
		assert_memory_equal(raw_message_hash(pieces), raw_message_hash(whole), sizeof(struct hash));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chunks_do_not_matter),
	    cmocka_unit_test(test_spilled),
	    cmocka_unit_test(test_intake),
	    cmocka_unit_test(test_same_message),
	    cmocka_unit_test(test_other_message),
	    cmocka_unit_test(test_known_content_id),
	    cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
