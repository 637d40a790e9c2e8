#include "pages/private.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

#define SUBJECT_COLUMNS 140
#define GIST_COLUMNS 240
#define NAME_COLUMNS 60
#define TITLE_COLUMNS 48
#define CHIPS 6

GPtrArray *
page_rows(struct page *page, const GArray *numbers, gboolean evidence, GError **error)
{
	return message_rows_load(page->index, numbers, evidence, error);
}

void
page_number(struct page *page, gint64 number)
{
	g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, number);
	gsize length = strlen(digits);

	for (gsize i = 0; i < length; i++)
		g_string_append_printf(page->markup.out, "%s%c", i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-' ? "," : "", digits[i]);
}

const char *
listing_colour(struct page *page, const char *type, const char *id)
{
	static const char *const colours[] = {"w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"};
	const struct target *target = g_strcmp0(type, "topic") == 0 ? targets_find(page->targets, "topic", id) : NULL;
	const char *workstream = target != NULL ? target->parent : g_strcmp0(type, "workstream") == 0 ? id : NULL;
	guint n = 0;

	for (guint i = 0; workstream != NULL && i < page->targets->len; i++) {
		const struct target *other = g_ptr_array_index(page->targets, i);

		if (strcmp(other->type, "workstream") != 0)
			continue;
		if (strcmp(other->id, workstream) == 0)
			return colours[n % G_N_ELEMENTS(colours)];
		n++;
	}
	return "w0";
}

/* Workstreams and groups are called by their ids, topics by their titles. */
void
listing_chip(struct page *page, const char *type, const char *id, gboolean suggested)
{
	const struct target *target = targets_find(page->targets, type, id);
	g_autofree char *path = markup_place(type, id);
	gboolean by_id = target == NULL || strcmp(type, "group") == 0 || strcmp(type, "workstream") == 0;

	markup_format(&page->markup, "<li><a class=\"chip %s%s\"", listing_colour(page, type, id), suggested ? " maybe" : "");
	markup_href(&page->markup, path, "");
	if (by_id && target != NULL) {
		markup_add(&page->markup, " title=\"");
		markup_line(&page->markup, target->title, 200);
		markup_add(&page->markup, "\"");
	}
	markup_add(&page->markup, ">");
	markup_isolated(&page->markup, by_id ? id : target->title, TITLE_COLUMNS);
	markup_add(&page->markup, suggested ? "<span class=\"hidden\"> (suggested)</span></a></li>\n" : "</a></li>\n");
}

/* A workstream that one of ROW's topics belongs to says no more than that. */
static gboolean
is_said(struct page *page, const struct message_row *row, const char *workstream)
{
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		const struct target *target = strcmp(filing->type, "topic") == 0 ? targets_find(page->targets, "topic", filing->id) : NULL;

		if (target != NULL && g_strcmp0(target->parent, workstream) == 0)
			return TRUE;
	}
	return FALSE;
}

void
listing_chips(struct page *page, const struct message_row *row)
{
	guint shown = 0;

	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		gboolean workstream = strcmp(filing->type, "workstream") == 0;

		if (!workstream && strcmp(filing->type, "topic") != 0)
			continue;
		if (workstream && is_said(page, row, filing->id))
			continue;
		if (shown < CHIPS) {
			markup_add(&page->markup, shown == 0 ? "<ul class=\"chips\" aria-label=\"Filed under\">\n" : "");
			listing_chip(page, filing->type, filing->id, strcmp(filing->tier, "suggested") == 0);
		}
		shown++;
	}
	if (shown > CHIPS)
		markup_format(&page->markup, "<li class=\"more\">and %u more</li>\n", shown - CHIPS);
	markup_add(&page->markup, shown > 0 ? "</ul>\n" : "");
}

void
listing_author(struct page *page, const struct message_row *row)
{
	const char *name = row->author_name != NULL && *row->author_name != '\0' ? row->author_name : row->author_address;

	markup_isolated(&page->markup, name != NULL && *name != '\0' ? name : "(no author)", NAME_COLUMNS);
}

/* What makes ROW another thing than a letter: "team", "announcement", "asks a question". */
static void
add_marks(struct page *page, const struct message_row *row)
{
	if (strcmp(row->kind, "input") != 0) {
		markup_add(&page->markup, " <span class=\"tag\">");
		markup_line(&page->markup, row->kind, 20);
		markup_add(&page->markup, "</span>");
	}
	for (guint i = 0; i < row->filings->len; i++) {
		const struct row_filing *filing = g_ptr_array_index(row->filings, i);
		gboolean group = strcmp(filing->type, "group") == 0;

		/* a group that is only suggested is a guess at who somebody is */
		if (group ? strcmp(filing->tier, "firm") != 0 : strcmp(filing->type, "intent") != 0)
			continue;
		markup_format(&page->markup, " <span class=\"tag%s\">", group ? " group" : "");
		markup_line(&page->markup, filing->id, 30);
		markup_add(&page->markup, "</span>");
	}
	if (row->held != NULL)
		markup_add(&page->markup, " <span class=\"tag held\">held</span>");
	if (row->superseded_by != NULL)
		markup_add(&page->markup, " <span class=\"tag\">superseded</span>");
}

