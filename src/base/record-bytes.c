#include "base/record-private.h"

#include <string.h>

#define NUMBER_BYTES 10 /* at most, of a varint */

/* Writing goes by a pointer into the array, which is as long as there is room until it is cut in the end. */
struct output {
	GByteArray *array;
	guint8 *at, *end;
};

static void
output_open(struct output *out, GByteArray *array)
{
	guint length = array->len;

	out->array = array;
	g_byte_array_set_size(array, length + 4096);
	out->at = array->data + length;
	out->end = array->data + array->len;
}

static void
output_close(struct output *out)
{
	g_byte_array_set_size(out->array, (guint)(out->at - out->array->data));
}

static inline void
reserve(struct output *out, gsize bytes)
{
	if (G_UNLIKELY((gsize)(out->end - out->at) < bytes)) {
		gsize length = (gsize)(out->at - out->array->data);

		g_byte_array_set_size(out->array, (guint)(2 * length + bytes));
		out->at = out->array->data + length;
		out->end = out->array->data + out->array->len;
	}
}

static inline guint8 *
write_varint(guint8 *at, guint64 number)
{
	for (; number >= 0x80; number >>= 7)
		*at++ = (guint8)(number | 0x80);
	*at++ = (guint8)number;
	return at;
}

static inline void
put_number(struct output *out, guint64 number)
{
	reserve(out, NUMBER_BYTES);
	out->at = write_varint(out->at, number);
}

static inline void
put_signed(struct output *out, gint64 number)
{
	put_number(out, ((guint64)number << 1) ^ (guint64)(number >> 63));
}

static inline void
put_string(struct output *out, const char *text)
{
	gsize length;

	if (text == NULL) {
		put_number(out, 0);
		return;
	}
	length = strlen(text);
	reserve(out, NUMBER_BYTES + length + 1);
	out->at = write_varint(out->at, length + 1);
	memcpy(out->at, text, length + 1);
	out->at += length + 1;
}

static void
put_passages(struct output *out, const GPtrArray *passages)
{
	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);

		put_number(out, passage->kind);
		put_number(out, passage->part);
		put_string(out, passage->text);
	}
}

static void
put_message(struct output *out, const struct record *record)
{
	put_string(out, record->message_id);
	put_string(out, record->in_reply_to);
	put_string(out, record->subject);
	put_string(out, record->subject_base);
	put_string(out, record->author_name);
	put_string(out, record->author_address);
	put_string(out, record->author_reason);
	put_string(out, record->organization);
	put_string(out, record->list_id);
	put_number(out, record->has_date ? 1 : 0);
	put_signed(out, record->date);
	put_signed(out, record->date_zone);
	put_signed(out, record->date_received);
	for (guint i = 0; i < record->references->len; i++)
		put_string(out, g_ptr_array_index(record->references, i));
	for (guint i = 0; i < record->addresses->len; i++) {
		const struct record_address *address = g_ptr_array_index(record->addresses, i);

		put_number(out, address->role);
		put_string(out, address->name);
		put_string(out, address->address);
	}
}

static void
put_parts(struct output *out, const struct record *record)
{
	for (guint i = 0; i < record->parts->len; i++) {
		const struct record_part *part = g_ptr_array_index(record->parts, i);

		put_string(out, part->number);
		put_string(out, part->type);
		put_string(out, part->charset);
		put_number(out, part->charset_state);
		put_string(out, part->filename);
		put_signed(out, part->size);
		put_number(out, part->attachment ? 1 : 0);
		put_number(out, part->read ? 1 : 0);
		put_string(out, part->remark);
	}
}

static void
put_found(struct output *out, const struct record *record)
{
	put_number(out, record->has_found ? 1 : 0);
	put_number(out, record->found_kind);
	put_string(out, record->found_reason);
	for (guint i = 0; i < record->headers->len; i++) {
		const struct record_header *header = g_ptr_array_index(record->headers, i);

		put_string(out, header->name);
		put_string(out, header->value);
	}
}

