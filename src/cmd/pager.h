/* Long text on a terminal goes through a pager, as git's does. */
#ifndef CMD_PAGER_H
#define CMD_PAGER_H

#include <glib.h>
#include <stdio.h>

struct pager;
/*
 * Standard output itself when it is no terminal or ALLOWED is FALSE; else the input of the program that POSTBAG_PAGER, PAGER, or without them "less" names
 * (run by the shell; an empty value or "cat": none). LESS=FRX and LV=-c are set for it when they are not. *PAGER gets NULL when there is none.
 */
FILE *pager_open(gboolean allowed, struct pager **pager);
/* Waits until the reader has left; PAGER may be NULL. */
void pager_close(struct pager *pager);
typedef struct pager Pager;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pager, pager_close)

#endif
