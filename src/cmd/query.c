#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "cmd/app.h"
#include "find/query.h"
#include "report/print-list.h"

#define DEFAULT_LIMIT 50

static guint
terminal_columns(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 0;
}

static gboolean
list(struct app *app, struct index *index, const struct query *query, enum query_order order, GError **error)
{
	guint limit = app->limit >= 0 ? app->limit : DEFAULT_LIMIT;
	g_autoptr(GPtrArray) rows = query_run(index, query, order, limit, app->format == FORMAT_JSON, error);
	g_autofree char *text = NULL;
	gint64 all;

	if (rows == NULL)
		return FALSE;
	text = app->format == FORMAT_JSON  ? list_print_json(rows)
	       : app->format == FORMAT_CSV ? list_print_csv(rows)
	                                   : list_print_text(rows, app->zone, terminal_columns(), app->color);
	fputs(text, stdout);
	fflush(stdout); /* before what is said on stderr */
	if (limit > 0 && rows->len == limit && query_count(index, query, &all, error) && all > limit)
		log_notice(app->level, "%u of %" G_GINT64_FORMAT " shown; --limit 0 shows all", limit, all);
	if (rows->len == 0 && app->format == FORMAT_TEXT)
		log_notice(app->level, "no message matches");
	return TRUE;
}

gboolean
cmd_query(struct app *app, int argc, char **argv, GError **error)
{
	gboolean count = FALSE, oldest = FALSE, done;
	const GOptionEntry entries[] = {
	    {"count", 0, 0, G_OPTION_ARG_NONE, &count, "only say how many", NULL},
	    {"oldest", 0, 0, G_OPTION_ARG_NONE, &oldest, "oldest first", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_auto(Archive) archive = {0};
	g_autoptr(Query) query = NULL;
	g_autofree char *text = NULL;
	gint64 matching;

	if (!app_parse(app, "query", entries, &argc, &argv, &done, error) || done)
		return done;
	text = g_strjoinv(" ", argv + 1);
	if (!app_open(app, DB_READ, &archive, error))
		return FALSE;
	query = query_parse(archive.index, text, app->now, app->zone, error);
	if (query == NULL)
		return FALSE;
	if (!count)
		return list(app, archive.index, query, oldest ? QUERY_OLDEST : QUERY_NEWEST, error);
	if (!query_count(archive.index, query, &matching, error))
		return FALSE;
	printf("%" G_GINT64_FORMAT "\n", matching);
	return TRUE;
}
