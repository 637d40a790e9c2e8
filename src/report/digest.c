#include "report/model.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

void
digest_free(struct digest *digest)
{
	GPtrArray *const arrays[] = {digest->places, digest->suggested, digest->late, digest->routed, digest->awaiting, digest->held, digest->unread,
	    digest->attachments, digest->corrections, digest->decisions, digest->changed, digest->rows, digest->targets, digest->others};

	for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
		if (arrays[i] != NULL)
			g_ptr_array_unref(arrays[i]);
	g_clear_pointer(&digest->unfiled, digest_place_free);
	g_clear_pointer(&digest->campaigns, g_hash_table_unref);
	g_clear_pointer(&digest->zone, g_time_zone_unref);
	g_free(digest->title);
	g_free(digest->label);
	g_free(digest->workstream);
	g_free(digest->wanted);
	g_free(digest->zone_name);
	g_free(digest->rules_trouble);
	g_free(digest->link);
	g_free(digest->foot);
	g_free(digest->still_unread);
	g_free(digest);
}

const struct ledger *
digest_ledger(const struct digest *digest)
{
	return &digest->ledger;
}

const char *
digest_still_unread(const struct digest *digest)
{
	return digest->still_unread;
}

guint
digest_count_input(const struct digest *digest)
{
	return digest->rows->len;
}

gboolean
digest_is_empty(const struct digest *digest)
{
	const struct ledger *ledger = &digest->ledger;

	if (digest->wanted != NULL)
		return digest->rows->len + digest->decisions->len + digest->attachments->len == 0;
	return ledger->truth + ledger->spooled + ledger->difference == 0 && digest->decisions->len + digest->late->len + digest->held->len == 0;
}

static void
digest_correction_free(gpointer data)
{
	struct digest_correction *item = data;

	correction_free(item->correction);
	g_free(item);
}

/* "\ntype id\ntype id\n" as "id, id"; NULL for NULL. */
static char *
wanted_ids(const char *wanted)
{
	g_auto(GStrv) lines = wanted != NULL ? g_strsplit(wanted, "\n", -1) : NULL;
	GString *ids = g_string_new(NULL);

	for (guint i = 0; lines != NULL && lines[i] != NULL; i++) {
		const char *space = strchr(lines[i], ' ');

		if (space != NULL)
			g_string_append_printf(ids, "%s%s", ids->len > 0 ? ", " : "", space + 1);
	}
	return g_string_free(ids, wanted == NULL);
}

static struct digest *
digest_new(const struct digest_options *options)
{
	struct digest *digest = g_new0(struct digest, 1);

	digest->span = options->span;
	digest->window = options->span.window;
	digest->title = g_strdup(options->title);
	digest->label = options->label != NULL ? g_strdup(options->label) : label_window(options->span.window, options->zone);
	digest->wanted = g_strdup(options->wanted);
	digest->workstream = wanted_ids(options->wanted);
	digest->zone_name = g_strdup(g_time_zone_get_identifier(options->zone));
	digest->rules_trouble = g_strdup(options->rules_trouble);
	digest->link = g_strdup(options->link);
	digest->foot = g_strdup(options->foot);
	digest->html_bytes = options->html_bytes;
	digest->zone = g_time_zone_ref(options->zone);
	digest->by = options->by != NULL ? options->by : "workstream";
	digest->places = g_ptr_array_new_with_free_func((GDestroyNotify)digest_place_free);
	digest->suggested = g_ptr_array_new();
	digest->late = g_ptr_array_new();
	digest->corrections = g_ptr_array_new_with_free_func(digest_correction_free);
	return digest;
}

