#include "report/model.h"

#include <string.h>

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

char *
label_query(const struct digest *digest)
{
	g_auto(GStrv) lines = g_strsplit(digest->wanted != NULL ? digest->wanted : "", "\n", -1);
	g_autoptr(GString) terms = g_string_new(NULL);
	guint count = 0;

	for (char **line = lines; *line != NULL; line++) {
		const char *id = strchr(*line, ' ');

		if (id == NULL)
			continue;
		g_string_append_printf(terms, "%s%.*s:%s", count > 0 ? " OR " : "", g_str_has_prefix(*line, "workstream ") ? 2 : (int)(id - *line),
		    g_str_has_prefix(*line, "workstream ") ? "ws" : *line, id + 1);
		count++;
	}
	return count == 0 ? g_strdup("") : g_strdup_printf(count > 1 ? " '(%s)'" : " %s", terms->str);
}
