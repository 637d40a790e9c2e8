/* One term of a query, checked: what it asks for, and the values that will be bound. */
#ifndef FIND_TERM_H
#define FIND_TERM_H

#include "archive/index.h"
#include "base/conf-query.h"
#include "find/lexer.h"

struct audience;
struct term_context { /* what a term is understood against */
	struct index *index;
	gint64 now;
	GTimeZone *zone;
	const GPtrArray *saved;          /* of struct saved_query, may be NULL */
	const struct audience *audience; /* the public (find/pages.h); NULL: whoever sees all */
};

enum term_type {
	TERM_WORDS,      /* fts */
	TERM_FROM,       /* fts, and texts: each in the author's or From's name or address */
	TERM_TO,         /* fts, and texts: each in one recipient's */
	TERM_FILING,     /* filing under (name, text) or, with last, under ids from text to last */
	TERM_DATE,       /* from <= date_effective < to */
	TERM_RECEIVED,   /* from <= received < to */
	TERM_STATE,      /* sql, a constant condition on the row m */
	TERM_KIND,       /* text */
	TERM_LANG,       /* text */
	TERM_THREAD,     /* number: the thread */
	TERM_CAMPAIGN,   /* number: of the campaign */
	TERM_ID,         /* public ids from text to last */
	TERM_MESSAGE_ID, /* text */
};

struct term {
	enum term_type type;
	char *fts; /* FTS5 expression made of quoted words */
	char *text, *last;
	char **texts;
	const char *name; /* filing type */
	const char *sql;
	gint64 from, to, number;
	gboolean shy; /* TERM_FROM and TERM_TO: names and domains alone */
	guint words;  /* that the search index must look up */
	char *shown;  /* of TERM_WORDS: what an excerpt looks for, '*' at the end for a beginning; else NULL */
};

/* Says that VALUE is no WHAT: the nearest of KNOWN (NULL-terminated), or all when they are few. Returns FALSE. */
gboolean term_fail_unknown(GError **error, const struct token *token, const char *what, const char *value, const char *const *known);

/* POSTBAG_ERROR_USAGE with the column and the nearest known word. */
struct term *term_new(const struct term_context *context, const struct token *token, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void term_free(struct term *term);
typedef struct term Term;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Term, term_free)

#endif
