/* Faults that arrive as signals while a message is being kept: lab-proven ways to die that must still answer the mail server truthfully. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <glib.h>

/*
 * Puts a delivery's process into a known state, whatever the mail server left behind: descriptors above 2 closed, signals unblocked and at their defaults but
 * PIPE and XFSZ (ignored, so that writing fails with an error instead), umask 0007, standard descriptors open, a standard error that nobody empties replaced,
 * soft limits on file size, processor time, memory and descriptors raised to the hard ones. Whatever would kill the process (a server that loses patience:
 * TERM, HUP, INT; a full disk under SQLite's shared memory: BUS; no memory left: ABRT, TRAP; no stack left: SEGV) ends it with the status last set by
 * fault_set_status, at first 75 (EX_TEMPFAIL): a mail server may bounce what a signal killed. Returns FALSE when standard input was closed: there is no
 * message.
 */
gboolean fault_prepare(void) G_GNUC_WARN_UNUSED_RESULT;
void fault_set_status(int status);
/* The file at PATH is removed when a signal ends the process with another status than 0: the answer "not kept" must be true, or the message would come twice.
 * NULL: none any more. Does nothing in a process that fault_prepare did not prepare. */
void fault_set_half_kept(const char *path);

/* Ends the process as above (ALRM) when MS have passed; a later call replaces the time, 0 takes it back. */
void fault_set_deadline(guint ms);

/*
 * What to do instead of answering 75 when a fault of this process's own (BUS, SEGV, ABRT, TRAP, ILL, FPE, SYS) or the deadline ends it: run this program
 * again with ARGUMENTS (NULL-terminated, the first is its name) and the message on standard input, which is FD from its start, or DATA when FD is -1.
 */
struct fault_rescue {
	char *const *arguments;
	gconstpointer data;
	gsize size;
	int fd;
	int process; /* set by fault_set_rescue: a child that inherits the handlers must not rescue */
};
/* RESCUE must live until it is replaced or the process ends; NULL: none. */
void fault_set_rescue(struct fault_rescue *rescue);

#endif
