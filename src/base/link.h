/* Addresses of messages, made from a template that a person wrote. */
#ifndef BASE_LINK_H
#define BASE_LINK_H

#include <glib.h>

/*
 * Whether TEMPLATE makes addresses, and no others than a mail program opens in a browser: http:// or https://, "{id}" behind the host's first letter, ASCII
 * without spaces and without what could end an attribute or an angle bracket. *WHY gets a constant string when not.
 */
gboolean link_check(const char *template, const char **why) G_GNUC_WARN_UNUSED_RESULT;

#endif
