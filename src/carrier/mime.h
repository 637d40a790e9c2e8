/* A digest as mail: its text, HTML beside it, and the messages themselves enclosed as multipart/digest (RFC 2046 section 5.1.5). */
#ifndef CARRIER_MIME_H
#define CARRIER_MIME_H

#include "mail/message-compose.h"
#include "report/digest.h"

struct digest_mail {
	struct outgoing head; /* addresses, subject, ids, date; its text, html, note and enclosed are set here */
	const char *end;      /* lines behind the text, or NULL */
	gboolean html;        /* an HTML part beside the text */
	gboolean enclose;     /* the messages */
	const char *link;     /* where a message is read, "{id}" in it, or NULL */
};

/*
 * The bytes of DIGEST as one message. What is enclosed is new input and what came to light later, each made anew from what the reader understood of it: From,
 * To, Cc, Date, Subject, Message-ID and the text as UTF-8; no HTML, no attachment, no other field, no byte of the sender's as it was. What is held, unread,
 * spam, redacted, no input, alike or too much is named by its id, in a part of its own before them. Bounds: LIMIT_ENCLOSED*, LIMIT_ISSUE_TEXT. Outside a transaction: INDEX is
 * read in a view of its own, and a message that was held or redacted since is not enclosed. NULL with an error.
 */
GBytes *digest_mail_compose(const struct digest *digest, struct index *index, const struct digest_mail *mail, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
