/* What redact*.c share. */
#ifndef MAIL_REDACT_PRIVATE_H
#define MAIL_REDACT_PRIVATE_H

#include "mail/redact.h"

struct redacting {
	const struct redact_wish *wish;
	const char *eol, *mark, *header_mark;
	GByteArray *out;
	GString *report;
	gboolean changed;
};

/* What the header of a part has to say of its new content; NULLs: as it was. */
struct new_content {
	const char *encoding; /* of text that is UTF-8 now */
	gboolean whole;       /* nothing of the part is left: text/plain, and no other Content- field stays */
};

void redact_append(struct redacting *r, gconstpointer data, gssize length);

/*
 * [AT, END) of a message that is no part's content: header blocks, boundaries, what stands around them. Lines are taken as header fields where they look like
 * some. From HEADER on it is the header block of a part with the new content CONTENT (NULL: that stays).
 */
void redact_structure(struct redacting *r, const guint8 *at, const guint8 *end, const guint8 *header, const struct new_content *content);

/* A line of the report: of WHERE, "part 1, text/plain", words went in some places. NOW has MARK in each of them, TEXT is what it was. */
void redact_report(struct redacting *r, const char *where, const char *text, const char *now, const char *mark);

/* TEXT (UTF-8) encoded: base64 or quoted-printable. */
void redact_encode(struct redacting *r, const char *text, gsize length, gboolean base64);

#endif
