/*
 * A converter that stands by: the program is started once, behind the walls of base/confine.h, stops before it reads its first byte, and forks a process for
 * each document (src/standby-preload.c). Such a process is as one that was started for the document alone, with the same walls, and costs a third.
 * A program that cannot be had like that (a script, one linked statically, one that reads with other calls) is started for each document by the caller.
 */
#ifndef BASE_STANDBY_H
#define BASE_STANDBY_H

#include <glib.h>
#include <sys/types.h>

struct standby;

struct standby *standby_new(void);
/* Ends the program that stands by; what it forked goes on. */
void standby_free(struct standby *standby);
typedef struct standby Standby;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Standby, standby_free)

/*
 * A child of this process that is the program ARGV with input, output and complaints FDS, which stay the caller's: waitpid(2) tells how it ended.
 * 0: the program does not stand by, or not yet, and the caller is to start it (confine_exec); the first document begins nothing, because most commands have
 * one. -1: whether there is a process for this document cannot be told. The first ARGV is what STANDBY is for; any other one is answered with 0.
 */
pid_t standby_fork(struct standby *standby, char *const argv[], const int fds[3]);

/* Told of waitpid's STATUS of such a process: after a crash another program takes the place of the one that stands by, with its memory elsewhere. What it
 * forked goes on. */
void standby_ended(struct standby *standby, int status);

#endif
