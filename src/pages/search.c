#include "pages/private.h"

#include "base/error.h"
#include "base/limits.h"
#include "find/excerpt.h"
#include "find/query.h"

#include <string.h>

#define SHOWN 20
#define EXCERPT_COLUMNS 200
#define SHOWN_WRONG 500 /* bytes of a query that is shown with its mistake */
#define SOME_WORDS 8

struct found {
	GPtrArray *rows; /* at most SHOWN */
	gboolean more;
	struct query *query;
};

static void
found_clear(struct found *found)
{
	g_clear_pointer(&found->rows, g_ptr_array_unref);
	g_clear_pointer(&found->query, query_free);
}

typedef struct found Found;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

/* The query sees all; what comes back is looked at message by message. More is asked for until there are enough that AUDIENCE may see. */
static GArray *
run(struct page *page, const struct query *query, guint skip, guint wanted, GError **error)
{
	for (guint limit = skip + wanted;; limit = MIN(limit * 4, LIMIT_PAGE_FOUND)) {
		g_autoptr(GArray) numbers = query_run_numbers(page->index, query, query_order(query, QUERY_NEWEST), limit, error);
		g_autoptr(GArray) visible = numbers != NULL ? pages_only_visible(page->index, &page->audience, numbers, skip, wanted, error) : NULL;

		if (visible == NULL)
			return NULL;
		if (visible->len == wanted || numbers->len < limit || limit == LIMIT_PAGE_FOUND)
			return g_steal_pointer(&visible);
	}
}

static gboolean
find(struct page *page, struct found *found, GError **error)
{
	guint skip = (page->route->number - 1) * SHOWN;
	g_autoptr(GArray) numbers = NULL;

	found->query = query_parse_for(page->index, page->route->query, page->request->now, page->site->zone, &page->audience, error);
	if (found->query == NULL)
		return FALSE;
	numbers = run(page, found->query, skip, SHOWN + 1, error);
	if (numbers == NULL)
		return FALSE;
	found->more = numbers->len > SHOWN;
	if (found->more)
		g_array_set_size(numbers, SHOWN);
	found->rows = page_rows(page, numbers, FALSE, error);
	return found->rows != NULL;
}

/* Books are looked at in their beginning only: an excerpt compares every letter of a text, and a page has twenty of them. */
static void
cut_passages(GPtrArray *passages)
{
	gsize left = LIMIT_PAGE_EXCERPT;

	for (guint i = 0; i < passages->len; i++) {
		char *text = ((struct record_passage *)g_ptr_array_index(passages, i))->text;
		gsize length = strlen(text);

		if (length > left) {
			const char *end;

			(void)g_utf8_validate(text, (gssize)left, &end); /* no part of a character */
			text[end - text] = '\0';
			length = left;
		}
		left -= length;
	}
}

/* What of ROW's text matched, as markup; NULL when nothing did. Caller frees. */
static char *
excerpt_of(struct page *page, const struct found *found, const struct message_row *row)
{
	const char *const *words = query_words(found->query);
	g_autoptr(GPtrArray) passages = *words != NULL && row->unread == NULL && g_strcmp0(row->redacted, "whole") != 0
	                                    ? pages_passages(page->index, &page->audience, row->message, NULL)
	                                    : NULL;
	g_autoptr(Excerpt) excerpt = NULL;
	struct markup markup = {NULL, page->site};
	g_autoptr(MarkupShy) shy = NULL;
	gsize at = 0;

	if (passages == NULL)
		return NULL;
	cut_passages(passages);
	excerpt = excerpt_new(passages, words, EXCERPT_COLUMNS);
	if (excerpt == NULL)
		return NULL;
	shy = markup_shy_new(page->site, excerpt->text);
	markup.out = g_string_new("<p class=\"gist\"");
	markup_language(&markup, row);
	markup_add(&markup, ">");
	for (guint i = 0; i < excerpt->spans->len; i++) {
		const struct excerpt_span *span = &g_array_index(excerpt->spans, struct excerpt_span, i);

		markup_piece(&markup, shy, at, span->offset);
		markup_add(&markup, "<mark class=\"found\">");
		markup_piece(&markup, shy, span->offset, span->offset + span->length);
		markup_add(&markup, "</mark>");
		at = span->offset + span->length;
	}
	markup_piece(&markup, shy, at, strlen(excerpt->text));
	markup_add(&markup, "</p>\n");
	return g_string_free(markup.out, FALSE);
}

