#include "pages/private.h"

#include "base/limits.h"
#include "base/text.h"
#include "report/decided.h"

#include <string.h>

#define WORDS_SHOWN 6 /* of one filing's */

struct letter {
	struct message_row *row;
	struct details details;
	GPtrArray *passages;                         /* NULL: unread, or nothing is left */
	GArray *thread;                              /* of gint64 */
	GArray *campaign;                            /* of gint64 */
	struct message_row *before, *after, *parent; /* in the thread; what it answers */
};

static void
letter_clear(struct letter *letter)
{
	g_clear_pointer(&letter->row, message_row_free);
	g_clear_pointer(&letter->before, message_row_free);
	g_clear_pointer(&letter->after, message_row_free);
	g_clear_pointer(&letter->parent, message_row_free);
	details_clear(&letter->details);
	g_clear_pointer(&letter->passages, g_ptr_array_unref);
	g_clear_pointer(&letter->thread, g_array_unref);
	g_clear_pointer(&letter->campaign, g_array_unref);
}

typedef struct letter Letter;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Letter, letter_clear)

/* *OUT NULL: there is none. */
static gboolean
load_beside(struct page *page, const struct message_row *row, gboolean before, struct message_row **out, GError **error)
{
	const struct pages_stood place = {row->date_effective, row->message};
	struct pages_stood beside;

	if (!pages_beside(page->index, &page->audience, row->thread, &place, before, &beside, error))
		return FALSE;
	return beside.message == 0 || (*out = message_row_load(page->index, beside.message, FALSE, error)) != NULL;
}

static gboolean
load_neighbours(struct page *page, struct letter *letter, GError **error)
{
	gint64 parent = 0;

	/* of a thread that is not counted two letters tell all: whether it is one, and which the first is */
	letter->thread = page->site->fixed ? pages_thread_begins(page->index, &page->audience, letter->row->thread, error)
	                                   : pages_thread(page->index, &page->audience, letter->row->thread, LIMIT_PAGE_THREAD, error);
	if (letter->thread == NULL || !pages_parent(page->index, &page->audience, letter->row->message, &parent, error))
		return FALSE;
	if (letter->row->copy_of == NULL &&
	    (!load_beside(page, letter->row, TRUE, &letter->before, error) || !load_beside(page, letter->row, FALSE, &letter->after, error)))
		return FALSE;
	return parent == 0 || (letter->parent = message_row_load(page->index, parent, FALSE, error)) != NULL;
}

/* What spoke for a filing in text that is not shown. */
static void
drop_unquoted(struct letter *letter)
{
	for (guint i = letter->passages != NULL ? letter->row->evidence->len : 0; i > 0; i--) {
		const struct row_evidence *evidence = g_ptr_array_index(letter->row->evidence, i - 1);
		const struct record_passage *passage =
		    evidence->passage >= 0 && (guint)evidence->passage < letter->passages->len ? g_ptr_array_index(letter->passages, evidence->passage) : NULL;

		if (passage != NULL && strstr(passage->text, PAGES_NOT_QUOTED) != NULL)
			g_ptr_array_remove_index(letter->row->evidence, i - 1);
	}
}

static gboolean
load(struct page *page, gint64 message, struct letter *letter, GError **error)
{
	letter->row = message_row_load(page->index, message, TRUE, error);
	if (letter->row == NULL || !details_load(page->index, message, &letter->details, error) || !load_neighbours(page, letter, error))
		return FALSE;
	letter->campaign = pages_campaign(page->index, &page->audience, letter->row->campaign, page->site->fixed ? 2 : LIMIT_PAGE_CAMPAIGN, error);
	if (letter->campaign == NULL)
		return FALSE;
	if (letter->row->unread == NULL && g_strcmp0(letter->row->redacted, "whole") != 0)
		letter->passages = pages_passages(page->index, &page->audience, message, error);
	drop_unquoted(letter);
	return letter->row->unread != NULL || g_strcmp0(letter->row->redacted, "whole") == 0 || letter->passages != NULL;
}

