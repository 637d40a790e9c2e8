#include "carrier/dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/schedule.h"
#include "carrier/outcome.h"
#include "carrier/compose.h"
#include "carrier/run.h"

#define LOCK "lock.digest"

static int
lock(const struct dispatch *dispatch, GError **error)
{
	g_autofree char *path = g_build_filename(mailstore_folder(dispatch->store), LOCK, NULL);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);

	/* Whatever the umask: the archive's group sends too. Not ours, and it is as it is. */
	(void)!(fd >= 0 ? fchmod(fd, 0660) : 0);
	if (fd < 0)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_CREATE, "cannot open %s: %s", path, g_strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY, "another process is sending digests of this archive");
		close(fd);
		fd = -1;
	}
	return fd;
}

gint64
dispatch_next_try(gint64 last, guint tries)
{
	gint64 wait = LIMIT_RETRY_FIRST;

	for (guint i = 1; i < tries && wait < LIMIT_RETRY_MOST; i++)
		wait *= 2;
	return last + MIN(wait, LIMIT_RETRY_MOST);
}

/* An entry, on disk when it returns TRUE, and followed by the index. */
static gboolean
note_step(const struct dispatch *dispatch, const struct issue *issue, const char *recipient, const char *state, const char *words, GError **error)
{
	if (!mailstore_begin(dispatch->store, error))
		return FALSE;
	if (!issues_add_step(dispatch->store, issue->seq, issue->subscription, recipient, state, words, dispatch->now, error) ||
	    !mailstore_commit(dispatch->store, error)) {
		mailstore_rollback(dispatch->store);
		return FALSE;
	}
	return dispatch->catch_up(dispatch->data, error);
}

static void
count(struct dispatch_result *result, enum outcome_state state)
{
	guint *const counts[] = {
	    [OUTCOME_SENT] = &result->sent, [OUTCOME_DEFERRED] = &result->deferred, [OUTCOME_REFUSED] = &result->refused, [OUTCOME_UNKNOWN] = &result->unknown};

	++*counts[state];
}

/* One try. */
static gboolean
send_one(const struct dispatch *dispatch, const struct issue *issue, const struct issue_step *step, struct dispatch_result *result, GError **error)
{
	gboolean doubt = step->doubt || strcmp(step->state, "sending") == 0 || strcmp(step->state, "unknown") == 0;
	g_autoptr(GBytes) message = issues_message(dispatch->store, issue->seq, error);
	g_auto(Outcome) outcome = {0};
	g_autofree char *words = NULL;

	if (message == NULL || !note_step(dispatch, issue, step->recipient, "sending", NULL, error))
		return FALSE;
	run_carrier(dispatch->config_path, step->recipient, message, &outcome);
	words = g_strdup_printf("%s%s", doubt && outcome.state == OUTCOME_SENT ? "may have arrived twice: " : "", outcome.words);
	if (!note_step(dispatch, issue, step->recipient, outcome_name(outcome.state), words, error))
		return FALSE;
	if (outcome.state == OUTCOME_SENT)
		log_notice(dispatch->level, "%s, issue %" G_GINT64_FORMAT ": sent to %s", issue->subscription, issue->number, step->recipient);
	else
		log_error(
		    "%s, issue %" G_GINT64_FORMAT ": %s to %s: %s", issue->subscription, issue->number, outcome_name(outcome.state), step->recipient, words);
	count(result, outcome.state);
	return TRUE;
}

static gboolean
is_recipient(const struct subscription *subscription, const char *recipient)
{
	return g_ptr_array_find_with_equal_func(subscription->to, recipient, g_str_equal, NULL);
}

/* What is left to do for one recipient of an issue. */
static gboolean
go_on_with(const struct dispatch *dispatch, const struct subscription *subscription, const struct issue *issue, const struct issue_step *step,
    struct dispatch_result *result, GError **error)
{
	static const char *const open[] = {"waiting", "again", "sending", "deferred", "unknown", NULL};
	gboolean tried = step->tries > 0;

	if (!g_strv_contains(open, step->state))
		return TRUE;
	if (!is_recipient(subscription, step->recipient)) {
		result->given_up++;
		return note_step(dispatch, issue, step->recipient, "given-up", "no longer subscribed", error);
	}
	if (tried && dispatch_next_try(step->at, step->tries) > dispatch->now)
		return TRUE;
	if (tried && dispatch->now - issue->at > LIMIT_RETRY_END && strcmp(step->state, "again") != 0) {
		g_autofree char *words = g_strdup_printf("after %u tries: %s", step->tries, step->words);

		result->given_up++;
		log_error("%s, issue %" G_GINT64_FORMAT ": given up, %s; postbag digest --resend %s:%" G_GINT64_FORMAT " sends it again", issue->subscription,
		    issue->number, words, issue->subscription, issue->number);
		return note_step(dispatch, issue, step->recipient, "given-up", words, error);
	}
	return send_one(dispatch, issue, step, result, error);
}

static gboolean
send_waiting(const struct dispatch *dispatch, const struct subscription *subscription, struct dispatch_result *result, GError **error)
{
	g_autoptr(GPtrArray) issues = issues_open(dispatch->index, subscription->name, error);

	if (issues == NULL)
		return FALSE;
	for (guint i = 0; i < issues->len; i++) {
		const struct issue *issue = g_ptr_array_index(issues, i);
		g_autoptr(GPtrArray) steps = issues_steps(dispatch->index, issue->seq, error);

		if (steps == NULL)
			return FALSE;
		for (guint j = 0; j < steps->len; j++)
			if (!go_on_with(dispatch, subscription, issue, g_ptr_array_index(steps, j), result, error))
				return FALSE;
	}
	return TRUE;
}

