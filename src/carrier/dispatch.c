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

/* Whoever writes in the archive may take the lock, whatever the umask of the first one who made the file. */
static int
open_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660);

	if (fd >= 0)
		(void)!fchmod(fd, 0660);
	else if (errno == EEXIST)
		fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return fd;
}

static int
lock(const struct dispatch *dispatch, GError **error)
{
	g_autofree char *path = g_build_filename(mailstore_folder(dispatch->store), LOCK, NULL);
	int fd = open_lock(path);

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
	if (!issues_add_step(dispatch->store, issue->seq, issue->subscription, recipient, state, words, dispatch->clock(), error) ||
	    !mailstore_commit(dispatch->store, error)) {
		mailstore_rollback(dispatch->store);
		return FALSE;
	}
	return dispatch->catch_up(dispatch->data, error);
}

static gboolean
give_up(const struct dispatch *dispatch, const struct issue *issue, const struct issue_step *step, const char *words, struct dispatch_result *result,
    GError **error)
{
	const char *twice = issue_step_doubts(step) > 0 ? "may have arrived all the same: " : "";
	g_autofree char *all = g_strdup_printf("%s%s", twice, words);

	result->given_up++;
	log_error("%s, issue %" G_GINT64_FORMAT ", to %s: given up, %s; postbag digest --resend %s:%" G_GINT64_FORMAT " sends it again", issue->subscription,
	    issue->number, step->recipient, all, issue->subscription, issue->number);
	return note_step(dispatch, issue, step->recipient, "given-up", all, error);
}

/* Is there any use in another try after this one? */
static gboolean
is_last(const struct issue_step *step, enum outcome_state state)
{
	if (state == OUTCOME_UNKNOWN && issue_step_doubts(step) >= LIMIT_RETRY_DOUBTS)
		return TRUE;
	return (state == OUTCOME_UNKNOWN || state == OUTCOME_DEFERRED) && step->tries + 1 >= LIMIT_RETRY_TRIES;
}

static gboolean
note_outcome(const struct dispatch *dispatch, const struct issue *issue, const struct issue_step *step, const struct outcome *outcome,
    struct dispatch_result *result, GError **error)
{
	guint *const counts[] = {
	    [OUTCOME_SENT] = &result->sent, [OUTCOME_DEFERRED] = &result->deferred, [OUTCOME_REFUSED] = &result->refused, [OUTCOME_UNKNOWN] = &result->unknown};
	gboolean twice = outcome->state == OUTCOME_SENT && issue_step_doubts(step) > 0;
	g_autofree char *words = g_strdup_printf("%s%s", twice ? "may have arrived twice: " : "", outcome->words);

	if (is_last(step, outcome->state)) {
		struct issue_step last = *step;
		g_autofree char *after = g_strdup_printf("after %u tries: %s", step->tries + 1, words);

		last.doubts += outcome->state == OUTCOME_UNKNOWN;
		return give_up(dispatch, issue, &last, after, result, error);
	}
	++*counts[outcome->state];
	if (outcome->state == OUTCOME_SENT)
		log_notice(dispatch->level, "%s, issue %" G_GINT64_FORMAT ": sent to %s%s", issue->subscription, issue->number, step->recipient,
		    twice ? ", may have arrived twice" : "");
	else
		log_error(
		    "%s, issue %" G_GINT64_FORMAT ": %s to %s: %s", issue->subscription, issue->number, outcome_name(outcome->state), step->recipient, words);
	return note_step(dispatch, issue, step->recipient, outcome_name(outcome->state), words, error);
}

/* One try. What is wrong with this message alone does not keep others back. */
static gboolean
send_one(const struct dispatch *dispatch, const struct issue *issue, const struct issue_step *step, struct dispatch_result *result, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) message = issues_message(dispatch->store, issue->seq, &reason);
	g_auto(Outcome) outcome = {0};
	gint64 begun;

	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT))
		return give_up(dispatch, issue, step, "its message was taken out of the archive", result, error);
	if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		result->failed++;
		log_error("%s, issue %" G_GINT64_FORMAT ": %s", issue->subscription, issue->number, reason->message);
		return TRUE;
	}
	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	if (!note_step(dispatch, issue, step->recipient, "sending", NULL, error))
		return FALSE;
	begun = g_get_monotonic_time();
	run_carrier(dispatch->config_path, step->recipient, message, (guint)dispatch->conf->mail.timeout + LIMIT_CARRIER_GRACE, &outcome);
	/* a server that answers nothing would keep a hundred readers' run for hours, and the next issues with it */
	result->hangs =
	    outcome.state != OUTCOME_SENT && g_get_monotonic_time() - begun >= dispatch->conf->mail.timeout * G_USEC_PER_SEC ? result->hangs + 1 : 0;
	return note_outcome(dispatch, issue, step, &outcome, result, error);
}

