/* What the letters of a campaign have in common and where they differ, sentence by sentence, in memory that does not grow with their number. */
#ifndef FIND_CAMPAIGN_H
#define FIND_CAMPAIGN_H

#include "archive/index.h"

struct campaign_sentence {
	char *text;         /* as the first letter has it, white space folded, at most LIMIT_SENTENCE_BYTES */
	char *words;        /* as compared: case, accents and punctuation make no difference */
	gint64 letters;     /* that have it */
	gint64 message;     /* the first of them */
	gboolean begins;    /* a paragraph, there */
	gboolean fresh;     /* some of them were added as fresh */
	gboolean ended;     /* by a full stop or its like: no greeting and no name */
	gboolean worth;     /* reading: most of it is none of the common letter's words */
	gint64 place, last; /* sum of its places in the letters; the letter that was counted last */
};

/* Letters one after the other, in any number. Sentences are the same when their words are. */
struct campaign;
struct campaign *campaign_new(void);
void campaign_free(struct campaign *campaign);
typedef struct campaign Campaign;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Campaign, campaign_free)
/* MESSAGE's own new text. FRESH: its sentences are marked so. */
gboolean campaign_add(struct campaign *campaign, struct index *index, gint64 message, gboolean fresh, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Once, after the last letter. COMMON: what more than half of the letters have, in the letter's order; OTHERS: the rest, what most have first. Arrays of struct
 * campaign_sentence, owned by CAMPAIGN. *UNTOLD: how often sentences came that were not told apart, for there were too many. */
void campaign_finish(struct campaign *campaign, const GPtrArray **common, const GPtrArray **others, gint64 *untold);

struct campaign_facts {
	gint64 letters, authors, first, last, superseded; /* LETTERS: input that is neither held nor a copy; FIRST and LAST: received */
};
/* Of the campaign with the number CAMPAIGN. */
gboolean campaign_facts(struct index *index, gint64 campaign, struct campaign_facts *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Its letters in the order of public ids, at most LIMIT (0: all): of gint64. Caller frees. */
GArray *campaign_letters(struct index *index, gint64 campaign, guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
