#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/link.h"
#include "carrier/mime.h"
#include "cmd/app.h"
#include "cmd/digest-due.h"
#include "intake/sweep.h"
#include "report/digest.h"

struct choice { /* what the options ask for */
	char *daily, *weekly, *since, *until, *workstream, *link;
	gboolean is_daily, is_weekly;
	gboolean due, list;
	char *resend;
};

static gboolean
choose_daily(const char *option, const char *value, gpointer data, GError **error)
{
	struct choice *choice = data;

	choice->is_daily = TRUE;
	g_free(choice->daily);
	choice->daily = g_strdup(value);
	return TRUE;
}

static gboolean
choose_weekly(const char *option, const char *value, gpointer data, GError **error)
{
	struct choice *choice = data;

	choice->is_weekly = TRUE;
	g_free(choice->weekly);
	choice->weekly = g_strdup(value);
	return TRUE;
}

static void
choice_clear(struct choice *choice)
{
	g_free(choice->daily);
	g_free(choice->weekly);
	g_free(choice->since);
	g_free(choice->until);
	g_free(choice->workstream);
	g_free(choice->link);
	g_free(choice->resend);
}

/* The whole day or week that is named, or the last one that is over. */
static gboolean
choose_period(const struct app *app, const char *named, struct time_window (*period)(gint64, int, GTimeZone *), struct time_window *out, GError **error)
{
	struct time_window window;

	if (named == NULL) {
		*out = period(app->now, -1, app->zone);
		return TRUE;
	}
	if (!clock_parse(named, app->now, app->zone, &window, error))
		return FALSE;
	*out = period(window.from, 0, app->zone);
	return TRUE;
}

static gboolean
choose_window(const struct app *app, const struct choice *choice, struct time_window *out, GError **error)
{
	struct time_window since = {0, 0}, until = {0, app->now + 1}; /* this second included */

	if ((choice->is_daily ? 1 : 0) + (choice->is_weekly ? 1 : 0) + (choice->since != NULL || choice->until != NULL ? 1 : 0) > 1)
		return app_usage(error, "digest: choose one of --daily, --weekly and --since/--until");
	if (choice->is_weekly)
		return choose_period(app, choice->weekly, clock_week, out, error);
	if (choice->since == NULL && choice->until == NULL)
		return choose_period(app, choice->daily, clock_day, out, error);
	if (choice->since != NULL && !clock_parse(choice->since, app->now, app->zone, &since, error))
		return FALSE;
	if (choice->until != NULL && !clock_parse(choice->until, app->now, app->zone, &until, error))
		return FALSE;
	out->from = since.from;
	out->to = until.to;
	if (out->from > app->now)
		return app_usage(error, "digest: --since=%s is in the future", choice->since);
	if (out->from >= out->to)
		return app_usage(error, "digest: --since is not before --until");
	return TRUE;
}

static gboolean
check_link(const struct app *app, const char *link, GError **error)
{
	const char *why;

	if (app->format != FORMAT_HTML && app->format != FORMAT_MIME)
		return app_usage(error, "digest: --link is for --format html and mime");
	return link_check(link, &why) || app_usage(error, "digest: --link: %s", why);
}

/* What a pipe takes: one message, from the address that mail goes out from where there is one. */
static char *
print_mime(const struct app *app, const struct digest *digest, const struct digest_options *options, struct archive *archive, GError **error)
{
	const struct conf_mail *mail = &app->conf->mail;
	g_autofree char *text = digest_print_text(digest), *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	const char *from = mail->from != NULL ? mail->from : "digest@postbag.invalid";
	g_autofree char *id = g_strdup_printf("digest.%.24s%s", sum, strrchr(from, '@'));
	struct digest_mail out = {
	    .head = {.from_name = mail->from_name,
	        .from = from,
	        .subject = options->title,
	        .message_id = id,
	        .list_id = mail->list_id,
	        .date = app->now,
	        .zone = app->zone,
	        .automatic = TRUE},
	    .enclose = TRUE,
	    .link = options->link,
	};
	g_autoptr(GBytes) bytes = digest_mail_compose(digest, archive->index, &out, error);

	return bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

static gboolean
print(struct app *app, const struct digest_options *options, struct archive *archive, GError **error)
{
	g_autoptr(Digest) digest = digest_build(archive->store, archive->index, options, error);
	g_autofree char *text = NULL;

	if (digest == NULL)
		return FALSE;
	text = app->format == FORMAT_JSON   ? digest_print_json(digest)
	       : app->format == FORMAT_HTML ? digest_print_html(digest)
	       : app->format == FORMAT_CSV  ? digest_print_csv(digest)
	       : app->format == FORMAT_MIME ? print_mime(app, digest, options, archive, error)
	                                    : digest_print_text(digest);
	if (text == NULL)
		return FALSE;
	fputs(text, stdout);
	if (digest_ledger(digest)->difference == 0)
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_RECONCILE,
	    "the digest does not reconcile: %" G_GINT64_FORMAT "; postbag sweep, or postbag rebuild, makes the index whole", digest_ledger(digest)->difference);
	return FALSE;
}

