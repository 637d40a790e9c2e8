#include "report/print-html-private.h"

#include "base/text.h"

#include <string.h>

#define SUBJECT_COLUMNS 120
#define GIST_COLUMNS 200
#define SENTENCE_COLUMNS 240
#define LABELS_SHOWN 4 /* of the topics of one letter, with the words for each */
#define DOT " \u00b7 "

static gboolean
is_suggested(const struct row_filing *filing)
{
	return g_str_equal(filing->tier, "suggested");
}

/* FILING as a label, and the words that speak for it under WORKSTREAM. */
static void
add_reason(struct printer *printer, const struct message_row *row, struct row_filing *filing, const char *workstream)
{
	g_autoptr(GPtrArray) filings = g_ptr_array_new();
	g_autofree char *id = text_escape(filing->id, FALSE);
	struct message_row alone = *row; /* with this filing alone, so that the reason is for it and no other */
	g_autofree char *why = NULL;

	g_ptr_array_add(filings, filing);
	alone.filings = filings;
	why = why_filed(&alone, printer->digest->targets, workstream);
	html_label(printer, filing->id, is_suggested(filing));
	if (why == NULL || !g_str_has_prefix(why, id))
		return;
	html_add(printer, " <bdi>");
	html_escaped(printer, why + strlen(id) + (is_suggested(filing) ? 1 : 0));
	html_add(printer, "</bdi>");
}

static gboolean
is_under(const struct digest *digest, const struct row_filing *filing, const char *workstream)
{
	const struct target *target = g_str_equal(filing->type, "topic") ? targets_find(digest->targets, "topic", filing->id) : NULL;

	return target != NULL && g_strcmp0(target->parent, workstream) == 0;
}

static void
add_reasons(struct printer *printer, const struct message_row *row, const char *workstream)
{
	g_autoptr(GPtrArray) reasons = why_filings(row, printer->digest->targets, workstream);

	if (reasons->len == 0)
		return;
	html_add(printer, "<p class=\"m\" style=\"margin:8px 0 0;" LOOK_SMALL ";line-height:1.7;" LOOK_MUTED "\">");
	for (guint i = 0; i < MIN(reasons->len, LABELS_SHOWN); i++) {
		html_add(printer, i > 0 ? "<br>" : "");
		add_reason(printer, row, g_ptr_array_index(reasons, i), workstream);
	}
	if (reasons->len > LABELS_SHOWN)
		html_format(printer, "<br>and %u more", reasons->len - LABELS_SHOWN);
	html_add(printer, "</p>\n");
}

static void
add_dotted(struct printer *printer, const char *text)
{
	if (*text == '\0')
		return;
	html_add(printer, DOT);
	html_escaped(printer, text);
}

/* Group, intents, regions, language and attachments: "· SSAC · question · fr · 1 attachment". */
static void
add_about(struct printer *printer, const struct message_row *row)
{
	g_autofree char *intents = print_ids(row, "intent");
	g_autofree char *regions = print_ids(row, "region");
	g_autofree char *attachments = text_count(row->attachments, "attachment", "attachments");

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);

		if (!g_str_equal(filing->type, "group"))
			continue;
		html_add(printer, is_suggested(filing) ? DOT : DOT "<b class=\"t\" style=\"font-weight:600;" LOOK_TEXT "\">");
		html_line(printer, filing->id, NAME_COLUMNS);
		html_add(printer, is_suggested(filing) ? "*" : "</b>");
	}
	add_dotted(printer, intents);
	add_dotted(printer, regions);
	if (row->lang != NULL && !g_str_equal(row->lang, "en")) {
		html_add(printer, DOT);
		html_line(printer, row->lang, NAME_COLUMNS);
	}
	add_dotted(printer, row->attachments > 0 ? attachments : "");
}

/* "Ada Example · SSAC · question · 12 Feb 10:00 · 4f2kq7m5" */
static void
add_head(struct printer *printer, const struct digest_item *item)
{
	g_autofree char *time = print_time(printer, item->row->received);
	g_auto(GStrv) words = g_strsplit(time, " ", -1);
	g_autofree char *unbroken = g_strjoinv("&nbsp;", words);

	html_add(printer, "<p class=\"m\" style=\"margin:0;" LOOK_SMALL ";" LOOK_MUTED "\"><b class=\"t\" style=\"font-weight:600;" LOOK_TEXT "\">");
	if (item->letters == NULL)
		html_author(printer, item->row, NAME_COLUMNS);
	else {
		g_autofree char *who = print_who(item);

		html_escaped(printer, who);
	}
	html_add(printer, "</b>");
	add_about(printer, item->row);
	html_format(printer, DOT "%s" DOT, unbroken);
	html_id(printer, item->row->public_id, ID_SHOWN);
	html_add(printer, "</p>\n");
}

