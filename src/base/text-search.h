/* Text as the search index knows it: one folding for what is stored, what is asked for and what an excerpt marks. Pure. */
#ifndef BASE_TEXT_SEARCH_H
#define BASE_TEXT_SEARCH_H

#include "base/text.h"

/*
 * text_fold, and what readers of each script take for the same: no letter case; Latin letters with strokes, ligatures, thorn and eth as plain ones; the
 * Arabic ta marbuta as ha, Persian and Urdu forms of kaf, ya and ha as the Arabic ones; digits of any script as ASCII ones; the Devanagari nukta dropped, its
 * candrabindu and dead na as anusvara; Malayalam chillus as letter and virama; tone marks of Thai and Lao behind the nikhahit; the colour of an emoji's skin
 * dropped. The Cyrillic short i stays a letter of its own. OUT as text_fold leaves it.
 */
void text_search_fold(const char *text, gssize length, struct folded *out);

/* What a folded character is to the index. */
enum search_class {
	SEARCH_NONE, /* between words */
	SEARCH_WORD, /* part of a word */
	SEARCH_RUN,  /* of a script without spaces between words: Han, Kana, Hangul, Thai, Lao, Khmer, Burmese */
	SEARCH_MARK, /* combining: part of the character before it */
	SEARCH_SIGN, /* a word by itself: emoji; two regional indicators are one */
};
enum search_class text_search_class(gunichar c);

/* Whether a single line's end between these two characters stands within a word: scripts without spaces are broken anywhere. Hangul has spaces. */
gboolean text_search_joins(gunichar before, gunichar after);

/*
 * The words of TEXT, folded, a space between two. A run is stored as overlapping pairs of characters (each with its marks) and its last character once more
 * alone, so that each character begins a word of the index. ASKED: TEXT is what somebody looks for; the last character of a run at the end of TEXT is then
 * left out, since the text may go on, and *OPEN (may be NULL) says whether the last word is only the beginning of one of the index. A change of the result
 * must raise TEXT_INDEX_VERSION. Caller frees.
 */
char *text_search_words(const char *text, gssize length, gboolean asked, gboolean *open);

#endif
