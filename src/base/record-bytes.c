#include "base/record.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

/* GVariant (GLib's own typed serialisation) carries the record: its normal form is checked before a byte is believed, strings are valid UTF-8 by
 * type, and nothing has to be parsed by hand. */
#define PASSAGES_TYPE "a(uus)"
#define RECORD_TYPE                                                                                                                                            \
	"((msmsasmsms)"                 /* message_id in_reply_to references subject subject_base */                                                           \
	"a(umss)"                       /* addresses */                                                                                                        \
	"(msmsmsmsms)"                  /* author_name author_address author_reason organization list_id */                                                    \
	"(bxix)"                        /* has_date date date_zone date_received */                                                                            \
	"a(ssmsumsxbbms)"               /* parts */                                                                                                            \
	    PASSAGES_TYPE "(umsumsbms)" /* words lang kind kind_reason held held_reason */                                                                     \
	"a(ussu)"                       /* filings */                                                                                                          \
	"a(ususssuiuums)"               /* evidence */                                                                                                         \
	"as"                            /* remarks */                                                                                                          \
	"(bums)"                        /* has_found found_kind found_reason */                                                                                \
	"a(sms))"                       /* headers */

/* What a classification said. */
#define SAID_TYPE                                                                                                                                              \
	"((umsumsbms)"    /* words lang kind kind_reason held held_reason */                                                                                   \
	"a(ussu)"         /* filings */                                                                                                                        \
	"a(ususssuiuums)" /* evidence */                                                                                                                       \
	"as)"             /* remarks */

static void
build_strings(GVariantBuilder *builder, const GPtrArray *strings)
{
	g_variant_builder_open(builder, G_VARIANT_TYPE("as"));
	for (guint i = 0; i < strings->len; i++)
		g_variant_builder_add(builder, "s", g_ptr_array_index(strings, i));
	g_variant_builder_close(builder);
}

static void
build_passages(GVariantBuilder *builder, const GPtrArray *passages)
{
	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);

		g_variant_builder_add(builder, "(uus)", passage->kind, passage->part, passage->text);
	}
}

static void
build_message(GVariantBuilder *builder, const struct record *record)
{
	g_variant_builder_open(builder, G_VARIANT_TYPE("(msmsasmsms)"));
	g_variant_builder_add(builder, "ms", record->message_id);
	g_variant_builder_add(builder, "ms", record->in_reply_to);
	build_strings(builder, record->references);
	g_variant_builder_add(builder, "ms", record->subject);
	g_variant_builder_add(builder, "ms", record->subject_base);
	g_variant_builder_close(builder);

	g_variant_builder_open(builder, G_VARIANT_TYPE("a(umss)"));
	for (guint i = 0; i < record->addresses->len; i++) {
		const struct record_address *address = g_ptr_array_index(record->addresses, i);

		g_variant_builder_add(builder, "(umss)", address->role, address->name, address->address);
	}
	g_variant_builder_close(builder);
	g_variant_builder_add(
	    builder, "(msmsmsmsms)", record->author_name, record->author_address, record->author_reason, record->organization, record->list_id);
	g_variant_builder_add(builder, "(bxix)", record->has_date, record->date, record->date_zone, record->date_received);

	g_variant_builder_open(builder, G_VARIANT_TYPE("a(ssmsumsxbbms)"));
	for (guint i = 0; i < record->parts->len; i++) {
		const struct record_part *part = g_ptr_array_index(record->parts, i);

		g_variant_builder_add(builder, "(ssmsumsxbbms)", part->number, part->type, part->charset, part->charset_state, part->filename, part->size,
		    part->attachment, part->read, part->remark);
	}
	g_variant_builder_close(builder);
}

