#include "intake/follow-private.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "intake/convert.h"
#include "intake/keep.h"
#include "intake/rulecache.h"
#include "rules/ruleset.h"

static void
offer_free(gpointer data)
{
	struct offer *offer = data;

	reading_clear(&offer->reading);
	index_work_free(offer->work);
	g_clear_pointer(&offer->raw, g_bytes_unref);
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
	desk_free(follow->desk);
	if (follow->open)
		index_rollback(follow->index);
	/* Whoever follows with this reader next counts submissions from one again. */
	if (g_hash_table_size(follow->contents) > 0)
		reader_forget(follow->reader);
	g_hash_table_unref(follow->offers);
	g_hash_table_unref(follow->contents);
	g_free(follow->rules);
	g_free(follow->no_reader);
	g_free(follow->base);
	g_clear_pointer(&follow->change, change_free);
	g_clear_pointer(&follow->targets, g_ptr_array_unref);
	g_free(follow);
}

void
follow_convert_ahead(struct follow *follow)
{
	g_autofree char *pdf_program = convert_pdf_program();

	if (follow->desk == NULL)
		follow->desk = desk_new(follow->reader, pdf_program);
}

void
follow_add_reader(struct follow *follow, struct reader *reader)
{
	follow->second = reader;
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

/* Of many messages some need another process than the first: it begins with what rules.cache has, if these are the rules of HASH. */
static void
use_cache(struct follow *follow, const char *hash)
{
	g_autofree char *cached = NULL;
	g_autoptr(GBytes) compiled = rulecache_open(mailstore_folder(follow->store), TRUE, &cached);

	if (compiled != NULL && strcmp(cached, hash) == 0)
		reader_set_compiled(follow->reader, compiled);
}

gboolean
follow_use_rules(struct follow *follow, const char *hash, GError **error)
{
	g_autoptr(GVariant) files = NULL;
	g_autoptr(GPtrArray) targets = NULL;
	g_autofree char *found = NULL;
	g_autoptr(GError) reason = NULL;

	if (hash != NULL && *hash == '\0')
		hash = NULL;
	if (follow->rules_known && g_strcmp0(hash, follow->rules) == 0)
		return TRUE;
	if (follow->desk != NULL) {
		follow_take_all(follow); /* which goes by the rules before */
		desk_change_rules(follow->desk);
	}
	follow->rules_known = hash == NULL;
	follow->base_known = follow->shared = FALSE;
	g_clear_pointer(&follow->change, change_free);
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
	if (follow->desk != NULL)
		use_cache(follow, hash);
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

/* The rule files of the ruleset HASH; NULL without an error when mail.db does not have them. */
static GVariant *
files_of(struct follow *follow, const char *hash, GError **error)
{
	g_autofree char *found = NULL;

	return hash != NULL ? mailstore_get_rules(follow->store, hash, &found, error) : NULL;
}

static struct ruleset *
ruleset_of(GVariant *files)
{
	g_autoptr(GPtrArray) sources = keep_unpack_rules(files);

	return ruleset_new(sources, NULL);
}

/* The second reader gets the rules of the first. */
static gboolean
share_rules(struct follow *follow, GVariant *files, GError **error)
{
	g_autoptr(GPtrArray) targets = NULL;

	if (follow->second == NULL)
		return TRUE;
	reader_set_rules(follow->second, files);
	targets = reader_rules_targets(follow->second, error);
	follow->shared = targets != NULL;
	return targets != NULL;
}

gboolean
follow_use_base(struct follow *follow, const char *hash, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GVariant) now = NULL, before = NULL;
	g_autoptr(Ruleset) new = NULL, old = NULL;

	if (follow->base_known && g_strcmp0(hash, follow->base) == 0)
		return TRUE;
	now = files_of(follow, follow->rules, &reason);
	before = reason == NULL ? files_of(follow, hash, &reason) : NULL;
	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (now != NULL && !share_rules(follow, now, error))
		return FALSE;
	g_free(follow->base);
	follow->base = g_strdup(hash);
	follow->base_known = TRUE;
	g_clear_pointer(&follow->change, change_free);
	new = now != NULL ? ruleset_of(now) : NULL;
	old = before != NULL ? ruleset_of(before) : NULL;
	if (new == NULL || old == NULL || (follow->change = change_new(old, new)) == NULL)
		return TRUE;
	reader_set_base(follow->reader, before);
	if (follow->second != NULL)
		reader_set_base(follow->second, before);
	return TRUE;
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
submit_raw(struct follow *follow, gint64 seq, gint64 content, GBytes *raw, gint64 received)
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
	offer->seq = seq;
	offer->received = received;
	offer->raw = follow->desk != NULL ? g_bytes_ref(raw) : NULL;
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
		if (offer->raw != NULL && reading->record != NULL)
			(void)desk_submit(follow->desk, *content, offer->raw, reading->record, offer->received);
		g_clear_pointer(&offer->raw, g_bytes_unref);
	} else
		reading_clear(reading);
	g_hash_table_remove(follow->contents, &reading->tag);
}

