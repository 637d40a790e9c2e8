/* Sections of a document that a text names: "section 3.1.2", "§ 4 and 5", "sections 2-4". Pure. */
#ifndef REPORT_MENTIONS_H
#define REPORT_MENTIONS_H

#include <glib.h>

struct mentions_document { /* a document that is commented on: postbag-rules(5), [document] */
	const char *id, *title;
	gint64 published;
	const GPtrArray *sections; /* of char *: "3.1.2 Title" */
	const GPtrArray *refer;    /* of char *: words before a section's number, folded; NULL: the usual ones */
};

/* How sections of one document are named, and which there are. */
struct mentions;
/* Of DOCUMENT; NULL when it has no sections, or when its words make no pattern. It keeps no part of DOCUMENT. */
struct mentions *mentions_new(const struct mentions_document *document);
void mentions_free(struct mentions *mentions);
typedef struct mentions Mentions;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mentions, mentions_free)

struct mention {
	gsize offset, length; /* bytes of the text: from the word to the last number */
	char *section;        /* "3.1.2": the document has it, or one that it is part of */
};
/*
 * What TEXT names, in order; of several at once each, ranges filled with what the document has. Left out: numbers that the document does not have, and what is
 * said of another document ("section 4 of the contract", "RFC 2119, section 4"). Array of struct mention that frees its elements.
 */
GPtrArray *mentions_find(const struct mentions *mentions, const char *text);
/* The title of section ID, or of the one it is part of; NULL when the document has neither. */
const char *mentions_title(const struct mentions *mentions, const char *id);
/* Order of sections: "3.2" before "3.10". As strcmp. */
int mentions_compare(const char *a, const char *b);

#endif
