/* mail.db without what was taken out of it. The entry 'redact' says that it was and by which method, never what; the entry 'verified', whose value is the
 * other's seq, that nothing of it was found anywhere. Content ids stay: the same content is known when it comes again, and its bytes are not kept. */
#ifndef ARCHIVE_REDACTION_H
#define ARCHIVE_REDACTION_H

#include "archive/mailstore.h"
#include "base/needle.h"

#define REDACT_ALL "all" /* the value of 'redact' of a whole message begins with it; behind it its kind, and "held" when it was */

struct redaction {
	gint64 content, at;
	const char *who, *note, *value;
	GBytes *raw;                   /* its bytes from now on; NULL: none */
	const struct needles *needles; /* envelope addresses that have these go as well; with RAW NULL all do */
};
/* Within a transaction: the decision, and the bytes replaced. Headers of later copies go in any case. POSTBAG_ERROR_USAGE when it has no bytes already. */
gboolean mailstore_redact(struct mailstore *store, const struct redaction *redaction, gint64 *seq, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Do envelopes of CONTENT's deliveries, or headers of its later copies, have them? */
gboolean mailstore_deliveries_have(
    struct mailstore *store, gint64 content, const struct needles *needles, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Within a transaction: nothing is left of what the entry REDACTED of CONTENT took out. */
gboolean mailstore_add_verified(struct mailstore *store, gint64 content, gint64 redacted, gint64 at, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The public id of CONTENT. Caller frees. POSTBAG_ERROR_NO_INPUT. */
char *mailstore_public_id(struct mailstore *store, gint64 content, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether anything was taken out of any message by an entry after SEQ: an index that has followed up to SEQ still has it. */
gboolean mailstore_redacted_after(struct mailstore *store, gint64 seq, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Digests issued at SINCE or later. */
gboolean mailstore_count_issues(struct mailstore *store, gint64 since, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds the issues (gint64) of which the message is kept and that were made since the first of CONTENTS (of gint64) came. */
gboolean mailstore_issues_with(struct mailstore *store, const GArray *contents, GArray *list, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Within a transaction: MESSAGE takes the place of what the issue SEQ was sent as; NULL: nothing does, and it can be sent no more. */
gboolean mailstore_replace_issue(struct mailstore *store, gint64 seq, GBytes *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* db_purge. */
gboolean mailstore_purge(struct mailstore *store, gboolean remake, gboolean *emptied, GError **error) G_GNUC_WARN_UNUSED_RESULT;

struct pending_redaction {
	gint64 seq, content;
	char *public_id, *value;
	gboolean pending; /* not verified */
};
/* Those of which it is not certain yet that nothing is left, oldest first, or with ALL every one: of struct pending_redaction. */
GPtrArray *mailstore_redactions(struct mailstore *store, gboolean all, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Before STORE, from a backup, takes the place of FORMER: what is redacted there is redacted here as well, with the same bytes, and the same decisions after
 * all others; what is not here is known here from now on, so that it cannot come in by a spool. One transaction. *COUNT messages. */
gboolean mailstore_redact_as(struct mailstore *store, struct mailstore *former, gint64 at, guint *count, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * What is looked for until nothing is found, beside the databases and never in a backup: a file of the archive's folder for each redaction, with the needles'
 * digests and their key, removed in the end. redaction_load gives NULL without an error when there is none.
 */
#define REDACTION_FILE ".redacting-"
gboolean redaction_save(const char *folder, gint64 seq, const struct needles *needles, GError **error) G_GNUC_WARN_UNUSED_RESULT;
struct needles *redaction_load(const char *folder, gint64 seq, GError **error);
/* Removes it, or with SEQ 0 those of redactions that are in no list of PENDING (of struct pending_redaction). */
void redaction_forget(const char *folder, gint64 seq, const GPtrArray *pending);

#endif
