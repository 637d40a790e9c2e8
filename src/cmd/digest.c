#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/link.h"
#include "carrier/mime.h"
#include "cmd/app.h"
#include "cmd/digest-due.h"
#include "cmd/digest-window.h"
#include "intake/sweep.h"
#include "report/digest.h"

struct choice { /* what the options ask for */
	struct digest_window window;
	GString *wanted; /* "\ntype id\n..." */
	char *by, *link;
	gboolean due, list;
	char *resend, *to;
	int max_bytes;
};

static gboolean
choose_period(const char *option, const char *value, gpointer data, GError **error)
{
	struct choice *choice = data;

	digest_window_read(&choice->window, option, value);
	return TRUE;
}

/* --workstream, --topic or --group: an id, or several with commas; the option is named as what it chooses. */
static gboolean
choose_wanted(const char *option, const char *value, gpointer data, GError **error)
{
	struct choice *choice = data;
	g_auto(GStrv) ids = g_strsplit(value, ",", -1);

	for (char **id = ids; *id != NULL; id++) {
		if (*g_strstrip(*id) == '\0' || strchr(*id, '\n') != NULL)
			return app_usage(error, "%s takes an id, or several with commas", option);
		g_string_append_printf(choice->wanted, "%s%s %s\n", choice->wanted->len == 0 ? "\n" : "", option + strlen("--"), *id);
	}
	return TRUE;
}

static void
choice_clear(struct choice *choice)
{
	digest_window_clear(&choice->window);
	g_string_free(choice->wanted, TRUE);
	g_free(choice->by);
	g_free(choice->link);
	g_free(choice->resend);
	g_free(choice->to);
}

/* The sort of the sections, as a constant. */
static gboolean
choose_by(const struct choice *choice, const char **out, GError **error)
{
	static const char *const sorts[] = {"workstream", "topic", "group", NULL};

	for (gsize i = 0; sorts[i] != NULL; i++)
		if (choice->by == NULL || strcmp(choice->by, sorts[i]) == 0) {
			*out = sorts[i];
			return TRUE;
		}
	return app_usage(error, "digest: --by %s: expected workstream, topic or group", choice->by);
}

