/* Bytes in some charset -> UTF-8, by what the sender declared, what the bytes look like, and what mail programs get wrong. */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include "base/record.h"

/*
 * DATA as valid UTF-8 (NUL-terminated, NUL bytes become U+FFFD), never NULL. LABEL is the declared charset or NULL. *STATE tells how it was
 * read and *USED (caller frees) in which charset; either may be NULL. Only charsets of the allow-list are ever opened.
 */
char *charset_to_utf8(const guint8 *data, gsize length, const char *label, enum record_charset *state, char **used);

/* The charset iconv is asked for when a part says LABEL, or NULL when LABEL is unknown or refused (UTF-7, EBCDIC). */
const char *charset_known(const char *label);

/* Opens the converter for LABEL and holds it, so that a later use needs no file; NULL opens the guesser. */
void charset_prepare(const char *label);
/* Opens the guesser and the converters of every charset on the list. */
void charset_prepare_all(void);

#endif
