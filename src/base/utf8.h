/* Whether bytes are UTF-8, eight at a time where they are ASCII. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <glib.h>

/* As g_utf8_validate_len says: LENGTH bytes of well-formed UTF-8 (RFC 3629) without a NUL. */
gboolean utf8_is_valid(const char *text, gsize length);

/* The same, and no control character but tab and line feed: nothing that a printer has to be wary of. */
gboolean utf8_is_plain(const char *text, gsize length);

#endif