/* What is answered already, so that its documents are begun with. */
static void
take_ready(struct follow *follow)
{
	struct reading reading;

	while (reader_collect(follow->reader, 0, &reading))
		take_reading(follow, &reading);
}

gboolean
follow_submit(struct follow *follow, gint64 seq, gint64 content, GBytes *raw, gint64 received, GError **error)
{
	struct index_position position;

	if (!follow->rules_known && (!index_position(follow->index, &position, error) || !follow_use_rules(follow, position.rules, error)))
		return FALSE;
	submit_raw(follow, seq, content, raw, received);
	if (follow->desk != NULL && follow->submissions % LOOK == 0)
		take_ready(follow);
	return TRUE;
}

void
follow_set_supply(struct follow *follow, follow_supply supply, gpointer data)
{
	follow->supply = supply;
	follow->supply_data = data;
}

void
follow_tend(struct follow *follow)
{
	reader_feed(follow->reader);
	take_ready(follow);
}

#define SLICE 2 /* ms in which the reader is served while something else is waited for */

struct tending {
	struct follow *follow;
	GError *error;
	gint stop;
};

static gpointer
tend(gpointer data)
{
	struct tending *tending = data;
	struct follow *follow = tending->follow;
	struct reading reading;
	gboolean ok = TRUE;

	while (!g_atomic_int_get(&tending->stop)) {
		ok = ok && follow->supply(follow->supply_data, &tending->error);
		if (reader_pending(follow->reader) == 0)
			g_usleep(SLICE * 1000);
		else if (reader_collect(follow->reader, SLICE, &reading)) {
			take_reading(follow, &reading);
			take_ready(follow);
		}
	}
	return NULL;
}

gboolean
follow_commit(struct follow *follow, GError **error)
{
	struct tending tending = {.follow = follow};
	/* Whoever reads would stand still, for its answers fill the socket in a few milliseconds. */
	GThread *thread = follow->supply != NULL && follow->rules_known ? g_thread_try_new("tend", tend, &tending, NULL) : NULL;
	gboolean ok = index_commit(follow->index, error);

	g_atomic_int_set(&tending.stop, TRUE);
	if (thread != NULL)
		g_thread_join(thread);
	if (ok && tending.error != NULL) {
		g_propagate_error(error, tending.error);
		return FALSE;
	}
	g_clear_error(&tending.error);
	return ok;
}

/* Nobody wants what is read for OFFER any more, but it would pile up before a reader that is slower than another process's. */
static void
let_read(struct follow *follow, struct offer *offer)
{
	struct reading reading;

	g_clear_pointer(&offer->raw, g_bytes_unref); /* its documents are not converted */
	while (offer->submission != 0) {
		gint64 left = follow->end == 0 ? -1 : clock_left(follow->end) / 1000;

		if (!reader_collect(follow->reader, (int)left, &reading))
			return;
		take_reading(follow, &reading);
	}
}

void
follow_forget_known(struct follow *follow, gint64 seq)
{
	GHashTableIter iter;
	gpointer content, offer;

	g_hash_table_iter_init(&iter, follow->offers);
	while (g_hash_table_iter_next(&iter, &content, &offer)) {
		if (((struct offer *)offer)->seq == 0 || ((struct offer *)offer)->seq > seq)
			continue;
		let_read(follow, offer);
		if (follow->desk != NULL)
			desk_drop(follow->desk, *(gint64 *)content);
		g_hash_table_iter_remove(&iter);
	}
}

static void
submit(struct follow *follow, const struct entry *entry)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) raw = mailstore_read(follow->store, entry->content, LIMIT_HANDED_BYTES, &error);
	struct reading reading = {.tag = entry->content};

	if (raw != NULL) {
		submit_raw(follow, entry->seq, entry->content, raw, entry->received);
		return;
	}
	reading.unread = g_strdup(error->message);
	follow_offer(follow, entry->content, &reading, follow->rules);
}

#define LOOK_US 100000 /* between two looks whether somebody waits for a transaction that is open meanwhile */

/* A transaction is open that has no need yet of what is awaited. */
static gboolean
is_idle(const struct follow *follow)
{
	return follow->ahead && follow->open;
}

