#include "intake/refile.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

#define LIST 256                         /* message numbers looked up at a time */
#define AHEAD 64                         /* messages that the reader has at once: it never waits for the index */
#define AHEAD_BYTES (LIMIT_RECORD_BYTES) /* of their texts */

struct walk {
	struct index *index;
	struct reader *reader;
	refile_take take;
	gpointer data;
	GQueue waiting; /* of struct waiting */
	gsize bytes;
	gint64 *after;
	guint *done;
};

struct waiting {
	gint64 message;
	gsize bytes;   /* of its texts */
	gboolean read; /* the reader has it */
};

gboolean
refile_had_no_reader(const char *unread)
{
	return unread != NULL && (g_str_has_prefix(unread, "no reader process") || g_str_equal(unread, "the reader could not be started"));
}

static gsize
text_bytes(const struct record *record)
{
	gsize bytes = 0;

	for (guint i = 0; i < record->passages->len; i++)
		bytes += strlen(((const struct record_passage *)g_ptr_array_index(record->passages, i))->text);
	return bytes;
}

static gboolean
hand_over(struct walk *walk, gint64 message, GError **error)
{
	g_autoptr(GError) reason = NULL;
	gint64 received;
	g_autoptr(Record) record = index_stored(walk->index, message, &received, &reason);
	struct waiting waiting = {.message = message, .read = record != NULL};

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (record != NULL) {
		waiting.bytes = text_bytes(record);
		walk->bytes += waiting.bytes;
		reader_submit_stored(walk->reader, message, record, received);
	}
	g_queue_push_tail(&walk->waiting, g_memdup2(&waiting, sizeof waiting));
	return TRUE;
}

/* The oldest that waits. */
static gboolean
take_one(struct walk *walk, GError **error)
{
	g_autofree struct waiting *waiting = g_queue_pop_head(&walk->waiting);
	g_auto(Reading) reading = {0};

	walk->bytes -= waiting->bytes;
	if (waiting->read && !reader_collect(walk->reader, -1, &reading))
		reading.unread = g_strdup("no reader process: it is gone");
	if (refile_had_no_reader(reading.unread)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s", reading.unread);
		return FALSE;
	}
	if (!walk->take(walk->data, waiting->message, reading.record, reading.unread, error))
		return FALSE;
	*walk->after = waiting->message;
	++*walk->done;
	return TRUE;
}

static gboolean
take_until(struct walk *walk, guint most, gsize bytes, GError **error)
{
	while (walk->waiting.length > most || (walk->waiting.length > 1 && walk->bytes > bytes) || (walk->waiting.length > 0 && most == 0))
		if (!take_one(walk, error))
			return FALSE;
	return TRUE;
}

static gboolean
go_through(struct walk *walk, const struct refile_limits *limits, GError **error)
{
	gint64 last = *walk->after;
	guint begun = 0;

	for (;;) {
		guint most = limits->messages > 0 ? MIN(LIST, limits->messages - begun) : LIST;
		g_autoptr(GArray) list = most > 0 ? index_messages(walk->index, last, most, error) : g_array_new(FALSE, FALSE, sizeof(gint64));

		if (list == NULL)
			return FALSE;
		if (list->len == 0)
			return take_until(walk, 0, 0, error);
		for (guint i = 0; i < list->len; i++) {
			if (limits->end != 0 && begun > 0 && g_get_monotonic_time() > limits->end)
				return take_until(walk, 0, 0, error);
			last = g_array_index(list, gint64, i);
			if (!hand_over(walk, last, error) || !take_until(walk, AHEAD, AHEAD_BYTES, error))
				return FALSE;
			begun++;
		}
	}
}

gboolean
refile_walk(
    struct index *index, struct reader *reader, const struct refile_limits *limits, gint64 *after, guint *done, refile_take take, gpointer data, GError **error)
{
	struct walk walk = {.index = index, .reader = reader, .take = take, .data = data, .waiting = G_QUEUE_INIT, .after = after, .done = done};
	struct reading reading;
	gboolean ok;

	*done = 0;
	ok = go_through(&walk, limits, error);
	/* Whoever asks the reader next must not get what was left of this. */
	while (!ok && reader_pending(reader) > 0 && reader_collect(reader, -1, &reading))
		reading_clear(&reading);
	g_queue_clear_full(&walk.waiting, g_free);
	return ok;
}

struct refiling {
	struct index *index;
	const char *rules;
	guint *moved;
};

static gboolean
refile(gpointer data, gint64 message, const struct record *record, const char *why, GError **error)
{
	const struct refiling *refiling = data;
	gboolean moved;

	if (why != NULL)
		return index_refile_failed(refiling->index, message, why, refiling->rules, error);
	if (!index_refile(refiling->index, message, record, refiling->rules, &moved, error))
		return FALSE;
	*refiling->moved += moved;
	return TRUE;
}

gboolean
refile_messages(
    struct index *index, struct reader *reader, const struct refile_limits *limits, gint64 *after, guint *done, guint *moved, const char *rules, GError **error)
{
	struct refiling refiling = {index, rules, moved};

	*moved = 0;
	return refile_walk(index, reader, limits, after, done, refile, &refiling, error);
}
