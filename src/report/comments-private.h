/* What the comment tables are made of, for the files that make them and for their printers. */
#ifndef REPORT_COMMENTS_PRIVATE_H
#define REPORT_COMMENTS_PRIVATE_H

#include "find/entered.h"
#include "find/owntext.h"
#include "find/rows.h"
#include "find/targets.h"
#include "report/comments.h"
#include "report/ledger.h"
#include "report/mentions.h"

#define COMMENTS_UNASSIGNED "unassigned" /* in the place of a section */

struct contributor {
	gboolean body;                      /* an organization or group; else a person, or a campaign */
	gboolean campaign;                  /* letters alike, by several people */
	char *folded_name;                  /* as names are compared */
	char *name;                         /* of a campaign: what its letters say first */
	char *affiliation;                  /* as the letters say it: a person's organization or groups, a body's group; or NULL */
	char *initials;                     /* no other contributor of this report has them */
	GPtrArray *letters;                 /* of const struct message_row *, in order of arrival */
	GPtrArray *authors;                 /* of const struct message_row *: a letter of each person, the first */
	GHashTable *texts, *people;         /* by which letters that are alike, and people, are told apart */
	gint64 unique, late;                /* of the letters: those that are not alike; those that came after the close */
	gboolean found;                     /* a body that the letter's words tell: nobody has confirmed it */
	gboolean entered;                   /* somebody entered its name or initials */
	const struct contributor *namesake; /* another of the same name, not merged; or NULL */
	char *wanted;                       /* initials as entered, or before they were made unique */
};

struct comment { /* what one contributor says at one place, in one letter or in letters alike */
	struct contributor *contributor;
	const struct message_row *row; /* the first letter */
	GPtrArray *letters;            /* of const struct message_row *, ROW included */
	GPtrArray *sections;           /* of char *, in order; empty: unassigned */
	char *key;                     /* "(HUG)(3.1.2)" */
	char *quote;                   /* NULL: there are no words of its own */
	gboolean attached;             /* the quote is from an attachment */
	gboolean chosen;               /* by a person */
	gboolean suggested;            /* rules are not certain that it belongs here */
	gint64 late;                   /* of the letters */
	gint64 authors;
	const struct entered *position; /* what staff entered; or NULL */
};

struct comment_place {                 /* a topic, or what of a workstream is on none of its topics */
	const char *type, *id, *title; /* TITLE may be NULL */
	GPtrArray *comments;           /* of struct comment */
	gint64 total, unique;
};
struct comment_workstream {
	const char *id, *title; /* "" and NULL: filed under no workstream */
	GPtrArray *places;      /* of struct comment_place, in target order */
	gint64 total, unique;
};
struct comment_section {
	const char *id, *title; /* TITLE may be NULL */
	GPtrArray *comments;    /* of struct comment *, not owned, each key once */
};

struct comments {
	struct time_window window;
	gint64 close, published; /* PUBLISHED: of the document; what is older does not comment on it */
	char *title, *label, *workstream, *link, *zone_name, *document_id, *document_title;
	GTimeZone *zone;
	struct mentions *mentions; /* NULL: no sections are looked for */
	struct ledger ledger;
	GPtrArray *targets;
	GPtrArray *rows;             /* of struct message_row: all letters of the window */
	GPtrArray *letters;          /* of struct comment_letter: those in the tables */
	GPtrArray *entered;          /* of struct entered */
	GHashTable *entered_of;      /* message (gint64, not owned) -> GPtrArray of const struct entered *, oldest first */
	GPtrArray *bodies, *persons; /* of struct contributor, by name; persons: campaigns behind them */
	GPtrArray *workstreams;      /* of struct comment_workstream; unfiled last */
	GPtrArray *sections;         /* of struct comment_section */
	gint64 total, unique, late;
	gint64 superseded, elsewhere;           /* left out: corrected by a later letter; not filed under the workstream that was asked for */
	gint64 unassigned, suggested, comments; /* of comments: without a section; of a suggested filing; all */
};

struct comment_letter {
	const struct message_row *row;
	gboolean folded;            /* into a campaign */
	gboolean found;             /* BODY is what the letter's words tell */
	char *body;                 /* in whose name; NULL: the author's own */
	const struct target *group; /* that BODY is, or NULL */
	char *key;                  /* equal for letters of one contributor, but for initials that are entered */
	struct contributor *contributor;
};

/* The last that was entered of MESSAGE by that ACTION; with TOPIC what is said of it before what is said of the whole letter. NULL: nothing. */
const struct entered *comments_entered(const struct comments *comments, gint64 message, const char *action, const char *topic);

/* comments-who.c: the letters' keys, then the contributors. */
gboolean comments_find_contributors(struct comments *comments, struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* comments-what.c: the places with their comments. */
gboolean comments_find_places(struct comments *comments, struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* comments-say.c */
struct comment_reading { /* a letter's own text while its comments are made, read when first needed; to be cleared */
	struct comments *comments;
	struct index *index;
	const struct message_row *row;
	struct owntext own;
	gboolean loaded;
};
/* Quote and sections of COMMENT at PLACE, from the letter that READING reads. */
gboolean comment_fill(struct comment_reading *reading, const struct comment_place *place, struct comment *comment, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What was entered on its letters, of TOPIC (NULL: none) before the rest; then its key and counts. */
gboolean comment_finish(struct comments *comments, struct index *index, const char *topic, struct comment *comment, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* comments-words.c: the same words in every form. "40 letters by 38 people", "2 letters, 1 late"; NULL for a single one in time. */
char *comment_counts(const struct comment *comment);
char *contributor_name(const struct contributor *contributor);       /* of a campaign "campaign of 40 letters by 38 people: ..." */
char *contributor_submitters(const struct contributor *contributor); /* the authors, at most some */
char *comment_sections(const struct comment *comment, const char *none);
/* What is left out of the tables, and why. */
struct comments_left {
	const char *reason; /* for people */
	const char *name;   /* for programs */
	gint64 count;
};
#define COMMENTS_REASONS 16
/* Those with a count; returns their number, at most COMMENTS_REASONS. */
guint comments_left_out(const struct comments *comments, struct comments_left *out);
gint64 comments_received(const struct comments *comments);

#endif
