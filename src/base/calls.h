/*
 * Filters of system calls (seccomp(2)). The kernel's program is made here where that is known to be right, because libseccomp takes longer to make one than a
 * letter to classify; elsewhere libseccomp makes it.
 */
#ifndef BASE_CALLS_H
#define BASE_CALLS_H

#include <glib.h>
#include <sys/types.h>

/* Calls are libseccomp's numbers, SCMP_SYS: negative where this machine does not have one. */
struct calls {
	const int *allowed;
	gsize n_allowed;
	const int *refused; /* fail with ERROR */
	gsize n_refused;
	const int *deadly; /* end the process with SIGSYS */
	gsize n_deadly;
	int error;
	gboolean others;     /* what is named nowhere is allowed, else deadly */
	gboolean own_signal; /* tgkill to a thread of this process is allowed: abort(3) */
};

/* Takes effect at once, for good. The calls of another architecture's numbering are deadly. The process has no new privileges already. */
gboolean calls_filter(const struct calls *calls); /* FALSE: there is none now */

/* For the test that compares both: the program as an array of struct sock_filter, for the process PID; NULL where none is made here, or libseccomp has failed.
 */
GArray *calls_make(const struct calls *calls, pid_t pid);
GArray *calls_make_by_library(const struct calls *calls, pid_t pid);

#endif
