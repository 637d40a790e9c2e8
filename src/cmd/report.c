#include "cmd/report.h"

#include <string.h>

#include "base/link.h"
#include "base/text.h"

static const struct report_kind kinds[] = {
    {"comments", "the comment tables of a staff report: contributors, and comments by topic", WINDOW_ALL, report_comments_tables, report_comments},
    {"weekly", "what a rapporteur reads out: numbers, the letters worth telling of, questions, answers", WINDOW_WEEK, report_weekly_tables, report_weekly},
    {"activity", "who wrote how much: groups, regions, workstreams, week by week", WINDOW_ALL, NULL, report_activity},
    {"milestones", "what was planned and held, and what came in around it", WINDOW_ALL, NULL, report_milestones},
    {NULL, NULL, WINDOW_ALL, NULL, NULL},
};

static gboolean
choose_period(const char *option, const char *value, gpointer data, GError **error)
{
	struct report_request *request = data;

	digest_window_read(&request->given, option, value);
	return TRUE;
}

static void
request_clear(struct report_request *request)
{
	digest_window_clear(&request->given);
	g_free(request->label);
	g_free(request->workstream);
	g_free(request->table);
	g_free(request->by);
	g_free(request->link);
	g_free(request->close);
	g_free(request->document);
}

static gboolean
choose_window(struct app *app, const struct report_kind *kind, struct report_request *request, struct archive *archive, GError **error)
{
	struct span span;

	request->has_window = digest_window_is_given(&request->given);
	request->given.fallback = kind->fallback;
	if (!digest_window_find(&request->given, app, archive, &span, &request->label, error))
		return FALSE;
	request->window = span.window;
	return TRUE;
}

static gboolean
check_link(const char *link, GError **error)
{
	const char *why;

	return link_check(link, &why) || app_usage(error, "report: --link: %s", why);
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
	if (request->given.between != NULL && argc == 3)
		request->given.second = argv[2];
	else if (argc > 2)
		return app_usage(error, "report %s: unexpected argument \"%s\"", kind->name, argv[2]);
	return (request->link == NULL || check_link(request->link, error)) && (request->table == NULL || check_table(kind, request->table, error)) &&
	       check_own(kind, request, error) && app_open(app, DB_READ, &archive, error) && choose_window(app, kind, request, &archive, error) &&
	       kind->run(app, request, &archive, error);
}

gboolean
cmd_report(struct app *app, int argc, char **argv, GError **error)
{
	struct report_request request = {.given = {.command = "report"}};
	const GOptionEntry entries[] = {
	    {"daily", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_period, "a day; without DATE yesterday", "DATE"},
	    {"weekly", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_period, "an ISO week; without DATE the last one", "DATE"},
	    {"monthly", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_period, "a month; without DATE the last one", "DATE"},
	    {"since", 0, 0, G_OPTION_ARG_STRING, &request.given.since, "from this date on, as 2019-02-11 or 7d", "DATE"},
	    {"until", 0, 0, G_OPTION_ARG_STRING, &request.given.until, "up to and with this date", "DATE"},
	    {"between", 0, 0, G_OPTION_ARG_STRING, &request.given.between, "from the end of one milestone to that of another", "A B"},
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
