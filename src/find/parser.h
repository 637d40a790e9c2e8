/* Tokens -> a tree: terms joined by AND (a space), OR, NOT and brackets. AND binds more tightly than OR. */
#ifndef FIND_PARSER_H
#define FIND_PARSER_H

#include "find/term.h"

enum node_type { NODE_AND, NODE_OR, NODE_NOT, NODE_TERM };

struct node {
	enum node_type type;
	GPtrArray *children; /* of struct node: AND and OR two or more, NOT one; NULL for a term */
	struct term *term;
};
void node_free(struct node *node);
typedef struct node Node;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, node_free)

/* In what order, and how many. */
enum query_order {
	QUERY_NEWEST,  /* by the date of the message, or of arrival when a window of received: is asked for */
	QUERY_OLDEST,  /* the other way round */
	QUERY_ARRIVED, /* last arrived first */
	QUERY_AUTHOR,  /* by name, or address without one */
	QUERY_SUBJECT, /* without Re: and the like */
	QUERY_LARGEST, /* bytes */
	N_QUERY_ORDERS
};
/* "newest", "oldest", "arrived", "author", "subject", "largest"; NULL-terminated. */
extern const char *const query_orders[];
struct query_settings { /* what sort: and limit: said */
	int order;      /* enum query_order, -1: nothing */
	gint64 limit;   /* 0: all, -1: nothing was said */
};

/* *OUT gets NULL for a text without terms, SETTINGS is filled. Depth, terms and length are bounded by base/limits.h. POSTBAG_ERROR_USAGE with the column. */
gboolean query_tree(
    const struct term_context *context, const char *text, struct node **out, struct query_settings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