/* It ends when somebody waits for it. What cannot be committed is rolled back, and followed again. */
static void
let_others(struct follow *follow)
{
	if (is_idle(follow) && index_awaited(follow->index) && !follow_end(follow, NULL))
		g_debug("the index could not be committed while the reader or a converter was awaited");
}

/* The reading of OFFER with the text of its documents, when the desk has it in time. Meanwhile the reader goes on. */
static void
await_documents(struct follow *follow, gint64 content, struct offer *offer)
{
	gint64 begin = g_get_monotonic_time(), left = follow->desk_left;
	struct reading better, reading;

	if (follow->end != 0)
		left = MIN(left, MAX(0, follow->end - begin));
	while (!desk_collect(follow->desk, content, reader_pending(follow->reader) > 0 ? 0 : MIN(clock_left(begin + left), LOOK_US), &better)) {
		let_others(follow);
		if (g_get_monotonic_time() - begin >= left) {
			follow->desk_left = 0;
			return;
		}
		if (reader_collect(follow->reader, SLICE, &reading))
			take_reading(follow, &reading);
	}
	follow->desk_left = clock_left(begin + follow->desk_left);
	if (better.record == NULL) {
		reading_clear(&better);
		return;
	}
	reading_clear(&offer->reading);
	g_clear_pointer(&offer->work, index_work_free);
	offer->reading = better;
}

struct offer *
follow_await(struct follow *follow, gint64 content)
{
	struct offer *offer = g_hash_table_lookup(follow->offers, &content);
	gboolean look = follow->looks++ % LOOK == 0;
	struct reading reading;

	if (look)
		reader_feed(follow->reader);
	while (offer != NULL && offer->submission != 0) {
		gint64 left = follow->end == 0 ? -1 : clock_left(follow->end) / 1000;
		gboolean idle = is_idle(follow);

		if (reader_collect(follow->reader, idle ? LOOK_US / 1000 : (int)left, &reading))
			take_reading(follow, &reading);
		else if (!idle || reader_pending(follow->reader) == 0)
			return NULL;
		let_others(follow);
	}
	if (offer != NULL && follow->desk != NULL) {
		if (look)
			take_ready(follow);
		if (offer->reading.record != NULL && desk_has(follow->desk, content))
			await_documents(follow, content, offer);
	}
	return offer;
}

/* What the reader is owed. */
struct owed {
	gint64 seq, content;
};

static int
owed_compare(gconstpointer a, gconstpointer b)
{
	const struct owed *one = a, *other = b;

	return one->seq < other->seq ? -1 : one->seq > other->seq;
}

void
follow_get_ready(struct follow *follow, gint64 seq)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct owed));
	GHashTableIter iter;
	gpointer content, value;

	follow->desk_left = LIMIT_DESK_AHEAD_MS * (gint64)1000;
	follow->ahead = TRUE;
	g_hash_table_iter_init(&iter, follow->offers);
	while (g_hash_table_iter_next(&iter, &content, &value)) {
		struct owed owed = {((struct offer *)value)->seq, *(gint64 *)content};

		if (owed.seq != 0 && owed.seq <= seq)
			g_array_append_val(all, owed);
	}
	/* In the order in which the reader answers: what it has read is worked on while it reads the rest. */
	g_array_sort(all, owed_compare);
	for (guint i = 0; i < all->len; i++) {
		struct offer *offer = follow_await(follow, g_array_index(all, struct owed, i).content);

		if (offer != NULL && offer->work == NULL && offer->reading.record != NULL)
			offer->work = index_work_new(offer->reading.record);
	}
	follow->ahead = FALSE;
}

gboolean
follow_submit_entries(struct follow *follow, GArray *entries, const char *rules, GError **error)
{
	for (guint i = 0; i < entries->len; i++) {
		const struct entry *entry = &g_array_index(entries, struct entry, i);

		if (!wants_reading(follow, entry, rules))
			continue;
		if (!reader_is_alive(follow->reader)) {
			g_array_set_size(entries, i);
			return TRUE;
		}
		if (!follow_use_rules(follow, rules, error))
			return FALSE;
		submit(follow, entry);
	}
	return TRUE;
}

void
follow_take_all(struct follow *follow)
{
	struct reading reading;

	while (reader_pending(follow->reader) > 0 && reader_collect(follow->reader, -1, &reading))
		take_reading(follow, &reading);
}

void
follow_collect_own(struct follow *follow, struct reading *reading)
{
	while (reader_collect(follow->reader, -1, reading) && reading->tag != 0) {
		take_reading(follow, reading);
		memset(reading, 0, sizeof *reading);
	}
}
