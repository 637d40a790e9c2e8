#include "mail/message-compose.h"

#include <gmime/gmime.h>
#include <string.h>

#include "mail/message.h"

#define TEXT_MOST 900 /* bytes of a header's text: it is cut, at a character */

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

/* RFC 3676 section 4.4: a line that begins with a space, ">" or "From " gets a space before it, which readers take away. Spaces at line ends would join lines.
 */
static char *
flowed(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GString *out = g_string_new(NULL);

	for (guint i = 0; lines[i] != NULL; i++) {
		g_strchomp(lines[i]);
		if (*lines[i] == ' ' || *lines[i] == '>' || g_str_has_prefix(lines[i], "From "))
			g_string_append_c(out, ' ');
		g_string_append(out, lines[i]);
		if (lines[i + 1] != NULL)
			g_string_append_c(out, '\n');
	}
	return g_string_free(out, FALSE);
}

static GMimeObject *
text_part(const char *subtype, const char *text)
{
	GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text, strlen(text));
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_part_set_content(GMIME_PART(part), content);
	g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
	g_object_unref(content);
	g_object_unref(stream);
	return GMIME_OBJECT(part);
}

static GMimeObject *
plain_part(const char *text)
{
	g_autofree char *lines = flowed(text);
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

static GMimeObject *
body(const struct outgoing *outgoing)
{
	GMimeObject *text = plain_part(outgoing->text);
	GMimeMultipart *parts;

	if (outgoing->html != NULL) {
		parts = multipart("alternative", outgoing->message_id, 1);
		add(parts, text);
		add(parts, text_part("html", outgoing->html));
		text = GMIME_OBJECT(parts);
	}
	if (outgoing->enclosed == NULL || outgoing->enclosed->len == 0)
		return text;
	parts = multipart("mixed", outgoing->message_id, 0);
	add(parts, text);
	add(parts, digest_part(outgoing));
	return GMIME_OBJECT(parts);
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
	bytes = g_byte_array_ref(g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream)));
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	g_object_unref(stream);
	g_object_unref(message);
	g_mime_format_options_free(options);
	return g_byte_array_free_to_bytes(bytes);
}
