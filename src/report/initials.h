/* Initials by which a report names who wrote, as in the key (JD)(3.1.2). Pure. */
#ifndef REPORT_INITIALS_H
#define REPORT_INITIALS_H

#include <glib.h>

#define INITIALS_MOST 16 /* characters of those that a person enters */

/* Of a person: the first letters of the names, "Jane van Doe" JD, "Doe, Jane" JD, a name in Han or the like as it stands; without a NAME from the part of
 * ADDRESS before the at sign. Either may be NULL. Never empty: "X" when nothing is there. Caller frees. */
char *initials_of_person(const char *name, const char *address);
/* Of an organization or group: an acronym as it stands ("HUG", "Harbour Users Group (HUG)"), a single word as it stands, else the first letters of its
 * words. Never empty. Caller frees. */
char *initials_of_body(const char *name);
/* Letters, digits, and '-', '&', '.', '/' between them; at most INITIALS_MOST. */
gboolean initials_are_valid(const char *text);

/* WANTED, with a number behind it when TAKEN (of char *, owned by it, to numbers; case makes no difference) has it: JD, JD2, JD3. It is added. Caller frees. */
char *initials_take(GHashTable *taken, const char *wanted);

#endif
