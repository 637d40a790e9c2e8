#include "mail/redact-private.h"

#include "mail/headers.h"

#include <string.h>

#define WORD_BYTES 42 /* in one encoded word: RFC 2047 allows 75 characters of it */

void
redact_append(struct redacting *r, gconstpointer data, gssize length)
{
	g_byte_array_append(r->out, data, (guint)(length < 0 ? strlen(data) : (gsize)length));
}

/* "Mary\ Ann": what stands behind a backslash stands for itself, RFC 5322 3.2.1. */
static char *
undo_pairs(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text != '\0'; text++)
		if (*text != '\\')
			g_string_append_c(out, *text);
	return g_string_free(out, FALSE);
}

static gboolean
clean(struct redacting *r, const char *text, gsize length)
{
	g_autofree char *decoded = header_decode(text, length), *unquoted = strchr(decoded, '\\') != NULL ? undo_pairs(decoded) : NULL;

	return !needles_in_bytes(r->wish->needles, (const guint8 *)text, length) && !needles_in_text(r->wish->needles, decoded) &&
	       !needles_in_text(r->wish->needles, unquoted);
}

/* filename*0=...; filename*1=... joined, percent signs undone by whoever looks: RFC 2231. */
static gboolean
clean_parameters(struct redacting *r, const char *value, gsize length)
{
	g_autoptr(GString) joined = g_string_new(NULL);
	gboolean value_part = FALSE;

	for (gsize i = 0; i < length; i++) {
		if (value[i] == ';')
			value_part = FALSE;
		else if (value[i] == '=' && !value_part)
			value_part = TRUE;
		else if (value_part && strchr("\\\"\r\n\t ", value[i]) == NULL)
			g_string_append_c(joined, value[i]);
	}
	return !needles_in_bytes(r->wish->needles, (const guint8 *)joined->str, joined->len);
}

static void
append_encoded(GString *out, const char *text, gsize length)
{
	for (gsize at = 0; at < length;) {
		gsize n = MIN(WORD_BYTES, length - at);
		g_autofree char *base64 = NULL;

		while (at + n < length && n > 1 && ((guint8)text[at + n] & 0xc0) == 0x80)
			n--;
		base64 = g_base64_encode((const guchar *)text + at, n);
		g_string_append_printf(out, "%s=?UTF-8?B?%s?=", at > 0 ? " " : "", base64);
		at += n;
	}
}

static gboolean
is_plain_word(const char *word, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if ((guint8)word[i] >= 0x7f || (guint8)word[i] < 0x20)
			return FALSE;
	return length < 900;
}

/* One line of UTF-8 as a header's value: words with other than ASCII as encoded words, adjacent ones together, because the space between two is none. */
static char *
encode_value(const char *text, const char *eol)
{
	GString *out = g_string_new(NULL);
	gsize column = 20;

	for (const char *at = text; *at != '\0';) {
		gsize length = strcspn(at, " ");

		if (length == 0) {
			at++;
			continue;
		}
		if (out->len > 0 && column + length > 76) {
			g_string_append(out, eol);
			column = 0;
		}
		if (out->len > 0)
			g_string_append_c(out, ' ');
		if (is_plain_word(at, length)) {
			g_string_append_len(out, at, (gssize)length);
			column += length + 1;
		} else {
			gsize more = length, word;
			gsize before = out->len;

			while (at[more] == ' ' && (word = strcspn(at + more + 1, " ")) > 0 && !is_plain_word(at + more + 1, word))
				more += 1 + word;
			length = more;
			append_encoded(out, at, length);
			column += out->len - before + 1;
		}
		at += length;
	}
	return g_string_free(out, FALSE);
}

/* The parameter NAME of an unfolded field, as "; name=value", or "". */
static char *
parameter(const char *value, const char *name)
{
	for (const char *at = strchr(value, ';'); at != NULL; at = strchr(at + 1, ';')) {
		const char *start = at + 1, *end;

		start += strspn(start, " \t\r\n");
		if (g_ascii_strncasecmp(start, name, strlen(name)) != 0)
			continue;
		end = start + strlen(name);
		end += strspn(end, " \t");
		if (*end != '=')
			continue;
		end++;
		end += strspn(end, " \t");
		if (*end == '"') {
			const char *close = strchr(end + 1, '"');

			end = close != NULL ? close + 1 : end + strlen(end);
		} else
			end += strcspn(end, "; \t\r\n");
		return g_strdup_printf("; %.*s", (int)(end - start), start);
	}
	return g_strdup("");
}

