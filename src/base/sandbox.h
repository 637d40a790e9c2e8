/*
 * The walls around a process that parses what strangers sent: limits, no new privileges, no files and no TCP (Landlock, landlock(7)), only the system calls
 * that reading needs (seccomp(2)). Where the kernel or the build lacks one, the others stand.
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include "base/calls.h"

/* The outer walls, for the whole life of a reader: memory, processor time, core files and file sizes are limited, privileges cannot be gained, and the process
 * ends with its parent. Libraries can still be read and opened, no other file, and nothing can be written; what reaches other processes, starts programs or
 * makes sockets ends the process. */
void sandbox_enter(void);

/*
 * The inner walls, for good: no file, socket or process can be opened or made from here on, and what is open stays. Asking about files fails with EACCES,
 * because libraries ask and do without; any other system call that reading does not need ends the process with SIGSYS, because it is a sign that it
 * is not our code that runs, and a dead reader is a message unread with a reason.
 */
void sandbox_close(void);

/* What sandbox_enter and sandbox_close do to system calls. */
const struct calls *sandbox_outward_calls(void);
const struct calls *sandbox_inner_calls(void);

struct sandbox_walls {
	gboolean limits, no_new_privs, seccomp;
	gint landlock; /* ABI version in use; 0: none */
};
/* Which walls hold here and now: puts them up in a child process and runs against each. FALSE when no child could be made. */
gboolean sandbox_try(struct sandbox_walls *walls);

#endif
