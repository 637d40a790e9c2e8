#include "base/record-private.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"

static const struct array_kind {
	guint most;
	gsize size; /* of an element; 0: a string, which needs none */
	const char *too_many;
} array_kinds[N_ARRAYS] = {
    {2 * LIMIT_REFERENCES, 0, "the references"},
    {LIMIT_ADDRESSES + 100, sizeof(struct record_address), "too many addresses"},
    {LIMIT_PARTS + 100, sizeof(struct record_part), "too many parts"},
    {LIMIT_PASSAGES + LIMIT_PARTS + 100, sizeof(struct record_passage), "too many passages"},
    {2000, sizeof(struct record_filing), "too many filings"},
    {LIMIT_EVIDENCE + 100, sizeof(struct record_evidence), "too much evidence"},
    {LIMIT_REMARKS, 0, "a remark"},
    {LIMIT_HEADER_FIELDS + 100, sizeof(struct record_header), "too many header fields"},
};

/* Bytes that are taken one after the other. After the first that is wrong all else is 0 or NULL, so that whoever takes looks only before it believes. */
struct input {
	const guint8 *at, *end;
	guint8 *room; /* for the next element, of as many as the counts say; NULL: each element and string is an allocation of its own */
	gboolean wrong;
};

static gboolean
fail(GError **error, const char *what)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the reader's record is not well formed: %s", what);
	return FALSE;
}

/* Nothing more is there to be taken. */
static void
refuse(struct input *in)
{
	in->wrong = TRUE;
	in->at = in->end;
}

/* A number up to MOST. */
static guint64
take_number(struct input *in, guint64 most)
{
	guint64 number = 0;

	for (guint shift = 0; in->at < in->end && shift < 64; shift += 7) {
		guint8 byte = *in->at++;

		if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0))
			break;
		number |= (guint64)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			if (number > most)
				break;
			return number;
		}
	}
	refuse(in);
	return 0;
}

static gint64
take_signed(struct input *in, gint64 least, gint64 most)
{
	guint64 zigzag = take_number(in, G_MAXUINT64);
	gint64 number = (gint64)(zigzag >> 1) ^ -(gint64)(zigzag & 1);

	if (number >= least && number <= most)
		return number;
	refuse(in);
	return 0;
}

static gboolean
take_flag(struct input *in)
{
	return take_number(in, 1) != 0;
}

/* NULL without anything wrong where there is none. */
static char *
take_bytes(struct input *in, gboolean (*is_good)(const char *text, gsize length))
{
	guint64 length = take_number(in, G_MAXUINT32);
	const char *text = (const char *)in->at;

	if (length == 0)
		return NULL;
	length--;
	if (length >= (guint64)(in->end - in->at) || text[length] != '\0' || !is_good(text, length)) {
		refuse(in);
		return NULL;
	}
	in->at += length + 1;
	return in->room == NULL ? g_strndup(text, length) : (char *)text;
}

/* Text free of control characters, so that no printer has to trust the reader. */
static char *
take_plain(struct input *in)
{
	return take_bytes(in, utf8_is_plain);
}

static char *
needed(struct input *in, char *text)
{
	if (text == NULL)
		refuse(in);
	return text;
}

/* Room for the next element, which is zero all over and becomes ARRAY's. */
static gpointer
next_element(struct input *in, gsize size, GPtrArray *array)
{
	gpointer element = in->room;

	if (element == NULL)
		element = g_malloc0(size);
	else
		in->room += size;
	g_ptr_array_add(array, element);
	return element;
}

static gboolean
parse_strings(struct input *in, guint count, GPtrArray *strings)
{
	for (guint i = 0; i < count && !in->wrong; i++) {
		char *text = needed(in, take_plain(in));

		if (text != NULL)
			g_ptr_array_add(strings, text);
	}
	return !in->wrong;
}

static gboolean
parse_addresses(struct input *in, guint count, struct record *record, GError **error)
{
	for (guint i = 0; i < count && !in->wrong; i++) {
		struct record_address *address = next_element(in, sizeof *address, record->addresses);

		address->role = take_number(in, N_ROLES - 1);
		address->name = take_plain(in);
		address->address = needed(in, take_plain(in));
	}
	return !in->wrong || fail(error, "an address");
}

