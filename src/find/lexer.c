#include "find/lexer.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

gboolean
query_fail(GError **error, guint column, const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, POSTBAG_ERROR, POSTBAG_ERROR_USAGE, "column %u: %s", column, message);
	return FALSE;
}

void
token_clear(struct token *token)
{
	g_clear_pointer(&token->prefix, g_free);
	g_clear_pointer(&token->value, g_free);
}

static gunichar
peek(const struct lexer *lexer)
{
	return g_utf8_get_char(lexer->at);
}

static void
advance(struct lexer *lexer)
{
	lexer->at = g_utf8_next_char(lexer->at);
	lexer->column++;
}

/* Queries are pasted from letters and typed on all keyboards: curly, low and full-width quotes mean the plain one. */
static gboolean
is_quote(gunichar c)
{
	return c == '"' || (c >= 0x201c && c <= 0x201f) || c == 0xff02;
}

static gboolean
ends_word(gunichar c)
{
	return c == 0 || c == '(' || c == ')' || is_quote(c) || g_unichar_isspace(c);
}

/* Hebrew writes its abbreviations with a quotation mark before the last letter: between two of its letters it is part of the word. */
static gboolean
is_gershayim(const struct lexer *lexer, const char *start)
{
	gunichar before = lexer->at > start ? g_utf8_get_char(g_utf8_prev_char(lexer->at)) : 0;
	gunichar after = g_utf8_get_char(g_utf8_next_char(lexer->at));

	return before >= 0x0590 && before <= 0x05f2 && after >= 0x05d0 && after <= 0x05ea;
}

static gboolean
take_quoted(struct lexer *lexer, struct token *out, GError **error)
{
	guint opened = lexer->column;
	const char *start;

	advance(lexer);
	start = lexer->at;
	while (*lexer->at != '\0' && (!is_quote(peek(lexer)) || is_gershayim(lexer, start)))
		advance(lexer);
	if (*lexer->at == '\0')
		return query_fail(error, opened, "this quotation mark is never closed; expected another '\"' after the phrase");
	out->value = g_strndup(start, lexer->at - start);
	out->quoted = TRUE;
	advance(lexer);
	if (*lexer->at == '*') {
		out->star = TRUE;
		advance(lexer);
	}
	return TRUE;
}

static gboolean
take_bare(struct lexer *lexer, struct token *out, GError **error)
{
	const char *start = lexer->at;
	guint star = 0;

	for (; !ends_word(peek(lexer)) || (is_quote(peek(lexer)) && is_gershayim(lexer, start)); advance(lexer)) {
		if (star != 0)
			return query_fail(error, star, "a '*' may only stand at the end of a word");
		if (*lexer->at == '*')
			star = lexer->column;
	}
	out->star = star != 0;
	out->value = g_strndup(start, lexer->at - start - out->star);
	return TRUE;
}

/* The letters of "from:" when LEXER stands on such a prefix, else 0. */
static gsize
prefix_length(const struct lexer *lexer)
{
	gsize length = 0;

	while (g_ascii_isalpha(lexer->at[length]))
		length++;
	return lexer->at[length] == ':' ? length : 0;
}

static gboolean
take_term(struct lexer *lexer, struct token *out, GError **error)
{
	gsize length = prefix_length(lexer);

	if (length > 0) {
		out->prefix = g_ascii_strdown(lexer->at, length);
		lexer->at += length + 1;
		lexer->column += length + 1;
	}
	out->value_column = lexer->column;
	if (is_quote(peek(lexer)))
		return take_quoted(lexer, out, error);
	if (out->prefix != NULL && ends_word(peek(lexer)))
		return query_fail(error, lexer->column, "a value is missing; expected it directly after '%s:'", out->prefix);
	return take_bare(lexer, out, error);
}

static gboolean
take_operator(struct lexer *lexer, struct token *out)
{
	static const struct {
		const char *word;
		enum token_type type;
	} operators[] = {{"OR", TOKEN_OR}, {"AND", TOKEN_AND}, {"NOT", TOKEN_NOT}}; /* in capitals only: "or" is a word */

	for (gsize i = 0; i < G_N_ELEMENTS(operators); i++) {
		gsize length = strlen(operators[i].word);

		if (strncmp(lexer->at, operators[i].word, length) == 0 && ends_word(g_utf8_get_char(lexer->at + length))) {
			out->type = operators[i].type;
			lexer->at += length;
			lexer->column += length;
			return TRUE;
		}
	}
	return FALSE;
}

gboolean
lexer_next(struct lexer *lexer, struct token *out, GError **error)
{
	gunichar c;

	while (*lexer->at != '\0' && g_unichar_isspace(peek(lexer)))
		advance(lexer);
	*out = (struct token){.type = TOKEN_END, .column = lexer->column};
	c = peek(lexer);
	if (c == 0)
		return TRUE;
	if (c == '(' || c == ')') {
		out->type = c == '(' ? TOKEN_OPEN : TOKEN_CLOSE;
		advance(lexer);
		return TRUE;
	}
	if (c == '-') {
		out->type = TOKEN_NOT;
		advance(lexer);
		if (*lexer->at != '\0' && !g_unichar_isspace(peek(lexer)))
			return TRUE;
		return query_fail(error, out->column, "nothing stands after '-'; expected what to leave out directly behind it");
	}
	if (take_operator(lexer, out))
		return TRUE;
	out->type = TOKEN_TERM;
	if (take_term(lexer, out, error))
		return TRUE;
	token_clear(out);
	return FALSE;
}
