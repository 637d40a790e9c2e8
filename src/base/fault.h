/* Faults that arrive as signals while a message is being kept: lab-proven ways to die that must still answer the mail server truthfully. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <glib.h>

/*
 * Puts a delivery's process into a known state, whatever the mail server left behind: descriptors above 2 closed, signals unblocked and at their defaults but
 * PIPE and XFSZ (ignored, so that writing fails with an error instead), umask 0007, standard descriptors open. Whatever would kill the process (a server that
 * loses patience: TERM, HUP, INT; a full disk under SQLite's shared memory: BUS; no memory left: ABRT, TRAP) ends it with the status last set by
 * fault_set_status, at first 75 (EX_TEMPFAIL): a mail server may bounce what a signal killed. Returns FALSE when standard input was closed: there is no
 * message.
 */
gboolean fault_prepare(void) G_GNUC_WARN_UNUSED_RESULT;
void fault_set_status(int status);

#endif
