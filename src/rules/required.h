/* The literals one of which a text must hold for a regular expression to match it, found by reading the expression. */
#ifndef RULES_REQUIRED_H
#define RULES_REQUIRED_H

#include <glib.h>

/*
 * Alternatives in plain form (rules/literal.h), of char *; NULL when the expression lets none be known safely: then it must always be tried. *SECOND
 * gets further alternatives, one of which is needed as well, or NULL.
 */
GPtrArray *required_literals(const char *expression, GPtrArray **second);

#endif
