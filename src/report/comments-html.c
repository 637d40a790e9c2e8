#include "report/comments-private.h"

#include <string.h>

#include "base/text.h"
#include "report/print-html-private.h"

/*
 * A page to print and to paste from into a word processor, which takes over tables, headings and inline looks; the style serves dark and narrow screens and
 * paper alone. Contrasts are those of the digest's looks.
 */
#define STYLE                                                                                                                                                  \
	"<style>\n"                                                                                                                                            \
	":root{color-scheme:light dark}\n"                                                                                                                     \
	"@media screen and (prefers-color-scheme:dark){\n"                                                                                                     \
	".p{background-color:#191f1d!important}.t{color:#e4e9e7!important}.m{color:#a2aeaa!important}.a{color:#63cdb9!important}\n"                            \
	".g{border-color:#46524e!important}.h{background-color:#242c29!important}\n"                                                                           \
	"}\n"                                                                                                                                                  \
	"@media screen and (max-width:640px){\n"                                                                                                               \
	"table.w,.w>tbody,.w>tbody>tr,.w>tbody>tr>td{display:block;width:auto!important}\n"                                                                    \
	".w>thead{position:absolute;left:-9999px}.w>tbody>tr{border-top:2px solid #8a9691}\n"                                                                  \
	"table.w{border-width:0!important}.w>tbody>tr>td:empty{display:none!important}\n"                                                                      \
	".w>tbody>tr>td{border-width:0!important;padding:4px 0!important}.w>tbody>tr{padding:8px 0}\n"                                                         \
	".w td[data-l]::before{content:attr(data-l) \": \";color:#55605c}\n"                                                                                   \
	"}\n"                                                                                                                                                  \
	"@media screen and (max-width:640px) and (prefers-color-scheme:dark){.w td[data-l]::before{color:#a2aeaa}}\n"                                          \
	"@media print{tr{break-inside:avoid}h2,h3,h4{break-after:avoid}}\n"                                                                                    \
	"</style>\n"

#define TABLE                                                                                                                                                  \
	"<table class=\"w t g\" border=\"1\" cellspacing=\"0\" style=\"width:100%;border-collapse:collapse;border:1px solid #aab4b0;" LOOK_FONT                \
	";font-size:14px;line-height:1.45;" LOOK_TEXT "\">\n<thead><tr>"
#define HEAD(WIDTH)                                                                                                                                            \
	"<th scope=\"col\" class=\"g h\" style=\"width:" WIDTH                                                                                                 \
	";padding:6px 8px;border:1px solid #aab4b0;background-color:#e9eeeb;text-align:left;font-weight:600\">"
#define HEADS_END "</tr></thead>\n<tbody>\n"
#define CELL_STYLE "padding:6px 8px;border:1px solid #aab4b0;vertical-align:top;" LOOK_BREAK
#define CELL "<td class=\"g\" style=\"" CELL_STYLE "\">"
#define CELL_OF(NAME) "<td class=\"g\" data-l=\"" NAME "\" style=\"" CELL_STYLE "\">"
#define TABLE_END "</tbody></table>\n"
#define H2 "<h2 class=\"t\" style=\"margin:36px 0 12px;font-size:21px;line-height:1.3;" LOOK_TEXT "\">"
#define H3 "<h3 class=\"t\" style=\"margin:28px 0 8px;font-size:17px;line-height:1.35;" LOOK_TEXT "\">"
#define H4 "<h4 class=\"t\" style=\"margin:20px 0 6px;font-size:15px;line-height:1.4;" LOOK_TEXT "\">"
#define COUNT "<span class=\"m\" style=\"font-weight:400;" LOOK_MUTED "\">"
#define PARAGRAPH "<p class=\"m\" style=\"margin:6px 0;font-size:15px;line-height:1.5;" LOOK_MUTED "\">"
#define IDS_SHOWN 5 /* of a contributor's letters */

static void
add_text(struct printer *printer, const char *text)
{
	html_add(printer, "<bdi>");
	html_line(printer, text, G_MAXUINT);
	html_add(printer, "</bdi>");
}

/* A key stands from left to right whatever the initials are written in. */
static void
add_key(struct printer *printer, const char *initials, const char *sections)
{
	html_add(printer, "<bdi dir=\"ltr\">(");
	add_text(printer, initials);
	html_add(printer, ")(");
	add_text(printer, sections);
	html_add(printer, ")</bdi>");
}

