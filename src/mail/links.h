/* Addresses of links that a mail gateway wrapped in its own: unwrapped, so that words and addresses are those the sender wrote. */
#ifndef MAIL_LINKS_H
#define MAIL_LINKS_H

#include <glib.h>

/* TEXT with the links of Proofpoint URL Defense (v1 to v3), Microsoft Safe Links, Barracuda, Sophos, Cisco, Trend Micro and the redirects of Google and others
 * unwrapped, or NULL when it has none. Caller frees. */
char *links_unwrap(const char *text);

#endif
