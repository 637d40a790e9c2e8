/* One message to one recipient by SMTP (RFC 5321), through libcurl: the one door to the network. */
#ifndef CARRIER_CURL_H
#define CARRIER_CURL_H

#include "carrier/outcome.h"

struct smtp_server {
	const char *url;      /* "smtp://host:port" or "smtps://host:port" */
	gboolean starttls;    /* asked for and insisted on; of smtp:// only */
	const char *ca_file;  /* certificates to trust, or NULL: the system's */
	const char *user;     /* for AUTH, or NULL: none */
	const char *password; /* with it */
	guint timeout;        /* seconds for the whole of it */
};

/* Hands MESSAGE (lines end with LF or CR LF, no line longer than 998 bytes, no bytes above 127) to SERVER from SENDER ("": the null sender) for RECIPIENT; both
 * have passed address_check. */
void smtp_send(const struct smtp_server *server, const char *sender, const char *recipient, GBytes *message, struct outcome *out);

#endif