static void
add_ids(struct printer *printer, const GPtrArray *rows)
{
	for (guint i = 0; i < rows->len && i < IDS_SHOWN; i++) {
		html_add(printer, i > 0 ? " " : "");
		html_id(printer, ((const struct message_row *)g_ptr_array_index(rows, i))->public_id, ID_SHOWN);
	}
	if (rows->len > IDS_SHOWN)
		html_format(printer, " and %u more", rows->len - IDS_SHOWN);
}

static void
add_date(struct printer *printer, const struct comments *comments, gint64 t)
{
	g_autofree char *date = clock_format(t, comments->zone, "%-d %b %Y");

	html_format(printer, "<span style=\"white-space:nowrap\">%s</span>", date);
}

static void
add_counts(struct printer *printer, gint64 total, gint64 unique)
{
	g_autofree char *letters = text_count(total, "letter", "letters");

	html_format(printer, " " COUNT "(%s", letters);
	if (unique != total)
		html_format(printer, ", %" G_GINT64_FORMAT " unique", unique);
	html_add(printer, ")</span>");
}

static void
add_contributor(struct printer *printer, const struct comments *comments, const struct contributor *contributor)
{
	g_autofree char *name = contributor_name(contributor);
	g_autofree char *by = contributor->body || contributor->campaign ? contributor_submitters(contributor) : g_strdup(contributor->affiliation);

	html_add(printer, "<tr>" CELL);
	add_text(printer, name);
	html_add(printer, contributor->found ? "*</td>" : "</td>");
	html_add(printer, contributor->body || contributor->campaign ? CELL_OF("Submitted by") : by != NULL ? CELL_OF("Affiliation") : CELL);
	if (by != NULL)
		add_text(printer, by);
	html_add(printer, "</td>" CELL_OF("Initials") "<b>");
	add_text(printer, contributor->initials);
	html_format(printer, "</b></td>" CELL_OF("Letters") "%u", contributor->letters->len);
	if (contributor->unique != contributor->letters->len)
		html_format(printer, " (%" G_GINT64_FORMAT " unique)", contributor->unique);
	html_add(printer, "</td>" CELL_OF("Received"));
	add_date(printer, comments, ((const struct message_row *)g_ptr_array_index(contributor->letters, 0))->received);
	if (contributor->late > 0 && contributor->late == contributor->letters->len)
		html_add(printer, ", late");
	else if (contributor->late > 0)
		html_format(printer, ", %" G_GINT64_FORMAT " late", contributor->late);
	html_add(printer, "<br>");
	add_ids(printer, contributor->letters);
	html_add(printer, "</td></tr>\n");
}

static void
add_contributors(struct printer *printer, const struct comments *comments, const char *title, const char *by, const GPtrArray *contributors)
{
	if (contributors->len == 0)
		return;
	html_format(printer, H3 "%s " COUNT "(%u)</span></h3>\n", title, contributors->len);
	html_add(printer, TABLE HEAD("34%") "Name</th>" HEAD("28%"));
	html_format(printer, "%s</th>", by);
	html_add(printer, HEAD("10%") "Initials</th>" HEAD("10%") "Letters</th>" HEAD("18%") "Received</th>" HEADS_END);
	for (guint i = 0; i < contributors->len; i++)
		add_contributor(printer, comments, g_ptr_array_index(contributors, i));
	html_add(printer, TABLE_END);
}

static void
add_quote(struct printer *printer, const struct comment *comment)
{
	if (comment->quote == NULL) {
		html_add(printer, "<span class=\"m\" style=\"" LOOK_MUTED "\">no words of its own</span>");
		return;
	}
	html_add(printer, "<span");
	html_language(printer, comment->row);
	html_add(printer, ">\u201c");
	html_line(printer, comment->quote, G_MAXUINT);
	html_add(printer, "\u201d</span>");
	if (comment->attached)
		html_add(printer, " <span class=\"m\" style=\"" LOOK_MUTED "\">(attachment)</span>");
}

static void
add_position(struct printer *printer, const struct comment *comment)
{
	const struct entered *position = comment->position;

	if (position == NULL)
		return;
	html_add(printer, "<div style=\"margin-top:6px\"><b>");
	add_text(printer, position->value);
	html_add(printer, "</b> <span class=\"m\" style=\"" LOOK_MUTED "\">entered by ");
	add_text(printer, position->who != NULL ? position->who : "someone");
	if (position->note != NULL) {
		html_add(printer, ": ");
		add_text(printer, position->note);
	}
	html_add(printer, "</span></div>");
}

