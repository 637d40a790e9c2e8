/* Where many patterns can begin, found in one pass over a text. */
#ifndef RULES_STARTTABLE_H
#define RULES_STARTTABLE_H

#include "rules/starts.h"

#define START_SLOTS 64 /* patterns of a table: bits of a mask */

struct start_table;
struct start_table *start_table_new(void);
void start_table_free(struct start_table *table);

/* Adds STARTS, which RULE is known by, in the next slot; nothing happens when all are taken. */
void start_table_add(struct start_table *table, struct starts *starts, guint rule);
/* The bits of the slots whose rules have their bit in RULES. */
guint64 start_table_slots(const struct start_table *table, const guint32 *rules);

/* The places of one text. */
struct start_places;
/* NULL when there are too many; KEYS are TEXT's. */
struct start_places *start_table_find(const struct start_table *table, guint64 slots, const guint32 *keys, const char *text, gsize length);
void start_places_free(struct start_places *places);
/* starts_next, of what was found; G_MAXSIZE: STARTS were not among the slots. */
gsize start_places_next(const struct start_places *places, const struct starts *starts, gsize length, gsize at);

#endif