static gboolean
parse_parts(struct input *in, guint count, struct record *record, GError **error)
{
	for (guint i = 0; i < count && !in->wrong; i++) {
		struct record_part *part = next_element(in, sizeof *part, record->parts);

		part->number = needed(in, take_plain(in));
		part->type = needed(in, take_plain(in));
		part->charset = take_plain(in);
		part->charset_state = take_number(in, N_CHARSETS - 1);
		part->filename = take_plain(in);
		part->size = take_signed(in, 0, G_MAXINT64);
		part->attachment = take_flag(in);
		part->read = take_flag(in);
		part->remark = take_plain(in);
	}
	return !in->wrong || fail(error, "a part");
}

static gboolean
parse_passages(struct input *in, guint count, GPtrArray *passages, guint n_parts, GError **error)
{
	for (guint i = 0; i < count && !in->wrong; i++) {
		struct record_passage *passage = next_element(in, sizeof *passage, passages);

		passage->kind = take_number(in, N_PASSAGE_KINDS - 1);
		passage->part = (guint)take_number(in, n_parts > 0 ? n_parts - 1 : 0);
		passage->text = needed(in, take_bytes(in, utf8_is_valid));
	}
	return !in->wrong || fail(error, "a passage");
}

static gboolean
parse_filings(struct input *in, guint count, struct record *record, GError **error)
{
	for (guint i = 0; i < count; i++) {
		enum record_target type = take_number(in, TARGET_KIND - 1);
		g_autofree char *own = NULL;
		char *id = needed(in, take_plain(in));
		struct record_filing *filing;

		if (in->room == NULL)
			own = id;
		if (in->wrong || *id == '\0')
			return fail(error, "a filing");
		if (record_find_filing(record, type, id) != NULL)
			return fail(error, "the same filing twice");
		filing = next_element(in, sizeof *filing, record->filings);
		filing->type = type;
		filing->id = id;
		own = NULL;
		filing->taxonomy = needed(in, take_plain(in));
		filing->tier = take_number(in, TIER_SUGGESTED);
	}
	return !in->wrong || fail(error, "a filing");
}

/* Whether EVIDENCE stands inside one of PASSAGES, or in none. */
static gboolean
stands_inside(const struct record_evidence *evidence, const GPtrArray *passages)
{
	gsize bytes;

	if (evidence->passage < 0)
		return TRUE;
	if (evidence->passage >= (gint)passages->len)
		return FALSE;
	bytes = strlen(((const struct record_passage *)g_ptr_array_index(passages, evidence->passage))->text);
	return evidence->offset <= bytes && evidence->length <= bytes - evidence->offset;
}

gboolean
record_fits(const struct record *said, const GPtrArray *passages)
{
	for (guint i = 0; i < said->evidence->len; i++)
		if (!stands_inside(g_ptr_array_index(said->evidence, i), passages))
			return FALSE;
	return TRUE;
}

static gboolean
parse_evidence(struct input *in, guint count, struct record *record, GError **error)
{
	for (guint i = 0; i < count && !in->wrong; i++) {
		struct record_evidence *evidence = next_element(in, sizeof *evidence, record->evidence);

		evidence->type = take_number(in, N_TARGETS - 1);
		evidence->id = needed(in, take_plain(in));
		evidence->tier = take_number(in, N_TIERS - 1);
		evidence->key = needed(in, take_plain(in));
		evidence->rule = needed(in, take_plain(in));
		evidence->file = needed(in, take_plain(in));
		evidence->line = (guint)take_number(in, G_MAXUINT32);
		evidence->passage = (gint)take_signed(in, -1, G_MAXINT32);
		evidence->offset = (guint)take_number(in, G_MAXUINT32);
		evidence->length = (guint)take_number(in, G_MAXUINT32);
		evidence->words = take_plain(in);
	}
	return !in->wrong || fail(error, "a piece of evidence");
}