/* --- its head */

static gboolean
is_staff(const struct page *page)
{
	return page->site->view == PAGE_STAFF;
}

static void
add_people(struct page *page, const struct letter *letter, const char *role, const char *term)
{
	struct markup *markup = &page->markup;
	guint shown = 0, more = 0;

	for (guint i = 0; i < letter->details.addresses->len; i++) {
		const struct detail_address *address = g_ptr_array_index(letter->details.addresses, i);
		gboolean named = address->name != NULL && *address->name != '\0';

		if (strcmp(address->role, role) != 0)
			continue;
		if (shown >= 12) {
			more++;
			continue;
		}
		if (shown == 0)
			markup_format(markup, "<div><dt>%s</dt><dd>", term);
		markup_add(markup, shown++ > 0 ? ", " : "");
		if (named)
			markup_isolated(markup, address->name, 80);
		markup_add(markup, named ? " <span class=\"address\">" : "<span class=\"address\">");
		markup_isolated(markup, address->address, 120);
		markup_add(markup, "</span>");
	}
	if (more > 0)
		markup_format(markup, " and %u more", more);
	markup_add(markup, shown > 0 ? "</dd></div>\n" : "");
}

/* The headers that anybody may see, and for staff a few more. */
static void
add_headers(struct page *page, const struct letter *letter)
{
	const struct message_row *row = letter->row;
	struct markup *markup = &page->markup;

	markup_add(markup, "<dl class=\"headers\">\n");
	add_people(page, letter, "from", "From");
	if (is_staff(page)) {
		add_people(page, letter, "sender", "Sender");
		add_people(page, letter, "reply-to", "Reply to");
	}
	add_people(page, letter, "to", "To");
	add_people(page, letter, "cc", "Copy");
	markup_add(markup, "<div><dt>Date</dt><dd>");
	markup_moment(markup, row->date_effective);
	if (strcmp(row->date_reason, "Date") != 0)
		markup_add(markup, " <span class=\"quiet\">(when it arrived: its own date cannot be right)</span>");
	markup_add(markup, "</dd></div>\n<div><dt>Received</dt><dd>");
	markup_moment(markup, row->received);
	markup_add(markup, "</dd></div>\n");
	if (row->organization != NULL && *row->organization != '\0') {
		markup_add(markup, "<div><dt>Organisation</dt><dd>");
		markup_isolated(markup, row->organization, 120);
		markup_add(markup, "</dd></div>\n");
	}
	if (is_staff(page) && row->message_id != NULL) {
		markup_add(markup, "<div><dt>Message-ID</dt><dd class=\"address\">");
		markup_isolated(markup, row->message_id, 200);
		markup_add(markup, "</dd></div>\n");
	}
	markup_add(markup, "</dl>\n");
}

static void
add_reference(struct page *page, const char *before, const char *id, const char *after)
{
	gint64 found = 0;
	g_autofree char *path = id != NULL ? g_strconcat("/message/", id, NULL) : NULL;

	/* what the reader may not see is not named either */
	if (id == NULL || !pages_resolve(page->index, &page->audience, id, &found, NULL) || found == 0)
		return;
	markup_format(&page->markup, "<p class=\"note\">%s <a", before);
	markup_href(&page->markup, path, "");
	markup_format(&page->markup, ">%s</a>%s</p>\n", id, after);
}

