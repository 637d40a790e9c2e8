/* What readers of each script expect to find, from the words they type to the letter and the marked words in its excerpt. The rows were written before the
 * code was looked at: a row is changed only with a reader's reason. */
#include "base/text.h"
#include "find-fixture.h"
#include "find/excerpt.h"
#include "find/query.h"

struct row {
	const char *script, *text, *query;
	const char *marked; /* what the excerpt marks first; NULL: the letter is not found; "": found, and nothing is said of the mark */
};

static const struct row latin[] = {
    {"accents", "Résumé of the plan", "resume", "Résumé"},
    {"accents", "the resume of it", "résumé", "resume"},
    {"accents, decomposed text", "the Cafe\u0301 there", "café", "Cafe\u0301"},
    {"accents, decomposed query", "the Café there", "cafe\u0301", "Café"},
    {"case", "SECURITY first", "security", "SECURITY"},
    {"whole words", "it was uprooted", "root", NULL},
    {"German", "Die Straße ist lang", "strasse", "Straße"},
    {"German", "Die Strasse ist lang", "Straße", "Strasse"},
    {"German", "DIE STRASSE", "straße", "STRASSE"},
    {"German, capital sharp s", "DIE STRAẞE", "straße", "STRAẞE"},
    {"German", "Herr Müller schreibt", "muller", "Müller"},
    {"French, elision", "C’est l’avis du comité", "avis", "avis"},
    {"French, elision typed", "C’est l’avis du comité", "l'avis", "l’avis"},
    {"French, ligature", "une œuvre d'art", "oeuvre", "œuvre"},
    {"French, ligature typed", "une oeuvre d'art", "œuvre", "oeuvre"},
    {"English, apostrophe", "ICANN’s plan", "icann's", "ICANN’s"},
    {"English, apostrophe", "ICANN’s plan", "icann", "ICANN"},
    {"Turkish, dotted capital", "İSTANBUL güvenliği", "istanbul", "İSTANBUL"},
    {"Turkish, dotless", "kırmızı çizgi", "kirmizi", "kırmızı"},
    {"Turkish, dotless in capitals", "KIRMIZI ÇİZGİ", "kırmızı", "KIRMIZI"},
    {"Turkish, both i", "DIŞİŞLERİ bakanlığı", "dışişleri", "DIŞİŞLERİ"},
    {"Vietnamese", "an ninh mạng ở Đà Nẵng", "da nang", "Đà"},
    {"Vietnamese, phrase", "Việt Nam", "\"viet nam\"", "Việt Nam"},
    {"Polish", "w mieście Łódź", "lodz", "Łódź"},
    {"Danish", "havnen i København", "kobenhavn", "København"},
    {"Danish, ligature", "øen Ærø", "aero", "Ærø"},
    {"Icelandic", "Þórður og Guðrún", "thordur", "Þórður"},
    {"Icelandic, eth", "Þórður og Guðrún", "gudrun", "Guðrún"},
    {"Maltese", "il-gżira ta' Għawdex", "ghawdex", "Għawdex"},
    {"Romanian, comma and cedilla", "din toată \u021bara", "\u0163ara", "\u021bara"},
    {"Croatian, digraph", "\u01c6ungla", "džungla", "\u01c6ungla"},
    {"ligature fi", "\ufb01nance and o\ufb03ce", "finance office", "\ufb01nance"},
    {"full-width text", "关于ＩＣＡＮＮ的", "icann", "ＩＣＡＮＮ"},
    {"full-width query", "the ICANN report", "ＩＣＡＮＮ", "ICANN"},
    {"soft hyphen", "the secu\u00adrity of it", "security", "secu\u00adrity"},
    {"zero width space", "the se\u200bcurity of it", "security", "se\u200bcurity"},
    {"non-breaking hyphen", "two\u2011factor login", "two-factor", "two\u2011factor"},
    {"hyphen and space", "two-factor login", "\"two factor\"", "two-factor"},
    {"long s", "Congre\u017fs shall", "congress", "Congre\u017fs"},
    {"superscript", "about 5 m\u00b2 of it", "m2", "m\u00b2"},
    {"circled number", "see \u2460 below", "1", "\u2460"},
    {"Roman numeral", "part \u2163 of it", "iv", "\u2163"},
    {"Angstrom sign", "one \u212bngström", "ångström", "\u212bngström"},
    {"version number", "since v1.2.3 it works", "v1.2.3", "v1.2.3"},
    {"address", "see https://www.example.org/a?b=1 there", "www.example.org", "www.example.org"},
    {"beginning of a word", "the Sécurités", "securit*", "Sécurités"},
};

