#include "cmd/decide.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "find/rows.h"
#include "intake/follow.h"
#include "report/decided.h"
#include "report/print-list.h"

static void
clear_change(gpointer data)
{
	g_free(((struct change *)data)->value);
}

/* Who sits at the terminal: behind sudo not root. */
static char *
login_name(void)
{
	const char *behind = getuid() == 0 ? g_getenv("SUDO_USER") : NULL;
	const struct passwd *entry = getpwuid(getuid());

	if (behind != NULL && *behind != '\0')
		return g_strdup(behind);
	return entry != NULL ? g_strdup(entry->pw_name) : g_strdup_printf("user %u", getuid());
}

struct deciding *
deciding_new(struct app *app, const char *command)
{
	struct deciding *d = g_new0(struct deciding, 1);

	d->app = app;
	d->command = command;
	d->login = login_name();
	d->ids = g_ptr_array_new_with_free_func(g_free);
	d->names = g_ptr_array_new_with_free_func(g_free);
	d->said = g_ptr_array_new_with_free_func(g_free);
	d->contents = g_array_new(FALSE, FALSE, sizeof(gint64));
	d->changes = g_array_new(FALSE, FALSE, sizeof(struct change));
	g_array_set_clear_func(d->changes, clear_change);
	return d;
}

void
deciding_free(struct deciding *d)
{
	archive_clear(&d->archive);
	g_clear_pointer(&d->reader, reader_free);
	g_ptr_array_unref(d->ids);
	g_ptr_array_unref(d->names);
	g_ptr_array_unref(d->said);
	g_array_unref(d->contents);
	g_array_unref(d->changes);
	g_free(d->login);
	g_free(d->who);
	g_free(d->note);
	g_free(d);
}

void
deciding_add(struct deciding *d, const char *action, char *value)
{
	struct change change = {action, value};

	g_array_append_val(d->changes, change);
}

/* The first word of each line, so that what postbag query prints can be used as well. */
static gboolean
read_ids(struct deciding *d, GError **error)
{
	g_autofree char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) >= 0) {
		const char *start = line + strspn(line, " \t\r\n");
		size_t length = strcspn(start, " \t\r\n");

		if (length > LIMIT_MESSAGE_ID || d->ids->len >= LIMIT_DECIDED)
			return app_usage(error, "%s: standard input: expected at most %d message ids, one a line", d->command, LIMIT_DECIDED);
		if (length > 0)
			g_ptr_array_add(d->ids, g_strndup(start, length));
	}
	if (!ferror(stdin))
		return TRUE;
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_IO, "%s: cannot read standard input: %s", d->command, g_strerror(errno));
	return FALSE;
}

gboolean
deciding_add_id(struct deciding *d, const char *id, GError **error)
{
	if (strcmp(id, "-") == 0)
		return read_ids(d, error);
	if (d->ids->len >= LIMIT_DECIDED)
		return app_usage(error, "%s: expected at most %d messages", d->command, LIMIT_DECIDED);
	g_ptr_array_add(d->ids, g_strdup(id));
	return TRUE;
}

/* A person's words as one clean line. Too long a one is refused rather than cut: nobody's reasons are shortened unseen. */
static gboolean
settle_text(struct deciding *d, char **text, const char *what, glong most, GError **error)
{
	g_autofree char *clean = *text != NULL ? text_clean(*text, -1) : NULL;

	if (clean == NULL)
		return TRUE;
	g_strstrip(g_strdelimit(clean, "\t\n", ' '));
	if (*clean == '\0')
		return app_usage(error, "%s: the %s is empty", d->command, what);
	if (g_utf8_strlen(clean, -1) > most)
		return app_usage(error, "%s: the %s has %ld characters; expected at most %ld", d->command, what, g_utf8_strlen(clean, -1), most);
	g_free(*text);
	*text = g_steal_pointer(&clean);
	return TRUE;
}

/* --by, else $POSTBAG_BY, else who is logged in. */
static gboolean
settle_words(struct deciding *d, gboolean note_needed, GError **error)
{
	const char *by = g_getenv("POSTBAG_BY");

	if (d->who == NULL)
		d->who = g_strdup(by != NULL && *by != '\0' ? by : d->login);
	if (note_needed && d->note == NULL)
		return app_usage(error, "%s: expected --note TEXT that says why", d->command);
	return settle_text(d, &d->who, "name", LIMIT_NAME, error) && settle_text(d, &d->note, "note", LIMIT_NOTE, error);
}

