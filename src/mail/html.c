#include "mail/html.h"

#include "base/limits.h"
#include "mail/ahead.h"
#include "mail/links.h"

#include <gmodule.h>
#include <libxml/HTMLparser.h>
#include <string.h>

enum element_flags {
	SKIP = 1,      /* nothing in it is text */
	BLOCK = 2,     /* begins and ends a line */
	PARAGRAPH = 4, /* with a blank line */
	QUOTE = 8,
	PRE = 16,
	ITEM = 32,
	CELL = 64,
	LINK = 128,
	BREAK = 256,
	RULE = 512,
	LIST = 1024,
	NUMBERED = 2048,
};

static const struct element {
	const char *name;
	guint flags;
} elements[] = {
    {"a", LINK},
    {"br", BREAK},
    {"p", PARAGRAPH},
    {"div", BLOCK},
    {"td", CELL},
    {"th", CELL},
    {"tr", BLOCK},
    {"table", BLOCK},
    {"li", ITEM},
    {"ul", BLOCK | LIST},
    {"ol", BLOCK | LIST | NUMBERED},
    {"blockquote", BLOCK | QUOTE},
    {"pre", BLOCK | PRE},
    {"hr", RULE},
    {"head", SKIP},
    {"style", SKIP},
    {"script", SKIP},
    {"title", SKIP},
    {"template", SKIP},
    {"object", SKIP},
    {"svg", SKIP},
    {"math", SKIP},
    {"select", SKIP},
    {"textarea", SKIP},
    {"h1", PARAGRAPH},
    {"h2", PARAGRAPH},
    {"h3", PARAGRAPH},
    {"h4", PARAGRAPH},
    {"h5", PARAGRAPH},
    {"h6", PARAGRAPH},
    {"section", BLOCK},
    {"article", BLOCK},
    {"header", BLOCK},
    {"footer", BLOCK},
    {"main", BLOCK},
    {"nav", BLOCK},
    {"address", BLOCK},
    {"center", BLOCK},
    {"form", BLOCK},
    {"fieldset", BLOCK},
    {"figure", BLOCK},
    {"figcaption", BLOCK},
    {"dl", BLOCK},
    {"dt", BLOCK},
    {"dd", BLOCK},
    {"caption", BLOCK},
    {"details", BLOCK},
    {"summary", BLOCK},
    {"listing", BLOCK | PRE},
    {"xmp", BLOCK | PRE},
    {"plaintext", BLOCK | PRE},
};

struct open { /* an element that is not closed yet */
	guint flags;
	guint item;  /* of a numbered list: its last number */
	gsize start; /* of a link: where its text begins */
	char *href;
};

struct writer {
	GString *out;
	GArray *open; /* of struct open */
	guint skip, quotes, pre;
	guint feeds;    /* line feeds due before the next text */
	gboolean space; /* a space due before it */
	gboolean fresh; /* at the start of a line */
	gboolean deep;
	xmlParserCtxtPtr parser;
	void (*stop)(xmlParserCtxtPtr);
};

static void
due(struct writer *w, guint feeds)
{
	w->space = FALSE;
	if (w->out->len > 0)
		w->feeds = MAX(w->feeds, w->fresh && feeds > 0 ? feeds - 1 : feeds);
}

/* Ends the line now: of a <br>, which counts each time. */
static void
feed(struct writer *w)
{
	if (w->out->len == 0)
		return;
	w->feeds = MIN(w->feeds + 1, 3);
	w->space = FALSE;
}

/* Writes what is due before text: line feeds, quote marks, a space. */
static void
flush(struct writer *w)
{
	if (w->feeds > 0) {
		while (w->out->len > 0 && strchr(" \t", w->out->str[w->out->len - 1]) != NULL &&
		       !(w->out->len >= 3 && memcmp(w->out->str + w->out->len - 3, "-- ", 3) == 0))
			g_string_truncate(w->out, w->out->len - 1);
		for (; w->feeds > 0; w->feeds--)
			g_string_append_c(w->out, '\n');
		w->fresh = TRUE;
	}
	if (w->fresh) {
		for (guint i = 0; i < MIN(w->quotes, LIMIT_HTML_QUOTES); i++)
			g_string_append(w->out, "> ");
		w->fresh = FALSE;
	} else if (w->space) {
		g_string_append_c(w->out, ' ');
	}
	w->space = FALSE;
}

static void
write_words(struct writer *w, const char *words, gsize length)
{
	flush(w);
	g_string_append_len(w->out, words, (gssize)length);
}

/* The bytes of an invisible character at AT: soft hyphen, zero-width space and joiners, combining grapheme joiner, byte order mark; else 0. */
static gsize
invisible(const char *at, gsize left)
{
	if (left >= 2 && (memcmp(at, "\xc2\xad", 2) == 0 || memcmp(at, "\xcd\x8f", 2) == 0))
		return 2;
	if (left >= 3 && (memcmp(at, "\xe2\x80\x8b", 3) == 0 || memcmp(at, "\xef\xbb\xbf", 3) == 0))
		return 3;
	return 0;
}