static const struct row greek[] = {
    {"case and tonos", "ΑΣΦΑΛΕΙΑ ΔΙΚΤΥΩΝ", "ασφάλεια", "ΑΣΦΑΛΕΙΑ"},
    {"tonos left out", "Η ασφάλεια των δικτύων", "ασφαλεια", "ασφάλεια"},
    {"final sigma", "Η ΟΔΟΣ ΑΥΤΗ", "οδός", "ΟΔΟΣ"},
    {"final sigma typed in capitals", "ο λόγος αυτός", "ΛΟΓΟΣ", "λόγος"},
    {"final sigma before a star", "του λόγου ο λόγος", "λόγος*", "λόγος"},
    {"dialytika", "το προϊόν", "προιον", "προϊόν"},
    {"polytonic", "τῷ ἀνθρώπῳ", "ανθρωπω", "ἀνθρώπῳ"},
    {"micro sign", "5 \u00b5m wide", "\u03bcm", "\u00b5m"},
    {"another word", "ο νόμος", "μόνος", NULL},
};

static const struct row cyrillic[] = {
    {"case", "МОСКВА сегодня", "москва", "МОСКВА"},
    {"yo", "Ещё один вопрос", "еще", "Ещё"},
    {"yo typed", "зеленая елка", "ёлка", "елка"},
    {"stress mark", "старый за\u0301мок", "замок", "за\u0301мок"},
    {"short i is a letter", "это мои письма", "мой", NULL},
    {"short i, decomposed", "это мои\u0306 вопрос", "мой", "мои\u0306"},
    {"Ukrainian, apostrophe", "цей об’єкт", "об'єкт", "об’єкт"},
    {"Ukrainian", "місто Київ", "київ", "Київ"},
    {"Ukrainian, yi is a letter", "про їх права", "їх", "їх"},
    {"Serbian", "Безбедност у Љубљани", "љубљани", "Љубљани"},
    {"Kazakh", "Қазақстан желісі", "қазақстан", "Қазақстан"},
    {"Belarusian", "новы ўрад", "ўрад", "ўрад"},
    {"another ending", "жители Москвы", "москва", NULL},
};

static const struct row arabic[] = {
    {"hamza on alef", "قضايا أمن الشبكات", "امن", "أمن"},
    {"hamza typed", "قضايا امن الشبكات", "أمن", "امن"},
    {"hamza below", "إدارة النطاقات", "ادارة", "إدارة"},
    {"madda", "آمن تماما", "امن", "آمن"},
    {"ta marbuta", "إدارة النطاقات", "اداره", "إدارة"},
    {"ta marbuta typed", "لجنه المراجعه", "المراجعة", "المراجعه"},
    {"alef maksura", "على مستوى عال", "مستوي", "مستوى"},
    {"tatweel", "أمـــن الشبكة", "أمن", "أمـــن"},
    {"harakat", "الأَمْنُ أولا", "الأمن", "الأَمْنُ"},
    {"superscript alef", "ه\u0670ذا السؤال", "هذا", "ه\u0670ذا"},
    {"hamza on waw, decomposed", "السو\u0654ال", "السؤال", "السو\u0654ال"},
    {"digits", "في عام ٢٠١٩", "2019", "٢٠١٩"},
    {"digits typed", "في عام 2019", "٢٠١٩", "2019"},
    {"presentation forms", "\ufef7\ufee2\ufe94", "لأمة", "\ufef7\ufee2\ufe94"},
    {"question mark", "ما هو الأمن؟", "الأمن", "الأمن"},
    {"phrase", "قضايا أمن الشبكات", "\"امن الشبكات\"", "أمن الشبكات"},
    {"another word", "قضايا أمن الشبكات", "أمل", NULL},
    {"Persian, yeh and kaf", "امنیت شبکه", "امنيت شبكه", "امنیت"},
    {"Persian, digits", "سال ۱۳۹۸", "1398", "۱۳۹۸"},
    {"Persian, non-joiner", "نمی\u200cخواهم", "نمی\u200cخواهم", "نمی\u200cخواهم"},
    {"Persian, non-joiner left out", "نمی\u200cخواهم", "نمیخواهم", "نمی\u200cخواهم"},
    {"Urdu, heh", "یہ سوال ہے", "یہ", "یہ"},
};

