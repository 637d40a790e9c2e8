/* Rows of the index as every report and page shows them. Nothing here asks whose view it is: callers leave out what their readers may not see. */
#ifndef FIND_ROWS_H
#define FIND_ROWS_H

#include "archive/index.h"

#define SUPERSEDES_NONE "none" /* the value of a decision 'supersedes' that says: nothing */

struct message_row { /* one message; strings may be NULL but public_id, date_reason and kind */
	gint64 message, first_seq, received, date_effective, size;
	char *public_id, *message_id, *subject, *subject_base, *author_name, *author_address, *organization, *lang, *gist, *kind, *kind_reason, *unread, *held,
	    *rules, *date_reason, *copy_kind, *copy_of /* public id */, *remarks;
	gint64 campaign;   /* the message that its campaign is named by: near-identical letters have the same; its own number when it stands alone */
	char *campaign_id; /* the public id of that one */
	char *supersedes, *superseded_by; /* public ids, by a person's decision; of several the last, or NULL */
	char *redacted;                   /* 'part', 'whole': what was taken out; NULL: nothing */
	gboolean redaction_pending;       /* it is not certain that nothing is left of it */
	gboolean kind_by_person;
	gint64 thread, answered; /* answered 0: not */
	guint words, attachments;
	GPtrArray *filings;  /* of struct row_filing: workstreams, topics, intents, groups, regions, each in target order */
	GPtrArray *evidence; /* of struct row_evidence, only when asked for, else NULL */
};
struct row_filing {
	char *type, *id, *tier, *by;
};
struct row_evidence {
	char *type, *id, *tier, *key, *rule, *file, *words;
	guint line;
	gint passage;
	guint offset, length;
	gboolean boilerplate; /* it stands in a learned paragraph and does not count */
};
void message_row_free(struct message_row *row);
typedef struct message_row MessageRow;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MessageRow, message_row_free)

/* The row of MESSAGE with its filings; POSTBAG_ERROR_NO_INPUT when there is none. */
struct message_row *message_row_load(struct index *index, gint64 message, gboolean with_evidence, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those of MESSAGES (of gint64), in that order. Array of struct message_row that frees its elements. */
GPtrArray *message_rows_load(struct index *index, const GArray *messages, gboolean with_evidence, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The public ids of MESSAGES (of gint64) alone, in that order: of char *, owned by the array. */
GPtrArray *message_ids_load(struct index *index, const GArray *messages, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One message by its public id's unique prefix or Message-ID (of several messages with it the first that is not a copy). POSTBAG_ERROR_NO_INPUT. */
struct message_row *message_find(struct index *index, const char *id, gboolean with_evidence, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The filing of that type and id, or NULL. */
const struct row_filing *message_row_filing(const struct message_row *row, const char *type, const char *id);
/* Is it filed under anything of that type? */
gboolean message_row_has(const struct message_row *row, const char *type);
/* What stands in the place of a subject: "(no subject)", or that it was redacted. */
const char *message_row_subject(const struct message_row *row);

#endif
