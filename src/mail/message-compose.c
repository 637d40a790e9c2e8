#include "mail/message-compose.h"

#include <gmime/gmime.h>
#include <string.h>

#include "mail/message.h"

#define TEXT_MOST 900    /* bytes of a header's text: it is cut, at a character */
#define LINE_MOST 900    /* bytes of a line that goes as it is; RFC 5322 section 2.1.1 allows 998 */
#define PROSE_COLUMNS 72 /* RFC 3676 section 4.2 */
#define PROSE_LONG 78    /* a line up to here is left as it is */

/* One line without control characters: what a sender made up must not become a header field of its own. */
static char *
one_line(const char *text)
{
	GString *out = g_string_new(NULL);

	for (const char *p = text; *p != '\0' && out->len < TEXT_MOST; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		g_string_append_unichar(out, g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c);
	}
	return g_string_free(out, FALSE);
}

/* "Subject:", as RFC 5322 section 2.2 has it; a program that takes digests apart (formail -ds) cuts at such lines. */
static gboolean
is_like_header(const char *line)
{
	const char *p = line;

	while (*p > ' ' && *p < 0x7f && *p != ':')
		p++;
	return *p == ':' && p > line && !g_str_has_prefix(p, "://");
}

/* RFC 3676 section 4.4: a line that begins with a space, ">" or "From " gets a space before it, which readers take away. */
static void
add_flowed(GString *out, const char *line, gsize length, const char *end)
{
	if (length > 0 && (*line == ' ' || *line == '>' || g_str_has_prefix(line, "From ") || is_like_header(line)))
		g_string_append_c(out, ' ');
	g_string_append_len(out, line, (gssize)length);
	g_string_append(out, end);
}

/* How many bytes of LINE fit: up to and with the last space within the columns, or else the first one behind; 0: all. */
static gsize
fitting(const char *line)
{
	guint columns = 0;
	gsize space = 0;

	for (const char *p = line; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (columns >= PROSE_COLUMNS && space > 0)
			return space;
		columns += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
		if (c == ' ' && p[1] != '\0' && p[1] != ' ')
			space = (gsize)(p - line) + 1;
	}
	return columns > PROSE_LONG ? space : 0;
}

/* Spaces at line ends would join lines, but for the one that a signature's mark has (RFC 3676 section 4.3). */
static char *
flowed(const char *text, gboolean prose)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GString *out = g_string_new(NULL);

	for (guint i = 0; lines[i] != NULL; i++) {
		const char *end = lines[i + 1] != NULL ? "\n" : "", *rest = lines[i];
		gsize length;

		if (strcmp(lines[i], "-- ") != 0)
			g_strchomp(lines[i]);
		while (prose && strlen(rest) > PROSE_LONG && (length = fitting(rest)) > 0) {
			add_flowed(out, rest, length, "\n");
			rest += length;
		}
		add_flowed(out, rest, strlen(rest), end);
	}
	return g_string_free(out, FALSE);
}

/* As it is where every server takes it; else the shorter of the two: rules of box drawings, or another script, would be three times as long in the one. */
static GMimeContentEncoding
encoding_of(const char *text)
{
	gsize high = 0, length = strlen(text), line = 0, longest = 0;

	for (gsize i = 0; i < length; i++) {
		high += (guchar)text[i] >= 0x7f || (text[i] < ' ' && text[i] != '\n' && text[i] != '\t');
		line = text[i] == '\n' ? 0 : line + 1;
		longest = MAX(longest, line);
	}
	if (high == 0 && longest <= LINE_MOST)
		return GMIME_CONTENT_ENCODING_7BIT;
	return 2 * high > length / 3 ? GMIME_CONTENT_ENCODING_BASE64 : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

/* RFC 2046 section 4.1.1: within base64 a line of text ends in CR LF. */
static char *
with_returns(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	return g_strjoinv("\r\n", lines);
}

static GMimeObject *
text_part(const char *subtype, const char *text)
{
	GMimeContentEncoding encoding = encoding_of(text);
	g_autofree char *bytes = encoding == GMIME_CONTENT_ENCODING_BASE64 ? with_returns(text) : g_strdup(text);
	GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, strlen(bytes));
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_part_set_content(GMIME_PART(part), content);
	g_mime_part_set_content_encoding(GMIME_PART(part), encoding);
	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	g_object_unref(content);
	g_object_unref(stream);
	return GMIME_OBJECT(part);
}

static GMimeObject *
plain_part(const char *text, gboolean prose)
{
	g_autofree char *lines = flowed(text, prose);
	GMimeObject *part = text_part("plain", lines);

	g_mime_object_set_content_type_parameter(part, "format", "flowed");
	return part;
}

/* The boundary is made from the message's id, not at random: composing twice gives the same bytes. */
static GMimeMultipart *
multipart(const char *subtype, const char *id, guint depth)
{
	GMimeMultipart *parts = g_mime_multipart_new_with_subtype(subtype);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, id != NULL ? id : "", -1);
	g_autofree char *boundary = g_strdup_printf("=_%.24s-%u", sum, depth);

	g_mime_multipart_set_boundary(parts, boundary);
	return parts;
}