/* What a classification said; nothing of it unless WHOLE. */
static void
build_filing(GVariantBuilder *builder, const struct record *record, gboolean whole)
{
	if (whole)
		g_variant_builder_add(
		    builder, "(umsumsbms)", record->words, record->lang, record->kind, record->kind_reason, record->held, record->held_reason);
	else
		g_variant_builder_add(builder, "(umsumsbms)", record->words, record->lang, record->found_kind, record->found_reason, FALSE, NULL);
	g_variant_builder_open(builder, G_VARIANT_TYPE("a(ussu)"));
	for (guint i = 0; whole && i < record->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(record->filings, i);

		g_variant_builder_add(builder, "(ussu)", filing->type, filing->id, filing->taxonomy != NULL ? filing->taxonomy : "", filing->tier);
	}
	g_variant_builder_close(builder);
	g_variant_builder_open(builder, G_VARIANT_TYPE("a(ususssuiuums)"));
	for (guint i = 0; whole && i < record->evidence->len; i++) {
		const struct record_evidence *evidence = g_ptr_array_index(record->evidence, i);

		g_variant_builder_add(builder, "(ususssuiuums)", evidence->type, evidence->id, evidence->tier, evidence->key, evidence->rule, evidence->file,
		    evidence->line, evidence->passage, evidence->offset, evidence->length, evidence->words);
	}
	g_variant_builder_close(builder);
}

static void
build_remarks(GVariantBuilder *builder, const struct record *record, gboolean whole)
{
	g_variant_builder_open(builder, G_VARIANT_TYPE("as"));
	for (guint i = 0; i < record->remarks->len; i++) {
		const char *remark = g_ptr_array_index(record->remarks, i);

		if (whole || !g_str_has_prefix(remark, RECORD_RULES_REMARK))
			g_variant_builder_add(builder, "s", remark);
	}
	g_variant_builder_close(builder);
}

static void
build_found(GVariantBuilder *builder, const struct record *record)
{
	g_variant_builder_add(builder, "(bums)", record->has_found, record->found_kind, record->found_reason);
	g_variant_builder_open(builder, G_VARIANT_TYPE("a(sms)"));
	for (guint i = 0; i < record->headers->len; i++) {
		const struct record_header *header = g_ptr_array_index(record->headers, i);

		g_variant_builder_add(builder, "(sms)", header->name, header->value);
	}
	g_variant_builder_close(builder);
}

static GBytes *
build_record(const struct record *record, gboolean whole)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE(RECORD_TYPE));
	build_message(&builder, record);
	g_variant_builder_open(&builder, G_VARIANT_TYPE(PASSAGES_TYPE));
	if (whole)
		build_passages(&builder, record->passages);
	g_variant_builder_close(&builder);
	build_filing(&builder, record, whole);
	build_remarks(&builder, record, whole);
	build_found(&builder, record);

	g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_builder_end(&builder));
	return g_variant_get_data_as_bytes(variant);
}

GBytes *
record_to_bytes(const struct record *record)
{
	return build_record(record, TRUE);
}

GBytes *
record_found_to_bytes(const struct record *record)
{
	return build_record(record, FALSE);
}

GBytes *
record_said_to_bytes(const struct record *record)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE(SAID_TYPE));
	build_filing(&builder, record, TRUE);
	build_remarks(&builder, record, TRUE);
	g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_builder_end(&builder));
	return g_variant_get_data_as_bytes(variant);
}

GBytes *
record_passages_to_bytes(const GPtrArray *passages)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE(PASSAGES_TYPE));
	build_passages(&builder, passages);
	g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_builder_end(&builder));
	return g_variant_get_data_as_bytes(variant);
}

static gboolean
fail(GError **error, const char *what)
{
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "the reader's record is not well formed: %s", what);
	return FALSE;
}

/* NULL is fine; anything else must be free of control characters but tab and line feed, so that no printer has to trust the reader. */
static gboolean
is_plain(const char *text)
{
	for (const guchar *p = (const guchar *)text; p != NULL && *p != '\0'; p++)
		if ((*p < 0x20 && *p != '\t' && *p != '\n') || *p == 0x7f)
			return FALSE;
	return TRUE;
}

