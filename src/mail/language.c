#include "mail/language.h"

#include "base/text.h"
#include "mail/language-words.h"

#include <string.h>

#define LEAST_WORDS 2   /* common words found before a language is named */
#define LONGEST 36      /* bytes of a word that is looked up */
#define CLEAR_MARGIN 12 /* by which one language leads when no more words are looked at */

enum script {
	SCRIPT_LATIN,
	SCRIPT_CYRILLIC,
	SCRIPT_ARABIC,
	SCRIPT_HAN,
	SCRIPT_KANA,
	SCRIPT_HANGUL,
	SCRIPT_GREEK,
	SCRIPT_HEBREW,
	SCRIPT_DEVANAGARI,
	SCRIPT_THAI,
	N_SCRIPTS
};

static const struct {
	const char *code;
	enum script script;
} languages[N_LANGUAGES] = {
    [EN] = {"en", SCRIPT_LATIN},
    [FR] = {"fr", SCRIPT_LATIN},
    [ES] = {"es", SCRIPT_LATIN},
    [PT] = {"pt", SCRIPT_LATIN},
    [DE] = {"de", SCRIPT_LATIN},
    [IT] = {"it", SCRIPT_LATIN},
    [NL] = {"nl", SCRIPT_LATIN},
    [RU] = {"ru", SCRIPT_CYRILLIC},
    [UK] = {"uk", SCRIPT_CYRILLIC},
    [AR] = {"ar", SCRIPT_ARABIC},
    [FA] = {"fa", SCRIPT_ARABIC},
};

static enum script
script_of(gunichar c)
{
	if (c < 0x250)
		return g_unichar_isalpha(c) ? SCRIPT_LATIN : N_SCRIPTS;
	if (c >= 0x370 && c < 0x400)
		return SCRIPT_GREEK;
	if (c >= 0x400 && c < 0x530)
		return SCRIPT_CYRILLIC;
	if (c >= 0x590 && c < 0x600)
		return SCRIPT_HEBREW;
	if ((c >= 0x620 && c < 0x780) || (c >= 0xfb50 && c < 0xfe00) || (c >= 0xfe70 && c < 0xff00))
		return SCRIPT_ARABIC;
	if (c >= 0x900 && c < 0x980)
		return SCRIPT_DEVANAGARI;
	if (c >= 0xe00 && c < 0xe80)
		return SCRIPT_THAI;
	if (c >= 0x1e00 && c < 0x1f00)
		return SCRIPT_LATIN;
	if (c >= 0x3040 && c < 0x3100)
		return SCRIPT_KANA;
	if ((c >= 0x3400 && c < 0xa000) || (c >= 0x20000 && c < 0x30000))
		return SCRIPT_HAN;
	if ((c >= 0xac00 && c < 0xd7b0) || (c >= 0x1100 && c < 0x1200) || (c >= 0x3130 && c < 0x3190))
		return SCRIPT_HANGUL;
	return N_SCRIPTS;
}

/* Where in the table the words of each first byte begin. */
struct beginnings {
	guint16 at[G_MAXUINT8 + 2];
};

static void
find_beginnings(struct beginnings *beginnings)
{
	guint c = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(common_words); i++)
		while (c <= (guint8)common_words[i].word[0])
			beginnings->at[c++] = (guint16)i;
	while (c < G_N_ELEMENTS(beginnings->at))
		beginnings->at[c++] = G_N_ELEMENTS(common_words);
}