static void
write_pre(struct writer *w, const char *text, gsize length)
{
	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		gsize size = end != NULL ? (gsize)(end - text) : length;

		if (size > 0)
			write_words(w, text, size);
		if (end != NULL)
			feed(w);
		text += size + (end != NULL);
		length -= size + (end != NULL);
	}
}

static void
on_text(void *data, const xmlChar *chars, int size)
{
	struct writer *w = data;
	const char *text = (const char *)chars;
	gsize length = (gsize)size, i = 0;

	if (w->skip > 0)
		return;
	if (w->pre > 0) {
		write_pre(w, text, length);
		return;
	}
	while (i < length) {
		gsize start = i, gone;

		while (i < length && (guint8)text[i] > ' ' && (guint8)text[i] < 0xc2)
			i++;
		if (i > start)
			write_words(w, text + start, i - start);
		if (i == length)
			break;
		if ((guint8)text[i] <= ' ') {
			w->space = TRUE;
			i++;
		} else if (length - i >= 2 && memcmp(text + i, "\xc2\xa0", 2) == 0) {
			if (w->feeds == 1) /* a paragraph of a no-break space is a blank line */
				w->feeds = 2;
			w->space = TRUE;
			i += 2;
		} else if ((gone = invisible(text + i, length - i)) > 0) {
			i += gone;
		} else {
			start = i++;
			while (i < length && ((guint8)text[i] & 0xc0) == 0x80)
				i++;
			write_words(w, text + start, i - start);
		}
	}
}

static const char *
attribute(const xmlChar **attributes, const char *name)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (strcmp((const char *)attributes[0], name) == 0)
			return attributes[1] != NULL ? (const char *)attributes[1] : "";
	return NULL;
}

/* TRUE for styles that hide text: a preheader in a message, words for filters. */
static gboolean
is_hidden(const xmlChar **attributes)
{
	static const char *const hiding[] = {
	    "display:none", "visibility:hidden", "mso-hide:all", "font-size:0;", "font-size:0px", "font-size:0pt", "max-height:0;", "max-height:0px"};
	const char *style = attribute(attributes, "style");
	char plain[512];
	gsize size = 0;

	if (attribute(attributes, "hidden") != NULL)
		return TRUE;
	if (style == NULL)
		return FALSE;
	for (; *style != '\0' && size < sizeof(plain) - 2; style++)
		if (!g_ascii_isspace(*style))
			plain[size++] = g_ascii_tolower(*style);
	plain[size++] = ';';
	plain[size] = '\0';
	for (gsize i = 0; i < G_N_ELEMENTS(hiding); i++)
		if (strstr(plain, hiding[i]) != NULL)
			return TRUE;
	return FALSE;
}

/* Some programs indent with blockquote; those that quote say so, or draw a line. */
static gboolean
is_indentation(const xmlChar **attributes)
{
	const char *style = attribute(attributes, "style"), *class = attribute(attributes, "class"), *type = attribute(attributes, "type");

	if (type != NULL || class != NULL || style == NULL)
		return FALSE;
	return strstr(style, "border:none") != NULL || strstr(style, "border: none") != NULL || strstr(style, "border-width: initial") != NULL;
}

/* Thunderbird's line above a quotation: with its mark, whatever its language. */
static gboolean
is_attribution(const xmlChar **attributes)
{
	const char *class = attribute(attributes, "class");

	return class != NULL && strcmp(class, "moz-cite-prefix") == 0;
}

/* Outlook draws a line above the letter answered. */
static gboolean
is_drawn_line(const xmlChar **attributes)
{
	const char *style = attribute(attributes, "style");

	return style != NULL && (g_str_has_prefix(style, "border:none;border-top:solid") || g_str_has_prefix(style, "border: none; border-top: solid"));
}

static gboolean
is_signature(const xmlChar **attributes)
{
	const char *class = attribute(attributes, "class"), *id = attribute(attributes, "id");

	return (class != NULL && (strcmp(class, "gmail_signature") == 0 || strcmp(class, "moz-signature") == 0)) ||
	       (id != NULL && (strcmp(id, "Signature") == 0 || strcmp(id, "AppleMailSignature") == 0 || strcmp(id, "ymail_android_signature") == 0));
}

/* "-- " above a signature that is only marked as one, unless it stands there. */
static void
write_delimiter(struct writer *w)
{
	const char *end = w->out->str + w->out->len;

	while (end > w->out->str && g_ascii_isspace(end[-1]))
		end--;
	if (w->out->len == 0 || (end - w->out->str >= 2 && memcmp(end - 2, "--", 2) == 0))
		return;
	due(w, 1);
	write_words(w, "-- ", 3);
	due(w, 1);
}

