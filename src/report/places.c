#include "report/model.h"

#include <string.h>

#define NONE "none" /* the id of the place of those that are filed under nothing of the digest's sort */

void
digest_place_free(struct digest_place *place)
{
	g_ptr_array_unref(place->items);
	g_free(place);
}

static struct digest_place *
place_new(const char *id, const char *title)
{
	struct digest_place *place = g_new0(struct digest_place, 1);

	place->id = id;
	place->title = title;
	place->items = g_ptr_array_new_with_free_func((GDestroyNotify)digest_item_free);
	return place;
}

static gboolean
is_by_workstream(const struct digest *digest)
{
	return g_str_equal(digest->by, "workstream");
}

/* Did the reader ask for ids of the digest's sort? */
static gboolean
asks_for_places(const struct digest *digest)
{
	g_autofree char *type = g_strdup_printf("\n%s ", digest->by);

	return digest->wanted != NULL && strstr(digest->wanted, type) != NULL;
}

/* Whether the place ID is shown: it is asked for, or what is asked for is of another sort. Of a workstream's topics no others are. */
static gboolean
is_wanted(const struct digest *digest, const char *id)
{
	const struct target *target = targets_find(digest->targets, digest->by, id);

	if (asks_for_places(digest) && span_wants(digest->wanted, digest->by, id))
		return TRUE;
	if (g_str_equal(digest->by, "topic") && digest->wanted != NULL && strstr(digest->wanted, "\nworkstream ") != NULL)
		return target != NULL && target->parent != NULL && span_wants(digest->wanted, "workstream", target->parent);
	return !asks_for_places(digest);
}

/* The window's rows filed under ID of that TYPE; "" those filed under nothing of it. */
static GPtrArray *
rows_under(const struct digest *digest, const char *type, const char *id)
{
	GPtrArray *rows = g_ptr_array_new();

	for (guint i = 0; i < digest->rows->len; i++) {
		struct message_row *row = g_ptr_array_index(digest->rows, i);

		if (*id != '\0' ? message_row_filing(row, type, id) != NULL : !message_row_has(row, type))
			g_ptr_array_add(rows, row);
	}
	return rows;
}

/* Each message is shown in full at one place: the first it is filed under firmly, else the first. SHOWN gets the place's id by message or text. */
static void
choose_homes(const struct digest *digest, GHashTable *shown)
{
	for (guint i = 0; i < digest->rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->rows, i);
		gboolean alike = g_hash_table_contains(digest->campaigns, &row->campaign);
		const char *home = NULL;

		for (guint j = 0; j < digest->places->len; j++) {
			const struct digest_place *place = g_ptr_array_index(digest->places, j);
			const struct row_filing *filing = message_row_filing(row, digest->by, place->id);
			gboolean firm = filing != NULL && g_str_equal(filing->tier, "firm");

			if (filing != NULL && (home == NULL || firm))
				home = place->id;
			if (firm)
				break;
		}
		if (home != NULL && !g_hash_table_contains(shown, alike ? row->campaign_id : row->public_id))
			g_hash_table_insert(shown, alike ? row->campaign_id : row->public_id, (gpointer)home);
	}
}

static void
fill_place(const struct digest *digest, struct digest_place *place, const GPtrArray *rows, GHashTable *shown)
{
	campaigns_fold(rows, digest->campaigns, shown, place);
	place->history[DIGEST_WINDOWS - 1] = place->count;
}

/* What is in force, what received something under older rules, and ids that people made up while filing. */
static void
add_places(struct digest *digest)
{
	g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < digest->targets->len; i++) {
		const struct target *target = g_ptr_array_index(digest->targets, i);
		g_autoptr(GPtrArray) rows = NULL;

		if (!g_str_equal(target->type, digest->by))
			continue;
		g_hash_table_add(known, target->id);
		rows = rows_under(digest, digest->by, target->id);
		if (is_wanted(digest, target->id) && (rows->len > 0 || (target->current && digest->wanted == NULL) || asks_for_places(digest)))
			g_ptr_array_add(digest->places, place_new(target->id, target->title));
	}
	for (guint i = 0; i < digest->rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(digest->rows, i);

		for (guint j = 0; j < row->filings->len; j++) {
			const struct row_filing *filing = g_ptr_array_index(row->filings, j);

			if (g_str_equal(filing->type, digest->by) && is_wanted(digest, filing->id) && g_hash_table_add(known, filing->id))
				g_ptr_array_add(digest->places, place_new(filing->id, NULL));
		}
	}
}

