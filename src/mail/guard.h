/* The limits that must hold before a MIME parser sees the bytes: what crashes, loops or eats memory in GMime 3.2.13 is taken out of a copy. */
#ifndef MAIL_GUARD_H
#define MAIL_GUARD_H

#include "mail/headers.h"

/*
 * A copy of a message fit for GMime: of the top header only the MIME fields (the first of each name), then BODY, in which header blocks over the limits are
 * shortened, nested groups and long parameter names disarmed, and which ends where parts get too many or too deep. RECORD gets a remark for each.
 */
GByteArray *guard_copy(const struct header_block *header, const guint8 *body, gsize length, struct record *record);

#endif
