/* SHA-256 (FIPS 180-4, nettle), base32 (RFC 4648, lower-case, no padding), and a checksum. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <glib.h>

#define HASH_BYTES 32
#define HASH_BASE32_MAX 51 /* characters that the 256 bits fill */

struct hash {
	guint8 bytes[HASH_BYTES];
};

struct hasher;
struct hasher *hasher_new(void);
struct hasher *hasher_copy(const struct hasher *hasher);
void hasher_assign(struct hasher *to, const struct hasher *from); /* TO goes on from where FROM is */
void hasher_free(struct hasher *hasher);
typedef struct hasher Hasher;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hasher, hasher_free)
void hasher_add(struct hasher *hasher, gconstpointer data, gsize length);
struct hash hasher_finish(struct hasher *hasher); /* frees HASHER */

/* A checksum against accidents only (XXH3, xxhash), at ten times the speed: for caches. */
guint64 hash_quick(gconstpointer data, gsize length);

struct hash hash_bytes(gconstpointer data, gsize length);
char *hash_hex(const struct hash *hash);                      /* 64 characters; caller frees */
char *hash_base32(const struct hash *hash, guint characters); /* the first CHARACTERS (1 to 51) of the base32 form; caller frees */

#endif
