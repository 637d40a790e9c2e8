#include "base/hash.h"

#include <nettle/sha2.h>

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

G_STATIC_ASSERT(HASH_BYTES == SHA256_DIGEST_SIZE);

struct hasher {
	struct sha256_ctx context;
};

struct hasher *
hasher_new(void)
{
	struct hasher *hasher = g_new(struct hasher, 1);

	sha256_init(&hasher->context);
	return hasher;
}

struct hasher *
hasher_copy(const struct hasher *hasher)
{
	return g_memdup2(hasher, sizeof(*hasher));
}

void
hasher_assign(struct hasher *to, const struct hasher *from)
{
	*to = *from;
}

void
hasher_free(struct hasher *hasher)
{
	g_free(hasher);
}

void
hasher_add(struct hasher *hasher, gconstpointer data, gsize length)
{
	sha256_update(&hasher->context, length, data);
}

struct hash
hasher_finish(struct hasher *hasher)
{
	struct hash hash;

	sha256_digest(&hasher->context, sizeof(hash.bytes), hash.bytes);
	g_free(hasher);
	return hash;
}

struct hash
hash_bytes(gconstpointer data, gsize length)
{
	struct sha256_ctx context;
	struct hash hash;

	sha256_init(&context);
	sha256_update(&context, length, data);
	sha256_digest(&context, sizeof(hash.bytes), hash.bytes);
	return hash;
}

guint64
hash_quick(gconstpointer data, gsize length)
{
	return XXH3_64bits(data, length);
}

char *
hash_hex(const struct hash *hash)
{
	static const char digits[] = "0123456789abcdef";
	char *text = g_malloc(2 * HASH_BYTES + 1);

	for (guint i = 0; i < HASH_BYTES; i++) {
		text[2 * i] = digits[hash->bytes[i] >> 4];
		text[2 * i + 1] = digits[hash->bytes[i] & 15];
	}
	text[2 * HASH_BYTES] = '\0';
	return text;
}

char *
hash_base32(const struct hash *hash, guint characters)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	g_autofree char *text = NULL;

	g_return_val_if_fail(characters >= 1 && characters <= HASH_BASE32_MAX, NULL);
	text = g_malloc(characters + 1);
	for (guint i = 0; i < characters; i++) {
		guint bit = 5 * i, byte = bit / 8;
		guint pair = (guint)hash->bytes[byte] << 8;

		if (byte + 1 < HASH_BYTES)
			pair |= hash->bytes[byte + 1];
		text[i] = digits[pair >> (11 - bit % 8) & 31];
	}
	text[characters] = '\0';
	return g_steal_pointer(&text);
}
