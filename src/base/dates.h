/* The effective date of a message, DESIGN section 1: one rule for the rules, the index and the reports. */
#ifndef BASE_DATES_H
#define BASE_DATES_H

#include "base/record.h"

/* The header's date when it lies between 1995-01-01 and RECEIVED + 1 day, else RECEIVED; *REASON gets a constant string ("Date", "received: no Date",
 * "received: the Date is before 1995", "received: the Date is in the future"). */
gint64 date_effective(const struct record *record, gint64 received, const char **reason);

#endif
