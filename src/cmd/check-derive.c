#include <glib/gstdio.h>
#include <string.h>

#include "archive/copy.h"
#include "base/error.h"
#include "cmd/checks.h"
#include "intake/follow.h"

static void
remove_scratch(const char *folder)
{
	g_auto(GStrv) names = copy_list(folder, NULL);

	for (guint i = 0; names != NULL && names[i] != NULL; i++) {
		g_autofree char *path = g_build_filename(folder, names[i], NULL);

		g_unlink(path);
	}
	g_rmdir(folder);
}

static GHashTable *
unread_set(struct index *index, GError **error)
{
	g_autoptr(GArray) list = index_unread(index, error);
	GHashTable *set;

	if (list == NULL)
		return NULL;
	set = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	for (guint i = 0; i < list->len; i++)
		g_hash_table_add(set, g_memdup2(&g_array_index(list, gint64, i), sizeof(gint64)));
	return set;
}

static guint
count_missing(GHashTable *of, GHashTable *in)
{
	GHashTableIter iter;
	gpointer key;
	guint n = 0;

	g_hash_table_iter_init(&iter, of);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		n += !g_hash_table_contains(in, key);
	return n;
}

/* What the index says of a message that it could not read is no fault: the same is put into the fresh one. */
static gboolean
copy_unread(struct index *index, struct index *fresh, GHashTable *unread, GError **error)
{
	GHashTableIter iter;
	gpointer key;

	if (!index_begin(fresh, error))
		return FALSE;
	g_hash_table_iter_init(&iter, unread);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		gint64 message = *(const gint64 *)key;
		g_autofree char *why = index_unread_reason(index, message, error);
		g_autofree char *rules = why != NULL ? index_rules_of(fresh, message, NULL) : NULL;

		if (why == NULL || !index_replace(fresh, message, NULL, why, rules, error)) {
			index_rollback(fresh);
			return FALSE;
		}
	}
	return index_commit(fresh, error);
}

/* FALSE in *ALIKE when the fresh index could not read what the index has read: a busy machine, and no ground for comparing. */
static gboolean
settle_unread(struct index *index, struct index *fresh, struct follow *follow, gboolean *alike, GError **error)
{
	g_autoptr(GHashTable) known = unread_set(index, error);
	g_autoptr(GHashTable) now = known != NULL ? unread_set(fresh, error) : NULL;
	guint read, still;

	if (now == NULL)
		return FALSE;
	if (count_missing(now, known) > 0) {
		if (!follow_read_unread(follow, &read, &still, error))
			return FALSE;
		g_hash_table_unref(now);
		if ((now = unread_set(fresh, error)) == NULL)
			return FALSE;
	}
	*alike = count_missing(now, known) == 0;
	return g_hash_table_size(known) == 0 || copy_unread(index, fresh, known, error);
}

/*
 * Attachments are converted here as far as they were in the index, no further: what waits there waits here too. FALSE in *ALIKE where that cannot be done: the
 * program for PDFs is gone, or a limit of time was met, then or now.
 */
static gboolean
settle_documents(struct index *index, struct index *fresh, struct follow *follow, gboolean *alike, GError **error)
{
	g_autoptr(GArray) wanted = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GArray) waiting = index_waiting(fresh, TRUE, error);
	struct follow_documents documents;

	for (guint i = 0; waiting != NULL && i < waiting->len; i++) {
		gint64 message = g_array_index(waiting, gint64, i);
		g_auto(GStrv) here = index_waiting_parts(fresh, message, TRUE, error);
		g_auto(GStrv) there = here != NULL ? index_waiting_parts(index, message, TRUE, error) : NULL;

		if (there == NULL)
			return FALSE;
		if (g_strv_length(here) != g_strv_length(there))
			g_array_append_val(wanted, message);
	}
	if (waiting == NULL || !follow_read_documents(follow, wanted, &documents, error))
		return FALSE;
	*alike = *alike && !documents.hurried;
	for (guint i = 0; i < wanted->len; i++) {
		g_auto(GStrv) here = index_waiting_parts(fresh, g_array_index(wanted, gint64, i), TRUE, error);
		g_auto(GStrv) there = here != NULL ? index_waiting_parts(index, g_array_index(wanted, gint64, i), TRUE, error) : NULL;

		if (there == NULL)
			return FALSE;
		*alike = *alike && g_strv_equal((const char *const *)here, (const char *const *)there);
	}
	return TRUE;
}

static gboolean
derive(struct app *app, struct index *index, struct mailstore *store, struct reader *reader, const char *scratch, struct findings *findings, GError **error)
{
	g_autoptr(Index) fresh = index_open(scratch, DB_CREATE, APP_WAIT_MS, error);
	g_autoptr(Progress) progress = progress_new(app, "check");
	struct follow_limits limits = {.large = TRUE, .progress = progress_entries, .data = progress};
	struct index_position position;
	gboolean alike = TRUE;
	gint64 left;

	if (fresh == NULL || !index_position(index, &position, error) || !index_reset(fresh, mailstore_uuid(store), error))
		return FALSE;
	if (position.refiled > 0) {
		findings_warning(findings, "index.db tables", "index.db", "run postbag sweep, then postbag check again",
		    "its tables were not compared: a reclassification is under way");
		return TRUE;
	}
	g_autoptr(Follow) follow = follow_new(store, fresh, reader);
	limits.entries = (guint)position.seq;
	if (position.seq > 0 && (!follow_catch_up(follow, &limits, &left, error) || !settle_unread(index, fresh, follow, &alike, error) ||
	                            !settle_documents(index, fresh, follow, &alike, error)))
		return FALSE;
	if (alike)
		return check_index_tables(index, fresh, store, findings, error);
	findings_warning(findings, "index.db tables", "index.db", "run postbag check again when the machine is less busy and pdftotext is installed",
	    "its tables were not compared: some messages or attachments could not be read in time, or the program for them is missing");
	return TRUE;
}

gboolean
check_derived(struct app *app, struct index *index, struct mailstore *store, struct reader *reader, struct findings *findings, GError **error)
{
	g_autofree char *scratch = g_build_filename(g_get_tmp_dir(), "postbag-check-XXXXXX", NULL);
	g_autoptr(GError) reason = NULL;
	gboolean ok;

	if (g_mkdtemp(scratch) == NULL) {
		copy_set_error(error, "make a folder in", g_get_tmp_dir());
		return FALSE;
	}
	ok = derive(app, index, store, reader, scratch, findings, &reason);
	remove_scratch(scratch);
	if (ok)
		return TRUE;
	/* Damage that is met on the way is a finding, and which file it is in the message says. */
	if (!g_error_matches(reason, POSTBAG_ERROR, POSTBAG_ERROR_DAMAGED)) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return FALSE;
	}
	findings_error(findings, "index.db tables", "index.db", reason);
	return TRUE;
}
