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

/* *OUT gets NULL for a text without terms. Depth, terms and length are bounded by base/limits.h. POSTBAG_ERROR_USAGE with the column. */
gboolean query_tree(const struct term_context *context, const char *text, struct node **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
