#include <stdio.h>
#include <string.h>

#include "archive/issues.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "carrier/dispatch.h"
#include "cmd/digest-due.h"

#define MINUTE "%Y-%m-%d %H:%M"

struct listing {
	const struct app *app;
	GPtrArray *issues; /* of struct issue */
	GPtrArray *steps;  /* of GPtrArray of struct issue_step: for each of these */
	int name, to;      /* columns of the widest */
};

static gboolean
load(struct index *index, const char *name, struct listing *listing, GError **error)
{
	listing->issues = issues_list(index, name, listing->app->limit < 0 ? 50 : (guint)listing->app->limit, error);
	listing->steps = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
	for (guint i = 0; listing->issues != NULL && i < listing->issues->len; i++) {
		const struct issue *issue = g_ptr_array_index(listing->issues, i);
		GPtrArray *steps = issues_steps(index, issue->seq, error);
		g_autofree char *title = g_strdup_printf("%s:%" G_GINT64_FORMAT, issue->subscription, issue->number);

		if (steps == NULL)
			return FALSE;
		g_ptr_array_add(listing->steps, steps);
		listing->name = MAX(listing->name, (int)strlen(title));
		for (guint j = 0; j < steps->len; j++)
			listing->to = MAX(listing->to, (int)strlen(((struct issue_step *)g_ptr_array_index(steps, j))->recipient));
	}
	return listing->issues != NULL;
}

static void
print_step(const struct listing *listing, const struct issue_step *step)
{
	g_autofree char *at = clock_format(step->at, listing->app->zone, MINUTE), *again = NULL;
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_printf(line, "  %-*s  %-8s  %s", listing->to, step->recipient, step->state, at);
	if (issue_step_is_open(step) && step->tries > 0) {
		again = clock_format(dispatch_next_try(step->at, step->tries), listing->app->zone, MINUTE);
		g_string_append_printf(line, "  tried %u time%s, again after %s", step->tries, step->tries == 1 ? "" : "s", again);
	}
	if (*step->words != '\0')
		g_string_append_printf(line, "  %s", step->words);
	puts(line->str);
}

static void
print_text(const struct listing *listing)
{
	for (guint i = 0; i < listing->issues->len; i++) {
		const struct issue *issue = g_ptr_array_index(listing->issues, i);
		const GPtrArray *steps = g_ptr_array_index(listing->steps, i);
		g_autofree char *title = g_strdup_printf("%s:%" G_GINT64_FORMAT, issue->subscription, issue->number);
		g_autofree char *at = clock_format(issue->at, listing->app->zone, MINUTE);

		printf("%-*s  made %s%s\n", listing->name, title, at, issue->skipped ? ", empty and skipped" : "");
		for (guint j = 0; j < steps->len; j++)
			print_step(listing, g_ptr_array_index(steps, j));
	}
}

static struct json *
step_json(const struct issue_step *step)
{
	struct json *json = json_new_object();
	g_autofree char *at = clock_iso(step->at), *again = NULL;

	json_put_text(json, "to", step->recipient);
	json_put_text(json, "state", step->state);
	json_put_text(json, "at", at);
	json_put_text(json, "words", step->words);
	json_put_number(json, "tries", step->tries);
	json_put_boolean(json, "in_doubt", issue_step_doubts(step) > 0);
	if (issue_step_is_open(step) && step->tries > 0)
		again = clock_iso(dispatch_next_try(step->at, step->tries));
	json_put_text(json, "next_try", again);
	return json;
}

static void
print_json(const struct issue *issue, const GPtrArray *steps)
{
	g_autoptr(Json) object = json_new_object();
	struct json *list = json_new_array();
	g_autofree char *at = clock_iso(issue->at), *due = clock_iso(issue->due), *line = NULL;

	json_put_text(object, "subscription", issue->subscription);
	json_put_number(object, "number", issue->number);
	json_put_text(object, "at", at);
	json_put_text(object, "due", due);
	json_put_number(object, "after", issue->after);
	json_put_number(object, "upto", issue->upto);
	json_put_text(object, "message_id", issue->message_id);
	json_put_boolean(object, "skipped", issue->skipped);
	for (guint i = 0; i < steps->len; i++)
		json_add(list, step_json(g_ptr_array_index(steps, i)));
	json_put(object, "recipients", list);
	line = json_print(object, FALSE);
	fputs(line, stdout);
	if (!g_str_has_suffix(line, "\n"))
		putchar('\n');
}

/* A name that nothing is known of is a mistake; a subscription that has no issue yet is not. */
static gboolean
check_name(const struct app *app, const char *name, const struct listing *listing, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autofree char *shown = name != NULL ? text_escape(name, FALSE) : NULL;
	const char *nearest;

	if (name == NULL || listing->issues->len > 0)
		return TRUE;
	for (guint i = 0; i < app->conf->subscriptions->len; i++) {
		const struct subscription *subscription = g_ptr_array_index(app->conf->subscriptions, i);

		if (strcmp(subscription->name, name) == 0)
			return TRUE;
		g_ptr_array_add(names, subscription->name);
	}
	g_ptr_array_add(names, NULL);
	nearest = text_nearest(name, (const char *const *)names->pdata);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "no subscription \"%s\" has issues%s%s%s; postbag digest --list shows all", shown,
	    nearest != NULL ? ", did you mean \"" : "", nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	return FALSE;
}

gboolean
digest_list(struct app *app, const char *name, GError **error)
{
	g_auto(Archive) archive = {0};
	struct listing listing = {.app = app};
	gboolean ok;

	if (app->format != FORMAT_TEXT && app->format != FORMAT_JSON)
		return app_usage(error, "digest --list: text or json");
	ok = app_open(app, DB_READ, &archive, error) && load(archive.index, name, &listing, error) && check_name(app, name, &listing, error);
	if (ok && app->format == FORMAT_TEXT && listing.issues->len == 0)
		log_notice(app->level, "no issue was made yet; postbag digest --due makes those that are due");
	if (ok && app->format == FORMAT_TEXT)
		print_text(&listing);
	for (guint i = 0; ok && app->format == FORMAT_JSON && i < listing.issues->len; i++)
		print_json(g_ptr_array_index(listing.issues, i), g_ptr_array_index(listing.steps, i));
	g_clear_pointer(&listing.issues, g_ptr_array_unref);
	g_clear_pointer(&listing.steps, g_ptr_array_unref);
	return ok;
}
