#include "intake/relay.h"

#include <string.h>

#include "base/limits.h"

#define INDEX_BATCH 512               /* messages until the index follows */
#define INDEX_BYTES (8 * 1024 * 1024) /* or so many bytes, whichever comes first; two batches wait for the reader */
#define IDLE_US G_USEC_PER_SEC        /* without a batch until what was followed is committed */
#define TEND_US 5000                  /* between two looks at the reader while nothing is kept */

struct item {
	gint64 seq, content, received;
	GBytes *raw;
};

struct batch {
	GArray *items; /* of struct item */
	gsize bytes;
	gboolean now;
};

struct relay {
	struct batch *open; /* the keeper's: not committed */
	GMutex lock;
	GCond news; /* for either */
	GQueue passed;
	gsize passed_bytes; /* and messages, in all of them */
	guint passed_items;
	gboolean ended, whole, stopped;
};

static void
item_clear(gpointer data)
{
	g_bytes_unref(((struct item *)data)->raw);
}

static struct batch *
batch_new(void)
{
	struct batch *batch = g_new0(struct batch, 1);

	batch->items = g_array_new(FALSE, FALSE, sizeof(struct item));
	g_array_set_clear_func(batch->items, item_clear);
	return batch;
}

static void
batch_free(gpointer data)
{
	struct batch *batch = data;

	g_array_unref(batch->items);
	g_free(batch);
}

struct relay *
relay_new(void)
{
	struct relay *relay = g_new0(struct relay, 1);

	relay->open = batch_new();
	g_mutex_init(&relay->lock);
	g_cond_init(&relay->news);
	g_queue_init(&relay->passed);
	return relay;
}

void
relay_free(struct relay *relay)
{
	if (relay == NULL)
		return;
	batch_free(relay->open);
	g_queue_clear_full(&relay->passed, batch_free);
	g_mutex_clear(&relay->lock);
	g_cond_clear(&relay->news);
	g_free(relay);
}

void
relay_add(struct relay *relay, gint64 seq, gint64 content, GBytes *raw, gint64 received)
{
	struct item item = {seq, content, received, g_bytes_ref(raw)};

	g_array_append_val(relay->open->items, item);
	relay->open->bytes += g_bytes_get_size(raw);
}

void
relay_drop(struct relay *relay)
{
	g_array_set_size(relay->open->items, 0);
	relay->open->bytes = 0;
}

gboolean
relay_pass(struct relay *relay, gboolean now)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&relay->lock);
	struct batch *batch = relay->open;

	while (!relay->stopped && (relay->passed_bytes >= LIMIT_RELAY_BYTES || relay->passed_items >= LIMIT_RELAY_MESSAGES))
		g_cond_wait(&relay->news, &relay->lock);
	if (relay->stopped)
		return FALSE;
	if (batch->items->len == 0 && !now)
		return TRUE;
	batch->now = now;
	relay->passed_bytes += batch->bytes;
	relay->passed_items += batch->items->len;
	g_queue_push_tail(&relay->passed, batch);
	relay->open = batch_new();
	g_cond_broadcast(&relay->news);
	return TRUE;
}

void
relay_end(struct relay *relay, gboolean whole)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&relay->lock);

	relay->ended = TRUE;
	relay->whole = whole;
	g_cond_broadcast(&relay->news);
}

static struct batch *
pop(struct relay *relay)
{
	struct batch *batch = g_queue_pop_head(&relay->passed);

	if (batch == NULL)
		return NULL;
	relay->passed_bytes -= batch->bytes;
	relay->passed_items -= batch->items->len;
	g_cond_broadcast(&relay->news);
	return batch;
}

/* Nothing is passed on: the transaction that is open meanwhile is ended where that lasts since SINCE, or somebody waits for it. */
static gboolean
be_idle(struct follow *follow, struct index *index, gint64 since, GError **error)
{
	follow_tend(follow);
	return (g_get_monotonic_time() - since < IDLE_US && !index_awaited(index)) || follow_end(follow, error);
}

/* *OUT gets the next batch, which becomes the caller's; NULL at the end, or without WAIT when there is none yet. */
static gboolean
take(struct relay *relay, struct follow *follow, struct index *index, gboolean wait, struct batch **out, GError **error)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&relay->lock);
	gint64 since = g_get_monotonic_time();

	while (wait && g_queue_is_empty(&relay->passed) && !relay->ended) {
		gboolean ok;

		g_mutex_unlock(&relay->lock);
		ok = be_idle(follow, index, since, error);
		g_mutex_lock(&relay->lock);
		if (!ok)
			return FALSE;
		if (g_queue_is_empty(&relay->passed) && !relay->ended)
			g_cond_wait_until(&relay->news, &relay->lock, g_get_monotonic_time() + TEND_US);
	}
	*out = pop(relay);
	return TRUE;
}

/* Up to the entry SEQ. *KNOWN gets the last one that another process has followed, where that was faster. */
static gboolean
follow_to(struct follow *follow, struct index *index, gint64 seq, gint64 *known, GError **error)
{
	struct follow_limits limits = {.large = TRUE, .stay = TRUE};
	struct index_position position;
	gint64 left;

	if (!index_position(index, &position, error))
		return FALSE;
	if (seq <= position.seq) {
		*known = position.seq;
		follow_forget_known(follow, position.seq);
		return TRUE;
	}
	follow_get_ready(follow, seq);
	limits.entries = (guint)(seq - position.seq);
	return follow_catch_up(follow, &limits, &left, error);
}