static void
add_notes(struct page *page, const struct letter *letter)
{
	const struct message_row *row = letter->row;
	struct markup *markup = &page->markup;

	if (row->held != NULL) {
		markup_add(markup, "<p class=\"note held\"><b>Held:</b> ");
		markup_line(markup, row->held, 300);
		markup_add(markup, ". The public does not see it.</p>\n");
	}
	if (row->unread != NULL) {
		markup_add(markup, "<p class=\"note held\"><b>Not read yet:</b> ");
		markup_line(markup, row->unread, 300);
		markup_add(markup, "</p>\n");
	}
	if (g_strcmp0(row->redacted, "part") == 0)
		markup_add(markup, "<p class=\"note\">Words were taken out of this letter.</p>\n");
	add_reference(page, "Superseded by", row->superseded_by, ": the later letter takes this one\u2019s place.");
	add_reference(page, "Takes the place of", row->supersedes, ".");
	add_reference(page, "Another copy of", row->copy_of, ".");
	if (is_staff(page) && letter->details.correction != NULL)
		add_reference(page, "May supersede", letter->details.correction->id, ".");
}

/* --- why it is filed */

static gboolean
speaks_for(const struct row_evidence *evidence, const struct row_filing *filing)
{
	return strcmp(evidence->type, filing->type) == 0 && strcmp(evidence->id, filing->id) == 0 && strcmp(evidence->tier, "masked") != 0 &&
	       !evidence->boilerplate;
}

static void
add_words(struct page *page, const struct message_row *row, const struct row_filing *filing)
{
	struct markup *markup = &page->markup;
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < row->evidence->len && g_hash_table_size(seen) < WORDS_SHOWN; i++) {
		const struct row_evidence *evidence = g_ptr_array_index(row->evidence, i);
		char *key = evidence->words != NULL && speaks_for(evidence, filing) ? text_fold_key(evidence->words) : NULL;

		if (key == NULL || !g_hash_table_add(seen, key))
			continue;
		/* what is in no passage is a condition that held, not words of the letter's */
		markup_add(markup, evidence->passage >= 0 ? " <span class=\"piece\"><q lang=\"\" dir=\"auto\">" : " <span class=\"piece\"><span dir=\"auto\">");
		markup_line(markup, evidence->words, 60);
		markup_add(markup, evidence->passage >= 0 ? "</q>" : "</span>");
		if (is_staff(page)) {
			markup_add(markup, " <span class=\"rule\">");
			markup_line(markup, evidence->key, 20);
			markup_add(markup, " <code>");
			markup_line(markup, evidence->rule, 80);
			markup_add(markup, "</code>, ");
			markup_line(markup, evidence->file, 40);
			markup_format(markup, ":%u</span>", evidence->line);
		}
		markup_add(markup, "</span>");
	}
	if (g_hash_table_size(seen) == 0 && strcmp(filing->by, "rules") != 0)
		markup_add(
		    markup, strcmp(filing->by, "person") == 0 ? " <span class=\"quiet\">by hand</span>" : " <span class=\"quiet\">from its thread</span>");
}

static void
add_filing(struct page *page, const struct message_row *row, const struct row_filing *filing)
{
	markup_add(&page->markup, "<li><ul class=\"chips\">");
	listing_chip(page, filing->type, filing->id, strcmp(filing->tier, "suggested") == 0);
	markup_add(&page->markup, "</ul>");
	markup_add(
	    &page->markup, strcmp(filing->tier, "suggested") == 0 ? " <span class=\"quiet\">suggested</span><span class=\"said\">" : "<span class=\"said\">");
	add_words(page, row, filing);
	markup_add(&page->markup, "</span></li>\n");
}

static void
add_why(struct page *page, const struct message_row *row)
{
	struct markup *markup = &page->markup;

	markup_add(markup, "<section class=\"why\" aria-labelledby=\"why\">\n<h2 id=\"why\">Why it is filed</h2>\n");
	if (row->filings->len == 0)
		markup_add(markup, "<p class=\"quiet\">It is filed under nothing.</p>\n");
	else {
		markup_add(markup, "<ul class=\"reasons\">\n");
		for (guint i = 0; i < row->filings->len; i++)
			add_filing(page, row, g_ptr_array_index(row->filings, i));
		markup_add(markup, "</ul>\n");
	}
	if (is_staff(page)) {
		markup_format(markup, "<p class=\"quiet\">Kind: %s", row->kind);
		markup_add(markup, row->kind_by_person ? " (by hand)" : "");
		if (row->kind_reason != NULL) {
			markup_add(markup, ", ");
			markup_line(markup, row->kind_reason, 200);
		}
		markup_add(markup, "</p>\n");
	}
	markup_add(markup, "</section>\n");
}

