/* Where in a text a pattern can begin to match: by the first one to three characters of it, so that it is not tried at every character of a long text. */
#ifndef RULES_STARTS_H
#define RULES_STARTS_H

#include <glib.h>

/* The ways an expression can begin; NULL when it can begin with nearly anything, or holds what this reader does not know. */
struct starts;
struct starts *starts_new(const char *expression);
void starts_free(struct starts *starts);

/* STARTS (NULL: none are known) as bytes that starts_from_bytes reads, a multiple of 8 of them; they lie at multiples of 8. Bytes that are not such give NULL.
 */
GBytes *starts_to_bytes(const struct starts *starts);
struct starts *starts_from_bytes(gconstpointer data, gsize length);

/* What the characters from each byte of TEXT (folded) on are, in the form that starts_next asks; a number for each byte. Caller frees. */
guint32 *starts_keys(const char *text, gsize length);

/* The first byte from AT on where the expression can begin; LENGTH: none. KEYS are TEXT's. */
gsize starts_next(const struct starts *starts, const guint32 *keys, const char *text, gsize length, gsize at);

#endif
