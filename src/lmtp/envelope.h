/* What stands behind MAIL and RCPT: paths and parameters. RFC 5321 sections 4.1.1.2, 4.1.1.3 and 4.1.2, RFC 6531 section 3. */
#ifndef LMTP_ENVELOPE_H
#define LMTP_ENVELOPE_H

#include <glib.h>

struct envelope {
	char *address;     /* without the angle brackets and the source route; "" for "<>" */
	gboolean foreign;  /* ADDRESS is not all ASCII */
	gboolean smtputf8; /* the parameter was given */
	gint64 size;       /* as declared, -1: not */
};
void envelope_clear(struct envelope *envelope);
typedef struct envelope Envelope;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Envelope, envelope_clear)

/* TEXT: what stands behind "MAIL " or "RCPT " (SENDER tells which): UTF-8 without control characters. Returns NULL, or the constant reply that says what is
 * wrong. */
const char *envelope_parse(const char *text, gboolean sender, struct envelope *out) G_GNUC_WARN_UNUSED_RESULT;

/* Whether ADDRESS is one of ALLOWED (of char *: addresses, or "@domain" for any there), without regard to case; an empty list allows all. */
gboolean envelope_is_allowed(const char *address, const GPtrArray *allowed);

#endif