static gboolean
parse_strings(GVariant *list, guint most, GPtrArray *strings)
{
	GVariantIter iter;
	const char *text;

	if (g_variant_n_children(list) > most)
		return FALSE;
	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "&s", &text)) {
		if (!is_plain(text))
			return FALSE;
		g_ptr_array_add(strings, g_strdup(text));
	}
	return TRUE;
}

static gboolean
parse_addresses(GVariant *list, struct record *record, GError **error)
{
	GVariantIter iter;
	guint32 role;
	const char *name, *address;

	if (g_variant_n_children(list) > LIMIT_ADDRESSES + 100)
		return fail(error, "too many addresses");
	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "(um&s&s)", &role, &name, &address)) {
		if (role >= N_ROLES || !is_plain(name) || !is_plain(address))
			return fail(error, "an address");
		record_add_address(record, role, name, address);
	}
	return TRUE;
}

static gboolean
parse_parts(GVariant *list, struct record *record, GError **error)
{
	GVariantIter iter;
	const char *number, *type, *charset, *filename, *remark;
	guint32 state;
	gint64 size;
	gboolean attachment, read;

	if (g_variant_n_children(list) > LIMIT_PARTS + 100)
		return fail(error, "too many parts");
	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "(&s&sm&sum&sxbbm&s)", &number, &type, &charset, &state, &filename, &size, &attachment, &read, &remark)) {
		if (state >= N_CHARSETS || size < 0 || !is_plain(number) || !is_plain(type) || !is_plain(charset) || !is_plain(filename) || !is_plain(remark))
			return fail(error, "a part");
		struct record_part *part = record_add_part(record, number, type);
		part->charset = g_strdup(charset);
		part->charset_state = state;
		part->filename = g_strdup(filename);
		part->size = size;
		part->attachment = attachment;
		part->read = read;
		part->remark = g_strdup(remark);
	}
	return TRUE;
}

static gboolean
parse_passages(GVariant *list, GPtrArray *passages, guint n_parts, GError **error)
{
	GVariantIter iter;
	guint32 kind, part;
	const char *text;

	if (g_variant_n_children(list) > LIMIT_PASSAGES + LIMIT_PARTS + 100)
		return fail(error, "too many passages");
	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "(uu&s)", &kind, &part, &text)) {
		if (kind >= N_PASSAGE_KINDS || (part != 0 && part >= n_parts))
			return fail(error, "a passage");
		struct record_passage *passage = g_new0(struct record_passage, 1);
		passage->kind = kind;
		passage->part = part;
		passage->text = g_strdup(text);
		g_ptr_array_add(passages, passage);
	}
	return TRUE;
}

static gboolean
parse_filings(GVariant *list, struct record *record, GError **error)
{
	GVariantIter iter;
	guint32 type, tier;
	const char *id, *taxonomy;

	if (g_variant_n_children(list) > 2000)
		return fail(error, "too many filings");
	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "(u&s&su)", &type, &id, &taxonomy, &tier)) {
		if (type >= TARGET_KIND || tier > TIER_SUGGESTED || *id == '\0' || !is_plain(id) || !is_plain(taxonomy))
			return fail(error, "a filing");
		if (record_find_filing(record, type, id) != NULL)
			return fail(error, "the same filing twice");
		record_add_filing(record, type, id, taxonomy, tier);
	}
	return TRUE;
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

/* PASSAGES: where it stands, NULL: they are elsewhere. */
static gboolean
parse_evidence(GVariant *list, struct record *record, const GPtrArray *passages, GError **error)
{
	GVariantIter iter;
	guint32 type, tier, line, offset, length;
	gint32 passage;
	const char *id, *key, *rule, *file, *words;

	if (g_variant_n_children(list) > LIMIT_EVIDENCE + 100)
		return fail(error, "too much evidence");
	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "(u&su&s&s&suiuum&s)", &type, &id, &tier, &key, &rule, &file, &line, &passage, &offset, &length, &words)) {
		if (type >= N_TARGETS || tier >= N_TIERS || !is_plain(id) || !is_plain(key) || !is_plain(rule) || !is_plain(file) || !is_plain(words))
			return fail(error, "a piece of evidence");
		if (passage < -1)
			return fail(error, "evidence for a passage that is not there");
		struct record_evidence *evidence = record_add_evidence(record, type, id, tier, key, rule, file, line);
		evidence->passage = passage;
		evidence->offset = offset;
		evidence->length = length;
		evidence->words = g_strdup(words);
		if (passages != NULL && !stands_inside(evidence, passages))
			return fail(error, "evidence outside the passages");
	}
	return TRUE;
}

