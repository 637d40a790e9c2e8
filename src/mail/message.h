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

/* The same with what converters made of its attachments: TEXTS is a(sss), the part's number, its text ("": none) and why there is none or not all ("": there
 * is), and counts as hostile. Attachments that a converter could read and that are not in it are marked REMARK_WAITING. */
struct record *message_read_with(const guint8 *data, gsize length, GVariant *texts);

/* What a converter is asked for part NUMBER: its text (mail/document.h), at most LIMIT bytes, with "text" or "cut" (there was more) in *TYPE; of a PDF the
 * decoded bytes, with "pdf". POSTBAG_ERROR_DATA says why there is none; POSTBAG_ERROR_NO_INPUT: there is no such part. */
GBytes *message_document(const guint8 *data, gsize length, const char *number, gsize limit, char **type, GError **error) G_GNUC_WARN_UNUSED_RESULT;

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
