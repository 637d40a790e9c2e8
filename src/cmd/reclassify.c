#include <stdio.h>
#include <string.h>

#include "archive/index-ask.h"
#include "base/error.h"
#include "cmd/moves.h"
#include "intake/follow.h"
#include "intake/keep.h"

struct refiling {
	struct progress *progress;
	gint64 total;
	guint messages, moved;
};

static void
count_refiled(gpointer data, guint messages, guint moved)
{
	struct refiling *refiling = data;

	refiling->messages += messages;
	refiling->moved += moved;
	progress_show(refiling->progress, refiling->messages, refiling->total, "messages");
}

static void
print_changes(GHashTable *before, GHashTable *after)
{
	g_autoptr(GHashTable) all = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GList) names = NULL;
	GHashTableIter iter;
	gpointer key;

	for (g_hash_table_iter_init(&iter, before); g_hash_table_iter_next(&iter, &key, NULL);)
		g_hash_table_add(all, key);
	for (g_hash_table_iter_init(&iter, after); g_hash_table_iter_next(&iter, &key, NULL);)
		g_hash_table_add(all, key);
	names = g_list_sort(g_hash_table_get_keys(all), (GCompareFunc)strcmp);
	for (const GList *item = names; item != NULL; item = item->next) {
		gint from = GPOINTER_TO_INT(g_hash_table_lookup(before, item->data)), to = GPOINTER_TO_INT(g_hash_table_lookup(after, item->data));

		if (from != to)
			printf("%-43s %6d -> %6d\n", (const char *)item->data, from, to);
	}
}

/* Whether an entry that applies the rules HASH to all messages waits to be followed: this command was ended before its time; and whether what moved by it is
 * told already, since it is the index that was put back. */
static gboolean
is_waiting(struct archive *archive, const char *hash, gboolean *out, gboolean *told, GError **error)
{
	struct index_position position;
	g_autoptr(GError) reason = NULL;
	struct entry entry;

	*out = *told = FALSE;
	if (!index_position(archive->index, &position, error))
		return FALSE;
	for (gint64 seq = position.seq; mailstore_next(archive->store, seq, &entry, &reason); seq = entry.seq) {
		*out = *out || (entry_is_reclassify(&entry) && g_strcmp0(entry.rules, hash) == 0);
		*told = *told || g_strcmp0(entry.action, "reclassified") == 0;
	}
	if (reason == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&reason));
	return FALSE;
}

static gboolean
append(struct app *app, struct mailstore *store, GError **error)
{
	if (!mailstore_begin(store, error))
		return FALSE;
	if (!mailstore_add_reclassify(store, app->now, NULL, error)) {
		mailstore_rollback(store);
		return FALSE;
	}
	return mailstore_commit(store, error);
}

/* For the next issues: by the time that they are made nobody knows any more how it was filed. */
static gboolean
tell_moves(struct app *app, struct archive *archive, struct follow *follow, const struct refiling *refiling, GError **error)
{
	g_autofree char *moves = index_tell_moves(archive->index, error), *value = g_strdup_printf("%u", refiling->moved);
	gint64 left;

	if (moves == NULL || *moves == '\0')
		return moves != NULL;
	if (!mailstore_begin(archive->store, error))
		return FALSE;
	if (!mailstore_add_decision(archive->store, 0, app->now, "postbag", "reclassified", value, moves, NULL, error)) {
		mailstore_rollback(archive->store);
		return FALSE;
	}
	return mailstore_commit(archive->store, error) && follow_catch_up(follow, &(struct follow_limits){0}, &left, error);
}