static void
add_comment(struct printer *printer, const struct comments *comments, const struct comment *comment)
{
	g_autofree char *name = contributor_name(comment->contributor), *counts = comment_counts(comment);
	g_autofree char *sections = comment_sections(comment, COMMENTS_UNASSIGNED);

	html_add(printer, "<tr>" CELL "<b>");
	add_key(printer, comment->contributor->initials, sections);
	html_add(printer, comment->suggested ? "</b>*</td>" CELL : "</b></td>" CELL);
	add_quote(printer, comment);
	add_position(printer, comment);
	html_add(printer, "</td>" CELL);
	add_text(printer, name);
	html_add(printer, "<br>");
	add_date(printer, comments, comment->row->received);
	if (counts != NULL && !(comment->contributor->campaign && comment->late == 0)) {
		html_add(printer, ", ");
		html_line(printer, counts, COLUMNS);
	}
	html_add(printer, "<br>");
	add_ids(printer, comment->letters);
	html_add(printer, "</td></tr>\n");
}

static void
add_place(struct printer *printer, const struct comments *comments, const struct comment_workstream *workstream, const struct comment_place *place)
{
	if (strcmp(place->type, "topic") == 0) {
		html_add(printer, H4);
		add_text(printer, place->title != NULL ? place->title : place->id);
		if (place->title != NULL) {
			html_add(printer, " " COUNT);
			html_line(printer, place->id, NAME_COLUMNS);
			html_add(printer, "</span>");
		}
		add_counts(printer, place->total, place->unique);
		html_add(printer, "</h4>\n");
	} else if (*place->id != '\0' && workstream->places->len > 1) {
		html_add(printer, H4 "On none of its topics");
		add_counts(printer, place->total, place->unique);
		html_add(printer, "</h4>\n");
	}
	html_add(printer, TABLE HEAD("20%") "Key</th>" HEAD("54%") "Comment</th>" HEAD("26%") "By</th>" HEADS_END);
	for (guint i = 0; i < place->comments->len; i++)
		add_comment(printer, comments, g_ptr_array_index(place->comments, i));
	html_add(printer, TABLE_END);
}

static void
add_workstream(struct printer *printer, const struct comments *comments, const struct comment_workstream *workstream)
{
	html_add(printer, H3);
	if (*workstream->id == '\0')
		html_add(printer, "Filed under no workstream");
	else {
		add_text(printer, workstream->title != NULL ? workstream->title : workstream->id);
		if (workstream->title != NULL) {
			html_add(printer, " " COUNT);
			html_line(printer, workstream->id, NAME_COLUMNS);
			html_add(printer, "</span>");
		}
	}
	add_counts(printer, workstream->total, workstream->unique);
	html_add(printer, "</h3>\n");
	for (guint i = 0; i < workstream->places->len; i++)
		add_place(printer, comments, workstream, g_ptr_array_index(workstream->places, i));
}

static void
add_sections(struct printer *printer, const struct comments *comments)
{
	if (comments->sections->len == 0)
		return;
	html_add(printer, H2 "By section");
	if (comments->document_title != NULL) {
		html_add(printer, " " COUNT "of ");
		add_text(printer, comments->document_title);
		html_add(printer, "</span>");
	}
	html_add(printer, "</h2>\n" TABLE HEAD("40%") "Section</th>" HEAD("60%") "Comments</th>" HEADS_END);
	for (guint i = 0; i < comments->sections->len; i++) {
		const struct comment_section *section = g_ptr_array_index(comments->sections, i);

		html_add(printer, "<tr>" CELL);
		add_text(printer, section->id);
		if (section->title != NULL) {
			html_add(printer, " ");
			add_text(printer, section->title);
		}
		html_add(printer, "</td>" CELL);
		for (guint j = 0; j < section->comments->len; j++) {
			const struct comment *comment = g_ptr_array_index(section->comments, j);
			html_add(printer, j > 0 ? " " : "");
			add_key(printer, comment->contributor->initials, section->id);
		}
		html_add(printer, "</td></tr>\n");
	}
	html_add(printer, TABLE_END);
}