#define HANDED_AHEAD 2 /* batches of the index that the reader may have in hands beside the one that is written */

/* How far what was taken has come. */
struct way {
	struct relay *relay;
	struct follow *follow;
	struct index *index;
	struct batch *batch; /* taken, and handed to the reader up to its item AT; or NULL */
	guint at;
	gint64 handed;             /* the last entry whose message the reader has */
	gint64 ends[HANDED_AHEAD]; /* the last ones of whole batches of the index that it does not follow yet */
	guint n_ends;
	gint64 known; /* the last one that needs no reading any more */
	guint fresh;  /* messages since the last end, and their bytes */
	gsize bytes;
};

/* Hands over what there is, up to as many batches of the index as the reader may have. */
static gboolean
hand_over(struct way *way, GError **error)
{
	while (way->batch != NULL && way->at < way->batch->items->len && way->n_ends < HANDED_AHEAD) {
		const struct item *item = &g_array_index(way->batch->items, struct item, way->at++);

		if (item->seq > way->known && !follow_submit(way->follow, item->seq, item->content, item->raw, item->received, error))
			return FALSE;
		way->handed = item->seq;
		way->bytes += g_bytes_get_size(item->raw);
		if (++way->fresh < INDEX_BATCH && way->bytes < INDEX_BYTES)
			continue;
		way->ends[way->n_ends++] = item->seq;
		way->fresh = 0;
		way->bytes = 0;
	}
	return TRUE;
}

static gboolean
is_handed(const struct way *way)
{
	return way->batch == NULL || way->at == way->batch->items->len;
}

/* Goes on to what is kept next, WAIT: when it comes. *MORE: there is some. */
static gboolean
go_on(struct way *way, gboolean wait, gboolean *more, GError **error)
{
	struct batch *next;

	if (!take(way->relay, way->follow, way->index, wait, &next, error))
		return FALSE;
	*more = next != NULL;
	if (next == NULL)
		return TRUE;
	g_clear_pointer(&way->batch, batch_free);
	way->batch = next;
	way->at = 0;
	return TRUE;
}

/* Not all of what was taken is handed over, or the index is to come to its end at once. */
static gboolean
is_pending(const struct way *way)
{
	return !is_handed(way) || (way->batch != NULL && way->batch->now);
}

/* While the index is written the reader gets more, and is not idle until the next batch. */
static gboolean
supply(gpointer data, GError **error)
{
	struct way *way = data;
	gboolean more = TRUE;

	while (more) {
		if (!hand_over(way, error))
			return FALSE;
		more = way->n_ends < HANDED_AHEAD && !is_pending(way);
		if (more && !go_on(way, FALSE, &more, error))
			return FALSE;
	}
	return TRUE;
}

/* The index follows the oldest batch that the reader has; it has another one in hands meanwhile. */
static gboolean
follow_oldest(struct way *way, GError **error)
{
	gint64 seq = way->ends[0];

	way->n_ends--;
	memmove(way->ends, way->ends + 1, way->n_ends * sizeof(way->ends[0]));
	return follow_to(way->follow, way->index, seq, &way->known, error);
}

/* The index follows all that was handed over. */
static gboolean
follow_handed(struct way *way, GError **error)
{
	while (way->n_ends > 0)
		if (!follow_oldest(way, error))
			return FALSE;
	way->fresh = 0;
	way->bytes = 0;
	return way->handed == 0 || follow_to(way->follow, way->index, way->handed, &way->known, error);
}

/* What was taken is handed over, and the index follows when that is enough, or asked for at once. */
static gboolean
move_on(struct way *way, GError **error)
{
	if (!hand_over(way, error))
		return FALSE;
	while (way->n_ends == HANDED_AHEAD)
		if (!follow_oldest(way, error) || !hand_over(way, error))
			return FALSE;
	if (!is_handed(way) || way->batch == NULL || !way->batch->now)
		return TRUE;
	g_clear_pointer(&way->batch, batch_free);
	return follow_handed(way, error) && follow_end(way->follow, error);
}

static gboolean
follow_all(struct way *way, GError **error)
{
	struct follow_limits limits = {.large = TRUE};
	gboolean more = TRUE;
	gint64 left;

	while (more) {
		if (!move_on(way, error))
			return FALSE;
		if (!is_pending(way) && !go_on(way, TRUE, &more, error))
			return FALSE;
	}
	if (!way->relay->whole)
		return follow_end(way->follow, error);
	return follow_handed(way, error) && follow_catch_up(way->follow, &limits, &left, error);
}

gboolean
relay_follow(struct relay *relay, struct follow *follow, struct index *index, GError **error)
{
	struct way way = {.relay = relay, .follow = follow, .index = index};
	gboolean ok;

	follow_set_supply(follow, supply, &way);
	ok = follow_all(&way, error);
	follow_set_supply(follow, NULL, NULL);
	g_clear_pointer(&way.batch, batch_free);
	g_mutex_lock(&relay->lock);
	relay->stopped = TRUE;
	g_cond_broadcast(&relay->news);
	g_mutex_unlock(&relay->lock);
	return ok;
}