static const struct subscription *
subscription_of(const struct dispatch *dispatch, const struct issue *issue)
{
	for (guint i = 0; i < dispatch->conf->subscriptions->len; i++) {
		const struct subscription *subscription = g_ptr_array_index(dispatch->conf->subscriptions, i);

		if (strcmp(subscription->name, issue->subscription) == 0)
			return subscription;
	}
	return NULL;
}

/* The same person, however the address is written. */
static gboolean
is_recipient(const struct subscription *subscription, const char *recipient)
{
	for (guint i = 0; i < subscription->to->len; i++)
		if (g_ascii_strcasecmp(g_ptr_array_index(subscription->to, i), recipient) == 0)
			return TRUE;
	return FALSE;
}

/* A time in the future is one of a clock that was wrong: nobody waits for it. */
static gboolean
is_time(const struct dispatch *dispatch, const struct issue_step *step)
{
	return step->tries == 0 || step->at > dispatch->now || dispatch_next_try(step->at, step->tries) <= dispatch->now;
}

/* What is left to do for one recipient of an issue. */
static gboolean
go_on_with(const struct dispatch *dispatch, const struct issue *issue, const struct issue_step *step, struct dispatch_result *result, GError **error)
{
	const struct subscription *subscription = subscription_of(dispatch, issue);

	if (!issue_step_is_open(step))
		return TRUE;
	/* This may be another configuration than the one that made it: what nobody has said to drop is kept for a while. */
	if (subscription == NULL)
		return dispatch->now - issue->at <= LIMIT_RETRY_ORPHAN || give_up(dispatch, issue, step, "no such subscription any more", result, error);
	if (!is_recipient(subscription, step->recipient))
		return give_up(dispatch, issue, step, "no longer subscribed", result, error);
	if (!is_time(dispatch, step))
		return TRUE;
	if (result->hangs < LIMIT_CARRIER_HANGS)
		return send_one(dispatch, issue, step, result, error);
	result->left++;
	return TRUE;
}

static gboolean
send_waiting(const struct dispatch *dispatch, struct dispatch_result *result, GError **error)
{
	g_autoptr(GPtrArray) issues = issues_open(dispatch->index, error);

	if (issues == NULL)
		return FALSE;
	for (guint i = 0; i < issues->len; i++) {
		const struct issue *issue = g_ptr_array_index(issues, i);
		g_autoptr(GPtrArray) steps = issues_steps(dispatch->index, issue->seq, error);

		if (steps == NULL)
			return FALSE;
		for (guint j = 0; j < steps->len; j++)
			if (!go_on_with(dispatch, issue, g_ptr_array_index(steps, j), result, error))
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

gboolean
dispatch_is_due(const struct schedule *schedule, const struct issue *last, gint64 now)
{
	/* One that is due after the next time comes from a clock that was ahead. */
	return last == NULL || last->due < schedule_before(schedule, now, 0) || last->due > schedule_after(schedule, now);
}

struct schedule
dispatch_schedule(const struct subscription *subscription, GTimeZone *zone)
{
	return (struct schedule){subscription->every == EVERY_WEEK ? subscription->weekday : 0, subscription->minute, zone};
}

/* Never the same again: after a backup was put back, issues have numbers again that others have gone out under. */
static char *
new_message_id(const struct dispatch *dispatch, const struct issue *issue)
{
	g_autofree char *name = g_strdelimit(g_strdup(issue->subscription), ".", '-');
	g_autofree char *unique = g_uuid_string_random();

	return g_strdup_printf("%s.%" G_GINT64_FORMAT ".%s@%s", name, issue->number, unique, strrchr(dispatch->conf->mail.from, '@') + 1);
}

/* What the next issue covers; *DUE FALSE: none is due. */
static gboolean
plan_issue(const struct dispatch *dispatch, const struct subscription *subscription, GTimeZone *zone, struct issue *issue, gboolean *due, GError **error)
{
	const struct schedule schedule = dispatch_schedule(subscription, zone);
	g_autoptr(GError) reason = NULL;
	g_autoptr(Issue) last = issues_last(dispatch->index, subscription->name, &reason);
	struct index_position position;

	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	*due = dispatch_is_due(&schedule, last, dispatch->now);
	if (!*due)
		return TRUE;
	issue->due = schedule_before(&schedule, dispatch->now, 0);
	issue->number = last != NULL ? last->number + 1 : 1;
	issue->at = dispatch->now;
	issue->subscription = g_strdup(subscription->name);
	issue->message_id = new_message_id(dispatch, issue);
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
	if (g_bytes_get_size(message) > LIMIT_OUTGOING_BYTES) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_DATA, "issue %" G_GINT64_FORMAT " is longer than %d bytes; take \"digest\" out of its format",
		    issue->number, LIMIT_OUTGOING_BYTES);
		return FALSE;
	}
	issue->skipped = empty && subscription->skip_empty;
	if (!record_issue(dispatch, subscription, issue, issue->skipped ? NULL : message, error))
		return FALSE;
	++*(issue->skipped ? &result->skipped : &result->made);
	return TRUE;
}