/* --- what came with it, and what stands beside it */

/* A file of a safe name, which the reader gets under the one that its sender gave. */
static gboolean
add_file(struct page *page, const struct message_row *row, const struct detail_part *part, const char *file)
{
	g_autofree char *path = g_strdup_printf("/attachment/%s/", row->public_id);
	g_autofree char *base = part->filename != NULL ? g_path_get_basename(part->filename) : NULL;

	if (file == NULL)
		return FALSE;
	markup_add(&page->markup, "<a download=\"");
	markup_line(&page->markup, base, 100);
	markup_add(&page->markup, "\"");
	markup_href(&page->markup, path, file);
	markup_add(&page->markup, ">");
	return TRUE;
}

static void
add_attachments(struct page *page, const struct letter *letter)
{
	struct markup *markup = &page->markup;
	gboolean begun = FALSE;

	for (guint i = 0; i < letter->details.parts->len; i++) {
		const struct detail_part *part = g_ptr_array_index(letter->details.parts, i);
		g_autofree char *path = g_strdup_printf("/attachment/%s/%s", letter->row->public_id, part->number);
		gboolean served = attachment_is_offered(page->site, letter->row, part);
		g_autofree char *file = page->site->fixed ? page_attachment_file(page->site, letter->row, part) : NULL;
		g_autofree char *size = g_format_size((guint64)MAX(part->size, 0));

		if (!part->attachment)
			continue;
		if (!begun)
			markup_add(markup, "<section class=\"attachments\" aria-labelledby=\"attachments\">\n<h2 id=\"attachments\">Attachments</h2>\n<ul>\n");
		begun = TRUE;
		markup_add(markup, "<li>");
		if (page->site->fixed)
			served = add_file(page, letter->row, part, file);
		else if (served) {
			markup_add(markup, "<a download");
			markup_href(markup, path, "");
			markup_add(markup, ">");
		}
		markup_isolated(markup, part->filename != NULL ? part->filename : "without a name", 80);
		markup_add(markup, served ? "</a> <span class=\"quiet\">" : " <span class=\"quiet\">");
		markup_line(markup, part->type, 60);
		markup_format(markup, ", %s", size);
		markup_add(markup, part->read ? ", its text stands above" : "");
		if (is_staff(page) && part->remark != NULL) {
			markup_add(markup, ", ");
			markup_line(markup, part->remark, 120);
		}
		markup_add(markup, "</span></li>\n");
	}
	if (begun)
		markup_add(markup, "</ul>\n<p class=\"quiet\">Files from strangers: open them with care.</p>\n</section>\n");
}

static void
add_neighbour(struct page *page, const struct message_row *row, const char *relation, const char *label)
{
	g_autofree char *path = row != NULL ? g_strconcat("/message/", row->public_id, NULL) : NULL;

	if (row == NULL)
		return;
	markup_format(&page->markup, "<a rel=\"%s\"", relation);
	markup_href(&page->markup, path, "");
	markup_format(&page->markup, "><span class=\"label\">%s</span> <b>", label);
	listing_author(page, row);
	markup_add(&page->markup, "</b> ");
	markup_isolated(&page->markup, message_row_subject(row), 60);
	markup_add(&page->markup, "</a>\n");
}

/* The page of the letter's thread or campaign: as files there is one, named by the first of them. Caller frees. */
static char *
kin_path(struct page *page, const struct letter *letter, const char *what, const GArray *kin)
{
	g_autoptr(MessageRow) first = page->site->fixed && kin->len > 1 ? message_row_load(page->index, g_array_index(kin, gint64, 0), FALSE, NULL) : NULL;

	return g_strconcat(what, first != NULL ? first->public_id : letter->row->public_id, NULL);
}

