#include "intake/follow.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "intake/convert.h"
#include "intake/refile.h"
#include "rules/ruleset.h"

#define BATCH 256                      /* entries a transaction: large enough that its cost vanishes, small enough that a delivery never waits long */
#define REFILE_BATCH 1000              /* messages a transaction that get other rules: a few tenths of a second */
#define BATCH_BYTES (32 * 1024 * 1024) /* raw bytes a transaction: they wait in memory for the reader */

struct offer {
	gint64 submission; /* the reader has it under this tag; 0: READING is here */
	struct reading reading;
	char *hash; /* of the rules it was or is being read by */
};

struct follow {
	struct mailstore *store;
	struct index *index;
	struct reader *reader;
	GHashTable *offers;   /* content -> struct offer */
	GHashTable *contents; /* submission -> content: what the reader was given */
	gint64 submissions;
	char *no_reader;      /* why none could be started, NULL: that was never so */
	gint64 end;           /* monotonic microseconds: no answer is waited for beyond it; 0: no end */
	char *rules;          /* hash of the ruleset that the reader has, NULL: none */
	gboolean rules_known; /* FALSE: it may have others from before */
	GPtrArray *targets;   /* of that ruleset */
};

static void
offer_free(gpointer data)
{
	struct offer *offer = data;

	reading_clear(&offer->reading);
	g_free(offer->hash);
	g_free(offer);
}

struct follow *
follow_new(struct mailstore *store, struct index *index, struct reader *reader)
{
	struct follow *follow = g_new0(struct follow, 1);

	follow->store = store;
	follow->index = index;
	follow->reader = reader;
	follow->offers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, offer_free);
	follow->contents = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	return follow;
}

void
follow_free(struct follow *follow)
{
	if (follow == NULL)
		return;
	/* Whoever follows with this reader next counts submissions from one again. */
	if (g_hash_table_size(follow->contents) > 0)
		reader_forget(follow->reader);
	g_hash_table_unref(follow->offers);
	g_hash_table_unref(follow->contents);
	g_free(follow->rules);
	g_free(follow->no_reader);
	g_clear_pointer(&follow->targets, g_ptr_array_unref);
	g_free(follow);
}

void
follow_offer(struct follow *follow, gint64 content, struct reading *reading, const char *hash)
{
	struct offer *offer = g_new0(struct offer, 1);
	gint64 *key = g_new(gint64, 1);

	*key = content;
	offer->reading = *reading;
	offer->hash = g_strdup(hash);
	memset(reading, 0, sizeof *reading);
	g_hash_table_replace(follow->offers, key, offer);
}

/* The reader gets the ruleset HASH ("" or NULL: none), if it has another. */
static gboolean
use_rules(struct follow *follow, const char *hash, GError **error)
{
	g_autoptr(GVariant) files = NULL;
	g_autoptr(GPtrArray) targets = NULL;
	g_autofree char *found = NULL;
	g_autoptr(GError) reason = NULL;

	if (hash != NULL && *hash == '\0')
		hash = NULL;
	if (follow->rules_known && g_strcmp0(hash, follow->rules) == 0)
		return TRUE;
	follow->rules_known = hash == NULL;
	if (hash == NULL) {
		reader_set_rules(follow->reader, g_variant_new("a(ss)", NULL));
		g_clear_pointer(&follow->rules, g_free);
		return TRUE;
	}
	files = mailstore_get_rules(follow->store, hash, &found, &reason);
	if (files == NULL) {
		if (reason != NULL)
			g_propagate_error(error, g_steal_pointer(&reason));
		else
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED, "the ruleset %.12s is missing from mail.db", hash);
		return FALSE;
	}
	reader_set_rules(follow->reader, files);
	targets = reader_rules_targets(follow->reader, error);
	if (targets == NULL)
		return FALSE;
	g_clear_pointer(&follow->targets, g_ptr_array_unref);
	follow->targets = g_steal_pointer(&targets);
	g_free(follow->rules);
	follow->rules = g_strdup(hash);
	follow->rules_known = TRUE;
	return TRUE;
}

