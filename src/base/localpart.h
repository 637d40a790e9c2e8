/* The names in mail addresses that stand in a text, which the public is not told. */
#ifndef BASE_LOCALPART_H
#define BASE_LOCALPART_H

#include <glib.h>

#define LOCALPART_HIDDEN "\u2026" /* what stands in their place */

struct localpart {
	gsize from, to; /* what is hidden, in bytes: all of the name but its first letter, up to the '@' */
	gsize begin;    /* of the name */
	gsize end;      /* of the address's domain */
};

/*
 * The names before each '@' (plain, wide or as %40) in TEXT, which is UTF-8, that a domain follows: of struct localpart, in order, apart from one another. A
 * name in letters of other scripts goes wholly: where words are not written apart, nobody can tell where it begins.
 */
GArray *localparts_find(const char *text);

/* TEXT without them. With ADDRESSES (may be NULL) the whole addresses are appended there, a line each. A change of the result must raise TEXT_INDEX_VERSION
 * (base/text.h). Caller frees. */
char *localparts_hide(const char *text, GString *addresses);

#endif
