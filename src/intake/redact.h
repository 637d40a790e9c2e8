/*
 * Taking words, parts or whole messages out of an archive: planned first, so that people see what would go; then kept as decisions; then finished, which takes
 * as long as it takes and can be repeated: a redaction is pending until nothing is found of it anywhere.
 */
#ifndef INTAKE_REDACT_H
#define INTAKE_REDACT_H

#include "archive/index.h"
#include "archive/residue.h"
#include "base/needle.h"
#include "intake/reader.h"

struct redact_request {
	const char *method;            /* "text", "span", "address", "part 2"; NULL: the whole message */
	const struct needles *needles; /* of "text", "span" and "address" */
	GStrv parts;                   /* of "part" */
	const char *who, *note;
	gint64 now;
	struct reader *reader;     /* takes words out of digests that were sent; NULL: these go as a whole */
	const struct needles *key; /* of many at once: what is looked for afterwards has the key of these, few of each; or NULL */
};

struct redact_plan {
	gint64 content;
	char *public_id, *value;
	GBytes *raw;             /* what is left; NULL: nothing */
	GStrv report;            /* what goes: "in part 1, text/plain: 2 places", "the whole of part 2, application/pdf" */
	GStrv unknown;           /* attachments whose text nobody knows, and that stay */
	struct needles *needles; /* what is looked for afterwards */
	GStrv told;              /* of a whole message: what a digest tells of it: subject, author, gist; else NULL */
	GStrv alone;             /* of these what it tells without the id, or NULL */
};
void redact_plan_free(struct redact_plan *plan);
typedef struct redact_plan RedactPlan;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RedactPlan, redact_plan_free)

/* What becomes of CONTENT; nothing is changed. The words are gone from what it gives, as far as the bytes and a second reading show. NULL with
 * POSTBAG_ERROR_NO_INPUT: they are not in it, or there is no such part; POSTBAG_ERROR_DATA: it cannot be taken apart,
 * or of its header nothing would stay either: only removed whole. */
struct redact_plan *redact_plan_new(struct mailstore *store, struct index *index, struct reader *reader, gint64 content, const char *public_id,
    const struct redact_request *request, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The text at [FROM, TO) characters of what `show` prints of its passages, one string for each passage touched. POSTBAG_ERROR_USAGE beyond its end. */
GStrv redact_span(struct index *index, gint64 content, guint64 from, guint64 to, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Is what came back from READER free of NEEDLES (NULL: yes)? By its bytes, and by how another process reads it. */
gboolean redact_is_clean(struct reader *reader, GBytes *bytes, const struct needles *needles);

struct redact_done {   /* digests that were sent and are kept */
	guint changed; /* without the words now */
	guint gone;    /* that can be sent no more */
};
/* Keeps PLANS (of struct redact_plan), all or none; DONE may be NULL. */
gboolean redact_apply(
    struct mailstore *store, const GPtrArray *plans, const struct redact_request *request, struct redact_done *done, GError **error) G_GNUC_WARN_UNUSED_RESULT;

struct redact_finished {
	guint verified, pending;
	GPtrArray *why;         /* of char *: what keeps it pending */
	struct residue residue; /* of all that were looked for at once */
};
void redact_finished_clear(struct redact_finished *finished);
typedef struct redact_finished RedactFinished;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RedactFinished, redact_finished_clear)

/* Finishes what is pending: the index, which must have followed, tidied; logs emptied; every place searched; and what is found nowhere entered as verified.
 * OTHERS: folders beside the archive. EXTRA: what is looked for where that got lost, or NULL, of the message ONLY, or with 0 of all. Nothing happens when
 * nothing is pending. */
gboolean redact_finish(struct mailstore *store, struct index *index, const char *const *others, const struct needles *extra, gint64 only, gint64 now,
    struct redact_finished *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
