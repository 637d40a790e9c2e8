/*
 * A process forked while nothing is open yet, which forks reader processes on demand: a later one must not inherit the databases (SQLite's shared memory
 * would be writable in it). It never sees a byte of mail. It forks the programs that convert documents too: it is small, and a fork of what imports costs a
 * copy of all its page tables. Any thread may ask.
 */
#ifndef INTAKE_NURSERY_H
#define INTAKE_NURSERY_H

#include <glib.h>
#include <sys/types.h>

#include "intake/worker.h"

/* Forks a reader process for the socket FD, of this very process; -1 with errno. */
pid_t nursery_fork_worker(int fd, const struct worker *worker);

/* The same as a program of its own, "postbag deliver --reader PARENT", with FD as its standard input: it inherits nothing of what this process has open or in
 * memory. It begins without rules. */
pid_t nursery_start_program(int fd);
#define NURSERY_READER "--reader"
/* Whether this process is one: FD is a socket that PARENT, its parent, made (unix(7), SO_PEERCRED). Nobody else can say that word, with whatever arguments: a
 * mail server gives a pipe or a file, whose message would not be kept. */
gboolean nursery_is_program(int fd, const char *parent);

/* Ends that process and tells how it ended (waitpid's status). */
void nursery_end(pid_t pid, int *status);

struct nursery;

/*
 * Forks. FIRST: the socket of a first reader process, which it forks at once, or -1; the caller closes its own copy. AHEAD: then it opens whatever any message
 * may need, for all further ones. It ends with the thread that called this. POSTBAG_ERROR_SYSTEM.
 */
struct nursery *nursery_new(const struct worker *worker, int first, gboolean ahead, GError **error) G_GNUC_WARN_UNUSED_RESULT;
struct nursery *nursery_ref(struct nursery *nursery);
void nursery_free(struct nursery *nursery); /* the last one ends every process it forked */

/* The process of FIRST; -1 when it could not be forked. */
pid_t nursery_first(struct nursery *nursery);
/* A new reader process and the socket to it. ALL: one that has opened whatever any message may need. POSTBAG_ERROR_SYSTEM. */
gboolean nursery_fork(struct nursery *nursery, gboolean all, pid_t *pid, int *fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends PID if it has not ended, and tells how it ended (waitpid's status). FALSE when the nursery itself is gone, and with it all that it forked. */
gboolean nursery_reap(struct nursery *nursery, pid_t pid, int *status);
/* The same for one that nobody asks about any more, without a wait. */
void nursery_drop(struct nursery *nursery, pid_t pid);
/* A process that becomes the program ARGV behind walls (confine_exec) with the three descriptors FDS, which stay the caller's. FALSE when there is none. */
gboolean nursery_confine(struct nursery *nursery, char *const argv[], const int fds[3], pid_t *pid);
/* Whether PID has ended, without a wait; how, *STATUS tells then (waitpid's status). TRUE when the nursery is gone, as if PID had been killed. */
gboolean nursery_has_ended(struct nursery *nursery, pid_t pid, int *status);
/* Processes forked from here on begin with the rules COMPILED. FALSE when they cannot be handed over. */
gboolean nursery_set_rules(struct nursery *nursery, GBytes *compiled);
/* Ends it and what it forked, without a wait. */
void nursery_kill(struct nursery *nursery);

#endif