static guint
flags_of(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(elements); i++)
		if (elements[i].name[0] == name[0] && strcmp(elements[i].name, name) == 0)
			return elements[i].flags;
	return 0;
}

static void
open_item(struct writer *w)
{
	due(w, 1);
	for (guint i = w->open->len; i-- > 0;) {
		struct open *list = &g_array_index(w->open, struct open, i);
		char number[16];

		if (!(list->flags & LIST))
			continue;
		if (!(list->flags & NUMBERED))
			break;
		g_snprintf(number, sizeof(number), "%u.", ++list->item);
		write_words(w, number, strlen(number));
		w->space = TRUE;
		return;
	}
	write_words(w, "*", 1);
	w->space = TRUE;
}

static void
write_rule(struct writer *w)
{
	due(w, 1);
	write_words(w, "________________________________", 32);
	due(w, 1);
}

static void
begin(struct writer *w, const char *name, const xmlChar **attributes, struct open *open)
{
	const char *class = attribute(attributes, "class");

	if (open->flags & PARAGRAPH)
		due(w, class != NULL && g_str_has_prefix(class, "Mso") ? 1 : 2);
	if (open->flags & BLOCK)
		due(w, 1);
	if (open->flags & BLOCK && !(open->flags & QUOTE) && class != NULL && (strcmp(class, "yahoo_quoted") == 0 || g_str_has_prefix(class, "gmail_quote")))
		due(w, 2); /* an attribution begins a paragraph */
	if (open->flags & ITEM)
		open_item(w);
	if (open->flags & CELL && !w->fresh && w->feeds == 0 && w->out->len > 0 && w->out->str[w->out->len - 1] != '\t')
		write_words(w, "\t", 1);
	if (open->flags & BREAK)
		feed(w);
	if (open->flags & RULE || (attributes != NULL && strcmp(name, "div") == 0 && is_drawn_line(attributes)))
		write_rule(w);
	if (open->flags & LINK)
		open->href = g_strdup(attribute(attributes, "href"));
	if (attributes != NULL && (strcmp(name, "div") == 0 || strcmp(name, "pre") == 0 || strcmp(name, "span") == 0) && is_signature(attributes))
		write_delimiter(w);
	open->start = w->out->len;
}

static void
on_start(void *data, const xmlChar *name, const xmlChar **attributes)
{
	struct writer *w = data;
	struct open open = {.flags = flags_of((const char *)name)};

	if (w->open->len >= LIMIT_HTML_DEPTH) {
		w->deep = TRUE;
		w->stop(w->parser);
	}
	if (open.flags & QUOTE && is_indentation(attributes))
		open.flags &= ~(guint)QUOTE;
	if (attributes != NULL && open.flags & BLOCK && is_attribution(attributes))
		open.flags |= QUOTE;
	if (attributes != NULL && is_hidden(attributes))
		open.flags |= SKIP;
	if (w->skip == 0 && !(open.flags & SKIP))
		begin(w, (const char *)name, attributes, &open);
	w->skip += (open.flags & SKIP) != 0;
	w->quotes += (open.flags & QUOTE) != 0;
	w->pre += (open.flags & PRE) != 0;
	g_array_append_val(w->open, open);
}

/* TRUE when a link's text says its address already. */
static gboolean
says_address(const char *text, gsize length, const char *href)
{
	gsize size;

	if (g_str_has_prefix(href, "mailto:"))
		href += 7;
	if (length == strlen(href) && strncmp(text, href, length) == 0)
		return TRUE;
	if (g_str_has_prefix(href, "http"))
		href = strstr(href, "://") != NULL ? strstr(href, "://") + 3 : href;
	size = strlen(href);
	size -= size > 0 && href[size - 1] == '/';
	if (length > 8 && strncmp(text, "http", 4) == 0 && g_strstr_len(text, 10, "://") != NULL) {
		const char *rest = g_strstr_len(text, 10, "://") + 3;

		length -= (gsize)(rest - text);
		text = rest;
	}
	length -= length > 0 && text[length - 1] == '/';
	return length == size && g_ascii_strncasecmp(text, href, size) == 0;
}

static void
end_link(struct writer *w, struct open *open)
{
	g_autofree char *inner = links_unwrap(open->href);
	const char *href = inner != NULL ? inner : open->href, *text = w->out->str + open->start;
	gsize length = w->out->len - open->start;

	while (length > 0 && (g_ascii_isspace(*text) || *text == '>'))
		text++, length--;
	if (length == 0 || strlen(href) > LIMIT_HTML_LINK || says_address(text, length, href))
		return;
	if (!g_str_has_prefix(href, "http:") && !g_str_has_prefix(href, "https:") && !g_str_has_prefix(href, "mailto:") && !g_str_has_prefix(href, "ftp:"))
		return;
	g_string_append_printf(w->out, " <%s>", href);
}

