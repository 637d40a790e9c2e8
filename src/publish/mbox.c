#include "publish/mbox.h"

#include "base/clock.h"
#include "base/error.h"
#include "find/changes.h"

#include <string.h>
#include <zlib.h>

#define WORD_BYTES 42 /* of UTF-8 in one encoded word: 75 characters with all around it, RFC 2047 section 2 */
#define REFERENCES 20

/* A header's words: as they are where they are plain ASCII, else as encoded words (RFC 2047), each with whole characters. */
static void
add_words(GString *out, const char *text)
{
	gboolean plain = TRUE;
	gsize length = strlen(text);

	for (const char *at = text; *at != '\0'; at++)
		plain &= *at >= ' ' && *at <= '~';
	if (plain && length < 900 && strstr(text, "=?") == NULL) {
		g_string_append(out, text);
		return;
	}
	while (*text != '\0') {
		gsize piece = 0;
		g_autofree char *encoded = NULL;

		while (text[piece] != '\0' && (gsize)(g_utf8_next_char(text + piece) - text) <= WORD_BYTES)
			piece = g_utf8_next_char(text + piece) - text;
		encoded = g_base64_encode((const guchar *)text, piece);
		g_string_append_printf(out, "=?utf-8?B?%s?=", encoded);
		text += piece;
		if (*text != '\0')
			g_string_append(out, "\n ");
	}
}

/* TEXT on one line without what a header cannot have. Caller frees. */
static char *
one_line(const struct page_site *site, const char *text)
{
	g_autofree char *plain = text != NULL ? page_plain(site, text) : g_strdup("");

	for (char *at = plain; *at != '\0'; at++)
		if (*at == '\n' || *at == '\t' || *at == '\r')
			*at = ' ';
	return g_strdup(g_strstrip(plain));
}

/* The name in quotes where it is ASCII (RFC 5322 section 3.2.4), and an address that has the domain and leads nowhere (RFC 2606). */
static void
add_from(GString *out, const struct page_site *site, const struct message_row *row)
{
	g_autofree char *name = one_line(site, row->author_name);
	const char *domain = row->author_address != NULL ? strrchr(row->author_address, '@') : NULL;
	gboolean good = domain != NULL && domain[1] != '\0' && strlen(domain + 1) < 200 &&
	                strspn(domain + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(domain + 1);

	g_string_append(out, "From: ");
	if (g_str_is_ascii(name) && *name != '\0') {
		g_string_append_c(out, '"');
		for (const char *at = name; *at != '\0'; at++)
			g_string_append_printf(out, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
		g_string_append_c(out, '"');
	} else
		add_words(out, name);
	g_string_append_printf(out, "%s<hidden@%s%sinvalid>\n", *name == '\0' ? "" : strlen(name) < 30 ? " " : "\n ", good ? domain + 1 : "", good ? "." : "");
}

/* A Message-ID may have its writer's name in it, and any text; then the letter's public id stands for it, everywhere. Caller frees. */
static char *
message_id_of(const struct message_row *row)
{
	const char *id = row->message_id;
	g_autofree char *bare = id != NULL ? g_strdup(*id == '<' ? id + 1 : id) : g_strdup("");
	const char *at = row->author_address != NULL ? strrchr(row->author_address, '@') : NULL;
	g_autofree char *local = at != NULL ? g_ascii_strdown(row->author_address, at - row->author_address) : NULL;
	g_autofree char *folded = NULL;
	gsize length;

	if (g_str_has_suffix(bare, ">"))
		bare[strlen(bare) - 1] = '\0';
	length = strlen(bare);
	folded = g_ascii_strdown(bare, -1);
	if (length == 0 || length > 200 || strchr(bare, '@') == NULL ||
	    strspn(bare, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.@") != length ||
	    (local != NULL && strlen(local) > 2 && strstr(folded, local) != NULL))
		return g_strdup_printf("<%s@postbag.invalid>", row->public_id);
	return g_strconcat("<", bare, ">", NULL);
}

/* Only messages that are public here: a letter's own References may name what is held or was taken out. */
static gboolean
add_references(GString *out, struct index *index, const struct audience *audience, gint64 message, GError **error)
{
	g_autoptr(GArray) numbers = changes_references(index, message, error);
	g_autoptr(GArray) visible = numbers != NULL ? pages_only_visible(index, audience, numbers, 0, 0, error) : NULL;
	g_autofree char *last = NULL;

	if (visible == NULL)
		return FALSE;
	for (guint i = visible->len > REFERENCES ? visible->len - REFERENCES : 0; i < visible->len; i++) {
		g_autoptr(MessageRow) row = message_row_load(index, g_array_index(visible, gint64, i), FALSE, error);
		g_autofree char *id = NULL;

		if (row == NULL)
			return FALSE;
		if (g_strcmp0(row->redacted, "whole") == 0)
			continue;
		id = message_id_of(row);
		g_string_append_printf(out, "%s %s\n", last == NULL ? "References:" : "", id);
		g_free(last);
		last = g_steal_pointer(&id);
	}
	if (last != NULL)
		g_string_append_printf(out, "In-Reply-To: %s\n", last);
	return TRUE;
}

/* mboxrd: a line that is ">"s and "From " gets one more, so that nothing looks like the beginning of a message and all can be put back. */
static void
add_text(GString *out, const char *text, gboolean quoted)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line != NULL; line++) {
		const char *at = *line + strspn(*line, ">");

		if (line[1] == NULL && **line == '\0')
			break;
		if (quoted)
			g_string_append(out, "> ");
		else if (g_str_has_prefix(at, "From "))
			g_string_append_c(out, '>');
		g_string_append(out, *line);
		g_string_append_c(out, '\n');
	}
}

static gboolean
add_passages(GString *out, struct index *index, const struct page_site *site, const struct audience *audience, gint64 message, GError **error)
{
	static const gboolean shown[N_PASSAGE_KINDS] = {
	    [PASSAGE_NEW] = TRUE, [PASSAGE_QUOTED] = TRUE, [PASSAGE_FORWARDED] = TRUE, [PASSAGE_SIGNATURE] = TRUE, [PASSAGE_FOOTER] = TRUE};
	g_autoptr(GPtrArray) passages = pages_passages(index, audience, message, error);

	for (guint i = 0; passages != NULL && i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);
		g_autofree char *text = shown[passage->kind] ? page_plain(site, passage->text) : NULL;

		if (text == NULL || *text == '\0')
			continue;
		add_text(out, text, passage->kind == PASSAGE_QUOTED);
		g_string_append_c(out, '\n');
	}
	return passages != NULL;
}

