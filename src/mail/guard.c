#include "mail/guard.h"

#include "base/limits.h"

#include <string.h>

/* A declared boundary; lines that begin with "--" and it separate parts. */
struct boundary {
	const guint8 *text;
	gsize length; /* 0: any line with "--" counts, because the value is encoded in a way not read here */
	guint depth;
};

struct guard {
	struct record *record;
	GByteArray *out;
	GArray *boundaries; /* of struct boundary, all declared so far */
	guint depth;
	guint parts;
	guint comparisons;
	gboolean in_header;
	gboolean message_next; /* the header block says message/...: another header block follows */
	gboolean cut;
	gboolean disarmed;
	gsize header_bytes;
	guint header_fields;
	gboolean shortened;
};

static void
append(struct guard *guard, const guint8 *data, gsize length)
{
	g_byte_array_append(guard->out, data, (guint)length);
}

static gboolean
begins(const guint8 *line, gsize length, const char *word)
{
	gsize size = strlen(word);

	return length >= size && g_ascii_strncasecmp((const char *)line, word, size) == 0;
}

/* Remembers what stands behind "boundary" in a Content-Type field; rather too short, or any line at all, than missed. */
static void
add_boundary(struct guard *guard, const guint8 *at, const guint8 *end)
{
	struct boundary boundary = {.depth = guard->depth + 1};
	gboolean any = FALSE, quoted;

	for (; at < end && *at != '='; at++) {
		if (strchr("*0123456789 \t\r\n(", *at) == NULL || *at == '\0')
			return;
		any = any || *at == '*' || *at == '(';
	}
	if (at == end)
		return;
	for (at++; at < end && g_ascii_isspace(*at); at++)
		;
	quoted = at < end && *at == '"';
	at += quoted;
	boundary.text = at;
	while (at < end && *at != '"' && *at != '\n' && *at != '\r' && (quoted || (*at != ';' && !g_ascii_isspace(*at))))
		at++;
	while (at > boundary.text && g_ascii_isspace(at[-1]))
		at--;
	boundary.length = (gsize)(at - boundary.text);
	if (any || begins(boundary.text, boundary.length, "=?") || memchr(boundary.text, '\\', boundary.length) != NULL ||
	    memchr(boundary.text, '(', boundary.length) != NULL)
		boundary.length = 0;
	g_array_append_val(guard->boundaries, boundary);
}

static void
read_content_type(struct guard *guard, const guint8 *field, gsize length)
{
	const guint8 *end = field + MIN(length, LIMIT_HEADER_LINE), *at = memchr(field, ':', MIN(length, LIMIT_HEADER_LINE));

	if (at == NULL)
		return;
	for (at++; at < end && g_ascii_isspace(*at); at++)
		;
	guard->message_next = begins(at, (gsize)(end - at), "message/");
	for (; at + 8 < end && guard->boundaries->len <= LIMIT_BOUNDARIES; at++)
		if ((*at | 0x20) == 'b' && begins(at, (gsize)(end - at), "boundary"))
			add_boundary(guard, at + 8, end);
}

/* Names of parameters over the limit, in place: the rest of the name becomes white space. */
static gboolean
disarm_parameters(guint8 *field, gsize length)
{
	gboolean changed = FALSE;
	gsize start = 0;
	guint parameters = 0;

	for (gsize i = 0; i < length; i++) {
		if (field[i] == ';' && ++parameters > LIMIT_PARAMETERS) {
			field[i] = ' ';
			changed = TRUE;
		}
		if (field[i] == '=' && i - start > LIMIT_PARAMETER_NAME) {
			memset(field + start + LIMIT_PARAMETER_NAME / 2, ' ', i - start - LIMIT_PARAMETER_NAME / 2);
			changed = TRUE;
		}
		if (field[i] <= ' ' || field[i] == ';' || field[i] == '=' || field[i] == '"')
			start = i + 1;
	}
	return changed;
}

/* Colons over the limit in an address field, in place: groups in groups recurse in GMime. */
static gboolean
disarm_groups(guint8 *field, gsize length, guint limit)
{
	guint colons = 0;

	for (gsize i = 0; i < length; i++)
		if (field[i] == ':' && colons++ > limit)
			field[i] = ' ';
	return colons > limit + 1;
}

