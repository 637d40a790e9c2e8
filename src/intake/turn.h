/*
 * Turns: of many deliveries at once only as many read and index as there are processors; the others keep their message and leave the rest to those, to
 * later deliveries and to sweep. Without them the last of a crowd waits for the reading of all.
 */
#ifndef INTAKE_TURN_H
#define INTAKE_TURN_H

#include <glib.h>

/* Takes a turn at reading for the archive FOLDER: a descriptor, to be closed when it is over (the process's end does), or -1 when all are taken. Never waits.
 * Where turns cannot be told, *FREE becomes TRUE and there is one for everybody. */
int turn_take(const char *folder, gboolean *free);

#endif