gboolean
deciding_open(struct deciding *d, gboolean note_needed, GError **error)
{
	const char *folder;

	if (!settle_words(d, note_needed, error))
		return FALSE;
	if (d->ids->len == 0)
		return app_usage(error, "%s: expected a message id, or - for those on standard input", d->command);
	if ((folder = app_folder(d->app, error)) == NULL)
		return FALSE;
	d->reader = reader_new(READER_EACH, NULL, error);
	return d->reader != NULL && (d->archive.store = mailstore_open(folder, DB_WRITE, APP_WAIT_MS, error)) != NULL;
}

gboolean
deciding_follow(struct deciding *d, gint64 *left, GError **error)
{
	const struct follow_limits limits = {.ms = LIMIT_DECIDE_MS};
	g_autoptr(Follow) follow = NULL;

	if (d->archive.index == NULL)
		d->archive.index = index_open(mailstore_folder(d->archive.store), DB_CREATE, LIMIT_DECIDE_MS, error);
	if (d->archive.index == NULL)
		return FALSE;
	follow = follow_new(d->archive.store, d->archive.index, d->reader);
	return follow_catch_up(follow, &limits, left, error);
}

gboolean
deciding_resolve(struct deciding *d, const char *id, gint64 *content, char **name, GError **error)
{
	g_autoptr(MessageRow) row = NULL;
	gint64 left;

	if (strchr(id, '@') == NULL)
		return mailstore_resolve(d->archive.store, id, content, name, error);
	if (!deciding_follow(d, &left, error) || (row = message_find(d->archive.index, id, FALSE, error)) == NULL)
		return FALSE;
	*content = row->message;
	*name = g_strdup(row->public_id);
	return TRUE;
}

static gboolean
resolve(struct deciding *d, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < d->ids->len; i++) {
		g_autofree char *name = NULL;
		gint64 content;

		if (!deciding_resolve(d, g_ptr_array_index(d->ids, i), &content, &name, error))
			return FALSE;
		if (g_hash_table_contains(seen, name))
			continue;
		g_hash_table_add(seen, name);
		g_array_append_val(d->contents, content);
		g_ptr_array_add(d->names, g_steal_pointer(&name));
	}
	return TRUE;
}

static gboolean
add_undo(struct deciding *d, gint64 content, GError **error)
{
	g_auto(TakenBack) taken = {0};
	g_autofree char *done = NULL, *who = NULL;

	if (!mailstore_add_undo(d->archive.store, content, d->app->now, d->who, d->note, &taken, &d->last, error))
		return FALSE;
	done = action_words(taken.action, taken.value);
	who = text_escape(taken.who != NULL ? taken.who : "someone", FALSE);
	g_ptr_array_add(d->said, g_strdup_printf("took back what %s decided, %s", who, done));
	return TRUE;
}

/* Of the N-th message, behind what was said of it before. */
static void
say(struct deciding *d, guint n, char *words)
{
	if (n >= d->said->len) {
		g_ptr_array_add(d->said, words);
		return;
	}
	g_autofree char *before = g_ptr_array_index(d->said, n), *behind = words;
	d->said->pdata[n] = g_strdup_printf("%s; %s", before, behind);
}

/* What a message's standing does not show, or shows only by what is not there any more. */
static void
say_done(struct deciding *d, const struct change *change, guint n)
{
	static const char *const unseen[] = {"release", "reopened", "supersedes", "note", "section", "position", "on-behalf-of", "initials", "quote", NULL};

	if (!g_strv_contains(unseen, change->action))
		return;
	if (strcmp(change->action, "supersedes") == 0 && strcmp(change->value, SUPERSEDES_NONE) == 0)
		say(d, n, g_strdup("marked as superseding nothing"));
	else if (strcmp(change->action, "supersedes") == 0)
		say(d, n, g_strdup_printf("marked as superseding %.8s", change->value));
	else
		say(d, n, action_words(change->action, change->value));
}

