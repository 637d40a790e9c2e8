#include "report/milestones-model.h"

#include "find/questions.h"
#include "find/targets.h"

#include <string.h>

#define DAY (G_GINT64_CONSTANT(24) * 3600)

static void
around_free(gpointer data)
{
	struct milestone_around *around = data;

	g_ptr_array_unref(around->consultations);
	g_array_unref(around->numbers);
	g_free(around->workstreams);
	g_free(around);
}

void
milestones_free(struct milestones *milestones)
{
	g_clear_pointer(&milestones->around, g_ptr_array_unref);
	g_clear_pointer(&milestones->all, g_ptr_array_unref);
	g_clear_pointer(&milestones->zone, g_time_zone_unref);
	g_free(milestones->title);
	g_free(milestones->workstream);
	g_free(milestones->link);
	g_free(milestones);
}

/* "quay 12, water 8": where most letters of WINDOW were filed. */
static char *
workstreams_of(struct index *index, struct time_window window, GError **error)
{
	g_autoptr(GHashTable) counts = activity_count(index, window, "workstream", error);
	GString *out = NULL;

	if (counts == NULL)
		return NULL;
	out = g_string_new(NULL);
	for (int place = 0; place < MILESTONES_WORKSTREAMS; place++) {
		const char *best = NULL, *id;
		gint64 most = 0, *count;
		GHashTableIter iter;

		g_hash_table_iter_init(&iter, counts);
		while (g_hash_table_iter_next(&iter, (gpointer *)&id, (gpointer *)&count))
			if (*id != '\0' && (*count > most || (*count == most && best != NULL && strcmp(id, best) < 0))) {
				best = id;
				most = *count;
			}
		if (best == NULL)
			break;
		g_string_append_printf(out, "%s%s %" G_GINT64_FORMAT, place > 0 ? ", " : "", best, most);
		g_hash_table_remove(counts, best);
	}
	return g_string_free(out, FALSE);
}

/* The begin of the civil day N days before the one that begins at T: a day may have 23 or 25 hours. */
static gint64
day_before(gint64 t, guint n, GTimeZone *zone)
{
	return clock_day(t, -(int)n, zone).from;
}

static gboolean
fill_windows(struct milestones *milestones, struct index *index, const char *wanted, GError **error)
{
	for (guint i = 0; i < milestones->around->len; i++) {
		struct milestone_around *around = g_ptr_array_index(milestones->around, i);
		gint64 from = around->milestone->from, end = milestones->now + 1;

		for (guint j = i + 1; j < milestones->around->len && around->next == NULL; j++) {
			const struct milestone *next = ((const struct milestone_around *)g_ptr_array_index(milestones->around, j))->milestone;

			around->next = next->from > from ? next : NULL;
		}
		around->before = (struct time_window){MIN(day_before(from, milestones->days, milestones->zone), end), MIN(from, end)};
		around->after = (struct time_window){MIN(from, end), around->next != NULL ? MIN(around->next->from, end) : end};
		if (!activity_sum(index, around->before, wanted, &around->sum_before, error) ||
		    !activity_sum(index, around->after, wanted, &around->sum_after, error) ||
		    (around->workstreams = workstreams_of(index, around->after, error)) == NULL)
			return FALSE;
	}
	return TRUE;
}

static void
count_open(gpointer data, const struct question *question)
{
	struct milestones *milestones = data;

	for (guint i = 0; i < milestones->around->len; i++) {
		struct milestone_around *around = g_ptr_array_index(milestones->around, i);

		if (!question_is_open(question, MIN(around->milestone->from, milestones->now + 1)))
			continue;
		around->questions += !question->consultation;
		around->open += question->consultation;
		if (question->consultation && around->numbers->len < MILESTONES_CONSULTATIONS)
			g_array_append_val(around->numbers, question->message);
	}
}

static gboolean
fill_open(struct milestones *milestones, struct index *index, const char *wanted, GError **error)
{
	if (!questions_walk(index, G_MININT64, milestones->now + 1, wanted, count_open, milestones, error))
		return FALSE;
	for (guint i = 0; i < milestones->around->len; i++) {
		struct milestone_around *around = g_ptr_array_index(milestones->around, i);
		GPtrArray *rows = message_rows_load(index, around->numbers, FALSE, error);

		if (rows == NULL)
			return FALSE;
		g_ptr_array_unref(around->consultations);
		around->consultations = rows;
	}
	return TRUE;
}

static gboolean
fill(struct milestones *milestones, struct index *index, GError **error)
{
	g_autofree char *wanted = milestones->workstream != NULL ? g_strdup_printf("\nworkstream %s\n", milestones->workstream) : NULL;
	g_autoptr(GPtrArray) targets = targets_load(index, error);
	struct index_position position;

	if (targets == NULL || !index_position(index, &position, error) || !targets_check(targets, "workstream", milestones->workstream, error))
		return FALSE;
	g_strlcpy(milestones->rules, position.rules, sizeof milestones->rules);
	return fill_windows(milestones, index, wanted, error) && fill_open(milestones, index, wanted, error);
}

struct milestones *
milestones_build(struct mailstore *store, struct index *index, const struct milestones_options *options, GError **error)
{
	g_autoptr(Milestones) milestones = g_new0(struct milestones, 1);
	gboolean filled;

	milestones->title = g_strdup(options->title);
	milestones->workstream = g_strdup(options->workstream);
	milestones->link = g_strdup(options->link);
	milestones->now = options->now;
	milestones->days = options->days;
	milestones->zone = g_time_zone_ref(options->zone);
	milestones->around = g_ptr_array_new_with_free_func(around_free);
	if ((milestones->all = milestones_load(store, options->now, options->zone, error)) == NULL)
		return NULL;
	for (guint i = 0; i < milestones->all->len; i++) {
		struct milestone_around *around = g_new0(struct milestone_around, 1);

		around->milestone = g_ptr_array_index(milestones->all, i);
		around->numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
		around->consultations = g_ptr_array_new();
		g_ptr_array_add(milestones->around, around);
	}
	if (!index_begin(index, error))
		return NULL;
	filled = fill(milestones, index, error);
	index_rollback(index);
	return filled ? g_steal_pointer(&milestones) : NULL;
}

gint64
milestones_left(const struct milestones *milestones, const struct milestone *milestone)
{
	return (milestone->day_from - milestone_day(milestones->now, milestones->zone)) / DAY;
}

gboolean
milestone_slip(const struct milestone *milestone, gint64 *begin, gint64 *end)
{
	if (milestone->planned_from == 0 || milestone->actual_from == 0)
		return FALSE;
	*begin = milestone->actual_from < milestone->planned_from  ? (milestone->actual_from - milestone->planned_from) / DAY
	         : milestone->actual_from >= milestone->planned_to ? (milestone->actual_from - (milestone->planned_to - DAY)) / DAY
	                                                           : 0;
	*end = *begin == 0 && milestone->actual_to - milestone->actual_from > DAY && milestone->planned_to - milestone->planned_from > DAY
	           ? (milestone->actual_to - milestone->planned_to) / DAY
	           : 0;
	return TRUE;
}
