#include "report/model.h"

/* Near-identical letters are one item: a campaign must neither drown the others nor count as many opinions. */

GHashTable *
campaigns_find(struct index *index, const GPtrArray *rows, gint64 to, GError **error)
{
	g_autoptr(GHashTable) campaigns = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	g_autoptr(GHashTable) asked = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < rows->len; i++) {
		struct message_row *row = g_ptr_array_index(rows, i);
		struct alike_counts alike;

		if (!g_hash_table_add(asked, &row->campaign))
			continue;
		if (!counts_alike(index, row->message, to, &alike, error))
			return NULL;
		if (alike.letters >= CAMPAIGN_LEAST && alike.authors >= CAMPAIGN_LEAST)
			g_hash_table_insert(campaigns, g_memdup2(&row->campaign, sizeof row->campaign), g_memdup2(&alike, sizeof alike));
	}
	return g_steal_pointer(&campaigns);
}

void
digest_item_free(struct digest_item *item)
{
	g_clear_pointer(&item->letters, g_ptr_array_unref);
	g_free(item);
}

static struct digest_item *
add_item(struct digest_place *place, const struct message_row *row, const char *key, GHashTable *shown)
{
	struct digest_item *item = g_new0(struct digest_item, 1);

	item->row = row;
	item->see = g_hash_table_lookup(shown, key);
	if (item->see == NULL)
		g_hash_table_insert(shown, (gpointer)key, (gpointer)place->id);
	else if (g_str_equal(item->see, place->id))
		item->see = NULL;
	g_ptr_array_add(place->items, item);
	return item;
}

void
campaigns_fold(const GPtrArray *rows, GHashTable *campaigns, GHashTable *shown, struct digest_place *place)
{
	g_autoptr(GHashTable) here = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autoptr(GHashTable) texts = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < rows->len; i++) {
		struct message_row *row = g_ptr_array_index(rows, i);
		const struct alike_counts *alike = g_hash_table_lookup(campaigns, &row->campaign);
		struct digest_item *item = alike != NULL ? g_hash_table_lookup(here, &row->campaign) : NULL;

		place->count++;
		place->unique += row->superseded_by == NULL && g_hash_table_add(texts, &row->campaign);
		if (item == NULL) {
			item = add_item(place, row, alike != NULL ? row->campaign_id : row->public_id, shown);
			item->alike = alike;
		}
		if (alike == NULL)
			continue;
		if (item->letters == NULL)
			item->letters = g_ptr_array_new();
		g_hash_table_insert(here, &row->campaign, item);
		g_ptr_array_add(item->letters, row);
	}
}
