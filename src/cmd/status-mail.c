#include "cmd/status-mail.h"

#include <stdio.h>
#include <string.h>

#include "archive/issues.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "carrier/dispatch.h"
#include "cmd/digest-due.h"

#define MINUTE "%Y-%m-%d %H:%M"
#define OVERDUE 900      /* seconds: three runs of digest --due missed */
#define TOO_LONG 3600    /* that an issue may wait before a person should look */
#define TROUBLES_MOST 20 /* lines of one subscription; the rest is counted */

/* An issue that did not arrive, or not yet. */
struct trouble {
	gint64 number, at, made;
	char *to, *state, *words;
	guint tries;
	gboolean open, in_doubt;
};

struct digest_state {
	char *name;
	gboolean configured;
	gint64 last_number, last_sent; /* 0: none went out yet */
	gint64 number, made;           /* the newest issue, 0: there is none */
	gboolean skipped;
	guint sent, waiting, refused, given_up; /* recipients of it */
	gint64 next;                            /* when the next is due */
	gint64 overdue;                         /* since when one is due that was not made, 0: none */
	GPtrArray *troubles;                    /* of struct trouble: of the newest issue, and of older ones what is still open */
};

static void
trouble_free(gpointer data)
{
	struct trouble *trouble = data;

	g_free(trouble->to);
	g_free(trouble->state);
	g_free(trouble->words);
	g_free(trouble);
}

static void
digest_state_free(gpointer data)
{
	struct digest_state *state = data;

	g_free(state->name);
	g_ptr_array_unref(state->troubles);
	g_free(state);
}

static struct digest_state *
find_state(GPtrArray *states, const char *name)
{
	struct digest_state *state;

	for (guint i = 0; i < states->len; i++) {
		state = g_ptr_array_index(states, i);
		if (g_str_equal(state->name, name))
			return state;
	}
	state = g_new0(struct digest_state, 1);
	state->name = g_strdup(name);
	state->troubles = g_ptr_array_new_with_free_func(trouble_free);
	g_ptr_array_add(states, state);
	return state;
}

static void
add_trouble(struct digest_state *state, const struct issue *issue, const struct issue_step *step)
{
	struct trouble *trouble = g_new0(struct trouble, 1);

	*trouble = (struct trouble){
	    .number = issue->number,
	    .at = step->at,
	    .made = issue->at,
	    .to = g_strdup(step->recipient),
	    .state = g_strdup(step->state),
	    .words = g_strdup(step->words),
	    .tries = step->tries,
	    .open = issue_step_is_open(step),
	    .in_doubt = issue_step_doubts(step) > 0,
	};
	g_ptr_array_add(state->troubles, trouble);
}

static gboolean
look_at_steps(struct index *index, struct digest_state *state, const struct issue *issue, GError **error)
{
	g_autoptr(GPtrArray) steps = issues_steps(index, issue->seq, error);
	gboolean newest = issue->number == state->number;

	for (guint i = 0; steps != NULL && i < steps->len; i++) {
		const struct issue_step *step = g_ptr_array_index(steps, i);
		gboolean sent = strcmp(step->state, "sent") == 0, open = issue_step_is_open(step);

		if (newest)
			++*(sent ? &state->sent : open ? &state->waiting : strcmp(step->state, "refused") == 0 ? &state->refused : &state->given_up);
		if (open || (newest && !sent))
			add_trouble(state, issue, step);
	}
	return steps != NULL;
}

static gboolean
look_at(const struct app *app, struct index *index, const struct subscription *subscription, GPtrArray *states, GError **error)
{
	struct digest_state *state = find_state(states, subscription->name);
	g_autoptr(GTimeZone) zone = subscription->timezone != NULL ? clock_zone(subscription->timezone, error) : digest_zone(app, error);
	g_autoptr(GError) reason = NULL;
	g_autoptr(Issue) last = issues_last(index, subscription->name, &reason);

	state->configured = TRUE;
	if (reason != NULL)
		g_propagate_error(error, g_steal_pointer(&reason));
	if ((error != NULL && *error != NULL) || zone == NULL || !issues_last_sent(index, subscription->name, &state->last_number, &state->last_sent, error))
		return FALSE;
	const struct schedule schedule = dispatch_schedule(subscription, zone);

	state->next = schedule_after(&schedule, app->now);
	if (dispatch_is_due(&schedule, last, app->now))
		state->overdue = last != NULL ? schedule_before(&schedule, app->now, 0) : app->now;
	if (last == NULL)
		return TRUE;
	state->number = last->number;
	state->made = last->at;
	state->skipped = last->skipped;
	return look_at_steps(index, state, last, error);
}

GPtrArray *
status_mail_load(const struct app *app, struct index *index, GError **error)
{
	g_autoptr(GPtrArray) states = g_ptr_array_new_with_free_func(digest_state_free);
	g_autoptr(GPtrArray) issues = issues_open(index, error);

	if (issues == NULL)
		return NULL;
	for (guint i = 0; i < app->conf->subscriptions->len; i++)
		if (!look_at(app, index, g_ptr_array_index(app->conf->subscriptions, i), states, error))
			return NULL;
	for (guint i = 0; i < issues->len; i++) {
		const struct issue *issue = g_ptr_array_index(issues, i);
		struct digest_state *state = find_state(states, issue->subscription);

		if (issue->number != state->number && !look_at_steps(index, state, issue, error))
			return NULL;
	}
	return g_steal_pointer(&states);
}

static void
append_count(GString *line, guint count, const char *what)
{
	if (count > 0)
		g_string_append_printf(line, ", %u %s", count, what);
}