static gboolean
apply_rules(struct follow *follow, const struct entry *entry, GError **error)
{
	g_autoptr(GArray) array = g_array_new(FALSE, TRUE, sizeof(struct index_target));
	g_autoptr(GPtrArray) pointers = g_ptr_array_new();

	if (!use_rules(follow, entry->rules, error))
		return FALSE;
	g_array_set_size(array, follow->targets->len);
	for (guint i = 0; i < follow->targets->len; i++) {
		const struct rule_target *from = g_ptr_array_index(follow->targets, i);
		struct index_target *to = &g_array_index(array, struct index_target, i);

		to->type = target_name(from->type);
		to->id = from->id;
		to->title = from->title;
		to->parent = from->parent;
		to->taxonomy = from->taxonomy;
		to->route = from->route;
		to->current = from->current;
		to->hold = from->hold;
		to->position = from->position;
		g_ptr_array_add(pointers, to);
	}
	return index_apply_rules(follow->index, entry, pointers, error);
}

/* The next entries after SEQ, copied (an entry's strings live until the next one only); NULL on failure. */
static GArray *
next_entries(struct follow *follow, gint64 after, guint most, GStringChunk *strings, GError **error)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, TRUE, sizeof(struct entry));
	struct entry entry;
	gint64 bytes = 0;
	g_autoptr(GError) reason = NULL;

	while (entries->len < most && bytes < BATCH_BYTES && mailstore_next(follow->store, after, &entry, &reason)) {
		const char **fields[] = {
		    &entry.type, &entry.public_id, &entry.source, &entry.sender, &entry.recipient, &entry.rules, &entry.action, &entry.value, &entry.note};

		for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
			if (*fields[i] != NULL)
				*fields[i] = g_string_chunk_insert(strings, *fields[i]);
		after = entry.seq;
		bytes += entry.size;
		g_array_append_val(entries, entry);
	}
	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return NULL;
	}
	return g_steal_pointer(&entries);
}

/* Whether ENTRY brings a message that has to be read, and is not at hand already. */
static gboolean
wants_reading(struct follow *follow, const struct entry *entry, const char *rules)
{
	const struct offer *offer = g_hash_table_lookup(follow->offers, &entry->content);

	if (strcmp(entry->type, "delivery") != 0 || entry->again)
		return FALSE;
	return offer == NULL || g_strcmp0(offer->hash, rules) != 0;
}

static void
submit_raw(struct follow *follow, gint64 content, GBytes *raw, gint64 received)
{
	struct reading none = {0};
	struct offer *offer;
	gint64 *tag = g_new(gint64, 1), *value = g_new(gint64, 1);

	*tag = ++follow->submissions;
	*value = content;
	g_hash_table_insert(follow->contents, tag, value);
	follow_offer(follow, content, &none, follow->rules);
	offer = g_hash_table_lookup(follow->offers, &content);
	offer->submission = *tag;
	reader_submit(follow->reader, *tag, raw, received);
}

/* An answer finds the offer that waits for it; one that was submitted again since, under other rules, waits for another. */
static void
take_reading(struct follow *follow, struct reading *reading)
{
	const gint64 *content = g_hash_table_lookup(follow->contents, &reading->tag);
	struct offer *offer = content != NULL ? g_hash_table_lookup(follow->offers, content) : NULL;

	if (offer != NULL && offer->submission == reading->tag) {
		offer->submission = 0;
		offer->reading = *reading;
	} else
		reading_clear(reading);
	g_hash_table_remove(follow->contents, &reading->tag);
}

gboolean
follow_submit(struct follow *follow, gint64 content, GBytes *raw, gint64 received, GError **error)
{
	struct index_position position;

	if (!follow->rules_known && (!index_position(follow->index, &position, error) || !use_rules(follow, position.rules, error)))
		return FALSE;
	submit_raw(follow, content, raw, received);
	return TRUE;
}

static void
submit(struct follow *follow, const struct entry *entry)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) raw = mailstore_read(follow->store, entry->content, LIMIT_HANDED_BYTES, &error);
	struct reading reading = {.tag = entry->content};

	if (raw != NULL) {
		submit_raw(follow, entry->content, raw, entry->received);
		return;
	}
	reading.unread = g_strdup(error->message);
	follow_offer(follow, entry->content, &reading, follow->rules);
}

