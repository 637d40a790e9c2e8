#include "mail/document-private.h"

#include <string.h>

struct document_xml {
	GMarkupParseContext *context;
	enum document_kind kind;
	GString *text;
	gsize limit;
	guint inside;  /* elements around whose text counts */
	guint skipped; /* elements around whose text does not */
	gboolean full, bad;
};

enum meaning {
	MEANS_NOTHING,
	MEANS_TEXT,      /* what stands in it is text */
	MEANS_PARAGRAPH, /* a line of its own */
	MEANS_CELL,
	MEANS_ROW,
	MEANS_TAB,
	MEANS_BREAK,
	MEANS_BLANK,
	MEANS_HYPHEN,
	MEANS_SKIP, /* nothing in it is read */
};

/* By local name: the prefixes are each program's own choice. */
static const struct {
	enum document_kind kind;
	const char *name;
	enum meaning meaning;
	gboolean text; /* MEANS_PARAGRAPH: what stands in it is text */
} elements[] = {
    {DOCUMENT_WORD, "t", MEANS_TEXT, FALSE},
    {DOCUMENT_WORD, "p", MEANS_PARAGRAPH, FALSE},
    {DOCUMENT_WORD, "tc", MEANS_CELL, FALSE},
    {DOCUMENT_WORD, "tr", MEANS_ROW, FALSE},
    {DOCUMENT_WORD, "tab", MEANS_TAB, FALSE},
    {DOCUMENT_WORD, "br", MEANS_BREAK, FALSE},
    {DOCUMENT_WORD, "cr", MEANS_BREAK, FALSE},
    {DOCUMENT_WORD, "noBreakHyphen", MEANS_HYPHEN, FALSE},
    {DOCUMENT_WORD, "tabs", MEANS_SKIP, FALSE},     /* where tabs stop */
    {DOCUMENT_WORD, "moveFrom", MEANS_SKIP, FALSE}, /* it stands where it was moved to */
    {DOCUMENT_WORD, "del", MEANS_SKIP, FALSE},
    {DOCUMENT_WORD, "Fallback", MEANS_SKIP, FALSE}, /* the same once more, for older programs */
    {DOCUMENT_OPEN, "p", MEANS_PARAGRAPH, TRUE},
    {DOCUMENT_OPEN, "h", MEANS_PARAGRAPH, TRUE},
    {DOCUMENT_OPEN, "table-cell", MEANS_CELL, FALSE},
    {DOCUMENT_OPEN, "table-row", MEANS_ROW, FALSE},
    {DOCUMENT_OPEN, "tab", MEANS_TAB, FALSE},
    {DOCUMENT_OPEN, "s", MEANS_BLANK, FALSE},
    {DOCUMENT_OPEN, "line-break", MEANS_BREAK, FALSE},
    {DOCUMENT_OPEN, "tracked-changes", MEANS_SKIP, FALSE},
    {DOCUMENT_OPEN, "creator", MEANS_SKIP, FALSE}, /* of a comment */
    {DOCUMENT_OPEN, "date", MEANS_SKIP, FALSE},
};

static gsize
find_element(const struct document_xml *xml, const char *name)
{
	const char *colon = strchr(name, ':');
	gsize i;

	name = colon != NULL ? colon + 1 : name;
	for (i = 0; i < G_N_ELEMENTS(elements); i++)
		if (elements[i].kind == xml->kind && strcmp(elements[i].name, name) == 0)
			break;
	return i;
}

static void
check_full(struct document_xml *xml, GError **error)
{
	if (xml->text->len <= xml->limit)
		return;
	xml->full = TRUE;
	g_set_error(error, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE, "enough");
}

static void
on_start(G_GNUC_UNUSED GMarkupParseContext *context, const char *name, G_GNUC_UNUSED const char **names, G_GNUC_UNUSED const char **values, gpointer data,
    GError **error)
{
	struct document_xml *xml = data;
	gsize i = find_element(xml, name);
	enum meaning meaning = i < G_N_ELEMENTS(elements) ? elements[i].meaning : MEANS_NOTHING;

	if (meaning == MEANS_SKIP)
		xml->skipped++;
	else if (meaning == MEANS_TEXT || (meaning == MEANS_PARAGRAPH && elements[i].text))
		xml->inside++;
	if (xml->skipped > 0)
		return;
	if (meaning == MEANS_TAB)
		g_string_append_c(xml->text, '\t');
	else if (meaning == MEANS_BREAK)
		g_string_append_c(xml->text, '\n');
	else if (meaning == MEANS_BLANK)
		g_string_append_c(xml->text, ' ');
	else if (meaning == MEANS_HYPHEN)
		g_string_append_c(xml->text, '-');
	check_full(xml, error);
}

/* A row is one line: its last paragraph ends in the cell's tab. */
static void
end_cell(GString *text)
{
	if (text->len > 0 && text->str[text->len - 1] == '\n')
		g_string_truncate(text, text->len - 1);
	g_string_append_c(text, '\t');
}

static void
on_end(G_GNUC_UNUSED GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
	struct document_xml *xml = data;
	gsize i = find_element(xml, name);
	enum meaning meaning = i < G_N_ELEMENTS(elements) ? elements[i].meaning : MEANS_NOTHING;

	if (meaning == MEANS_SKIP)
		xml->skipped--;
	else if (meaning == MEANS_TEXT || (meaning == MEANS_PARAGRAPH && elements[i].text))
		xml->inside--;
	if (xml->skipped > 0)
		return;
	if (meaning == MEANS_PARAGRAPH || meaning == MEANS_ROW)
		g_string_append_c(xml->text, '\n');
	else if (meaning == MEANS_CELL)
		end_cell(xml->text);
	check_full(xml, error);
}

static void
on_text(G_GNUC_UNUSED GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
	struct document_xml *xml = data;

	if (xml->inside > 0 && xml->skipped == 0)
		g_string_append_len(xml->text, text, (gssize)length);
	check_full(xml, error);
}

static const GMarkupParser parser = {.start_element = on_start, .end_element = on_end, .text = on_text};

struct document_xml *
document_xml_new(enum document_kind kind, GString *text, gsize limit)
{
	struct document_xml *xml = g_new0(struct document_xml, 1);

	xml->kind = kind;
	xml->text = text;
	xml->limit = limit;
	xml->context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, xml, NULL);
	return xml;
}

gboolean
document_xml_parse(struct document_xml *xml, const char *bytes, gsize length)
{
	xml->bad = !g_markup_parse_context_parse(xml->context, bytes, (gssize)length, NULL) && !xml->full;
	return !xml->bad;
}

gboolean
document_xml_is_full(const struct document_xml *xml)
{
	return xml->full;
}

gboolean
document_xml_end(struct document_xml *xml)
{
	gboolean ok = xml->full || (!xml->bad && g_markup_parse_context_end_parse(xml->context, NULL));

	g_markup_parse_context_free(xml->context);
	g_free(xml);
	return ok;
}
