/*
 * A process forked while nothing is open yet, which forks reader processes later on demand: a replacement in the middle of an import must not inherit
 * the databases (SQLite's shared memory would be writable in it).
 */
#ifndef INTAKE_NURSERY_H
#define INTAKE_NURSERY_H

#include <glib.h>
#include <sys/types.h>

struct nursery;
struct nursery *nursery_new(GBytes *compiled, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void nursery_free(struct nursery *nursery); /* ends every process it forked */

/* A new reader process and the socket to it. POSTBAG_ERROR_SYSTEM. */
gboolean nursery_fork(struct nursery *nursery, pid_t *pid, int *fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends PID if it has not ended, and tells how it ended (waitpid's status). */
void nursery_reap(struct nursery *nursery, pid_t pid, int *status);

/* In a child: closes every descriptor but standard error and FD. */
void nursery_close_all_but(int fd);

#endif
