/* An issue's digest as a message. */
#ifndef CARRIER_COMPOSE_H
#define CARRIER_COMPOSE_H

#include "carrier/dispatch.h"

/* The message of ISSUE, which gets its list of what is unread, without To, LF line ends; *EMPTY: nothing is in it that somebody would want to know.
 * POSTBAG_ERROR_RECONCILE is not an error here: the message says so. */
GBytes *compose_issue(
    const struct dispatch *dispatch, const struct subscription *subscription, struct issue *issue, GTimeZone *zone, gboolean *empty, GError **error);

#endif
