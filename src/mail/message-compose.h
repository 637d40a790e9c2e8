/* Mail that goes out: headers and bodies -> bytes, through GMime. */
#ifndef MAIL_MESSAGE_COMPOSE_H
#define MAIL_MESSAGE_COMPOSE_H

#include <glib.h>

struct outgoing_address {
	const char *name;    /* or NULL; any UTF-8 */
	const char *address; /* checked (base/address.h) */
};

struct outgoing_header {
	const char *name;  /* of ours, never a sender's */
	const char *value; /* any UTF-8: control characters become spaces */
};

struct outgoing {
	const char *from_name, *from; /* name or NULL; address, checked */
	const char *to;               /* address, checked; NULL in an enclosed message */
	const GArray *tos, *ccs;      /* of struct outgoing_address: those of an enclosed message; or NULL */
	const char *subject;          /* any UTF-8: control characters become spaces */
	const char *message_id;       /* without its angle brackets, or NULL */
	const char *list_id;          /* of List-Id (RFC 2919), or NULL */
	gint64 date;
	GTimeZone *zone;
	gboolean automatic;                    /* Auto-Submitted: auto-generated (RFC 3834) */
	const struct outgoing_header *headers; /* further ones, ends with a NULL name; or NULL */
	const char *text;                      /* UTF-8, LF line ends */
	gboolean prose;                        /* its long lines are paragraphs: broken at 72 columns so that readers join them again */
	const char *html;                      /* beside it, as multipart/alternative, or NULL */
	const char *note;                      /* a text of its own behind it, or NULL */
	GPtrArray *enclosed;                   /* of GBytes, messages made by message_compose: multipart/digest (RFC 2046 section 5.1.5) behind it; or NULL */
};

/*
 * The message's bytes: LF line ends, ASCII in lines of at most 998 bytes, so that every server takes them; text as format=flowed (RFC 3676), its lines kept as
 * they are unless it is prose. Text goes in seven bits as it is where it can, else quoted-printable or base64, whichever is shorter. Lines that begin like a
 * header field are stuffed with a space, so that programs which look for the messages of a digest by their headers find these and no others. The same input
 * gives the same bytes.
 */
GBytes *message_compose(const struct outgoing *outgoing);

#endif