/* What of a field that tells of content cannot be done without. */
static char *
bare_value(struct redacting *r, const char *name, const char *value)
{
	gsize type = strcspn(value + strspn(value, " \t\r\n"), "; \t\r\n");
	g_autofree char *boundary = parameter(value, "boundary"), *charset = parameter(value, "charset");
	g_autofree char *first = g_strndup(value + strspn(value, " \t\r\n"), type);

	if (g_ascii_strcasecmp(name, "Content-Type") == 0)
		return g_strconcat(first, charset, boundary, NULL);
	if (g_ascii_strcasecmp(name, "Content-Disposition") == 0 || g_ascii_strcasecmp(name, "Content-Transfer-Encoding") == 0)
		return g_steal_pointer(&first);
	return g_strdup(r->header_mark);
}

/* VALUE (without its last line end) without the words; caller frees. */
static char *
redact_value(struct redacting *r, const char *name, const char *value, gsize length)
{
	const struct needles *needles = r->wish->needles;
	gboolean content = g_ascii_strncasecmp(name, "Content-", 8) == 0;
	g_autofree char *decoded = NULL, *replaced = NULL, *copy = g_strndup(value, length);
	char *out = needles_replace(needles, NEEDLE_PLAIN, value, length, r->header_mark, NULL);

	if (clean(r, out, strlen(out)) && (!content || clean_parameters(r, out, strlen(out))))
		return out;
	g_free(out);
	if (!content) {
		decoded = header_decode(value, length);
		replaced = needles_replace(needles, NEEDLE_PLAIN, decoded, strlen(decoded), r->header_mark, NULL);
		out = encode_value(replaced, r->eol);
		if (clean(r, out, strlen(out)))
			return out;
		g_free(out);
	}
	out = bare_value(r, name, copy);
	if (clean(r, out, strlen(out)) && clean_parameters(r, out, strlen(out)))
		return out;
	g_free(out);
	return g_strdup(r->header_mark);
}

static void
report_field(struct redacting *r, const char *name, const char *old, gsize old_length, const char *value)
{
	g_autofree char *where = g_strdup_printf("header field %.60s", name);
	g_autofree char *before = header_decode(old, old_length), *after = header_decode(value, strlen(value));

	redact_report(r, where, before, after, r->header_mark);
}

/* A header field from AT to END, its line end included. */
static void
redact_field(struct redacting *r, const char *at, gsize length, gsize name_length)
{
	g_autofree char *name = g_strndup(at, name_length), *value = NULL;
	gsize end = length;

	name_length = (gsize)((const char *)memchr(at, ':', length) - at); /* "Subject : ..." */
	while (end > name_length + 1 && (at[end - 1] == '\n' || at[end - 1] == '\r'))
		end--;
	if (needles_count(r->wish->needles) == 0 ||
	    (clean(r, at, end) && clean(r, at + name_length + 1, end - name_length - 1) &&
	        (g_ascii_strncasecmp(name, "Content-", 8) != 0 || clean_parameters(r, at + name_length + 1, end - name_length - 1)))) {
		redact_append(r, at, (gssize)length);
		return;
	}
	r->changed = TRUE;
	if (needles_in_text(r->wish->needles, name)) {
		g_string_append(r->report, "the whole of a header field\n");
		return;
	}
	value = redact_value(r, name, at + name_length + 1, end - name_length - 1);
	report_field(r, name, at + name_length + 1, end - name_length - 1, value);
	redact_append(r, name, -1);
	redact_append(r, *value == ' ' || *value == '\t' ? ":" : ": ", -1);
	redact_append(r, value, -1);
	redact_append(r, at + end, (gssize)(length - end));
}

