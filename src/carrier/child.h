/* A program that is given something whole, and a time to end in. */
#ifndef CARRIER_CHILD_H
#define CARRIER_CHILD_H

#include <glib.h>

struct child {
	gboolean group;          /* to be set before: what the program starts ends with it when it takes too long or dies, and sends nothing later */
	char *said, *complained; /* the first kilobyte of its standard output and standard error; never NULL when it ran */
	int status;              /* as waitpid(2) has it */
	gboolean late;           /* it took longer than it may, and was killed */
	gboolean consumed;       /* it has read its standard input to the end */
};
void child_clear(struct child *child);
typedef struct child Child;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Child, child_clear)

/*
 * Runs ARGV in FOLDER (NULL: here) with INPUT on its standard input, for at most so many SECONDS. The input is an unnamed file and not a pipe: should this
 * process die, the program does not take a piece for the whole. FALSE: it was not started. POSTBAG_ERROR_SYSTEM or g_spawn's own error.
 */
gboolean child_run(char **argv, const char *folder, GBytes *input, guint seconds, struct child *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
