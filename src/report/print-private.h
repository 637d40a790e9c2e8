/* What the files of the text digest share: how lines are made, and the parts in their order. */
#ifndef REPORT_PRINT_PRIVATE_H
#define REPORT_PRINT_PRIVATE_H

#include "report/model.h"

#define COLUMNS 72      /* what fits a quoted mail and a narrow terminal */
#define NAME_COLUMNS 40 /* of a person's or a file's name */
#define ID_SHOWN 8      /* of a public id where a line is short: a prefix that commands accept */
#define ELLIPSIS "\u2026"
#define OTHERS_SHOWN 60    /* of what is no new input */
#define ALIKE_FOLDED 4     /* messages of which one person says the same at once */
#define DECISIONS_SHOWN 60 /* a person files hundreds with one command; postbag history has them all */

struct printer {
	GString *out;
	const struct digest *digest;
	guint most; /* entries shown of each list, others are folded; only pages do (html_fold) */
};

/* Turns the writing about: bidi controls. */
gboolean print_is_direction(gunichar c);
/* A sender's text with no more than a few marks or characters without width on one letter, which would lie over other lines or hide words. Caller frees. */
char *print_tame(const char *text);
/* One line of a sender's text: tame, escaped, no tabs or line ends, cut to COLUMNS. Caller frees, as all that follow. */
char *print_one_line(const char *text, guint columns);
char *print_author(const struct message_row *row, guint columns);
/* The gist, or the subject of a letter without text; a long one that was cut, here or when it was made, ends with a whole word. */
char *print_gist(const struct message_row *row, guint columns);
/* "paths, parking*": what ROW is filed under of that TYPE. */
char *print_ids(const struct message_row *row, const char *type);
/* The author; of a campaign how many letters and who. */
char *print_who(const struct digest_item *item);
/* A language for people: "French" for "fr"; the code itself where it has no name here. Caller frees. */
char *print_language(const char *code);
/* Does the gist of ROW say no more than its subject, so that the same would stand there twice? */
gboolean print_says_no_more(const struct message_row *row);
/* "3 to answer, 2 held": what waits for a person, "" when nothing does. */
char *print_todo(const struct digest *digest);
/* What a row is that is no new input: its kind, that it is a copy, that it was redacted. */
const char *print_state(const struct message_row *row);
/* How many of DECISIONS from FIRST on are the same said of other messages. */
guint print_alike(const GPtrArray *decisions, guint first);
/* The time of day, with the day in a window of more than one. */
char *print_time(const struct printer *printer, gint64 t);

void print_line(struct printer *printer, const char *text);
/* TEXT wrapped, FIRST before its first line and as many spaces before the others. A sender's words never begin a line, so that none looks like one of ours. */
void print_paragraph(struct printer *printer, const char *first, const char *text);
void print_heading(struct printer *printer, const char *text);

/* print-items.c */
void print_places(struct printer *printer);
void print_items(struct printer *printer, const struct digest_place *place);

/* print-look.c */
void print_awaiting(struct printer *printer);
void print_held(struct printer *printer);
void print_look(struct printer *printer);
void print_others(struct printer *printer);
void print_decisions(struct printer *printer);

#endif
