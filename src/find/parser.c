#include "find/parser.h"

#include "base/limits.h"
#include "find/lexer.h"
#include "find/point.h"

#include <string.h>

const char *const query_orders[] = {"newest", "oldest", "arrived", "author", "subject", "largest", NULL};

struct parser {
	const struct term_context *context;
	struct lexer lexer;
	struct token token;                       /* the one ahead */
	guint depth;                              /* open brackets */
	guint above;                              /* brackets around the saved query that this one is */
	guint words;                              /* so far, in all terms */
	const struct saved_query *saved;          /* the one that is being parsed, NULL: what was typed */
	const struct parser *asker;               /* which names it */
	struct query_settings settings, fallback; /* its own, and those of saved queries it names */
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
set_order(struct parser *parser, const struct token *token, GError **error)
{
	if (parser->settings.order >= 0)
		return query_fail(error, token->column, "'sort:' stands there twice");
	for (int i = 0; i < N_QUERY_ORDERS; i++)
		if (g_ascii_strcasecmp(token->value, query_orders[i]) == 0) {
			parser->settings.order = i;
			return TRUE;
		}
	return term_fail_unknown(error, token, "order", token->value, query_orders);
}

static gboolean
set_limit(struct parser *parser, const struct token *token, GError **error)
{
	if (parser->settings.limit >= 0)
		return query_fail(error, token->column, "'limit:' stands there twice");
	if (g_ascii_string_to_signed(token->value, 10, 0, LIMIT_QUERY_ROWS, &parser->settings.limit, NULL))
		return TRUE;
	return query_fail(error, token->value_column, "expected a number from 1 to %d, or 0 for all", LIMIT_QUERY_ROWS);
}

/* sort: and limit: say how the whole result comes, wherever they stand in it. */
static gboolean
take_setting(struct parser *parser, gboolean negative, gboolean *taken, GError **error)
{
	const struct token *token = &parser->token;
	gboolean sort = token->type == TOKEN_TERM && g_strcmp0(token->prefix, "sort") == 0;

	*taken = sort || (token->type == TOKEN_TERM && g_strcmp0(token->prefix, "limit") == 0);
	if (!*taken)
		return TRUE;
	if (negative || parser->depth > 0)
		return query_fail(error, token->column, "'%s:' is about the whole query; expected it outside of brackets, without a minus", token->prefix);
	return sort ? set_order(parser, token, error) : set_limit(parser, token, error);
}

static gboolean
next(struct parser *parser, GError **error)
{
	gboolean negative = parser->token.type == TOKEN_NOT, taken;

	do {
		token_clear(&parser->token);
		if (!lexer_next(&parser->lexer, &parser->token, error) || !take_setting(parser, negative, &taken, error))
			return FALSE;
	} while (taken);
	return TRUE;
}

static struct node *parse_or(struct parser *parser, GError **error);

static struct node *
parse_brackets(struct parser *parser, GError **error)
{
	g_autoptr(Node) inner = NULL;
	guint opened = parser->token.column;

	if (++parser->depth + parser->above > LIMIT_QUERY_DEPTH) {
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

static struct node *parse_saved(struct parser *parser, GError **error);

static struct node *
parse_primary(struct parser *parser, GError **error)
{
	switch (parser->token.type) {
	case TOKEN_TERM:
		return g_strcmp0(parser->token.prefix, "saved") == 0 ? parse_saved(parser, error) : parse_term(parser, error);
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

	parser->settings = parser->fallback = (struct query_settings){-1, -1};
	if (!next(parser, error))
		return FALSE;
	if (parser->token.type != TOKEN_END) {
		tree = parse_or(parser, error);
		if (tree == NULL)
			return FALSE;
	}
	if (parser->token.type == TOKEN_CLOSE)
		return query_fail(error, parser->token.column, "this ')' has no '(' before it");
	if (parser->settings.order < 0)
		parser->settings.order = parser->fallback.order;
	if (parser->settings.limit < 0)
		parser->settings.limit = parser->fallback.limit;
	*out = g_steal_pointer(&tree);
	return TRUE;
}

/* The saved query that the token names; NULL when there is none, or it would ask for itself. */
static const struct saved_query *
find_saved(struct parser *parser, GError **error)
{
	const GPtrArray *queries = parser->context->saved;
	const struct saved_query *saved = saved_query_find(queries, parser->token.value);
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (const struct parser *asker = parser; saved != NULL && asker != NULL; asker = asker->asker)
		if (asker->saved == saved) {
			query_fail(error, parser->token.value_column, "the saved query '%s' asks for itself", saved->name);
			return NULL;
		}
	if (saved != NULL && parser->depth + parser->above < LIMIT_QUERY_DEPTH)
		return saved;
	if (saved != NULL) {
		query_fail(error, parser->token.value_column, "saved queries name one another more than %d levels deep", LIMIT_QUERY_DEPTH);
		return NULL;
	}
	for (guint i = 0; queries != NULL && i < queries->len; i++)
		g_ptr_array_add(names, ((struct saved_query *)g_ptr_array_index(queries, i))->name);
	if (names->len == 0)
		query_fail(error, parser->token.value_column, "no query is saved; a [query NAME] section of the configuration makes one");
	else {
		g_ptr_array_add(names, NULL);
		term_fail_unknown(error, &parser->token, "saved query", parser->token.value, (const char *const *)names->pdata);
	}
	return NULL;
}

/* Its tree, as if it stood in brackets; a minus sign before it is the asker's. */
static struct node *
parse_saved(struct parser *parser, GError **error)
{
	const struct saved_query *saved = find_saved(parser, error);
	struct parser inner = {.context = parser->context, .above = parser->above + parser->depth + 1, .words = parser->words, .saved = saved, .asker = parser};
	g_autoptr(Node) tree = NULL;
	g_autoptr(GError) reason = NULL;
	gboolean done;

	if (saved == NULL)
		return NULL;
	inner.lexer = (struct lexer){saved->text, 1};
	done = parse_all(&inner, &tree, &reason);
	token_clear(&inner.token);
	if (done && tree == NULL)
		done = query_fail(&reason, 1, "this saved query asks for nothing; expected at least one word");
	if (!done) {
		guint column = query_error_column(reason);
		g_autofree char *place = saved_query_place(saved, column);
		const char *message = strchr(reason->message, ' ') + 1; /* behind "column " */

		query_fail(error, parser->token.column, "in the saved query '%s', %s: %s", saved->name, place, strchr(message, ' ') + 1);
		return NULL;
	}
	parser->words = inner.words;
	if (parser->depth == 0) {
		if (inner.settings.order >= 0)
			parser->fallback.order = inner.settings.order;
		if (inner.settings.limit >= 0)
			parser->fallback.limit = inner.settings.limit;
	}
	return next(parser, error) ? g_steal_pointer(&tree) : NULL;
}

gboolean
query_tree(const struct term_context *context, const char *text, struct node **out, struct query_settings *settings, GError **error)
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
	*settings = parser.settings;
	return done;
}
