/*
 * What the files of follow share. follow.c applies entries in batches, follow-reading.c has what they need read by the reader, follow-again.c reads again what
 * waits for it.
 */
#ifndef INTAKE_FOLLOW_PRIVATE_H
#define INTAKE_FOLLOW_PRIVATE_H

#include "intake/desk.h"
#include "intake/follow.h"
#include "rules/change.h"

struct offer {
	gint64 submission; /* the reader has it under this tag; 0: READING is here */
	gint64 seq;        /* the entry that brought it, 0: not known */
	struct reading reading;
	struct index_work *work; /* of its record, or NULL: not made yet */
	char *hash;              /* of the rules it was or is being read by */
	GBytes *raw;             /* of one that the reader has, where documents are converted ahead; else NULL */
	gint64 received;
};

struct follow {
	struct mailstore *store;
	struct index *index;
	struct reader *reader;
	struct reader *second; /* for rules applied to all messages, or NULL */
	struct desk *desk;     /* converts documents ahead, or NULL */
	gint64 desk_left;      /* microseconds that it may be waited for in this transaction */
	GHashTable *offers;    /* content -> struct offer */
	GHashTable *contents;  /* submission -> content: what the reader was given */
	gint64 submissions;
	guint looks;          /* calls of follow_await */
	follow_supply supply; /* or NULL */
	gpointer supply_data;
	char *no_reader;       /* why none could be started, NULL: that was never so */
	gint64 end;            /* monotonic microseconds: no answer is waited for beyond it; 0: no end */
	gboolean open;         /* a transaction is */
	gint64 begun;          /* since then, monotonic microseconds */
	guint held;            /* entries in it */
	gboolean ahead;        /* what is awaited is not needed yet */
	char *rules;           /* hash of the ruleset that the reader has, NULL: none */
	gboolean rules_known;  /* FALSE: it may have others from before */
	GPtrArray *targets;    /* of that ruleset */
	gboolean shared;       /* the second reader has RULES too */
	gboolean base_known;   /* BASE and CHANGE are of RULES */
	char *base;            /* of the ruleset that CHANGE begins with, NULL: none */
	struct change *change; /* from that to RULES, NULL: too much */
};

#define LOOK 8 /* messages between two looks at what the reader has answered: each is a call of the kernel, and the reader has as many to write */

enum applied { APPLIED, NOT_YET, FAILED };

/* The reader gets the ruleset HASH ("" or NULL: none), if it has another. */
gboolean follow_use_rules(struct follow *follow, const char *hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What changed from the ruleset HASH (NULL: none) to that of the reader, for it and the second one: FOLLOW->base and FOLLOW->change. */
gboolean follow_use_base(struct follow *follow, const char *hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Hands what has to be read of ENTRIES to the reader. One that is gone reads no more: the entries are cut there, and the rest is left to sweep. */
gboolean follow_submit_entries(struct follow *follow, GArray *entries, const char *rules, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Commits the index. Where there is more to supply, the reader is served meanwhile by a thread of its own, which has FOLLOW to itself until then. */
gboolean follow_commit(struct follow *follow, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes answers until CONTENT's is there; NULL when it is not in time. Stays the follow's. */
struct offer *follow_await(struct follow *follow, gint64 content);
/* What was handed to the reader ahead comes in first, so that its next answers are of what is asked next. */
void follow_take_all(struct follow *follow);
/* The answer to what was submitted under tag 0, behind those that are still owed. */
void follow_collect_own(struct follow *follow, struct reading *reading);
/* follow-again.c: the rows of a redacted message made anew from the bytes that are left, and the decision ENTRY applied. */
enum applied follow_apply_redaction(struct follow *follow, const struct entry *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
