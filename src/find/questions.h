/* What asks for an answer (input with the intent consultation or question), when it was answered, and by whom. */
#ifndef FIND_QUESTIONS_H
#define FIND_QUESTIONS_H

#include "archive/index.h"
#include "find/span.h"

struct question {
	gint64 message, received, date;
	gint64 answered;       /* as is known now; 0: not */
	gboolean consultation; /* a request for one, whatever else it asks */
	char *workstreams;     /* ids, a line each; NULL: none */
};
/*
 * Visits those that were not answered before SINCE (G_MININT64: all) and were received before TO, oldest first, one at a time; WANTED as find/span.h has it.
 * It reads the filings of the two intents, not the messages.
 */
typedef void (*question_visit)(gpointer data, const struct question *question);
gboolean questions_walk(
    struct index *index, gint64 since, gint64 to, const char *wanted, question_visit visit, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Was it open at T? */
gboolean question_is_open(const struct question *question, gint64 t);

struct answer {
	gint64 question; /* message number */
	gint64 at;
	char *who;  /* who wrote it, or said that it was answered; may be NULL */
	char *id;   /* public id of the team's letter; NULL: a person said so */
	char *note; /* the person's, or NULL */
};
/* What was answered in WINDOW and is still: of struct answer, which it frees, in the order of the answers. */
GPtrArray *answers_in(struct index *index, struct time_window window, const char *wanted, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