/* The languages that WORD, in small letters, is common in, as bits; 0: none. */
static guint32
languages_of(const struct beginnings *beginnings, const char *word, gsize length)
{
	gsize low = beginnings->at[(guint8)*word], high = beginnings->at[(guint8)*word + 1];

	while (low < high) {
		gsize middle = low + (high - low) / 2;
		int order = strncmp(common_words[middle].word, word, length);

		if (order == 0 && common_words[middle].word[length] == '\0')
			return common_words[middle].languages;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* One vote of a word for each language of the text's script that has it. */
static void
vote(const struct beginnings *beginnings, const char *word, gsize length, enum script script, guint votes[N_LANGUAGES])
{
	char key[LONGEST + 1];
	g_autofree char *lower = NULL;

	if (length > LONGEST)
		return;
	if (script == SCRIPT_LATIN && (guint8)*word < 0x80) {
		for (gsize i = 0; i < length; i++)
			key[i] = g_ascii_tolower(word[i]);
		word = key;
	} else {
		word = lower = g_utf8_strdown(word, (gssize)length);
		length = strlen(lower);
	}
	for (guint32 in = languages_of(beginnings, word, length); in != 0; in &= in - 1) {
		guint i = (guint)__builtin_ctz(in);

		votes[i] += languages[i].script == script;
	}
}

/* The language with most votes when it leads, else NULL. */
static const char *
leader(const guint votes[N_LANGUAGES], guint words, guint margin)
{
	guint best = 0, second = 0;
	const char *code = NULL;

	for (gsize i = 0; i < N_LANGUAGES; i++) {
		if (votes[i] > best) {
			second = best;
			best = votes[i];
			code = languages[i].code;
		} else if (votes[i] > second) {
			second = votes[i];
		}
	}
	return best >= LEAST_WORDS && best >= second + margin && best * 12 >= words ? code : NULL;
}

static const char *
by_words(const char *text, enum script script)
{
	guint votes[N_LANGUAGES] = {0}, words = 0;
	const char *start = NULL, *code;
	struct beginnings beginnings;

	find_beginnings(&beginnings);
	for (const char *at = text;; at = g_utf8_next_char(at)) {
		gunichar c = (guint8)*at < 0x80 ? (gunichar)*at : g_utf8_get_char(at);
		gboolean letter = c < 0x80 ? g_ascii_isalpha((char)c) || c == '\'' : g_unichar_isalpha(c);

		if (letter && start == NULL)
			start = at;
		if (!letter && start != NULL) {
			vote(&beginnings, start, (gsize)(at - start), script, votes);
			start = NULL;
			if (++words % 16 == 0 && (code = leader(votes, words, CLEAR_MARGIN)) != NULL)
				return code;
		}
		if (c == 0)
			return leader(votes, words, 1);
	}
}

/* Letters that only one language of the Cyrillic or Arabic script has settle what words leave open. */
static const char *
by_letters(const char *text, enum script script)
{
	if (script == SCRIPT_CYRILLIC)
		return strstr(text, "і") != NULL || strstr(text, "ї") != NULL || strstr(text, "є") != NULL ? "uk"
		       : strstr(text, "ы") != NULL || strstr(text, "э") != NULL                            ? "ru"
		                                                                                           : NULL;
	if (script == SCRIPT_ARABIC)
		return strstr(text, "پ") != NULL || strstr(text, "چ") != NULL || strstr(text, "گ") != NULL || strstr(text, "ی") != NULL ? "fa" : "ar";
	return NULL;
}

char *
language_guess(const char *text, gsize length)
{
	guint counts[N_SCRIPTS + 1] = {0};
	enum script best = SCRIPT_LATIN;
	const char *code = NULL, *end;
	g_autofree char *start = NULL;
	gboolean ascii;

	length = MIN(length, LANGUAGE_ENOUGH);
	ascii = text_ascii_length(text, length) == length;
	if (!ascii && !g_utf8_validate_len(text, length, &end)) /* cut within a character */
		length = (gsize)(end - text);
	start = g_strndup(text, length);
	for (const char *at = start; *at != '\0' && (!ascii || counts[SCRIPT_LATIN] == 0);) { /* one letter tells as much as many where no other script is */
		if ((guint8)*at < 0x80) {
			counts[SCRIPT_LATIN] += g_ascii_isalpha(*at++);
			continue;
		}
		counts[script_of(g_utf8_get_char(at))]++;
		at = g_utf8_next_char(at);
	}
	for (enum script i = 0; i < N_SCRIPTS; i++)
		if (counts[i] * (i == SCRIPT_LATIN ? 1 : 3) > counts[best] * (best == SCRIPT_LATIN ? 1 : 3)) /* Latin names stand in every text */
			best = i;
	if (counts[best] == 0)
		return NULL;
	if (best == SCRIPT_HAN || best == SCRIPT_KANA)
		code = counts[SCRIPT_KANA] * 20 > counts[SCRIPT_HAN] ? "ja" : "zh";
	else if (best == SCRIPT_HANGUL)
		code = "ko";
	else if (best == SCRIPT_GREEK)
		code = "el";
	else if (best == SCRIPT_HEBREW)
		code = "he";
	else if (best == SCRIPT_DEVANAGARI)
		code = "hi";
	else if (best == SCRIPT_THAI)
		code = "th";
	else if ((code = by_words(start, best)) == NULL)
		code = by_letters(start, best);
	return g_strdup(code);
}