/* Words, language, kind and hold. */
static gboolean
parse_about(GVariant *about, struct record *record, GError **error)
{
	guint32 kind;

	g_variant_get(about, "(umsumsbms)", &record->words, &record->lang, &kind, &record->kind_reason, &record->held, &record->held_reason);
	if (!is_plain(record->lang) || !is_plain(record->kind_reason) || !is_plain(record->held_reason))
		return fail(error, "a control character in the kind");
	if (kind >= N_KINDS)
		return fail(error, "the kind");
	record->kind = kind;
	return TRUE;
}

static gboolean
parse_message(GVariant *variant, struct record *record, GError **error)
{
	g_autoptr(GVariant) head = g_variant_get_child_value(variant, 0);
	g_autoptr(GVariant) author = g_variant_get_child_value(variant, 2);
	g_autoptr(GVariant) dates = g_variant_get_child_value(variant, 3);
	g_autoptr(GVariant) about = g_variant_get_child_value(variant, 6);
	g_autoptr(GVariant) references = NULL;

	g_variant_get(head, "(msms@asmsms)", &record->message_id, &record->in_reply_to, &references, &record->subject, &record->subject_base);
	g_variant_get(author, "(msmsmsmsms)", &record->author_name, &record->author_address, &record->author_reason, &record->organization, &record->list_id);
	g_variant_get(dates, "(bxix)", &record->has_date, &record->date, &record->date_zone, &record->date_received);

	const char *const strings[] = {record->message_id, record->in_reply_to, record->subject, record->subject_base, record->author_name,
	    record->author_address, record->author_reason, record->organization, record->list_id};
	for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
		if (!is_plain(strings[i]))
			return fail(error, "a control character in a header");
	if (!parse_about(about, record, error))
		return FALSE;
	if (g_variant_n_children(references) > LIMIT_REFERENCES + 100 || !parse_strings(references, 2 * LIMIT_REFERENCES, record->references))
		return fail(error, "the references");
	return TRUE;
}

static gboolean
parse_found(GVariant *found, GVariant *headers, struct record *record, GError **error)
{
	GVariantIter iter;
	const char *name, *value;
	guint32 kind;
	gsize bytes = 0;

	g_variant_get(found, "(bums)", &record->has_found, &kind, &record->found_reason);
	if (kind >= N_KINDS || !is_plain(record->found_reason))
		return fail(error, "the kind before rules");
	record->found_kind = kind;
	if (g_variant_n_children(headers) > LIMIT_HEADER_FIELDS + 100)
		return fail(error, "too many header fields");
	g_variant_iter_init(&iter, headers);
	while (g_variant_iter_next(&iter, "(&sm&s)", &name, &value)) {
		struct record_header *header;

		bytes += strlen(name) + (value != NULL ? strlen(value) : 0);
		if (bytes > LIMIT_RULE_HEADERS)
			return fail(error, "too long header fields");
		header = g_new0(struct record_header, 1);
		header->name = g_strdup(name);
		header->value = g_strdup(value);
		g_ptr_array_add(record->headers, header);
	}
	return TRUE;
}

