/* The parts of one message as plain data: what the MIME parser found, which of them are text to read, and their text as passages. */
#ifndef MAIL_PARTS_H
#define MAIL_PARTS_H

#include "base/record.h"
#include "mail/kind.h"

enum part_encoding { ENCODING_NONE /* 7bit, 8bit, binary */, ENCODING_BASE64, ENCODING_QUOTED_PRINTABLE, ENCODING_UUENCODE };

struct part {
	char *number; /* RFC 3501 section 6.4.5 */
	char *type;   /* lower-case */
	char *charset, *filename;
	enum part_encoding encoding;
	const guint8 *raw; /* encoded bytes, not owned */
	gsize length;
	gboolean attached;      /* Content-Disposition: attachment */
	gboolean flowed, delsp; /* RFC 3676 */
	gboolean method;        /* text/calendar with METHOD */
	gboolean root;          /* the message itself: no multipart around it */
	gboolean related;       /* of a multipart/related, but not its root */
	gboolean signature;     /* of a multipart/signed */
	gboolean encrypted;
	gboolean prologue; /* text of a multipart in which no part was found */
	char *summary;     /* of a message/rfc822: From, Date, Subject as lines; NULL for other parts */
	gint message;      /* index of the message/rfc822 part around it, or -1 */
	gint group;        /* index in groups of the nearest multipart/alternative, or -1 */
	guint branch;      /* which alternative */
};

struct part_group {  /* a multipart/alternative */
	gint parent; /* the group around it, or -1 */
	guint parent_branch;
	guint chosen;  /* the branch that is read */
	gint encloser; /* as part.message */
};

struct part_list {
	GPtrArray *parts;  /* of struct part */
	GArray *groups;    /* of struct part_group */
	char *report_type; /* of a multipart/report at the top, lower-case, or NULL */
};

struct part_converted {     /* what a converter made of an attachment */
	const char *text;   /* or NULL */
	const char *remark; /* why there is none, or what is missing from it; or NULL */
};

struct part *part_new(const char *type);
void part_free(struct part *part);
void part_list_init(struct part_list *list);
void part_list_clear(struct part_list *list);

/* The decoded bytes of PART, at most LIMIT of them; *SIZE (may be NULL) gets the size without the limit. RFC 2045 section 6; lenient. */
GByteArray *part_decode(const struct part *part, gsize limit, gint64 *size);

/* What kind_read wants to know of the structure; the two texts are the caller's to free. */
void parts_kind(const struct part_list *list, struct kind_structure *structure);

/*
 * Adds parts and passages to RECORD, whose header data and kind are in (a machine's enclosures are PASSAGE_ENCLOSED). REPLY and FORWARD: what the header says
 * the message is. Of each multipart/alternative one branch is read. CONVERTED: part number -> struct part_converted, or NULL.
 */
void parts_read(struct part_list *list, struct record *record, gboolean reply, gboolean forward, GHashTable *converted);

#endif
