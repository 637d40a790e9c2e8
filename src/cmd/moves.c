#include "cmd/moves.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "intake/keep.h"
#include "report/print-moves.h"
#include "rules/ruleset.h"

static GPtrArray *
load_sources(struct app *app, const char *name, GError **error)
{
	g_auto(GStrv) names = NULL;
	g_autoptr(GPtrArray) paths = g_ptr_array_new();
	g_autofree char *hash = NULL;

	if (strcmp(name, "configured") == 0) {
		if (app->conf->rules->len > 0)
			return app_rules(app, &hash, error);
		app_usage(error, "no rule files are configured: set [archive] rules in the configuration, or name files");
		return NULL;
	}
	names = g_strsplit(name, ",", -1);
	for (guint i = 0; names[i] != NULL; i++)
		g_ptr_array_add(paths, names[i]);
	return keep_load_sources(paths, error);
}

GVariant *
moves_rules(struct app *app, struct mailstore *store, const char *name, char **hash, GError **error)
{
	g_autoptr(GPtrArray) sources = NULL;
	g_autoptr(GError) reason = NULL;
	g_autofree char *found = NULL;
	GVariant *files;

	if (strcmp(name, "kept") == 0) {
		files = mailstore_get_rules(store, NULL, &found, &reason);
		if (reason != NULL)
			g_propagate_error(error, g_steal_pointer(&reason));
		else if (files == NULL)
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "no rules are in force in this archive");
		if (files != NULL && hash != NULL)
			*hash = g_steal_pointer(&found);
		return files;
	}
	sources = load_sources(app, name, error);
	if (sources == NULL || !keep_check_rules(sources, error))
		return NULL;
	files = keep_pack_rules(sources, error);
	if (files != NULL && hash != NULL)
		*hash = rule_sources_hash(sources);
	return files;
}

gboolean
moves_give_rules(struct reader *reader, GVariant *files, GError **error)
{
	g_autoptr(GPtrArray) targets = NULL;

	reader_set_rules(reader, files);
	targets = reader_rules_targets(reader, error);
	return targets != NULL;
}

struct printing {
	struct app *app;
	struct progress *progress;
};

static void
print_move(gpointer data, const struct move *move)
{
	const struct printing *printing = data;
	g_autofree char *text = printing->app->format == FORMAT_JSON  ? move_print_json(move)
	                        : printing->app->format == FORMAT_CSV ? move_print_csv(move)
	                                                              : move_print_text(move);

	fputs(text, stdout);
}

static void
show_progress(gpointer data, gint64 done)
{
	progress_show(((const struct printing *)data)->progress, done, 0, "messages");
}

gboolean
moves_print(struct app *app, struct index *index, struct reader *old, struct reader *new, GError **error)
{
	g_autoptr(Progress) progress = progress_new(app, "compare");
	struct printing printing = {app, progress};
	const struct moves_query query = {.old = old, .new = new, .take = print_move, .progress = show_progress, .data = &printing};
	g_auto(Moves) moves = {0};
	g_autofree char *totals = NULL;

	if (app->format == FORMAT_CSV)
		fputs(MOVE_CSV_HEAD, stdout);
	if (!moves_find(index, &query, &moves, error))
		return FALSE;
	totals = app->format == FORMAT_JSON ? moves_print_json(&moves) : moves_print_text(&moves);
	if (app->format != FORMAT_CSV)
		fputs(totals, stdout);
	return TRUE;
}
