/* When the list server or this host got a message, from its header's bytes alone: for imports. */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include <glib.h>

/*
 * The date of the topmost Received field (RFC 5321 section 4.4) that has one between 1995 and NOW + 1 day; else KNOWN (an mbox's "From " line; 0: none); else
 * the Date field under the same condition; else NOW.
 */
gint64 received_date(const guint8 *header, gsize length, gint64 known, gint64 now);

#endif
