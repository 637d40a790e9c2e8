/* What became of a message that was handed on. */
#ifndef CARRIER_OUTCOME_H
#define CARRIER_OUTCOME_H

#include <glib.h>

enum outcome_state {
	OUTCOME_SENT,     /* the other side has taken it */
	OUTCOME_DEFERRED, /* it has not, and may another time: 4xx, no connection, no time */
	OUTCOME_REFUSED,  /* it never will: 5xx to the recipient or the message */
	OUTCOME_UNKNOWN,  /* it was handed over whole, and the answer never came: RFC 5321 section 4.5.3.2.6 */
};

struct outcome {
	enum outcome_state state;
	char *words; /* one line: the server's answer, or what went wrong; escaped for a terminal */
};

/* "sent", "deferred", "refused", "unknown". */
const char *outcome_name(enum outcome_state state);
/* -1 when NAME is none of them. */
int outcome_from_name(const char *name);

/* postbag-carrier's exit status for STATE: 0, 75, 69, 76. */
int outcome_status(enum outcome_state state);
/* Does postbag-carrier end with STATUS before it has begun to send? What a shell or a dynamic linker says of a program that it cannot run is one too. */
gboolean outcome_tried_nothing(int status);

/* Sets what is in OUT. WORDS may have control characters and several lines. */
void outcome_set(struct outcome *out, enum outcome_state state, const char *words);
void outcome_clear(struct outcome *outcome);
typedef struct outcome Outcome;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

#endif
