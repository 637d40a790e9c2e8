/*
 * The archive's pages: a request over an open archive -> a response. Nothing here knows HTTP's wire, sockets or files, so that a server, `postbag publish` and
 * tests get the same bytes. DESIGN section 9.
 */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include "archive/index.h"
#include "base/site-milestone.h"
#include "find/details.h"
#include "find/pages.h"
#include "find/rows.h"

enum page_view { PAGE_PUBLIC, PAGE_STAFF };
enum page_when { PAGE_RECEIVED, PAGE_DAY_LATER, PAGE_RELEASED }; /* when the public sees a message */

/* What does not change while a site is served. */
struct page_site {
	const char *title;    /* heads every page */
	const char *contact;  /* an address to write to about the archive, or NULL */
	const char *prefix;   /* of every link's path: "" or "/archive", no '/' at the end */
	const char *suffix;   /* of every page's path in links: "" or ".html" */
	const char *address;  /* scheme and host for feeds, "https://archive.example.org", or NULL: then feeds have paths alone */
	gboolean fixed;       /* the pages are written to files: no link to a search, none with a question mark */
	gboolean attachments; /* attachments are served */
	enum page_view view;
	enum page_when when;
	GTimeZone *zone;
	const GPtrArray *milestones; /* of struct site_milestone, in the order of their dates; or NULL */
	guint memory;                /* seconds for which counts of an index that does not change may be kept; 0: they are made anew for each page */
	guint deadline_ms;           /* for the statements of one page; 0: none */
};

/* Part NUMBER of the message ID, decoded, at most LIMIT_PAGE_PART bytes; runs in a process of its own, since a parser of mail looks at it. NULL: there is none.
 */
typedef GBytes *(*page_part_read)(gpointer data, const char *id, const char *number, GError **error);

struct page_archive;                                                                            /* an index and what is remembered of it: for one thread */
struct page_archive *page_archive_new(struct index *index, page_part_read part, gpointer data); /* INDEX is not taken over; PART may be NULL */
void page_archive_free(struct page_archive *archive);
typedef struct page_archive PageArchive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PageArchive, page_archive_free)

struct page_request {
	const char *method;        /* "GET", "HEAD", ... */
	const char *target;        /* path and query as they came: "/search?q=a%20b", without the prefix */
	const char *if_none_match; /* RFC 9110 section 13.1.2, or NULL */
	gint64 now;
};

struct page_header {
	const char *name; /* a constant */
	char *value;
};
struct page_response {
	guint status;     /* of HTTP: 200, 301, 304, 400, 404, 405, 500, 503 */
	const char *type; /* Content-Type; NULL: no body */
	GArray *headers;  /* of struct page_header: all others, ETag and Content-Security-Policy among them */
	GBytes *body;     /* never NULL; of HEAD too: whoever sends it leaves it out */
	GError *trouble;  /* of 500 and 503, for the log; else NULL */
};

/* Never fails: what goes wrong is a page as well. The page is made in one view of the index: its own, or the caller's where it has begun one. */
void page_respond(struct page_archive *archive, const struct page_site *site, const struct page_request *request, struct page_response *out);
void page_response_clear(struct page_response *response);
typedef struct page_response PageResponse;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PageResponse, page_response_clear)
/* The value of that header, or NULL. */
const char *page_header(const struct page_response *response, const char *name);

/* A page for what never came to page_respond: STATUS 408, 413, 414, 429, 431, 500 or 503, with a sentence of ours. */
void page_refuse(const struct page_site *site, guint status, const char *sentence, struct page_response *out);

/* A site of files: whether its archive offers PART of ROW, and as which file's name below "attachment/ID/": "2.pdf", "1-2.bin". Nothing in it is a sender's,
 * and its ending is one that no web server runs and no browser shows as a page. Caller frees; NULL: it is not offered. */
char *page_attachment_file(const struct page_site *site, const struct message_row *row, const struct detail_part *part);
/* TEXT as JSON and plain text have it: without what turns writing about, and in the public view without the names in addresses. Caller frees. */
char *page_plain(const struct page_site *site, const char *text);

/* The id of TYPE that NAME in an address stands for (route_name): of TARGETS' ids the one so written, else NAME itself. Caller frees. */
char *page_id(const GPtrArray *targets, const char *type, const char *name);

/*
 * A month of files is cut into pieces by the calendar, so that a letter that comes or goes concerns its own piece alone: weeks, their days where a week has too
 * many letters, the hours of such a day, and of an hour numbered pieces. A month of few letters is one piece without a name.
 */
struct page_leaf {
	char name[16];   /* "08-14", "12-12", "12-09h", "12-09h-2" */
	gint64 from, to; /* what it is of */
	gint64 last;     /* the date of its last letter */
	guint skip;      /* letters of FROM to TO that stand on those before it */
	guint count;
	guint64 letters; /* a sum of their numbers */
};
/* Of PLACE in a month, those that have letters, in order: of struct page_leaf, the archive's; the index must not change meanwhile. NULL only with ERROR. */
const GArray *page_leaves(struct page_archive *archive, const struct page_site *site, const struct place *place, guint year, guint month, gint64 now,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Is the month more than one piece? */
gboolean page_leaves_split(const GArray *leaves);

/* The letters that MILESTONE's page shows: those of its time. */
struct time_window page_milestone_window(const struct site_milestone *milestone);

/* Whom SITE is for, at NOW: what its view and its `when` come to. */
struct audience page_audience(const struct page_site *site, gint64 now);

/* The paths that are there whatever mail there is: "/", "/style.css", "/robots.txt", ... Array of char *, the caller's. */
GPtrArray *page_paths_always(struct index *index, const struct page_site *site, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