static gboolean
add_message(GString *out, struct index *index, const struct page_site *site, const struct audience *audience, gint64 message, GError **error)
{
	g_autoptr(MessageRow) row = message_row_load(index, message, FALSE, error);
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *subject = row != NULL ? one_line(site, row->subject) : NULL;
	g_autofree char *id = row != NULL ? message_id_of(row) : NULL;
	g_autofree char *line = row != NULL ? clock_format(row->date_effective, utc, "%a %b %e %H:%M:%S %Y") : NULL;
	g_autofree char *date = row != NULL ? clock_format(row->date_effective, utc, "%a, %d %b %Y %H:%M:%S +0000") : NULL;

	if (row == NULL)
		return FALSE;
	g_string_append_printf(out, "From postbag %s\n", line);
	add_from(out, site, row);
	g_string_append_printf(out, "Date: %s\nSubject: ", date);
	add_words(out, subject);
	g_string_append_printf(out, "\nMessage-ID: %s\n", id);
	if (!add_references(out, index, audience, message, error))
		return FALSE;
	g_string_append(out, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
	return add_passages(out, index, site, audience, message, error);
}

/* As gzip without a time and a name (RFC 1952). */
static GBytes *
pack(const GString *text, GError **error)
{
	z_stream stream = {0};
	g_autofree guint8 *out = NULL;
	gsize room;
	int rc;

	if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) { /* 16: gzip's frame, whose time zlib leaves at 0 */
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "no memory to pack a mailbox");
		return NULL;
	}
	room = deflateBound(&stream, text->len);
	out = g_malloc(room);
	stream.next_in = (Bytef *)text->str;
	stream.avail_in = (uInt)text->len;
	stream.next_out = out;
	stream.avail_out = (uInt)room;
	rc = text->len <= G_MAXUINT / 2 ? deflate(&stream, Z_FINISH) : Z_DATA_ERROR;
	room -= stream.avail_out;
	deflateEnd(&stream);
	if (rc == Z_STREAM_END)
		return g_bytes_new_take(g_steal_pointer(&out), room);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_SOFTWARE, "zlib cannot pack a mailbox (%d)", rc);
	return NULL;
}

GBytes *
mbox_piece(struct index *index, const struct page_site *site, const struct page_leaf *leaf, gint64 now, GError **error)
{
	static const struct place all = {NULL, NULL};
	struct audience audience = page_audience(site, now);
	const struct time_window window = {leaf->from, leaf->to};
	g_autoptr(GArray) numbers = pages_list(index, &audience, &all, &window, FALSE, leaf->skip, leaf->count, error);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; numbers != NULL && i < numbers->len; i++)
		if (!add_message(text, index, site, &audience, g_array_index(numbers, gint64, i), error))
			return NULL;
	return numbers != NULL ? pack(text, error) : NULL;
}
