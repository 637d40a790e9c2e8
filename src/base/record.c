#include "base/record.h"

#include <string.h>

#include "base/text.h"

#include "base/limits.h"

static const char *const kind_names[] = {"input", "team", "auto", "bounce", "spam", "admin", "announcement", NULL};
static const char *const role_names[] = {"from", "sender", "reply-to", "to", "cc", "failed", NULL};
static const char *const charset_names[] = {"none", "declared", "guessed", "repaired", NULL};
static const char *const passage_names[] = {"subject", "new", "quoted", "forwarded", "signature", "footer", "attachment", "filename", "enclosed", NULL};
static const char *const tier_names[] = {"firm", "suggested", "hint", "masked", NULL};
static const char *const target_names[] = {"workstream", "topic", "intent", "group", "region", "kind", "mask", NULL};

G_STATIC_ASSERT(G_N_ELEMENTS(kind_names) == N_KINDS + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(role_names) == N_ROLES + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(charset_names) == N_CHARSETS + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(passage_names) == N_PASSAGE_KINDS + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(tier_names) == N_TIERS + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(target_names) == N_TARGETS + 1);

static int
name_index(const char *const *names, const char *name)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *
kind_name(enum record_kind kind)
{
	return kind_names[kind];
}
int
kind_from_name(const char *name)
{
	return name_index(kind_names, name);
}
const char *
role_name(enum record_role role)
{
	return role_names[role];
}
const char *
charset_state_name(enum record_charset state)
{
	return charset_names[state];
}
const char *
passage_kind_name(enum record_passage_kind kind)
{
	return passage_names[kind];
}
const char *
tier_name(enum record_tier tier)
{
	return tier_names[tier];
}
int
tier_from_name(const char *name)
{
	return name_index(tier_names, name);
}
const char *
target_name(enum record_target type)
{
	return target_names[type];
}
int
target_from_name(const char *name)
{
	return name_index(target_names, name);
}

static void
address_free(gpointer data)
{
	struct record_address *address = data;

	g_free(address->name);
	g_free(address->address);
	g_free(address);
}

static void
part_free(gpointer data)
{
	struct record_part *part = data;

	g_free(part->number);
	g_free(part->type);
	g_free(part->charset);
	g_free(part->filename);
	g_free(part->remark);
	g_free(part);
}

static void
passage_free(gpointer data)
{
	struct record_passage *passage = data;

	g_free(passage->text);
	g_free(passage);
}

static void
filing_free(gpointer data)
{
	struct record_filing *filing = data;

	g_free(filing->id);
	g_free(filing->taxonomy);
	g_free(filing);
}

static void
evidence_free(gpointer data)
{
	struct record_evidence *evidence = data;

	g_free(evidence->id);
	g_free(evidence->key);
	g_free(evidence->rule);
	g_free(evidence->file);
	g_free(evidence->words);
	g_free(evidence);
}

static void
header_free(gpointer data)
{
	struct record_header *header = data;

	g_free(header->name);
	g_free(header->value);
	g_free(header);
}

GPtrArray *
record_passages_new(void)
{
	return g_ptr_array_new_with_free_func(passage_free);
}

struct record *
record_new(void)
{
	struct record *record = g_new0(struct record, 1);

	record->references = g_ptr_array_new_with_free_func(g_free);
	record->addresses = g_ptr_array_new_with_free_func(address_free);
	record->parts = g_ptr_array_new_with_free_func(part_free);
	record->passages = record_passages_new();
	record->filings = g_ptr_array_new_with_free_func(filing_free);
	record->evidence = g_ptr_array_new_with_free_func(evidence_free);
	record->remarks = g_ptr_array_new_with_free_func(g_free);
	record->headers = g_ptr_array_new_with_free_func(header_free);
	return record;
}

