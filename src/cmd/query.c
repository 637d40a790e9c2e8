#include "cmd/query.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "find/point.h"

#define DEFAULT_LIMIT 50
#define POINT_COLUMNS 70 /* of a query in an error, so that it fits a terminal behind "postbag: " */

static guint
terminal_columns(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 0;
}

static gboolean
print_counts(struct asking *asking, GError **error)
{
	g_autoptr(GArray) numbers = asking->unique ? query_run_numbers(asking->archive.index, asking->query, QUERY_NEWEST, 0, error) : NULL;
	g_autoptr(GArray) different = numbers != NULL ? query_unique(asking->archive.index, numbers, error) : NULL;
	gint64 matching;

	if (!asking->unique && !query_count(asking->archive.index, asking->query, &matching, error))
		return FALSE;
	if (asking->unique && different == NULL)
		return FALSE;
	if (!asking->unique)
		printf("%" G_GINT64_FORMAT "\n", matching);
	else if (asking->app->format == FORMAT_JSON)
		printf("{\"count\": %u, \"unique\": %u}\n", numbers->len, different->len);
	else
		printf("%u (%u unique)\n", numbers->len, different->len);
	return TRUE;
}

/* Who only counts is shown the schema's beginning. An index that was taken down and put up again by hand stands at its end. */
static gboolean
count(struct asking *asking, enum db_mode mode, GError **error)
{
	g_autoptr(GError) failure = NULL;

	if (print_counts(asking, &failure))
		return TRUE;
	if (mode != DB_COUNT || !g_error_matches(failure, POSTBAG_ERROR, POSTBAG_ERROR_SOFTWARE)) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	archive_clear(&asking->archive);
	return app_open(asking->app, DB_GLANCE, &asking->archive, error) && print_counts(asking, error);
}

/* What may leave the archive as mail unasked; the rest is named by --include. */
static gboolean
read_include(struct asking *asking, const char *text, GError **error)
{
	g_auto(GStrv) words = g_strsplit_set(text != NULL ? text : "", ", ", -1);

	for (guint i = 0; words[i] != NULL; i++) {
		gsize n = 0;

		while (n < N_WITHHELD && g_strcmp0(words[i], withheld_names[n]) != 0)
			n++;
		if (n < N_WITHHELD)
			asking->include |= 1u << n;
		else if (*words[i] != '\0')
			return app_usage(error, "query: --include %s: expected held, spam, unread, redacted, or several of them with commas", words[i]);
	}
	return TRUE;
}

static gboolean
read_order(const char *name, gboolean oldest, int *order, GError **error)
{
	*order = oldest ? QUERY_OLDEST : -1;
	if (name == NULL)
		return TRUE;
	for (*order = 0; query_orders[*order] != NULL; ++*order)
		if (g_ascii_strcasecmp(name, query_orders[*order]) == 0)
			return TRUE;
	return app_usage(error, "query: --sort %s: expected newest, oldest, arrived, author, subject or largest", name);
}

/* Options decide over what stands in the query. Programs that read ids or mail get all of it: a list that ends early would go unseen. */
static void
settle(struct asking *asking, int order)
{
	gboolean whole = asking->app->format == FORMAT_IDS || asking->app->format == FORMAT_MBOX;
	gboolean terminal = isatty(STDOUT_FILENO) && asking->app->format == FORMAT_TEXT;

	asking->order = order >= 0 ? (enum query_order)order : query_order(asking->query, QUERY_NEWEST);
	asking->limit = asking->app->limit >= 0 ? (guint)asking->app->limit : query_limit(asking->query, whole ? 0 : DEFAULT_LIMIT);
	asking->excerpts = (asking->excerpts || terminal) && *query_words(asking->query) != NULL;
	asking->style = (struct list_style){.zone = asking->app->zone,
	    .now = terminal ? asking->app->now : G_MININT64,
	    .columns = terminal_columns(),
	    .color = asking->app->color,
	    .words = query_words(asking->query)};
}

/* The query with a mark under the place, before the words that say what is wrong there. */
static void
show_place(const struct app *app, const char *text, const GError *error)
{
	guint column = query_error_column(error);
	g_autofree char *place = column > 0 ? query_point(text, column, POINT_COLUMNS) : NULL;
	g_auto(GStrv) lines = g_strsplit(place != NULL ? place : "", "\n", -1);

	for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
		log_notice(app->level, "%s", lines[i]);
}

gboolean
cmd_query(struct app *app, int argc, char **argv, GError **error)
{
	struct asking asking = {.app = app};
	gboolean counts = FALSE, oldest = FALSE, no_pager = FALSE, done;
	g_autofree char *include = NULL, *sort = NULL, *text = NULL;
	const GOptionEntry entries[] = {
	    {"count", 0, 0, G_OPTION_ARG_NONE, &counts, "only say how many", NULL},
	    {"sort", 0, 0, G_OPTION_ARG_STRING, &sort, "newest (as a rule), oldest, arrived, author, subject or largest first", "ORDER"},
	    {"oldest", 0, 0, G_OPTION_ARG_NONE, &oldest, "the same as --sort oldest", NULL},
	    {"unique", 0, 0, G_OPTION_ARG_NONE, &asking.unique, "of letters alike the first only, and none that a correction superseded", NULL},
	    {"excerpts", 0, 0, G_OPTION_ARG_NONE, &asking.excerpts, "with the place where the words stand, as on a terminal", NULL},
	    {"include", 0, 0, G_OPTION_ARG_STRING, &include, "into an mbox also held, spam, unread, redacted mail", "WHAT"},
	    {"no-pager", 0, 0, G_OPTION_ARG_NONE, &no_pager, "straight to the terminal", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_autoptr(Query) query = NULL;
	g_autoptr(GError) reason = NULL;
	enum db_mode mode;
	int order;

	if (!app_parse(app, "query", entries, &argc, &argv, &done, error) || done)
		return done;
	if (!read_order(sort, oldest, &order, error) || !read_include(&asking, include, error))
		return FALSE;
	text = g_strjoinv(" ", argv + 1);
	mode = counts && !asking.unique ? DB_COUNT : app->format == FORMAT_MBOX ? DB_READ : DB_GLANCE;
	if (!app_open(app, mode, &asking.archive, error))
		return FALSE;
	query = query_parse_saved(asking.archive.index, text, app->now, app->zone, app->conf->queries, &reason);
	if (query == NULL) {
		show_place(app, text, reason);
		g_propagate_error(error, g_steal_pointer(&reason));
		done = FALSE;
	} else {
		asking.query = query;
		asking.pager = !no_pager;
		settle(&asking, order);
		done = counts ? count(&asking, mode, error) : query_list(&asking, error);
	}
	archive_abandon(&asking.archive);
	return done;
}
