#include "mail/document.h"

#include "base/limits.h"
#include "mail/document-private.h"
#include "mail/message.h"
#include "mail/zip.h"

#include <string.h>

#define PDF_REACH 1024 /* bytes in which readers look for the mark of a PDF */

static gboolean
contains(const guint8 *data, gsize length, const char *word, gsize word_length)
{
	return length >= word_length && memmem(data, length, word, word_length) != NULL;
}

/* The bodies of an archive's documents stand in entries of these names. */
static const struct {
	enum document_kind kind;
	const char *start, *end;
} entries[] = {
    {DOCUMENT_WORD, "word/document", ".xml"},
    {DOCUMENT_WORD, "word/footnotes", ".xml"},
    {DOCUMENT_WORD, "word/endnotes", ".xml"},
    {DOCUMENT_WORD, "word/comments", ".xml"},
    {DOCUMENT_OPEN, "content.xml", ""},
};

static gboolean
keep_text(gpointer user, const char *bytes, gsize length)
{
	g_string_append_len(user, bytes, (gssize)length);
	return TRUE;
}

/* OpenDocument encrypts entries in a way of its own, which the list of them tells. */
static gboolean
is_encrypted_open(const struct zip *zip)
{
	gint at = zip_find(zip, 0, "META-INF/manifest.xml", "");
	g_autoptr(GString) text = g_string_new(NULL);
	gsize left = LIMIT_MANIFEST_BYTES;

	return at >= 0 && zip_read(zip, (guint)at, &left, keep_text, text) == ZIP_OK &&
	       contains((const guint8 *)text->str, text->len, "encryption-data", strlen("encryption-data"));
}

static enum document_kind
archive_kind(const guint8 *data, gsize length)
{
	g_autoptr(Zip) zip = zip_open(data, length);

	if (zip == NULL) /* cut off: what it was to be stands at its start */
		return contains(data, length, "word/", 5) ? DOCUMENT_WORD : contains(data, length, "opendocument", 12) ? DOCUMENT_OPEN : DOCUMENT_UNKNOWN;
	if (zip_is_encrypted(zip))
		return DOCUMENT_ENCRYPTED;
	if (zip_find(zip, 0, "word/document", ".xml") >= 0)
		return DOCUMENT_WORD;
	if (zip_find(zip, 0, "content.xml", "") < 0)
		return DOCUMENT_UNKNOWN;
	return is_encrypted_open(zip) ? DOCUMENT_ENCRYPTED : DOCUMENT_OPEN;
}

enum document_kind
document_kind(const guint8 *data, gsize length)
{
	static const char ole[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", tnef[] = "\x78\x9f\x3e\x22";
	static const char package[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e"; /* the one stream of an encrypted .docx (MS-OFFCRYPTO) */

	if (contains(data, MIN(length, PDF_REACH), "%PDF-", 5))
		return DOCUMENT_PDF;
	if (length >= 5 && memcmp(data, "{\\rtf", 5) == 0)
		return DOCUMENT_RTF;
	if (zip_looks_like(data, length))
		return archive_kind(data, length);
	if (length >= 4 && memcmp(data, tnef, 4) == 0)
		return DOCUMENT_TNEF;
	if (length >= 8 && memcmp(data, ole, 8) == 0 && contains(data, length, package, sizeof package - 1))
		return DOCUMENT_ENCRYPTED;
	return signed_looks_like(data, length) ? DOCUMENT_SIGNED : DOCUMENT_UNKNOWN;
}

struct unpacking {
	struct document_xml *xml;
	gboolean bad;
};

static gboolean
parse_some(gpointer user, const char *bytes, gsize length)
{
	struct unpacking *unpacking = user;

	unpacking->bad = !document_xml_parse(unpacking->xml, bytes, length);
	return !unpacking->bad && !document_xml_is_full(unpacking->xml);
}

/* FALSE with *WHY. */
static gboolean
read_entry(const struct zip *zip, guint entry, enum document_kind kind, gsize *left, GString *text, gsize limit, char **why)
{
	struct unpacking unpacking = {.xml = document_xml_new(kind, text, limit)};
	enum zip_result result = zip_read(zip, entry, left, parse_some, &unpacking);
	gboolean whole = document_xml_end(unpacking.xml);

	if (result == ZIP_TOO_LONG)
		*why = g_strdup_printf("over the limit of %d bytes unpacked", LIMIT_DOCUMENT_UNPACKED);
	else if (result == ZIP_BOMB)
		*why = g_strdup_printf("over the limit of %d times its size unpacked", LIMIT_DOCUMENT_RATIO);
	else if (unpacking.bad || result == ZIP_DAMAGED || (result == ZIP_OK && !whole))
		*why = g_strdup("damaged");
	return *why == NULL;
}

static void
read_archive(enum document_kind kind, const guint8 *data, gsize length, GString *text, gsize limit, char **why)
{
	g_autoptr(Zip) zip = zip_open(data, length);
	gsize left = LIMIT_DOCUMENT_UNPACKED;

	if (zip == NULL) {
		*why = g_strdup("damaged");
		return;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(entries) && text->len <= limit; i++) {
		gint entry = entries[i].kind == kind ? zip_find(zip, 0, entries[i].start, entries[i].end) : -1;

		if (entry >= 0 && !read_entry(zip, (guint)entry, kind, &left, text, limit, why))
			return;
	}
}

/* The author's text of the message inside, and its attachments that are text. */
static void
read_signed(const guint8 *data, gsize length, GString *text, char **why)
{
	g_autoptr(GByteArray) inside = signed_content(data, length);
	g_autoptr(Record) record = NULL;

	if (inside == NULL) {
		*why = g_strdup("damaged");
		return;
	}
	record = message_read(inside->data, inside->len);
	for (guint i = 0; i < record->passages->len; i++) {
		const struct record_passage *passage = record->passages->pdata[i];

		if (passage->kind == PASSAGE_NEW || passage->kind == PASSAGE_ATTACHMENT || passage->kind == PASSAGE_FORWARDED)
			g_string_append_printf(text, "%s\n", passage->text);
	}
}

char *
document_text(const guint8 *data, gsize length, gsize limit, gboolean *cut, char **why)
{
	enum document_kind kind = document_kind(data, length);
	g_autoptr(GString) text = g_string_new(NULL);

	*why = NULL;
	*cut = FALSE;
	if (kind == DOCUMENT_WORD || kind == DOCUMENT_OPEN)
		read_archive(kind, data, length, text, limit, why);
	else if (kind == DOCUMENT_RTF)
		rtf_text(data, length, text, limit, why);
	else if (kind == DOCUMENT_SIGNED)
		read_signed(data, length, text, why);
	else
		*why = g_strdup(kind == DOCUMENT_ENCRYPTED ? "encrypted" : "damaged");
	if (*why != NULL)
		return NULL;
	if (text->len > limit) {
		const char *end = g_utf8_find_prev_char(text->str, text->str + limit + 1);

		g_string_truncate(text, end != NULL ? (gsize)(end - text->str) : 0);
		*cut = TRUE;
	}
	if (text->str[strspn(text->str, " \t\n")] == '\0') {
		*why = g_strdup("no text in it");
		return NULL;
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}
