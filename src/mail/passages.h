/* Plain text of a mail -> whose words they are: the author's new text, quoted, forwarded, signature, footer. Pure; one pass over the lines. */
#ifndef MAIL_PASSAGES_H
#define MAIL_PASSAGES_H

#include "base/record.h"

struct passage_span {
	enum record_passage_kind kind; /* NEW, QUOTED, FORWARDED, SIGNATURE or FOOTER */
	gsize start, length;           /* bytes of the text */
};

struct passage_hints {
	gboolean reply;     /* the header says that the message answers another */
	gboolean forward;   /* the subject says that it forwards one */
	const char *author; /* display name: a short block at the end that begins with it is a signature; may be NULL */
};

/*
 * The spans of TEXT (valid UTF-8, LF line ends) in order, without gaps: together they are the whole text. What is unsure stays PASSAGE_NEW. At most MAX spans;
 * past that the rest is one. HINTS NULL: neither reply nor forward. An array of struct passage_span.
 */
GArray *passages_split(const char *text, gsize length, const struct passage_hints *hints, guint max);

/* A span's text without quote marks. Caller frees. */
char *passages_unquote(const char *text, gsize length);

/* TEXT of a format=flowed part (RFC 3676) with its soft line breaks joined within each quote depth; space-stuffing is taken off. Caller frees. */
char *passages_unflow(const char *text, gsize length, gboolean delsp);

#endif