static const struct row hebrew[] = {
    {"points", "שָׁלוֹם לכולם", "שלום", "שָׁלוֹם"},
    {"points typed", "שלום לכולם", "שָׁלוֹם", "שלום"},
    {"maqaf", "בית־ספר חדש", "\"בית ספר\"", "בית־ספר"},
    {"gershayim, typed as a quotation mark", "חיילי צה״ל כאן", "צה\"ל", "צה״ל"},
    {"gershayim typed", "חיילי צה\"ל כאן", "צה״ל", "צה\"ל"},
    {"geresh", "צ׳ק אחד", "צ'ק", "צ׳ק"},
    {"presentation forms", "\ufb2aלום", "שלום", "\ufb2aלום"},
    {"another word", "שלום לכולם", "שלוט", NULL},
};

static const struct row indic[] = {
    {"Hindi", "इंटरनेट की सुरक्षा।", "सुरक्षा", "सुरक्षा"},
    {"Hindi, whole words", "इंटरनेट की सुरक्षा।", "सुर", NULL},
    {"Hindi, vowel signs are letters", "मेरा काम", "काम", "काम"},
    {"Hindi, vowel signs are letters", "मेरा कम", "काम", NULL},
    {"Hindi, nukta decomposed", "क\u093cानून क्या है", "\u0958ानून", "क\u093cानून"},
    {"Hindi, nukta left out", "\u0958ानून क्या है", "कानून", "\u0958ानून"},
    {"Hindi, nasal", "यह हिन्दी है", "हिंदी", "हिन्दी"},
    {"Hindi, candrabindu", "जी हाँ", "हां", "हाँ"},
    {"Hindi, digits", "वर्ष २०१९", "2019", "२०१९"},
    {"Hindi, joiner", "क\u094d\u200dषमा करें", "क्षमा", "क\u094d\u200dषमा"},
    {"Bengali", "ইন্টারনেট নিরাপত্তা", "নিরাপত্তা", "নিরাপত্তা"},
    {"Bengali, decomposed", "এই ব\u09be\u09a1\u09bcি", "ব\u09be\u09dcি", "ব\u09be\u09a1\u09bcি"},
    {"Tamil", "இணைய பாதுகாப்பு", "பாதுகாப்பு", "பாதுகாப்பு"},
    {"Tamil, whole words", "இணைய பாதுகாப்பு", "பாதுகா", NULL},
    {"Tamil, vowel in two parts", "க\u0bc6\u0bbeடி", "க\u0bcaடி", "க\u0bc6\u0bbeடி"},
    {"Malayalam, chillu", "അവ\u0d7b പറഞ്ഞു", "അവന\u0d4d\u200d", "അവ\u0d7b"},
    {"Sinhala, joiner", "ශ\u0dca\u200dරී ලංකා", "ශ\u0dcaරී", "ශ\u0dca\u200dරී"},
};

static const struct row no_spaces[] = {
    {"Thai, first word", "ความปลอดภัยของระบบ", "ความปลอดภัย", "ความปลอดภัย"},
    {"Thai, middle word", "ความปลอดภัยของระบบ", "ปลอดภัย", "ปลอดภัย"},
    {"Thai, last word", "ความปลอดภัยของระบบ", "ระบบ", "ระบบ"},
    {"Thai, tones tell words apart", "เขามีม้าหนึ่งตัว", "มา", NULL},
    {"Thai, sara am", "ดื่มน้ำสะอาด", "น\u0e4d\u0e49า", "น้ำ"},
    {"Thai, digits", "ปี ๒๕๖๒", "2562", "๒๕๖๒"},
    {"Thai beside Latin", "ระบบDNSใหม่", "dns", "DNS"},
    {"Thai beside Latin", "ระบบDNSใหม่", "ใหม่", "ใหม่"},
    {"Thai, not there", "ความปลอดภัยของระบบ", "ภาษา", NULL},
    {"Thai, beginning of a word", "ความปลอดภัยของระบบ", "ปลอด*", "ปลอด"},
    {"Lao", "ຄວາມປອດໄພຂອງລະບົບ", "ປອດໄພ", "ປອດໄພ"},
    {"Khmer", "សុវត្ថិភាពប្រព័ន្ធ", "ប្រព័ន្ធ", "ប្រព័ន្ធ"},
    {"Burmese", "ကွန်ရက်လုံခြုံရေး", "လုံခြုံရေး", "လုံခြုံရေး"},
    {"Tibetan", "དྲ་བའི་བདེ་འཇགས།", "བདེ་འཇགས", "བདེ་འཇགས"},
};

