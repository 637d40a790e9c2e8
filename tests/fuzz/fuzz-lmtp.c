/*
 * libFuzzer: an LMTP conversation. Whatever the client sends, and in whatever pieces, the replies and the letters are the same; replies are whole lines of
 * printable ASCII with a code and, but for three of them, the enhanced one that belongs to it; and no memory stays charged.
 */
#include "lmtp/session.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that came out of one conversation. */
struct heard {
	GByteArray *replies;
	GByteArray *letters;
};

static void
heard_clear(struct heard *heard)
{
	g_byte_array_unref(heard->replies);
	g_byte_array_unref(heard->letters);
}

static void
drain(struct session *session, struct heard *heard)
{
	GByteArray *output = session_output(session);

	g_byte_array_append(heard->replies, output->data, output->len);
	g_byte_array_set_size(output, 0);
}

static void
answer(struct session *session, struct heard *heard)
{
	struct letter letter = {0};
	const struct hash *hash;

	session_take(session, &letter);
	hash = raw_message_hash(letter.raw);
	g_byte_array_append(heard->letters, hash->bytes, HASH_BYTES);
	g_byte_array_append(heard->letters, (const guint8 *)letter.sender, strlen(letter.sender) + 1);
	g_byte_array_append(heard->letters, (const guint8 *)letter.recipient, strlen(letter.recipient) + 1);
	session_answer(session, hash->bytes[0] % 5, hash->bytes[0] % 5 <= OUTCOME_AGAIN ? "abcdefghijklmnop" : NULL);
	letter_clear(&letter);
}

/* Gives DATA in pieces whose lengths RAND chooses, or as a whole without one. */
static struct heard
converse(const struct session_policy *policy, const guint8 *data, gsize size, GRand *rand)
{
	g_autoptr(Session) session = session_new(policy);
	struct heard heard = {g_byte_array_new(), g_byte_array_new()};

	while (size > 0 && session_state(session) != SESSION_ENDS) {
		gsize piece = rand == NULL ? size : (gsize)g_rand_int_range(rand, 1, g_rand_boolean(rand) ? 4 : 400), taken;

		taken = session_add(session, data, MIN(piece, size));
		data += taken;
		size -= taken;
		if (session_state(session) == SESSION_WAITS)
			answer(session, &heard);
		drain(session, &heard);
	}
	session_end(session, "4.3.2 over");
	drain(session, &heard);
	return heard;
}

static void
check_replies(const GByteArray *replies)
{
	const char *line = (const char *)replies->data, *end = line + replies->len;

	while (line < end) {
		const char *crlf = memmem(line, end - line, "\r\n", 2);

		if (crlf == NULL || crlf - line < 5)
			abort();
		for (const char *p = line; p < crlf; p++)
			if (*p < 0x20 || *p > 0x7e)
				abort();
		if (strncmp(line, "220 ", 4) != 0 && strncmp(line, "354 ", 4) != 0 && strncmp(line, "250-", 4) != 0 && strncmp(line, "250 SMTPUTF8", 12) != 0 &&
		    (line[3] != ' ' || line[4] != line[0] || line[5] != '.'))
			abort();
		line = crlf + 2;
	}
}

static void
check_same(const GByteArray *a, const GByteArray *b)
{
	if (a->len != b->len || (a->len > 0 && memcmp(a->data, b->data, a->len) != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GPtrArray) allowed = g_ptr_array_new();
	gsize memory = 0;
	struct session_policy policy = {.host = "host.example", .recipients = allowed, .memory = &memory, .memory_most = LIMIT_LMTP_MEMORY, .level = LOG_QUIET};
	struct heard whole, pieces;

	if (size < 1)
		return 0;
	if ((data[0] & 1) != 0)
		policy.size = 200;
	if ((data[0] & 2) != 0)
		g_ptr_array_add(allowed, (gpointer) "@example.org");
	if ((data[0] & 4) != 0)
		policy.memory_most = 0;

	g_autoptr(GRand) rand = g_rand_new_with_seed(data[0]);
	whole = converse(&policy, data + 1, size - 1, NULL);
	pieces = converse(&policy, data + 1, size - 1, rand);
	check_same(whole.replies, pieces.replies);
	check_same(whole.letters, pieces.letters);
	check_replies(whole.replies);
	if (memory != 0)
		abort();
	heard_clear(&whole);
	heard_clear(&pieces);
	return 0;
}