/* Takes answers until CONTENT's is there; NULL when it is not in time. */
static struct offer *
await(struct follow *follow, gint64 content)
{
	struct offer *offer = g_hash_table_lookup(follow->offers, &content);
	struct reading reading;

	while (offer != NULL && offer->submission != 0) {
		gint64 left = follow->end == 0 ? -1 : MAX(0, (follow->end - g_get_monotonic_time()) / 1000);

		if (!reader_collect(follow->reader, (int)left, &reading))
			return NULL;
		take_reading(follow, &reading);
	}
	return offer;
}

enum applied { APPLIED, NOT_YET, FAILED };

static enum applied
apply_delivery(struct follow *follow, const struct entry *entry, const char *rules, GError **error)
{
	struct offer *offer;
	gboolean ok;

	if (entry->again)
		return index_apply_delivery(follow->index, entry, NULL, NULL, rules, error) ? APPLIED : FAILED;
	offer = await(follow, entry->content);
	if (offer == NULL)
		return NOT_YET;
	if (refile_had_no_reader(offer->reading.unread)) {
		g_free(follow->no_reader);
		follow->no_reader = g_strdup(offer->reading.unread);
		g_hash_table_remove(follow->offers, &entry->content);
		return NOT_YET;
	}
	ok = index_apply_delivery(follow->index, entry, offer->reading.record, offer->reading.unread, rules, error);
	g_hash_table_remove(follow->offers, &entry->content);
	return ok ? APPLIED : FAILED;
}

static enum applied
apply_entry(struct follow *follow, const struct entry *entry, const char *rules, GError **error)
{
	if (strcmp(entry->type, "delivery") == 0)
		return apply_delivery(follow, entry, rules, error);
	if (strcmp(entry->type, "rules") == 0)
		return apply_rules(follow, entry, error) ? APPLIED : FAILED;
	if (strcmp(entry->type, "decision") == 0)
		return index_apply_decision(follow->index, entry, error) ? APPLIED : FAILED;
	return index_apply_other(follow->index, entry, error) ? APPLIED : FAILED;
}

static gboolean
check_history(struct follow *follow, struct index_position *position, GError **error)
{
	guint8 link[16];
	g_autoptr(GError) reason = NULL;
	gboolean same = strcmp(position->uuid, mailstore_uuid(follow->store)) == 0 && position->words_version == TEXT_INDEX_VERSION;

	if (same && position->seq > 0) {
		same = mailstore_link(follow->store, position->seq, link, &reason) && memcmp(link, position->link, sizeof link) == 0;
		if (reason != NULL) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
	}
	if (same)
		return TRUE;
	return index_reset(follow->index, mailstore_uuid(follow->store), error) && index_position(follow->index, position, error);
}

/* Of ENTRIES those that share one ruleset: up to a rules entry, or that alone. */
static void
cut_at_rules(GArray *entries)
{
	gboolean rules_first = entries->len > 0 && strcmp(g_array_index(entries, struct entry, 0).type, "rules") == 0;

	for (guint i = 1; i < entries->len; i++)
		if (rules_first || strcmp(g_array_index(entries, struct entry, i).type, "rules") == 0)
			g_array_set_size(entries, i);
}

/* Hands what has to be read to the reader. One that is gone reads no more: the entries are cut there, and the rest is left to sweep. */
static gboolean
submit_entries(struct follow *follow, GArray *entries, const char *rules, GError **error)
{
	for (guint i = 0; i < entries->len; i++) {
		const struct entry *entry = &g_array_index(entries, struct entry, i);

		if (!wants_reading(follow, entry, rules))
			continue;
		if (!reader_is_alive(follow->reader)) {
			g_array_set_size(entries, i);
			return TRUE;
		}
		if (!use_rules(follow, rules, error))
			return FALSE;
		submit(follow, entry);
	}
	return TRUE;
}

/* What was handed to the reader ahead comes in first, so that its next answers are of what is asked next. */
static void
take_all(struct follow *follow)
{
	struct reading reading;

	while (reader_pending(follow->reader) > 0 && reader_collect(follow->reader, -1, &reading))
		take_reading(follow, &reading);
}

/* A part of what ENTRY asks: its rules for messages that came before, REFILE_BATCH of them. *REFILED gets how many, 0 when it is all done, which moves the
 * position past it. */
static gboolean
refile_some(struct follow *follow, const struct entry *entry, gint64 after, guint *refiled, guint *moved, GError **error)
{
	struct refile_limits limits = {.messages = REFILE_BATCH, .end = follow->end};

	if (!use_rules(follow, entry->rules, error))
		return FALSE;
	take_all(follow);
	if (!refile_messages(follow->index, follow->reader, &limits, &after, refiled, moved, entry->rules, error))
		return FALSE;
	return *refiled > 0 ? index_set_refiled(follow->index, after, error) : apply_rules(follow, entry, error);
}

