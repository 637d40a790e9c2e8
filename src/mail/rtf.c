/*
 * RTF -> text, by a walker of our own: no library that Debian has reads it without a word processor behind. Only groups, control words, bytes in the font's
 * charset and \u are looked at; whatever is unknown is passed over. No recursion: groups are a stack of limited depth.
 */
#include "base/limits.h"
#include "mail/charset.h"
#include "mail/document-private.h"

#include <string.h>

#define FONTS 4096 /* numbers of fonts whose charset is remembered */

struct group {
	gboolean skip;    /* a destination that is not text */
	gboolean starred; /* \* was its first word: skipped unless known */
	gboolean fonts;   /* the font table */
	guint after_u;    /* characters after \u for readers that do not know it */
	gint charset;     /* of the font in use, a Windows code page, 0: the document's */
};

struct walk {
	const guint8 *at, *end;
	GString *text;
	GString *bytes; /* in the code page PAGE, not converted yet */
	gint page;
	gint document_page;
	guint passing; /* characters still to pass over after \u */
	gunichar high; /* the first half of a surrogate pair, or 0 */
	gint font;     /* whose description in the font table is read, or -1 */
	guint16 pages[FONTS];
	GArray *groups; /* of struct group */
	gboolean too_deep;
};

static struct group *
top(struct walk *walk)
{
	return &g_array_index(walk->groups, struct group, walk->groups->len - 1);
}

static void
flush(struct walk *walk)
{
	if (walk->bytes->len == 0)
		return;
	g_autofree char *label = g_strdup_printf(walk->page == 10000 ? "macintosh" : walk->page == 65001 ? "utf-8" : "windows-%d", walk->page);
	g_autofree char *text =
	    charset_to_utf8((const guint8 *)walk->bytes->str, walk->bytes->len, charset_known(label) != NULL ? label : "windows-1252", NULL, NULL);
	g_string_append(walk->text, text);
	g_string_truncate(walk->bytes, 0);
}

static void
add_byte(struct walk *walk, guint8 byte)
{
	const struct group *group = top(walk);
	gint page = group->charset != 0 ? group->charset : walk->document_page;

	if (walk->passing > 0) {
		walk->passing--;
		return;
	}
	if (group->skip || byte == '\0')
		return;
	if (page != walk->page)
		flush(walk);
	walk->page = page;
	walk->high = 0;
	g_string_append_c(walk->bytes, (char)byte);
}

static void
add_character(struct walk *walk, gunichar character)
{
	if (top(walk)->skip)
		return;
	flush(walk);
	if (character >= 0xd800 && character < 0xdc00) {
		walk->high = character;
		return;
	}
	if (character >= 0xdc00 && character < 0xe000)
		character = walk->high != 0 ? 0x10000 + ((walk->high - 0xd800) << 10) + (character - 0xdc00) : 0xfffd;
	walk->high = 0;
	g_string_append_unichar(walk->text, g_unichar_validate(character) && character != 0 ? character : 0xfffd);
}

static const struct {
	const char *name;
	gunichar character;
} characters[] = {
    {"par", '\n'},
    {"line", '\n'},
    {"sect", '\n'},
    {"page", '\n'},
    {"row", '\n'},
    {"nestrow", '\n'},
    {"cell", '\t'},
    {"nestcell", '\t'},
    {"tab", '\t'},
    {"emdash", 0x2014},
    {"endash", 0x2013},
    {"lquote", 0x2018},
    {"rquote", 0x2019},
    {"ldblquote", 0x201c},
    {"rdblquote", 0x201d},
    {"bullet", 0x2022},
    {"emspace", ' '},
    {"enspace", ' '},
};

/* What stands in these is no text of the author's. */
static const char *const destinations[] = {"colortbl", "stylesheet", "info", "pict", "object", "fldinst", "header", "footer", "headerl", "headerr", "headerf",
    "footerl", "footerr", "footerf", "listtext", "filetbl", "xmlopen", "themedata", "datastore", "nonshppict", "bkmkstart", "bkmkend", "xe", "tc", "deleted"};

/* The code page of a font's \fcharset. */
static const struct {
	gint charset, page;
} font_charsets[] = {{0, 1252}, {77, 10000}, {128, 932}, {129, 949}, {134, 936}, {136, 950}, {161, 1253}, {162, 1254}, {163, 1258}, {177, 1255}, {178, 1256},
    {186, 1257}, {204, 1251}, {222, 874}, {238, 1250}};

static void
set_font_charset(struct walk *walk, gint charset)
{
	for (gsize i = 0; i < G_N_ELEMENTS(font_charsets); i++)
		if (font_charsets[i].charset == charset && walk->font >= 0 && walk->font < FONTS)
			walk->pages[walk->font] = (guint16)font_charsets[i].page;
}

static gboolean
do_font(struct walk *walk, const char *word, gint number)
{
	struct group *group = top(walk);

	if (strcmp(word, "fonttbl") == 0)
		group->fonts = group->skip = TRUE;
	else if (strcmp(word, "f") == 0 && group->fonts)
		walk->font = number;
	else if (strcmp(word, "fcharset") == 0 && group->fonts)
		set_font_charset(walk, number);
	else if (strcmp(word, "f") == 0)
		group->charset = number >= 0 && number < FONTS ? walk->pages[number] : 0;
	else
		return FALSE;
	return TRUE;
}

