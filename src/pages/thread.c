#include "pages/private.h"

#include "base/limits.h"
#include "find/campaign.h"

#include <string.h>

#define DIFFERENT 60 /* sentences that not all letters have */

/* The messages of the one asked for; NULL without an error: there is none. */
static GPtrArray *
load(struct page *page, gboolean thread, struct message_row **asked, GError **error)
{
	gint64 message = 0;
	g_autoptr(GArray) numbers = NULL;

	*asked = NULL;
	if (!pages_resolve(page->index, &page->audience, page->route->id, &message, error) || message == 0)
		return NULL;
	*asked = message_row_load(page->index, message, FALSE, error);
	if (*asked == NULL)
		return NULL;
	numbers = thread ? pages_thread(page->index, &page->audience, (*asked)->thread, LIMIT_PAGE_THREAD, error)
	                 : pages_campaign(page->index, &page->audience, (*asked)->campaign, LIMIT_PAGE_CAMPAIGN, error);
	return numbers != NULL ? page_rows(page, numbers, FALSE, error) : NULL;
}

gboolean
page_thread(struct page *page, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(MessageRow) asked = NULL;
	g_autoptr(GPtrArray) rows = load(page, TRUE, &asked, &failure);
	const struct message_row *first;

	if (rows == NULL && failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (rows == NULL || rows->len == 0)
		return page_missing(page);
	if (page->json != NULL) {
		json_rows(page, "letters", rows);
		return TRUE;
	}
	first = g_ptr_array_index(rows, 0);
	frame_begin(page, message_row_subject(first), NULL);
	markup_format(&page->markup, "<div class=\"intro\">\n<p class=\"eyebrow\">Thread, %u%s letters</p>\n<h1", rows->len,
	    rows->len == LIMIT_PAGE_THREAD ? " or more" : "");
	markup_language(&page->markup, first);
	markup_add(&page->markup, ">");
	markup_line(&page->markup,
	    g_strcmp0(first->redacted, "whole") != 0 && first->subject_base != NULL && *first->subject_base != '\0' ? first->subject_base
	                                                                                                            : message_row_subject(first),
	    300);
	markup_add(&page->markup, "</h1>\n</div>\n");
	listing_add(page, rows, 2);
	frame_end(page);
	return TRUE;
}

/* --- campaigns */

/* *COMPARED: so many of ROWS. */
static struct campaign *
compare(struct page *page, const GPtrArray *rows, guint *compared, GError **error)
{
	g_autoptr(Campaign) campaign = campaign_new();
	guint words = 0;

	for (guint i = 0; i < rows->len && i < LIMIT_PAGE_COMPARED && words < LIMIT_PAGE_WORDS; i++) {
		words += ((const struct message_row *)g_ptr_array_index(rows, i))->words;
		*compared = i + 1;
		if (!campaign_add(campaign, page->index, ((const struct message_row *)g_ptr_array_index(rows, i))->message, FALSE, error))
			return NULL;
	}
	return g_steal_pointer(&campaign);
}

static void
add_common(struct page *page, const GPtrArray *common, const struct message_row *first)
{
	markup_add(&page->markup, "<section aria-labelledby=\"common\">\n<h2 id=\"common\">What most of them say</h2>\n<div class=\"passage new\"");
	markup_language(&page->markup, first);
	markup_add(&page->markup, ">\n");
	for (guint i = 0; i < common->len; i++) {
		const struct campaign_sentence *sentence = g_ptr_array_index(common, i);

		if (i == 0 || sentence->begins)
			markup_add(&page->markup, i > 0 ? "</p>\n<p dir=\"auto\">" : "<p dir=\"auto\">");
		markup_text(&page->markup, sentence->text);
		markup_add(&page->markup, " ");
	}
	markup_add(&page->markup, common->len > 0 ? "</p>\n</div>\n</section>\n" : "<p>No sentence stands in most of them.</p>\n</div>\n</section>\n");
}

static void
add_different(struct page *page, const GPtrArray *others)
{
	guint shown = 0;

	for (guint i = 0; i < others->len && shown < DIFFERENT; i++) {
		const struct campaign_sentence *sentence = g_ptr_array_index(others, i);
		g_autoptr(MessageRow) row = sentence->worth ? message_row_load(page->index, sentence->message, FALSE, NULL) : NULL;
		g_autofree char *path = row != NULL ? g_strconcat("/message/", row->public_id, NULL) : NULL;

		if (row == NULL)
			continue;
		if (shown++ == 0)
			markup_add(&page->markup,
			    "<section aria-labelledby=\"different\">\n<h2 id=\"different\">What only some of them say</h2>\n<ul class=\"sayings\">\n");
		markup_add(&page->markup, "<li><q");
		markup_language(&page->markup, row);
		markup_add(&page->markup, ">");
		markup_line(&page->markup, sentence->text, 400);
		markup_add(&page->markup, "</q> <a");
		markup_href(&page->markup, path, "");
		markup_add(&page->markup, ">");
		listing_author(page, row);
		markup_add(&page->markup, "</a>");
		if (sentence->letters > 1)
			markup_format(&page->markup, " <span class=\"quiet\">and %" G_GINT64_FORMAT " more</span>", sentence->letters - 1);
		markup_add(&page->markup, "</li>\n");
	}
	markup_add(&page->markup, shown > 0 ? "</ul>\n</section>\n" : "");
}

static guint
authors_of(const GPtrArray *rows)
{
	g_autoptr(GHashTable) authors = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(rows, i);

		g_hash_table_add(authors, row->author_address != NULL ? row->author_address : (char *)"");
	}
	return g_hash_table_size(authors);
}