/* What a classification said; of what it did not find itself only what was found before, unless WHOLE. */
static void
put_about(struct output *out, const struct record *record, gboolean whole)
{
	put_number(out, record->words);
	put_string(out, record->lang);
	put_number(out, whole ? record->kind : record->found_kind);
	put_string(out, whole ? record->kind_reason : record->found_reason);
	put_number(out, whole && record->held ? 1 : 0);
	put_string(out, whole ? record->held_reason : NULL);
}

static void
put_filing(struct output *out, const struct record *record)
{
	for (guint i = 0; i < record->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(record->filings, i);

		put_number(out, filing->type);
		put_string(out, filing->id);
		put_string(out, filing->taxonomy != NULL ? filing->taxonomy : "");
		put_number(out, filing->tier);
	}
	for (guint i = 0; i < record->evidence->len; i++) {
		const struct record_evidence *evidence = g_ptr_array_index(record->evidence, i);

		put_number(out, evidence->type);
		put_string(out, evidence->id);
		put_number(out, evidence->tier);
		put_string(out, evidence->key);
		put_string(out, evidence->rule);
		put_string(out, evidence->file);
		put_number(out, evidence->line);
		put_signed(out, evidence->passage);
		put_number(out, evidence->offset);
		put_number(out, evidence->length);
		put_string(out, evidence->words);
	}
}

static gboolean
is_written(const char *remark, gboolean whole)
{
	return whole || !g_str_has_prefix(remark, RECORD_RULES_REMARK);
}

static guint
count_remarks(const struct record *record, gboolean whole)
{
	guint count = 0;

	for (guint i = 0; i < record->remarks->len; i++)
		count += is_written(g_ptr_array_index(record->remarks, i), whole) ? 1 : 0;
	return count;
}

static void
put_remarks(struct output *out, const struct record *record, gboolean whole)
{
	for (guint i = 0; i < record->remarks->len; i++)
		if (is_written(g_ptr_array_index(record->remarks, i), whole))
			put_string(out, g_ptr_array_index(record->remarks, i));
}

/* WHOLE: with its passages and what a classification said. */
static void
put_record(struct output *out, const struct record *record, gboolean whole)
{
	const guint counts[N_ARRAYS] = {record->references->len, record->addresses->len, record->parts->len, whole ? record->passages->len : 0,
	    whole ? record->filings->len : 0, whole ? record->evidence->len : 0, count_remarks(record, whole), record->headers->len};

	put_number(out, FORM_RECORD);
	for (gsize i = 0; i < N_ARRAYS; i++)
		put_number(out, counts[i]);
	put_message(out, record);
	put_parts(out, record);
	if (whole)
		put_passages(out, record->passages);
	put_about(out, record, whole);
	if (whole)
		put_filing(out, record);
	put_remarks(out, record, whole);
	put_found(out, record);
}

static GBytes *
bytes_of(const struct record *record, gboolean whole)
{
	GByteArray *array = g_byte_array_new();
	struct output out;

	output_open(&out, array);
	put_record(&out, record, whole);
	output_close(&out);
	return g_byte_array_free_to_bytes(array);
}

void
record_write(const struct record *record, GByteArray *array)
{
	struct output out;

	output_open(&out, array);
	put_record(&out, record, TRUE);
	output_close(&out);
}

GBytes *
record_to_bytes(const struct record *record)
{
	return bytes_of(record, TRUE);
}

GBytes *
record_found_to_bytes(const struct record *record)
{
	return bytes_of(record, FALSE);
}

GBytes *
record_said_to_bytes(const struct record *record)
{
	GByteArray *array = g_byte_array_new();
	struct output out;

	output_open(&out, array);
	put_number(&out, FORM_SAID);
	put_number(&out, record->filings->len);
	put_number(&out, record->evidence->len);
	put_number(&out, record->remarks->len);
	put_about(&out, record, TRUE);
	put_filing(&out, record);
	put_remarks(&out, record, TRUE);
	output_close(&out);
	return g_byte_array_free_to_bytes(array);
}

GBytes *
record_passages_to_bytes(const GPtrArray *passages)
{
	GByteArray *array = g_byte_array_new();
	struct output out;

	output_open(&out, array);
	put_number(&out, FORM_PASSAGES);
	put_number(&out, passages->len);
	put_passages(&out, passages);
	output_close(&out);
	return g_byte_array_free_to_bytes(array);
}
