#include "intake/moves.h"

#include "archive/index-ask.h"
#include "base/error.h"
#include "base/limits.h"
#include "intake/refile.h"

#include <string.h>

#define TOGETHER 64 /* messages that the readers have at once */

struct finding {
	struct index *index;
	const struct moves_query *query;
	struct moves *moves;
	GHashTable *totals; /* "type id" -> struct move_total, owned by MOVES */
};

static void
total_free(gpointer data)
{
	struct move_total *total = data;

	g_free(total->id);
	g_free(total);
}

void
moves_clear(struct moves *moves)
{
	g_clear_pointer(&moves->totals, g_ptr_array_unref);
}

static gint
compare_totals(gconstpointer a, gconstpointer b)
{
	const struct move_total *x = *(struct move_total *const *)a, *y = *(struct move_total *const *)b;

	return x->type != y->type ? (x->type < y->type ? -1 : 1) : strcmp(x->id, y->id);
}

static gint
compare_targets(gconstpointer a, gconstpointer b)
{
	const struct move_target *x = *(struct move_target *const *)a, *y = *(struct move_target *const *)b;

	return x->type != y->type ? (x->type < y->type ? -1 : 1) : strcmp(x->id, y->id);
}

static void
count(struct finding *finding, const struct move_target *target)
{
	g_autofree char *key = g_strdup_printf("%d %s", target->type, target->id);
	struct move_total *total = g_hash_table_lookup(finding->totals, key);

	if (total == NULL) {
		total = g_new0(struct move_total, 1);
		total->type = target->type;
		total->id = g_strdup(target->id);
		g_ptr_array_add(finding->moves->totals, total);
		g_hash_table_insert(finding->totals, g_steal_pointer(&key), total);
	}
	if (target->to == NULL)
		total->gone++;
	else if (target->from == NULL)
		total->come++;
	else
		total->tier++;
}

static gboolean
is_decided(const GPtrArray *decided, const char *id)
{
	for (guint i = 0; i < decided->len; i++)
		if (strcmp(g_ptr_array_index(decided, i), id) == 0)
			return TRUE;
	return FALSE;
}

static void
add_target(GPtrArray *targets, const struct record_filing *filing, const char *from, const char *to)
{
	struct move_target target = {filing->type, filing->id, from, to};

	g_ptr_array_add(targets, g_memdup2(&target, sizeof target));
}

static GPtrArray *
compare(const struct record *old, const struct record *new, const GPtrArray *decided)
{
	GPtrArray *targets = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < old->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(old->filings, i), *now = record_find_filing(new, filing->type, filing->id);

		if (!is_decided(decided, filing->id) && (now == NULL || now->tier != filing->tier))
			add_target(targets, filing, tier_name(filing->tier), now != NULL ? tier_name(now->tier) : NULL);
	}
	for (guint i = 0; i < new->filings->len; i++) {
		const struct record_filing *filing = g_ptr_array_index(new->filings, i);

		if (!is_decided(decided, filing->id) && record_find_filing(old, filing->type, filing->id) == NULL)
			add_target(targets, filing, NULL, tier_name(filing->tier));
	}
	g_ptr_array_sort(targets, compare_targets);
	return targets;
}

static gboolean
take_move(struct finding *finding, gint64 message, const struct move *move, GError **error)
{
	g_autofree char *public_id = NULL, *subject = NULL;
	struct move named = *move;

	if (!index_name(finding->index, message, &public_id, &subject, error))
		return FALSE;
	named.public_id = public_id;
	named.subject = subject;
	finding->moves->moved++;
	for (guint i = 0; i < move->targets->len; i++)
		count(finding, g_ptr_array_index(move->targets, i));
	finding->query->take(finding->query->data, &named);
	return TRUE;
}

