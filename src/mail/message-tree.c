#include "mail/message-tree.h"

#include "base/limits.h"
#include "mail/guard.h"

#include <gmime/gmime.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)

/* One object of the MIME tree still to be visited. */
struct visit {
	GMimeObject *object;
	char *prefix;        /* number of the multipart or message around it, or "" */
	guint position;      /* in it, from 1 */
	struct part context; /* related, signature, encrypted, message, group, branch as the part inherits them */
};

struct walk {
	GQueue *visits; /* of struct visit; the next at the head */
	struct part_list *list;
	const guint8 *bytes;
	gsize length;
};

static void
visit_free(struct visit *visit)
{
	g_free(visit->prefix);
	g_free(visit);
}

static void
push(struct walk *walk, GMimeObject *object, const char *prefix, guint position, const struct part *context)
{
	struct visit *visit = g_new0(struct visit, 1);

	visit->object = object;
	visit->prefix = g_strdup(prefix);
	visit->position = position;
	visit->context = *context;
	g_queue_push_head(walk->visits, visit);
}

static char *
visit_number(const struct visit *visit)
{
	return *visit->prefix == '\0' ? g_strdup_printf("%u", visit->position) : g_strdup_printf("%s.%u", visit->prefix, visit->position);
}

/* A parameter's value as it stands in RAW: for encoded words and raw 8-bit bytes, which GMime does not decode right. */
static char *
raw_parameter(const char *raw, const char *name)
{
	gsize length = strlen(name);

	for (const char *at = strchr(raw, ';'); at != NULL; at = strchr(at, ';')) {
		const char *end;

		for (at++; g_ascii_isspace(*at);)
			at++;
		if (g_ascii_strncasecmp(at, name, length) != 0)
			continue;
		end = at + length;
		end += strspn(end, " \t\r\n");
		if (*end++ != '=')
			continue;
		end += strspn(end, " \t\r\n");
		if (*end == '"') {
			const char *close = strchr(end + 1, '"');

			return header_decode(end + 1, close != NULL ? (gsize)(close - end - 1) : strlen(end + 1));
		}
		return header_decode(end, strcspn(end, ";"));
	}
	return NULL;
}

static gboolean
needs_raw(const char *raw)
{
	if (strstr(raw, "=?") != NULL)
		return TRUE;
	for (; *raw != '\0'; raw++)
		if ((guint8)*raw > 0x7f)
			return TRUE;
	return FALSE;
}

static char *
parameter(GMimeObject *object, const char *field, const char *name)
{
	GMimeHeader *header = g_mime_header_list_get_header(g_mime_object_get_header_list(object), field);
	const char *raw = header != NULL ? g_mime_header_get_raw_value(header) : NULL;
	const char *value;

	if (raw == NULL)
		return NULL;
	if (needs_raw(raw)) {
		char *decoded = raw_parameter(raw, name);

		if (decoded != NULL)
			return decoded;
	}
	value = strcmp(field, "Content-Type") == 0 ? g_mime_object_get_content_type_parameter(object, name)
	                                           : g_mime_object_get_content_disposition_parameter(object, name);
	return value != NULL ? header_decode(value, strlen(value)) : NULL;
}

static char *
find_filename(GMimeObject *object)
{
	char *name = parameter(object, "Content-Disposition", "filename");

	if (name == NULL || *name == '\0') {
		g_free(name);
		name = parameter(object, "Content-Type", "name");
	}
	if (name != NULL && *name == '\0')
		g_clear_pointer(&name, g_free);
	return name;
}

static enum part_encoding
find_encoding(GMimeObject *object)
{
	const char *value = g_mime_object_get_header(object, "Content-Transfer-Encoding");
	g_autofree char *word = value != NULL ? g_strstrip(g_ascii_strdown(value, -1)) : NULL;

	if (word == NULL)
		return ENCODING_NONE;
	if (g_str_has_prefix(word, "base64"))
		return ENCODING_BASE64;
	if (g_str_has_prefix(word, "quoted-printable") || strcmp(word, "quoted printable") == 0)
		return ENCODING_QUOTED_PRINTABLE;
	if (strcmp(word, "x-uuencode") == 0 || strcmp(word, "uuencode") == 0 || strcmp(word, "x-uue") == 0)
		return ENCODING_UUENCODE;
	return ENCODING_NONE;
}

static gboolean
parameter_is(GMimeContentType *type, const char *name, const char *value)
{
	const char *got = g_mime_content_type_get_parameter(type, name);

	return got != NULL && g_ascii_strcasecmp(got, value) == 0;
}

static char *
type_name(GMimeContentType *type)
{
	g_autofree char *name = g_mime_content_type_get_mime_type(type);
	g_autofree char *valid = header_decode(name, strlen(name));

	return g_ascii_strdown(valid, -1);
}

