#include "intake/redact.h"

#include <string.h>

#include "archive/redaction.h"
#include "base/error.h"

void
redact_finished_clear(struct redact_finished *finished)
{
	g_clear_pointer(&finished->why, g_ptr_array_unref);
	residue_clear(&finished->residue);
}

static GArray *
redacted_messages(const GPtrArray *pending)
{
	GArray *messages = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (guint i = 0; i < pending->len; i++)
		g_array_append_val(messages, ((const struct pending_redaction *)pending->pdata[i])->content);
	return messages;
}

static gboolean
tidy(struct mailstore *store, struct index *index, gboolean remake_mail, gboolean *emptied, GError **error)
{
	gboolean mail = FALSE, found = FALSE;

	if (!index_tidy_search(index, error) || !db_purge(index_db(index), TRUE, &found, error) || !mailstore_purge(store, remake_mail, &mail, error))
		return FALSE;
	*emptied = mail && found;
	return TRUE;
}

static gboolean
names_mail(const GPtrArray *places)
{
	for (guint i = 0; i < places->len; i++)
		if (g_str_has_prefix(places->pdata[i], "mail.db, in its bytes"))
			return TRUE;
	return FALSE;
}

/* SQLite overwrites what it frees in mail.db; should it not have, the file is made anew and looked through once more. */
static gboolean
look(struct mailstore *store, const char *const *others, const struct needles *needles, const GArray *messages, struct residue *out, GError **error)
{
	struct residue_search search = {.folder = mailstore_folder(store), .others = others, .needles = needles, .redacted = messages};
	gboolean emptied;

	residue_init(out);
	if (!residue_find(&search, out, error))
		return FALSE;
	if (!names_mail(out->places))
		return TRUE;
	residue_clear(out);
	residue_init(out);
	return mailstore_purge(store, TRUE, &emptied, error) && residue_find(&search, out, error);
}

static void
keep_pending(struct redact_finished *out, const GPtrArray *pending, const char *why)
{
	out->pending += pending->len;
	if (why != NULL)
		g_ptr_array_add(out->why, g_strdup(why));
}

/* What is looked for at once: redactions of which the needles have one key. */
struct group {
	struct needles *needles;
	GPtrArray *pending; /* of struct pending_redaction, not owned */
};

static void
group_free(gpointer data)
{
	struct group *group = data;

	needles_free(group->needles);
	g_ptr_array_unref(group->pending);
	g_free(group);
}

static void
add_to_group(GPtrArray *groups, const struct pending_redaction *one, const struct needles *needles)
{
	struct group *group = NULL;

	for (guint i = 0; i < groups->len && group == NULL; i++)
		if (needles_merge(((struct group *)groups->pdata[i])->needles, needles))
			group = groups->pdata[i];
	if (group == NULL) {
		group = g_new0(struct group, 1);
		group->needles = needles_new_like(needles);
		(void)needles_merge(group->needles, needles);
		group->pending = g_ptr_array_new();
		g_ptr_array_add(groups, group);
	}
	g_ptr_array_add(group->pending, (gpointer)one);
}

/* Without a file what one of them looks for is known only when EXTRA tells. */
static GPtrArray *
make_groups(const char *folder, const GPtrArray *pending, const struct needles *extra, gint64 only, struct redact_finished *out)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);

	for (guint i = 0; i < pending->len; i++) {
		const struct pending_redaction *one = pending->pdata[i];
		g_autoptr(GError) reason = NULL;
		g_autoptr(Needles) kept = redaction_load(folder, one->seq, &reason);

		if (kept != NULL || (extra != NULL && (only == 0 || only == one->content))) {
			add_to_group(groups, one, kept != NULL ? kept : extra);
			continue;
		}
		out->pending++;
		g_ptr_array_add(out->why,
		    reason != NULL ? g_strdup_printf("%.8s: %s", one->public_id, reason->message)
		                   : g_strdup_printf("%.8s: what is to be looked for is not known any more; say it: postbag redact --verify %.8s --text WORDS",
		                         one->public_id, one->public_id));
	}
	return groups;
}

static gboolean
enter_verified(struct mailstore *store, const GPtrArray *pending, gint64 now, GError **error)
{
	gboolean ok = TRUE;

	if (!mailstore_begin(store, error))
		return FALSE;
	for (guint i = 0; ok && i < pending->len; i++) {
		const struct pending_redaction *one = pending->pdata[i];

		ok = mailstore_add_verified(store, one->content, one->seq, now, error);
	}
	if (ok)
		return mailstore_commit(store, error);
	mailstore_rollback(store);
	return FALSE;
}

static gboolean
finish_group(struct mailstore *store, const char *const *others, const struct group *group, const GArray *messages, gint64 now, struct redact_finished *out,
    GError **error)
{
	const struct pending_redaction *first = group->pending->pdata[0];
	g_auto(Residue) residue = {0};

	if (!look(store, others, group->needles, messages, &residue, error))
		return FALSE;
	g_array_append_vals(out->residue.quoting, residue.quoting->data, residue.quoting->len);
	for (guint i = 0; i < residue.remarks->len; i++)
		g_ptr_array_add(out->residue.remarks, g_strdup(residue.remarks->pdata[i]));
	if (residue.places->len > 0) {
		g_autofree char *more = group->pending->len > 1 ? g_strdup_printf(" and %u more", group->pending->len - 1) : g_strdup("");

		out->pending += group->pending->len;
		for (guint i = 0; i < residue.places->len; i++)
			g_ptr_array_add(out->why, g_strdup_printf("%.8s%s: still in %s", first->public_id, more, (const char *)residue.places->pdata[i]));
		return TRUE;
	}
	if (!enter_verified(store, group->pending, now, error))
		return FALSE;
	for (guint i = 0; i < group->pending->len; i++)
		redaction_forget(mailstore_folder(store), ((const struct pending_redaction *)group->pending->pdata[i])->seq, NULL);
	out->verified += group->pending->len;
	return TRUE;
}

gboolean
redact_finish(struct mailstore *store, struct index *index, const char *const *others, const struct needles *extra, gint64 only, gint64 now,
    struct redact_finished *out, GError **error)
{
	g_autoptr(GPtrArray) pending = mailstore_redactions(store, FALSE, error);
	g_autoptr(GArray) messages = NULL;
	g_autoptr(GPtrArray) groups = NULL;
	struct index_position position;
	gboolean emptied;
	gint64 last;

	if (pending == NULL)
		return FALSE;
	*out = (struct redact_finished){.why = g_ptr_array_new_with_free_func(g_free)};
	residue_init(&out->residue);
	redaction_forget(mailstore_folder(store), 0, pending);
	if (pending->len == 0)
		return TRUE;
	if (!index_position(index, &position, error) || !mailstore_last(store, &last, error))
		return FALSE;
	if (position.seq < ((struct pending_redaction *)pending->pdata[pending->len - 1])->seq) {
		keep_pending(out, pending, "the index has not followed yet");
		return TRUE;
	}
	if (!tidy(store, index, FALSE, &emptied, error))
		return FALSE;
	if (!emptied) {
		keep_pending(out, pending, "somebody was reading all the time: the logs of the databases could not be emptied");
		return TRUE;
	}
	messages = redacted_messages(pending);
	groups = make_groups(mailstore_folder(store), pending, extra, only, out);
	for (guint i = 0; i < groups->len; i++)
		if (!finish_group(store, others, groups->pdata[i], messages, now, out, error))
			return FALSE;
	return TRUE;
}
