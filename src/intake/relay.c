#include "intake/relay.h"

#include "base/limits.h"

#define INDEX_BATCH 1024               /* messages until the index follows, for which no delivery waits: pages are written once for more of them */
#define INDEX_BYTES (16 * 1024 * 1024) /* or so many bytes, whichever comes first; two batches wait for the reader */
#define TEND_US 5000                   /* between two looks at the reader while nothing is kept */

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

/* The next batch, which becomes the caller's; NULL at the end. */
static struct batch *
take(struct relay *relay, struct follow *follow)
{
	g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&relay->lock);
	struct batch *batch;

	while ((batch = g_queue_pop_head(&relay->passed)) == NULL && !relay->ended) {
		g_mutex_unlock(&relay->lock);
		follow_tend(follow);
		g_mutex_lock(&relay->lock);
		if (g_queue_is_empty(&relay->passed) && !relay->ended)
			g_cond_wait_until(&relay->news, &relay->lock, g_get_monotonic_time() + TEND_US);
	}
	if (batch == NULL)
		return NULL;
	relay->passed_bytes -= batch->bytes;
	relay->passed_items -= batch->items->len;
	g_cond_broadcast(&relay->news);
	return batch;
}

/* Up to the entry SEQ. *KNOWN gets the last one that another process has followed, where that was faster. */
static gboolean
follow_to(struct follow *follow, struct index *index, gint64 seq, gint64 *known, GError **error)
{
	struct follow_limits limits = {0};
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

/* How far what was taken has come. */
struct way {
	gint64 handed; /* the last entry whose message the reader has */
	gint64 before; /* that of the batch before, up to which the index follows next */
	gint64 known;  /* the last one that needs no reading any more */
	guint fresh;   /* messages since then, and their bytes */
	gsize bytes;
};

/* The index follows the batch before, so that the reader has this one in hands meanwhile: neither waits for the other. */
static gboolean
go_on(struct way *way, struct follow *follow, struct index *index, gboolean now, GError **error)
{
	gint64 seq = now ? way->handed : way->before;

	way->before = way->handed;
	way->fresh = 0;
	way->bytes = 0;
	return seq == 0 || follow_to(follow, index, seq, &way->known, error);
}

static gboolean
hand_over(struct way *way, struct follow *follow, struct index *index, const struct batch *batch, GError **error)
{
	for (guint i = 0; i < batch->items->len; i++) {
		const struct item *item = &g_array_index(batch->items, struct item, i);

		if (item->seq > way->known && !follow_submit(follow, item->seq, item->content, item->raw, item->received, error))
			return FALSE;
		way->handed = item->seq;
		way->bytes += g_bytes_get_size(item->raw);
		if ((++way->fresh == INDEX_BATCH || way->bytes >= INDEX_BYTES) && !go_on(way, follow, index, FALSE, error))
			return FALSE;
	}
	return !batch->now || go_on(way, follow, index, TRUE, error);
}

static gboolean
follow_all(struct relay *relay, struct follow *follow, struct index *index, GError **error)
{
	struct follow_limits limits = {0};
	struct way way = {0};
	struct batch *batch;
	gint64 left;

	while ((batch = take(relay, follow)) != NULL) {
		gboolean ok = hand_over(&way, follow, index, batch, error);

		batch_free(batch);
		if (!ok)
			return FALSE;
	}
	if (!relay->whole)
		return TRUE;
	follow_get_ready(follow, way.handed);
	return follow_catch_up(follow, &limits, &left, error);
}

gboolean
relay_follow(struct relay *relay, struct follow *follow, struct index *index, GError **error)
{
	gboolean ok = follow_all(relay, follow, index, error);

	g_mutex_lock(&relay->lock);
	relay->stopped = TRUE;
	g_cond_broadcast(&relay->news);
	g_mutex_unlock(&relay->lock);
	return ok;
}
