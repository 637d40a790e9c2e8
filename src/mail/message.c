#include "mail/message.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "mail/addresses.h"
#include "mail/charset.h"
#include "mail/document.h"
#include "mail/headers.h"
#include "mail/html.h"
#include "mail/language.h"
#include "mail/message-tree.h"

#include <string.h>

void
message_init(void)
{
	message_tree_init();
}

/* Opens the charset named at AT, after "charset=" or "=?"; TRUE when it has bytes of its own. */
static gboolean
prepare_charset(const guint8 *at, const guint8 *end)
{
	const char *known;
	char name[48];
	gsize length = 0;

	for (; at < end && length < sizeof(name) - 1 && *at > ' ' && strchr("?;*", *at) == NULL; at++)
		if (*at != '"')
			name[length++] = (char)*at;
	name[length] = '\0';
	charset_prepare(name);
	known = charset_known(name);
	return known != NULL && strcmp(known, "UTF-8") != 0 && strcmp(known, "US-ASCII") != 0;
}

/* What stands for a charset that was guessed at is any on the list; what is declared, and not as UTF-8 or ASCII, or is UTF-8, is hardly ever guessed at. */
static gboolean
will_be_guessed(const guint8 *data, gsize length, gboolean declared)
{
	const char *bad;

	return !declared && !g_utf8_validate_len((const char *)data, length, &bad) && (gsize)((const guint8 *)bad - data) + 6 < length;
}

void
message_prepare(const guint8 *data, gsize length)
{
	const guint8 *end = data + MIN(length, LIMIT_PREPARE_BYTES);
	gboolean html = FALSE, high = FALSE, declared = FALSE;
	guint named = 0;

	for (const guint8 *at = data; at < end; at++) {
		gsize left = (gsize)(end - at);

		high = high || *at > 0x7f;
		if ((*at | 0x20) == 't' && !html && left > 9 && g_ascii_strncasecmp((const char *)at, "text/html", 9) == 0)
			html = TRUE;
		if (*at == 0x1b && left > 1 && at[1] == '$')
			charset_prepare("iso-2022-jp");
		if (*at != '=' || left < 3 || named >= LIMIT_CHARSETS)
			continue;
		if (at[1] == '?' && ++named > 0)
			declared |= prepare_charset(at + 2, end);
		else if (at - data > 7 && g_ascii_strncasecmp((const char *)at - 7, "charset", 7) == 0 && ++named > 0)
			declared |= prepare_charset(at + 1, end);
	}
	if (html)
		html_prepare();
	if (high && will_be_guessed(data, (gsize)(end - data), declared))
		charset_prepare_all();
	else if (high)
		charset_prepare(NULL);
}

void
message_prepare_all(void)
{
	html_prepare();
	charset_prepare_all();
}

static void
read_received(struct record *record, const char *value)
{
	const char *date = strrchr(value, ';');
	gint zone;

	if (record->date_received == 0 && date != NULL)
		(void)message_date(date + 1 + strspn(date + 1, " "), &record->date_received, &zone);
}

static const struct {
	const char *name;
	enum record_role role;
} address_fields[] = {
    {"From", ROLE_FROM},
    {"Sender", ROLE_SENDER},
    {"Reply-To", ROLE_REPLY_TO},
    {"To", ROLE_TO},
    {"Cc", ROLE_CC},
};

/* Fields of which a second one is a defect: the first wins. RFC 5322 section 3.6. */
static const char *const single_fields[] = {
    "From", "Sender", "Reply-To", "Message-ID", "In-Reply-To", "References", "Subject", "Date", "Content-Type", "Content-Transfer-Encoding"};

static void
remark_doubles(struct record *record, const struct header_block *block)
{
	guint counts[G_N_ELEMENTS(single_fields)] = {0};

	for (guint i = 0; i < block->fields->len; i++) {
		const struct header_field *field = &g_array_index(block->fields, struct header_field, i);

		for (gsize j = 0; j < G_N_ELEMENTS(single_fields); j++)
			if ((field->name[0] | 0x20) == (single_fields[j][0] | 0x20) && header_is(field, single_fields[j]) && ++counts[j] == 2)
				record_add_remark(record, "more than one %s: the first counts", single_fields[j]);
	}
}

/* All fields, decoded, for rules. */
static void
keep_headers(struct record *record, const struct header_block *block)
{
	for (guint i = 0; i < block->fields->len; i++) {
		const struct header_field *field = &g_array_index(block->fields, struct header_field, i);
		struct record_header *header = g_new0(struct record_header, 1);

		header->name = g_strndup(field->name, field->name_length);
		header->value = header_decode(field->value, field->length);
		g_ptr_array_add(record->headers, header);
		if (header_is(field, "Received"))
			read_received(record, header->value);
	}
}

