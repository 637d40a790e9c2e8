/* A line of a message's text around what a query asked for. Pure. */
#ifndef FIND_EXCERPT_H
#define FIND_EXCERPT_H

#include "base/record.h"

struct excerpt {
	char *text;                    /* one line, white space folded, escaped for a terminal (text_escape), an ellipsis at a cut end */
	GArray *spans;                 /* of struct excerpt_span: what matched, in order, not overlapping */
	enum record_passage_kind kind; /* of the passage it comes from */
};
struct excerpt_span {
	guint offset, length;
}; /* bytes of text */
void excerpt_free(struct excerpt *excerpt);
typedef struct excerpt Excerpt;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Excerpt, excerpt_free)

/*
 * From PASSAGES (of struct record_passage) the place, at most COLUMNS wide, where most of WORDS meet; the author's own text before attached, forwarded and
 * quoted text; the subject is left out. WORDS as query_words gives them: words or phrases, compared as the search index does (folded, no letter case; Han, Kana
 * and Hangul without word boundaries), '*' at the end for a beginning. NULL when nothing matches.
 */
struct excerpt *excerpt_new(const GPtrArray *passages, const char *const *words, guint columns);

/* All places of WORDS in TEXT (one line, or many), in order, not overlapping: of struct excerpt_span, bytes of TEXT. For subjects and names. Caller unrefs. */
GArray *excerpt_marks(const char *text, const char *const *words);

#endif