/* How large the campaign is in all, and what its letters here say that the others do not. */
static void
add_campaign(struct printer *printer, const struct digest_item *item)
{
	if (item->alike->letters > item->letters->len) {
		g_autofree char *since = clock_format(item->alike->first, printer->digest->zone, "%-d %B %Y");
		g_autofree char *text = g_strdup_printf(
		    "%s%" G_GINT64_FORMAT " letters since %s", item->alike->letters < COUNTS_ALIKE ? "" : "more than ", item->alike->letters, since);

		html_note(printer, text);
	}
	for (guint i = 0; item->sentences != NULL && i < item->sentences->len; i++) {
		const struct digest_sentence *sentence = g_ptr_array_index(item->sentences, i);

		html_add(printer, "<p class=\"m\" style=\"margin:8px 0 0;" LOOK_SMALL ";" LOOK_MUTED "\">adds: <bdi class=\"t\" style=\"" LOOK_TEXT "\"");
		html_language(printer, sentence->row);
		html_add(printer, ">");
		html_line(printer, sentence->text, SENTENCE_COLUMNS);
		html_add(printer, "</bdi> ");
		if (sentence->letters > 1)
			html_format(printer, "(%" G_GINT64_FORMAT " letters) ", sentence->letters);
		html_id(printer, sentence->row->public_id, ID_SHOWN);
		html_add(printer, "</p>\n");
	}
	if (item->more_sentences > 0) {
		g_autofree char *more = g_strdup_printf("and %u more: postbag show --campaign %.*s", item->more_sentences, ID_SHOWN, item->row->campaign_id);

		html_note(printer, more);
	}
}

/* Is the gist of ROW its subject once more, or none, so that the subject would stand there twice? */
static gboolean
says_no_more(const struct message_row *row)
{
	if (row->subject == NULL || *row->subject == '\0')
		return FALSE;
	return row->gist == NULL || *row->gist == '\0' || g_str_equal(row->gist, row->subject);
}

static void
add_words(struct printer *printer, const struct digest_item *item)
{
	const struct message_row *row = item->row;

	if (item->letters == NULL && row->subject != NULL && *row->subject != '\0') {
		html_add(printer, "<h3");
		html_language(printer, row);
		html_add(printer, " style=\"margin:2px 0 0;font-size:16px;font-weight:600\">");
		html_line(printer, row->subject, SUBJECT_COLUMNS);
		html_add(printer, "</h3>\n");
	}
	if (item->letters == NULL && says_no_more(row))
		return;
	html_add(printer, "<p");
	html_language(printer, row);
	html_add(printer, " style=\"margin:2px 0 0\">");
	html_gist(printer, row, GIST_COLUMNS);
	html_add(printer, "</p>\n");
}

static void
add_item(struct printer *printer, const struct digest_item *item, const char *workstream, gboolean first)
{
	html_format(printer, "<div class=\"r\" style=\"padding:%s 0 14px;%s\">\n", first ? "0" : "14px", first ? "" : LOOK_RULE);
	add_head(printer, item);
	add_words(printer, item);
	if (item->letters != NULL)
		add_campaign(printer, item);
	if (*workstream != '\0')
		add_reasons(printer, item->row, workstream);
	if (item->row->superseded_by != NULL && item->letters == NULL) {
		html_add(printer, "<p class=\"m\" style=\"margin:8px 0 0;" LOOK_SMALL ";" LOOK_MUTED "\">superseded by ");
		html_id(printer, item->row->superseded_by, ID_SHOWN);
		html_add(printer, "</p>\n");
	}
	html_add(printer, "</div>\n");
}

static void
add_reference(struct printer *printer, const struct digest_item *item, const char *workstream)
{
	html_add(printer, "<p class=\"m\" style=\"margin:4px 0 0;" LOOK_SMALL ";" LOOK_MUTED "\">");
	html_id(printer, item->row->public_id, ID_SHOWN);
	html_add(printer, " ");
	if (item->letters == NULL)
		html_who_what(printer, item->row);
	else {
		g_autofree char *who = print_who(item);

		html_escaped(printer, who);
	}
	for (guint i = 0; i < item->row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(item->row->filings, i);

		if (!is_under(printer->digest, filing, workstream))
			continue;
		html_add(printer, " ");
		html_label(printer, filing->id, is_suggested(filing));
	}
	html_add(printer, " (see ");
	html_line(printer, item->see, NAME_COLUMNS);
	html_add(printer, ")</p>\n");
}

void
html_items(struct printer *printer, const struct digest_place *place)
{
	gboolean begun = FALSE, first = TRUE;

	for (guint i = 0; i < place->items->len; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if (item->see != NULL)
			continue;
		add_item(printer, item, place->id, first);
		first = FALSE;
	}
	for (guint i = 0; i < place->items->len; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if (item->see == NULL)
			continue;
		if (!begun)
			html_format(printer, "<div class=\"r\" style=\"padding:%s 0 0;%s\">\n", first ? "0" : "10px", first ? "" : LOOK_RULE);
		if (!begun)
			html_add(printer, "<p class=\"t\" style=\"margin:0;" LOOK_SMALL ";font-weight:600;" LOOK_TEXT "\">Also here</p>\n");
		begun = TRUE;
		add_reference(printer, item, place->id);
	}
	html_add(printer, begun ? "</div>\n" : "");
}

void
html_places(struct printer *printer)
{
	for (guint i = 0; i < printer->digest->places->len; i++) {
		const struct digest_place *place = g_ptr_array_index(printer->digest->places, i);
		g_autofree char *eyebrow = NULL;

		if (place->items->len == 0)
			continue;
		eyebrow = g_strdup_printf("%s%s%" G_GINT64_FORMAT " new", place->title != NULL ? place->id : "", place->title != NULL ? DOT : "", place->count);
		html_begin(printer, eyebrow, place->title != NULL ? place->title : place->id, -1);
		html_items(printer, place);
		html_end(printer);
	}
}
