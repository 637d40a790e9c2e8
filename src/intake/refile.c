#include "intake/refile.h"

#include "base/error.h"
#include "base/limits.h"

#define LIST 256                         /* messages looked up at a time */
#define AHEAD 64                         /* messages that the readers have at once: they never wait for the index */
#define AHEAD_BYTES (LIMIT_RECORD_BYTES) /* of what is stored of them */

struct walk {
	struct index *index;
	const struct refile_query *query;
	GQueue waiting; /* of struct waiting */
	gsize bytes;
	guint turn; /* which reader gets the next */
	gint64 *after;
	guint *done, *moved;
};

enum way {
	WAY_NONE,  /* nothing to do: unread, or filed by these rules already */
	WAY_SAME,  /* no rule changed: filed as before */
	WAY_BASED, /* to be looked over for what changed */
	WAY_WHOLE, /* to be classified */
};

struct waiting {
	gint64 message;
	gsize bytes; /* stored of it */
	enum way way;
	struct reader *reader; /* that has it, or NULL */
};

gboolean
refile_had_no_reader(const char *unread)
{
	return unread != NULL && (g_str_has_prefix(unread, "no reader process") || g_str_equal(unread, "the reader could not be started"));
}

static enum way
way_of(const struct refile_query *query, const struct index_refilable *one)
{
	if (!one->read || (one->done && !one->limited))
		return WAY_NONE;
	if (query->change == NULL || !one->based || one->limited || (one->names_line && change_moves_lines(query->change)))
		return WAY_WHOLE;
	return change_is_empty(query->change) ? WAY_SAME : WAY_BASED;
}

static gboolean
hand_over(struct walk *walk, const struct index_refilable *one, GError **error)
{
	struct waiting waiting = {.message = one->message, .way = way_of(walk->query, one)};

	if (waiting.way == WAY_BASED || waiting.way == WAY_WHOLE) {
		g_autoptr(GError) reason = NULL;
		gint64 received;
		g_autoptr(GBytes) packed = index_stored(walk->index, one->message, &received, &reason);

		if (reason != NULL) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
		if (packed != NULL) {
			if (walk->query->readers[++walk->turn % REFILE_READERS] == NULL)
				walk->turn++;
			waiting.reader = walk->query->readers[walk->turn % REFILE_READERS];
			waiting.bytes = g_bytes_get_size(packed);
			walk->bytes += waiting.bytes;
			reader_submit_stored(waiting.reader, one->message, packed, received, waiting.way == WAY_BASED);
		}
	}
	g_queue_push_tail(&walk->waiting, g_memdup2(&waiting, sizeof waiting));
	return TRUE;
}

static guint
line_now(gpointer data, const char *file, guint line)
{
	return change_line_now(data, file, line);
}

static gboolean
take(struct walk *walk, const struct waiting *waiting, const struct reading *reading, GError **error)
{
	const struct change *change = walk->query->change;
	gboolean moved;

	if (reading->same || waiting->way == WAY_SAME)
		return !change_moves_lines(change) || index_move_lines(walk->index, waiting->message, line_now, (gpointer)change, error);
	if (reading->unread != NULL)
		return index_refile_failed(walk->index, waiting->message, reading->unread, error);
	if (reading->record == NULL)
		return TRUE;
	if (!index_refile(walk->index, waiting->message, reading->record, &moved, error))
		return FALSE;
	*walk->moved += moved;
	return TRUE;
}

/* The oldest that waits. */
static gboolean
take_one(struct walk *walk, GError **error)
{
	g_autofree struct waiting *waiting = g_queue_pop_head(&walk->waiting);
	g_auto(Reading) reading = {0};

	walk->bytes -= waiting->bytes;
	if (waiting->reader != NULL && !reader_collect(waiting->reader, -1, &reading))
		reading.unread = g_strdup("no reader process: it is gone");
	if (refile_had_no_reader(reading.unread)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s", reading.unread);
		return FALSE;
	}
	if (!take(walk, waiting, &reading, error))
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
go_through(struct walk *walk, GError **error)
{
	const struct refile_query *query = walk->query;
	gint64 last = *walk->after;
	guint begun = 0;

	for (;;) {
		guint most = query->messages > 0 ? MIN(LIST, query->messages - begun) : LIST;
		g_autoptr(GArray) list = most > 0 ? index_refilable(walk->index, last, most, query->rules, query->base, error)
		                                  : g_array_new(FALSE, FALSE, sizeof(struct index_refilable));

		if (list == NULL)
			return FALSE;
		if (list->len == 0)
			return take_until(walk, 0, 0, error);
		for (guint i = 0; i < list->len; i++) {
			const struct index_refilable *one = &g_array_index(list, struct index_refilable, i);

			if (query->end != 0 && begun > 0 && g_get_monotonic_time() > query->end)
				return take_until(walk, 0, 0, error);
			last = one->message;
			if (!hand_over(walk, one, error) || !take_until(walk, AHEAD, AHEAD_BYTES, error))
				return FALSE;
			begun++;
		}
	}
}

gboolean
refile_messages(struct index *index, const struct refile_query *query, gint64 *after, guint *done, guint *moved, GError **error)
{
	struct walk walk = {.index = index, .query = query, .waiting = G_QUEUE_INIT, .after = after, .done = done, .moved = moved};
	struct reading reading;
	gboolean ok;

	*done = *moved = 0;
	ok = go_through(&walk, error);
	/* Whoever asks a reader next must not get what was left of this. */
	for (guint i = 0; !ok && i < REFILE_READERS; i++)
		while (query->readers[i] != NULL && reader_pending(query->readers[i]) > 0 && reader_collect(query->readers[i], -1, &reading))
			reading_clear(&reading);
	g_queue_clear_full(&walk.waiting, g_free);
	return ok;
}
