#include "report/model.h"

#define COMPARED_WITH 50 /* letters of a campaign that show what all have in common */

/* Near-identical letters are one item: a campaign must neither drown the others nor count as many opinions. */

GHashTable *
campaigns_find(struct index *index, const GPtrArray *rows, const struct span *span, GError **error)
{
	g_autoptr(GHashTable) campaigns = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	g_autoptr(GHashTable) asked = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (guint i = 0; i < rows->len; i++) {
		struct message_row *row = g_ptr_array_index(rows, i);
		struct alike_counts alike;

		if (!g_hash_table_add(asked, &row->campaign))
			continue;
		if (!counts_alike(index, row->message, span, &alike, error))
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
	g_clear_pointer(&item->sentences, g_ptr_array_unref);
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

static void
sentence_free(gpointer data)
{
	struct digest_sentence *sentence = data;

	g_free(sentence->text);
	g_free(sentence);
}

static const struct message_row *
find_letter(const GPtrArray *letters, gint64 message)
{
	for (guint i = 0; i < letters->len; i++)
		if (((const struct message_row *)g_ptr_array_index(letters, i))->message == message)
			return g_ptr_array_index(letters, i);
	return NULL;
}

static gboolean
read_letters(struct campaign *campaign, struct index *index, const struct digest_item *item, GError **error)
{
	g_autoptr(GArray) known = campaign_letters(index, item->row->campaign, COMPARED_WITH, error);

	if (known == NULL)
		return FALSE;
	for (guint i = 0; i < MIN(item->letters->len, COUNTS_ALIKE); i++)
		if (!campaign_add(campaign, index, ((const struct message_row *)g_ptr_array_index(item->letters, i))->message, TRUE, error))
			return FALSE;
	for (guint i = 0; i < known->len; i++) {
		gint64 message = g_array_index(known, gint64, i);

		if (find_letter(item->letters, message) == NULL && !campaign_add(campaign, index, message, FALSE, error))
			return FALSE;
	}
	return TRUE;
}

/* Those that are worth reading first (WORTH), then what else is a sentence. */
static void
add_sentences(struct digest_item *item, const GPtrArray *others, gboolean worth)
{
	for (guint i = 0; i < others->len; i++) {
		const struct campaign_sentence *other = g_ptr_array_index(others, i);
		gboolean wanted = worth ? other->worth : !other->worth && other->ended;
		const struct message_row *row = other->fresh && wanted ? find_letter(item->letters, other->message) : NULL;
		struct digest_sentence *sentence;

		if (row == NULL)
			continue;
		if (item->sentences->len >= DIGEST_SENTENCES) {
			item->more_sentences++;
			continue;
		}
		sentence = g_new0(struct digest_sentence, 1);
		*sentence = (struct digest_sentence){g_strdup(other->text), row, other->letters};
		g_ptr_array_add(item->sentences, sentence);
	}
}

gboolean
campaigns_compare(struct index *index, struct digest_item *item, GError **error)
{
	g_autoptr(Campaign) campaign = campaign_new();
	const GPtrArray *common, *others;
	gint64 untold;

	if (!read_letters(campaign, index, item, error))
		return FALSE;
	campaign_finish(campaign, &common, &others, &untold);
	item->sentences = g_ptr_array_new_with_free_func(sentence_free);
	add_sentences(item, others, TRUE);
	add_sentences(item, others, FALSE);
	return TRUE;
}
