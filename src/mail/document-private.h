/* What the readers of the several kinds of document share. */
#ifndef MAIL_DOCUMENT_PRIVATE_H
#define MAIL_DOCUMENT_PRIVATE_H

#include "mail/document.h"

/* document-xml.c: the XML of word processors, piece by piece, by GLib's parser, which knows no entities but XML's own and opens nothing. TEXT grows to a little
 * more than LIMIT bytes. */
struct document_xml;
struct document_xml *document_xml_new(enum document_kind kind, GString *text, gsize limit);
gboolean document_xml_parse(struct document_xml *xml, const char *bytes, gsize length) G_GNUC_WARN_UNUSED_RESULT;
gboolean document_xml_is_full(const struct document_xml *xml);
/* Frees it; FALSE when the document had not ended. */
gboolean document_xml_end(struct document_xml *xml);

/* rtf.c */
void rtf_text(const guint8 *data, gsize length, GString *text, gsize limit, char **why);

/* signed.c: the message in opaque signed data (RFC 5652 section 5), of which no signature is checked. */
gboolean signed_looks_like(const guint8 *data, gsize length);
GByteArray *signed_content(const guint8 *data, gsize length);

#endif