static const struct row chinese[] = {
    {"word of two", "根服务器的安全问题", "安全", "安全"},
    {"word of four", "根服务器的安全问题", "根服务器", "根服务器"},
    {"single, in the middle", "根服务器的安全问题", "安", "安"},
    {"single, the last of a run", "根服务器的安全问题。", "题", "题"},
    {"single, alone", "请 看 图", "看", "看"},
    {"order matters", "根服务器的安全问题", "全安", NULL},
    {"not across a comma", "请保证平安，全体同意", "安全", NULL},
    {"across a line's end", "根服务器的安\n全问题", "安全", "安\n全"},
    {"not across a paragraph's end", "一路平安\n\n全体同意", "安全", NULL},
    {"not word by word", "安定的全部", "安全", NULL},
    {"beside Latin", "DNS根服务器", "dns", "DNS"},
    {"beside Latin", "DNS根服务器", "根服务器", "根服务器"},
    {"phrase over two scripts", "使用 DNSSEC 协议", "\"DNSSEC 协议\"", "DNSSEC 协议"},
    {"phrase over two scripts, no space", "使用DNSSEC协议", "使用DNSSEC", "使用DNSSEC"},
    {"number", "见第12条的规定", "第12条", "第12条"},
    {"number alone", "见第12条的规定", "12", "12"},
    {"full-width number", "２０１９年的报告", "2019", "２０１９"},
    {"zero", "二〇一九年", "二〇一九", "二〇一九"},
    {"compatibility form", "\uf900有此理", "\u8c48有此理", "\uf900有此理"},
    {"beyond the first plane", "去\U00020bb7野家吃飯", "\U00020bb7野家", "\U00020bb7野家"},
    {"traditional", "網路安全議題", "安全議題", "安全議題"},
    {"two words", "根服务器的安全问题", "服务器 安全", "服务器"},
    {"beginning", "根服务器的安全问题", "服务*", "服务"},
    {"beginning of one", "根服务器的安全问题", "服*", "服"},
};

static const struct row japanese[] = {
    {"Katakana", "このサーバーの", "サーバー", "サーバー"},
    {"half-width text", "ｻｰﾊﾞｰが止まった", "サーバー", "ｻｰﾊﾞｰ"},
    {"half-width query", "サーバーが止まった", "ｻｰﾊﾞｰ", "サーバー"},
    {"voicing mark, decomposed", "か\u3099っこう", "がっこう", "か\u3099っこう"},
    {"voiced is another letter", "かきを食べる", "がき", NULL},
    {"within a word", "セキュリティ対策", "対策", "対策"},
    {"Hiragana", "安全について質問", "について", "について"},
    {"iteration mark", "人々の安全", "人々", "人々"},
    {"single", "水の安全", "水", "水"},
    {"squared word", "\u3314の道", "キロ", "\u3314"},
    {"across a line's end", "安全につ\nいて質問", "について", "につ\nいて"},
};

static const struct row korean[] = {
    {"with a particle", "인터넷 보안은 중요하다", "보안", "보안"},
    {"decomposed text", "\u1112\u1161\u11ab\u1100\u116e\u11a8의 제안", "한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"},
    {"decomposed query", "한국의 제안", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "한국"},
    {"one syllable", "물은 맑다", "물", "물"},
    {"one syllable, the last", "맑은 강물", "물", "물"},
    {"two words", "인터넷 주소 관리", "\"인터넷 주소\"", "인터넷 주소"},
    {"letters", "하하 ㅋㅋㅋ", "ㅋㅋ", "ㅋㅋ"},
    {"another word", "보완할 점", "보안", NULL},
};

static const struct row others[] = {
    {"Armenian, ligature", "քաղաք Երևան", "երեւան", "Երևան"},
    {"Armenian, case", "ՀԱՅԱՍՏԱՆ այսօր", "հայաստան", "ՀԱՅԱՍՏԱՆ"},
    {"Georgian, capitals", "ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ დღეს", "საქართველო", "ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ"},
    {"Ethiopic, word space", "ደህንነት፡ጥያቄ", "ጥያቄ", "ጥያቄ"},
    {"emoji", "great 👍 news", "👍", "👍"},
    {"emoji of another tone", "great 👍🏽 news", "👍", "👍🏽"},
    {"emoji, variation selector", "we \u2764\ufe0f it", "\u2764", "\u2764\ufe0f"},
    {"emoji, flag", "from 🇫🇷 with", "🇫🇷", "🇫🇷"},
    {"emoji, another flag", "from 🇫🇷 with", "🇩🇪", NULL},
    {"emoji on a word", "good👍", "good", "good"},
    {"emoji, none", "great news", "👍", NULL},
};