static void
on_end(void *data, G_GNUC_UNUSED const xmlChar *name)
{
	struct writer *w = data;
	struct open *open;

	if (w->open->len == 0)
		return;
	open = &g_array_index(w->open, struct open, w->open->len - 1);
	w->skip -= (open->flags & SKIP) != 0;
	w->quotes -= (open->flags & QUOTE) != 0;
	w->pre -= (open->flags & PRE) != 0;
	if (w->skip == 0 && !(open->flags & SKIP)) {
		if (open->href != NULL)
			end_link(w, open);
		if (open->flags & (BLOCK | PARAGRAPH | ITEM))
			due(w, 1);
		if (open->flags & QUOTE)
			due(w, 1);
	}
	g_free(open->href);
	g_array_set_size(w->open, w->open->len - 1);
}

struct library {
	GModule *module;
	htmlParserCtxtPtr (*new)(void);
	htmlDocPtr (*read)(htmlParserCtxtPtr, const char *, int, const char *, const char *, int);
	void (*free)(htmlParserCtxtPtr);
	void (*stop)(xmlParserCtxtPtr);
};

static gpointer
open_library(G_GNUC_UNUSED gpointer unused)
{
	struct library *found = g_new0(struct library, 1);

	ahead_want();
	found->module = g_module_open("libxml2.so.2", G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
	if (found->module == NULL || !g_module_symbol(found->module, "htmlNewParserCtxt", (gpointer *)&found->new) ||
	    !g_module_symbol(found->module, "htmlCtxtReadMemory", (gpointer *)&found->read) ||
	    !g_module_symbol(found->module, "htmlFreeParserCtxt", (gpointer *)&found->free) ||
	    !g_module_symbol(found->module, "xmlStopParser", (gpointer *)&found->stop))
		found->new = NULL;
	return found;
}

static const struct library *
library(void)
{
	static GOnce once = G_ONCE_INIT;

	return g_once(&once, open_library, NULL);
}

void
html_prepare(void)
{
	char *text = html_to_text("<p>", 3, NULL);

	g_free(text);
}

/* TRUE when a tag has more attributes than anyone writes: the parser's time grows with their square. */
static gboolean
is_absurd(const char *html, gsize length)
{
	const char *end = html + length;

	for (const char *at = html; at < end && (at = memchr(at, '<', (gsize)(end - at))) != NULL;) {
		guint blanks = 0;

		for (at++; at < end && *at != '>' && *at != '<'; at++) {
			blanks += (guint8)*at <= ' ' || *at == '/' || *at == '"' || *at == '\'';
			if (*at == '=' && at + 1 < end && (at[1] == '"' || at[1] == '\'')) {
				const char *close = memchr(at + 2, at[1], (gsize)(end - at - 2));

				at = close != NULL ? close : end - 1;
			}
		}
		if (blanks > LIMIT_HTML_ATTRIBUTES)
			return TRUE;
	}
	return FALSE;
}

static gboolean
parse(struct writer *w, const struct library *xml, const char *html, gsize length)
{
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NODEFDTD;
	xmlSAXHandler sax = {.startElement = on_start, .endElement = on_end, .characters = on_text, .ignorableWhitespace = on_text, .initialized = 1};

	w->parser = xml->new ();
	if (w->parser == NULL)
		return FALSE;
	w->stop = xml->stop;
	*w->parser->sax = sax;
	w->parser->userData = w;
	xml->read(w->parser, html, (int)length, NULL, "UTF-8", options);
	xml->free(w->parser);
	return !w->deep;
}

char *
html_to_text(const char *html, gsize length, gboolean *plain)
{
	const struct library *xml = library();
	struct writer w = {.fresh = TRUE};
	gboolean parsed;

	length = MIN(length, LIMIT_HTML_BYTES);
	parsed = xml->new != NULL &&length > 0 && !is_absurd(html, length);
	if (parsed) {
		w.out = g_string_sized_new(length / 4 + 64);
		w.open = g_array_new(FALSE, FALSE, sizeof(struct open));
		parsed = parse(&w, xml, html, length);
		for (guint i = 0; i < w.open->len; i++)
			g_free(g_array_index(w.open, struct open, i).href);
		g_array_unref(w.open);
		if (parsed && w.out->len > 0 && w.out->str[w.out->len - 1] != '\n')
			g_string_append_c(w.out, '\n');
	}
	if (plain != NULL)
		*plain = !parsed;
	if (parsed)
		return g_string_free(w.out, FALSE);
	if (w.out != NULL)
		g_string_free(w.out, TRUE);
	return html_strip(html, length);
}
