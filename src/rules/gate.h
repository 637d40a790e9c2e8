/* Whether a pattern can match at a place at all: a quick look along the text by tables, so that PCRE2 is asked where it has a chance and hardly elsewhere. */
#ifndef RULES_GATE_H
#define RULES_GATE_H

#include <glib.h>

/*
 * The gate of EXPRESSION (PCRE2, searched without regard to case), as bytes that are used where they stand, a multiple of 8 at a multiple of 8. It lets
 * through wherever EXPRESSION can match, and a little more: what it looks at behind and ahead, and how often something repeats, is not all looked at. NULL for
 * an expression that holds what this reader does not know.
 */
GBytes *gate_new(const char *expression);

/* Whether LENGTH bytes at DATA are a gate that is safe to use. */
gboolean gate_is_sound(gconstpointer data, gsize length);

/* The characters of TEXT (valid UTF-8) as gates know them, one byte for each of its LENGTH bytes. Caller frees. */
guint8 *gate_codes(const char *text, gsize length);

/* FALSE: the expression of GATE, made by gate_new, does not match at byte AT (where a character begins) of the text of CODES. */
gboolean gate_admits(gconstpointer gate, const guint8 *codes, gsize length, gsize at);

#endif
