/* Attached documents -> text: which kind the bytes are of, and the text of those that need no program of their own. */
#ifndef MAIL_DOCUMENT_H
#define MAIL_DOCUMENT_H

#include <glib.h>

enum document_kind {
	DOCUMENT_UNKNOWN,
	DOCUMENT_PDF,       /* ISO 32000; its text comes from a program (intake/convert.h) */
	DOCUMENT_WORD,      /* ISO/IEC 29500 WordprocessingML: .docx */
	DOCUMENT_OPEN,      /* ISO/IEC 26300 OpenDocument: .odt, and its sisters */
	DOCUMENT_RTF,       /* Rich Text Format 1.9 */
	DOCUMENT_SIGNED,    /* RFC 8551 section 3.5.2: a message inside its own signature */
	DOCUMENT_ENCRYPTED, /* of any of these kinds */
	DOCUMENT_TNEF,      /* winmail.dat */
};

/* The kind of DATA by its content alone: names and declared types lie. */
enum document_kind document_kind(const guint8 *data, gsize length);

/*
 * The text of a document (all kinds but DOCUMENT_PDF), at most LIMIT bytes of it: UTF-8, LF line ends, a line a paragraph, with foot- and endnotes and
 * comments, without what was deleted, headers and footers of pages. *CUT tells that there was more. NULL with the reason in *WHY ("damaged", "encrypted", "over
 * the limit of ...", "no text in it"). Entities of XML beside its own five are an error, so that none can grow or name a file. Both are the caller's to free.
 */
char *document_text(const guint8 *data, gsize length, gsize limit, gboolean *cut, char **why);

#endif