/* The part's description without its bytes, appended to the list. */
static struct part *
add_part(struct walk *walk, const struct visit *visit)
{
	GMimeContentType *type = g_mime_object_get_content_type(visit->object);
	const char *disposition = g_mime_object_get_disposition(visit->object);
	struct part *part = g_new0(struct part, 1);

	*part = visit->context;
	part->number = visit_number(visit);
	part->type = type_name(type);
	part->charset = parameter(visit->object, "Content-Type", "charset");
	part->filename = find_filename(visit->object);
	part->encoding = find_encoding(visit->object);
	part->attached = disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
	part->encrypted = part->encrypted || (g_str_has_suffix(part->type, "pkcs7-mime") && !parameter_is(type, "smime-type", "signed-data") &&
	                                         !parameter_is(type, "smime-type", "certs-only"));
	part->flowed = parameter_is(type, "format", "flowed");
	part->delsp = parameter_is(type, "delsp", "yes");
	part->method = strcmp(part->type, "text/calendar") == 0 && g_mime_content_type_get_parameter(type, "method") != NULL;
	g_ptr_array_add(walk->list->parts, part);
	return part;
}

static void
visit_leaf(struct walk *walk, const struct visit *visit)
{
	struct part *part = add_part(walk, visit);
	GMimeDataWrapper *content = GMIME_IS_PART(visit->object) ? g_mime_part_get_content(GMIME_PART(visit->object)) : NULL;
	GMimeStream *stream = content != NULL ? g_mime_data_wrapper_get_stream(content) : NULL;

	part->raw = walk->bytes;
	if (stream == NULL || stream->bound_start < 0 || stream->bound_end < stream->bound_start || (gsize)stream->bound_end > walk->length)
		return;
	part->raw = walk->bytes + stream->bound_start;
	part->length = (gsize)(stream->bound_end - stream->bound_start);
}

static void
append_summary(GString *summary, GMimeHeaderList *headers, const char *name)
{
	GMimeHeader *header = g_mime_header_list_get_header(headers, name);
	const char *raw = header != NULL ? g_mime_header_get_raw_value(header) : NULL;
	g_autofree char *value = raw != NULL ? header_decode(raw, strlen(raw)) : NULL;

	if (value != NULL && *value != '\0')
		g_string_append_printf(summary, "%s: %s\n", name, value);
}

/* A message in a message: a part of its own, with the lines people put above a forwarded text, and then its body. */
static void
visit_message(struct walk *walk, const struct visit *visit)
{
	struct part *part = add_part(walk, visit);
	GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(visit->object));
	GMimeObject *body = message != NULL ? g_mime_message_get_mime_part(message) : NULL;
	g_autoptr(GString) summary = g_string_new(NULL);
	struct part context = {
	    .message = (gint)walk->list->parts->len - 1, .group = visit->context.group, .branch = visit->context.branch, .encrypted = visit->context.encrypted};

	part->raw = walk->bytes;
	if (message != NULL) {
		GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));

		append_summary(summary, headers, "From");
		append_summary(summary, headers, "Date");
		append_summary(summary, headers, "Subject");
		if (g_mime_header_list_get_count(headers) > 0) {
			gint64 start = g_mime_header_get_offset(g_mime_header_list_get_header_at(headers, 0));

			if (start >= 0 && (gsize)start < walk->length)
				part->raw = walk->bytes + start;
		}
	}
	part->summary = g_string_free(g_steal_pointer(&summary), FALSE);
	if (body != NULL)
		push(walk, body, part->number, GMIME_IS_MULTIPART(body) ? 0 : 1, &context);
}

/* The text of a multipart in which no boundary was found: real mail loses its text otherwise. */
static void
visit_prologue(struct walk *walk, const struct visit *visit)
{
	const char *text = g_mime_multipart_get_prologue(GMIME_MULTIPART(visit->object));
	struct part *part;

	if (text == NULL || strspn(text, " \t\r\n") == strlen(text))
		return;
	part = g_new0(struct part, 1);
	*part = visit->context;
	part->number = visit->position > 0 ? visit_number(visit) : *visit->prefix != '\0' ? g_strdup_printf("%s.1", visit->prefix) : g_strdup("1");
	part->type = g_strdup("text/plain");
	part->prologue = TRUE;
	part->raw = (const guint8 *)text;
	part->length = strlen(text);
	g_ptr_array_add(walk->list->parts, part);
}

static struct part
child_context(struct walk *walk, const struct visit *visit, GMimeContentType *type, guint index)
{
	struct part context = visit->context;

	context.root = FALSE;
	if (g_mime_content_type_is_type(type, "multipart", "alternative")) {
		context.group = (gint)walk->list->groups->len - 1;
		context.branch = index;
	}
	context.related = context.related || (index > 0 && g_mime_content_type_is_type(type, "multipart", "related"));
	context.signature = index > 0 && g_mime_content_type_is_type(type, "multipart", "signed");
	context.encrypted = context.encrypted || g_mime_content_type_is_type(type, "multipart", "encrypted");
	return context;
}

