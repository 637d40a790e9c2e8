/* A request's path and query -> which page is asked for. Pure, and the first that looks at what a stranger sent. */
#ifndef PAGES_ROUTE_H
#define PAGES_ROUTE_H

#include <glib.h>

enum route_page {
	ROUTE_NONE, /* no such page */
	ROUTE_BAD,  /* no request that anybody makes who means well: WHY says why */
	ROUTE_OVERVIEW,
	ROUTE_PLACE,     /* TYPE and ID: what is filed there, or all of a month */
	ROUTE_PLACES,    /* all topics, groups and so on of TYPE */
	ROUTE_MILESTONE, /* ID; none: all of them */
	ROUTE_MESSAGE,
	ROUTE_ATTACHMENT, /* ID, PART */
	ROUTE_THREAD,
	ROUTE_CAMPAIGN,
	ROUTE_SEARCH, /* QUERY, NUMBER */
	ROUTE_REVIEW, /* staff: what is to be looked at */
	ROUTE_ABOUT,
	ROUTE_STYLE,
	ROUTE_ROBOTS,
	ROUTE_ICON,
};
enum route_format { FORMAT_HTML, FORMAT_JSON, FORMAT_ATOM };

struct route {
	enum route_page page;
	enum route_format format;
	const char *type; /* of a filing: "workstream", ...; "unfiled"; NULL: everything */
	char *id, *part;
	guint year, month; /* of a place: 0: the newest */
	guint number;      /* of the pages of a list, from 1 */
	char *leaf;        /* of a month among files: the piece with that name (struct page_leaf), or NULL */
	char *query;       /* ROUTE_SEARCH: as typed, "" when absent */
	const char *why;
	char *moved; /* the same page's path as it should be written, when it was written otherwise */
};

/* TARGET: RFC 9112 section 3.2.1. *OUT is cleared by route_clear whatever it is. */
void route_parse(const char *target, struct route *out);
void route_clear(struct route *route);
typedef struct route Route;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Route, route_clear)

/* An id as the name of a file or a folder, and as a segment: itself, unless it ends as a page's address does, is hidden or too long; then it has a '~', which
 * no id has. Caller frees. */
char *route_name(const char *id);
/* TEXT as one segment of a path, or as a value in a query. Caller frees. */
char *route_escape(const char *text);

#endif
