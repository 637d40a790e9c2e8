#include "intake/follow-private.h"

#include <string.h>

#include "archive/redaction.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "intake/refile.h"
#include "rules/ruleset.h"

#define BATCH 1024                     /* entries a transaction: large enough that its cost vanishes, and half a second of others' wait for the index */
#define AHEAD 128                      /* entries after them that are handed to the reader already, where many are read in one go */
#define REFILE_BATCH 1000              /* messages a transaction that get other rules: a few tenths of a second */
#define BATCH_BYTES (32 * 1024 * 1024) /* raw bytes a transaction: they wait in memory for the reader */

/*
 * Where much is followed a transaction goes on over batches, for so many entries or so long: most rows have a page of their own in a large index, which each
 * transaction writes, and each copy of the log once more. It ends with the batch where somebody waits for the index.
 */
#define LARGE_BATCH 16384
#define LARGE_US (60 * G_USEC_PER_SEC)
#define PAUSE_US 2000 /* in which who waited has it: flock(2) gives no turn by itself */

static gboolean
apply_rules(struct follow *follow, const struct entry *entry, GError **error)
{
	g_autoptr(GArray) array = g_array_new(FALSE, TRUE, sizeof(struct index_target));
	g_autoptr(GPtrArray) pointers = g_ptr_array_new();

	if (!follow_use_rules(follow, entry->rules, error))
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

static enum applied
apply_delivery(struct follow *follow, const struct entry *entry, const char *rules, GError **error)
{
	struct offer *offer;
	gboolean ok;

	if (entry->again)
		return index_apply_delivery(follow->index, entry, NULL, NULL, rules, error) ? APPLIED : FAILED;
	offer = follow_await(follow, entry->content);
	if (offer == NULL)
		return NOT_YET;
	if (refile_had_no_reader(offer->reading.unread)) {
		g_free(follow->no_reader);
		follow->no_reader = g_strdup(offer->reading.unread);
		g_hash_table_remove(follow->offers, &entry->content);
		return NOT_YET;
	}
	ok = offer->work != NULL ? index_apply_read(follow->index, entry, offer->reading.record, offer->work, rules, error)
	                         : index_apply_delivery(follow->index, entry, offer->reading.record, offer->reading.unread, rules, error);
	g_hash_table_remove(follow->offers, &entry->content);
	return ok ? APPLIED : FAILED;
}

static enum applied
apply_decision(struct follow *follow, const struct entry *entry, GError **error)
{
	gboolean known;

	if (g_strcmp0(entry->action, "redact") == 0) {
		if (!index_knows(follow->index, entry->content, &known, error))
			return FAILED;
		if (known)
			return follow_apply_redaction(follow, entry, error);
	}
	return index_apply_decision(follow->index, entry, error) ? APPLIED : FAILED;
}

static enum applied
apply_entry(struct follow *follow, const struct entry *entry, const char *rules, GError **error)
{
	if (strcmp(entry->type, "delivery") == 0)
		return apply_delivery(follow, entry, rules, error);
	if (strcmp(entry->type, "rules") == 0)
		return apply_rules(follow, entry, error) ? APPLIED : FAILED;
	if (strcmp(entry->type, "decision") == 0)
		return apply_decision(follow, entry, error);
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

/* What comes after ENTRIES by the same rules is handed over too, so that neither the reader nor the desk is idle between two batches. */
static gboolean
submit_ahead(struct follow *follow, const GArray *entries, const char *rules, GError **error)
{
	g_autoptr(GStringChunk) strings = g_string_chunk_new(1024);
	g_autoptr(GArray) ahead = NULL;

	if (follow->desk == NULL || entries->len == 0 || strcmp(g_array_index(entries, struct entry, 0).type, "rules") == 0)
		return TRUE;
	ahead = next_entries(follow, g_array_index(entries, struct entry, entries->len - 1).seq, AHEAD, strings, error);
	if (ahead == NULL)
		return FALSE;
	cut_at_rules(ahead);
	if (ahead->len > 0 && strcmp(g_array_index(ahead, struct entry, 0).type, "rules") == 0)
		return TRUE;
	return follow_submit_entries(follow, ahead, rules, error);
}

/* A part of what ENTRY asks: its rules for messages that came before, REFILE_BATCH of them. *REFILED gets how many, 0 when it is all done, which moves the
 * position past it. */
static gboolean
refile_some(struct follow *follow, const struct entry *entry, gint64 after, gboolean whole, guint *refiled, guint *moved, GError **error)
{
	struct refile_query query = {.readers = {follow->reader}, .rules = entry->rules, .messages = REFILE_BATCH, .end = follow->end};
	g_autoptr(GError) reason = NULL;
	g_autofree char *base = NULL;

	if (!follow_use_rules(follow, entry->rules, error))
		return FALSE;
	follow_take_all(follow);
	base = whole ? NULL : index_rules_after(follow->index, after, REFILE_BATCH, entry->rules, &reason);
	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (!follow_use_base(follow, base, error))
		return FALSE;
	query.readers[1] = follow->shared ? follow->second : NULL;
	query.base = follow->change != NULL ? follow->base : NULL;
	query.change = follow->change;
	if (!refile_messages(follow->index, &query, &after, refiled, moved, error))
		return FALSE;
	return *refiled > 0 ? index_set_refiled(follow->index, after, entry->rules, error) : apply_rules(follow, entry, error);
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
		if (!refile_some(follow, entry, position.refiled, limits->whole, refiled, &moved, error))
			return FALSE;
		if (limits->refiled != NULL && *refiled > 0)
			limits->refiled(limits->data, *refiled, moved);
		*done = *refiled == 0;
		*seq = *done ? entry->seq : *seq;
		return TRUE;
	}
	if (!follow_submit_entries(follow, entries, rules, error) || !submit_ahead(follow, entries, rules, error))
		return FALSE;
	follow->desk_left = LIMIT_DESK_MS * (gint64)1000;
	for (; *done < entries->len; ++*done) {
		const struct entry *entry = &g_array_index(entries, struct entry, *done);
		enum applied applied = apply_entry(follow, entry, rules, error);

		if (applied == FAILED || (follow->supply != NULL && *done % LOOK == 0 && !follow->supply(follow->supply_data, error)))
			return FALSE;
		if (applied == NOT_YET)
			break;
		*seq = entry->seq;
	}
	return TRUE;
}

static gboolean
begin(struct follow *follow, GError **error)
{
	if (follow->open)
		return TRUE;
	if (!index_begin(follow->index, error))
		return FALSE;
	follow->open = TRUE;
	follow->begun = g_get_monotonic_time();
	follow->held = 0;
	return TRUE;
}

gboolean
follow_end(struct follow *follow, GError **error)
{
	gboolean open = follow->open;

	follow->open = FALSE;
	return !open || index_commit(follow->index, error);
}

static gboolean
end_batch(struct follow *follow, gboolean large, GError **error)
{
	gboolean awaited = large && index_awaited(follow->index);

	if (large && !awaited && follow->held < LARGE_BATCH && g_get_monotonic_time() - follow->begun < LARGE_US)
		return TRUE;
	follow->open = FALSE;
	if (!follow_commit(follow, error))
		return FALSE;
	if (awaited)
		g_usleep(PAUSE_US);
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

		if (!begin(follow, error))
			return FALSE;
		if (!apply_batch(follow, most, limits, &done, &refiled, &seq, error)) {
			follow->open = FALSE;
			index_rollback(follow->index);
			return FALSE;
		}
		follow->held += done + refiled;
		if (!end_batch(follow, limits->large && done > 0, error))
			return FALSE;
		follow_forget_known(follow, seq);
		total += done;
		if (!mailstore_last(follow->store, &last, error))
			return FALSE;
		if (limits->progress != NULL)
			limits->progress(limits->data, seq, last);
	}
	if (!limits->stay && !follow_end(follow, error))
		return FALSE;
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
