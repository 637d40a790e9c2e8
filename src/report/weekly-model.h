/* What a weekly report is made of, for its printers. */
#ifndef REPORT_WEEKLY_MODEL_H
#define REPORT_WEEKLY_MODEL_H

#include "find/activity.h"
#include "find/questions.h"
#include "report/milestones.h"
#include "report/model.h"
#include "report/weekly.h"

#define WEEKLY_WEEKS 9     /* of the trend: eight before, and this one */
#define WEEKLY_NOTABLE 6   /* letters told of for each workstream; the others are named by a query */
#define WEEKLY_AWAITING 10 /* questions told of for each workstream, the oldest */
#define WEEKLY_LISTED 8    /* in each of the other lists */
#define WEEKLY_AHEAD 28    /* days in which milestones are near */

struct weekly_letter { /* a letter, or a campaign */
	const struct digest_item *item;
	int score;          /* the sum over its reasons */
	GPtrArray *reasons; /* of char *: why it is worth telling of, weightiest first; not escaped */
};
struct weekly_question {
	struct message_row *row;
	gboolean consultation;
	gint64 days; /* since it came */
};
struct weekly_answer {
	struct message_row *row; /* the question */
	const struct answer *answer;
};
struct weekly_topic {
	const struct target *target;
	gboolean numbered;  /* one of a series: a recommendation, a chapter */
	gint64 now, before; /* this week, and in the eight weeks before together */
};
struct weekly_place { /* a workstream; "": filed under none */
	const char *id, *title;
	gint64 weeks[WEEKLY_WEEKS]; /* this week's last */
	gint64 before;              /* in the eight weeks before together */
	gint64 total;               /* up to the end of the week */
	gint64 questions, consultations;
	struct digest_place *items; /* this week's letters, campaigns folded; count and unique */
	GPtrArray *letters;         /* of struct weekly_letter, the most notable first */
	GArray *open;               /* of struct question, the oldest WEEKLY_AWAITING */
	GPtrArray *awaiting;        /* of struct weekly_question */
	GPtrArray *answered;        /* of struct weekly_answer */
	GPtrArray *corrections;     /* of struct digest_correction: to be confirmed */
	GPtrArray *superseded;      /* of struct decision_row, not owned: what a person said this week */
	GPtrArray *suggested;       /* of struct message_row, not owned: filed here with less than certainty */
	GPtrArray *topics;          /* of struct weekly_topic: this week's or with letters in the eight weeks before, most letters first */
};
struct weekly {
	struct time_window window;
	char *title, *label, *workstream, *link;
	char rules[72];
	GTimeZone *zone;
	GPtrArray *targets, *rows;
	GHashTable *campaigns;
	GPtrArray *places; /* of struct weekly_place, in target order; without WORKSTREAM the last is "" */
	GPtrArray *answers, *decisions, *milestones;
	guint n_before;                      /* weeks before this one, of the eight, since the archive began: the mean is over these */
	struct activity_sum sum, sum_before; /* this week and the one before, of all workstreams or the one asked for */
};

/* weekly-letters.c: fills PLACE's letters from its items. */
gboolean weekly_rank(const struct weekly *weekly, struct index *index, struct weekly_place *place, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weekly_letter_free(gpointer letter);
/* "1.5": SUM over the weeks before, to a tenth; "" when there are none. Caller frees. */
char *weekly_mean(const struct weekly *weekly, gint64 sum);
/* Did it grow: two letters at least, and half as many again as the mean? */
gboolean weekly_grew(const struct weekly *weekly, const struct weekly_topic *topic);
/* The week as a query names it: "received:2019-02-11..2019-02-17". Caller frees. */
char *weekly_query(const struct weekly *weekly);

#endif