static gboolean
add_change(struct deciding *d, const struct change *change, guint n, GError **error)
{
	gint64 content = g_array_index(d->contents, gint64, n);
	gboolean added = strcmp(change->action, "undo") == 0
	                     ? add_undo(d, content, error)
	                     : mailstore_add_decision(d->archive.store, content, d->app->now, d->who, change->action, change->value, d->note, &d->last, error);

	if (added)
		say_done(d, change, n);
	else
		g_prefix_error(error, "nothing is changed, because of %s: ", (const char *)g_ptr_array_index(d->names, n));
	return added;
}

/* What is alike stands together, so that reports can tell it in one line. */
static gboolean
add_changes(struct deciding *d, GError **error)
{
	for (guint i = 0; i < d->changes->len; i++)
		for (guint n = 0; n < d->contents->len; n++)
			if (!add_change(d, &g_array_index(d->changes, struct change, i), n, error))
				return FALSE;
	return TRUE;
}

static gboolean
keep(struct deciding *d, GError **error)
{
	if (!mailstore_begin(d->archive.store, error))
		return FALSE;
	if (add_changes(d, error))
		return mailstore_commit(d->archive.store, error);
	mailstore_rollback(d->archive.store);
	return FALSE;
}

/* The decision is kept, whatever becomes of the index. */
static gboolean
is_followed(struct deciding *d)
{
	struct index_position position;
	g_autoptr(GError) reason = NULL;
	gint64 left = 0;

	if (deciding_follow(d, &left, &reason) && index_position(d->archive.index, &position, &reason) && position.seq >= d->last)
		return TRUE;
	log_notice(d->app->level, "kept, but not in the index yet (%s): postbag sweep brings it up", reason != NULL ? reason->message : "it is far behind");
	return FALSE;
}

static void
print_text(struct deciding *d, const GPtrArray *rows)
{
	for (guint i = 0; i < rows->len; i++) {
		g_autofree char *line = standing_print(g_ptr_array_index(rows, i), d->app->zone);

		if (i < d->said->len)
			printf("%.8s  %s\n", (const char *)g_ptr_array_index(d->names, i), (const char *)g_ptr_array_index(d->said, i));
		fputs(line, stdout);
	}
}

static gboolean
print(struct deciding *d, GError **error)
{
	g_autoptr(GPtrArray) rows = message_rows_load(d->archive.index, d->contents, FALSE, error);
	g_autofree char *text = NULL;

	if (rows == NULL)
		return FALSE;
	if (d->app->format == FORMAT_TEXT) {
		if (d->app->level > LOG_QUIET)
			print_text(d, rows);
		return TRUE;
	}
	text = d->app->format == FORMAT_JSON ? list_print_json(rows) : list_print_csv(rows, NULL);
	fputs(text, stdout);
	return TRUE;
}

/* Whether every message is in the state that is to be ended. An index that cannot tell now keeps nobody from deciding. */
static gboolean
check_ended(struct deciding *d, const char *action, GError **error)
{
	gboolean release = strcmp(action, "release") == 0;
	g_autoptr(GPtrArray) rows = NULL;
	gint64 left;

	if (!release && strcmp(action, "reopened") != 0)
		return TRUE;
	if (release && d->app->conf->web.when == WEB_RELEASED) /* then every letter is released to the public, held or not */
		return TRUE;
	if (!deciding_follow(d, &left, NULL) || left > 0 || (rows = message_rows_load(d->archive.index, d->contents, FALSE, NULL)) == NULL)
		return TRUE;
	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);

		if (release ? row->held != NULL : row->answered != 0)
			continue;
		g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_NO_INPUT, "nothing is changed, because of %s: it was not %s", row->public_id,
		    release ? "held" : "answered");
		return FALSE;
	}
	return TRUE;
}

static gboolean
check_state(struct deciding *d, GError **error)
{
	for (guint i = 0; i < d->changes->len; i++)
		if (!check_ended(d, g_array_index(d->changes, struct change, i).action, error))
			return FALSE;
	return TRUE;
}

gboolean
deciding_run(struct deciding *d, GError **error)
{
	return resolve(d, error) && check_state(d, error) && keep(d, error) && (!is_followed(d) || print(d, error));
}
