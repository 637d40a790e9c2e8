/* The comment tables of a staff report: who commented, and what was said on each workstream and topic, with keys, quotes and counts. */
#ifndef REPORT_COMMENTS_H
#define REPORT_COMMENTS_H

#include "archive/index.h"
#include "archive/mailstore.h"
#include "base/clock.h"
#include "report/mentions.h"

struct comments_options { /* strings and DOCUMENT are copied or used while it is built */
	struct time_window window;
	gint64 close;           /* what was received from then on is late; 0: nothing is */
	const char *title;      /* of the whole report */
	const char *workstream; /* only this one; NULL: all */
	const char *label;      /* of the window; NULL: its first and last day */
	const char *link;       /* an address with {id}, or NULL */
	GTimeZone *zone;
	const struct mentions_document *document; /* what is commented on: its sections are looked for; NULL: none are */
	gint64 spooled;                           /* letters that wait in the spool, received in WINDOW */
};

enum comments_table { COMMENTS_BOTH, COMMENTS_CONTRIBUTORS, COMMENTS_COMMENTS };

struct comments;
/* POSTBAG_ERROR_USAGE when there is no such workstream. */
struct comments *comments_build(struct mailstore *store, struct index *index, const struct comments_options *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void comments_free(struct comments *comments);
typedef struct comments Comments;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Comments, comments_free)

/* Letters received less those in the tables and those left out: 0 when it reconciles. */
gint64 comments_difference(const struct comments *comments);

/* Caller frees, of all. Text has 72 columns; HTML is a page to print and to paste from; CSV is one table; JSON has everything: postbag(1) has its members. */
char *comments_print_text(const struct comments *comments, enum comments_table table);
char *comments_print_html(const struct comments *comments, enum comments_table table);
char *comments_print_csv(const struct comments *comments, enum comments_table table);
char *comments_print_json(const struct comments *comments);

#endif
