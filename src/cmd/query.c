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

static GPtrArray *
load_unique(struct index *index, const struct query *query, enum query_order order, guint limit, gboolean evidence, guint *all, GError **error)
{
	g_autoptr(GArray) numbers = query_run_numbers(index, query, order, 0, error);
	g_autoptr(GArray) unique = numbers != NULL ? query_unique(index, numbers, error) : NULL;

	if (unique == NULL)
		return NULL;
	*all = unique->len;
	if (limit > 0 && unique->len > limit)
		g_array_set_size(unique, limit);
	return message_rows_load(index, unique, evidence, error);
}

static gboolean
print_counts(struct app *app, struct index *index, const struct query *query, gboolean unique, GError **error)
{
	g_autoptr(GArray) numbers = unique ? query_run_numbers(index, query, QUERY_NEWEST, 0, error) : NULL;
	g_autoptr(GArray) different = numbers != NULL ? query_unique(index, numbers, error) : NULL;
	gint64 matching;

	if (!unique && !query_count(index, query, &matching, error))
		return FALSE;
	if (unique && different == NULL)
		return FALSE;
	if (!unique)
		printf("%" G_GINT64_FORMAT "\n", matching);
	else if (app->format == FORMAT_JSON)
		printf("{\"count\": %u, \"unique\": %u}\n", numbers->len, different->len);
	else
		printf("%u (%u unique)\n", numbers->len, different->len);
	return TRUE;
}

static gboolean
list(struct app *app, struct index *index, const struct query *query, enum query_order order, gboolean unique, GError **error)
{
	guint limit = app->limit >= 0 ? app->limit : DEFAULT_LIMIT;
	guint different = 0;
	g_autoptr(GPtrArray) rows = unique ? load_unique(index, query, order, limit, app->format == FORMAT_JSON, &different, error)
	                                   : query_run(index, query, order, limit, app->format == FORMAT_JSON, error);
	g_autofree char *text = NULL;
	gint64 all = different;

	if (rows == NULL)
		return FALSE;
	text = app->format == FORMAT_JSON  ? list_print_json(rows)
	       : app->format == FORMAT_CSV ? list_print_csv(rows)
	                                   : list_print_text(rows, app->zone, terminal_columns(), app->color);
	fputs(text, stdout);
	fflush(stdout); /* before what is said on stderr */
	if (limit > 0 && rows->len == limit && (unique || query_count(index, query, &all, error)) && all > limit)
		log_notice(app->level, "%u of %" G_GINT64_FORMAT " shown; --limit 0 shows all", limit, all);
	if (rows->len == 0 && app->format == FORMAT_TEXT)
		log_notice(app->level, "no message matches");
	return TRUE;
}

gboolean
cmd_query(struct app *app, int argc, char **argv, GError **error)
{
	gboolean count = FALSE, oldest = FALSE, unique = FALSE, done;
	const GOptionEntry entries[] = {
	    {"count", 0, 0, G_OPTION_ARG_NONE, &count, "only say how many", NULL},
	    {"unique", 0, 0, G_OPTION_ARG_NONE, &unique, "of letters alike the first only, and none that a correction superseded", NULL},
	    {"oldest", 0, 0, G_OPTION_ARG_NONE, &oldest, "oldest first", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_auto(Archive) archive = {0};
	g_autoptr(Query) query = NULL;
	g_autofree char *text = NULL;

	if (!app_parse(app, "query", entries, &argc, &argv, &done, error) || done)
		return done;
	text = g_strjoinv(" ", argv + 1);
	if (!app_open(app, DB_READ, &archive, error))
		return FALSE;
	query = query_parse(archive.index, text, app->now, app->zone, error);
	if (query == NULL)
		return FALSE;
	if (!count)
		return list(app, archive.index, query, oldest ? QUERY_OLDEST : QUERY_NEWEST, unique, error);
	return print_counts(app, archive.index, query, unique, error);
}
