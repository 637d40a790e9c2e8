/*
 * The text after DATA: RFC 5321 section 4.5.2. Only CR LF ends a line, so only CR LF "." CR LF ends the message and only a dot behind CR LF is taken off: a
 * bare LF or CR is a byte like any other, whatever other programs take it for. Lines have any length.
 */
#ifndef LMTP_DOTS_H
#define LMTP_DOTS_H

#include <glib.h>

struct dots {
	enum { DOTS_LINE, DOTS_TEXT, DOTS_CR, DOTS_DOT, DOTS_DOT_CR } state; /* all zero: at the beginning */
	gboolean end;                                                        /* the last line was the dot */
};

/* Gives what DATA stands for to SINK, piece by piece, up to the end of the message; returns how many bytes of DATA belong to it. */
gsize dots_add(struct dots *dots, const guint8 *data, gsize length, void (*sink)(gpointer user, const guint8 *data, gsize length), gpointer user);

#endif
