#include "pages/private.h"

#include "base/text.h"

#include <string.h>

#define QUOTED_SHOWN 6 /* lines of a quotation: a longer one is folded away */

static gboolean
counts(const struct page *page, const struct row_evidence *evidence)
{
	if (evidence->passage < 0 || evidence->length == 0)
		return FALSE;
	return page->site->view == PAGE_STAFF ? strcmp(evidence->tier, "masked") != 0
	                                      : !evidence->boilerplate && (strcmp(evidence->tier, "firm") == 0 || strcmp(evidence->tier, "suggested") == 0);
}

static gint
by_place(gconstpointer a, gconstpointer b)
{
	const struct row_evidence *left = *(const struct row_evidence *const *)a, *right = *(const struct row_evidence *const *)b;

	return left->passage != right->passage ? (left->passage < right->passage ? -1 : 1)
	       : left->offset != right->offset ? (left->offset < right->offset ? -1 : 1)
	       : left->length != right->length ? (left->length > right->length ? -1 : 1)
	                                       : strcmp(left->id, right->id);
}

/* What is to be marked, in the order of the text. Not owned. */
static GPtrArray *
marks_of(const struct page *page, const GPtrArray *evidence)
{
	GPtrArray *marks = g_ptr_array_new();

	for (guint i = 0; evidence != NULL && i < evidence->len; i++)
		if (counts(page, g_ptr_array_index(evidence, i)))
			g_ptr_array_add(marks, g_ptr_array_index(evidence, i));
	g_ptr_array_sort(marks, by_place);
	return marks;
}

struct writer {
	struct page *page;
	const GPtrArray *marks;
	guint next; /* of MARKS */
	gint passage;
};

static const struct row_evidence *
mark_at(const struct writer *writer, guint i)
{
	const struct row_evidence *mark = i < writer->marks->len ? g_ptr_array_index(writer->marks, i) : NULL;

	return mark != NULL && mark->passage == writer->passage ? mark : NULL;
}

static void
begin_mark(struct writer *writer, const struct row_evidence *mark)
{
	struct page *page = writer->page;
	const struct target *target = targets_find(page->targets, mark->type, mark->id);
	gboolean weak = strcmp(mark->tier, "firm") != 0 || mark->boilerplate;

	markup_format(&page->markup, "<mark class=\"%s%s\" title=\"", listing_colour(page, mark->type, mark->id), weak ? " maybe" : "");
	markup_line(&page->markup, target != NULL ? target->title : mark->id, 100);
	markup_add(&page->markup, strcmp(mark->tier, "hint") == 0 ? ": a hint only\">" : mark->boilerplate ? ": does not count here\">" : "\">");
}

/* TEXT[FROM, TO) of one paragraph with its marks. Where marks overlap, the later one goes on behind the earlier; one may go on in the next paragraph. */
static void
add_marked(struct writer *writer, const struct markup_shy *shy, gsize from, gsize to)
{
	const struct row_evidence *mark;
	gsize done = from;

	while ((mark = mark_at(writer, writer->next)) != NULL && mark->offset < to) {
		gsize start = MAX((gsize)mark->offset, done), end = MIN((gsize)mark->offset + mark->length, to);

		if (end > start) {
			markup_piece(&writer->page->markup, shy, done, start);
			begin_mark(writer, mark);
			markup_piece(&writer->page->markup, shy, start, end);
			markup_add(&writer->page->markup, "</mark>");
			done = end;
		}
		if ((gsize)mark->offset + mark->length > to)
			break;
		writer->next++;
	}
	markup_piece(&writer->page->markup, shy, done, to);
}