static const char *
header_value(const struct record *record, const char *name)
{
	for (guint i = 0; i < record->headers->len; i++) {
		const struct record_header *header = record->headers->pdata[i];

		if (g_ascii_strcasecmp(header->name, name) == 0)
			return header->value;
	}
	return NULL;
}

static char *
shorten(const char *text, glong characters)
{
	return text == NULL ? NULL : (glong)strlen(text) <= characters ? g_strdup(text) : g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), characters));
}

/* Is ID no Message-ID but one of the addresses that the message itself names? Old mail programs wrote whom they answered, and all who write there are no
 * thread. */
static gboolean
is_own_address(const struct record *record, const char *id)
{
	for (guint i = 0; i < record->addresses->len; i++)
		if (g_ascii_strcasecmp(((const struct record_address *)record->addresses->pdata[i])->address, id) == 0)
			return TRUE;
	return FALSE;
}

/* In-Reply-To was free text once ("your question of Tuesday"): only what looks like a Message-ID is one. */
static char *
read_in_reply_to(const struct record *record, const struct header_field *reply)
{
	g_autofree char *id = header_message_id(reply->value, reply->length);
	gboolean bracketed = memchr(reply->value, '<', reply->length) != NULL;

	return id != NULL && (bracketed || strchr(id, '@') != NULL) && !is_own_address(record, id) ? g_steal_pointer(&id) : NULL;
}

static void
read_ids(struct record *record, const struct header_block *block)
{
	const struct header_field *id = headers_find(block, "Message-ID"), *reply = headers_find(block, "In-Reply-To");
	const struct header_field *references = headers_find(block, "References");

	if (id != NULL)
		record->message_id = header_message_id(id->value, id->length);
	if (reply != NULL)
		record->in_reply_to = read_in_reply_to(record, reply);
	if (references != NULL && !header_references(references->value, references->length, record->references))
		record_add_remark(record, "more than %d references: the oldest were not recorded", LIMIT_REFERENCES);
	if (record->in_reply_to != NULL && !g_ptr_array_find_with_equal_func(record->references, record->in_reply_to, g_str_equal, NULL)) {
		if (record->references->len >= LIMIT_REFERENCES)
			g_ptr_array_remove_index(record->references, 0);
		g_ptr_array_add(record->references, g_strdup(record->in_reply_to));
	}
}

/* The id in a List-Id field: between angle brackets, or its last word. */
static char *
read_list_id(const char *value)
{
	const char *open = value != NULL ? strrchr(value, '<') : NULL;
	char *id;

	if (value == NULL || *value == '\0')
		return NULL;
	id = open != NULL ? g_strndup(open + 1, strcspn(open + 1, ">")) : g_strdup(strrchr(value, ' ') != NULL ? strrchr(value, ' ') + 1 : value);
	g_strstrip(id);
	if (*id == '\0')
		g_clear_pointer(&id, g_free);
	return id;
}

static void
read_addresses(struct record *record, const struct header_block *block)
{
	for (gsize i = 0; i < G_N_ELEMENTS(address_fields); i++) {
		for (guint j = 0; j < block->fields->len; j++) {
			const struct header_field *field = &g_array_index(block->fields, struct header_field, j);

			if (!header_is(field, address_fields[i].name))
				continue;
			addresses_add(record, address_fields[i].role, field->value, field->length);
			if (address_fields[i].role != ROLE_TO && address_fields[i].role != ROLE_CC)
				break;
		}
	}
}

static void
read_header(struct record *record, const struct header_block *block, gboolean *reply, gboolean *forward)
{
	const struct header_field *answered = headers_find(block, "In-Reply-To");
	const char *date, *subject;

	keep_headers(record, block);
	remark_doubles(record, block);
	read_addresses(record, block);
	read_ids(record, block);
	subject = header_value(record, "Subject");
	record->subject = shorten(subject, LIMIT_SUBJECT);
	if (subject != NULL && strlen(subject) > strlen(record->subject))
		record_add_remark(record, "the subject is over the limit of %d characters and was cut", LIMIT_SUBJECT);
	record->subject_base = subject_strip(record->subject != NULL ? record->subject : "", reply, forward);
	*reply = *reply || (answered != NULL && answered->length > 0) || record->references->len > 0;
	record->organization = shorten(header_value(record, "Organization"), LIMIT_SUBJECT);
	if (record->organization == NULL)
		record->organization = shorten(header_value(record, "Organisation"), LIMIT_SUBJECT);
	record->list_id = read_list_id(header_value(record, "List-Id"));
	date = header_value(record, "Date");
	record->has_date = date != NULL && message_date(date, &record->date, &record->date_zone);
	author_find(record, block);
}