static struct fixture *
fixture_of(const struct row *rows, gsize count, char **ids)
{
	struct fixture *fixture = fixture_open();

	for (gsize i = 0; i < count; i++) {
		g_autofree char *raw = g_strdup_printf("Subject: %" G_GSIZE_FORMAT "\n\nx\n", i);
		struct record *record = fixture_record("Ada", "ada@example.org", "-", rows[i].text, NOW - DAY);

		ids[i] = fixture_deliver(fixture, raw, NOW - DAY, record, NULL);
	}
	return fixture;
}

/* The bytes of the passage that the excerpt's first span shows. Caller frees. */
static char *
first_mark(const struct row *row, const char *const *words)
{
	g_autoptr(Record) record = fixture_record("Ada", "ada@example.org", "-", row->text, NOW - DAY);
	g_autoptr(Excerpt) excerpt = excerpt_new(record->passages, words, 76);

	if (excerpt == NULL || excerpt->spans->len == 0)
		return NULL;
	assert_true(g_utf8_validate(excerpt->text, -1, NULL));
	return g_strndup(
	    excerpt->text + g_array_index(excerpt->spans, struct excerpt_span, 0).offset, g_array_index(excerpt->spans, struct excerpt_span, 0).length);
}

/* TEXT as an excerpt shows it: white space folded, what is invisible left out or escaped. Caller frees. */
static char *
as_shown(const char *text)
{
	g_autoptr(Record) record = fixture_record("Ada", "ada@example.org", "-", "x", NOW);
	g_autofree char *line = g_strdelimit(g_strdup(text), "\n", ' ');

	return text_escape(line, FALSE);
}

static guint
check_row(struct fixture *fixture, const struct row *row, const char *id)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	g_autoptr(GError) error = NULL;
	g_autoptr(Query) query = query_parse(fixture->index, row->query, NOW, zone, &error);
	g_autoptr(GPtrArray) found = query != NULL ? query_run(fixture->index, query, QUERY_NEWEST, 0, FALSE, &error) : NULL;
	g_autofree char *mark = NULL, *shown = NULL;
	gboolean got = FALSE;

	for (guint i = 0; found != NULL && i < found->len; i++)
		got = got || g_str_equal(((struct message_row *)g_ptr_array_index(found, i))->public_id, id);
	if (got != (row->marked != NULL) || found == NULL) {
		print_error("%s: '%s' for '%s': %s\n", row->script, row->text, row->query, error != NULL ? error->message : got ? "found" : "not found");
		return 1;
	}
	if (row->marked == NULL)
		return 0;
	mark = first_mark(row, query_words(query));
	shown = as_shown(row->marked);
	if (mark != NULL && g_str_equal(mark, shown))
		return 0;
	print_error("%s: '%s' for '%s': marked '%s', expected '%s'\n", row->script, row->text, row->query, mark != NULL ? mark : "nothing", shown);
	return 1;
}

static void
check_rows(const struct row *rows, gsize count)
{
	g_autofree char **ids = g_new0(char *, count);
	g_autoptr(Fixture) fixture = fixture_of(rows, count, ids);
	guint wrong = 0;

	for (gsize i = 0; i < count; i++) {
		wrong += check_row(fixture, &rows[i], ids[i]);
		g_free(ids[i]);
	}
	assert_int_equal(wrong, 0);
}

#define SCRIPT(name)                                                                                                                                           \
	static void find_##name(void **state)                                                                                                                  \
	{                                                                                                                                                      \
		check_rows(name, G_N_ELEMENTS(name));                                                                                                          \
	}

/* One table each: see the head of this file. */
SCRIPT(latin)
SCRIPT(greek)
SCRIPT(cyrillic)
SCRIPT(arabic)
SCRIPT(hebrew)
SCRIPT(indic)
SCRIPT(no_spaces)
SCRIPT(chinese)
SCRIPT(japanese)
SCRIPT(korean)
SCRIPT(others)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(find_latin),
	    cmocka_unit_test(find_greek),
	    cmocka_unit_test(find_cyrillic),
	    cmocka_unit_test(find_arabic),
	    cmocka_unit_test(find_hebrew),
	    cmocka_unit_test(find_indic),
	    cmocka_unit_test(find_no_spaces),
	    cmocka_unit_test(find_chinese),
	    cmocka_unit_test(find_japanese),
	    cmocka_unit_test(find_korean),
	    cmocka_unit_test(find_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