static gboolean
is_address_field(const guint8 *line, gsize length)
{
	static const char *const names[] = {"From", "To", "Cc", "Bcc", "Reply-To", "Sender", "Resent-", "Disposition-Notification-To"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (begins(line, length, names[i]))
			return TRUE;
	return FALSE;
}

static gsize
line_end(const guint8 *data, gsize length, gsize at)
{
	const guint8 *end = memchr(data + at, '\n', length - at);

	return end == NULL ? length : (gsize)(end - data) + 1;
}

static gsize
field_end(const guint8 *data, gsize length, gsize at)
{
	at = line_end(data, length, at);
	while (at < length && (data[at] == ' ' || data[at] == '\t'))
		at = line_end(data, length, at);
	return at;
}

/* TRUE when any of the fields that need disarming could begin with C. */
static gboolean
may_be_field(guint8 c)
{
	c |= 0x20;
	return c == 'c' || c == 'f' || c == 't' || c == 'b' || c == 'r' || c == 's' || c == 'd';
}

/* Appends the field at AT .. END, disarmed; both inside a header block and wherever else GMime might see a header. */
static void
append_field(struct guard *guard, const guint8 *field, gsize length)
{
	guint old = guard->out->len;
	guint8 *copy;

	append(guard, field, length);
	copy = guard->out->data + old;
	if (begins(field, length, "Content-")) {
		guard->disarmed |= disarm_parameters(copy, length);
		if (begins(field, length, "Content-Type"))
			read_content_type(guard, field, length);
	} else if (is_address_field(field, length)) {
		guard->disarmed |= disarm_groups(copy, length, guard->in_header ? LIMIT_ADDRESS_NESTING : LIMIT_GROUPS_IN_TEXT);
	}
}

/* A field of a nested header block: dropped where the block is over its limits. */
static void
header_field(struct guard *guard, const guint8 *field, gsize length)
{
	guard->header_bytes += length;
	guard->header_fields++;
	if (length > LIMIT_HEADER_LINE || guard->header_bytes > LIMIT_HEADER_BYTES || guard->header_fields > LIMIT_HEADER_FIELDS) {
		guard->shortened = TRUE;
		return;
	}
	append_field(guard, field, length);
}

static void
begin_header(struct guard *guard)
{
	guard->in_header = TRUE;
	guard->message_next = FALSE;
	guard->header_bytes = 0;
	guard->header_fields = 0;
}

static void
cut(struct guard *guard, const char *what, int limit)
{
	guard->cut = TRUE;
	record_add_remark(guard->record, "more than %d %s: the rest was not read", limit, what);
}

/* A line that begins with "--": the end or the beginning of a part when its boundary was declared. */
static void
read_boundary_line(struct guard *guard, const guint8 *line, gsize length)
{
	for (guint i = guard->boundaries->len; i-- > 0;) {
		const struct boundary *boundary = &g_array_index(guard->boundaries, struct boundary, i);

		guard->comparisons++;
		if (length - 2 < boundary->length || memcmp(line + 2, boundary->text, boundary->length) != 0)
			continue;
		guard->depth = boundary->depth;
		if (++guard->parts > LIMIT_PARTS)
			cut(guard, "parts", LIMIT_PARTS);
		begin_header(guard);
		return;
	}
}

static void
end_header(struct guard *guard)
{
	gboolean message = guard->message_next;

	guard->in_header = FALSE;
	if (!message)
		return;
	guard->depth++;
	begin_header(guard);
}

/* TRUE when the line at AT may be a field that needs disarming wherever it stands. */
static gboolean
is_risky_line(const guint8 *line, gsize length)
{
	return may_be_field(*line) && memchr(line, ':', MIN(length, 40)) != NULL && (begins(line, length, "Content-") || is_address_field(line, length));
}

/* One line or field at AT that needs a look; gives the byte after it, and whether it was appended here. */
static gsize
step(struct guard *guard, const guint8 *data, gsize length, gsize at, gboolean *appended)
{
	gsize end = line_end(data, length, at);

	*appended = FALSE;
	if (data[at] == '-' && end - at > 2 && data[at + 1] == '-') {
		read_boundary_line(guard, data + at, end - at);
	} else if (guard->in_header && (data[at] == '\n' || (data[at] == '\r' && end - at == 2))) {
		end_header(guard);
	} else if (guard->in_header) {
		end = field_end(data, length, at);
		header_field(guard, data + at, end - at);
		*appended = TRUE;
	} else if (data[at] != '-') {
		end = field_end(data, length, at);
		append_field(guard, data + at, end - at);
		*appended = TRUE;
	}
	return end;
}

static void
check_depth(struct guard *guard)
{
	if (!guard->cut && guard->depth > LIMIT_NESTING)
		cut(guard, "levels of nested parts", LIMIT_NESTING);
	if (!guard->cut && guard->boundaries->len > LIMIT_BOUNDARIES)
		cut(guard, "declared boundaries", LIMIT_BOUNDARIES);
	if (!guard->cut && guard->comparisons > LIMIT_BOUNDARY_COMPARISONS)
		cut(guard, "comparisons of lines with boundaries", LIMIT_BOUNDARY_COMPARISONS);
}

static void
copy_body(struct guard *guard, const guint8 *data, gsize length)
{
	gsize kept = 0, at = 0;

	while (at < length) {
		gboolean appended;
		gsize end;
		guint before;

		if (!guard->in_header && data[at] != '-' && !is_risky_line(data + at, length - at)) { /* most lines */
			at = line_end(data, length, at);
			continue;
		}
		append(guard, data + kept, at - kept);
		kept = at;
		before = guard->out->len;
		end = step(guard, data, length, at, &appended);
		check_depth(guard);
		if (guard->cut) {
			g_byte_array_set_size(guard->out, before);
			return;
		}
		at = end;
		if (appended)
			kept = end;
	}
	append(guard, data + kept, at - kept);
}

/* The boundary of a multipart that declares none: of the first line with "--" above a MIME field, or NULL. */
static char *
guess_boundary(const guint8 *body, gsize length)
{
	for (gsize at = 0; at < MIN(length, LIMIT_HEADER_LINE);) {
		gsize end = line_end(body, length, at), size = end - at;

		while (size > 2 && g_ascii_isspace(body[at + size - 1]))
			size--;
		if (size > 2 && size < 80 && body[at] == '-' && body[at + 1] == '-' && begins(body + end, length - end, "Content-") &&
		    memchr(body + at, '"', size) == NULL && memchr(body + at, '\\', size) == NULL)
			return g_strndup((const char *)body + at + 2, size - 2);
		at = end;
	}
	return NULL;
}

static gboolean
lacks_boundary(const struct header_field *type)
{
	g_autofree char *value = g_strndup(type->value, type->length);
	g_autofree char *lower = g_ascii_strdown(value, -1);

	return strstr(lower, "multipart/") != NULL && strstr(lower, "boundary") == NULL;
}

/* The MIME fields of the top header, the first of each name. */
static void
copy_header(struct guard *guard, const struct header_block *header, const char *boundary)
{
	static const char *const names[] = {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "Content-Description"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct header_field *field = headers_find(header, names[i]);

		guint start;

		if (field == NULL)
			continue;
		append(guard, (const guint8 *)names[i], strlen(names[i]));
		append(guard, (const guint8 *)":", 1);
		start = guard->out->len;
		append(guard, (const guint8 *)field->value, field->length);
		if (i == 0 && boundary != NULL)
			append(guard, (const guint8 *)boundary, strlen(boundary));
		append(guard, (const guint8 *)"\n", 1);
		guard->disarmed |= disarm_parameters(guard->out->data + start, guard->out->len - start);
		if (i == 0)
			read_content_type(guard, (const guint8 *)field->name, (gsize)(field->value + field->length - field->name));
	}
	append(guard, (const guint8 *)"\n", 1);
}

GByteArray *
guard_copy(const struct header_block *header, const guint8 *body, gsize length, struct record *record)
{
	struct guard guard = {.record = record,
	    .in_header = TRUE,
	    .out = g_byte_array_sized_new((guint)length),
	    .boundaries = g_array_new(FALSE, FALSE, sizeof(struct boundary))};
	const struct header_field *type = headers_find(header, "Content-Type");
	g_autofree char *guessed = NULL, *parameter = NULL;

	if (type != NULL && length > 0 && lacks_boundary(type) && (guessed = guess_boundary(body, length)) != NULL) {
		struct boundary known = {.text = (const guint8 *)guessed, .length = strlen(guessed), .depth = 1};

		g_array_append_val(guard.boundaries, known);
		parameter = g_strdup_printf(";boundary=\"%s\"", guessed);
		record_add_remark(record, "a multipart that declares no boundary: it was guessed");
	}
	copy_header(&guard, header, parameter);
	end_header(&guard);
	copy_body(&guard, body, length);
	if (guard.disarmed)
		record_add_remark(record,
		    "a field of the MIME structure is over a limit and was disarmed: %d parameters, %d characters in a parameter's name, %d groups of "
		    "addresses",
		    LIMIT_PARAMETERS, LIMIT_PARAMETER_NAME, LIMIT_ADDRESS_NESTING);
	if (guard.shortened)
		record_add_remark(record, "the header of a part is over the limit of %d bytes or %d fields: the rest of it was not read", LIMIT_HEADER_BYTES,
		    LIMIT_HEADER_FIELDS);
	g_array_unref(guard.boundaries);
	return g_steal_pointer(&guard.out);
}