/* Paragraphs stand apart so that each can run in its own direction. */
static void
add_paragraphs(struct writer *writer, const char *text)
{
	g_autoptr(MarkupShy) shy = markup_shy_new(writer->page->site, text);
	gsize length = strlen(text), at = 0;

	while (at < length) {
		const char *blank = strstr(text + at, "\n\n");
		gsize end = blank != NULL ? (gsize)(blank - text) : length;

		while (at < end && text[at] == '\n')
			at++;
		if (end > at) {
			markup_add(&writer->page->markup, "<p dir=\"auto\">");
			add_marked(writer, shy, at, end);
			markup_add(&writer->page->markup, "</p>\n");
		}
		at = end + (blank != NULL ? 2 : 0);
	}
}

static guint
lines_in(const char *text)
{
	guint lines = 1;

	for (; *text != '\0'; text++)
		lines += *text == '\n' && text[1] != '\0';
	return lines;
}

static const struct {
	const char *class, *name, *element;
} looks[N_PASSAGE_KINDS] = {
    [PASSAGE_NEW] = {"new", NULL, "div"},
    [PASSAGE_QUOTED] = {"quoted", "Quoted", "blockquote"},
    [PASSAGE_FORWARDED] = {"forwarded", "Forwarded", "blockquote"},
    [PASSAGE_SIGNATURE] = {"signature", NULL, "div"},
    [PASSAGE_FOOTER] = {"footer", "Footer", "div"},
    [PASSAGE_ATTACHMENT] = {"attached", "Text of an attachment", "div"},
    [PASSAGE_FILENAME] = {"filename", "File name", "div"},
    [PASSAGE_ENCLOSED] = {"enclosed", "Enclosed by a machine", "div"},
};

static gboolean
is_folded(const struct writer *writer, const struct record_passage *passage)
{
	switch (passage->kind) {
	case PASSAGE_QUOTED:
		return lines_in(passage->text) > QUOTED_SHOWN && mark_at(writer, writer->next) == NULL;
	case PASSAGE_FOOTER:
	case PASSAGE_ENCLOSED:
		return TRUE;
	case PASSAGE_ATTACHMENT:
	case PASSAGE_FORWARDED:
		return lines_in(passage->text) > 40 && mark_at(writer, writer->next) == NULL;
	default:
		return FALSE;
	}
}

static void
add_passage(struct writer *writer, const struct message_row *row, const struct record_passage *passage)
{
	struct markup *markup = &writer->page->markup;
	gboolean folded = is_folded(writer, passage);
	const char *name = looks[passage->kind].name;

	if (folded)
		markup_format(markup, "<details class=\"fold\"><summary>%s, %u lines</summary>\n", name, lines_in(passage->text));
	markup_format(markup, "<%s class=\"passage %s\"", looks[passage->kind].element, looks[passage->kind].class);
	if (passage->kind == PASSAGE_NEW)
		markup_language(markup, row);
	else
		markup_add(markup, " lang=\"\"");
	markup_add(markup, ">\n");
	if (!folded && name != NULL)
		markup_format(markup, "<p class=\"label\" lang=\"en\">%s</p>\n", name);
	add_paragraphs(writer, passage->text);
	markup_format(markup, "</%s>\n%s", looks[passage->kind].element, folded ? "</details>\n" : "");
}

void
text_add(struct page *page, const struct message_row *row, const GPtrArray *passages)
{
	g_autoptr(GPtrArray) marks = marks_of(page, row->evidence);
	struct writer writer = {page, marks, 0, 0};
	gboolean any = FALSE;

	for (guint i = 0; i < passages->len; i++) {
		const struct record_passage *passage = g_ptr_array_index(passages, i);

		writer.passage = (gint)i;
		while (writer.next < marks->len && ((const struct row_evidence *)g_ptr_array_index(marks, writer.next))->passage < (gint)i)
			writer.next++;
		if (passage->kind == PASSAGE_SUBJECT || passage->kind == PASSAGE_FILENAME || passage->text[strspn(passage->text, " \t\n")] == '\0')
			continue;
		add_passage(&writer, row, passage);
		any = TRUE;
	}
	if (!any)
		markup_add(&page->markup, "<p class=\"quiet\">The letter has no text of its own.</p>\n");
}
