#include "archive/index-private.h"

#include "archive/campaigns-text.h"
#include "archive/paragraphs.h"

struct index_work *
index_work_new(const struct record *record)
{
	struct index_work *work = g_new0(struct index_work, 1);
	g_autofree char *text = index_new_text(record->passages);
	g_autofree char *campaign = campaigns_text(record);

	work->words = index_search_words_new(record);
	work->gist = index_make_gist(record->passages, record->subject_base);
	work->has_variant_key = index_make_variant_key(record, text, &work->variant_key);
	work->paragraphs = paragraphs_find(record->passages);
	sketch_text(campaign, &work->sketch);
	return work;
}

void
index_work_free(struct index_work *work)
{
	if (work == NULL)
		return;
	g_clear_pointer(&work->words, index_search_words_free);
	g_array_unref(work->paragraphs);
	g_free(work->gist);
	g_free(work);
}