void
record_free(struct record *record)
{
	if (record == NULL)
		return;
	GPtrArray *const arrays[] = {
	    record->references, record->addresses, record->parts, record->passages, record->filings, record->evidence, record->remarks, record->headers};
	char *const strings[] = {record->message_id, record->in_reply_to, record->subject, record->subject_base, record->author_name, record->author_address,
	    record->author_reason, record->organization, record->list_id, record->lang, record->kind_reason, record->held_reason, record->found_reason};

	for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
		g_ptr_array_unref(arrays[i]);
	for (gsize i = 0; record->block == NULL && i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
	g_free(record->block);
	g_free(record);
}

struct record_address *
record_add_address(struct record *record, enum record_role role, const char *name, const char *address)
{
	struct record_address *added = g_new0(struct record_address, 1);

	added->role = role;
	added->name = g_strdup(name);
	added->address = g_strdup(address);
	g_ptr_array_add(record->addresses, added);
	return added;
}

struct record_part *
record_add_part(struct record *record, const char *number, const char *type)
{
	struct record_part *added = g_new0(struct record_part, 1);

	added->number = g_strdup(number);
	added->type = g_strdup(type);
	g_ptr_array_add(record->parts, added);
	return added;
}

struct record_passage *
record_add_passage(struct record *record, enum record_passage_kind kind, guint part, const char *text, gssize length)
{
	struct record_passage *added = g_new0(struct record_passage, 1);

	added->kind = kind;
	added->part = part;
	added->text = length < 0 ? g_strdup(text) : g_strndup(text, length);
	g_ptr_array_add(record->passages, added);
	return added;
}

struct record_filing *
record_add_filing(struct record *record, enum record_target type, const char *id, const char *taxonomy, enum record_tier tier)
{
	struct record_filing *added = g_new0(struct record_filing, 1);

	added->type = type;
	added->id = g_strdup(id);
	added->taxonomy = g_strdup(taxonomy);
	added->tier = tier;
	g_ptr_array_add(record->filings, added);
	return added;
}

struct record_evidence *
record_add_evidence(
    struct record *record, enum record_target type, const char *id, enum record_tier tier, const char *key, const char *rule, const char *file, guint line)
{
	struct record_evidence *added = g_new0(struct record_evidence, 1);

	added->type = type;
	added->id = g_strdup(id);
	added->tier = tier;
	added->key = g_strdup(key);
	added->rule = g_strdup(rule);
	added->file = g_strdup(file);
	added->line = line;
	added->passage = -1;
	g_ptr_array_add(record->evidence, added);
	return added;
}

void
record_add_remark(struct record *record, const char *format, ...)
{
	va_list arguments;

	if (record->remarks->len >= LIMIT_REMARKS)
		return;
	va_start(arguments, format);
	g_ptr_array_add(record->remarks, g_strdup_vprintf(format, arguments));
	va_end(arguments);
}

struct record_filing *
record_find_filing(const struct record *record, enum record_target type, const char *id)
{
	for (guint i = 0; i < record->filings->len; i++) {
		struct record_filing *filing = g_ptr_array_index(record->filings, i);

		if (filing->type == type && strcmp(filing->id, id) == 0)
			return filing;
	}
	return NULL;
}

/* Whether rules may name the field NAME: all but signatures and the way a message took. */
static gboolean
is_for_rules(const char *name)
{
	static const char *const left_out[] = {
	    "ARC-", "DKIM-", "DomainKey-", "Received", "X-Google-", "X-Gm-", "X-Received", "X-MS-Exchange-", "X-Microsoft-Antispam"};

	for (gsize i = 0; i < G_N_ELEMENTS(left_out); i++)
		if (g_ascii_strncasecmp(name, left_out[i], strlen(left_out[i])) == 0)
			return FALSE;
	return TRUE;
}

static gboolean
is_field_name(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!g_ascii_isgraph(*p))
			return FALSE;
	return *name != '\0';
}

static gboolean
is_utf8(const char *text)
{
	gsize length = strlen(text), ascii = text_ascii_length(text, length);

	return ascii == length || g_utf8_validate_len(text + ascii, length - ascii, NULL);
}

static void
bound_headers(struct record *record)
{
	gsize bytes = 0;
	guint kept = 0;

	for (guint i = 0; i < record->headers->len; i++) {
		struct record_header *header = g_ptr_array_index(record->headers, i);

		/* names are as the sender wrote them: what is no name (RFC 5322 section 2.2) no rule can name */
		if (!is_field_name(header->name) || !is_for_rules(header->name) || (header->value != NULL && !is_utf8(header->value)))
			continue;
		bytes += strlen(header->name) + (header->value != NULL ? strlen(header->value) : 0);
		if (bytes > LIMIT_RULE_HEADERS)
			break;
		record->headers->pdata[i] = record->headers->pdata[kept];
		record->headers->pdata[kept++] = header;
	}
	g_ptr_array_set_size(record->headers, kept);
}

void
record_settle_found(struct record *record)
{
	if (!record->has_found) {
		record->has_found = TRUE;
		record->found_kind = record->kind;
		record->found_reason = g_strdup(record->kind_reason);
		bound_headers(record);
		return;
	}
	record->kind = record->found_kind;
	g_free(record->kind_reason);
	record->kind_reason = g_strdup(record->found_reason);
}