static void
print_trouble(const struct app *app, const struct trouble *trouble)
{
	g_autofree char *at = clock_format(trouble->at, app->zone, MINUTE), *next = NULL;
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_printf(line, "           issue %" G_GINT64_FORMAT " to %s: %s since %s", trouble->number, trouble->to, trouble->state, at);
	if (trouble->open && trouble->tries > 0) {
		next = clock_format(dispatch_next_try(trouble->at, trouble->tries), app->zone, MINUTE);
		g_string_append_printf(line, ", tried %u time%s, again after %s", trouble->tries, trouble->tries == 1 ? "" : "s", next);
	}
	if (*trouble->words != '\0')
		g_string_append_printf(line, "; %s", trouble->words);
	puts(line->str);
}

static void
print_state(const struct app *app, const struct digest_state *state)
{
	g_autofree char *sent = clock_format(state->last_sent, app->zone, MINUTE), *made = clock_format(state->made, app->zone, MINUTE);
	g_autofree char *next = clock_format(state->next, app->zone, MINUTE), *overdue = clock_format(state->overdue, app->zone, MINUTE);
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_printf(line, "digest     %s: ", state->name);
	if (state->last_number != 0)
		g_string_append_printf(line, "issue %" G_GINT64_FORMAT " went out %s", state->last_number, sent);
	else
		g_string_append(line, "none went out yet");
	append_count(line, state->waiting, "waiting");
	append_count(line, state->refused, "refused");
	append_count(line, state->given_up, "given up");
	if (state->skipped)
		g_string_append_printf(line, "; issue %" G_GINT64_FORMAT " of %s was empty and skipped", state->number, made);
	if (!state->configured)
		g_string_append(line, "; no longer in the configuration, which keeps what waits from going out");
	else if (state->overdue != 0 && state->number == 0)
		g_string_append(line, "; the first goes out with the next postbag digest --due");
	else if (state->overdue != 0)
		g_string_append_printf(line, "; the next is due since %s", overdue);
	else
		g_string_append_printf(line, "; the next is due %s", next);
	puts(line->str);
	for (guint i = 0; i < MIN(state->troubles->len, TROUBLES_MOST); i++)
		print_trouble(app, g_ptr_array_index(state->troubles, i));
	if (state->troubles->len > TROUBLES_MOST)
		printf("           and %u more; postbag digest --list shows them\n", state->troubles->len - TROUBLES_MOST);
}

void
status_mail_print(const struct app *app, const GPtrArray *states)
{
	for (guint i = 0; i < states->len; i++)
		print_state(app, g_ptr_array_index(states, i));
}

static void
put_time(struct json *json, const char *key, gint64 t)
{
	g_autofree char *text = t != 0 ? clock_iso(t) : NULL;

	json_put_text(json, key, text);
}

static struct json *
trouble_json(const struct trouble *trouble)
{
	struct json *json = json_new_object();

	json_put_number(json, "issue", trouble->number);
	json_put_text(json, "to", trouble->to);
	json_put_text(json, "state", trouble->state);
	put_time(json, "at", trouble->at);
	json_put_number(json, "tries", trouble->tries);
	json_put_text(json, "words", trouble->words);
	json_put_boolean(json, "in_doubt", trouble->in_doubt);
	put_time(json, "next_try", trouble->open && trouble->tries > 0 ? dispatch_next_try(trouble->at, trouble->tries) : 0);
	return json;
}

struct json *
status_mail_json(const GPtrArray *states)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < states->len; i++) {
		const struct digest_state *state = g_ptr_array_index(states, i);
		struct json *json = json_new_object(), *troubles = json_new_array();

		json_put_text(json, "name", state->name);
		json_put_boolean(json, "configured", state->configured);
		json_put_number(json, "last_sent_issue", state->last_number);
		put_time(json, "last_sent", state->last_sent);
		json_put_number(json, "issue", state->number);
		put_time(json, "made", state->made);
		json_put_boolean(json, "skipped", state->skipped);
		json_put_number(json, "sent", state->sent);
		json_put_number(json, "waiting", state->waiting);
		json_put_number(json, "refused", state->refused);
		json_put_number(json, "given_up", state->given_up);
		put_time(json, "next_due", state->next);
		put_time(json, "overdue_since", state->overdue);
		for (guint j = 0; j < state->troubles->len; j++)
			json_add(troubles, trouble_json(g_ptr_array_index(state->troubles, j)));
		json_put(json, "troubles", troubles);
		json_add(list, json);
	}
	return list;
}

gboolean
status_mail_judge(const struct app *app, const GPtrArray *states, GError **error)
{
	for (guint i = 0; i < states->len; i++) {
		const struct digest_state *state = g_ptr_array_index(states, i);

		if (state->overdue != 0 && app->now - state->overdue > OVERDUE) {
			g_autofree char *time = text_duration(app->now - state->overdue);

			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_RECONCILE,
			    "the digest of %s has been due for %s; is postbag digest --due run every few minutes, and what does it say?", state->name, time);
			return FALSE;
		}
		for (guint j = 0; j < state->troubles->len; j++) {
			const struct trouble *trouble = g_ptr_array_index(state->troubles, j);

			if (!trouble->open || app->now - trouble->made <= TOO_LONG)
				continue;
			g_autofree char *time = text_duration(app->now - trouble->made);

			g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_RECONCILE, "issue %" G_GINT64_FORMAT " of %s has waited for %s: %s", trouble->number,
			    state->name, time, *trouble->words != '\0' ? trouble->words : trouble->state);
			return FALSE;
		}
	}
	return TRUE;
}
