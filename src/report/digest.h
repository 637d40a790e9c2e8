/* The digest: a ledger first, then what came in. One model, several printers. DESIGN section 8. */
#ifndef REPORT_DIGEST_H
#define REPORT_DIGEST_H

#include "archive/mailstore.h"
#include "base/clock.h"
#include "find/span.h"
#include "report/ledger.h"

struct digest;
struct digest_options {
	struct span span;   /* of an issue, its window is the time that it is about: what was received before stands under "arrived late" */
	const char *title;  /* "Input": from the configuration */
	const char *label;  /* "Tuesday 12 February 2019" or NULL: made from the window */
	const char *wanted; /* only what is filed under one of these: "\ntype id\n..." (find/span.h), or NULL */
	const char *by;     /* what the sections are: "workstream" (NULL), "topic", "group"; constant */
	GTimeZone *zone;
	gint64 spooled;            /* messages waiting in the spool */
	const char *rules_trouble; /* one line about a broken rule file, or NULL */
	const char *foot;          /* of pages in a mail: a line of text at their end; NULL: the page stands by itself, with no plain text beside it */
	gint64 html_bytes;         /* of pages: letters are folded from the end of each part until the page is no longer; 0: as long as it gets */
	const char *link;          /* of pages: where a message is read, "{id}" standing for its id; NULL: no links. Trusted: whoever gives it checks it */
};
/*
 * Both outside a transaction: the index is read in one view of its own. Never fails for a ledger that does not reconcile: look at digest_ledger's difference
 * and fail with POSTBAG_ERROR_RECONCILE after printing. POSTBAG_ERROR_USAGE for a target that does not exist.
 */
struct digest *digest_build(struct mailstore *store, struct index *index, const struct digest_options *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void digest_free(struct digest *digest);
typedef struct digest Digest;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)

const struct ledger *digest_ledger(const struct digest *digest);
/* Nothing came in and nothing was decided: nobody needs to be told but that. */
gboolean digest_is_empty(const struct digest *digest);
/* Letters of new input that it has. */
guint digest_count_input(const struct digest *digest);

/* Of an issue: the messages that nobody could read yet, for the next one's span (struct span's LATE); NULL: none. DIGEST's own. */
const char *digest_still_unread(const struct digest *digest);

/* As text, 72 columns, escaped for a terminal; JSON, version 1 (documented in postbag(1)). Of held messages both say id and reason only, of spam nothing.
 * Caller frees. */
char *digest_print_text(const struct digest *digest);
char *digest_print_json(const struct digest *digest);
/* A page for mail programs: no scripts, nothing from elsewhere, no links but those that the options ask for. It tells what the text tells. Caller frees. */
char *digest_print_html(const struct digest *digest);
/* A line for each message of the window, in order of arrival, under a heading. Of those held or unread it tells id and reason, of spam nothing more than its
 * id. Caller frees. */
char *digest_print_csv(const struct digest *digest);

#endif