static void
add_turn(struct page *page, guint number, const char *label, const char *relation)
{
	g_autofree char *path = markup_path(page->site, "/search", "");
	g_autofree char *query = route_escape(page->route->query);
	g_autofree char *link = g_strdup_printf("%s?q=%s&page=%u", path, query, number);

	markup_format(&page->markup, "<a rel=\"%s\" href=\"", relation);
	markup_own(&page->markup, link);
	markup_format(&page->markup, "\">%s</a>\n", label);
}

static void
add_question(struct page *page, const char *query)
{
	g_autofree char *path = markup_path(page->site, "/search", "");
	g_autofree char *escaped = route_escape(query);

	markup_add(&page->markup, "<a href=\"");
	markup_own(&page->markup, path);
	markup_add(&page->markup, "?q=");
	markup_own(&page->markup, escaped);
	markup_add(&page->markup, "\"><code dir=\"auto\">");
	markup_own(&page->markup, query);
	markup_add(&page->markup, "</code></a>");
}

/* What can be asked, with examples that can be followed. */
static void
add_help(struct page *page)
{
	static const struct {
		const char *query, *meaning;
	} examples[] = {
	    {"registrar OR registry", "one word or the other; words beside one another must both be there"},
	    {"\"key rollover\"", "a phrase"},
	    {"rollover*", "words that begin so"},
	    {"-announcement", "without a word"},
	    {"subject:meeting", "in the subject"},
	    {"from:ada", "by name or address of who wrote"},
	    {"date:2019-01..2019-03", "sent in these months; a day, a month, a year, or 30d for the last thirty days"},
	    {"intent:question is:unanswered", "questions that await an answer"},
	    {"has:attachment lang:fr", "French letters with attachments"},
	};

	markup_add(&page->markup, "<section aria-labelledby=\"help\" class=\"help\">\n<h2 id=\"help\">What can be asked</h2>\n<dl>\n");
	for (gsize i = 0; i < G_N_ELEMENTS(examples); i++) {
		markup_add(&page->markup, "<div><dt>");
		add_question(page, examples[i].query);
		markup_format(&page->markup, "</dt><dd>%s</dd></div>\n",
		    page->site->view == PAGE_PUBLIC && strcmp(examples[i].query, "from:ada") == 0 ? "by the name of who wrote" : examples[i].meaning);
	}
	markup_add(&page->markup, "</dl>\n<p class=\"quiet\">Also <code>ws:</code>, <code>topic:</code> and <code>group:</code> with what stands under "
	                          "Workstreams, Topics and Groups.</p>\n</section>\n");
}

/* Words that are not together in any letter may be there one by one. */
static void
add_nothing(struct page *page)
{
	g_auto(GStrv) words = g_strsplit_set(page->route->query, " \t", -1);
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_auto(GStrv) some = NULL;

	for (char **word = words; *word != NULL; word++)
		if (**word != '\0')
			g_strv_builder_add(builder, *word);
	some = g_strv_builder_end(builder);
	markup_add(&page->markup, "<p class=\"count\" role=\"status\">No letter matches.</p>\n");
	if (g_strv_length(some) > 1 && g_strv_length(some) <= SOME_WORDS && strpbrk(page->route->query, ":\"()-!") == NULL &&
	    !g_strv_contains((const char *const *)some, "OR") && !g_strv_contains((const char *const *)some, "AND") &&
	    !g_strv_contains((const char *const *)some, "NOT")) {
		g_autofree char *either = g_strjoinv(" OR ", some);

		markup_add(&page->markup, "<p class=\"meant\">Letters with one of these words: ");
		add_question(page, either);
		markup_add(&page->markup, "</p>\n");
	}
	add_help(page);
}