static gboolean
check_wanted(const struct digest *digest, GError **error)
{
	g_auto(GStrv) lines = digest->wanted != NULL ? g_strsplit(digest->wanted, "\n", -1) : NULL;

	for (guint i = 0; lines != NULL && lines[i] != NULL; i++) {
		g_auto(GStrv) words = g_strsplit(lines[i], " ", 2);

		if (words[0] != NULL && words[1] != NULL && !targets_check(digest->targets, words[0], words[1], error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
is_row_wanted(const struct digest *digest, const struct message_row *row)
{
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (span_wants(digest->wanted, filing->type, filing->id))
			return TRUE;
	}
	return digest->wanted == NULL;
}

/* Of a digest of topics or groups all workstreams are looked at. */
static gboolean
is_workstream_wanted(const struct digest *digest, const char *id)
{
	return digest->wanted == NULL || strstr(digest->wanted, "\nworkstream ") == NULL || span_wants(digest->wanted, "workstream", id);
}

static void
fill_suggested(struct digest *digest)
{
	for (guint i = 0; i < digest->rows->len; i++) {
		struct message_row *row = g_ptr_array_index(digest->rows, i);

		for (guint j = 0; j < row->filings->len; j++) {
			const struct row_filing *filing = g_ptr_array_index(row->filings, j);

			if (g_str_equal(filing->type, "workstream") && g_str_equal(filing->tier, "suggested") && is_workstream_wanted(digest, filing->id)) {
				g_ptr_array_add(digest->suggested, row);
				break;
			}
		}
	}
}

static gboolean
fill_corrections(struct digest *digest, struct index *index, GError **error)
{
	for (guint i = 0; i < digest->rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->rows, i);
		g_autoptr(Correction) correction = NULL;
		struct digest_correction *item;

		if (!correction_find(index, row->message, &correction, error))
			return FALSE;
		if (correction == NULL)
			continue;
		item = g_new0(struct digest_correction, 1);
		item->row = row;
		item->correction = g_steal_pointer(&correction);
		g_ptr_array_add(digest->corrections, item);
	}
	return TRUE;
}

/* What is only named at a place was compared where it is shown. */
static gboolean
compare_letters(const struct digest *digest, struct index *index, GError **error)
{
	for (guint i = 0; i <= digest->places->len; i++) {
		const struct digest_place *place = i < digest->places->len ? g_ptr_array_index(digest->places, i) : digest->unfiled;

		for (guint j = 0; j < place->items->len; j++) {
			struct digest_item *item = g_ptr_array_index(place->items, j);

			if (item->letters != NULL && item->see == NULL && !campaigns_compare(index, item, error))
				return FALSE;
		}
	}
	return TRUE;
}

static void
fill_late(struct digest *digest)
{
	for (guint i = 0; digest->span.upto > 0 && i < digest->rows->len; i++) {
		struct message_row *row = g_ptr_array_index(digest->rows, i);

		if (row->received < digest->window.from || row->first_seq <= digest->span.after)
			g_ptr_array_add(digest->late, row);
	}
}

/* Those of NUMBERS, with their rows, that the digest's reader asked for. */
static GPtrArray *
load_wanted(const struct digest *digest, struct index *index, const GArray *numbers, gboolean with_evidence, GError **error)
{
	GPtrArray *rows = message_rows_load(index, numbers, with_evidence, error);

	for (guint i = 0; rows != NULL && digest->workstream != NULL && i < rows->len;) {
		if (is_row_wanted(digest, g_ptr_array_index(rows, i)))
			i++;
		else
			g_ptr_array_remove_index(rows, i);
	}
	return rows;
}

static gboolean
fill_input(struct digest *digest, struct index *index, GError **error)
{
	g_autoptr(GArray) numbers = list_input(index, &digest->span, error);

	if (numbers == NULL)
		return FALSE;
	digest->rows = load_wanted(digest, index, numbers, TRUE, error);
	if (digest->rows == NULL)
		return FALSE;
	digest->campaigns = campaigns_find(index, digest->rows, &digest->span, error);
	if (digest->campaigns == NULL)
		return FALSE;
	if (!places_fill(digest, index, error))
		return FALSE;
	fill_suggested(digest);
	fill_late(digest);
	return compare_letters(digest, index, error) && fill_corrections(digest, index, error);
}

/* A reason may quote what the rule matched; a held message's words are not told, not even those. */
static void
drop_words(gpointer data, gpointer unused)
{
	struct list_item *item = data;
	char *quote = item->reason != NULL ? strpbrk(item->reason, "\"\n") : NULL;

	if (quote == NULL)
		return;
	*quote = '\0';
	while (quote > item->reason && strchr(": (", quote[-1]) != NULL)
		*--quote = '\0';
}

static gboolean
fill_still_unread(struct digest *digest, struct index *index, GError **error)
{
	g_autoptr(GArray) numbers = digest->span.upto > 0 ? list_still_unread(index, &digest->span, error) : g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GString) list = g_string_new(NULL);

	for (guint i = 0; numbers != NULL && i < numbers->len; i++)
		g_string_append_printf(list, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", g_array_index(numbers, gint64, i));
	digest->still_unread = list->len > 0 ? g_strdup(list->str) : NULL;
	return numbers != NULL;
}

/* What is held or unread is nobody's workstream yet: a rapporteur's digest leaves it to the staff's. */
static gboolean
fill_trouble(struct digest *digest, struct index *index, GError **error)
{
	digest->attachments = list_unread_attachments(index, &digest->span, digest->wanted, error);
	if (digest->attachments == NULL || !fill_still_unread(digest, index, error))
		return FALSE;
	if (digest->workstream != NULL) {
		digest->held = g_ptr_array_new();
		digest->unread = g_ptr_array_new();
		return TRUE;
	}
	digest->held = list_held(index, &digest->span, error);
	if (digest->held != NULL)
		g_ptr_array_foreach(digest->held, drop_words, NULL);
	if (digest->held == NULL || !counts_held(index, &digest->span, &digest->held_before, error))
		return FALSE;
	digest->unread = list_unread(index, &digest->span, error);
	return digest->unread != NULL;
}

/* Of "quay 12 in; water 9 out" what is said of those that the reader asked for; NULL: nothing. */
static char *
wanted_moves(const struct digest *digest, const char *note)
{
	g_auto(GStrv) moves = g_strsplit(note != NULL ? note : "", "; ", -1);
	GString *text = g_string_new(NULL);

	for (guint i = 0; moves[i] != NULL; i++) {
		g_autofree char *id = g_strndup(moves[i], strcspn(moves[i], " "));

		if (span_wants(digest->wanted, "workstream", id))
			g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "", moves[i]);
	}
	return g_string_free(text, text->len == 0);
}

static void
keep_wanted_moves(const struct digest *digest)
{
	for (guint i = 0; i < digest->decisions->len;) {
		struct decision_row *row = g_ptr_array_index(digest->decisions, i);
		char *note = g_str_equal(row->action, "reclassified") ? wanted_moves(digest, row->note) : g_strdup("");

		if (note == NULL) {
			g_ptr_array_remove_index(digest->decisions, i);
			continue;
		}
		if (*note != '\0') {
			g_free(row->note);
			row->note = g_steal_pointer(&note);
		}
		g_free(note);
		i++;
	}
}

/* What people decided, and what came before the window and is to be shown now because of it. */
static gboolean
fill_decisions(struct digest *digest, struct index *index, GError **error)
{
	g_autoptr(GArray) changed = list_changed(index, &digest->span, error);

	if (changed == NULL || (digest->changed = load_wanted(digest, index, changed, TRUE, error)) == NULL)
		return FALSE;
	if (digest->workstream == NULL && !totals_pending(index, &digest->redactions_pending, error))
		return FALSE;
	digest->decisions = decisions_in(index, &digest->span, digest->wanted, error);
	if (digest->decisions != NULL && digest->wanted != NULL)
		keep_wanted_moves(digest);
	return digest->decisions != NULL;
}

static gboolean
fill_lists(struct digest *digest, struct index *index, GError **error)
{
	g_autoptr(GArray) routed = list_routed(index, &digest->span, error);
	g_autoptr(GArray) awaiting = NULL, others = NULL;

	if (routed == NULL || (others = list_others(index, &digest->span, error)) == NULL)
		return FALSE;
	digest->others = digest->workstream == NULL ? message_rows_load(index, others, FALSE, error) : g_ptr_array_new();
	if (digest->others == NULL)
		return FALSE;
	digest->routed = load_wanted(digest, index, routed, FALSE, error);
	if (digest->routed == NULL)
		return FALSE;
	awaiting = list_awaiting(index, digest->wanted, &digest->span, DIGEST_AWAITING, &digest->n_awaiting, error);
	if (awaiting == NULL)
		return FALSE;
	digest->awaiting = message_rows_load(index, awaiting, FALSE, error);
	if (digest->awaiting == NULL)
		return FALSE;
	return fill_decisions(digest, index, error) && fill_trouble(digest, index, error);
}

static gboolean
fill(struct digest *digest, struct index *index, GError **error)
{
	struct index_position position;

	if (!index_position(index, &position, error))
		return FALSE;
	g_strlcpy(digest->rules, position.rules, sizeof digest->rules);
	digest->targets = targets_load(index, error);
	if (digest->targets == NULL || !check_wanted(digest, error))
		return FALSE;
	return fill_input(digest, index, error) && fill_lists(digest, index, error);
}

struct digest *
digest_build(struct mailstore *store, struct index *index, const struct digest_options *options, GError **error)
{
	g_autoptr(Digest) digest = digest_new(options);
	gboolean filled;

	if (!ledger_begin(store, index, &digest->span, options->spooled, &digest->ledger, error))
		return NULL;
	filled = fill(digest, index, error);
	index_rollback(index);
	return filled ? g_steal_pointer(&digest) : NULL;
}