static void
count_new_text(struct record *record)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < record->passages->len; i++) {
		const struct record_passage *passage = record->passages->pdata[i];

		if (passage->kind != PASSAGE_NEW)
			continue;
		record->words += text_count_words(passage->text);
		if (text->len < LANGUAGE_ENOUGH)
			g_string_append(text, passage->text);
	}
	record->lang = language_guess(text->str, text->len);
}

/* Old Macintosh line ends, throughout: no header would be seen. */
static guint8 *
mend_line_ends(const guint8 *data, gsize length)
{
	gsize look = MIN(length, LIMIT_HEADER_LINE);
	guint8 *mended;

	if (length == 0)
		return NULL;
	if (memchr(data, '\n', look) != NULL || memchr(data, '\r', look) == NULL)
		return NULL;
	mended = g_memdup2(data, length);
	for (gsize i = 0; i < length; i++)
		if (mended[i] == '\r')
			mended[i] = '\n';
	return mended;
}

static struct record *
read_all(const guint8 *data, gsize length, GHashTable *converted)
{
	struct record *record = record_new();
	g_autofree guint8 *mended = NULL;
	g_autoptr(MessageTree) tree = NULL;
	struct kind_structure kind = {0};
	struct header_block block;
	gboolean reply, forward;

	if (length == 0)
		data = (const guint8 *)""; /* empty files have no bytes to point to */
	if (length > LIMIT_READ_BYTES) {
		record_add_remark(record, "over the limit of %d bytes: the rest was not read", LIMIT_READ_BYTES);
		length = LIMIT_READ_BYTES;
	}
	if ((mended = mend_line_ends(data, length)) != NULL) {
		record_add_remark(record, "lines end in carriage returns alone");
		data = mended;
	}
	headers_scan(data, length, &block, record);
	read_header(record, &block, &reply, &forward);
	tree = message_tree_read(&block, data + block.body, length - block.body, record);
	parts_kind(message_tree_parts(tree), &kind);
	kind_read(record, &kind);
	g_free((char *)kind.delivery_text);
	g_free((char *)kind.disposition_text);
	parts_read(message_tree_parts(tree), record, reply, forward, converted);
	count_new_text(record);
	header_block_clear(&block);
	return record;
}

struct record *
message_read(const guint8 *data, gsize length)
{
	return read_all(data, length, NULL);
}

struct record *
message_read_with(const guint8 *data, gsize length, GVariant *texts)
{
	g_autoptr(GHashTable) converted = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	const char *number, *text, *remark;
	GVariantIter iter;

	g_variant_iter_init(&iter, texts);
	while (g_variant_iter_next(&iter, "(&s&s&s)", &number, &text, &remark)) {
		struct part_converted one = {*text != '\0' ? text : NULL, *remark != '\0' ? remark : NULL};

		g_hash_table_insert(converted, (gpointer)number, g_memdup2(&one, sizeof one));
	}
	return read_all(data, length, converted);
}

GBytes *
message_document(const guint8 *data, gsize length, const char *number, gsize limit, char **type, GError **error)
{
	g_autofree char *declared = NULL, *text = NULL, *why = NULL;
	g_autoptr(GBytes) bytes = message_part(data, length, number, &declared, error);
	const guint8 *content;
	gboolean cut;
	gsize size;

	if (bytes == NULL)
		return NULL;
	content = g_bytes_get_data(bytes, &size);
	if (document_kind(content, size) == DOCUMENT_PDF) {
		*type = g_strdup("pdf");
		return g_steal_pointer(&bytes);
	}
	text = document_text(content, size, limit, &cut, &why);
	if (text == NULL) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "%s", why);
		return NULL;
	}
	*type = g_strdup(cut ? "cut" : "text");
	size = strlen(text);
	return g_bytes_new_take(g_steal_pointer(&text), size);
}

GBytes *
message_part(const guint8 *data, gsize length, const char *number, char **type, GError **error)
{
	g_autoptr(Record) record = record_new();
	g_autofree guint8 *mended = NULL;
	g_autoptr(MessageTree) tree = NULL;
	const GPtrArray *parts;
	struct header_block block;
	GBytes *bytes = NULL;

	if (length == 0)
		data = (const guint8 *)"";
	length = MIN(length, LIMIT_READ_BYTES);
	if ((mended = mend_line_ends(data, length)) != NULL)
		data = mended;
	headers_scan(data, length, &block, NULL);
	tree = message_tree_read(&block, data + block.body, length - block.body, record);
	header_block_clear(&block);
	parts = message_tree_parts(tree)->parts;
	for (guint i = 0; i < parts->len && bytes == NULL; i++) {
		const struct part *part = parts->pdata[i];

		if (strcmp(part->number, number) != 0)
			continue;
		bytes = g_byte_array_free_to_bytes(part_decode(part, LIMIT_READ_BYTES, NULL));
		*type = g_strdup(part->type);
	}
	if (bytes == NULL)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "no part %s in this message: see its parts with `show`", number);
	return bytes;
}
