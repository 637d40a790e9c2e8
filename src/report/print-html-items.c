#include "report/print-html-private.h"

#include "base/text.h"

#include <string.h>

#define SUBJECT_COLUMNS 120
#define GIST_COLUMNS 200
#define SENTENCE_COLUMNS 240
#define LABELS_SHOWN 4 /* of the topics of one letter, with the words for each */
#define IDS_SHOWN 24   /* of letters that are folded */
#define DOT " \u00b7 "

static gboolean
is_suggested(const struct row_filing *filing)
{
	return g_str_equal(filing->tier, "suggested");
}

/* The words that speak for FILING under WORKSTREAM; "" when there are none. Caller frees. */
static char *
words_for(struct printer *printer, const struct message_row *row, struct row_filing *filing, const char *workstream)
{
	g_autoptr(GPtrArray) filings = g_ptr_array_new();
	g_autofree char *id = text_escape(filing->id, FALSE);
	struct message_row alone = *row; /* with this filing alone, so that the reason is for it and no other */
	g_autofree char *why = NULL;

	g_ptr_array_add(filings, filing);
	alone.filings = filings;
	why = why_filed(&alone, printer->digest->targets, workstream);
	return g_strdup(why != NULL && g_str_has_prefix(why, id) ? why + strlen(id) + (is_suggested(filing) ? 1 : 0) : "");
}

static void
add_quoted(struct printer *printer, const char *words)
{
	if (*words == '\0')
		return;
	html_add(printer, " <bdi>");
	html_escaped(printer, words);
	html_add(printer, "</bdi>");
}

static gboolean
is_under(const struct digest *digest, const struct row_filing *filing, const char *workstream)
{
	const struct target *target = g_str_equal(filing->type, "topic") ? targets_find(digest->targets, "topic", filing->id) : NULL;

	return target != NULL && g_strcmp0(target->parent, workstream) == 0;
}

/* REASONS as labels, those for which the same words speak on one line with them. */
static void
add_labels(struct printer *printer, const struct message_row *row, const GPtrArray *reasons, const char *workstream)
{
	g_autofree char *before = NULL;

	for (guint i = 0; i < MIN(reasons->len, LABELS_SHOWN); i++) {
		struct row_filing *filing = g_ptr_array_index(reasons, i);
		g_autofree char *words = words_for(printer, row, filing, workstream);

		if (before != NULL && !g_str_equal(before, words))
			add_quoted(printer, before);
		html_add(printer, before == NULL ? "" : g_str_equal(before, words) ? " " : "<br>");
		html_label(printer, filing->id, is_suggested(filing));
		g_free(before);
		before = g_steal_pointer(&words);
	}
	add_quoted(printer, before);
}

static void
add_reasons(struct printer *printer, const struct message_row *row, const char *workstream)
{
	g_autoptr(GPtrArray) reasons = why_filings(row, printer->digest->targets, workstream);

	if (reasons->len == 0)
		return;
	html_add(printer, "<p class=\"m\" style=\"margin:8px 0 0;" LOOK_SMALL ";line-height:1.7;" LOOK_MUTED "\">");
	add_labels(printer, row, reasons, workstream);
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
		g_autofree char *language = print_language(row->lang);

		add_dotted(printer, language);
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
	if (item->letters == NULL && print_says_no_more(row))
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
	html_begin_entry(printer, first);
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
	html_end_entry(printer);
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

/* Items of PLACE that are told in full, or (not DETAILED) those that point elsewhere. */
static guint
count_items(const struct digest_place *place, gboolean detailed)
{
	guint n = 0;

	for (guint i = 0; i < place->items->len; i++)
		n += (((const struct digest_item *)g_ptr_array_index(place->items, i))->see == NULL) == detailed;
	return n;
}

/* What is folded: how many letters, and the ids that "postbag show" takes. */
static void
add_folded(struct printer *printer, const struct digest_place *place, gboolean detailed)
{
	gint64 letters = 0;
	guint seen = 0, ids = 0;
	g_autoptr(GString) list = g_string_new(NULL);
	g_autofree char *text = NULL;

	for (guint i = 0; i < place->items->len; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if ((item->see == NULL) != detailed || ++seen <= printer->most)
			continue;
		letters += item->letters != NULL ? item->letters->len : 1;
		if (ids++ < IDS_SHOWN)
			g_string_append_printf(list, "%s %.*s", ids > 1 ? "," : "", ID_SHOWN, item->row->public_id);
	}
	text = g_strdup_printf(":%s%s", list->str, ids > IDS_SHOWN ? ", " ELLIPSIS : "");
	html_folded(printer, letters, text);
}

static void
add_detailed(struct printer *printer, const struct digest_place *place, guint most)
{
	guint shown = 0;

	for (guint i = 0; i < place->items->len && shown < most; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if (item->see == NULL)
			add_item(printer, item, place->id, shown++ == 0);
	}
}

static void
add_references(struct printer *printer, const struct digest_place *place, guint most)
{
	guint shown = 0;

	html_add(printer, "<p class=\"t\" style=\"margin:14px 0 0;" LOOK_SMALL ";font-weight:600;" LOOK_TEXT "\">Also here</p>\n");
	for (guint i = 0; i < place->items->len && shown < most; i++) {
		const struct digest_item *item = g_ptr_array_index(place->items, i);

		if (item->see == NULL)
			continue;
		add_reference(printer, item, place->id);
		shown++;
	}
}

void
html_items(struct printer *printer, const struct digest_place *place)
{
	guint detailed = count_items(place, TRUE), references = place->items->len - detailed;

	if (MIN(detailed, printer->most) > 0) {
		html_begin_entries(printer);
		add_detailed(printer, place, printer->most);
		html_end_entries(printer);
	}
	if (detailed > printer->most)
		add_folded(printer, place, TRUE);
	if (MIN(references, printer->most) > 0)
		add_references(printer, place, printer->most);
	if (references > printer->most)
		add_folded(printer, place, FALSE);
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
