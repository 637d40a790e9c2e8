/* The language of a text, by its script and its commonest words. */
#ifndef MAIL_LANGUAGE_H
#define MAIL_LANGUAGE_H

#include <glib.h>

#define LANGUAGE_ENOUGH 2048 /* bytes of text that settle it */

/* ISO 639-1 code of the language TEXT (valid UTF-8) is in, or NULL when too little tells. Caller frees. Knows ar de en es fa fr it ja ko nl pt ru uk zh
 * and, by script alone, el he hi th. */
char *language_guess(const char *text, gsize length);

#endif