/* Lines that are no fields: boundaries, a preamble. */
static void
redact_lines(struct redacting *r, const char *at, gsize length)
{
	g_autofree char *text = NULL;
	gsize size;

	if (length == 0)
		return;
	if (needles_count(r->wish->needles) == 0 || !needles_in_bytes(r->wish->needles, (const guint8 *)at, length)) {
		redact_append(r, at, (gssize)length);
		return;
	}
	r->changed = TRUE;
	g_string_append(r->report, "text outside of all parts\n");
	text = needles_replace(r->wish->needles, NEEDLE_PLAIN, at, length, r->mark, &size);
	if (!needles_in_bytes(r->wish->needles, (const guint8 *)text, size))
		redact_append(r, text, (gssize)size);
	else
		redact_append(r, r->eol, -1);
}

static gsize
line_length(const guint8 *at, const guint8 *end)
{
	const guint8 *stop = memchr(at, '\n', (gsize)(end - at));

	return (gsize)((stop != NULL ? stop + 1 : end) - at);
}

static gboolean
is_blank(const guint8 *at, gsize length)
{
	return length <= 2 && (at[0] == '\n' || (at[0] == '\r' && length == 2));
}

static void
append_new_fields(struct redacting *r, const struct new_content *content, const char *type)
{
	redact_append(r, "Content-Type: ", -1);
	redact_append(r, content->whole ? "text/plain" : type, -1);
	redact_append(r, "; charset=utf-8", -1);
	redact_append(r, r->eol, -1);
	redact_append(r, "Content-Transfer-Encoding: ", -1);
	redact_append(r, content->whole ? "7bit" : content->encoding, -1);
	redact_append(r, r->eol, -1);
}

/* Is this field of the part's header one that new content makes untrue? Of its type *TYPE keeps what is still so. */
static gboolean
is_replaced(const struct new_content *content, const char *at, gsize length, gsize name_length, char **type)
{
	g_autofree char *value = NULL, *format = NULL, *delsp = NULL, *first = NULL;

	if (content == NULL || name_length < 8 || g_ascii_strncasecmp(at, "Content-", 8) != 0)
		return FALSE;
	if (name_length >= 12 && g_ascii_strncasecmp(at, "Content-Type", 12) == 0) {
		value = g_strndup(at + name_length + 1, length - name_length - 1);
		format = parameter(value, "format");
		delsp = parameter(value, "delsp");
		first = g_strndup(value + strspn(value, " \t\r\n"), strcspn(value + strspn(value, " \t\r\n"), "; \t\r\n"));
		g_free(*type);
		*type = g_strconcat(*first != '\0' ? first : "text/plain", format, delsp, NULL);
		return TRUE;
	}
	return content->whole || (name_length >= 25 && g_ascii_strncasecmp(at, "Content-Transfer-Encoding", 25) == 0) ||
	       g_ascii_strncasecmp(at, "Content-MD5", 11) == 0;
}

void
redact_structure(struct redacting *r, const guint8 *at, const guint8 *end, const guint8 *header, const struct new_content *content)
{
	const guint8 *lines = at;
	g_autofree char *type = g_strdup("text/plain");
	gboolean written = content == NULL;

	while (at < end) {
		gsize length = line_length(at, end), name_length;

		if (!written && at >= header && is_blank(at, length)) {
			redact_lines(r, (const char *)lines, (gsize)(at - lines));
			append_new_fields(r, content, type);
			written = TRUE;
			lines = at;
		}
		if (!header_line(at, length, &name_length)) {
			at += length;
			continue;
		}
		redact_lines(r, (const char *)lines, (gsize)(at - lines));
		while (at + length < end && (at[length] == ' ' || at[length] == '\t'))
			length += line_length(at + length, end);
		if (written || at < header || !is_replaced(content, (const char *)at, length, name_length, &type))
			redact_field(r, (const char *)at, length, name_length);
		at += length;
		lines = at;
	}
	redact_lines(r, (const char *)lines, (gsize)(at - lines));
	if (!written) {
		append_new_fields(r, content, type);
		redact_append(r, r->eol, -1);
	}
}
