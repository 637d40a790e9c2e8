#include "intake/milestones.h"

#include "intake/keep.h"

#include <string.h>

#define DAY (G_GINT64_CONSTANT(24) * 3600)

static void
milestone_free(gpointer data)
{
	struct milestone *milestone = data;

	g_free(milestone->id);
	g_free(milestone->title);
	g_free(milestone);
}

static gint
by_date(gconstpointer a, gconstpointer b)
{
	const struct milestone *x = *(const struct milestone *const *)a, *y = *(const struct milestone *const *)b;

	if ((x->day_to == 0) != (y->day_to == 0))
		return x->day_to == 0 ? 1 : -1;
	return x->from != y->from ? (x->from < y->from ? -1 : 1) : x->to != y->to ? (x->to < y->to ? -1 : 1) : g_strcmp0(x->id, y->id);
}

static enum milestone_state
state_of(const struct milestone *milestone, gint64 now)
{
	if (now < milestone->from)
		return MILESTONE_UPCOMING;
	if (now < milestone->to)
		return MILESTONE_NOW;
	return milestone->actual_from != 0 ? MILESTONE_HELD : MILESTONE_OVERDUE;
}

gint64
milestone_day(gint64 t, GTimeZone *zone)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *day = clock_format(t, zone, "%Y-%m-%d");
	struct time_window window = {0, 0};

	return clock_parse(day, t, utc, &window, NULL) ? window.from : t;
}

/* The day that begins at T in UTC, in ZONE. */
static struct time_window
day_in(gint64 t, GTimeZone *zone)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *day = clock_format(t, utc, "%Y-%m-%d");
	struct time_window window;

	return clock_parse(day, t, zone, &window, NULL) ? window : (struct time_window){t, t + DAY};
}

static struct milestone *
milestone_new(const struct rule_milestone *rule, gint64 now, GTimeZone *zone)
{
	struct milestone *milestone = g_new0(struct milestone, 1);
	gboolean actual = rule->actual_from != 0;

	milestone->id = g_strdup(rule->id);
	milestone->title = g_strdup(rule->title);
	milestone->planned_from = rule->planned_from;
	milestone->planned_to = rule->planned_to;
	milestone->actual_from = rule->actual_from;
	milestone->actual_to = rule->actual_to;
	milestone->day_from = actual ? rule->actual_from : rule->planned_from;
	milestone->day_to = actual ? rule->actual_to : rule->planned_to;
	if (milestone->day_to == 0)
		return milestone;
	milestone->from = day_in(milestone->day_from, zone).from;
	milestone->to = day_in(milestone->day_to - DAY, zone).to;
	milestone->state = state_of(milestone, now);
	return milestone;
}

GPtrArray *
milestones_of(const struct ruleset *ruleset, gint64 now, GTimeZone *zone)
{
	GPtrArray *milestones = g_ptr_array_new_with_free_func(milestone_free);
	const GPtrArray *known = ruleset_milestones(ruleset);

	for (guint i = 0; i < known->len; i++)
		g_ptr_array_add(milestones, milestone_new(g_ptr_array_index(known, i), now, zone));
	g_ptr_array_sort(milestones, by_date);
	return milestones;
}

GPtrArray *
milestones_load(struct mailstore *store, gint64 now, GTimeZone *zone, GError **error)
{
	g_autoptr(Ruleset) ruleset = keep_load_ruleset(store, error);
	GPtrArray *milestones = ruleset != NULL ? milestones_of(ruleset, now, zone) : NULL;

	while (milestones != NULL && milestones->len > 0 && ((const struct milestone *)g_ptr_array_index(milestones, milestones->len - 1))->day_to == 0)
		g_ptr_array_set_size(milestones, (int)milestones->len - 1);
	return milestones;
}

const struct milestone *
milestones_find(const GPtrArray *milestones, const char *id)
{
	for (guint i = 0; i < milestones->len; i++) {
		const struct milestone *milestone = g_ptr_array_index(milestones, i);

		if (g_ascii_strcasecmp(milestone->id, id) == 0)
			return milestone;
	}
	return NULL;
}

char *
milestone_days(gint64 from, gint64 to)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	struct time_window month = clock_month(from, 0, utc);
	g_autofree char *first = clock_format(from, utc, "%Y-%m-%d"), *last = clock_format(MAX(from, to - 1), utc, "%Y-%m-%d");
	g_autofree char *end = clock_format(MAX(from, to - 1), utc, "%-d %b %Y");
	g_autofree char *begin = NULL;

	if (g_str_equal(first, last))
		return g_steal_pointer(&end);
	if (month.from == from && month.to == to)
		return clock_format(from, utc, "%b %Y");
	begin = clock_format(from, utc, strncmp(first, last, 7) == 0 ? "%-d" : strncmp(first, last, 4) == 0 ? "%-d %b" : "%-d %b %Y");
	return g_strdup_printf("%s\u2013%s", begin, end);
}

const char *
milestone_state_name(enum milestone_state state)
{
	static const char *const names[] = {"held", "now", "upcoming", "overdue"};

	return names[state];
}