static void
add_head(struct printer *printer, const struct comments *comments)
{
	g_autofree char *letters = text_count(comments->total, "letter", "letters");
	g_autofree char *people = text_count(comments->bodies->len + comments->persons->len, "contributor", "contributors");
	g_autofree char *close = comments->close != 0 ? clock_format(comments->close - 1, comments->zone, "%-d %B %Y") : NULL;
	struct comments_left left[COMMENTS_REASONS];
	guint n = comments_left_out(comments, left);

	html_add(printer, "<h1 class=\"t\" style=\"margin:0;font-size:26px;line-height:1.25;" LOOK_TEXT "\">");
	html_line(printer, comments->title, COLUMNS);
	html_add(printer, ": comments");
	if (comments->workstream != NULL) {
		html_add(printer, " on ");
		html_line(printer, comments->workstream, COLUMNS);
	}
	html_add(printer, "</h1>\n" PARAGRAPH "Received ");
	html_line(printer, comments->label, COLUMNS);
	html_add(printer, " (");
	html_line(printer, comments->zone_name, NAME_COLUMNS);
	html_format(printer, ")</p>\n" PARAGRAPH "<b class=\"t\" style=\"" LOOK_TEXT "\">%s of %s</b>", letters, people);
	if (comments->unique != comments->total)
		html_format(printer, ", %" G_GINT64_FORMAT " of them unique", comments->unique);
	if (close != NULL)
		html_format(printer, "; closed on %s, %" G_GINT64_FORMAT " late", close, comments->late);
	html_format(printer, ". %" G_GINT64_FORMAT " received", comments_received(comments));
	for (guint i = 0; i < n; i++)
		html_format(printer, "%s %s %" G_GINT64_FORMAT, i == 0 ? "; left out:" : ",", left[i].reason, left[i].count);
	html_add(printer, ".</p>\n");
	if (comments_difference(comments) != 0)
		html_format(
		    printer, "<p class=\"t\" style=\"" LOOK_TEXT "\"><b>Does not reconcile: %" G_GINT64_FORMAT "</b></p>\n", comments_difference(comments));
}

static void
add_foot(struct printer *printer, const struct comments *comments)
{
	gboolean found = FALSE;

	for (guint i = 0; i < comments->bodies->len; i++)
		found = found || ((const struct contributor *)g_ptr_array_index(comments->bodies, i))->found;
	html_add(printer, "<div style=\"margin-top:28px\">\n");
	if (found)
		html_add(printer, PARAGRAPH "* behind a name: as the letter's words tell it, to be confirmed.</p>\n");
	if (comments->suggested > 0)
		html_add(printer, PARAGRAPH "* behind a key: the filing is not certain, to be checked.</p>\n");
	html_add(printer, PARAGRAPH "Quotes are the letters' own words. Who agrees with what is told only where a person entered it.</p>\n</div>\n");
}

char *
comments_print_html(const struct comments *comments, enum comments_table table)
{
	const struct digest looks = {.link = comments->link, .targets = comments->targets};
	struct printer printer = {.out = g_string_new(NULL), .digest = &looks};

	html_add(&printer, "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n"
	                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	html_line(&printer, comments->title, COLUMNS);
	html_add(&printer,
	    ": comments</title>\n" STYLE
	    "</head>\n<body class=\"p t\" style=\"margin:0 auto;padding:28px 20px;max-width:960px;background-color:#ffffff;" LOOK_FONT ";" LOOK_TEXT "\">\n");
	add_head(&printer, comments);
	if (comments->total > 0 && table != COMMENTS_COMMENTS) {
		html_add(&printer, H2 "Contributors</h2>\n");
		add_contributors(&printer, comments, "Organizations and groups", "Submitted by", comments->bodies);
		add_contributors(&printer, comments, "Individuals", "Affiliation", comments->persons);
	}
	if (comments->total > 0 && table != COMMENTS_CONTRIBUTORS) {
		html_add(&printer, H2 "Comments by workstream and topic</h2>\n");
		for (guint i = 0; i < comments->workstreams->len; i++)
			add_workstream(&printer, comments, g_ptr_array_index(comments->workstreams, i));
		add_sections(&printer, comments);
	}
	if (comments->total > 0)
		add_foot(&printer, comments);
	html_add(&printer, "</body>\n</html>\n");
	return g_string_free(printer.out, FALSE);
}