static void
add_meta(struct page *page, const struct message_row *row)
{
	g_autofree char *attachments = text_count(row->attachments, "attachment", "attachments");

	markup_add(&page->markup, "<p class=\"meta\"><b class=\"who\">");
	listing_author(page, row);
	markup_add(&page->markup, "</b> <span class=\"when\">");
	markup_date(&page->markup, row->date_effective);
	markup_add(&page->markup, "</span>");
	if (row->attachments > 0)
		markup_format(&page->markup, " <span class=\"clip\">%s</span>", attachments);
	add_marks(page, row);
	markup_add(&page->markup, "</p>\n");
}

/* Is the gist of ROW its subject once more, or none, so that it would stand there twice? */
static gboolean
says_no_more(const struct message_row *row)
{
	return row->gist == NULL || *row->gist == '\0' || g_strcmp0(row->gist, row->subject) == 0;
}

void
listing_item(struct page *page, const struct message_row *row, guint level, const char *extra)
{
	g_autofree char *path = g_strconcat("/message/", row->public_id, NULL);
	gboolean gone = g_strcmp0(row->redacted, "whole") == 0;

	markup_format(&page->markup, "<li class=\"item\">\n<h%u class=\"subject\"><a", level);
	markup_href(&page->markup, path, "");
	markup_language(&page->markup, row);
	markup_add(&page->markup, ">");
	markup_line(&page->markup, message_row_subject(row), SUBJECT_COLUMNS);
	markup_format(&page->markup, "</a></h%u>\n", level);
	if (gone) {
		markup_add(&page->markup, "<p class=\"meta\">removed \u00b7 received ");
		markup_date(&page->markup, row->received);
		markup_add(&page->markup, "</p>\n</li>\n");
		return;
	}
	add_meta(page, row);
	if (extra != NULL)
		markup_add(&page->markup, extra);
	else if (!says_no_more(row)) {
		markup_add(&page->markup, "<p class=\"gist\"");
		markup_language(&page->markup, row);
		markup_add(&page->markup, ">");
		markup_line(&page->markup, row->gist, GIST_COLUMNS);
		markup_add(&page->markup, "</p>\n");
	}
	listing_chips(page, row);
	markup_add(&page->markup, "</li>\n");
}

void
listing_add(struct page *page, const GPtrArray *rows, guint level)
{
	markup_add(&page->markup, "<ol class=\"list\">\n");
	for (guint i = 0; i < rows->len; i++)
		listing_item(page, g_ptr_array_index(rows, i), level, NULL);
	markup_add(&page->markup, "</ol>\n");
}

gboolean
listing_months(struct page *page, const struct place *place, gint64 current, GError **error)
{
	g_autoptr(GArray) months = pages_months(page->index, &page->audience, place, page->site->zone, error);
	g_autofree char *base = markup_place(place->type, place->id);
	g_autofree char *before = g_strdup("");

	if (months == NULL)
		return FALSE;
	if (months->len == 0)
		return TRUE;
	markup_add(&page->markup, "<nav class=\"months\" aria-labelledby=\"months\">\n<h2 id=\"months\">By month</h2>\n<dl>\n");
	for (guint i = months->len; i > 0; i--) {
		gint64 month = g_array_index(months, gint64, i - 1);
		g_autofree char *year = clock_format(month, page->site->zone, "%Y");
		g_autofree char *name = clock_format(month, page->site->zone, "%b");
		g_autofree char *end = clock_format(month, page->site->zone, "%Y-%m");
		g_autofree char *path = g_strconcat(base, "/", end, NULL);

		if (strcmp(year, before) != 0)
			markup_format(&page->markup, "%s<dt>%s</dt><dd>", *before != '\0' ? "</dd>\n" : "", year);
		g_free(before);
		before = g_steal_pointer(&year);
		markup_add(&page->markup, "<a");
		markup_href(&page->markup, path, "");
		markup_format(&page->markup, "%s>%s<span class=\"hidden\"> %s</span></a> ", month == current ? " aria-current=\"page\"" : "", name, before);
	}
	markup_add(&page->markup, "</dd>\n</dl>\n</nav>\n");
	return TRUE;
}
