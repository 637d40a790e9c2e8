/* A message without some of its words or parts. Runs in the reader: what it gives is checked by whoever asked. */
#ifndef MAIL_REDACT_H
#define MAIL_REDACT_H

#include "base/needle.h"

#define REDACT_EVERYTHING "everything\n" /* the report when neither text nor header could stay */

struct redact_wish {
	struct needles *needles; /* of words; none: parts alone */
	GStrv parts;             /* numbers of parts that go whole */
	gboolean whole_body;     /* of the text nothing stays */
	gboolean address;        /* the words are an address: another one takes its place */
	const char *notice;      /* what stands where a part was: one line of ASCII */
};

/*
 * Removes every occurrence of the words: in header fields (raw, in encoded words, in parameters), in text (whatever its charset and encoding; the part is then
 * UTF-8), in file names. A part that is no text, or is signed, and holds the words goes whole. Where that leaves any of them readable the body goes whole.
 * REPORT gets a line for each thing done, made of numbers, types and names of fields only, never of words. A new array; POSTBAG_ERROR_NO_INPUT: there is no
 * such part.
 */
GByteArray *message_redact(const guint8 *data, gsize length, const struct redact_wish *wish, GString *report, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A wish as one line without NUL, for the reader, and back (redact_wish_clear frees what is in it). */
char *redact_wish_to_text(const struct redact_wish *wish);
gboolean redact_wish_from_text(const char *text, struct redact_wish *out);
void redact_wish_clear(struct redact_wish *wish);

#endif