/* Without a choice of its own, what has come since an issue is what the next one of that subscription would have. */
static void
follow_subscription(const struct app *app, struct choice *choice)
{
	for (guint i = 0; choice->window.issue != NULL && choice->wanted->len == 0 && i < app->conf->subscriptions->len; i++) {
		const struct subscription *subscription = g_ptr_array_index(app->conf->subscriptions, i);
		const struct {
			const char *type;
			const GPtrArray *ids;
		} lists[] = {{"workstream", subscription->workstreams}, {"topic", subscription->topics}, {"group", subscription->groups}};

		if (strcmp(subscription->name, choice->window.issue) != 0)
			continue;
		for (gsize j = 0; j < G_N_ELEMENTS(lists); j++)
			for (guint k = 0; k < lists[j].ids->len; k++)
				g_string_append_printf(choice->wanted, "%s%s %s\n", choice->wanted->len == 0 ? "\n" : "", lists[j].type,
				    (const char *)g_ptr_array_index(lists[j].ids, k));
		return;
	}
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

/* What waits in the spool counts as received: in the window, or since an issue all of it. */
static gboolean
count_spooled(struct app *app, struct archive *archive, struct digest_options *options, GError **error)
{
	g_autoptr(GPtrArray) spools = app_spools(app, mailstore_folder(archive->store));
	const struct time_window *window = &options->span.window;
	guint spooled;

	if (!sweep_waiting(archive->store, spools, options->span.upto > 0 ? 0 : window->from, window->to, &spooled, error))
		return FALSE;
	options->spooled = spooled;
	return TRUE;
}

static gboolean
run(struct app *app, struct choice *choice, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autofree char *trouble = NULL, *label = NULL;
	struct digest_options options = {
	    .title = app->conf->title != NULL ? app->conf->title : "Public input",
	    .link = choice->link,
	    .html_bytes = choice->max_bytes,
	    .zone = app->zone,
	};

	if (!choose_by(choice, &options.by, error) || !app_open(app, DB_READ, &archive, error) ||
	    !digest_window_find(&choice->window, app, &archive, &options.span, &label, error))
		return FALSE;
	follow_subscription(app, choice);
	options.wanted = choice->wanted->len > 0 ? choice->wanted->str : NULL;
	options.label = label;
	options.rules_trouble = trouble = app_new_rules_trouble(app, archive.store);
	return count_spooled(app, &archive, &options, error) && print(app, &options, &archive, error);
}

/* What issues are about, and of what, their subscription says. */
static gboolean
check_issues(const struct choice *choice, GError **error)
{
	const struct digest_window *w = &choice->window;
	gboolean window = w->is_daily || w->is_weekly || w->is_monthly || w->since != NULL || w->until != NULL || w->between != NULL || w->issue != NULL;
	const char *what = choice->due ? "--due" : choice->list ? "--list" : "--resend";

	if (!window && choice->wanted->len == 0 && choice->by == NULL && choice->link == NULL && choice->max_bytes == 0)
		return TRUE;
	return app_usage(error, "digest: %s takes no time and no choice: each [subscription] says its own (postbag.conf(5))", what);
}

gboolean
cmd_digest(struct app *app, int argc, char **argv, GError **error)
{
	struct choice choice = {.window = {.command = "digest"}, .wanted = g_string_new(NULL)};
	const GOptionEntry entries[] = {
	    {"daily", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_period, "a day; without DATE yesterday (the default)", "DATE"},
	    {"weekly", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_period, "an ISO week; without DATE the last one", "DATE"},
	    {"monthly", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, choose_period, "a month; without DATE the last one", "DATE"},
	    {"since", 0, 0, G_OPTION_ARG_STRING, &choice.window.since, "from this date on, as 2019-02-11 or 7d", "DATE"},
	    {"until", 0, 0, G_OPTION_ARG_STRING, &choice.window.until, "up to and with this date", "DATE"},
	    {"between", 0, 0, G_OPTION_ARG_STRING, &choice.window.between, "from the end of one milestone to that of another", "A B"},
	    {"since-issue", 0, 0, G_OPTION_ARG_STRING, &choice.window.issue, "what was entered since a subscription's last issue", "NAME"},
	    {"workstream", 0, 0, G_OPTION_ARG_CALLBACK, choose_wanted, "only what is filed under this; may be repeated", "ID"},
	    {"topic", 0, 0, G_OPTION_ARG_CALLBACK, choose_wanted, "the same of a topic", "ID"},
	    {"group", 0, 0, G_OPTION_ARG_CALLBACK, choose_wanted, "the same of a group", "ID"},
	    {"by", 0, 0, G_OPTION_ARG_STRING, &choice.by, "sections by workstream (the default), topic or group", "WHAT"},
	    {"link", 0, 0, G_OPTION_ARG_STRING, &choice.link, "html, mime: where a message is read, {id} in the place of its id", "ADDRESS"},
	    {"due", 0, 0, G_OPTION_ARG_NONE, &choice.due, "make and send the subscriptions' digests that are due", NULL},
	    {"list", 0, 0, G_OPTION_ARG_NONE, &choice.list, "list what was sent to subscribers", NULL},
	    {"resend", 0, 0, G_OPTION_ARG_STRING, &choice.resend, "send an issue once more, as staff:12; staff: its last", "NAME[:N]"},
	    {"to", 0, 0, G_OPTION_ARG_STRING, &choice.to, "with --resend: only to this recipient", "ADDRESS"},
	    {"max-bytes", 0, 0, G_OPTION_ARG_INT, &choice.max_bytes, "html: fold letters until the page is no longer", "N"},
	    G_OPTION_ENTRY_NULL,
	};
	gboolean done = FALSE, ok;

	ok = app_parse_with(app, "digest", entries, &choice, &argc, &argv, &done, error);
	if (ok && !done && (choice.due ? 1 : 0) + (choice.list ? 1 : 0) + (choice.resend != NULL ? 1 : 0) > 1)
		ok = app_usage(error, "digest: choose one of --due, --list and --resend");
	if (ok && !done && choice.to != NULL && choice.resend == NULL)
		ok = app_usage(error, "digest: --to is for --resend");
	if (ok && !done && choice.window.between != NULL && argc == 2)
		choice.window.second = argv[1];
	else if (ok && !done && argc > (choice.list ? 2 : 1))
		ok = app_usage(error, "digest: unexpected argument \"%s\"%s%s", argv[1], g_ascii_isdigit(*argv[1]) ? "; a day is --daily=" : "",
		    g_ascii_isdigit(*argv[1]) ? argv[1] : "");
	if (ok && !done && (choice.due || choice.list || choice.resend != NULL))
		ok = check_issues(&choice, error);
	if (ok && !done && choice.link != NULL)
		ok = check_link(app, choice.link, error);
	if (ok && !done && choice.max_bytes != 0 && (choice.max_bytes < 0 || app->format != FORMAT_HTML))
		ok = app_usage(error, "digest: --max-bytes is a number of bytes, for --format html");
	if (ok && !done) {
		if (choice.due || choice.list || choice.resend != NULL)
			ok = choice.due    ? digest_due(app, error)
			     : choice.list ? digest_list(app, argc > 1 ? argv[1] : NULL, error)
			                   : digest_resend(app, choice.resend, choice.to, error);
		else
			ok = run(app, &choice, error);
	}
	choice_clear(&choice);
	return ok;
}
