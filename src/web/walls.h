/*
 * The walls around the server that strangers talk to: it reads the archive's files and no others, writes none, makes no connection and starts no program. As in
 * base/sandbox.h, where the kernel or the build lacks a wall, the others stand.
 */
#ifndef WEB_WALLS_H
#define WEB_WALLS_H

#include <glib.h>

/* For the process and all its threads, for good: before the first of them starts. FOLDER is the archive's. *LANDLOCK and *CALLS tell which walls stand. */
void walls_enter(const char *folder, gboolean *landlock, gboolean *calls);

#endif