static void
add(GMimeMultipart *parts, GMimeObject *part)
{
	g_mime_multipart_add(parts, part);
	g_object_unref(part);
}

static GMimeObject *
digest_part(const struct outgoing *outgoing)
{
	GMimeMultipart *digest = multipart("digest", outgoing->message_id, 2);

	for (guint i = 0; i < outgoing->enclosed->len; i++) {
		gsize length;
		const char *data = g_bytes_get_data(outgoing->enclosed->pdata[i], &length);
		GMimeStream *stream = g_mime_stream_mem_new_with_buffer(data, length);
		GMimeParser *parser = g_mime_parser_new_with_stream(stream);
		GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

		if (message != NULL) {
			add(digest, GMIME_OBJECT(g_mime_message_part_new_with_message("rfc822", message)));
			g_object_unref(message);
		}
		g_object_unref(parser);
		g_object_unref(stream);
	}
	return GMIME_OBJECT(digest);
}

/* What a mail program shows in a list of parts (RFC 2045 section 8). */
static GMimeObject *
described(GMimeObject *part, const char *what)
{
	g_mime_object_set_header(part, "Content-Description", what, NULL);
	return part;
}

static GMimeObject *
body(const struct outgoing *outgoing)
{
	GMimeObject *text = plain_part(outgoing->text, outgoing->prose);
	GMimeMultipart *parts;

	if (outgoing->html != NULL) {
		parts = multipart("alternative", outgoing->message_id, 1);
		add(parts, text);
		add(parts, text_part("html", outgoing->html));
		text = GMIME_OBJECT(parts);
	}
	if (outgoing->note == NULL && (outgoing->enclosed == NULL || outgoing->enclosed->len == 0))
		return text;
	parts = multipart("mixed", outgoing->message_id, 0);
	add(parts, text);
	if (outgoing->note != NULL)
		add(parts, described(plain_part(outgoing->note, FALSE), "What is enclosed"));
	if (outgoing->enclosed != NULL && outgoing->enclosed->len > 0)
		add(parts, described(digest_part(outgoing), "Messages"));
	return GMIME_OBJECT(parts);
}

static void
add_mailboxes(GMimeMessage *message, GMimeAddressType type, const GArray *list)
{
	for (guint i = 0; list != NULL && i < list->len; i++) {
		const struct outgoing_address *address = &g_array_index(list, struct outgoing_address, i);
		g_autofree char *name = address->name != NULL ? one_line(address->name) : NULL;

		g_mime_message_add_mailbox(message, type, name, address->address);
	}
}

/* Encoded words where a value is not ASCII. */
static void
add_headers(GMimeMessage *message, const struct outgoing_header *headers)
{
	for (; headers != NULL && headers->name != NULL; headers++) {
		g_autofree char *value = one_line(headers->value);

		g_mime_object_set_header(GMIME_OBJECT(message), headers->name, value, "utf-8");
	}
}

static void
set_headers(GMimeMessage *message, const struct outgoing *outgoing)
{
	g_autofree char *subject = one_line(outgoing->subject);
	g_autofree char *name = outgoing->from_name != NULL ? one_line(outgoing->from_name) : NULL;
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(outgoing->date);
	g_autoptr(GDateTime) date = utc != NULL ? g_date_time_to_timezone(utc, outgoing->zone) : NULL;

	if (outgoing->from != NULL)
		g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, name, outgoing->from);
	if (outgoing->to != NULL)
		g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, NULL, outgoing->to);
	add_mailboxes(message, GMIME_ADDRESS_TYPE_TO, outgoing->tos);
	add_mailboxes(message, GMIME_ADDRESS_TYPE_CC, outgoing->ccs);
	g_mime_message_set_subject(message, subject, "utf-8");
	if (date != NULL)
		g_mime_message_set_date(message, date);
	if (outgoing->message_id != NULL)
		g_mime_message_set_message_id(message, outgoing->message_id);
	if (outgoing->list_id != NULL) {
		g_autofree char *list = one_line(outgoing->list_id);

		g_mime_object_set_header(GMIME_OBJECT(message), "List-Id", list, "utf-8");
	}
	if (outgoing->automatic)
		g_mime_object_set_header(GMIME_OBJECT(message), "Auto-Submitted", "auto-generated", NULL);
	add_headers(message, outgoing->headers);
}

GBytes *
message_compose(const struct outgoing *outgoing)
{
	GMimeMessage *message;
	GMimeObject *part;
	GMimeFormatOptions *options;
	GMimeStream *stream;
	GByteArray *bytes;

	message_init();
	message = g_mime_message_new(TRUE);
	set_headers(message, outgoing);
	part = body(outgoing);
	g_mime_message_set_mime_part(message, part);
	g_object_unref(part);
	options = g_mime_format_options_new();
	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_UNIX);
	stream = g_mime_stream_mem_new();
	g_mime_object_write_to_stream(GMIME_OBJECT(message), options, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	g_object_unref(stream);
	g_object_unref(message);
	g_mime_format_options_free(options);
	return g_byte_array_free_to_bytes(bytes);
}