/* "Letters 21 to 40 and more, newest first". How many there are in all is not counted: that would cost more than finding these. */
static void
add_counted(struct page *page, const struct found *found, guint first)
{
	static const char *const orders[] = {
	    [QUERY_NEWEST] = "newest first",
	    [QUERY_OLDEST] = "oldest first",
	    [QUERY_ARRIVED] = "last received first",
	    [QUERY_AUTHOR] = "by author",
	    [QUERY_SUBJECT] = "by subject",
	    [QUERY_LARGEST] = "largest first",
	};
	guint last = first + found->rows->len - 1;
	const char *order = orders[query_order(found->query, QUERY_NEWEST)];

	markup_add(&page->markup, "<p class=\"count\" role=\"status\">");
	if (last == 1 && !found->more)
		markup_add(&page->markup, "One letter");
	else if (first == 1 && !found->more)
		markup_format(&page->markup, "%u letters, %s", last, order);
	else
		markup_format(&page->markup, "Letters %u to %u%s, %s", first, last, found->more ? " of more" : "", order);
	markup_add(&page->markup, "</p>\n");
}

static void
add_found(struct page *page, const struct found *found)
{
	guint first = (page->route->number - 1) * SHOWN + 1;

	if (found->rows->len == 0) {
		add_nothing(page);
		return;
	}
	add_counted(page, found, first);
	markup_add(&page->markup, "<ol class=\"list\">\n");
	for (guint i = 0; i < found->rows->len; i++) {
		const struct message_row *row = g_ptr_array_index(found->rows, i);
		g_autofree char *excerpt = excerpt_of(page, found, row);

		listing_item(page, row, 2, excerpt);
	}
	markup_add(&page->markup, "</ol>\n");
	if (!found->more && page->route->number == 1)
		return;
	markup_add(&page->markup, "<nav class=\"turn\" aria-label=\"Pages of what was found\">\n");
	if (page->route->number > 1)
		add_turn(page, page->route->number - 1, "Before these", "prev");
	if (found->more)
		add_turn(page, page->route->number + 1, "After these", "next");
	markup_add(&page->markup, "</nav>\n");
}

static void
begin(struct page *page)
{
	g_autofree char *title = *page->route->query != '\0' ? g_strdup_printf("Search: %s", page->route->query) : g_strdup("Search");

	frame_begin(page, title, NULL);
	markup_add(&page->markup, "<div class=\"intro\"><h1>Search");
	if (*page->route->query != '\0') {
		markup_add(&page->markup, ": <span class=\"asked\" dir=\"auto\">");
		markup_own(&page->markup, page->route->query);
		markup_add(&page->markup, "</span>");
	}
	markup_add(&page->markup, "</h1></div>\n");
}

/* The column that MESSAGE names; 0: none. */
static guint
column_of(const char *message)
{
	return g_str_has_prefix(message, "column ") ? (guint)g_ascii_strtoull(message + 7, NULL, 10) : 0;
}

/* Where QUERY is wrong by MESSAGE, and for how long; NULL: it names no place in it. What is at its end is missing there: of no length. */
static const char *
wrong_place(const char *query, const char *message, gsize *length)
{
	guint column = column_of(message);
	const char *at;

	if (column == 0 || column > (guint)g_utf8_strlen(query, -1) + 1)
		return NULL;
	at = g_utf8_offset_to_pointer(query, column - 1);
	*length = *at == '"' ? strlen(at) : strchr("()", *at) != NULL && *at != '\0' ? 1 : strcspn(at, " \t()");
	return at;
}

