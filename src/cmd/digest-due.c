#include "cmd/digest-due.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
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

/* The reader is forked before anything is open. An index that is lost is made anew. */
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
	return sending->reader != NULL && app_open(sending->app, DB_CREATE, &sending->archive, error);
}

/* ZONE: of the configuration, since --timezone is about what is shown. */
static struct dispatch
dispatch_of(struct sending *sending, GTimeZone *zone, GPtrArray *spools, const char *trouble)
{
	return (struct dispatch){
	    .store = sending->archive.store,
	    .index = sending->archive.index,
	    .conf = sending->app->conf,
	    .zone = zone,
	    .config_path = sending->app->conf->file,
	    .rules_trouble = trouble,
	    .spools = spools,
	    .now = sending->app->now,
	    .clock = clock_now,
	    .level = sending->app->level,
	    .catch_up = catch_up,
	    .data = sending,
	};
}

/* What the caller, a timer most likely, has to know. */
static gboolean
judge(const struct app *app, const struct dispatch_result *result, GError **error)
{
	guint again = result->deferred + result->unknown;

	if (result->made + result->skipped + result->sent + again + result->refused + result->given_up > 0)
		log_notice(app->level, "%u issue%s made, %u empty and skipped; %u sent, %u to be tried again, %u refused, %u given up", result->made,
		    result->made == 1 ? "" : "s", result->skipped, result->sent, again, result->refused, result->given_up);
	if (result->left > 0)
		log_error("the mail server takes too long: %u left to the next run of digest --due", result->left);
	if (result->failed > 0)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CONFIG,
		    "%u issue%s could not be made or read; nothing is lost: the next one that can be made tells what %s should have", result->failed,
		    result->failed == 1 ? "" : "s", result->failed == 1 ? "it" : "they");
	else if (result->refused + result->given_up > 0)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "not all could be sent; postbag digest --list shows them");
	else if (again + result->left > 0)
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
	gboolean ok = open_archive(&sending, error) && app_settle_rules(app, sending.archive.store, error);

	if (ok) {
		g_autoptr(GTimeZone) zone = digest_zone(app, error);
		g_autoptr(GPtrArray) spools = app_spools(app, mailstore_folder(sending.archive.store));
		g_autofree char *trouble = app_new_rules_trouble(app, sending.archive.store);
		struct dispatch dispatch = dispatch_of(&sending, zone, spools, trouble);

		ok = zone != NULL && dispatch_due(&dispatch, &result, error) && judge(app, &result, error);
	}
	sending_clear(&sending);
	return ok;
}

GTimeZone *
digest_zone(const struct app *app, GError **error)
{
	return clock_zone(app->conf->timezone != NULL ? app->conf->timezone : "UTC", error);
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

/* "staff:12", or "staff" for its last one. */
static gboolean
parse_again(const struct app *app, const char *which, const char *to, struct dispatch_again *out, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(which, ":", 2);
	guint64 number = 0;

	if (parts[0] == NULL || (parts[1] != NULL && !g_ascii_string_to_unsigned(parts[1], 10, 1, G_MAXUINT32, &number, NULL)))
		return app_usage(error, "digest: --resend takes a subscription, and perhaps the number of an issue, as staff:12");
	*out = (struct dispatch_again){find_subscription(app->conf, parts[0]), (gint64)number, to};
	if (out->subscription == NULL)
		return app_usage(error, "digest: no subscription \"%s\" in the configuration", parts[0]);
	return TRUE;
}

gboolean
digest_resend(struct app *app, const char *which, const char *to, GError **error)
{
	struct sending sending = {.app = app};
	struct dispatch_result result = {0};
	struct dispatch_again again;
	gboolean ok = parse_again(app, which, to, &again, error) && open_archive(&sending, error);

	if (ok) {
		g_autoptr(GPtrArray) spools = app_spools(app, mailstore_folder(sending.archive.store));
		struct dispatch dispatch = dispatch_of(&sending, app->zone, spools, NULL);

		ok = dispatch_again(&dispatch, &again, &result, error) && judge(app, &result, error);
	}
	sending_clear(&sending);
	return ok;
}
