/* For whom a writer speaks: words count where a [voice] phrase ("on behalf of") leads to them. */
#ifndef RULES_VOICE_H
#define RULES_VOICE_H

#include "rules/search.h"

/* Whether the words from START to END of the reading's folded text begin within eight words after, or end within three words before, a
 * [voice] phrase. */
gboolean voice_covers(struct search *search, struct reading *reading, gsize start, gsize end);

#endif
