#include <string.h>

#include "base/record.h"
#include "base/text.h"
#include "cmd/decide.h"
#include "find/targets.h"

/* Options that stand before their value as a word of its own: "-" at the beginning of that one says nothing. */
static const char *const with_value[] = {"-C", "--config", "--archive", "--format", "--limit", "--timezone", "--by", "--note", NULL};
static const char *const flags[] = {"-q", "-v", "-h", NULL};

/*
 * -TOPIC looks like options to GLib: what is no option is taken out of ARGV before it looks. Behind "--" nothing is an option. WORDS gets what is not, not
 * owned.
 */
static void
split_words(int *argc, char **argv, GPtrArray *words)
{
	gboolean options = TRUE;
	int left = 1;

	for (int i = 1; i < *argc; i++) {
		gboolean value = options && i + 1 < *argc && g_strv_contains(with_value, argv[i]);

		if (options && strcmp(argv[i], "--") == 0)
			options = FALSE;
		else if (options && (g_str_has_prefix(argv[i], "--") || value || g_strv_contains(with_value, argv[i]) || g_strv_contains(flags, argv[i])))
			argv[left++] = argv[i];
		else
			g_ptr_array_add(words, argv[i]);
		if (value)
			argv[left++] = argv[++i];
	}
	argv[left] = NULL;
	*argc = left;
}

static gboolean
add_change(struct deciding *d, const char *action, const char *value, GError **error)
{
	for (guint i = 0; i < d->changes->len; i++) {
		const struct change *other = &g_array_index(d->changes, struct change, i);

		if (strcmp(other->value, value) == 0 || (strcmp(action, "kind") == 0 && strcmp(other->action, "kind") == 0))
			return app_usage(error, "assign: \"%s\" and \"%s\" are both said of the same message", other->value, value);
	}
	deciding_add(d, action, g_strdup(value));
	return TRUE;
}

static gboolean
add_kind(struct deciding *d, const char *name, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	if (kind_from_name(name) >= 0)
		return add_change(d, "kind", name, error);
	for (int kind = 0; kind < N_KINDS; kind++)
		g_ptr_array_add(names, (gpointer)kind_name(kind));
	g_ptr_array_add(names, NULL);
	nearest = text_nearest(name, (const char *const *)names->pdata);
	g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
	g_autofree char *shown = text_escape(name, FALSE);
	return app_usage(error, "assign: no kind \"%s\"%s%s%s; the kinds are %s", shown, nearest != NULL ? ", did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "", all);
}

/* +TOPIC, -TOPIC, kind:KIND; all else names a message. */
static gboolean
read_word(struct deciding *d, const char *word, GError **error)
{
	if (g_str_has_prefix(word, "kind:"))
		return add_kind(d, word + strlen("kind:"), error);
	if ((*word != '+' && *word != '-') || strcmp(word, "-") == 0)
		return deciding_add_id(d, word, error);
	if (word[1] == '\0')
		return app_usage(error, "assign: expected the id of a topic or workstream behind \"%s\"", word);
	if (strpbrk(word + 1, "+,;") != NULL)
		return app_usage(error, "assign: \"%s\" is more than one topic; part them by a space, as in +a +b", word);
	return add_change(d, *word == '+' ? "file" : "unfile", word + 1, error);
}

static gboolean
check_target(const GPtrArray *targets, const char *id, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();
	g_autofree char *shown = text_escape(id, FALSE);
	const char *nearest, *other = NULL;

	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = g_ptr_array_index(targets, i);
		gboolean places = strcmp(target->type, "topic") == 0 || strcmp(target->type, "workstream") == 0;

		if (places && strcmp(target->id, id) == 0)
			return TRUE;
		if (places)
			g_ptr_array_add(ids, target->id);
		else if (strcmp(target->id, id) == 0)
			other = target->type;
	}
	g_ptr_array_add(ids, NULL);
	nearest = text_nearest(id, (const char *const *)ids->pdata);
	if (other != NULL)
		return app_usage(error, "assign: \"%s\" is the id of an %s; messages are filed by hand under topics and workstreams", shown, other);
	return app_usage(error, "assign: no topic or workstream \"%s\"%s%s%s; the rule files name them", shown, nearest != NULL ? ", did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

/* What older rules knew is known still. The index tells, so it must know the rules in force. */
static gboolean
check_targets(struct deciding *d, GError **error)
{
	g_autoptr(GPtrArray) targets = NULL;
	gint64 left;

	for (guint i = 0; i < d->changes->len; i++) {
		const struct change *change = &g_array_index(d->changes, struct change, i);

		if (strcmp(change->action, "kind") == 0)
			continue;
		if (targets == NULL && (!app_settle_rules(d->app, d->archive.store, error) || !deciding_follow(d, &left, error) ||
		                           (targets = targets_load(d->archive.index, error)) == NULL))
			return FALSE;
		if (!check_target(targets, change->value, error)) {
			if (left > 0)
				g_prefix_error(error, "the index is far behind; postbag sweep brings it up: ");
			return FALSE;
		}
	}
	return TRUE;
}

gboolean
cmd_assign(struct app *app, int argc, char **argv, GError **error)
{
	g_autoptr(Deciding) d = deciding_new(app, "assign");
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	const GOptionEntry entries[] = {
	    {"by", 0, 0, G_OPTION_ARG_FILENAME, &d->who, "who decides; else $POSTBAG_BY, else the login name", "NAME"},
	    {"note", 0, 0, G_OPTION_ARG_FILENAME, &d->note, "why, for those who read it later", "TEXT"},
	    G_OPTION_ENTRY_NULL,
	};
	gboolean done;

	split_words(&argc, argv, words);
	if (!app_parse(app, "assign", entries, &argc, &argv, &done, error) || done)
		return done;
	for (guint i = 0; i < words->len; i++)
		if (!read_word(d, g_ptr_array_index(words, i), error))
			return FALSE;
	if (d->changes->len == 0)
		return app_usage(error, "assign: expected +TOPIC, -TOPIC or kind:KIND beside the messages");
	return deciding_open(d, FALSE, error) && check_targets(d, error) && deciding_run(d, error);
}
