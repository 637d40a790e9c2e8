/* Mail addresses that a person wrote into the configuration. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <glib.h>

/*
 * Whether TEXT is an address that may stand in MAIL FROM and RCPT TO as it is: local@domain, of ASCII, the local part a dot-atom (RFC 5321 section 4.1.2;
 * quoted ones are refused), the domain letters, digits, hyphens and dots, within the lengths of RFC 5321 section 4.5.3.1. Nothing that could end a command
 * passes. *WHY gets a constant string when not.
 */
gboolean address_check(const char *text, const char **why) G_GNUC_WARN_UNUSED_RESULT;

/* Parts "Some One <local@domain>" or "local@domain": *NAME (NULL: none) and *ADDRESS, which is checked; both the caller's. FALSE with *WHY. */
gboolean address_split(const char *text, char **name, char **address, const char **why) G_GNUC_WARN_UNUSED_RESULT;

#endif
