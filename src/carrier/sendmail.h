/* One message to one recipient by a sendmail command: the other way, for a machine whose own mail server does the rest. */
#ifndef CARRIER_SENDMAIL_H
#define CARRIER_SENDMAIL_H

#include "carrier/outcome.h"

/*
 * Runs COMMAND (words as sh(1) would part them, without a shell) with "-i -f SENDER -- RECIPIENT" behind it and MESSAGE on its standard input. By its exit
 * status (sysexits(3)): 0 sent; 75 and what is wrong with the command itself deferred; 65, 67, 68 and 69 refused. Killed, or out of time after it had all:
 * unknown. What it says on standard error becomes the outcome's words.
 */
void sendmail_send(const char *command, const char *sender, const char *recipient, GBytes *message, guint timeout, struct outcome *out);

#endif