static void
add_campaign(struct page *page, const GPtrArray *rows, guint compared, const GPtrArray *common, const GPtrArray *others)
{
	const struct message_row *first = g_ptr_array_index(rows, 0);

	frame_begin(page, message_row_subject(first), NULL);
	markup_format(&page->markup, "<div class=\"intro\">\n<p class=\"eyebrow\">Campaign: %u%s letters alike, from %u addresses</p>\n<h1", rows->len,
	    rows->len == LIMIT_PAGE_CAMPAIGN ? " or more" : "", authors_of(rows));
	markup_language(&page->markup, first);
	markup_add(&page->markup, ">");
	markup_line(&page->markup, message_row_subject(first), 300);
	markup_add(&page->markup, "</h1>\n");
	if (rows->len > compared)
		markup_format(&page->markup, "<p class=\"quiet\">The first %u were compared.</p>\n", compared);
	markup_add(&page->markup, "</div>\n");
	add_common(page, common, first);
	add_different(page, others);
	markup_add(&page->markup, "<section aria-labelledby=\"letters\">\n<h2 id=\"letters\">The letters</h2>\n");
	markup_add(&page->markup, "<ol class=\"list\">\n");
	for (guint i = 0; i < rows->len; i++)
		listing_item(page, g_ptr_array_index(rows, i), 3, ""); /* what they say stands above, once */
	markup_add(&page->markup, "</ol>\n</section>\n");
	frame_end(page);
}

static void
put_sentences(struct page *page, const char *key, const GPtrArray *sentences)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < sentences->len && i < 500; i++) {
		const struct campaign_sentence *sentence = g_ptr_array_index(sentences, i);
		struct json *object = json_new_object();

		json_text(page, object, "text", sentence->text);
		json_put_number(object, "letters", sentence->letters);
		json_add(list, object);
	}
	json_put(page->json, key, list);
}

gboolean
page_campaign(struct page *page, GError **error)
{
	g_autoptr(GError) failure = NULL;
	g_autoptr(MessageRow) asked = NULL;
	g_autoptr(GPtrArray) rows = load(page, FALSE, &asked, &failure);
	g_autoptr(Campaign) campaign = NULL;
	const GPtrArray *common, *others;
	guint compared = 0;
	gint64 untold;

	if (rows == NULL && failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (rows == NULL || rows->len < 2)
		return page_missing(page);
	campaign = compare(page, rows, &compared, error);
	if (campaign == NULL)
		return FALSE;
	campaign_finish(campaign, &common, &others, &untold);
	if (page->json == NULL)
		add_campaign(page, rows, compared, common, others);
	else {
		put_sentences(page, "common", common);
		put_sentences(page, "different", others);
		json_rows(page, "letters", rows);
	}
	return TRUE;
}
