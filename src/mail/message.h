/* Bytes -> record: GMime stays behind mail/message-tree.h. RFC 5322, RFC 2045 to 2049, RFC 2231, RFC 3676. */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include "base/record.h"

/*
 * Reads one message of any shape: missing or absurd headers are never an error, bytes that are no mail become a record with what can be read.
 * Fills in everything of the record but filings and evidence: headers (kept in record->headers too, for rules), addresses, author,
 * dates, parts, passages, words, lang, and kind with reason as far as the headers tell (KIND_INPUT and NULL when they do not).
 * Never NULL. Limits of base/limits.h hold and leave a remark.
 */
struct record *message_read(const guint8 *data, gsize length);

/* Must be called once in a process before message_read. */
void message_init(void);

/*
 * Opens the libraries and charset converters that DATA, by a quick look, seems to need: for a reader about to give up the right to open files. What
 * turns out to be missing later is for mail/ahead.h to say.
 */
void message_prepare(const guint8 *data, gsize length);
/* Opens all that any message may need. */
void message_prepare_all(void);

/* The decoded bytes of part NUMBER ("2", "1.1") for `show --part`, with its type; POSTBAG_ERROR_NO_INPUT when there is none. */
GBytes *message_part(const guint8 *data, gsize length, const char *number, char **type, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
