/* A query's text -> tokens. Pure. */
#ifndef FIND_LEXER_H
#define FIND_LEXER_H

#include <glib.h>

enum token_type { TOKEN_END, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_AND, TOKEN_OR, TOKEN_NOT, TOKEN_TERM };

struct token {
	enum token_type type;
	guint column;       /* where it begins: characters, from 1 */
	guint value_column; /* of a term: where its value begins */
	char *prefix;       /* of a term: "from" of from:alice, lower-case; NULL for plain words */
	char *value;        /* of a term: without quotes and without the star */
	gboolean quoted;
	gboolean star; /* a '*' stood at the end */
};
void token_clear(struct token *token);
typedef struct token Token;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Token, token_clear)

struct lexer {
	const char *at; /* valid UTF-8 */
	guint column;
};

/* The next token; TOKEN_END at the end, again and again. POSTBAG_ERROR_USAGE for a quote without its partner and a value that is missing. OUT is overwritten,
 * not cleared. */
gboolean lexer_next(struct lexer *lexer, struct token *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets *ERROR to POSTBAG_ERROR_USAGE "column N: message"; returns FALSE. */
gboolean query_fail(GError **error, guint column, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