static void
add_kin(struct page *page, const struct letter *letter)
{
	struct markup *markup = &page->markup;
	g_autofree char *thread = kin_path(page, letter, "/thread/", letter->thread);
	g_autofree char *campaign = kin_path(page, letter, "/campaign/", letter->campaign);

	if (letter->thread->len > 1) {
		markup_add(markup, "<nav class=\"turn\" aria-label=\"Thread\">\n");
		add_neighbour(page, letter->before, "prev", "Earlier in the thread");
		markup_add(markup, "<a");
		markup_href(markup, thread, "");
		/* in files each letter's page would have to be written for each letter that joins */
		if (page->site->fixed)
			markup_add(markup, "><span class=\"label\">From the first</span> The whole thread</a>\n");
		else
			markup_format(markup, "><span class=\"label\">The whole thread</span> %u%s letters</a>\n", letter->thread->len,
			    letter->thread->len == LIMIT_PAGE_THREAD ? " or more" : "");
		add_neighbour(page, letter->after, "next", "Later in the thread");
		markup_add(markup, "</nav>\n");
	}
	if (letter->campaign->len < 2)
		return;
	markup_add(markup, "<p class=\"note\"><a");
	markup_href(markup, campaign, "");
	if (page->site->fixed)
		markup_add(markup, ">One of several letters that say much the same</a></p>\n");
	else
		markup_format(markup, ">One of %u%s letters that say much the same</a></p>\n", letter->campaign->len,
		    letter->campaign->len == LIMIT_PAGE_CAMPAIGN ? " or more" : "");
}

/* --- for staff: what people did, and how it came */

static void
add_history(struct page *page, const struct letter *letter)
{
	struct markup *markup = &page->markup;

	markup_add(markup, "<section class=\"history\" aria-labelledby=\"history\">\n<h2 id=\"history\">History</h2>\n<ol>\n");
	for (guint i = 0; i < letter->details.deliveries->len && i < 50; i++) {
		const struct detail_delivery *delivery = g_ptr_array_index(letter->details.deliveries, i);

		markup_add(markup, "<li>");
		markup_moment(markup, delivery->received);
		markup_add(markup, delivery->again ? " came again by " : " came by ");
		markup_line(markup, delivery->source, 40);
		markup_add(markup, "</li>\n");
	}
	for (guint i = 0; i < letter->details.decisions->len; i++) {
		const struct decision_row *row = g_ptr_array_index(letter->details.decisions, i);
		g_autofree char *words = decision_words(row, NULL, 400);
		g_autofree char *undone = decision_undone(row, page->site->zone);

		markup_add(markup, "<li>");
		markup_moment(markup, row->at);
		markup_add(markup, " <b><bdi>");
		markup_line(markup, row->who != NULL ? row->who : "someone", 60);
		markup_add(markup, "</bdi></b> <bdi>");
		markup_line(markup, words, 400);
		markup_add(markup, "</bdi>");
		if (undone != NULL) {
			markup_add(markup, " <span class=\"quiet\">");
			markup_line(markup, undone, 100);
			markup_add(markup, "</span>");
		}
		markup_add(markup, "</li>\n");
	}
	markup_add(markup, "</ol>\n");
	if (letter->row->remarks != NULL) {
		markup_add(markup, "<h3>Remarks of the reader</h3>\n<p class=\"quiet pre\">");
		markup_text(markup, letter->row->remarks);
		markup_add(markup, "</p>\n");
	}
	markup_add(markup, "</section>\n");
}

