/* postbag-carrier(8), run for one message. */
#ifndef CARRIER_RUN_H
#define CARRIER_RUN_H

#include "carrier/outcome.h"

/* Has MESSAGE (LF line ends, without To) carried to RECIPIENT by the program that stands beside this one; CONFIG_PATH: its configuration, or NULL. What keeps
 * it from being tried at all is OUTCOME_DEFERRED. One that has not ended after SECONDS is ended: OUTCOME_UNKNOWN. */
void run_carrier(const char *config_path, const char *recipient, GBytes *message, guint seconds, struct outcome *out);

#endif
