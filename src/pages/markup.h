/* How text gets into a page: the one place where a sender's words are escaped, and where the public gets addresses without names. */
#ifndef PAGES_MARKUP_H
#define PAGES_MARKUP_H

#include "base/site-milestone.h"
#include "find/rows.h"
#include "pages/pages.h"

struct markup {
	GString *out;
	const struct page_site *site;
};

/* Markup of our own. */
void markup_add(struct markup *markup, const char *constant);
/* The same with numbers and constants put in; never with anybody's text. */
void markup_format(struct markup *markup, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Anybody's text, NULL for none: special characters escaped; controls, what turns writing about and what is no character left out; a few marks on a letter at
 * most; in the public view the names before the '@' of addresses left out. Between the tags of an element and in an attribute in quotes alike.
 */
void markup_text(struct markup *markup, const char *text);
/* The same on one line, cut to COLUMNS. */
void markup_line(struct markup *markup, const char *text, guint columns);
/* The reader's own words, or an address that we made: escaped, and nothing left out. */
void markup_own(struct markup *markup, const char *text);
/* Its own direction, whatever stands around: <bdi>. */
void markup_isolated(struct markup *markup, const char *text, guint columns);
/* What markup_text shows, unescaped: for JSON and plain text. Caller frees. */
char *markup_plain(const struct page_site *site, const char *text);

/* TEXT piece by piece: addresses are seen whole though pieces cut through them. */
struct markup_shy;
struct markup_shy *markup_shy_new(const struct page_site *site, const char *text);
void markup_shy_free(struct markup_shy *shy);
typedef struct markup_shy MarkupShy;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MarkupShy, markup_shy_free)
/* TEXT[FROM, TO), with addresses of pages in it as links. */
void markup_piece(struct markup *markup, const struct markup_shy *shy, gsize from, gsize to);

/* ` href="..."` of a page: PATH as in route.h, its segments escaped. ENDING: "" for the page, ".json", ".atom". */
void markup_href(struct markup *markup, const char *path, const char *ending);
/* The path itself as links have it. Caller frees. */
char *markup_path(const struct page_site *site, const char *path, const char *ending);
/* "/workstream/" and the escaped ID. Caller frees. */
char *markup_place(const char *type, const char *id);

/* ` lang="fr" dir="auto"`, what is known of ROW's own words. */
void markup_language(struct markup *markup, const struct message_row *row);

/* <time> of a moment: as a date, or with the time of day. */
void markup_date(struct markup *markup, gint64 t);
void markup_moment(struct markup *markup, gint64 t);

#endif
