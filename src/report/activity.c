#include "report/activity-model.h"

#include "report/model.h"

#include <string.h>

#define DAY (G_GINT64_CONSTANT(24) * 3600)

const char *const activity_ways[] = {"group", "region", "workstream", "language", "topic", "week", NULL};
static const char *const titles[] = {"Groups", "Regions", "Workstreams", "Languages", "Topics", "Week by week"};
#define WAYS_TOLD 4 /* when nobody asks for one */

static void
table_free(gpointer data)
{
	struct activity_table *table = data;

	g_ptr_array_unref(table->rows);
	g_free(table);
}

void
activity_free(struct activity *activity)
{
	g_clear_pointer(&activity->targets, g_ptr_array_unref);
	g_clear_pointer(&activity->tables, g_ptr_array_unref);
	g_clear_pointer(&activity->parts, g_array_unref);
	g_clear_pointer(&activity->zone, g_time_zone_unref);
	g_free(activity->title);
	g_free(activity->label);
	g_free(activity->workstream);
	g_free(activity->link);
	g_free(activity);
}

gint64
activity_difference(const struct activity *activity)
{
	gint64 input = activity->workstream == NULL ? activity->ledger.kinds[KIND_INPUT] - activity->sum.letters : 0;

	return activity->ledger.difference != 0 ? activity->ledger.difference : input;
}

static struct time_window
period_at(const struct activity *activity, gint64 t)
{
	return g_str_equal(activity->period, "day")    ? clock_day(t, 0, activity->zone)
	       : g_str_equal(activity->period, "week") ? clock_week(t, 0, activity->zone)
	                                               : clock_month(t, 0, activity->zone);
}

/* Days, weeks or months from the first letter, or the window's begin, to its end; the first and the last end with the window. */
static gboolean
fill_parts(struct activity *activity, struct index *index, const char *wanted, GError **error)
{
	gint64 from = activity->window.from, to = activity->window.to, length = to - from;

	activity->period = length <= ACTIVITY_DAYS * DAY ? "day" : length <= ACTIVITY_WEEKS * 7 * DAY ? "week" : "month";
	if (length > ACTIVITY_LONG * 31 * DAY) {
		from = activity->sum.letters > 0 ? MAX(from, clock_month(activity->sum.first, 0, activity->zone).from) : to;
		to = MIN(to, activity->sum.last + 1);
	}
	for (gint64 t = from; t < to;) {
		struct time_window whole = period_at(activity, t);
		struct activity_part part = {.window = {MAX(whole.from, from), MIN(whole.to, activity->window.to)}};

		if (whole.to <= t) /* the last year there is */
			break;
		if (!activity_sum(index, part.window, wanted, &part.sum, error))
			return FALSE;
		g_array_append_val(activity->parts, part);
		t = whole.to;
	}
	activity->n_bars = MIN(ACTIVITY_BARS, activity->parts->len);
	for (guint i = 0; i < activity->n_bars; i++)
		activity->bounds[i] = g_array_index(activity->parts, struct activity_part, (i + 1) * activity->parts->len / activity->n_bars - 1).window.to;
	return TRUE;
}

static gboolean
add_table(struct activity *activity, struct index *index, const char *wanted, guint way, GError **error)
{
	struct activity_table *table = g_new0(struct activity_table, 1);
	GPtrArray *rows = activity_by(index, activity->window, wanted, activity_ways[way], activity->bounds, activity->n_bars, error);

	table->by = activity_ways[way];
	table->title = titles[way];
	table->rows = rows != NULL ? rows : g_ptr_array_new();
	g_ptr_array_add(activity->tables, table);
	for (guint i = 0; i < table->rows->len; i++) {
		const struct activity_row *row = g_ptr_array_index(table->rows, i);

		table->doubles += row->sum.letters;
		for (guint j = 0; j < activity->n_bars; j++)
			table->most = MAX(table->most, row->bars[j]);
	}
	table->doubles -= activity->sum.letters;
	return rows != NULL;
}

static gboolean
fill(struct activity *activity, struct index *index, const struct activity_options *options, GError **error)
{
	g_autofree char *wanted = options->workstream != NULL ? g_strdup_printf("\nworkstream %s\n", options->workstream) : NULL;
	struct index_position position;

	if (!index_position(index, &position, error) || (activity->targets = targets_load(index, error)) == NULL ||
	    !targets_check(activity->targets, "workstream", options->workstream, error) ||
	    !activity_sum(index, activity->window, wanted, &activity->sum, error))
		return FALSE;
	g_strlcpy(activity->rules, position.rules, sizeof activity->rules);
	if (activity->window.from == 0)
		activity->window.from = activity->sum.letters > 0 ? clock_day(activity->sum.first, 0, activity->zone).from : activity->window.to;
	if (!fill_parts(activity, index, wanted, error))
		return FALSE;
	activity->tell_parts = options->by == NULL || g_str_equal(options->by, "week");
	for (guint way = 0; activity_ways[way] != NULL; way++) {
		gboolean asked = options->by != NULL ? g_str_equal(options->by, activity_ways[way]) : way < WAYS_TOLD;

		if (asked && !g_str_equal(activity_ways[way], "week") && !add_table(activity, index, wanted, way, error))
			return FALSE;
	}
	return TRUE;
}

struct activity *
activity_build(struct mailstore *store, struct index *index, const struct activity_options *options, GError **error)
{
	g_autoptr(Activity) activity = g_new0(struct activity, 1);
	const struct span span = {.window = options->window};
	gboolean filled;

	activity->window = options->window;
	activity->title = g_strdup(options->title);
	activity->workstream = g_strdup(options->workstream);
	activity->link = g_strdup(options->link);
	activity->zone = g_time_zone_ref(options->zone);
	activity->tables = g_ptr_array_new_with_free_func(table_free);
	activity->parts = g_array_new(FALSE, TRUE, sizeof(struct activity_part));
	if (!ledger_begin(store, index, &span, options->spooled, &activity->ledger, error))
		return NULL;
	filled = fill(activity, index, options, error);
	index_rollback(index);
	if (!filled)
		return NULL;
	activity->label = options->label != NULL ? g_strdup(options->label) : label_window(activity->window, activity->zone);
	return g_steal_pointer(&activity);
}

char *
activity_name(const struct activity *activity, const struct activity_table *table, const struct activity_row *row)
{
	const struct target *target = targets_find(activity->targets, table->by, row->id);

	if (*row->id == '\0')
		return g_strdup(g_str_equal(table->by, "workstream") || g_str_equal(table->by, "topic") ? "(unfiled)" : "(unknown)");
	return target != NULL && !g_str_equal(target->title, target->id) ? g_strdup_printf("%s \u00b7 %s", row->id, target->title) : g_strdup(row->id);
}

char *
activity_part_name(const struct activity *activity, const struct activity_part *part)
{
	return clock_format(part->window.from, activity->zone,
	    g_str_equal(activity->period, "day")    ? "%a %-d %b %Y"
	    : g_str_equal(activity->period, "week") ? "week %-V, from %-d %b %Y"
	                                            : "%B %Y");
}
