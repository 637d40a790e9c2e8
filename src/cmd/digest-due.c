#include "cmd/digest-due.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "carrier/dispatch.h"
#include "intake/follow.h"
#include "intake/reader.h"

struct sending {
	struct app *app;
	struct archive archive;
	struct reader *reader;
};

static gboolean
catch_up(gpointer data, GError **error)
{
	struct sending *sending = data;
	struct follow_limits limits = {0};
	g_autoptr(Follow) follow = follow_new(sending->archive.store, sending->archive.index, sending->reader);
	gint64 left;

	if (!follow_catch_up(follow, &limits, &left, error))
		return FALSE;
	if (left == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "the index is behind and cannot follow now; postbag sweep brings it up");
	return FALSE;
}

static void
sending_clear(struct sending *sending)
{
	archive_clear(&sending->archive);
	reader_free(sending->reader);
}

/* The reader is forked before anything is open. */
static gboolean
open_archive(struct sending *sending, GError **error)
{
	const struct conf *conf = sending->app->conf;

	if (conf->subscriptions->len == 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG, "%s has no [subscription NAME]; see postbag.conf(5)",
		    conf->file != NULL ? conf->file : "the configuration, of which there is none,");
		return FALSE;
	}
	sending->reader = reader_new(READER_EACH, NULL, error);
	return sending->reader != NULL && app_open(sending->app, DB_WRITE, &sending->archive, error);
}

static struct dispatch
dispatch_of(struct sending *sending, GPtrArray *spools, const char *trouble)
{
	return (struct dispatch){
	    .store = sending->archive.store,
	    .index = sending->archive.index,
	    .conf = sending->app->conf,
	    .zone = sending->app->zone,
	    .config_path = sending->app->conf->file,
	    .rules_trouble = trouble,
	    .spools = spools,
	    .now = sending->app->now,
	    .level = sending->app->level,
	    .catch_up = catch_up,
	    .data = sending,
	};
}

/* What the caller, a timer most likely, has to know. */
static gboolean
judge(const struct app *app, const struct dispatch_result *result, GError **error)
{
	if (result->made + result->skipped + result->sent + result->deferred + result->refused + result->unknown + result->given_up > 0)
		log_notice(app->level, "%u issues made, %u empty ones skipped; to recipients: %u sent, %u to be tried again, %u refused, %u given up",
		    result->made, result->skipped, result->sent, result->deferred + result->unknown, result->refused, result->given_up);
	if (result->refused + result->given_up > 0)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "not all could be sent; postbag digest --list shows them");
	else if (result->deferred + result->unknown > 0)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "not all could be sent now; a later digest --due tries again");
	else
		return TRUE;
	return FALSE;
}

gboolean
digest_due(struct app *app, GError **error)
{
	struct sending sending = {.app = app};
	struct dispatch_result result = {0};
	gboolean ok = open_archive(&sending, error);

	if (ok) {
		g_autoptr(GPtrArray) spools = app_spools(app, mailstore_folder(sending.archive.store));
		g_autofree char *trouble = app_rules_trouble(app);
		struct dispatch dispatch = dispatch_of(&sending, spools, trouble);

		ok = dispatch_due(&dispatch, &result, error) && judge(app, &result, error);
	}
	sending_clear(&sending);
	return ok;
}

static const struct subscription *
find_subscription(const struct conf *conf, const char *name)
{
	for (guint i = 0; i < conf->subscriptions->len; i++) {
		const struct subscription *subscription = g_ptr_array_index(conf->subscriptions, i);

		if (strcmp(subscription->name, name) == 0)
			return subscription;
	}
	return NULL;
}

gboolean
digest_resend(struct app *app, const char *which, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(which, ":", 2);
	const struct subscription *subscription = parts[0] != NULL ? find_subscription(app->conf, parts[0]) : NULL;
	struct sending sending = {.app = app};
	struct dispatch_result result = {0};
	guint64 number;
	gboolean ok;

	if (parts[0] == NULL || parts[1] == NULL || !g_ascii_string_to_unsigned(parts[1], 10, 1, G_MAXUINT32, &number, NULL))
		return app_usage(error, "digest: --resend takes a subscription and the number of an issue, as staff:12");
	if (subscription == NULL)
		return app_usage(error, "digest: no subscription \"%s\" in the configuration", parts[0]);
	ok = open_archive(&sending, error) && catch_up(&sending, error);
	if (ok) {
		g_autoptr(GPtrArray) spools = app_spools(app, mailstore_folder(sending.archive.store));
		struct dispatch dispatch = dispatch_of(&sending, spools, NULL);

		ok = dispatch_again(&dispatch, subscription, (gint64)number, &result, error) && judge(app, &result, error);
	}
	sending_clear(&sending);
	return ok;
}

static void
print_issue(const struct app *app, const struct issue *issue, const GPtrArray *steps)
{
	g_autofree char *at = clock_format(issue->at, app->zone, "%Y-%m-%d %H:%M");

	printf("%s:%" G_GINT64_FORMAT "  made %s  entries %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s\n", issue->subscription, issue->number, at,
	    issue->after + 1, issue->upto, issue->skipped ? "  empty, skipped" : "");
	for (guint i = 0; i < steps->len; i++) {
		const struct issue_step *step = g_ptr_array_index(steps, i);
		g_autofree char *when = clock_format(step->at, app->zone, "%Y-%m-%d %H:%M");

		printf("    %-9s %s  %s%s%s\n", step->state, when, step->recipient, *step->words != '\0' ? "  " : "", step->words);
	}
}

static void
print_issue_json(const struct issue *issue, const GPtrArray *steps)
{
	g_autoptr(Json) object = json_new_object();
	struct json *list = json_new_array();
	g_autofree char *at = clock_iso(issue->at), *line = NULL;

	json_put_text(object, "subscription", issue->subscription);
	json_put_number(object, "number", issue->number);
	json_put_text(object, "at", at);
	json_put_number(object, "after", issue->after);
	json_put_number(object, "upto", issue->upto);
	json_put_text(object, "message_id", issue->message_id);
	json_put_boolean(object, "skipped", issue->skipped);
	for (guint i = 0; i < steps->len; i++) {
		const struct issue_step *step = g_ptr_array_index(steps, i);
		struct json *out = json_new_object();
		g_autofree char *when = clock_iso(step->at);

		json_put_text(out, "to", step->recipient);
		json_put_text(out, "state", step->state);
		json_put_text(out, "at", when);
		json_put_text(out, "words", step->words);
		json_put_number(out, "tries", step->tries);
		json_add(list, out);
	}
	json_put(object, "recipients", list);
	line = json_print(object, FALSE);
	fputs(line, stdout);
	if (!g_str_has_suffix(line, "\n"))
		putchar('\n');
}

gboolean
digest_list(struct app *app, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autoptr(GPtrArray) issues = NULL;

	if (app->format == FORMAT_CSV)
		return app_usage(error, "digest --list: text or json");
	if (!app_open(app, DB_READ, &archive, error) || (issues = issues_list(archive.index, NULL, app->limit < 0 ? 50 : (guint)app->limit, error)) == NULL)
		return FALSE;
	for (guint i = 0; i < issues->len; i++) {
		const struct issue *issue = g_ptr_array_index(issues, i);
		g_autoptr(GPtrArray) steps = issues_steps(archive.index, issue->seq, error);

		if (steps == NULL)
			return FALSE;
		if (app->format == FORMAT_JSON)
			print_issue_json(issue, steps);
		else
			print_issue(app, issue, steps);
	}
	return TRUE;
}
