/*
 * The walls around a converter: another program, which parses what a stranger sent. It may read and execute what is under /usr (and its own file), read the
 * fonts' configuration, and use the descriptors it is given; it cannot write a file, open a socket, make a process or learn of others. As in base/sandbox.h,
 * where the kernel or the build lacks a wall, the others stand.
 */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <glib.h>

/* In a child process just forked: becomes ARGV[0], an absolute path, with standard input INPUT, standard output OUTPUT and standard error SAYS, every other
 * descriptor closed, and an environment of LC_ALL=C.UTF-8 alone. Its processor time and memory are LIMIT_CONVERTER_SECONDS and _MEMORY. Ends the process with
 * 127 when that fails. */
void confine_exec(char *const argv[], int input, int output, int says) G_GNUC_NORETURN;

/* The same for a program that is to stand by (base/standby.h): 3 is SOCKET, 4 is the file PRELOAD, which it is told to load, and the standard ones lead
 * nowhere. It may also fork, take and send messages through SOCKET, and narrow its walls. */
void confine_stand_by(char *const argv[], int socket, int preload) G_GNUC_NORETURN;

#endif
