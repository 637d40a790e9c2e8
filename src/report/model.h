/* What a digest is made of, for its printers. */
#ifndef REPORT_MODEL_H
#define REPORT_MODEL_H

#include "find/campaign.h"
#include "find/corrections.h"
#include "find/counts.h"
#include "find/decisions.h"
#include "find/lists.h"
#include "find/targets.h"
#include "find/totals.h"
#include "report/digest.h"

#define DIGEST_WINDOWS 7   /* of a sparkline: six before, and this one */
#define DIGEST_AWAITING 15 /* listed of what awaits an answer */
#define DIGEST_SENTENCES 3 /* of a campaign's letters that say what the others do not */

struct digest_item {
	const struct message_row *row;    /* a message, or the first of a campaign's letters here */
	GPtrArray *letters;               /* a campaign: its rows in this place, ROW included; else NULL */
	const struct alike_counts *alike; /* a campaign: over the whole archive; else NULL */
	GPtrArray *sentences;             /* a campaign shown here: of struct digest_sentence, those worth reading first; else NULL */
	guint more_sentences;             /* that are not among them */
	const char *see;                  /* id of the workstream where it was shown before, or NULL */
};

struct digest_sentence {
	char *text;
	const struct message_row *row; /* the first letter here that says so */
	gint64 letters;
};

struct digest_correction {
	const struct message_row *row; /* not owned */
	struct correction *correction;
};

struct digest_place {                   /* a workstream (of a digest by topic or group: one of these), or what is unfiled */
	const char *id, *title;         /* "" and NULL: unfiled */
	gint64 count, unique;           /* new input, and of it letters that are not alike and that no correction superseded */
	gint64 history[DIGEST_WINDOWS]; /* the last is this window's count */
	GPtrArray *items;               /* of struct digest_item */
	gboolean none;                  /* those under a workstream, and under no topic or no group: its id is no id */
};

struct digest {
	struct span span;
	struct time_window window; /* of it */
	char *title, *label, *wanted;
	char *workstream; /* the ids in WANTED, for people; NULL: everything */
	const char *by;   /* what places are: "workstream", "topic" or "group" */
	char *zone_name, *rules_trouble, *link, *foot;
	gint64 html_bytes;
	char rules[72]; /* hash, "" when none are in force */
	GTimeZone *zone;
	struct ledger ledger;
	GPtrArray *targets;    /* of struct target */
	GPtrArray *rows;       /* of struct message_row with evidence: the window's new input */
	GHashTable *campaigns; /* the campaign's number (gint64) -> struct alike_counts */
	GPtrArray *places;     /* of struct digest_place: in target order */
	struct digest_place *unfiled;
	GPtrArray *suggested;                   /* of struct message_row, not owned: some workstream is only suggested */
	GPtrArray *routed;                      /* of struct message_row */
	GPtrArray *corrections;                 /* of struct digest_correction: new input that may supersede an earlier letter */
	GPtrArray *awaiting;                    /* of struct message_row, oldest first */
	gint64 n_awaiting;                      /* LIST_COUNTED: or more */
	GPtrArray *others;                      /* of struct message_row: of another kind than input, copies, repeated */
	GPtrArray *held, *unread, *attachments; /* of struct list_item */
	gint64 redactions_pending;
	GPtrArray *late;      /* of struct message_row, not owned: of an issue, new input that was received before its window */
	char *still_unread;   /* of an issue: what the next one is to look at again, as struct span's LATE; NULL: none */
	gint64 held_before;   /* held since an earlier window */
	GPtrArray *decisions; /* of struct decision_row */
	GPtrArray *changed;   /* of struct message_row with evidence: came before, and a person brought it here in this window */
};

/* The window in words: a day, a week or a month by its name, anything else by its ends. Caller frees. */
char *label_window(struct time_window window, GTimeZone *zone);

/* Of a digest of some ids alone: how much of the input it has, and what it leaves out; else NULL. Caller frees. */
char *label_selection(const struct digest *digest);

/* What `postbag query` is given behind other terms to find no more than a digest of some ids has: "", " ws:quay", " '(ws:quay OR group:PILOTS)'". Caller frees.
 */
char *label_query(const struct digest *digest);

/* DIGEST's places and what is unfiled, from its rows, with the windows before. */
gboolean places_fill(struct digest *digest, struct index *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void digest_place_free(struct digest_place *place);

/* The number (gint64) of the campaign -> struct alike_counts (both owned) of those ROWS that belong to a campaign. */
GHashTable *campaigns_find(struct index *index, const GPtrArray *rows, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ROWS (of struct message_row, not owned) as items, a campaign's letters folded into the first; PLACE gets its items, count and unique. SHOWN (message or
 * campaign -> place id) tells across places where it is shown. */
void campaigns_fold(const GPtrArray *rows, GHashTable *campaigns, GHashTable *shown, struct digest_place *place);
/* What the letters of ITEM say that their campaign does not. */
gboolean campaigns_compare(struct index *index, struct digest_item *item, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void digest_item_free(struct digest_item *item);

/* The filings that speak for ROW standing at the place ID: of a workstream its topics there, firm ones first, itself when none does or a person said so; of a
 * topic that one; of a group all topics. Array of struct row_filing, not owned; caller frees. */
GPtrArray *why_filings(const struct message_row *row, const GPtrArray *targets, const char *id);
/* Why ROW stands at the place ID: these with the words that were matched, quoted and escaped, a star where only suggested; NULL when there is
 * nothing to say. Caller frees. */
char *why_filed(const struct message_row *row, const GPtrArray *targets, const char *id);

#endif
