#include "carrier/compose.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/schedule.h"
#include "base/text.h"
#include "intake/sweep.h"
#include "carrier/mime.h"

#define COLUMNS 72

/* "\ntype id\n...", NULL for everything. */
static char *
wanted_of(const struct subscription *subscription)
{
	const struct {
		const char *type;
		const GPtrArray *ids;
	} lists[] = {{"workstream", subscription->workstreams}, {"topic", subscription->topics}, {"group", subscription->groups}};
	g_autoptr(GString) wanted = g_string_new("\n");

	for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
		for (guint j = 0; j < lists[i].ids->len; j++)
			g_string_append_printf(wanted, "%s %s\n", lists[i].type, (const char *)g_ptr_array_index(lists[i].ids, j));
	return wanted->len > 1 ? g_strdup(wanted->str) : NULL;
}

/* The time that an issue is about: the civil days between the one before and this one. */
static struct time_window
window_of(const struct subscription *subscription, const struct issue *issue, GTimeZone *zone)
{
	const struct schedule schedule = {subscription->every == EVERY_WEEK ? subscription->weekday : 0, subscription->minute, zone};

	return (struct time_window){schedule_before(&schedule, issue->due, 1), issue->due};
}

/* Which issue of what this is, and since when it tells. */
static char *
foot_of(const struct subscription *subscription, const struct issue *issue, const struct issue *last, GTimeZone *zone)
{
	struct time_window window = window_of(subscription, issue, zone);
	g_autofree char *since = clock_format(last != NULL ? last->at : window.from, zone, "%A %-d %B, %H:%M");

	if (last == NULL)
		return g_strdup_printf("Issue %" G_GINT64_FORMAT " of \"%s\": what came in since %s.", issue->number, subscription->name, since);
	return g_strdup_printf("Issue %" G_GINT64_FORMAT " of \"%s\": what came in since issue %" G_GINT64_FORMAT ", which was made on %s.", issue->number,
	    subscription->name, last->number, since);
}

/* For those who read the text: how to come to a message from its id. */
static char *
link_example(const char *template)
{
	g_autoptr(GString) link = g_string_new(template);

	g_string_replace(link, "{id}", "ID", 0);
	return template != NULL ? g_strdup_printf("One message: %s\n", link->str) : g_strdup("");
}

static GBytes *
compose(const struct dispatch *dispatch, const struct subscription *subscription, const struct issue *issue, const struct digest_options *options,
    const struct digest *digest, GError **error)
{
	const struct conf_mail *mail = &dispatch->conf->mail;
	g_autofree char *foot = text_wrap(options->foot, COLUMNS, ""), *link = link_example(mail->link);
	g_autofree char *end = g_strdup_printf("\n-- \n%s\n%s", g_strchomp(foot), link);
	guint n = digest_count_input(digest);
	g_autofree char *news = n > 0 ? g_strdup_printf("%u new", n) : g_strdup("nothing new");
	g_autofree char *subject =
	    g_strdup_printf("%s \u00b7 %s \u00b7 %s \u00b7 issue %" G_GINT64_FORMAT, options->title, news, options->label, issue->number);
	struct digest_mail out = {
	    .head = {.from_name = mail->from_name,
	        .from = mail->from,
	        .subject = subject,
	        .message_id = issue->message_id,
	        .list_id = mail->list_id,
	        .date = issue->at,
	        .zone = options->zone,
	        .automatic = TRUE},
	    .end = end,
	    .html = subscription->html,
	    .enclose = subscription->digest,
	    .link = mail->link,
	};

	return digest_mail_compose(digest, dispatch->index, &out, error);
}

GBytes *
compose_issue(const struct dispatch *dispatch, const struct subscription *subscription, struct issue *issue, GTimeZone *zone, gboolean *empty, GError **error)
{
	g_autofree char *wanted = wanted_of(subscription), *label = NULL, *foot = NULL;
	struct digest_options options = {
	    .span = {.window = window_of(subscription, issue, zone), .after = issue->after, .upto = issue->upto},
	    .title = subscription->title != NULL     ? subscription->title
	             : dispatch->conf->title != NULL ? dispatch->conf->title
	                                             : "Public input",
	    .wanted = wanted,
	    .zone = zone,
	    .rules_trouble = dispatch->rules_trouble,
	    .link = dispatch->conf->mail.link,
	    .html_bytes = LIMIT_ISSUE_HTML,
	};
	g_autoptr(GError) reason = NULL;
	g_autoptr(Issue) last = issues_last(dispatch->index, subscription->name, &reason);
	g_autoptr(Digest) digest = NULL;
	guint spooled;

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return NULL;
	}
	options.span.late = last != NULL ? last->unread : NULL;
	options.label = label = clock_format(issue->due, zone, subscription->every == EVERY_WEEK ? "week to %A %-d %B %Y" : "%A %-d %B %Y");
	options.foot = foot = foot_of(subscription, issue, last, zone);
	if (!sweep_waiting(dispatch->store, dispatch->spools, 0, dispatch->now + 1, &spooled, error))
		return NULL;
	options.spooled = spooled;
	digest = digest_build(dispatch->store, dispatch->index, &options, error);
	if (digest == NULL)
		return NULL;
	*empty = digest_is_empty(digest);
	issue->unread = g_strdup(digest_still_unread(digest));
	return compose(dispatch, subscription, issue, &options, digest, error);
}
