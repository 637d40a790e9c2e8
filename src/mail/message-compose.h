/* Mail that goes out: headers and bodies -> bytes, through GMime. */
#ifndef MAIL_MESSAGE_COMPOSE_H
#define MAIL_MESSAGE_COMPOSE_H

#include <glib.h>

struct outgoing {
	const char *from_name, *from; /* name or NULL; address, checked */
	const char *to;               /* address, checked; NULL in an enclosed message */
	const char *subject;          /* any UTF-8: control characters become spaces */
	const char *message_id;       /* without its angle brackets, or NULL */
	const char *list_id;          /* of List-Id (RFC 2919), or NULL */
	gint64 date;
	GTimeZone *zone;
	gboolean automatic;  /* Auto-Submitted: auto-generated (RFC 3834) */
	const char *text;    /* UTF-8, LF line ends */
	const char *html;    /* beside it, as multipart/alternative, or NULL */
	GPtrArray *enclosed; /* of GBytes, messages: multipart/digest (RFC 2046 section 5.1.5) behind it; or NULL */
};

/*
 * The message's bytes: LF line ends, ASCII in lines of at most 998 bytes, so that every server takes them; text as format=flowed (RFC 3676), its lines kept as
 * they are. The same input gives the same bytes.
 */
GBytes *message_compose(const struct outgoing *outgoing);

#endif
