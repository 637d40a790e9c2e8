/*
 * Words that must be nowhere, and where they are: in text, in markup, and in bytes whatever they are encoded in. The words themselves are not kept: each is a
 * length and two digests under a key, enough to know it again and, once the key is gone, of no use to anybody.
 *
 * Letters are compared without regard to case, accents, compatibility forms and invisible characters; whatever is no letter or digit is one space. Words of at
 * least NEEDLE_LOOSE letters, and all of Han, Kana and Hangul, are found inside longer words too, shorter ones as whole words.
 */
#ifndef BASE_NEEDLE_H
#define BASE_NEEDLE_H

#include "base/record.h"

#define NEEDLE_LOOSE 4

struct needles;
struct needles *needles_new(void);                             /* none yet, under a key of their own */
struct needles *needles_new_like(const struct needles *other); /* none yet, under the key of OTHER, so that both can become one */
/* Those of OTHER too; FALSE when its key is another. */
gboolean needles_merge(struct needles *needles, const struct needles *other);
void needles_free(struct needles *needles);
typedef struct needles Needles;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Needles, needles_free)

/* WORDS (UTF-8) as they stand; long ones in pieces. FALSE when there is no letter or digit in them. */
gboolean needles_add(struct needles *needles, const char *words);
/* A piece from the middle of LINE that stands for it; FALSE when it is too short to be nobody else's. */
gboolean needles_add_sample(struct needles *needles, const char *line);
/* Is any of them so short that bytes which are no text have it by chance? */
gboolean needles_are_short(const struct needles *needles);
guint needles_count(const struct needles *needles);

/* As one line of ASCII, key and all, and back; needles_from_text gives NULL for what is no such line. Caller frees. */
char *needles_to_text(const struct needles *needles);
struct needles *needles_from_text(const char *text);

enum needle_form { NEEDLE_PLAIN, NEEDLE_MARKUP /* HTML: tags, entities */ };
struct needle_range {
	gsize from, to;
};
/* Where they stand in DATA, UTF-8 or nearly, in the form that a reader sees: of struct needle_range, in order, not overlapping. In markup tags are no part of a
 * range unless the words stand in one. */
GArray *needles_find(const struct needles *needles, enum needle_form form, const char *data, gsize length);
/* DATA with MARK in the place of each. Caller frees. */
char *needles_replace(const struct needles *needles, enum needle_form form, const char *data, gsize length, const char *mark, gsize *out_length);

/* Do any stand in TEXT (NULL: no), or in DATA as UTF-8, Latin-1, UTF-16, markup, percent-encoded, quoted-printable or base64 at any alignment, these in one
 * another? */
gboolean needles_in_text(const struct needles *needles, const char *text);
gboolean needles_in_bytes(const struct needles *needles, const guint8 *data, gsize length);
/* In what a message itself says of RECORD: not in remarks and reasons, which are the program's words, nor in what rules made of it. */
gboolean needles_in_record(const struct needles *needles, const struct record *record);

#endif
