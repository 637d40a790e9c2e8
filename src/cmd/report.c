#include "cmd/report.h"

#include <string.h>

#include "base/text.h"

static const struct report_kind kinds[] = {
    {"comments", "the comment tables of a staff report: contributors, and comments by topic", REPORT_ALL, report_comments_tables, report_comments},
    {"weekly", "what a rapporteur reads out: numbers, the letters worth telling of, questions, answers", REPORT_WEEK, report_weekly_tables, report_weekly},
    {"activity", "who wrote how much: groups, regions, workstreams, week by week", REPORT_ALL, NULL, report_activity},
    {"milestones", "what was planned and held, and what came in around it", REPORT_ALL, NULL, report_milestones},
    {NULL, NULL, REPORT_ALL, NULL, NULL},
};

static gboolean
choose_daily(const char *option, const char *value, gpointer data, GError **error)
{
	struct report_request *request = data;

	request->is_daily = TRUE;
	g_free(request->daily);
	request->daily = g_strdup(value);
	return TRUE;
}

static gboolean
choose_weekly(const char *option, const char *value, gpointer data, GError **error)
{
	struct report_request *request = data;

	request->is_weekly = TRUE;
	g_free(request->weekly);
	request->weekly = g_strdup(value);
	return TRUE;
}

static void
request_clear(struct report_request *request)
{
	g_free(request->daily);
	g_free(request->weekly);
	g_free(request->since);
	g_free(request->until);
	g_free(request->between);
	g_free(request->workstream);
	g_free(request->table);
	g_free(request->by);
	g_free(request->link);
	g_free(request->close);
	g_free(request->document);
}

/* The whole day or week that is named, or the last one that is over. */
static gboolean
choose_period(const struct app *app, const char *named, struct time_window (*period)(gint64, int, GTimeZone *), struct time_window *out, GError **error)
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
choose_dates(const struct app *app, const char *since, const char *until, struct time_window *out, GError **error)
{
	struct time_window first = {0, 0}, last = {0, app->now + 1}; /* this second included */

	if (since != NULL && !clock_parse(since, app->now, app->zone, &first, error))
		return FALSE;
	if (until != NULL && !clock_parse(until, app->now, app->zone, &last, error))
		return FALSE;
	out->from = first.from;
	out->to = last.to;
	if (out->from > app->now)
		return app_usage(error, "report: --since=%s is in the future", since);
	if (out->from >= out->to)
		return app_usage(error, "report: --since is not before --until");
	return TRUE;
}

static gboolean
choose_window(const struct app *app, const struct report_kind *kind, struct report_request *request, GError **error)
{
	gboolean dates = request->since != NULL || request->until != NULL;
	int ways = request->is_daily + request->is_weekly + dates;

	if (ways > 1)
		return app_usage(error, "report: choose one of --daily, --weekly and --since/--until");
	request->has_window = ways > 0;
	if (request->is_weekly || (ways == 0 && kind->period == REPORT_WEEK))
		return choose_period(app, request->weekly, clock_week, &request->window, error);
	if (request->is_daily || (ways == 0 && kind->period == REPORT_DAY))
		return choose_period(app, request->daily, clock_day, &request->window, error);
	return choose_dates(app, request->since, request->until, &request->window, error);
}

