/* Where many patterns can begin, found in one pass over a text. */
#ifndef RULES_STARTTABLE_H
#define RULES_STARTTABLE_H

#include "rules/starts.h"

#define START_WORDS 3
#define START_SLOTS (START_WORDS * 64) /* patterns of a table: bits of a mask */

/* Some of a table's slots. */
struct start_slots {
	guint64 bits[START_WORDS];
};

struct start_table;
struct start_table *start_table_new(void);
void start_table_free(struct start_table *table);

/* Adds STARTS, which RULE is known by, in the next slot; its number counted from 1, or 0 when all are taken. */
guint start_table_add(struct start_table *table, const struct starts *starts, guint rule);

/* TABLE as bytes that start_table_from_bytes uses where they stand, at a multiple of 8; to that table nothing can be added. NULL: they are of no table of the
 * first N_RULES rules. */
GBytes *start_table_to_bytes(const struct start_table *table);
struct start_table *start_table_from_bytes(gconstpointer data, gsize length, guint n_rules);

/* The slots whose rules have their bit in RULES. FALSE: there are none. */
gboolean start_table_slots(const struct start_table *table, const guint32 *rules, struct start_slots *slots);

/* The places of one text. */
struct start_places;
/* NULL when there are too many. */
struct start_places *start_table_find(const struct start_table *table, const struct start_slots *slots, const char *text, gsize length);
void start_places_free(struct start_places *places);
/* What was found for the pattern in SLOT from byte AT on: places in their order, behind the last one G_MAXUINT32. NULL: it was not among the slots. */
const guint32 *start_places_from(const struct start_places *places, guint slot, gsize at);

#endif
