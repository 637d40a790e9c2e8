#include "carrier/compose.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/schedule.h"
#include "intake/sweep.h"
#include "mail/message-compose.h"
#include "report/digest.h"

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

static GBytes *
compose(const struct dispatch *dispatch, const struct subscription *subscription, const struct issue *issue, GTimeZone *zone, const struct digest *digest,
    const char *label)
{
	const struct conf_mail *mail = &dispatch->conf->mail;
	const char *title = subscription->title != NULL ? subscription->title : dispatch->conf->title != NULL ? dispatch->conf->title : "Public input";
	g_autofree char *text = digest_print_text(digest);
	g_autofree char *body = g_strdup_printf("%s\n-- \nIssue %" G_GINT64_FORMAT " of \"%s\". Everything received since the last issue stands in this one.\n",
	    text, issue->number, subscription->name);
	g_autofree char *subject = g_strdup_printf("%s \u00b7 %s \u00b7 issue %" G_GINT64_FORMAT, title, label, issue->number);
	struct outgoing outgoing = {
	    .from_name = mail->from_name,
	    .from = mail->from,
	    .subject = subject,
	    .message_id = issue->message_id,
	    .list_id = mail->list_id,
	    .date = issue->at,
	    .zone = zone,
	    .automatic = TRUE,
	    .text = body,
	};

	return message_compose(&outgoing);
}

GBytes *
compose_issue(
    const struct dispatch *dispatch, const struct subscription *subscription, const struct issue *issue, GTimeZone *zone, gboolean *empty, GError **error)
{
	g_autofree char *wanted = wanted_of(subscription), *label = NULL;
	struct digest_options options = {
	    .span = {.window = window_of(subscription, issue, zone), .after = issue->after, .upto = issue->upto},
	    .title = subscription->title != NULL     ? subscription->title
	             : dispatch->conf->title != NULL ? dispatch->conf->title
	                                             : "Public input",
	    .wanted = wanted,
	    .zone = zone,
	    .rules_trouble = dispatch->rules_trouble,
	};
	g_autoptr(Digest) digest = NULL;
	guint spooled;

	label = clock_format(issue->due, zone, "%A %-d %B %Y");
	options.label = label;
	if (!sweep_waiting(dispatch->store, dispatch->spools, 0, dispatch->now + 1, &spooled, error))
		return NULL;
	options.spooled = spooled;
	digest = digest_build(dispatch->store, dispatch->index, &options, error);
	if (digest == NULL)
		return NULL;
	*empty = digest_is_empty(digest);
	return compose(dispatch, subscription, issue, zone, digest, label);
}
