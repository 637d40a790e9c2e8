/* What people decided, in words: one table of them for the digest, a message's page and its history; and what `postbag assign` and its like print. */
#ifndef REPORT_DECIDED_H
#define REPORT_DECIDED_H

#include "base/json.h"
#include "find/decisions.h"
#include "find/rows.h"

/* Is a decision's value an id or a kind? Of other actions it may be the very words that were taken out. */
gboolean decision_shows_value(const char *action, const char *value);

/* "filed 4f2kq7m5 under parking: as agreed"; with ID NULL "filed under parking: as agreed". One line, escaped; the note cut at COLUMNS. Caller frees, as all
 * that follow. */
char *decision_words(const struct decision_row *row, const char *id, guint columns);
/* The same words of an ACTION and its VALUE (may be NULL) alone: "filed under parking". */
char *action_words(const char *action, const char *value);
/* "undone by Bo 2019-02-13 10:00", NULL when the decision holds. */
char *decision_undone(const struct decision_row *row, GTimeZone *zone);
/* {"seq", "at", "id", "who", "action", "value", "note", "undoes", "undone"}: undoes {"action", "value"} or null, undone {"at", "who"} or null. */
struct json *decision_to_json(const struct decision_row *row);
/* An array of them. */
struct json *decisions_to_json(const GPtrArray *rows);

/* ROWS (of struct decision_row) as lines, CSV with a heading, and JSON, one object a line. */
char *history_print_text(const GPtrArray *rows, GTimeZone *zone);
char *history_print_csv(const GPtrArray *rows);
char *history_print_json(const GPtrArray *rows);

/* "4f2kq7m5  The cranes: filed under quay, quay.crane; held: names a person": how a message stands now. */
char *standing_print(const struct message_row *row, GTimeZone *zone);

#endif