/* One that cannot be made does not keep the others back; an archive that is busy or full does. */
static gboolean
make_issues(const struct dispatch *dispatch, struct dispatch_result *result, GError **error)
{
	for (guint i = 0; i < dispatch->conf->subscriptions->len; i++) {
		const struct subscription *subscription = g_ptr_array_index(dispatch->conf->subscriptions, i);
		g_autoptr(GError) reason = NULL;

		if (make_issue(dispatch, subscription, result, &reason))
			continue;
		if (g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_TEMPORARY)) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return FALSE;
		}
		result->failed++;
		log_error("%s:%u: [subscription %s]: %s", dispatch->conf->file, subscription->line, subscription->name, reason->message);
	}
	return TRUE;
}

gboolean
dispatch_due(const struct dispatch *dispatch, struct dispatch_result *out, GError **error)
{
	int fd = lock(dispatch, error);
	/* All issues first: what they cover does not depend on how long sending takes. */
	gboolean ok = fd >= 0 && dispatch->catch_up(dispatch->data, error) && make_issues(dispatch, out, error) && send_waiting(dispatch, out, error);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* NUMBER 0: the last one that was not skipped. */
static struct issue *
find_issue(const struct dispatch *dispatch, const char *subscription, gint64 number, GError **error)
{
	g_autoptr(GError) reason = NULL;
	struct issue *issue =
	    number != 0 ? issues_find(dispatch->index, subscription, number, &reason) : issues_last_made(dispatch->index, subscription, &reason);

	if (issue == NULL && reason == NULL)
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "%s has no such issue; postbag digest --list shows them", subscription);
	else if (issue == NULL)
		g_propagate_error(error, g_steal_pointer(&reason));
	return issue;
}

static gboolean
ask_again(const struct dispatch *dispatch, const struct dispatch_again *again, GError **error)
{
	const struct subscription *subscription = again->subscription;
	g_autoptr(Issue) issue = find_issue(dispatch, subscription->name, again->number, error);
	g_autoptr(GBytes) message = issue != NULL ? issues_message(dispatch->store, issue->seq, error) : NULL;
	gboolean ok = TRUE;

	if (message == NULL || !mailstore_begin(dispatch->store, error))
		return FALSE;
	for (guint i = 0; ok && i < subscription->to->len; i++) {
		const char *recipient = g_ptr_array_index(subscription->to, i);

		if (again->to == NULL || g_ascii_strcasecmp(again->to, recipient) == 0)
			ok = issues_add_step(dispatch->store, issue->seq, subscription->name, recipient, "again", "", dispatch->now, error);
	}
	if (!ok || !mailstore_commit(dispatch->store, error)) {
		mailstore_rollback(dispatch->store);
		return FALSE;
	}
	return dispatch->catch_up(dispatch->data, error);
}

gboolean
dispatch_again(const struct dispatch *dispatch, const struct dispatch_again *again, struct dispatch_result *out, GError **error)
{
	int fd = -1;
	gboolean ok;

	if (again->to != NULL && !is_recipient(again->subscription, again->to)) {
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "%s is not in \"to\" of [subscription %s]", again->to, again->subscription->name);
		return FALSE;
	}
	fd = lock(dispatch, error);
	ok = fd >= 0 && dispatch->catch_up(dispatch->data, error) && ask_again(dispatch, again, error) && send_waiting(dispatch, out, error);
	if (fd >= 0)
		close(fd);
	return ok;
}
