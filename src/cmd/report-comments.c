#include "cmd/report.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "intake/keep.h"
#include "intake/milestones.h"
#include "intake/sweep.h"
#include "report/comments.h"

const char *const report_comments_tables[] = {"contributors", "comments", NULL};

static gboolean
unknown(GError **error, const char *what, const char *id, GPtrArray *ids)
{
	g_autofree char *shown = text_escape(id, FALSE);
	const char *nearest;

	g_ptr_array_add(ids, NULL);
	nearest = text_nearest(id, (const char *const *)ids->pdata);
	return app_usage(error, "report comments: no %s \"%s\"%s%s%s; the rule files name them", what, shown, nearest != NULL ? ", did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

/* The document ID; without one the last one with sections that was published before the window ends. */
static gboolean
choose_document(const struct ruleset *rules, const char *id, gint64 end, const struct rule_document **out, GError **error)
{
	const GPtrArray *documents = ruleset_documents(rules);
	g_autoptr(GPtrArray) ids = g_ptr_array_new();

	*out = NULL;
	for (guint i = 0; i < documents->len; i++) {
		const struct rule_document *document = g_ptr_array_index(documents, i);
		gboolean later = *out == NULL || document->published >= (*out)->published;

		g_ptr_array_add(ids, document->id);
		if (id != NULL ? strcmp(document->id, id) == 0 : document->sections->len > 0 && document->published < end && later)
			*out = document;
	}
	return id == NULL || *out != NULL || unknown(error, "document", id, ids);
}

/* The end of a date, or of a milestone's last day: as it was, or else as it was planned. */
static gboolean
choose_close(const struct app *app, const struct ruleset *rules, const char *close, gint64 *out, GError **error)
{
	g_autoptr(GPtrArray) milestones = milestones_of(rules, app->now, app->zone);
	const struct milestone *milestone = close != NULL ? milestones_find(milestones, close) : NULL;
	struct time_window window;

	*out = 0;
	if (milestone != NULL && milestone->day_to == 0)
		return app_usage(error, "report comments: --close %s: the milestone has no date", milestone->id);
	if (milestone != NULL)
		*out = milestone->to;
	if (close == NULL || milestone != NULL)
		return TRUE;
	if (!clock_parse(close, app->now, app->zone, &window, error)) {
		g_prefix_error(error, "report comments: --close: no milestone, and ");
		return FALSE;
	}
	*out = window.to;
	return TRUE;
}

static gboolean
print(struct app *app, enum comments_table table, const struct comments *comments, GError **error)
{
	g_autofree char *text = app->format == FORMAT_JSON   ? comments_print_json(comments)
	                        : app->format == FORMAT_HTML ? comments_print_html(comments, table)
	                        : app->format == FORMAT_CSV  ? comments_print_csv(comments, table)
	                                                     : comments_print_text(comments, table);

	fputs(text, stdout);
	if (comments_difference(comments) == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_RECONCILE,
	    "the report does not reconcile: %" G_GINT64_FORMAT "; postbag sweep, or postbag rebuild, makes the index whole", comments_difference(comments));
	return FALSE;
}

gboolean
report_comments(struct app *app, const struct report_request *request, struct archive *archive, GError **error)
{
	struct comments_options options = {
	    .window = request->window,
	    .title = app->conf->title != NULL ? app->conf->title : "Public input",
	    .workstream = request->workstream,
	    .label = request->label,
	    .link = request->link,
	    .zone = app->zone,
	};
	enum comments_table table = request->table == NULL                        ? COMMENTS_BOTH
	                            : strcmp(request->table, "contributors") == 0 ? COMMENTS_CONTRIBUTORS
	                                                                          : COMMENTS_COMMENTS;
	g_autoptr(Ruleset) rules = keep_load_ruleset(archive->store, error);
	g_autoptr(GPtrArray) spools = app_spools(app, mailstore_folder(archive->store));
	g_autoptr(Comments) comments = NULL;
	const struct rule_document *document;
	struct mentions_document about;
	guint spooled;

	if (rules == NULL)
		return FALSE;
	if (app->format == FORMAT_CSV && request->table == NULL)
		return app_usage(error, "report comments: csv is one table; choose --table contributors or --table comments");
	if (!choose_document(rules, request->document, request->window.to, &document, error) ||
	    !choose_close(app, rules, request->close, &options.close, error) ||
	    !sweep_waiting(archive->store, spools, request->window.from, request->window.to, &spooled, error))
		return FALSE;
	options.spooled = spooled;
	if (document != NULL) {
		about = (struct mentions_document){document->id, document->title, document->published, document->sections, document->refer};
		options.document = &about;
	}
	comments = comments_build(archive->store, archive->index, &options, error);
	return comments != NULL && print(app, table, comments, error);
}