/* Words, language, kind and hold. */
static gboolean
parse_about(struct input *in, struct record *record, GError **error)
{
	record->words = (guint)take_number(in, G_MAXUINT32);
	record->lang = take_plain(in);
	record->kind = take_number(in, N_KINDS - 1);
	record->kind_reason = take_plain(in);
	record->held = take_flag(in);
	record->held_reason = take_plain(in);
	return !in->wrong || fail(error, "the kind");
}

static gboolean
parse_message(struct input *in, struct record *record, GError **error)
{
	record->message_id = take_plain(in);
	record->in_reply_to = take_plain(in);
	record->subject = take_plain(in);
	record->subject_base = take_plain(in);
	record->author_name = take_plain(in);
	record->author_address = take_plain(in);
	record->author_reason = take_plain(in);
	record->organization = take_plain(in);
	record->list_id = take_plain(in);
	record->has_date = take_flag(in);
	record->date = take_signed(in, G_MININT64, G_MAXINT64);
	record->date_zone = (gint)take_signed(in, G_MININT32, G_MAXINT32);
	record->date_received = take_signed(in, G_MININT64, G_MAXINT64);
	return !in->wrong || fail(error, "a header");
}

static gboolean
parse_found(struct input *in, guint count, struct record *record, GError **error)
{
	gsize bytes = 0;

	record->has_found = take_flag(in);
	record->found_kind = take_number(in, N_KINDS - 1);
	record->found_reason = take_plain(in);
	for (guint i = 0; i < count && !in->wrong; i++) {
		struct record_header *header = next_element(in, sizeof *header, record->headers);

		header->name = needed(in, take_bytes(in, utf8_is_valid));
		header->value = take_bytes(in, utf8_is_valid);
		bytes += (header->name != NULL ? strlen(header->name) : 0) + (header->value != NULL ? strlen(header->value) : 0);
		if (bytes > LIMIT_RULE_HEADERS)
			return fail(error, "too long header fields");
	}
	return !in->wrong || fail(error, "the kind before rules");
}

/* The bytes behind the counts. */
static gboolean
parse_record(struct input *in, const guint *counts, struct record *record, GError **error)
{
	if (!parse_message(in, record, error))
		return FALSE;
	if (!parse_strings(in, counts[ARRAY_REFERENCES], record->references))
		return fail(error, "the references");
	if (!parse_addresses(in, counts[ARRAY_ADDRESSES], record, error) || !parse_parts(in, counts[ARRAY_PARTS], record, error) ||
	    !parse_passages(in, counts[ARRAY_PASSAGES], record->passages, record->parts->len, error) || !parse_about(in, record, error) ||
	    !parse_filings(in, counts[ARRAY_FILINGS], record, error) || !parse_evidence(in, counts[ARRAY_EVIDENCE], record, error))
		return FALSE;
	if (!parse_strings(in, counts[ARRAY_REMARKS], record->remarks))
		return fail(error, "a remark");
	if (!parse_found(in, counts[ARRAY_HEADERS], record, error))
		return FALSE;
	return in->at == in->end || fail(error, "bytes behind its end");
}

/* What only the whole of it shows. */
static gboolean
is_whole(const struct record *record, GError **error)
{
	if (record->passages->len == 0 || ((const struct record_passage *)g_ptr_array_index(record->passages, 0))->kind != PASSAGE_SUBJECT)
		return fail(error, "no subject passage");
	return record_fits(record, record->passages) || fail(error, "evidence outside the passages");
}

static gboolean
open_input(struct input *in, enum record_form form, gconstpointer data, gsize length, GError **error)
{
	if (length > LIMIT_RECORD_BYTES)
		return fail(error, "too long");
	in->at = length > 0 ? data : (gconstpointer) ""; /* not NULL */
	in->end = in->at + length;
	if (take_number(in, 0x7f) != form)
		return fail(error, "of another form");
	return TRUE;
}

/* The number of elements of one array. */
static gboolean
take_count(struct input *in, enum record_array array, guint *count, GError **error)
{
	*count = (guint)take_number(in, array_kinds[array].most);
	return !in->wrong || fail(error, array_kinds[array].too_many);
}

