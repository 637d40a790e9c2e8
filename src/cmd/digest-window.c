#include "cmd/digest-window.h"

#include <string.h>

#include "archive/issues.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cmd/digest-milestones.h"

void
digest_window_clear(struct digest_window *window)
{
	char *const strings[] = {window->daily, window->weekly, window->monthly, window->since, window->until, window->between, window->issue, window->late};

	for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
	*window = (struct digest_window){0};
}

void
digest_window_read(struct digest_window *window, const char *name, const char *value)
{
	struct {
		const char *name;
		gboolean *is;
		char **date;
	} options[] = {{"--daily", &window->is_daily, &window->daily}, {"--weekly", &window->is_weekly, &window->weekly},
	    {"--monthly", &window->is_monthly, &window->monthly}};

	for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
		if (strcmp(name, options[i].name) != 0)
			continue;
		*options[i].is = TRUE;
		g_free(*options[i].date);
		*options[i].date = g_strdup(value);
	}
}

/* The whole day, week or month that is named, or the last one that is over. */
static gboolean
find_period(const struct app *app, const char *named, struct time_window (*period)(gint64, int, GTimeZone *), struct time_window *out, GError **error)
{
	struct time_window window;

	if (named == NULL) {
		*out = period(app->now, -1, app->zone);
		return TRUE;
	}
	if (!clock_parse(named, app->now, app->zone, &window, error))
		return FALSE;
	*out = period(window.from, 0, app->zone);
	return TRUE;
}

static gboolean
find_dates(const struct app *app, const struct digest_window *window, struct time_window *out, GError **error)
{
	struct time_window since = {0, 0}, until = {0, app->now + 1}; /* this second included */

	if (window->since != NULL && !clock_parse(window->since, app->now, app->zone, &since, error))
		return FALSE;
	if (window->until != NULL && !clock_parse(window->until, app->now, app->zone, &until, error))
		return FALSE;
	out->from = since.from;
	out->to = until.to;
	if (out->from > app->now)
		return app_usage(error, "%s: --since=%s is in the future", window->command, window->since);
	if (out->from >= out->to)
		return app_usage(error, "%s: --since is not before --until", window->command);
	return TRUE;
}

static gboolean
no_issue(const struct app *app, const char *name, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autofree char *shown = text_escape(name, FALSE);
	const char *nearest;

	for (guint i = 0; i < app->conf->subscriptions->len; i++)
		g_ptr_array_add(names, ((struct subscription *)g_ptr_array_index(app->conf->subscriptions, i))->name);
	g_ptr_array_add(names, NULL);
	if (g_strv_contains((const char *const *)names->pdata, name)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "subscription '%s' has no issue yet; postbag digest --due makes the first", shown);
		return FALSE;
	}
	nearest = text_nearest(name, (const char *const *)names->pdata);
	return nearest != NULL
	           ? app_usage(error, "digest: unknown subscription '%s'; did you mean '%s'?", shown, nearest)
	           : app_usage(error, "digest: unknown subscription '%s'; the configuration names them, postbag digest --list shows their issues", shown);
}

/* Everything entered since the last issue, as the next one would have it. */
static gboolean
find_issue(const struct app *app, struct archive *archive, struct digest_window *window, struct span *out, char **label, GError **error)
{
	g_autoptr(GError) reason = NULL;
	const char *name = window->issue;
	g_autoptr(Issue) last = issues_last(archive->index, name, &reason);
	struct index_position position;
	g_autofree char *shown = NULL, *at = NULL;

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (last == NULL)
		return no_issue(app, name, error);
	if (!index_position(archive->index, &position, error))
		return FALSE;
	window->late = g_steal_pointer(&last->unread);
	*out = (struct span){{last->due, MAX(app->now, last->due) + 1}, last->upto, position.seq, window->late};
	shown = text_escape(name, FALSE);
	at = clock_format(last->at, app->zone, "%Y-%m-%d %H:%M");
	*label = g_strdup_printf("since issue %" G_GINT64_FORMAT " of %s (%s)", last->number, shown, at);
	return TRUE;
}

static int
count_chosen(const struct digest_window *window)
{
	return (window->is_daily ? 1 : 0) + (window->is_weekly ? 1 : 0) + (window->is_monthly ? 1 : 0) +
	       (window->since != NULL || window->until != NULL ? 1 : 0) + (window->between != NULL ? 1 : 0) + (window->issue != NULL ? 1 : 0);
}

gboolean
digest_window_is_given(const struct digest_window *window)
{
	return count_chosen(window) > 0;
}

gboolean
digest_window_find(struct digest_window *window, struct app *app, struct archive *archive, struct span *out, char **label, GError **error)
{
	gboolean is_report = window->fallback != WINDOW_DAY;

	*out = (struct span){0};
	if (count_chosen(window) > 1)
		return app_usage(error, "%s: choose one of --daily, --weekly, --monthly, --since/--until%s", window->command,
		    is_report ? " and --between" : ", --between and --since-issue");
	if (window->issue != NULL)
		return find_issue(app, archive, window, out, label, error);
	if (window->between != NULL)
		return digest_milestones_find(app, archive, window->command, window->between, window->second, &out->window, label, error);
	if (window->is_weekly || (count_chosen(window) == 0 && window->fallback == WINDOW_WEEK))
		return find_period(app, window->weekly, clock_week, &out->window, error);
	if (window->is_monthly)
		return find_period(app, window->monthly, clock_month, &out->window, error);
	if (window->since != NULL || window->until != NULL || (!window->is_daily && window->fallback == WINDOW_ALL))
		return find_dates(app, window, &out->window, error);
	return find_period(app, window->daily, clock_day, &out->window, error);
}
