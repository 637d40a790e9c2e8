/*
 * What reading may need beside the bytes: charset converters, the charset guesser and the HTML parser are opened from files, and a reader gives up the right
 * to open files. So whatever opens one asks here first.
 */
#ifndef MAIL_AHEAD_H
#define MAIL_AHEAD_H

#include <glib.h>

/* From now on this process can open nothing more. MISSING, which must not return, is called where something would have to be; NULL: it is done without. */
void ahead_close(void (*missing)(void));

/* Must be called before anything is opened from a file for reading mail. */
void ahead_want(void);

#endif