static gboolean
has_place(const struct digest *digest, const struct message_row *row)
{
	for (guint i = 0; i < digest->places->len; i++)
		if (message_row_filing(row, digest->by, ((const struct digest_place *)g_ptr_array_index(digest->places, i))->id) != NULL)
			return TRUE;
	return FALSE;
}

/* Of a digest by topic or group: what is filed under a workstream and stands at no place yet. */
static void
add_rest(struct digest *digest, GHashTable *shown)
{
	struct digest_place *place = place_new(NONE, g_str_equal(digest->by, "topic") ? "under no topic" : "from no group");
	g_autoptr(GPtrArray) rows = g_ptr_array_new();

	place->none = TRUE;
	for (guint i = 0; i < digest->rows->len; i++) {
		struct message_row *row = g_ptr_array_index(digest->rows, i);

		if (message_row_has(row, "workstream") && !has_place(digest, row))
			g_ptr_array_add(rows, row);
	}
	fill_place(digest, place, rows, shown);
	g_ptr_array_add(digest->places, place);
}

static void
fill_places(struct digest *digest)
{
	g_autoptr(GHashTable) shown = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) unfiled = NULL;

	add_places(digest);
	choose_homes(digest, shown);
	for (guint i = 0; i < digest->places->len; i++) {
		struct digest_place *place = g_ptr_array_index(digest->places, i);
		g_autoptr(GPtrArray) rows = rows_under(digest, digest->by, place->id);

		fill_place(digest, place, rows, shown);
	}
	if (!is_by_workstream(digest))
		add_rest(digest, shown);
	digest->unfiled = place_new("", NULL);
	unfiled = rows_under(digest, "workstream", "");
	fill_place(digest, digest->unfiled, unfiled, shown);
}

static void
set_history(struct digest_place *place, GHashTable *counts, int window)
{
	const gint64 *count = g_hash_table_lookup(counts, place->none ? "" : place->id);

	place->history[window] = count != NULL ? *count : 0;
}

static gboolean
fill_history(struct digest *digest, struct index *index, GError **error)
{
	for (int i = 0; i < DIGEST_WINDOWS - 1; i++) {
		struct span before = {.window = clock_before(digest->window, DIGEST_WINDOWS - 1 - i, digest->zone)};
		g_autoptr(GHashTable) counts = counts_by(index, digest->by, &before, digest->wanted, error);
		g_autoptr(GHashTable) workstreams =
		    counts == NULL || is_by_workstream(digest) ? NULL : counts_by(index, "workstream", &before, digest->wanted, error);

		if (counts == NULL || (workstreams == NULL && !is_by_workstream(digest)))
			return FALSE;
		for (guint j = 0; j < digest->places->len; j++)
			set_history(g_ptr_array_index(digest->places, j), counts, i);
		set_history(digest->unfiled, workstreams != NULL ? workstreams : counts, i);
	}
	return TRUE;
}

/* There are dozens of topics and groups: of those nothing came from lately, and which nobody asked for, nothing is told. */
static void
drop_silent(struct digest *digest)
{
	for (guint i = 0; i < digest->places->len;) {
		const struct digest_place *place = g_ptr_array_index(digest->places, i);
		gint64 sum = 0;

		for (int j = 0; j < DIGEST_WINDOWS; j++)
			sum += place->history[j];
		if (asks_for_places(digest) ? place->none && place->count == 0 : sum == 0)
			g_ptr_array_remove_index(digest->places, i);
		else
			i++;
	}
}

gboolean
places_fill(struct digest *digest, struct index *index, GError **error)
{
	fill_places(digest);
	if (!fill_history(digest, index, error))
		return FALSE;
	if (!is_by_workstream(digest))
		drop_silent(digest);
	return TRUE;
}
