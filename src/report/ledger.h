/* The ledger: every delivery in a window exactly once, the truth on one side and the index on the other. */
#ifndef REPORT_LEDGER_H
#define REPORT_LEDGER_H

#include "archive/mailstore.h"
#include "base/record.h"
#include "find/span.h"
#include "find/query.h"

struct ledger {
	gint64 truth;   /* counted in mail.db */
	gint64 spooled; /* waiting in the emergency spool: received, and unread */
	gint64 rows;    /* counted in index.db */
	gint64 redacted /* as a whole */, unread, held, duplicate,
	    variant; /* precedence in this order, then the kinds; unread has the spooled, variant truncated copies */
	gint64 kinds[N_KINDS];
	gint64 behind;     /* entries of mail.db that the index has not followed yet */
	gint64 difference; /* truth + spooled - the sum of the classes: 0 when it reconciles */
};

gboolean ledger_count(
    struct mailstore *store, struct index *index, const struct span *span, gint64 spooled, struct ledger *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Begins a view of INDEX (index_rollback ends it) in which OUT was counted, and waits a moment for what is kept just now; FALSE leaves none. Outside a
 * transaction. */
gboolean ledger_begin(
    struct mailstore *store, struct index *index, const struct span *span, gint64 spooled, struct ledger *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "received 14 = input 9 + team 1 + held 1", or "nothing received". One line, not wrapped; caller frees. */
char *ledger_line(const struct ledger *ledger);

#endif
