/* Text: what is done to Unicode before it is matched, indexed or shown. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <glib.h>

/*
 * Folded text, as rules see it: compatibility-decomposed (NFKC in effect), combining marks of Latin, Greek, Cyrillic and Arabic dropped, soft
 * hyphens, zero-width and bidi control characters removed, every dash -> '-', curly quotes -> straight, every space character -> ' '
 * (line feeds and tabs stay), Arabic alef forms -> alef, alef maksura -> ya, tatweel dropped. Case is kept. U+212A and U+017F become k and s
 * by the compatibility decomposition, so that caseless matching has no surprises left. (UAX #15)
 */
struct folded {
	char *text;   /* UTF-8, NUL-terminated */
	gsize length; /* bytes */
	guint32 *map; /* length + 1 entries: the byte offset in the original of each folded byte; NULL when text is byte for byte the original */
};
typedef struct folded Folded;                                        /* for g_auto(Folded) only */
void text_fold(const char *text, gssize length, struct folded *out); /* text must be valid UTF-8; LENGTH -1: NUL-terminated */
void folded_clear(struct folded *folded);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folded, folded_clear)
/* Byte offset in the original of folded byte OFFSET (0 .. length). */
gsize folded_origin(const struct folded *folded, gsize offset);

/* The letter that stands for C wherever case is ignored: characters that PCRE2 takes as equal without regard to case have the same one. */
gunichar text_caseless(gunichar c);
/* Han, Kana and Hangul: written without, or with optional, spaces between words. */
gboolean text_is_cjk(gunichar c);

/* A phrase folded for comparison: text_fold, lower case, white space runs -> one space, trimmed. Caller frees. */
char *text_fold_key(const char *text);
char *text_fold_key_of(const char *text, gsize length);
/* How many of TEXT's LENGTH bytes come before the first that is not ASCII. */
gsize text_ascii_length(const char *text, gsize length);

/*
 * Words for comparing texts: text_fold, lower case, one space between words; runs of Han, Kana and Hangul as overlapping bigrams (a single such character as
 * itself). Campaigns and boilerplate rest on it; what the search index stores is text_search_words (base/text-search.h). A change of either must raise
 * TEXT_INDEX_VERSION.
 */
#define TEXT_INDEX_VERSION 3
char *text_index_words(const char *text, gssize length);
/* The same of LENGTH bytes of ASCII, behind the words that are in OUT. */
void text_index_ascii(GString *out, const char *text, gsize length);

/* For a terminal, a log or an error message: control characters (C0 but tab and line feed when KEEP_LINES, DEL, C1), bidi controls, line and
 * paragraph separators and invalid UTF-8 shown as \x1b, \u202e ... Caller frees. */
char *text_escape(const char *text, gboolean keep_lines);

/* Valid UTF-8 without control characters other than tab and LF: CR LF -> LF, others -> U+FFFD or dropped. For header values and names. */
char *text_clean(const char *text, gssize length);

/* Columns of TEXT on a terminal (wide characters 2, combining 0), and TEXT cut to COLUMNS with an ellipsis where cut. */
guint text_columns(const char *text);
char *text_cut(const char *text, guint columns);
/* Paragraphs wrapped at COLUMNS, each line prefixed with INDENT; bytes of words longer than a line are not broken. Caller frees. */
char *text_wrap(const char *text, guint columns, const char *indent);

/* Where TEXT goes on behind a greeting: a short first line that ends as greetings do ("Dear all,", "Buenos dias:", "Guten Tag!") and has something after it;
 * TEXT itself when there is none. */
const char *text_behind_greeting(const char *text);

/* TEXT's first sentence or so behind a greeting, white space folded, at most COLUMNS wide: the gist of a message. Caller frees. */
char *text_gist(const char *text, guint columns);

/* The word of WORDS (NULL-terminated) nearest to WORD by edit distance when near enough to suggest, else NULL. */
const char *text_nearest(const char *word, const char *const *words);

/* NUMBER and what is counted: "1 entry", "2 entries", "0 entries". Caller frees. */
char *text_count(gint64 number, const char *one, const char *many);

/* A time in SECONDS (below 0: 0) for people: minutes up to two hours, hours up to two days, then days. Caller frees. */
char *text_duration(gint64 seconds);

/* Words in TEXT (Han, Kana: two characters count as one word). */
guint text_count_words(const char *text);
guint text_count_words_of(const char *text, gsize length);

#endif