static gboolean
look_at(struct finding *finding, gint64 message, const struct record *old, const struct record *new, GError **error)
{
	gboolean kind;
	g_autoptr(GPtrArray) decided = index_decided(finding->index, message, &kind, error);
	g_autoptr(GPtrArray) targets = decided != NULL ? compare(old, new, decided) : NULL;
	struct move move = {.targets = targets};

	if (targets == NULL)
		return FALSE;
	if (!kind && old->kind != new->kind) {
		move.kind_from = kind_name(old->kind);
		move.kind_to = kind_name(new->kind);
	}
	return (targets->len == 0 && move.kind_to == NULL) || take_move(finding, message, &move, error);
}

/* READER's next answer; FALSE when no process could be had. */
static gboolean
collect(struct reader *reader, struct reading *reading, GError **error)
{
	if (!reader_collect(reader, -1, reading))
		reading->unread = g_strdup("no reader process: it is gone");
	if (!refile_had_no_reader(reading->unread))
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "%s", reading->unread);
	return FALSE;
}

static gboolean
take_answers(struct finding *finding, gint64 message, GError **error)
{
	g_auto(Reading) old = {0}, new = {0};

	if ((finding->query->old != NULL && !collect(finding->query->old, &old, error)) || !collect(finding->query->new, &new, error))
		return FALSE;
	if (finding->query->old == NULL && (old.record = index_filed(finding->index, message, FALSE, error)) == NULL)
		return FALSE;
	finding->moves->messages++;
	if (old.record != NULL && new.record != NULL)
		return look_at(finding, message, old.record, new.record, error);
	finding->moves->failed++;
	return TRUE;
}

/* Hands messages of LIST over from number FIRST on, as many as there is room for: *N. Those never read are only counted; what waits goes into WAITING. */
static gboolean
hand_over(struct finding *finding, const GArray *list, guint first, guint *n, GArray *waiting, GError **error)
{
	gsize bytes = 0;

	for (*n = 0; first + *n < list->len && bytes < LIMIT_RECORD_BYTES; ++*n) {
		gint64 message = g_array_index(list, gint64, first + *n), received;
		g_autoptr(GError) reason = NULL;
		g_autoptr(GBytes) packed = index_stored(finding->index, message, &received, &reason);

		if (reason != NULL) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
		if (packed == NULL) {
			finding->moves->messages++;
			finding->moves->unread++;
			continue;
		}
		bytes += g_bytes_get_size(packed);
		if (finding->query->old != NULL)
			reader_submit_stored(finding->query->old, message, packed, received, FALSE);
		reader_submit_stored(finding->query->new, message, packed, received, FALSE);
		g_array_append_val(waiting, message);
	}
	return TRUE;
}

static gboolean
go_through(struct finding *finding, GError **error)
{
	gint64 last = 0;

	for (;;) {
		g_autoptr(GArray) list = index_messages(finding->index, last, TOGETHER, error);

		if (list == NULL)
			return FALSE;
		if (list->len == 0)
			return TRUE;
		for (guint first = 0, n = 0; first < list->len; first += n) {
			g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(gint64));

			if (!hand_over(finding, list, first, &n, waiting, error))
				return FALSE;
			for (guint i = 0; i < waiting->len; i++)
				if (!take_answers(finding, g_array_index(waiting, gint64, i), error))
					return FALSE;
		}
		last = g_array_index(list, gint64, list->len - 1);
		if (finding->query->progress != NULL)
			finding->query->progress(finding->query->data, finding->moves->messages);
	}
}

gboolean
moves_find(struct index *index, const struct moves_query *query, struct moves *out, GError **error)
{
	g_autoptr(GHashTable) totals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct finding finding = {.index = index, .query = query, .moves = out, .totals = totals};
	gboolean ok;

	*out = (struct moves){.totals = g_ptr_array_new_with_free_func(total_free)};
	/* One view of the index, whoever writes meanwhile. */
	if (!index_begin(index, error))
		return FALSE;
	ok = go_through(&finding, error);
	index_rollback(index);
	g_ptr_array_sort(out->totals, compare_totals);
	return ok;
}
