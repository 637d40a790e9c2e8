/* What the files of the pages share. */
#ifndef PAGES_PRIVATE_H
#define PAGES_PRIVATE_H

#include "base/json.h"
#include "find/details.h"
#include "find/targets.h"
#include "pages/markup.h"
#include "pages/route.h"

/* Nothing from elsewhere, no script, no style but the sheet: mail may be hostile, and then there is nothing that it could do. */
#define PAGE_POLICY "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"

struct page_archive {
	struct index *index;
	page_part_read part;
	gpointer part_data;
	GHashTable *memory; /* "type id" -> struct remembered: counts that look at more than one page's worth of rows */
	gint64 remembered;  /* when MEMORY was begun */
	gint64 version;     /* pages_version then */
	GHashTable *leaves; /* "topic/a/2019-02" -> GArray of struct page_leaf, of files */
};

struct page {
	struct page_archive *archive;
	struct index *index;
	const struct page_site *site;
	const struct page_request *request;
	const struct route *route;
	struct audience audience;
	GPtrArray *targets; /* of struct target */
	struct markup markup;
	struct json *json; /* of FORMAT_JSON */
	guint status;
	const char *type;
	GArray *headers;  /* of struct page_header */
	GBytes *bytes;    /* a body that is no text of ours; else NULL */
	gboolean lasting; /* the body is the same until the program is another one */
};

/* Each makes one page in the format that is asked for. FALSE only with ERROR; what is not there is a page too: page_missing. */
gboolean page_overview(struct page *page, GError **error);
gboolean page_place(struct page *page, GError **error);
gboolean page_places(struct page *page, GError **error);
gboolean page_milestone(struct page *page, GError **error);
gboolean page_message(struct page *page, GError **error);
gboolean page_attachment(struct page *page, GError **error);
gboolean page_thread(struct page *page, GError **error);
gboolean page_campaign(struct page *page, GError **error);
gboolean page_search(struct page *page, GError **error);
gboolean page_review(struct page *page, GError **error);
gboolean page_about(struct page *page, GError **error);
gboolean page_style(struct page *page, GError **error);
gboolean page_robots(struct page *page, GError **error);
gboolean page_icon(struct page *page, GError **error);
gboolean page_feed(struct page *page, GError **error);

/* 404: it is not there, or nobody may tell. */
gboolean page_missing(struct page *page);
/* A page of one sentence. */
void page_sentence(struct page *page, guint status, const char *heading, const char *sentence);
void page_add_header(struct page *page, const char *name, const char *value);

/* frame.c. FULL: TITLE is all of the page's title; else the site's stands behind it. */
void frame_begin(struct page *page, const char *title, const char *feed);
void frame_end(struct page *page);
const char *page_style_sum(void); /* of the style sheet: changes with it */

/* listing.c: one message in a list, and lists of them. ROWS of struct message_row. */
void listing_add(struct page *page, const GPtrArray *rows, guint level);
void listing_item(struct page *page, const struct message_row *row, guint level, const char *extra);
void listing_chips(struct page *page, const struct message_row *row);
void listing_chip(struct page *page, const char *type, const char *id, gboolean suggested);
void listing_author(struct page *page, const struct message_row *row);
/* "w3": the class with the colour of the workstream that ID of TYPE belongs to. */
const char *listing_colour(struct page *page, const char *type, const char *id);
/* The months of PLACE as links, those of a year in a line; CURRENT has none. */
gboolean listing_months(struct page *page, const struct place *place, gint64 current, GError **error);
GPtrArray *page_rows(struct page *page, const GArray *numbers, gboolean evidence, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "1,234" */
void page_number(struct page *page, gint64 number);

/* chart.c */
#define CHART_WEEKS 26
struct chart {
	gint64 from[CHART_WEEKS + 1]; /* edges */
	gint64 counts[CHART_WEEKS];
	gint64 total, most;
};
/* The last weeks that there is something to show of. */
gboolean chart_load(struct page *page, const struct place *place, struct chart *out, GError **error);
void chart_add(struct page *page, const struct chart *chart, const char *what);
void chart_small(struct page *page, const struct chart *chart, gint64 most, const char *colour);
struct json *chart_json(const struct chart *chart);
/* All letters that there are, counted up to LIMIT_PAGE_COUNTED. */
gboolean chart_total(struct page *page, gint64 *out, GError **error);

/* text.c: the text of a message, with what speaks for its filing marked. EVIDENCE may be NULL. */
void text_add(struct page *page, const struct message_row *row, const GPtrArray *passages);

/* attachment.c: whether PART of ROW can be had here. */
gboolean attachment_is_offered(const struct page_site *site, const struct message_row *row, const struct detail_part *part);

/* json.c */
struct json *json_message(struct page *page, const struct message_row *row);
void json_rows(struct page *page, const char *key, const GPtrArray *rows);
void json_text(struct page *page, struct json *object, const char *key, const char *text);
void json_time(struct json *object, const char *key, gint64 t);

#endif
