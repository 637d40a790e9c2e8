/* Numbered series: {list} in a pattern, and the numbers that a matched list names. */
#ifndef RULES_SERIES_H
#define RULES_SERIES_H

#include "rules/rulefile.h"

#define SERIES_LIST "{list}"
#define SERIES_MOST 999 /* the highest number of a series */

/* EXPRESSION with its {list} replaced by a group that matches a list of numbers, its name in SERIES_GROUP. Caller frees. */
char *series_expression(const struct rule_series *series, const char *expression);
#define SERIES_GROUP "postbag_list"

/* Appends the numbers of SERIES's range that LIST (LENGTH bytes, folded) names to NUMBERS (of guint), each once, ascending. */
void series_numbers(const struct rule_series *series, const char *list, gsize length, GArray *numbers);

#endif