/* QUERY with what MESSAGE proposes, "unknown prefix 'fromm:'; did you mean 'from:'?", in the place of what it is about. Caller frees; NULL: it proposes
 * nothing. */
static char *
mended(const char *query, const char *at, const char *message)
{
	static const char means[] = "did you mean '";
	const char *wrong = strchr(message, '\''), *right = strstr(message, means);
	gsize wrong_length, right_length;

	if (at == NULL || wrong == NULL || right == NULL || right < wrong)
		return NULL;
	wrong_length = strcspn(++wrong, "'");
	right += strlen(means);
	right_length = strcspn(right, "'");
	if (wrong_length == 0 || g_ascii_strncasecmp(at, wrong, wrong_length) != 0)
		return NULL;
	return g_strdup_printf("%.*s%.*s%s", (int)(at - query), query, (int)right_length, right, at + wrong_length);
}

/* The query with the place that is wrong, and as it may have been meant. */
static void
add_wrong(struct page *page, const char *message)
{
	const char *query = page->route->query;
	gsize length = 0;
	const char *at = wrong_place(query, message, &length);
	g_autofree char *before = at != NULL ? g_strndup(query, at - query) : NULL;
	g_autofree char *place = at != NULL ? g_strndup(at, length) : NULL;
	g_autofree char *meant = mended(query, at, message);

	markup_add(&page->markup, "<div class=\"wrong\" role=\"alert\">\n<p><b>That cannot be asked.</b> ");
	markup_own(&page->markup, message);
	markup_add(&page->markup, "</p>\n");
	if (at != NULL && strlen(query) <= SHOWN_WRONG) {
		markup_add(&page->markup, "<p class=\"place\"><code dir=\"ltr\">");
		markup_own(&page->markup, before);
		markup_add(&page->markup, "<mark class=\"error\">");
		markup_own(&page->markup, *place != '\0' ? place : "\u2038");
		markup_add(&page->markup, "</mark>");
		markup_own(&page->markup, at + length);
		markup_add(&page->markup, "</code></p>\n");
	}
	markup_add(&page->markup, "</div>\n");
	if (meant != NULL) {
		markup_add(&page->markup, "<p class=\"meant\">Ask instead: ");
		add_question(page, meant);
		markup_add(&page->markup, "</p>\n");
	}
}

static void
tell(struct page *page, const GError *failure)
{
	guint column = column_of(failure->message);

	page->status = 400;
	if (page->json != NULL) {
		json_put_number(page->json, "status", 400);
		json_put_text(page->json, "error", failure->message);
		if (column > 0)
			json_put_number(page->json, "column", column);
		return;
	}
	begin(page);
	add_wrong(page, failure->message);
	add_help(page);
	frame_end(page);
}

gboolean
page_search(struct page *page, GError **error)
{
	g_auto(Found) found = {0};
	g_autoptr(GError) failure = NULL;
	gboolean asked = page->route->query[strspn(page->route->query, " \t")] != '\0';

	if (page->site->fixed)
		return page_missing(page);
	if (page->route->number > LIMIT_PAGE_FOUND / SHOWN) {
		page_sentence(page, 400, "Too far back", "So many letters are not shown of one search. Ask for a time, as date:2019-03.");
		return TRUE;
	}
	if (asked && !find(page, &found, &failure)) {
		if (g_error_matches(failure, POSTBAG_ERROR, POSTBAG_ERROR_USAGE)) {
			tell(page, failure);
			return TRUE;
		}
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (page->json != NULL) {
		json_put_text(page->json, "query", page->route->query);
		json_put_number(page->json, "page", page->route->number);
		json_put_boolean(page->json, "more", found.more);
		if (found.rows != NULL)
			json_rows(page, "letters", found.rows);
		return TRUE;
	}
	begin(page);
	if (asked)
		add_found(page, &found);
	else
		add_help(page);
	frame_end(page);
	return TRUE;
}
