#include <stdio.h>

#include "cmd/app.h"
#include "find/rows.h"
#include "report/decided.h"

#define DEFAULT_LIMIT 50

static GPtrArray *
load(struct app *app, struct index *index, const char *id, GError **error)
{
	g_autoptr(MessageRow) row = NULL;
	GPtrArray *rows;

	if (id == NULL)
		return decisions_last(index, app->limit >= 0 ? (guint)app->limit : DEFAULT_LIMIT, error);
	if ((row = message_find(index, id, FALSE, error)) == NULL || (rows = decisions_on(index, row->message, error)) == NULL)
		return NULL;
	if (app->limit > 0 && rows->len > (guint)app->limit)
		g_ptr_array_remove_range(rows, 0, rows->len - (guint)app->limit);
	return rows;
}

gboolean
cmd_history(struct app *app, int argc, char **argv, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autoptr(GPtrArray) rows = NULL;
	g_autofree char *text = NULL;
	gboolean done;

	if (!app_parse(app, "history", NULL, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 2)
		return app_usage(error, "history: expected one message id, or none for the whole archive");
	if (!app_open(app, DB_READ, &archive, error) || (rows = load(app, archive.index, argc == 2 ? argv[1] : NULL, error)) == NULL)
		return FALSE;
	text = app->format == FORMAT_JSON  ? history_print_json(rows)
	       : app->format == FORMAT_CSV ? history_print_csv(rows)
	                                   : history_print_text(rows, app->zone);
	fputs(text, stdout);
	fflush(stdout);
	if (rows->len == 0 && app->format == FORMAT_TEXT)
		log_notice(app->level, "nobody decided anything");
	return TRUE;
}