/* A batch: as many entries as share one ruleset. *DONE gets how many were applied; 0: nothing is left, or not to be had in time. *REFILED: messages that an
 * entry which is not done yet has had refiled. */
static gboolean
apply_batch(struct follow *follow, guint most, const struct follow_limits *limits, guint *done, guint *refiled, gint64 *seq, GError **error)
{
	struct index_position position;
	g_autoptr(GArray) entries = NULL;
	g_autoptr(GStringChunk) strings = g_string_chunk_new(1024);
	const char *rules;

	*done = *refiled = 0;
	if (!index_position(follow->index, &position, error) || !check_history(follow, &position, error))
		return FALSE;
	*seq = position.seq;
	rules = position.rules[0] != '\0' ? position.rules : NULL;
	entries = next_entries(follow, position.seq, most, strings, error);
	if (entries == NULL)
		return FALSE;
	cut_at_rules(entries);
	if (entries->len > 0 && entry_is_reclassify(&g_array_index(entries, struct entry, 0))) {
		const struct entry *entry = &g_array_index(entries, struct entry, 0);

		guint moved;

		if (limits->brief)
			return TRUE;
		if (!refile_some(follow, entry, position.refiled, refiled, &moved, error))
			return FALSE;
		if (limits->refiled != NULL && *refiled > 0)
			limits->refiled(limits->data, *refiled, moved);
		*done = *refiled == 0;
		*seq = *done ? entry->seq : *seq;
		return TRUE;
	}
	if (!submit_entries(follow, entries, rules, error))
		return FALSE;
	for (; *done < entries->len; ++*done) {
		const struct entry *entry = &g_array_index(entries, struct entry, *done);
		enum applied applied = apply_entry(follow, entry, rules, error);

		if (applied == FAILED)
			return FALSE;
		if (applied == NOT_YET)
			break;
		*seq = entry->seq;
	}
	return TRUE;
}

gboolean
follow_catch_up(struct follow *follow, const struct follow_limits *limits, gint64 *left, GError **error)
{
	gint64 end = g_get_monotonic_time() + limits->ms * (gint64)1000, last = 1, seq = 0;
	guint total = 0, done = 1, refiled = 0;

	follow->end = limits->ms > 0 ? end : 0;
	while (
	    (done > 0 || refiled > 0) && seq < last && (limits->entries == 0 || total < limits->entries) && (limits->ms == 0 || g_get_monotonic_time() < end)) {
		guint most = limits->entries > 0 ? MIN(BATCH, limits->entries - total) : BATCH;

		if (!index_begin(follow->index, error))
			return FALSE;
		if (!apply_batch(follow, most, limits, &done, &refiled, &seq, error)) {
			index_rollback(follow->index);
			return FALSE;
		}
		if (!index_commit(follow->index, error))
			return FALSE;
		total += done;
		if (!mailstore_last(follow->store, &last, error))
			return FALSE;
		if (limits->progress != NULL)
			limits->progress(limits->data, seq, last);
	}
	*left = last - seq;
	if (follow->no_reader == NULL || *left == 0 || limits->ms > 0)
		return TRUE;
	g_autofree char *entries = text_count(*left, "entry is", "entries are");
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s; %s left to postbag sweep", follow->no_reader, entries);
	return FALSE;
}

gboolean
follow_reset(struct follow *follow, GError **error)
{
	if (!index_begin(follow->index, error))
		return FALSE;
	if (!index_reset(follow->index, mailstore_uuid(follow->store), error)) {
		index_rollback(follow->index);
		return FALSE;
	}
	return index_commit(follow->index, error);
}

/* The answer to what was submitted under tag 0, behind those that are still owed. */
static void
collect_own(struct follow *follow, struct reading *reading)
{
	while (reader_collect(follow->reader, -1, reading) && reading->tag != 0) {
		take_reading(follow, reading);
		memset(reading, 0, sizeof *reading);
	}
}