/* The issue, and for each recipient that it waits for him, in one transaction. */
static gboolean
record_issue(const struct dispatch *dispatch, const struct subscription *subscription, const struct issue *issue, GBytes *message, GError **error)
{
	gint64 seq;
	gboolean ok = mailstore_begin(dispatch->store, error);

	if (!ok)
		return FALSE;
	ok = issues_add(dispatch->store, issue, message, &seq, error);
	for (guint i = 0; ok && message != NULL && i < subscription->to->len; i++)
		ok = issues_add_step(dispatch->store, seq, subscription->name, g_ptr_array_index(subscription->to, i), "waiting", NULL, dispatch->now, error);
	if (!ok || !mailstore_commit(dispatch->store, error)) {
		mailstore_rollback(dispatch->store);
		return FALSE;
	}
	return dispatch->catch_up(dispatch->data, error);
}

/* What the next issue covers; *DUE FALSE: none is due. */
static gboolean
plan_issue(const struct dispatch *dispatch, const struct subscription *subscription, GTimeZone *zone, struct issue *issue, gboolean *due, GError **error)
{
	const struct schedule schedule = {subscription->every == EVERY_WEEK ? subscription->weekday : 0, subscription->minute, zone};
	g_autoptr(GError) reason = NULL;
	g_autoptr(Issue) last = issues_last(dispatch->index, subscription->name, &reason);
	struct index_position position;

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	issue->due = schedule_before(&schedule, dispatch->now, 0);
	issue->number = last != NULL ? last->number + 1 : 1;
	issue->at = dispatch->now;
	issue->subscription = g_strdup(subscription->name);
	issue->message_id = g_strdup_printf(
	    "%s.%" G_GINT64_FORMAT ".%.8s@%s", subscription->name, issue->number, mailstore_uuid(dispatch->store), strrchr(dispatch->conf->mail.from, '@') + 1);
	*due = last == NULL || last->due < issue->due;
	if (!index_position(dispatch->index, &position, error))
		return FALSE;
	issue->upto = position.seq;
	if (last != NULL)
		issue->after = last->upto;
	return last != NULL || issues_begin(dispatch->index, schedule_before(&schedule, dispatch->now, 1), &issue->after, error);
}

static gboolean
make_issue(const struct dispatch *dispatch, const struct subscription *subscription, struct dispatch_result *result, GError **error)
{
	g_autoptr(GTimeZone) zone = subscription->timezone != NULL ? clock_zone(subscription->timezone, error) : g_time_zone_ref(dispatch->zone);
	g_autoptr(Issue) issue = g_new0(struct issue, 1);
	g_autoptr(GBytes) message = NULL;
	gboolean due, empty;

	if (zone == NULL || !plan_issue(dispatch, subscription, zone, issue, &due, error))
		return FALSE;
	if (!due)
		return TRUE;
	message = compose_issue(dispatch, subscription, issue, zone, &empty, error);
	if (message == NULL)
		return FALSE;
	issue->skipped = empty && subscription->skip_empty;
	if (issue->skipped)
		result->skipped++;
	else
		result->made++;
	return record_issue(dispatch, subscription, issue, issue->skipped ? NULL : message, error);
}

gboolean
dispatch_due(const struct dispatch *dispatch, struct dispatch_result *out, GError **error)
{
	int fd = lock(dispatch, error);
	gboolean ok = fd >= 0 && dispatch->catch_up(dispatch->data, error);

	/* All issues first: what they cover does not depend on how long sending takes. */
	for (guint i = 0; ok && i < dispatch->conf->subscriptions->len; i++)
		ok = make_issue(dispatch, g_ptr_array_index(dispatch->conf->subscriptions, i), out, error);
	for (guint i = 0; ok && i < dispatch->conf->subscriptions->len; i++)
		ok = send_waiting(dispatch, g_ptr_array_index(dispatch->conf->subscriptions, i), out, error);
	if (fd >= 0)
		close(fd);
	return ok;
}

static gboolean
ask_again(const struct dispatch *dispatch, const struct subscription *subscription, gint64 number, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(Issue) issue = issues_find(dispatch->index, subscription->name, number, &reason);
	g_autoptr(GBytes) message = NULL;
	gboolean ok = TRUE;

	if (issue == NULL) {
		if (reason != NULL)
			g_propagate_error(error, g_steal_pointer(&reason));
		else
			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "there is no such issue; postbag digest --list shows them");
		return FALSE;
	}
	message = issues_message(dispatch->store, issue->seq, error);
	if (message == NULL || !mailstore_begin(dispatch->store, error))
		return FALSE;
	for (guint i = 0; ok && i < subscription->to->len; i++)
		ok =
		    issues_add_step(dispatch->store, issue->seq, subscription->name, g_ptr_array_index(subscription->to, i), "again", "", dispatch->now, error);
	if (!ok || !mailstore_commit(dispatch->store, error)) {
		mailstore_rollback(dispatch->store);
		return FALSE;
	}
	return dispatch->catch_up(dispatch->data, error);
}

gboolean
dispatch_again(const struct dispatch *dispatch, const struct subscription *subscription, gint64 number, struct dispatch_result *out, GError **error)
{
	int fd = lock(dispatch, error);
	gboolean ok = fd >= 0 && ask_again(dispatch, subscription, number, error) && send_waiting(dispatch, subscription, out, error);

	if (fd >= 0)
		close(fd);
	return ok;
}
