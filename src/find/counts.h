/* Numbers for reports. All but counts_held and counts_alike touch only what was received in a window. */
#ifndef FIND_COUNTS_H
#define FIND_COUNTS_H

#include "archive/index.h"
#include "find/span.h"
#include "base/record.h"

struct delivery_counts { /* every delivery in exactly one class, this order of precedence, then the kinds */
	gint64 rows;     /* all */
	gint64 redacted, unread, held, duplicate, variant;
	gint64 kinds[N_KINDS];
};
gboolean counts_deliveries(struct index *index, const struct span *span, struct delivery_counts *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* New input received in WINDOW (kind input, read, not held, no copy, first delivery) by what it is filed under of that TYPE: a table of char * -> gint64 * that
 * frees both; "" counts what is under no workstream; of another TYPE what is under a workstream and under nothing of that type. WANTED as span.h has it. */
GHashTable *counts_by(struct index *index, const char *type, const struct span *span, const char *wanted, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Letters of the same text as MESSAGE's that came before the end of SPAN (NULL: all), over the whole archive; counted up to COUNTS_ALIKE, the first ones taken
 * in first. */
#define CAMPAIGN_LEAST 3  /* letters alike, from as many authors, that make a campaign */
#define COUNTS_ALIKE 2000 /* a report must not read a hundred thousand letters alike to say that they are many */
/* Is the message with the alias M input that counts as a letter, wherever letters are counted? */
#define COUNTED(M) M ".kind = 'input' AND " M ".held IS NULL AND " M ".unread IS NULL AND " M ".copy_of IS NULL AND " M ".redacted IS NOT 'whole'"
/* Does it await an answer? In the words of the index message_awaiting, so that it is found there; what is unread or redacted as a whole asks nothing. */
#define AWAITING(M) M ".asks = 1 AND " M ".answered IS NULL AND " M ".kind = 'input' AND " M ".held IS NULL AND " M ".copy_of IS NULL"
/* Has a later one taken its place, by a person's decision? */
#define SUPERSEDED(M) "EXISTS (SELECT 1 FROM decision AS s WHERE s.action = 'supersedes' AND s.undone IS NULL AND s.value = " M ".public_id)"
/* Every letter that is like another, with its campaign: from the index of those alone. */
#define IN_CAMPAIGNS                                                                                                                                           \
	"(SELECT campaign, message FROM letter WHERE campaign <> message UNION ALL SELECT DISTINCT campaign, campaign FROM letter WHERE campaign <> message)"
/* The letters of the campaign with the number C, as a subselect. */
#define CAMPAIGN_LETTERS(C) "(SELECT " C " UNION ALL SELECT message FROM letter WHERE campaign = " C " AND campaign <> message)"
struct alike_counts {
	gint64 letters, authors;
	gint64 first; /* when the first was received */
};
gboolean counts_alike(struct index *index, gint64 message, const struct span *span, struct alike_counts *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Messages held at present that came before SPAN. */
gboolean counts_held(struct index *index, const struct span *span, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