/* All but the passages, when PASSAGES has those. */
static gboolean
parse_record(GVariant *variant, GVariant *passages, struct record *record, GError **error)
{
	g_autoptr(GVariant) addresses = g_variant_get_child_value(variant, 1);
	g_autoptr(GVariant) parts = g_variant_get_child_value(variant, 4);
	g_autoptr(GVariant) own = g_variant_get_child_value(variant, 5);
	g_autoptr(GVariant) filings = g_variant_get_child_value(variant, 7);
	g_autoptr(GVariant) evidence = g_variant_get_child_value(variant, 8);
	g_autoptr(GVariant) remarks = g_variant_get_child_value(variant, 9);
	g_autoptr(GVariant) found = g_variant_get_child_value(variant, 10);
	g_autoptr(GVariant) headers = g_variant_get_child_value(variant, 11);

	if (!parse_message(variant, record, error) || !parse_addresses(addresses, record, error) || !parse_parts(parts, record, error) ||
	    !parse_passages(passages != NULL ? passages : own, record->passages, record->parts->len, error) || !parse_filings(filings, record, error) ||
	    !parse_evidence(evidence, record, record->passages, error) || !parse_found(found, headers, record, error))
		return FALSE;
	if (!parse_strings(remarks, LIMIT_REMARKS, record->remarks))
		return fail(error, "a remark");
	if (record->passages->len == 0 || ((struct record_passage *)g_ptr_array_index(record->passages, 0))->kind != PASSAGE_SUBJECT)
		return fail(error, "no subject passage");
	return TRUE;
}

/* BYTES as a value of TYPE in normal form, or NULL. */
static GVariant *
checked_variant(GBytes *bytes, const char *type, GError **error)
{
	g_autoptr(GVariant) variant = NULL;

	if (g_bytes_get_size(bytes) > LIMIT_RECORD_BYTES) {
		fail(error, "too long");
		return NULL;
	}
	variant = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), bytes, FALSE));
	if (!g_variant_is_normal_form(variant)) {
		fail(error, "not in normal form");
		return NULL;
	}
	return g_steal_pointer(&variant);
}

struct record *
record_from_bytes(GBytes *bytes, GError **error)
{
	g_autoptr(GVariant) variant = checked_variant(bytes, RECORD_TYPE, error);
	g_autoptr(Record) record = NULL;

	if (variant == NULL)
		return NULL;
	record = record_new();
	if (!parse_record(variant, NULL, record, error))
		return NULL;
	return g_steal_pointer(&record);
}

struct record *
record_said_from_bytes(GBytes *bytes, GError **error)
{
	g_autoptr(GVariant) variant = checked_variant(bytes, SAID_TYPE, error);
	g_autoptr(GVariant) about = NULL, filings = NULL, evidence = NULL, remarks = NULL;
	g_autoptr(Record) record = NULL;

	if (variant == NULL)
		return NULL;
	about = g_variant_get_child_value(variant, 0);
	filings = g_variant_get_child_value(variant, 1);
	evidence = g_variant_get_child_value(variant, 2);
	remarks = g_variant_get_child_value(variant, 3);
	record = record_new();
	if (!parse_about(about, record, error) || !parse_filings(filings, record, error) || !parse_evidence(evidence, record, NULL, error))
		return NULL;
	if (!parse_strings(remarks, LIMIT_REMARKS, record->remarks)) {
		fail(error, "a remark");
		return NULL;
	}
	return g_steal_pointer(&record);
}

struct record *
record_from_stored(GBytes *found, GBytes *passages, GError **error)
{
	g_autoptr(GVariant) variant = checked_variant(found, RECORD_TYPE, error);
	g_autoptr(GVariant) texts = variant != NULL ? checked_variant(passages, PASSAGES_TYPE, error) : NULL;
	g_autoptr(Record) record = NULL;

	if (texts == NULL)
		return NULL;
	record = record_new();
	if (!parse_record(variant, texts, record, error))
		return NULL;
	return g_steal_pointer(&record);
}

GPtrArray *
record_passages_from_bytes(GBytes *bytes, GError **error)
{
	g_autoptr(GVariant) variant = checked_variant(bytes, PASSAGES_TYPE, error);
	g_autoptr(GPtrArray) passages = NULL;

	if (variant == NULL)
		return NULL;
	passages = record_passages_new();
	if (!parse_passages(variant, passages, G_MAXUINT, error))
		return NULL;
	return g_steal_pointer(&passages);
}