/* A template that makes addresses, and no others than a mail program opens in a browser. */
static gboolean
check_link(const char *link, GError **error)
{
	const char *rest = g_str_has_prefix(link, "https://") ? link + 8 : g_str_has_prefix(link, "http://") ? link + 7 : NULL;

	if (rest == NULL || *rest == '\0' || *rest == '{' || strstr(rest, "{id}") == NULL)
		return app_usage(error, "report: --link: expected an address such as https://mail.example.org/{id}");
	for (const char *p = link; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return app_usage(error, "report: --link: an address has no spaces and no letters beyond ASCII; write them as %%20 and the like");
	return TRUE;
}

static gboolean
check_table(const struct report_kind *kind, const char *table, GError **error)
{
	g_autofree char *all = kind->tables != NULL ? g_strjoinv(" or ", (char **)kind->tables) : NULL;

	if (kind->tables == NULL)
		return app_usage(error, "report %s: --table: it has one table", kind->name);
	return g_strv_contains(kind->tables, table) || app_usage(error, "report %s: --table %s: expected %s", kind->name, table, all);
}

/* What only one report asks for is refused by the others, so that nobody thinks it was heard. */
static gboolean
check_own(const struct report_kind *kind, const struct report_request *request, GError **error)
{
	if (request->by != NULL && kind->run != report_activity)
		return app_usage(error, "report %s: --by is for report activity", kind->name);
	if (request->days != 0 && kind->run != report_milestones)
		return app_usage(error, "report %s: --days is for report milestones", kind->name);
	return TRUE;
}

static gboolean
fail_kind(const char *name, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	for (const struct report_kind *kind = kinds; kind->name != NULL; kind++)
		g_ptr_array_add(names, (gpointer)kind->name);
	g_ptr_array_add(names, NULL);
	nearest = name != NULL ? text_nearest(name, (const char *const *)names->pdata) : NULL;
	g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
	if (name == NULL)
		return app_usage(error, "report: expected which report: %s", all);
	return app_usage(error, "report: no report \"%s\"%s%s%s; there are %s", name, nearest != NULL ? ", did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "", all);
}

static const struct report_kind *
find_kind(const char *name, GError **error)
{
	for (const struct report_kind *kind = kinds; name != NULL && kind->name != NULL; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	fail_kind(name, error);
	return NULL;
}

static gboolean
run(struct app *app, struct report_request *request, int argc, char **argv, GError **error)
{
	const struct report_kind *kind = find_kind(argc > 1 ? argv[1] : NULL, error);
	g_auto(Archive) archive = {0};

	if (kind == NULL)
		return FALSE;
	if (argc > 2)
		return app_usage(error, "report %s: unexpected argument \"%s\"", kind->name, argv[2]);
	return (request->link == NULL || check_link(request->link, error)) && (request->table == NULL || check_table(kind, request->table, error)) &&
	       check_own(kind, request, error) && choose_window(app, kind, request, error) && app_open(app, DB_READ, &archive, error) &&
	       kind->run(app, request, &archive, error);
}

gboolean
cmd_report(struct app *app, int argc, char **argv, GError **error)
{
	struct report_request request = {0};
	const GOptionEntry entries[] = {
	    {"daily", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_daily, "a day; without DATE yesterday", "DATE"},
	    {"weekly", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_weekly, "an ISO week; without DATE the last one", "DATE"},
	    {"since", 0, 0, G_OPTION_ARG_STRING, &request.since, "from this date on, as 2019-02-11 or 7d", "DATE"},
	    {"until", 0, 0, G_OPTION_ARG_STRING, &request.until, "up to and with this date", "DATE"},
	    {"workstream", 0, 0, G_OPTION_ARG_STRING, &request.workstream, "only this workstream", "ID"},
	    {"table", 0, 0, G_OPTION_ARG_STRING, &request.table, "csv: which of the report's tables", "NAME"},
	    {"close", 0, 0, G_OPTION_ARG_STRING, &request.close, "comments: the last day; what came later is marked as late", "DATE|MILESTONE"},
	    {"document", 0, 0, G_OPTION_ARG_STRING, &request.document, "comments: whose sections they are on; else the last one published", "ID"},
	    {"by", 0, 0, G_OPTION_ARG_STRING, &request.by, "activity: group, region, topic, workstream, language or week", "WHAT"},
	    {"days", 0, 0, G_OPTION_ARG_INT, &request.days, "milestones: how many days before each (14)", "N"},
	    {"link", 0, 0, G_OPTION_ARG_STRING, &request.link, "where a message is read, {id} in the place of its id", "ADDRESS"},
	    G_OPTION_ENTRY_NULL,
	};
	gboolean done = FALSE, ok;

	ok = app_parse_with(app, "report", entries, &request, &argc, &argv, &done, error);
	ok = ok && (done || run(app, &request, argc, argv, error));
	request_clear(&request);
	return ok;
}
