/* What people entered about comments for the tables of a report: sections, positions, in whose name, initials, quotes. */
#ifndef FIND_ENTERED_H
#define FIND_ENTERED_H

#include "archive/index.h"

#define ENTERED_NONE "none" /* the value that says: there is none, whatever the text says */

struct entered {
	gint64 seq, at, message;
	char *who, *action;   /* WHO may be NULL; ACTION: "section", "position", "on-behalf-of", "initials", "quote" */
	char *topic;          /* what it is said of in this letter; NULL: the letter */
	char *value, *note;   /* NOTE may be NULL */
	char *address, *name; /* the letter's author's; may be NULL */
};
/* All that holds, oldest first. Array of struct entered that frees its elements. */
GPtrArray *entered_load(struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The value of a decision: VALUE about the letter, or with TOPIC about what it says there, "@topic value". Caller frees. */
char *entered_value(const char *topic, const char *value);

#endif