static void
visit_multipart(struct walk *walk, const struct visit *visit)
{
	GMimeMultipart *multipart = GMIME_MULTIPART(visit->object);
	GMimeContentType *type = g_mime_object_get_content_type(visit->object);
	g_autofree char *prefix = visit->position == 0 ? g_strdup(visit->prefix) : visit_number(visit);
	int count = g_mime_multipart_get_count(multipart);

	if (visit->context.root && g_mime_content_type_is_type(type, "multipart", "report")) {
		const char *report = g_mime_content_type_get_parameter(type, "report-type");

		walk->list->report_type = report != NULL ? g_ascii_strdown(report, -1) : g_strdup("");
	}
	if (g_mime_content_type_is_type(type, "multipart", "alternative")) {
		struct part_group group = {.parent = visit->context.group, .parent_branch = visit->context.branch, .encloser = visit->context.message};

		g_array_append_val(walk->list->groups, group);
	}
	for (int i = count - 1; i >= 0; i--) {
		struct part context = child_context(walk, visit, type, (guint)i);

		push(walk, g_mime_multipart_get_part(multipart, i), prefix, (guint)i + 1, &context);
	}
	if (count == 0)
		visit_prologue(walk, visit);
}

static void
walk_tree(struct walk *walk, GMimeObject *root)
{
	struct part context = {.message = -1, .group = -1, .root = TRUE};
	struct visit *visit;

	walk->visits = g_queue_new();
	push(walk, root, "", GMIME_IS_MULTIPART(root) ? 0 : 1, &context);
	while ((visit = g_queue_pop_head(walk->visits)) != NULL) {
		if (GMIME_IS_MULTIPART(visit->object))
			visit_multipart(walk, visit);
		else if (GMIME_IS_MESSAGE_PART(visit->object))
			visit_message(walk, visit);
		else
			visit_leaf(walk, visit);
		visit_free(visit);
	}
	g_queue_free(walk->visits);
}

/* Where each enclosed message ends: with the last of its parts. */
static void
measure_messages(struct part_list *list)
{
	for (guint i = list->parts->len; i-- > 0;) {
		const struct part *part = list->parts->pdata[i];
		struct part *around = part->message >= 0 ? list->parts->pdata[part->message] : NULL;

		if (around != NULL && !part->prologue && part->raw + part->length > around->raw + around->length)
			around->length = (gsize)(part->raw + part->length - around->raw);
	}
}

struct message_tree {
	struct part_list list;
	GByteArray *bytes; /* what the parts point into */
	GMimeObject *root;
};

void
message_tree_free(struct message_tree *tree)
{
	if (tree == NULL)
		return;
	part_list_clear(&tree->list);
	g_clear_object(&tree->root);
	g_clear_pointer(&tree->bytes, g_byte_array_unref);
	g_free(tree);
}

struct part_list *
message_tree_parts(struct message_tree *tree)
{
	return &tree->list;
}

static gboolean
is_composite(const struct header_block *header)
{
	const struct header_field *type = headers_find(header, "Content-Type");
	gsize blank = 0;

	if (type == NULL)
		return FALSE;
	while (blank < type->length && g_ascii_isspace(type->value[blank]))
		blank++;
	return (type->length - blank > 8 && g_ascii_strncasecmp(type->value + blank, "multipart", 9) == 0) ||
	       (type->length - blank > 8 && g_ascii_strncasecmp(type->value + blank, "message/", 8) == 0);
}

struct message_tree *
message_tree_read(const struct header_block *header, const guint8 *body, gsize length, struct record *record)
{
	struct message_tree *tree = g_new0(struct message_tree, 1);
	gboolean composite = is_composite(header);
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	g_autoptr(GMimeParser) parser = NULL;
	struct walk walk = {.list = &tree->list};

	tree->bytes = guard_copy(header, body, composite ? length : 0, record);
	part_list_init(&tree->list);
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), tree->bytes);
	parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
	tree->root = g_mime_parser_construct_part(parser, NULL);
	if (tree->root == NULL)
		return tree;
	walk.bytes = tree->bytes->data;
	walk.length = tree->bytes->len;
	walk_tree(&walk, tree->root);
	if (!composite && tree->list.parts->len == 1) { /* the bytes themselves, not a copy */
		struct part *part = tree->list.parts->pdata[0];

		part->raw = body;
		part->length = length;
	}
	measure_messages(&tree->list);
	return tree;
}

/* Between them stand what late-init.ld took out of the program's start; where it is not linked with, there is nothing. */
extern void (*const late_init_begin[])(void) __attribute__((weak));
extern void (*const late_init_end[])(void) __attribute__((weak));

static void
init_gobject(void)
{
	static gsize done;

	if (!g_once_init_enter(&done))
		return;
	for (gsize i = 0; late_init_begin + i < late_init_end; i++)
		late_init_begin[i]();
	g_once_init_leave(&done, 1);
}

void
message_tree_init(void)
{
	init_gobject();
	g_mime_init();
}

gboolean
message_date(const char *value, gint64 *seconds, gint *zone)
{
	g_autoptr(GDateTime) date = NULL;

	if (*value == '\0' || strlen(value) > 200)
		return FALSE;
	date = g_mime_utils_header_decode_date(value);
	if (date == NULL || g_date_time_get_year(date) < 1970)
		return FALSE;
	*seconds = g_date_time_to_unix(date);
	*zone = (gint)(g_date_time_get_utc_offset(date) / G_TIME_SPAN_MINUTE);
	return TRUE;
}