static struct record *
new_with(struct input *in, const guint *counts)
{
	gsize left = (gsize)(in->end - in->at), room = 0;
	guint8 *block;
	struct record *record;

	for (gsize i = 0; i < N_ARRAYS; i++)
		room += counts[i] * array_kinds[i].size;
	block = g_malloc(room + left + 1); /* never NULL */
	memset(block, 0, room);
	memcpy(block + room, in->at, left);
	in->room = block;
	in->at = block + room;
	in->end = in->at + left;
	record = record_new();
	record->block = block;
	for (gsize i = 0; i < N_ARRAYS; i++)
		g_ptr_array_set_free_func(*record_array_at(record, i), NULL);
	return record;
}

static gboolean
take_counts(struct input *in, guint *counts, GError **error)
{
	for (gsize i = 0; i < N_ARRAYS; i++)
		if (!take_count(in, i, &counts[i], error))
			return FALSE;
	return TRUE;
}

struct record *
record_parse(gconstpointer data, gsize length, GError **error)
{
	struct input in = {0};
	g_autoptr(Record) record = NULL;
	guint counts[N_ARRAYS];

	if (!open_input(&in, FORM_RECORD, data, length, error) || !take_counts(&in, counts, error))
		return NULL;
	record = new_with(&in, counts);
	return parse_record(&in, counts, record, error) && is_whole(record, error) ? g_steal_pointer(&record) : NULL;
}

struct record *
record_from_bytes(GBytes *bytes, GError **error)
{
	return record_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
}

struct record *
record_said_parse(gconstpointer data, gsize length, GError **error)
{
	struct input in = {0};
	g_autoptr(Record) record = NULL;
	guint counts[N_ARRAYS] = {0};

	if (!open_input(&in, FORM_SAID, data, length, error) || !take_count(&in, ARRAY_FILINGS, &counts[ARRAY_FILINGS], error) ||
	    !take_count(&in, ARRAY_EVIDENCE, &counts[ARRAY_EVIDENCE], error) || !take_count(&in, ARRAY_REMARKS, &counts[ARRAY_REMARKS], error))
		return NULL;
	record = new_with(&in, counts);
	if (!parse_about(&in, record, error) || !parse_filings(&in, counts[ARRAY_FILINGS], record, error) ||
	    !parse_evidence(&in, counts[ARRAY_EVIDENCE], record, error))
		return NULL;
	if (parse_strings(&in, counts[ARRAY_REMARKS], record->remarks) && in.at == in.end)
		return g_steal_pointer(&record);
	fail(error, "a remark");
	return NULL;
}

/* N_PARTS: how many the message has. */
static GPtrArray *
passages_from(GBytes *bytes, guint n_parts, GError **error)
{
	struct input in = {0};
	g_autoptr(GPtrArray) passages = record_passages_new();
	guint count;

	if (!open_input(&in, FORM_PASSAGES, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error) || !take_count(&in, ARRAY_PASSAGES, &count, error) ||
	    !parse_passages(&in, count, passages, n_parts, error))
		return NULL;
	if (in.at == in.end)
		return g_steal_pointer(&passages);
	fail(error, "bytes behind its end");
	return NULL;
}

struct record *
record_from_stored(GBytes *found, GBytes *passages, GError **error)
{
	struct input in = {0};
	g_autoptr(Record) record = record_new();
	guint counts[N_ARRAYS];

	if (!open_input(&in, FORM_RECORD, g_bytes_get_data(found, NULL), g_bytes_get_size(found), error) || !take_counts(&in, counts, error) ||
	    !parse_record(&in, counts, record, error))
		return NULL;
	g_ptr_array_unref(record->passages);
	if ((record->passages = passages_from(passages, record->parts->len, error)) == NULL) {
		record->passages = record_passages_new();
		return NULL;
	}
	return is_whole(record, error) ? g_steal_pointer(&record) : NULL;
}

GPtrArray *
record_passages_from_bytes(GBytes *bytes, GError **error)
{
	return passages_from(bytes, G_MAXUINT, error);
}