static gboolean
do_number(struct walk *walk, const char *word, gint number)
{
	if (strcmp(word, "u") == 0) {
		walk->passing = 0;
		add_character(walk, (gunichar)(number & 0xffff));
		walk->passing = top(walk)->after_u;
	} else if (strcmp(word, "uc") == 0)
		top(walk)->after_u = (guint)CLAMP(number, 0, 16);
	else if (strcmp(word, "ansicpg") == 0)
		walk->document_page = number;
	else if (strcmp(word, "mac") == 0)
		walk->document_page = 10000;
	else if (strcmp(word, "plain") == 0)
		top(walk)->charset = 0;
	else if (strcmp(word, "bin") == 0)
		walk->at += MIN(MAX(number, 0), walk->end - walk->at);
	else
		return FALSE;
	return TRUE;
}

static void
do_word(struct walk *walk, const char *word, gint number)
{
	struct group *group = top(walk);

	for (gsize i = 0; i < G_N_ELEMENTS(destinations); i++)
		if (strcmp(word, destinations[i]) == 0)
			group->skip = group->skip || number != 0; /* \deleted0 ends it */
	for (gsize i = 0; i < G_N_ELEMENTS(characters); i++)
		if (strcmp(word, characters[i].name) == 0) {
			walk->passing = 0;
			add_character(walk, characters[i].character);
			return;
		}
	if (group->starred && strcmp(word, "annotation") != 0)
		group->skip = TRUE;
	group->starred = FALSE;
	if (!do_font(walk, word, number))
		(void)do_number(walk, word, number);
}

static void
read_word(struct walk *walk)
{
	char word[33];
	guint length = 0;
	gint64 number = 0;
	gboolean negative = FALSE, numbered = FALSE;

	for (; walk->at < walk->end && g_ascii_isalpha(*walk->at); walk->at++)
		if (length < sizeof word - 1)
			word[length++] = (char)*walk->at;
	word[length] = '\0';
	if (walk->at + 1 < walk->end && *walk->at == '-' && g_ascii_isdigit(walk->at[1])) {
		negative = TRUE;
		walk->at++;
	}
	for (; walk->at < walk->end && g_ascii_isdigit(*walk->at); walk->at++, numbered = TRUE)
		number = MIN(number * 10 + (*walk->at - '0'), G_MAXINT);
	if (walk->at < walk->end && *walk->at == ' ')
		walk->at++;
	do_word(walk, word, !numbered ? 1 : (gint)(negative ? -number : number));
}

static void
read_control(struct walk *walk)
{
	guint8 byte = walk->at < walk->end ? *walk->at : 0;

	if (g_ascii_isalpha(byte)) {
		read_word(walk);
		return;
	}
	walk->at += walk->at < walk->end;
	if (byte == '\'' && walk->end - walk->at >= 2 && g_ascii_isxdigit(walk->at[0]) && g_ascii_isxdigit(walk->at[1])) {
		add_byte(walk, (guint8)(g_ascii_xdigit_value((char)walk->at[0]) * 16 + g_ascii_xdigit_value((char)walk->at[1])));
		walk->at += 2;
	} else if (byte == '*')
		top(walk)->starred = TRUE;
	else if (byte == '~')
		add_character(walk, ' ');
	else if (byte == '_')
		add_character(walk, '-');
	else if (byte == '\n' || byte == '\r')
		add_character(walk, '\n');
	else if (byte == '\\' || byte == '{' || byte == '}')
		add_byte(walk, byte);
}

static void
open_group(struct walk *walk)
{
	struct group group = *top(walk);

	if (walk->groups->len >= LIMIT_RTF_DEPTH) {
		walk->too_deep = TRUE;
		return;
	}
	walk->passing = 0;
	g_array_append_val(walk->groups, group);
}

/* The brace that closes the document leaves its own group in place, so that there always is one. */
static void
close_group(struct walk *walk)
{
	walk->passing = 0;
	if (walk->groups->len > 1)
		g_array_set_size(walk->groups, walk->groups->len - 1);
}

void
rtf_text(const guint8 *data, gsize length, GString *text, gsize limit, char **why)
{
	struct group first = {.after_u = 1};
	struct walk *walk = g_new0(struct walk, 1);

	*walk = (struct walk){.at = data, .end = data + length, .text = text, .bytes = g_string_new(NULL), .document_page = 1252, .page = 1252, .font = -1};
	walk->groups = g_array_new(FALSE, FALSE, sizeof(struct group));
	g_array_append_val(walk->groups, first);
	while (walk->at < walk->end && text->len + walk->bytes->len <= limit && !walk->too_deep) {
		guint8 byte = *walk->at++;

		if (byte == '\\')
			read_control(walk);
		else if (byte == '{')
			open_group(walk);
		else if (byte == '}')
			close_group(walk);
		else if (byte != '\r' && byte != '\n')
			add_byte(walk, byte);
	}
	flush(walk);
	if (walk->too_deep)
		*why = g_strdup_printf("over the limit of %d groups in one another", LIMIT_RTF_DEPTH);
	g_string_free(walk->bytes, TRUE);
	g_array_unref(walk->groups);
	g_free(walk);
}
