#include "report/model.h"

static gboolean
is_window(struct time_window a, struct time_window b)
{
	return a.from == b.from && a.to == b.to;
}

/* An end of a window: the day alone where a day begins (for the end BEFORE it: the day that is over). */
static char *
end_label(gint64 t, gint64 before, GTimeZone *zone)
{
	gboolean midnight = clock_day(t, 0, zone).from == t;

	return clock_format(midnight ? t - before : t, zone, midnight ? "%Y-%m-%d" : "%Y-%m-%d %H:%M");
}

char *
label_window(struct time_window window, GTimeZone *zone)
{
	g_autofree char *first = NULL;
	g_autofree char *last = NULL;

	if (window.from <= 0) {
		last = end_label(window.to, 1, zone);
		return g_strdup_printf("until %s", last);
	}
	if (is_window(window, clock_day(window.from, 0, zone)))
		return clock_format(window.from, zone, "%A %-d %B %Y");
	if (is_window(window, clock_month(window.from, 0, zone)))
		return clock_format(window.from, zone, "%B %Y");
	if (is_window(window, clock_week(window.from, 0, zone))) {
		first = clock_format(window.from, zone, "week %-V, %-d %B");
		last = clock_format(window.to - 1, zone, "%-d %B %Y");
	} else {
		first = end_label(window.from, 0, zone);
		last = end_label(window.to, 1, zone);
	}
	return g_strdup_printf("%s to %s", first, last);
}

char *
label_selection(const struct digest *digest)
{
	guint count = digest->rows->len;

	if (digest->workstream == NULL)
		return NULL;
	return g_strdup_printf("%u of the input %s filed under %s; what is held or unread is filed nowhere yet, and only the whole digest tells of it", count,
	    count == 1 ? "is" : "are", digest->workstream);
}