static gboolean
reclassify(struct app *app, struct archive *archive, struct reader *reader, struct reader *second, gboolean whole, GError **error)
{
	g_autoptr(Progress) progress = progress_new(app, "reclassify");
	struct refiling refiling = {.progress = progress};
	const struct follow_limits limits = {.whole = whole, .refiled = count_refiled, .data = &refiling};
	g_autoptr(Follow) follow = follow_new(archive->store, archive->index, reader);
	g_autoptr(GHashTable) before = NULL, after = NULL;
	g_autofree char *hash = NULL;
	gboolean waiting, told;
	gint64 others, left;

	follow_add_reader(follow, second);
	if (!app_settle_rules(app, archive->store, error) || !mailstore_get_rules_hash(archive->store, &hash, error) ||
	    !is_waiting(archive, hash, &waiting, &told, error))
		return FALSE;
	/* What is new is filed by its own rules first, and does not count as moved. */
	if (!waiting && !follow_catch_up(follow, &(struct follow_limits){0}, &left, error))
		return FALSE;
	if (!index_count_others(archive->index, hash, &others, &refiling.total, error) || (before = index_count_filings(archive->index, error)) == NULL ||
	    !index_remember_places(archive->index, error))
		return FALSE;
	if (!waiting && hash != NULL && others == 0) {
		log_notice(app->level, "all %" G_GINT64_FORMAT " messages are filed by the rules in force", refiling.total);
		return TRUE;
	}
	if ((!waiting && !append(app, archive->store, error)) || !follow_catch_up(follow, &limits, &left, error) ||
	    (after = index_count_filings(archive->index, error)) == NULL || (!told && !tell_moves(app, archive, follow, &refiling, error)))
		return FALSE;
	g_clear_pointer(&progress, progress_free);
	print_changes(before, after);
	printf("%u messages, %u moved, ruleset %.12s\n", refiling.messages, refiling.moved, hash);
	return TRUE;
}

/* Who asks for the rules of now must not be given those of before a mistake. */
static gboolean
check_rules(struct app *app, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *hash = NULL;
	g_autoptr(GPtrArray) sources = app_rules(app, &hash, &reason);

	if (sources != NULL && reason == NULL)
		return keep_check_rules(sources, error);
	if (reason != NULL)
		g_propagate_error(error, g_steal_pointer(&reason));
	return *error == NULL;
}

static gboolean
dry_run(struct app *app, struct reader *reader, GError **error)
{
	g_auto(Archive) archive = {0};
	g_autoptr(GVariant) files = NULL;

	if (!app_open(app, DB_READ, &archive, error))
		return FALSE;
	files = moves_rules(app, archive.store, app->conf->rules->len > 0 ? "configured" : "kept", NULL, error);
	return files != NULL && moves_give_rules(reader, files, error) && moves_print(app, archive.index, NULL, reader, error);
}

gboolean
cmd_reclassify(struct app *app, int argc, char **argv, GError **error)
{
	gboolean dry = FALSE, whole = FALSE, done;
	const GOptionEntry entries[] = {
	    {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry, "only list the messages that would move", NULL},
	    {"whole", 0, 0, G_OPTION_ARG_NONE, &whole, "ask the rules for every message, changed for it or not", NULL},
	    G_OPTION_ENTRY_NULL,
	};
	g_auto(Archive) archive = {0};
	g_autoptr(Reader) reader = NULL, second = NULL;

	if (!app_parse(app, "reclassify", entries, &argc, &argv, &done, error) || done)
		return done;
	if (argc > 1)
		return app_usage(error, "reclassify: unexpected argument \"%s\"", argv[1]);
	if (!dry && app->format != FORMAT_TEXT)
		return app_usage(error, "reclassify: --format is for --dry-run");
	reader = reader_new(READER_MANY, NULL, error);
	if (reader == NULL)
		return FALSE;
	if (dry)
		return dry_run(app, reader, error);
	if (g_get_num_processors() > 1 && (second = reader_new(READER_MANY, NULL, error)) == NULL)
		return FALSE;
	return check_rules(app, error) && app_open(app, DB_CREATE, &archive, error) && reclassify(app, &archive, reader, second, whole, error);
}
