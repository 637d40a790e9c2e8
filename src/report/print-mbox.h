/* Messages as they came, one behind the other: mboxrd (RFC 4155; a line that begins with "From ", or '>'s before it, gets one '>' more). Pure. */
#ifndef REPORT_PRINT_MBOX_H
#define REPORT_PRINT_MBOX_H

#include <glib.h>

/*
 * RAW with its separator, line ends as LF, a "From " line of its own before the header left out, an empty line behind it. SENDER (NULL: not known) and RECEIVED
 * stand in the separator; a sender that cannot be one word is left out. Caller unrefs.
 */
GBytes *mbox_print(GBytes *raw, const char *sender, gint64 received);

#endif