gboolean
cmd_digest(struct app *app, int argc, char **argv, GError **error)
{
	struct choice choice = {0};
	const GOptionEntry entries[] = {
	    {"daily", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_daily, "a day; without DATE yesterday (the default)", "DATE"},
	    {"weekly", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_weekly, "an ISO week; without DATE the last one", "DATE"},
	    {"since", 0, 0, G_OPTION_ARG_STRING, &choice.since, "from this date on, as 2019-02-11 or 7d", "DATE"},
	    {"until", 0, 0, G_OPTION_ARG_STRING, &choice.until, "up to and with this date", "DATE"},
	    {"due", 0, 0, G_OPTION_ARG_NONE, &choice.due, "make and send the subscriptions' digests that are due", NULL},
	    {"list", 0, 0, G_OPTION_ARG_NONE, &choice.list, "list what was sent to subscribers", NULL},
	    {"resend", 0, 0, G_OPTION_ARG_STRING, &choice.resend, "send an issue once more, as staff:12", "NAME:N"},
	    {"workstream", 0, 0, G_OPTION_ARG_STRING, &choice.workstream, "only this workstream", "ID"},
	    {"link", 0, 0, G_OPTION_ARG_STRING, &choice.link, "html, mime: where a message is read, {id} in the place of its id", "ADDRESS"},
	    G_OPTION_ENTRY_NULL,
	};
	struct digest_options options = {0};
	g_auto(Archive) archive = {0};
	g_autoptr(GPtrArray) spools = NULL;
	g_autofree char *trouble = NULL, *wanted = NULL;
	gboolean done = FALSE, ok;
	guint spooled;

	ok = app_parse_with(app, "digest", entries, &choice, &argc, &argv, &done, error);
	if (ok && !done && argc > 1)
		ok = app_usage(error, "digest: unexpected argument \"%s\"%s%s", argv[1], g_ascii_isdigit(*argv[1]) ? "; a day is --daily=" : "",
		    g_ascii_isdigit(*argv[1]) ? argv[1] : "");
	if (ok && !done && choice.link != NULL)
		ok = check_link(app, choice.link, error);
	if (ok && !done && (choice.due || choice.list || choice.resend != NULL)) {
		ok = choice.due ? digest_due(app, error) : choice.list ? digest_list(app, error) : digest_resend(app, choice.resend, error);
		done = TRUE;
	}
	ok = ok && (done || (choose_window(app, &choice, &options.span.window, error) && app_open(app, DB_READ, &archive, error)));
	if (ok && !done) {
		spools = app_spools(app, mailstore_folder(archive.store));
		options.title = app->conf->title != NULL ? app->conf->title : "Public input";
		wanted = choice.workstream != NULL ? g_strdup_printf("\nworkstream %s\n", choice.workstream) : NULL;
		options.wanted = wanted;
		options.link = choice.link;
		options.zone = app->zone;
		options.rules_trouble = trouble = app_new_rules_trouble(app, archive.store);
		ok = sweep_waiting(archive.store, spools, options.span.window.from, options.span.window.to, &spooled, error);
		options.spooled = spooled;
		ok = ok && print(app, &options, &archive, error);
	}
	choice_clear(&choice);
	return ok;
}
