/* Address headers as plain strings: RFC 5322 section 3.4, leniently; and who really wrote a message that a list sent on. */
#ifndef MAIL_ADDRESSES_H
#define MAIL_ADDRESSES_H

#include "mail/headers.h"

/* Adds the addresses of VALUE to RECORD with ROLE, at most LIMIT_ADDRESSES in all (remark). Groups are flattened; no recursion. */
void addresses_add(struct record *record, enum record_role role, const char *value, gsize length);

/* The first address of VALUE; *NAME and *ADDRESS (callers free) are NULL when there is none. */
void addresses_first(const char *value, gsize length, char **name, char **address);

/*
 * Fills in author_name, author_address and author_reason of RECORD, whose addresses are in already. The author is the From, unless a list rewrote it
 * (From is the list's own address, "X via List"): then X-Original-From, Original-From, X-Original-Sender, or the Reply-To that is not the list's.
 */
void author_find(struct record *record, const struct header_block *block);

#endif
