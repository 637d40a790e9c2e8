/* A header block as plain strings: RFC 5322 sections 2.2 and 3.6.4, RFC 2047. */
#ifndef MAIL_HEADERS_H
#define MAIL_HEADERS_H

#include "base/record.h"

struct header_field { /* points into the bytes that were read */
	const char *name;
	gsize name_length;
	const char *value; /* as sent: folded, undecoded, without the last line end */
	gsize length;
	gsize offset; /* of the field in the block */
};

struct header_block {
	GArray *fields; /* of struct header_field */
	gsize body;     /* where the body begins */
};

/*
 * Reads the header block at the start of DATA. Lenient: a "From " line, blank lines and a byte order mark before it are passed over, a line that is no field
 * is passed over when known fields follow, and begins the body when none do. Limits (LIMIT_HEADER_*) hold; RECORD gets remarks unless NULL.
 */
void headers_scan(const guint8 *data, gsize length, struct header_block *block, struct record *record);
void header_block_clear(struct header_block *block);

/* The first field called NAME, or NULL. */
const struct header_field *headers_find(const struct header_block *block, const char *name);
gboolean header_is(const struct header_field *field, const char *name);

/* TRUE when a line that begins at LINE has the shape "Name:"; *NAME_LENGTH gets the length of the name. */
gboolean header_line(const guint8 *line, gsize length, gsize *name_length);

/*
 * VALUE unfolded, encoded words decoded, raw 8-bit bytes guessed, control characters gone, one line. Own decoder: GMime 3.2.13 drops what follows
 * an encoded word that ends in base64 padding, and words that split a character must be joined as bytes before conversion.
 */
char *header_decode(const char *value, gsize length);

/* The first id of VALUE, without angle brackets, or NULL; and all of them, appended to IDS, the newest LIMIT_REFERENCES kept: FALSE
 * when there are more. */
char *header_message_id(const char *value, gsize length);
gboolean header_references(const char *value, gsize length, GPtrArray *ids);

/* SUBJECT without reply and forward prefixes of any common language, gateway tags ("[EXTERNAL]") and one list tag. *REPLY and *FORWARD, which may be
 * NULL, tell whether such a prefix stood there. Caller frees. */
char *subject_strip(const char *subject, gboolean *reply, gboolean *forward);

#endif