/* Of what was redacted as a whole: that there was something, and when. */
static void
add_tombstone(struct page *page, const struct letter *letter)
{
	frame_begin(page, "Removed", NULL);
	markup_add(&page->markup, "<div class=\"notice\">\n<h1>Removed</h1>\n<p>A letter stood here. It was received on ");
	markup_date(&page->markup, letter->row->received);
	markup_add(&page->markup, " and has been taken out of the archive as a whole.</p>\n</div>\n");
	if (is_staff(page))
		add_history(page, letter);
	frame_end(page);
}

static void
add_letter(struct page *page, const struct letter *letter)
{
	const struct message_row *row = letter->row;
	struct markup *markup = &page->markup;

	frame_begin(page, message_row_subject(row), "/all");
	markup_add(markup, "<div class=\"reading\">\n<article class=\"letter\">\n<header>\n<p class=\"eyebrow\"><b>");
	listing_author(page, row);
	markup_add(markup, "</b> \u00b7 ");
	markup_date(markup, row->date_effective);
	markup_format(markup, " \u00b7 <span class=\"id\">%s</span></p>\n<h1", row->public_id);
	markup_language(markup, row);
	markup_add(markup, ">");
	markup_line(markup, message_row_subject(row), 400);
	markup_add(markup, "</h1>\n");
	listing_chips(page, row);
	add_notes(page, letter);
	add_headers(page, letter);
	markup_add(markup, "</header>\n<div class=\"body\">\n");
	if (letter->parent != NULL) {
		markup_add(markup, "<p class=\"answers\">");
		add_neighbour(page, letter->parent, "up", "In answer to");
		markup_add(markup, "</p>\n");
	}
	if (letter->passages != NULL)
		text_add(page, row, letter->passages);
	markup_add(markup, "</div>\n");
	add_attachments(page, letter);
	add_kin(page, letter);
	markup_add(markup, "</article>\n<aside class=\"aside\" aria-label=\"About this letter\">\n");
	add_why(page, row);
	if (is_staff(page))
		add_history(page, letter);
	markup_add(markup, "</aside>\n</div>\n");
	frame_end(page);
}

static void
put_parts(struct page *page, const struct letter *letter)
{
	struct json *list = json_new_array();

	for (guint i = 0; i < letter->details.parts->len; i++) {
		const struct detail_part *part = g_ptr_array_index(letter->details.parts, i);
		struct json *object;

		if (!part->attachment)
			continue;
		object = json_new_object();
		json_put_text(object, "part", part->number);
		json_text(page, object, "name", part->filename);
		json_text(page, object, "type", part->type);
		json_put_number(object, "size", part->size);
		json_add(list, object);
	}
	json_put(page->json, "parts", list);
}

static void
put_passages(struct page *page, const struct letter *letter)
{
	struct json *list = json_new_array();

	for (guint i = 0; letter->passages != NULL && i < letter->passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(letter->passages, i);
		struct json *object = json_new_object();

		json_put_text(object, "kind", passage_kind_name(passage->kind));
		json_text(page, object, "text", passage->text);
		json_add(list, object);
	}
	json_put(page->json, "passages", list);
}

static void
put_letter(struct page *page, const struct letter *letter)
{
	json_free(page->json);
	page->json = json_message(page, letter->row);
	if (g_strcmp0(letter->row->redacted, "whole") == 0)
		return;
	put_parts(page, letter);
	put_passages(page, letter);
	if (is_staff(page))
		json_put(page->json, "decisions", decisions_to_json(letter->details.decisions));
}

gboolean
page_message(struct page *page, GError **error)
{
	g_auto(Letter) letter = {0};
	gint64 message = 0;

	if (!pages_resolve(page->index, &page->audience, page->route->id, &message, error))
		return FALSE;
	if (message == 0)
		return page_missing(page);
	if (!load(page, message, &letter, error))
		return FALSE;
	if (page->json != NULL)
		put_letter(page, &letter);
	else if (g_strcmp0(letter.row->redacted, "whole") == 0)
		add_tombstone(page, &letter);
	else
		add_letter(page, &letter);
	return TRUE;
}
