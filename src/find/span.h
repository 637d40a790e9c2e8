/* What a report covers: what was received in a window of time, or, of an issue, what was entered between two entries of mail.db, whenever it was received. */
#ifndef FIND_SPAN_H
#define FIND_SPAN_H

#include "archive/index.h"
#include "base/clock.h"

struct span {
	struct time_window window;
	gint64 after, upto; /* the entries (after, upto]; UPTO 0: by the window */
	const char
	    *late; /* of entries: messages told as unread by an issue before, to be told now if they were read: "12,14", only digits and commas; or NULL */
};

/* Is message M filed under something of :wanted, which is NULL for everything, or "\ntype id\ntype id\n" (span_wanted)? */
#define SPAN_WANTED(M)                                                                                                                                         \
	"(:wanted IS NULL OR EXISTS (SELECT 1 FROM filing AS w INDEXED BY filing_message WHERE w.message = " M                                                 \
	" AND instr(:wanted, char(10) || w.type || ' ' || w.id || char(10)) > 0))"
/* Whether WANTED has ID of that TYPE. */
gboolean span_wants(const char *wanted, const char *type, const char *id);

/* The same of message AS m, as SQL to be bound by span_bind_wanted: for the many that await an answer, whose filings are then not all read. Caller frees. */
char *span_wanted_condition(const char *wanted);
void span_bind_wanted(struct stmt *stmt, const char *wanted);

/*
 * SQL with "{deliveries}" where the condition on delivery AS d stands, "{decisions}" on decision AS c, "{earlier}" whether message AS m came before, "{sofar}"
 * whether it came before the end, and "{shown}" as "{deliveries}", with those that could not be read before; bound.
 */
struct stmt *span_statement(struct index *index, const char *sql, const struct span *span, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
