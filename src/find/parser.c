#include "find/parser.h"

#include "base/limits.h"
#include "find/lexer.h"

#include <string.h>

struct parser {
	const struct term_context *context;
	struct lexer lexer;
	struct token token; /* the one ahead */
	guint depth;        /* open brackets */
	guint words;        /* so far, in all terms */
};

void
node_free(struct node *node)
{
	g_clear_pointer(&node->children, g_ptr_array_unref);
	g_clear_pointer(&node->term, term_free);
	g_free(node);
}

static struct node *
node_new(enum node_type type)
{
	struct node *node = g_new0(struct node, 1);

	node->type = type;
	if (type != NODE_TERM)
		node->children = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
	return node;
}

static gboolean
next(struct parser *parser, GError **error)
{
	token_clear(&parser->token);
	return lexer_next(&parser->lexer, &parser->token, error);
}

static struct node *parse_or(struct parser *parser, GError **error);

static struct node *
parse_brackets(struct parser *parser, GError **error)
{
	g_autoptr(Node) inner = NULL;
	guint opened = parser->token.column;

	if (++parser->depth > LIMIT_QUERY_DEPTH) {
		query_fail(error, opened, "brackets are nested too deeply; at most %d levels are understood", LIMIT_QUERY_DEPTH);
		return NULL;
	}
	if (!next(parser, error))
		return NULL;
	if (parser->token.type == TOKEN_CLOSE) {
		query_fail(error, parser->token.column, "there is nothing between these brackets");
		return NULL;
	}
	inner = parse_or(parser, error);
	if (inner == NULL)
		return NULL;
	if (parser->token.type != TOKEN_CLOSE) {
		query_fail(error, opened, "this bracket is never closed; expected a ')'");
		return NULL;
	}
	parser->depth--;
	return next(parser, error) ? g_steal_pointer(&inner) : NULL;
}

static struct node *
parse_term(struct parser *parser, GError **error)
{
	g_autoptr(Node) node = node_new(NODE_TERM);
	guint column = parser->token.column;

	node->term = term_new(parser->context, &parser->token, error);
	if (node->term == NULL)
		return NULL;
	parser->words += MAX(node->term->words, 1);
	if (parser->words > LIMIT_QUERY_TERMS) {
		query_fail(error, column, "too many words; at most %d are searched for at once", LIMIT_QUERY_TERMS);
		return NULL;
	}
	return next(parser, error) ? g_steal_pointer(&node) : NULL;
}

static struct node *
parse_primary(struct parser *parser, GError **error)
{
	switch (parser->token.type) {
	case TOKEN_TERM:
		return parse_term(parser, error);
	case TOKEN_OPEN:
		return parse_brackets(parser, error);
	case TOKEN_CLOSE:
		query_fail(error, parser->token.column, "this ')' has no '(' before it, or nothing stands before it");
		break;
	case TOKEN_END:
		query_fail(error, parser->token.column, "the query ends where a word was expected");
		break;
	default:
		query_fail(error, parser->token.column, "a word is missing before this operator; in quotes it would be a word itself");
		break;
	}
	return NULL;
}

static struct node *
parse_not(struct parser *parser, GError **error)
{
	g_autoptr(Node) inner = NULL;
	struct node *node;
	gboolean negative = FALSE;

	for (; parser->token.type == TOKEN_NOT; negative = !negative) {
		if (!next(parser, error))
			return NULL;
	}
	inner = parse_primary(parser, error);
	if (inner == NULL || !negative)
		return g_steal_pointer(&inner);
	node = node_new(NODE_NOT);
	g_ptr_array_add(node->children, g_steal_pointer(&inner));
	return node;
}

/* A list of one is the one. */
static struct node *
unwrap(struct node *list)
{
	struct node *only;

	if (list->children->len != 1)
		return list;
	only = g_ptr_array_steal_index(list->children, 0);
	node_free(list);
	return only;
}

static struct node *
parse_and(struct parser *parser, GError **error)
{
	g_autoptr(Node) list = node_new(NODE_AND);

	for (;;) {
		struct node *child = parse_not(parser, error);

		if (child == NULL)
			return NULL;
		g_ptr_array_add(list->children, child);
		if (parser->token.type == TOKEN_END || parser->token.type == TOKEN_OR || parser->token.type == TOKEN_CLOSE)
			return unwrap(g_steal_pointer(&list));
		if (parser->token.type == TOKEN_AND && !next(parser, error))
			return NULL;
	}
}

static struct node *
parse_or(struct parser *parser, GError **error)
{
	g_autoptr(Node) list = node_new(NODE_OR);

	for (;;) {
		struct node *child = parse_and(parser, error);

		if (child == NULL)
			return NULL;
		g_ptr_array_add(list->children, child);
		if (parser->token.type != TOKEN_OR)
			return unwrap(g_steal_pointer(&list));
		if (!next(parser, error))
			return NULL;
	}
}

static gboolean
parse_all(struct parser *parser, struct node **out, GError **error)
{
	g_autoptr(Node) tree = NULL;

	if (!next(parser, error))
		return FALSE;
	if (parser->token.type != TOKEN_END) {
		tree = parse_or(parser, error);
		if (tree == NULL)
			return FALSE;
	}
	if (parser->token.type == TOKEN_CLOSE)
		return query_fail(error, parser->token.column, "this ')' has no '(' before it");
	*out = g_steal_pointer(&tree);
	return TRUE;
}

gboolean
query_tree(const struct term_context *context, const char *text, struct node **out, GError **error)
{
	struct parser parser = {.context = context, .lexer = {text, 1}};
	const char *bad;
	gboolean done;

	if (!g_utf8_validate(text, -1, &bad))
		return query_fail(error, g_utf8_strlen(text, bad - text) + 1, "this is not UTF-8; expected the query in UTF-8");
	if (strlen(text) > LIMIT_QUERY_BYTES)
		return query_fail(error, g_utf8_strlen(text, LIMIT_QUERY_BYTES) + 1, "the query is too long; at most %d bytes are read", LIMIT_QUERY_BYTES);
	done = parse_all(&parser, out, error);
	token_clear(&parser.token);
	return done;
}
