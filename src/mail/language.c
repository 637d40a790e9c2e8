#include "mail/language.h"

#include <string.h>

#define LEAST_WORDS 2   /* common words found before a language is named */
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

/* Words common in one language and rare in the others; one that two share counts for both. */
static const struct {
	const char *code;
	enum script script;
	const char *words; /* each between blanks */
} languages[] = {
    {"en", SCRIPT_LATIN,
        " the and of to in is that it for was with are this not have be on you from as by which has will would we our they there their been should what if or "
        "at an i my your can a one all more about when who so no do how some any other only very could may these them than then its into hello dear thanks "
        "thank please regards hi "},
    {"fr", SCRIPT_LATIN,
        " le la les des et est une un que dans pour qui pas sur par avec ce il vous nous sont du au aux cette mais je être ont leur plus bonjour merci "
        "cordialement c'est n'est d'une votre comme ou "},
    {"es", SCRIPT_LATIN,
        " el la los las de que y en un una es por con para no se del al su como más pero lo sus este está son ha sobre gracias saludos hola estimados ser "
        "también muy "},
    {"pt", SCRIPT_LATIN,
        " o a os as de que e em um uma é por com para não se do da dos das no na ao seu sua como mais mas foi são está obrigado prezados olá também muito pela "
        "pelo nos "},
    {"de", SCRIPT_LATIN,
        " der die das und ist nicht ich ein eine zu den mit von für auf sich dem des im es auch wird werden sind wir sie an als oder aber hat bei nach wie zum "
        "zur einen hallo danke grüße bitte über "},
    {"it", SCRIPT_LATIN,
        " il la di che e un una per non in è del della le i con si sono da dei nel alla gli ma come più anche questo ha al lo grazie saluti ciao delle "
        "essere "},
    {"nl", SCRIPT_LATIN,
        " de het een en van is dat niet in op te zijn voor met die er aan ook als maar om bij naar wordt worden ik we wij hebben heeft dit deze kan groeten "
        "bedankt hallo geen "},
    {"ru", SCRIPT_CYRILLIC,
        " и в не на что я с как это по но он к из у за от для мы вы так же бы есть или если все при уже только может здравствуйте спасибо были было чтобы "},
    {"uk", SCRIPT_CYRILLIC,
        " і в не на що я з як це по але він до із у за від для ми ви так же є або якщо всі при вже тільки може та про їх щоб дякую добрий цей були бути "},
    {"ar", SCRIPT_ARABIC, " في من على إلى أن التي الذي هذا هذه عن مع كان لا ما أو كما لم قد هو هي ذلك بعد قبل كل بين شكرا السلام عليكم "},
    {"fa", SCRIPT_ARABIC, " و در به از که این را با است برای آن یک هم تا می بر شود شما ما های خود کرد است. سلام باید "},
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

/* One vote of a word for each language of the text's script that has it. */
static void
vote(const char *word, gsize length, enum script script, guint votes[G_N_ELEMENTS(languages)])
{
	char key[40] = " ";
	g_autofree char *lower = NULL;

	if (length > sizeof(key) - 4)
		return;
	if (script == SCRIPT_LATIN && (guint8)*word < 0x80) {
		for (gsize i = 0; i < length; i++)
			key[i + 1] = g_ascii_tolower(word[i]);
	} else {
		lower = g_utf8_strdown(word, (gssize)length);
		length = MIN(strlen(lower), sizeof(key) - 4);
		memcpy(key + 1, lower, length);
	}
	key[length + 1] = ' ';
	for (gsize i = 0; i < G_N_ELEMENTS(languages); i++)
		if (languages[i].script == script && strstr(languages[i].words, key) != NULL)
			votes[i]++;
}

/* The language with most votes when it leads, else NULL. */
static const char *
leader(const guint votes[G_N_ELEMENTS(languages)], guint words, guint margin)
{
	guint best = 0, second = 0;
	const char *code = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(languages); i++) {
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
	guint votes[G_N_ELEMENTS(languages)] = {0}, words = 0;
	const char *start = NULL, *code;

	for (const char *at = text;; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		gboolean letter = c < 0x80 ? g_ascii_isalpha((char)c) || c == '\'' : g_unichar_isalpha(c);

		if (letter && start == NULL)
			start = at;
		if (!letter && start != NULL) {
			vote(start, (gsize)(at - start), script, votes);
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

	length = MIN(length, LANGUAGE_ENOUGH);
	if (!g_utf8_validate_len(text, length, &end)) /* cut within a character */
		length = (gsize)(end - text);
	start = g_strndup(text, length);
	for (const char *at = start; *at != '\0'; at = g_utf8_next_char(at))
		counts[script_of(g_utf8_get_char(at))]++;
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
