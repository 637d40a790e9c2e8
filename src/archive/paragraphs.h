/* The paragraphs of a letter's new text that may be boilerplate: those that stand first or last in it. Pure. */
#ifndef ARCHIVE_PARAGRAPHS_H
#define ARCHIVE_PARAGRAPHS_H

#include "base/record.h"

enum paragraph_place { PLACE_HEAD, PLACE_FOOT };

struct paragraph {
	enum paragraph_place place;
	guint passage, offset, length; /* bytes, in the text of that passage */
	gint64 hash;                   /* of place and folded text */
	gint64 rest;                   /* of what else the letter says, equal in letters that say much the same; 0: hardly anything */
	gboolean signature;            /* looks like one: short lines, no sentences */
};

/* Of struct paragraph: the first paragraph of at least 8 words, and the last three, the last one first. PASSAGES: of struct record_passage. */
GArray *paragraphs_find(const GPtrArray *passages);

/* PASSAGES without the SPANS (of struct paragraph) that are boilerplate; a copy of struct record_passage each. */
GPtrArray *paragraphs_without(const GPtrArray *passages, const GArray *spans);

#endif