/* By the rules that were in force when it came: those of today file only what is new. */
static gboolean
read_again(struct follow *follow, gint64 content, guint *read, guint *still, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) raw = mailstore_read(follow->store, content, LIMIT_HANDED_BYTES, &reason);
	g_autoptr(GError) failure = NULL;
	g_autofree char *rules = index_rules_of(follow->index, content, &failure);
	g_auto(Reading) reading = {0};
	gint64 received;

	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (!mailstore_received(follow->store, content, &received, error) || !use_rules(follow, rules, error))
		return FALSE;
	if (raw != NULL) {
		reader_submit(follow->reader, 0, raw, received);
		collect_own(follow, &reading);
	} else
		reading.unread = g_strdup(reason->message);
	*(reading.record != NULL ? read : still) += 1;
	return index_replace(follow->index, content, reading.record, reading.unread, rules, error);
}

gboolean
follow_read_unread(struct follow *follow, guint *read, guint *still, GError **error)
{
	g_autoptr(GArray) unread = NULL;

	*read = *still = 0;
	if (!index_begin(follow->index, error))
		return FALSE;
	unread = index_unread(follow->index, error);
	for (guint i = 0; unread != NULL && i < unread->len; i++)
		if (!read_again(follow, g_array_index(unread, gint64, i), read, still, error)) {
			index_rollback(follow->index);
			return FALSE;
		}
	if (unread == NULL) {
		index_rollback(follow->index);
		return FALSE;
	}
	return index_commit(follow->index, error);
}

static guint
count_failed(const struct record *record, GStrv numbers)
{
	guint failed = 0;

	for (guint i = 0; record != NULL && i < record->parts->len; i++) {
		const struct record_part *part = record->parts->pdata[i];

		failed += !part->read && g_strv_contains((const char *const *)numbers, part->number);
	}
	return failed;
}

/* READING takes the place of what the index has of CONTENT, unless somebody else was faster. */
static gboolean
replace_waiting(struct follow *follow, gint64 content, const struct reading *reading, const char *rules, gboolean pdf, GError **error)
{
	g_auto(GStrv) numbers = NULL;
	gboolean ok;

	if (!index_begin(follow->index, error))
		return FALSE;
	numbers = index_waiting_parts(follow->index, content, pdf, error);
	ok = numbers != NULL && (numbers[0] == NULL || reading->record == NULL || index_replace(follow->index, content, reading->record, NULL, rules, error));
	if (ok)
		return index_commit(follow->index, error);
	index_rollback(follow->index);
	return FALSE;
}

static gboolean
read_documents_of(struct follow *follow, gint64 content, const char *pdf_program, struct follow_documents *out, GError **error)
{
	g_auto(GStrv) numbers = index_waiting_parts(follow->index, content, pdf_program != NULL, error);
	g_autoptr(GError) failure = NULL;
	g_autofree char *rules = numbers != NULL ? index_rules_of(follow->index, content, &failure) : NULL;
	g_autoptr(GBytes) raw = NULL;
	g_auto(Reading) reading = {0};
	gint64 received;

	if (failure != NULL)
		g_propagate_error(error, g_steal_pointer(&failure));
	if (numbers == NULL || (error != NULL && *error != NULL))
		return FALSE;
	if (numbers[0] == NULL)
		return TRUE;
	raw = mailstore_read(follow->store, content, LIMIT_HANDED_BYTES, error);
	if (raw == NULL || !mailstore_received(follow->store, content, &received, error) || !use_rules(follow, rules, error))
		return FALSE;
	if (!convert_read(follow->reader, raw, numbers, pdf_program, received, &reading, &out->hurried))
		return TRUE;
	out->read += reading.record != NULL;
	out->failed += count_failed(reading.record, numbers);
	return replace_waiting(follow, content, &reading, rules, pdf_program != NULL, error);
}

gboolean
follow_read_documents(struct follow *follow, const GArray *only, struct follow_documents *out, GError **error)
{
	g_autofree char *pdf_program = convert_pdf_program();
	g_autoptr(GArray) waiting = only == NULL ? index_waiting(follow->index, pdf_program != NULL, error) : NULL;
	const GArray *list = only != NULL ? only : waiting;

	*out = (struct follow_documents){0};
	for (guint i = 0; list != NULL && i < list->len && reader_is_alive(follow->reader); i++)
		if (!read_documents_of(follow, g_array_index(list, gint64, i), pdf_program, out, error))
			return FALSE;
	return list != NULL;
}
